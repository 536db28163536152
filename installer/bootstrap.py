"""Set everything up and start: ``python3 installer/bootstrap.py run`` or ``... test``.

Needs Python 3.11 or newer and nothing else. Makes a virtual environment in ``.venv``, installs the project
into it and, on Debian or Ubuntu, the system libraries that the window needs: as root at once, otherwise it
prints the exact line to run. A second call finds everything in place and starts at once.
"""

from __future__ import annotations

import ctypes.util
import hashlib
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
MARK = VENV / "installed"
# Library as the loader knows it, and the Debian package that brings it.
OFFSCREEN = {
    "GL": "libgl1",
    "EGL": "libegl1",
    "glib-2.0": "libglib2.0-0",
    "fontconfig": "libfontconfig1",
    "dbus-1": "libdbus-1-3",
    "xkbcommon": "libxkbcommon0",
}
WINDOW = {
    "xcb-cursor": "libxcb-cursor0",
    "xcb-icccm": "libxcb-icccm4",
    "xcb-keysyms": "libxcb-keysyms1",
    "xcb-shape": "libxcb-shape0",
    "xcb-xkb": "libxcb-xkb1",
    "xkbcommon-x11": "libxkbcommon-x11-0",
}
# Without any font Qt draws empty boxes.
FONTS = ("fonts-dejavu-core",)
# PyTorch's own index: CUDA builds for Windows, small CPU builds for Linux without an NVIDIA card.
TORCH_INDEX = "https://download.pytorch.org/whl/"


def say(text: str) -> None:
    """Tell what is going on, at once."""
    print(text, flush=True)


def fail(text: str) -> None:
    """End with one clear sentence."""
    sys.exit(f"Set-up stopped: {text}")


def python() -> Path:
    """The virtual environment's Python."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def missing_packages() -> list[str]:
    """Debian packages whose libraries the loader does not find."""
    lacking = [package for library, package in {**OFFSCREEN, **WINDOW}.items() if not _has_library(library)]
    if not any(
        path.is_dir() and any(path.rglob("*.[to]t[fc]")) for path in (Path("/usr/share/fonts"), Path.home() / ".fonts")
    ):
        lacking += FONTS
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        lacking.append(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")
    return lacking


def _has_library(name: str) -> bool:
    if ctypes.util.find_library(name):
        return True
    # A bare system has no ldconfig cache reader that ctypes knows; look where Debian puts libraries.
    folders = [*Path("/usr/lib").glob("*-linux-gnu"), *Path("/lib").glob("*-linux-gnu"), Path("/usr/lib64")]
    return any(any(folder.glob(f"lib{name}.so*")) for folder in folders)


def system_libraries() -> None:
    """Install what is missing on Debian and Ubuntu, or print the line that does."""
    if not sys.platform.startswith("linux") or shutil.which("apt-get") is None:
        return
    lacking = missing_packages()
    if not lacking:
        return
    if os.geteuid() == 0:
        say("Installing system libraries: " + " ".join(lacking))
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *lacking],
        ):
            if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL).returncode != 0:
                fail(f"'{' '.join(command)}' failed. Check the network and the package sources, then try again.")
        return
    line = "sudo apt-get update && sudo apt-get install -y --no-install-recommends " + " ".join(lacking)
    say(f"Some system libraries are missing. Run this line once, then try again:\n\n    {line}\n")
    if any("venv" in package for package in lacking):
        sys.exit(1)


def _fingerprint(extra: str) -> str:
    text = (ROOT / "pyproject.toml").read_bytes() + str(ROOT).encode() + sys.version.encode() + extra.encode()
    return hashlib.sha256(text).hexdigest()


def _works() -> bool:
    """Whether the virtual environment is whole enough to install into; one whose making was cut off is not."""
    try:
        return (
            python().exists()
            and subprocess.run(
                [str(python()), "-m", "pip", "--version"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=60,
            ).returncode
            == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def install(*, dev: bool) -> None:
    """Make the virtual environment and install the project into it, unless that was done already."""
    marks = MARK.read_text(encoding="utf-8").split() if MARK.is_file() else []
    if python().exists() and (_fingerprint("dev") in marks or (not dev and _fingerprint("") in marks)):
        return
    if not _works():
        say("Making a virtual environment in .venv …")
        # What an interrupted call left is cleared away.
        if subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)]).returncode != 0:
            fail("the virtual environment could not be made. On Debian: apt-get install python3-venv")
    say("Installing NN Studio and what it needs (PyTorch is large; the first time takes some minutes) …")
    pip = [str(python()), "-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--progress-bar", "on"]
    target = f"{ROOT}[dev]" if dev else f"{ROOT}[data]"
    index = torch_index()
    if index:
        # First, so that the default index is not asked for a build of several gigabytes.
        subprocess.run([*pip, "--index-url", index, torch_requirement()])
    if subprocess.run([*pip, "--editable", target]).returncode != 0:
        fail("the installation failed. Check the network and the free space on the disk (3 GB), then try again.")
    MARK.write_text(_fingerprint("dev" if dev else ""), encoding="utf-8")


def torch_requirement() -> str:
    """The project's own range of PyTorch versions."""
    import tomllib  # Not in Python 3.10, which is to get its sentence first.

    with (ROOT / "pyproject.toml").open("rb") as file:
        wanted = tomllib.load(file)["project"]["dependencies"]
    later = sys.version_info >= (3, 12)
    # One line for Python before 3.12, one for later ones.
    lines = [str(line) for line in wanted if line.startswith("torch")]
    return next(line.split(";")[0].strip() for line in lines if (">= '3.12'" in line) == later)


def torch_index() -> str:
    """Where PyTorch comes from when not from the default: CUDA on Windows, the small CPU build on Linux without a
    GPU.
    """
    nvidia = shutil.which("nvidia-smi") is not None
    if os.environ.get("NNSTUDIO_TORCH"):
        return TORCH_INDEX + os.environ["NNSTUDIO_TORCH"]
    if os.name == "nt" and nvidia:
        index = TORCH_INDEX + "cu130"
    elif sys.platform.startswith("linux") and not nvidia:
        index = TORCH_INDEX + "cpu"
    else:
        return ""
    try:
        urllib.request.urlopen(index + "/torch/", timeout=4).close()
    except OSError:
        return ""  # Out of reach, as behind a mirror: the default index serves as well.
    return index


def has_display() -> bool:
    """Whether a window can be shown."""
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True


def run(arguments: list[str]) -> int:
    """Open the window; without a display train the Iris example in the terminal and draw the window to a picture."""
    if has_display() or arguments:
        return subprocess.run([str(python()), str(ROOT / "main.py"), *arguments]).returncode
    say("There is no display here, so the Iris example is trained without a window.")
    example = ROOT / "resources" / "examples" / "iris.nns"
    code = subprocess.run([str(python()), str(ROOT / "main.py"), "train", str(example)]).returncode
    if code != 0:
        return code
    picture = Path.cwd() / "nnstudio-window.png"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    code = subprocess.run(
        [str(python()), "-m", "nnstudio.picture", "iris", str(picture)], env=environment, cwd=ROOT
    ).returncode
    if code == 0:
        say(f"A picture of the window: {picture}")
    return code


def test(arguments: list[str]) -> int:
    """Run the tests, spread over the cores; what is given goes to pytest."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    # Who works on a core of its own trains on that core.
    spread = (
        []
        if any(word.startswith(("-n", "--numprocesses")) for word in arguments)
        else ["-n", str(max(2, os.cpu_count() or 1)), "--dist=worksteal"]
    )
    if spread:
        environment.setdefault("OMP_NUM_THREADS", "1")
    return subprocess.run([str(python()), "-m", "pytest", *spread, *arguments], cwd=ROOT, env=environment).returncode


def main() -> int:
    """Do what the first word says."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the script has to say so before anything is installed
        fail(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    if len(sys.argv) < 2 or sys.argv[1] not in ("run", "test"):
        print(__doc__)
        return 2
    system_libraries()
    install(dev=sys.argv[1] == "test")
    return run(sys.argv[2:]) if sys.argv[1] == "run" else test(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
