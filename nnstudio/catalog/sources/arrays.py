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
    size = size_of(path, MAX_IDX_FILE)
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            file: Any = gzip.GzipFile(fileobj=raw) if packed else raw
            return _idx(file, path, None if packed else size)
    except (zlib.error, gzip.BadGzipFile, EOFError):
        raise TrainError("data.truncated", path=path) from None
    except OSError as error:
        raise TrainError("data.unreadable_file", path=path, detail=error.strerror or str(error)) from None


def _idx(file: IO[bytes], path: Path, size: int | None) -> np.ndarray:
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
    if count > MAX_ARRAY or count == 0:
        raise TrainError("data.large_array", path=path, shape=" × ".join(map(str, shape)), high=MAX_ARRAY // MEGABYTE)
    if size is not None and size != 4 + len(sizes) + count:
        raise TrainError("data.truncated" if size < 4 + len(sizes) + count else "data.overlong", path=path)
    parts, read = bytearray(), 0
    while read < count:
        block = file.read(min(4 * CHUNK, count - read))
        if not block:
            raise TrainError("data.truncated", path=path)
        parts += block
        read += len(block)
        LOADING.advance(read / count)
    if file.read(1):
        raise TrainError("data.overlong", path=path)
    return np.frombuffer(parts, dtype=np.uint8).reshape(shape)


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
