"""The release script: it looks before it tags, and notes are those of the newest version."""

from __future__ import annotations

import datetime
import importlib.util
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


def script(root: Path) -> Any:
    spec = importlib.util.spec_from_file_location("release", root / "installer" / "release.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small copy of the project under version control."""
    for folder in ("installer", "resources/languages"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "nnstudio").mkdir()
    (tmp_path / "nnstudio" / "__init__.py").write_text('"""It."""\n\n__version__ = "0.1.0"\n', encoding="utf-8")
    (tmp_path / "installer" / "translations.py").write_text("import sys\nsys.exit(0)\n", encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text("# Changes\n\n## Unreleased\n\n- New.\n", encoding="utf-8")
    for words in (
        ("init", "-q"),
        ("add", "-A"),
        ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "First"),
    ):
        subprocess.run(("git", *words), cwd=tmp_path, check=True)
    for name, value in (("user.name", "a"), ("user.email", "a@b")):
        subprocess.run(("git", "config", name, value), cwd=tmp_path, check=True)
    return tmp_path


def test_a_release_is_written_committed_and_tagged(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = script(project)
    monkeypatch.setattr(release, "faults", lambda version, tests=True, own=release.faults: own(version, tests=False))
    assert release.main(["0.2.0"]) == 0
    assert '__version__ = "0.2.0"' in (project / "nnstudio" / "__init__.py").read_text(encoding="utf-8")
    tags = subprocess.run(("git", "tag"), cwd=project, capture_output=True, text=True, check=True).stdout.split()
    assert tags == ["v0.2.0"]
    text = (project / "CHANGELOG.md").read_text(encoding="utf-8")
    assert release.notes(text) == "- New." and text.index("Unreleased") < text.index("0.2.0")
    # There is nothing more to release, and the number is taken.
    assert any("no change" in fault for fault in release.faults("0.3.0", tests=False))
    assert any("there already" in fault for fault in release.faults("0.2.0", tests=False))


def test_what_keeps_a_version_back_is_said(project: Path) -> None:
    release = script(project)
    assert release.faults("0.2.0", tests=False) == []
    assert any("no version" in fault for fault in release.faults("two", tests=False))
    (project / "installer" / "translations.py").write_text(
        "import sys\nprint('zh: not said: A')\nsys.exit(1)\n", encoding="utf-8"
    )
    found = release.faults("0.2.0", tests=False)
    assert any("not committed" in fault for fault in found) and any(
        "zh is not complete: zh: not said: A" in fault for fault in found
    )


def test_headings_and_notes() -> None:
    release = script(ROOT)
    text = release.with_heading(
        "# C\n\n## Unreleased\n\n- b\n\n## 0.1.0 (2026-01-01)\n\n- a\n", "0.2.0", datetime.date(2026, 2, 3)
    )
    assert "## 0.2.0 (2026-02-03)" in text and release.notes(text) == "- b"
    assert release.notes("# C\n\n## Unreleased\n\n- b\n") == ""
