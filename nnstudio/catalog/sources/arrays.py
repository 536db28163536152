"""Read arrays: NumPy's .npz and the IDX files of MNIST, plain or gzip.

Sizes are checked before anything is allocated.
"""

from __future__ import annotations

import gzip
import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from nnstudio.catalog.sources.files import CHUNK, LOADING, MEGABYTE, size_of
from nnstudio.document.errors import TrainError

# The square of a larger number is infinite, and with it every mean and spread.
LARGEST = 1e100
MAX_ARRAY = 1500 * MEGABYTE
# All arrays of a file together, as they are kept: bytes stay bytes, other numbers take eight. On the way a second copy
# is made.
MAX_NUMBERS = 1000 * MEGABYTE
MAX_IDX_FILE = 1500 * MEGABYTE


def check_numbers(values: np.ndarray, path: Any, *, missing: bool = False) -> None:
    """Refuse numbers that nothing can be computed with.

    Raises:
        TrainError: a number is infinite or so large that its square is; or one is missing where none may be.
    """
    if values.dtype.kind != "f" or not values.size:
        return
    most = max(float(np.fmax.reduce(values, axis=None)), -float(np.fmin.reduce(values, axis=None)))
    if most > LARGEST or (not missing and bool(np.isnan(values).any())):
        raise TrainError("data.infinite", path=path)


def read_idx(path: Path) -> np.ndarray:
    """Return the bytes of an IDX file as an array of its shape.

    Raises:
        TrainError: not IDX, not of bytes, truncated, longer than it says, or too large.
    """
    with _opened(path, MAX_IDX_FILE) as (file, size):
        shape = _shape(file, path, size, MAX_ARRAY)
        room = np.empty(shape, dtype=np.uint8)
        _fill(file, path, room)
    return room


def idx_shape(path: Path, most: int) -> tuple[int, ...]:
    """Return the shape of what an IDX file says it holds, which may be ``most`` bytes.

    Raises:
        TrainError: as for ``read_idx``, but for what comes behind the head.
    """
    with _opened(path, most) as (file, size):
        return _shape(file, path, size, most)


def read_idx_into(path: Path, room: np.ndarray, most: int) -> None:
    """Read an IDX file of ``most`` bytes at most into an array in one piece; raises what ``read_idx`` does."""
    with _opened(path, most) as (file, size):
        if math.prod(_shape(file, path, size, most)) != room.size:
            # It was written anew meanwhile.
            raise TrainError("data.truncated", path=path)
        _fill(file, path, room)


@contextmanager
def _opened(path: Path, most: int) -> Iterator[tuple[IO[bytes], int | None]]:
    """Open an IDX file, unpacked if need be; with it its size, None where it is packed."""
    size = size_of(path, most)
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            file: Any = gzip.GzipFile(fileobj=raw) if packed else raw
            yield file, None if packed else size
    except (zlib.error, gzip.BadGzipFile, EOFError):
        raise TrainError("data.truncated", path=path) from None
    except OSError as error:
        raise TrainError("data.unreadable_file", path=path, detail=error.strerror or str(error)) from None


def _shape(file: IO[bytes], path: Path, size: int | None, most: int) -> tuple[int, ...]:
    """Read the head of an IDX file."""
    head = file.read(4)
    if len(head) < 4 or head[:2] != b"\0\0" or head[3] not in (1, 2, 3, 4):
        raise TrainError("data.no_idx", path=path)
    if head[2] != 0x08:
        raise TrainError("data.idx_type", path=path)
    sizes = file.read(4 * head[3])
    if len(sizes) < 4 * head[3]:
        raise TrainError("data.truncated", path=path)
    shape = struct.unpack(f">{head[3]}I", sizes)
    count = math.prod(shape)
    if count > most or count == 0:
        raise TrainError("data.large_array", path=path, shape=" × ".join(map(str, shape)), high=most // MEGABYTE)
    if size is not None and size != 4 + len(sizes) + count:
        raise TrainError("data.truncated" if size < 4 + len(sizes) + count else "data.overlong", path=path)
    return shape


def _fill(file: IO[bytes], path: Path, room: np.ndarray) -> None:
    """Read what comes behind the head."""
    flat, read = room.reshape(-1), 0
    while read < flat.size:
        block = file.read(min(4 * CHUNK, flat.size - read))
        if not block:
            raise TrainError("data.truncated", path=path)
        flat[read : read + len(block)] = np.frombuffer(block, dtype=np.uint8)
        read += len(block)
        LOADING.advance(read / flat.size)
    if file.read(1):
        raise TrainError("data.overlong", path=path)


def labels_beside(path: Path) -> Path:
    """Return where the labels of an IDX file of pictures lie by MNIST's way of naming.

    Raises:
        TrainError: there is no such file.
    """
    name = path.name
    for old, new in (("images", "labels"), ("Images", "Labels")):
        name = name.replace(old, new)
    for old, new in (("idx3", "idx1"), ("idx4", "idx1")):
        name = name.replace(old, new)
    names = [name, name.removesuffix(".gz"), name + ".gz"]
    for candidate in names:
        if candidate != path.name and (path.parent / candidate).exists():
            return path.parent / candidate
    raise TrainError("data.no_labels", path=path, wanted=name)


def list_npz(path: Path, texts: bool = False) -> dict[str, tuple[int, ...]]:
    """Return the names and shapes of the arrays in a .npz file, without reading them; ``texts`` may be among them.

    Raises:
        TrainError: not such a file, or an array of anything but numbers.
    """
    size_of(path, MAX_ARRAY)
    found: dict[str, tuple[int, ...]] = {}
    total = 0
    try:
        with path.open("rb") as raw, zipfile.ZipFile(raw) as archive:
            for info in archive.infolist():
                with archive.open(info) as file:
                    version = np.lib.format.read_magic(file)
                    reader = (
                        np.lib.format.read_array_header_1_0 if version[0] == 1 else np.lib.format.read_array_header_2_0
                    )
                    shape, _, kind = reader(file)
                if kind.hasobject or kind.kind not in ("biufU" if texts else "biuf"):
                    raise TrainError("data.npz_type", path=path, name=info.filename.removesuffix(".npy"))
                if any(n < 0 for n in shape):
                    raise ValueError("an axis of negative length")
                total += math.prod(shape) * (1 if kind == np.uint8 else max(8, kind.itemsize))
                if total > (MAX_ARRAY if kind == np.uint8 else MAX_NUMBERS):
                    raise TrainError(
                        "data.large_array", path=path, shape=" × ".join(map(str, shape)), high=MAX_NUMBERS // MEGABYTE
                    )
                found[info.filename.removesuffix(".npy")] = tuple(int(n) for n in shape)
    except (
        zipfile.BadZipFile,
        ValueError,
        EOFError,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        SyntaxError,
        TypeError,
        AttributeError,
        OverflowError,
        MemoryError,
        struct.error,
        UnicodeError,
        tokenize.TokenError,
    ) as error:
        raise TrainError("data.broken_npz", path=path, detail=str(error).split("\n")[0][:160]) from None
    except OSError as error:
        raise TrainError("data.unreadable_file", path=path, detail=error.strerror or str(error)) from None
    return found


def read_npz(path: Path, name: str) -> np.ndarray:
    """Return one array of a .npz file; what its header says was checked by :func:`list_npz`.

    Raises:
        TrainError: it cannot be read.
    """
    try:
        with path.open("rb") as raw, zipfile.ZipFile(raw) as archive:
            # Straight into the array: no second copy of what was unpacked.
            with archive.open(f"{name}.npy") as file:
                array: np.ndarray = np.lib.format.read_array(file, allow_pickle=False)
            LOADING.advance(0.8)
            return array
    except (
        zipfile.BadZipFile,
        ValueError,
        EOFError,
        zlib.error,
        KeyError,
        RuntimeError,
        SyntaxError,
        TypeError,
        MemoryError,
        tokenize.TokenError,
    ) as error:
        raise TrainError("data.broken_npz", path=path, detail=str(error).split("\n")[0][:160]) from None
    except OSError as error:
        raise TrainError("data.unreadable_file", path=path, detail=error.strerror or str(error)) from None
