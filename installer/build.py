"""Make an application that needs no Python: ``python installer/build.py [folder] [archive] [deb] [image] …``.

Run it with a Python in which the project is installed (its own .venv); PyInstaller is installed there when it is
missing. Without words it makes all that this system has the tools for: a folder everywhere, on Linux an archive
(tar.zst), a .deb and an AppImage, on Windows an installer (Inno Setup), on macOS a disk image. What it makes lies in
``dist/``; every folder is tried with its own ``nnstudio selftest`` before anything is packed.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST, BUILD = ROOT / "dist", ROOT / "build"
FOLDER = DIST / "nnstudio"
PACKAGE = "nnstudio"
SYMBOLS = ("libtorch_cpu.so", "libtorch_python.so", "libpython3.*.so*", "libarrow.so.*", "tokenizers.abi3.so")
# What the window needs of a bare Debian.
LIBRARIES = (
    "libgl1, libegl1, libglib2.0-0 | libglib2.0-0t64, libfontconfig1, libdbus-1-3, libxkbcommon0, libxkbcommon-x11-0, "
    "libxcb-cursor0, libxcb-icccm4, libxcb-keysyms1, libxcb-shape0, libxcb-xkb1"
)


def say(text: str) -> None:
    """Tell what is going on, at once."""
    print(text, flush=True)


def run(*words: object, **how: object) -> None:
    """Run a command; a failure ends everything."""
    done = subprocess.run([str(word) for word in words], cwd=ROOT, check=False, **how)  # type: ignore[call-overload]
    if done.returncode:
        sys.exit(f"Building stopped: {words[0]} ended with {done.returncode}.")


def version() -> str:
    """The version of the project."""
    text = (ROOT / "nnstudio" / "__init__.py").read_text(encoding="utf-8")
    return text.split('__version__ = "', 1)[1].split('"', 1)[0]


def machine() -> str:
    """This machine's kind as Debian calls it."""
    return {"x86_64": "amd64", "aarch64": "arm64", "AMD64": "amd64"}.get(platform.machine(), platform.machine())


def folder() -> None:
    """Make the folder and try it."""
    if find_spec("PyInstaller") is None:
        run(sys.executable, "-m", "pip", "install", "--quiet", "pyinstaller>=6.10")
    BUILD.mkdir(exist_ok=True)
    _icons()
    say("PyInstaller collects the program; this takes some minutes ...")
    words = ("--noconfirm", "--log-level", "WARN", "--distpath", DIST, "--workpath", BUILD / "work")
    run(sys.executable, "-m", "PyInstaller", *words, "installer/nnstudio.spec")
    _strip()
    size = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file() and not path.is_symlink())
    say(f"{FOLDER}: {size / 1e6:,.0f} MB. Its own test:")
    test(FOLDER / ("nnstudio.exe" if os.name == "nt" else "nnstudio"))


def _strip() -> None:
    """Take the names of inner functions out of the largest libraries, where the system has the tool for it: a tenth of
    the folder. Not out of all: some that were patched when their wheel was made do not bear it.
    """
    tool = shutil.which("strip") if sys.platform == "linux" else None
    if tool is None:
        return
    for pattern in SYMBOLS:
        for path in FOLDER.rglob(pattern):
            if not path.is_symlink():
                run(tool, "--strip-unneeded", path)


def test(program: Path) -> None:
    """Let an application test itself, where neither this Python nor this folder is known."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    run(program, "selftest", env={**known, "QT_QPA_PLATFORM": "offscreen"})


def _icons() -> None:
    """The icon in the forms of Windows and macOS, where Qt is there to draw it."""
    if sys.platform not in ("win32", "darwin") or find_spec("PySide6") is None:
        return
    from PIL import Image
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QGuiApplication.instance() or QGuiApplication([])
    image = QImage(512, 512, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    QSvgRenderer(str(ROOT / "resources" / "icons" / "nnstudio.svg")).render(painter)
    painter.end()
    image.save(str(BUILD / "nnstudio.png"))
    drawn = Image.open(BUILD / "nnstudio.png")
    drawn.save(BUILD / "nnstudio.ico", sizes=[(16, 16), (32, 32), (48, 48), (256, 256)])
    drawn.save(BUILD / "nnstudio.icns")
    del application


def archive() -> None:
    """Pack the folder; it runs from wherever it is unpacked."""
    zstd = shutil.which("zstd")
    path = DIST / f"{PACKAGE}-{version()}-linux-{machine()}.tar.{'zst' if zstd else 'gz'}"
    how = ("--use-compress-program", "zstd -10 -T0") if zstd else ("--gzip",)
    run("tar", *how, "-cf", path, "-C", DIST, "nnstudio")
    say(f"{path}: {path.stat().st_size / 1e6:,.0f} MB")


def _tree(root: Path) -> None:
    """Lay folder, starter, entry of the desktop, kind of file and icon into a tree as a system has it."""
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(FOLDER, root / "opt" / PACKAGE, symlinks=True)
    share = root / "usr" / "share"
    for source, goal in (
        (ROOT / "installer" / "linux" / "nnstudio.desktop", share / "applications"),
        (ROOT / "installer" / "linux" / "nnstudio.xml", share / "mime" / "packages"),
        (ROOT / "resources" / "icons" / "nnstudio.svg", share / "icons" / "hicolor" / "scalable" / "apps"),
    ):
        goal.mkdir(parents=True)
        shutil.copy(source, goal)
    (root / "usr" / "bin").mkdir(parents=True)
    (root / "usr" / "bin" / PACKAGE).symlink_to(f"../../opt/{PACKAGE}/{PACKAGE}")


def deb() -> None:
    """Make a package for Debian and Ubuntu."""
    root = BUILD / "deb"
    _tree(root)
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file() and not path.is_symlink()) // 1024
    control = root / "DEBIAN"
    control.mkdir()
    (control / "control").write_text(
        textwrap.dedent(
            f"""\
            Package: {PACKAGE}
            Version: {version()}
            Architecture: {machine()}
            Maintainer: NN Studio <https://example.invalid/nnstudio>
            Installed-Size: {size}
            Depends: {LIBRARIES}
            Section: education
            Priority: optional
            Description: draw, train and step through neural networks
             Networks are drawn on a canvas, trained as PyTorch models, watched, stepped through with formulas and
             numbers, and taken home as Python.
            """
        ),
        encoding="utf-8",
    )
    update = "#!/bin/sh\nset -e\nfor c in 'update-desktop-database -q' 'update-mime-database /usr/share/mime'; do\n"
    update += "  command -v ${c%% *} >/dev/null && $c || true\ndone\n"
    for name in ("postinst", "postrm"):
        (control / name).write_text(update, encoding="utf-8")
        (control / name).chmod(0o755)
    path = DIST / f"{PACKAGE}_{version()}_{machine()}.deb"
    run("dpkg-deb", "--root-owner-group", "-Zxz", "-z6", "--build", root, path)
    say(f"{path}: {path.stat().st_size / 1e6:,.0f} MB")
    # Unpacked as a system does it, its starter runs.
    bare = BUILD / "bare"
    shutil.rmtree(bare, ignore_errors=True)
    run("dpkg-deb", "-x", path, bare)
    test(bare / "usr" / "bin" / PACKAGE)


def image() -> None:
    """Make an AppImage."""
    root = BUILD / "AppDir"
    _tree(root)
    shutil.copy(ROOT / "installer" / "linux" / "nnstudio.desktop", root)
    shutil.copy(ROOT / "resources" / "icons" / "nnstudio.svg", root)
    starter = root / "AppRun"
    starter.write_text(f'#!/bin/sh\nexec "$(dirname "$0")/opt/{PACKAGE}/{PACKAGE}" "$@"\n', encoding="utf-8")
    starter.chmod(0o755)
    path = DIST / f"NN_Studio-{version()}-{platform.machine()}.AppImage"
    run("appimagetool", root, path, env={**os.environ, "ARCH": platform.machine()})
    say(f"{path}: {path.stat().st_size / 1e6:,.0f} MB")


def setup() -> None:
    """Make an installer for Windows."""
    run("iscc", f"/DVersion={version()}", ROOT / "installer" / "windows" / "nnstudio.iss")


def disk() -> None:
    """Make a disk image for macOS."""
    path = DIST / f"NN_Studio-{version()}-{platform.machine()}.dmg"
    run(
        "hdiutil",
        "create",
        "-volname",
        "NN Studio",
        "-srcfolder",
        DIST / "NN Studio.app",
        "-ov",
        "-format",
        "UDZO",
        path,
    )


# By system: what is made there, and the tool that it needs.
FORMS: dict[str, dict[str, tuple[Callable[[], None], str]]] = {
    "linux": {"archive": (archive, "tar"), "deb": (deb, "dpkg-deb"), "image": (image, "appimagetool")},
    "win32": {"setup": (setup, "iscc")},
    "darwin": {"disk": (disk, "hdiutil")},
}


def main(words: list[str]) -> None:
    """Make what is wanted, or all that can be made here."""
    forms = FORMS.get(sys.platform, {})
    unknown = [word for word in words if word != "folder" and word not in forms]
    if unknown:
        sys.exit(f"{', '.join(unknown)} cannot be made on this system; there is: folder, {', '.join(forms)}.")
    wanted = words or ["folder", *(name for name, (_, tool) in forms.items() if shutil.which(tool))]
    for name, (_, tool) in forms.items():
        if name not in wanted and not words:
            say(f"{name}: left out, {tool} is not here")
    if "folder" in wanted or not FOLDER.is_dir():
        folder()
    for name in wanted:
        if name != "folder":
            forms[name][0]()


if __name__ == "__main__":
    main(sys.argv[1:])
