"""The set-up script and the benchmarks: what can be checked of them without a fresh machine."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "installer" / "bootstrap.py"


@pytest.fixture
def bootstrap() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_needs_the_standard_library_alone() -> None:
    done = subprocess.run([sys.executable, "-I", "-S", str(SCRIPT)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "bootstrap.py run" in done.stdout


def test_the_torch_range_is_the_projects_own(bootstrap: ModuleType) -> None:
    assert bootstrap.torch_requirement() == f"torch>=2.10,<2.{16 if sys.version_info >= (3, 12) else 14}"


def test_a_build_of_torch_can_be_chosen_by_hand(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNSTUDIO_TORCH", "cpu")
    assert bootstrap.torch_index() == bootstrap.TORCH_INDEX + "cpu"


def test_an_index_out_of_reach_leaves_the_default(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise OSError("no route")

    monkeypatch.delenv("NNSTUDIO_TORCH", raising=False)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    monkeypatch.setattr(bootstrap.urllib.request, "urlopen", refuse)
    assert bootstrap.torch_index() == ""


@pytest.mark.parametrize(
    ("platform", "display", "there"),
    [("linux", "", False), ("linux", ":0", True), ("darwin", "", True), ("win32", "", True)],
)
def test_where_a_window_can_be_shown(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, platform: str, display: str, there: bool
) -> None:
    monkeypatch.setattr(bootstrap.sys, "platform", platform)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", display)
    assert bootstrap.has_display() is there


def test_without_root_the_exact_line_is_printed(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.sys, "platform", "linux")
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: "/usr/bin/apt-get")
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(bootstrap, "missing_packages", lambda: ["libegl1", "libgl1"])
    bootstrap.system_libraries()
    assert (
        "sudo apt-get update && sudo apt-get install -y --no-install-recommends libegl1 libgl1"
        in capsys.readouterr().out
    )


def test_the_benchmarks_still_run(qtbot: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks import canvas
    from benchmarks.calibration import Machine
    from benchmarks.common import paired

    monkeypatch.setattr(canvas, "FRAMES", 2)
    rows = canvas.measure(lambda text: None, Machine())
    assert [row["nodes"] for row in rows] == [50, 50, 200, 200, 1000, 1000]
    assert paired("two / one", lambda: 2.0, lambda: 1.0, 3).median == 2.0


def test_a_half_made_environment_is_made_again(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One whose making was cut off has a Python and no pip."""
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "MARK", tmp_path / ".venv" / "installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / ".venv")], check=True)
    assert bootstrap.python().exists() and not bootstrap._works()
    made: list[list[str]] = []
    run = subprocess.run

    def recorded(command: list[str], **more: object) -> object:
        made.append(command)
        # What is installed comes from the network.
        return (
            run(command, **more)
            if "venv" in command or "--version" in command
            else subprocess.CompletedProcess(command, 0)
        )  # type: ignore[call-overload]

    monkeypatch.setattr(bootstrap.subprocess, "run", recorded)
    monkeypatch.setattr(bootstrap, "torch_index", lambda: "")
    bootstrap.install(dev=False)
    assert any("--clear" in command for command in made) and bootstrap._works() and bootstrap.MARK.is_file()
