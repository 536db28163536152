"""Pictures that follow each other, written as an animated GIF, or as MP4 where ffmpeg is there."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from nnstudio.document.disk import write_atomically
from nnstudio.document.errors import StudioError

COLORS = 128
# A second of film takes ffmpeg far less; one that hangs is given up.
SECONDS = 300.0


def ffmpeg() -> str:
    """Where ffmpeg is; "" where it is not."""
    return shutil.which("ffmpeg") or ""


def write_film(path: Path, frames: Sequence[bytes], milliseconds: int) -> None:
    """Write frames (PNG, all of one size), each shown so long; a name that ends in .mp4 asks for a film.

    Raises:
        ProjectFileError: the file cannot be written.
        StudioError: there is no ffmpeg, or it failed.
    """
    made = _mp4(frames, milliseconds) if path.suffix.lower() == ".mp4" else _gif(frames, milliseconds)
    write_atomically(path, made)


def _gif(frames: Sequence[bytes], milliseconds: int) -> bytes:
    from PIL import Image

    pictures = [Image.open(io.BytesIO(frame)).convert("RGB").quantize(COLORS) for frame in frames]
    data = io.BytesIO()
    pictures[0].save(data, format="GIF", save_all=True, append_images=pictures[1:], duration=milliseconds, loop=0)
    return data.getvalue()


def _mp4(frames: Sequence[bytes], milliseconds: int) -> bytes:
    found = ffmpeg()
    if not found:
        raise StudioError("film.no_ffmpeg")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "film.mp4"
        # Even sides and this colour layout are what every player knows.
        command = [found, "-y", "-loglevel", "error", "-f", "image2pipe", "-framerate", f"{1000 / milliseconds:g}"]
        command += ["-i", "-", "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p", str(made)]
        try:
            ended = subprocess.run(command, input=b"".join(frames), capture_output=True, timeout=SECONDS, check=False)
        except (OSError, subprocess.SubprocessError) as error:
            raise StudioError("film.failed", detail=str(error)) from error
        if ended.returncode or not made.is_file():
            lines = ended.stderr.decode("utf-8", "replace").strip().splitlines() or [str(ended.returncode)]
            raise StudioError("film.failed", detail=lines[-1])
        return made.read_bytes()
