"""The program tests itself as an installation; and what it is packed with is whole."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from nnstudio.selftest import SelfTest
from tests.commands import command

ROOT = Path(__file__).resolve().parent.parent


def test_an_installation_tests_itself() -> None:
    done = command("selftest", "--no-window")
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    assert lines[0].startswith("NN Studio") and lines[-1] == "Everything works."
    for name in (
        "examples",
        "train",
        "step",
        "sweep",
        "search",
        "predict",
        "files",
        "import onnx",
        "export python",
        "export svg",
    ):
        assert any(line.startswith(name) and " fine" in line for line in lines), name


def test_what_fails_is_named_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    from nnstudio import selftest

    told: list[tuple[str, str]] = []

    def broken(self: SelfTest) -> str:
        raise RuntimeError("torn")

    monkeypatch.setattr(SelfTest, "step", broken)
    for name in ("train", "sweep"):
        monkeypatch.setattr(SelfTest, name, lambda self: "")
    monkeypatch.setattr(selftest, "_ways", lambda: ["svg", "onnx"])
    monkeypatch.setattr(selftest, "find_spec", lambda name: None)
    found = SelfTest(lambda name, said, seconds: told.append((name, said)))
    assert not found.run() and found.failed == ["step"]
    said = dict(told)
    assert said["step"] == "FAILED: RuntimeError: torn" and said["predict"].startswith("fine")
    assert said["export onnx"].startswith("left out") and said["window"].startswith("left out")


def test_the_window_of_an_installation_is_looked_at() -> None:
    code = "from nnstudio.app import looked_at; print(looked_at(100))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0 and "1366 × 768" in done.stdout, done.stderr


def test_desktops_know_the_program_and_its_files() -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(ROOT / "installer" / "linux" / "nnstudio.desktop", encoding="utf-8")
    said = entry["Desktop Entry"]
    assert (
        said["Exec"] == "nnstudio gui %U" and said["MimeType"] == "application/x-nnstudio;" and said["Comment[zh_CN]"]
    )
    kind = ElementTree.parse(ROOT / "installer" / "linux" / "nnstudio.xml").getroot()
    space = "{http://www.freedesktop.org/standards/shared-mime-info}"
    assert kind.find(f"{space}mime-type/{space}glob").get("pattern") == "*.nns"  # type: ignore[union-attr]
    setup = (ROOT / "installer" / "windows" / "nnstudio.iss").read_text(encoding="utf-8")
    assert r'nnstudio-gui.exe"" gui ""%1""' in setup and "{#Version}" in setup


def test_the_installer_says_what_cannot_be_made_here() -> None:
    done = subprocess.run(
        [sys.executable, "installer/build.py", "nonsense"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and "nonsense cannot be made" in done.stderr and "folder" in done.stderr


def test_the_workflow_builds_on_all_three_systems() -> None:
    text = (ROOT / ".github" / "workflows" / "installers.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"system: (\w+)", text)) == {"ubuntu", "windows", "macos"}
    assert "python installer/build.py" in text
