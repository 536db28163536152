"""What goes between a window and the process that trains for it: messages of a kind and plain values."""

from __future__ import annotations

import contextlib
import io
import pickle
import struct
import threading
from typing import Any, BinaryIO

import torch

_LENGTH = struct.Struct("<Q")


class Gone(Exception):
    """The other side is gone."""


class _Pickler(pickle.Pickler):
    """Brings what lies on a GPU to the CPU: a GPU belongs to the process that trains."""

    def reducer_override(self, value: Any) -> Any:
        """How a value is written down."""
        if isinstance(value, torch.Tensor) and not is_here(value):
            return value.detach().cpu().__reduce_ex__(pickle.HIGHEST_PROTOCOL)
        return NotImplemented


def is_here(tensor: torch.Tensor) -> bool:
    """Whether a tensor lies in main memory."""
    return tensor.device.type == "cpu"


class Writer:
    """Writes messages; any thread may."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._lock = stream, threading.Lock()

    def send(self, kind: str, *values: Any) -> None:
        """Send a message.

        Raises:
            Gone: nobody reads it any more.
        """
        buffer = io.BytesIO()
        _Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump((kind, values))
        data = buffer.getbuffer()
        try:
            with self._lock:
                self._stream.write(_LENGTH.pack(len(data)))
                self._stream.write(data)
                self._stream.flush()
        except (OSError, ValueError):
            raise Gone from None

    def close(self) -> None:
        """Say no more."""
        with self._lock, contextlib.suppress(OSError):
            self._stream.close()


def receive(stream: BinaryIO) -> tuple[str, tuple[Any, ...]] | None:
    """Wait for the next message; None when the other side is gone, or went in the middle of one."""
    try:
        head = stream.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack(head)
        data = stream.read(length)
        if len(data) < length:
            return None
    except (OSError, ValueError):
        return None
    # Both ends are this program: nothing of a file goes through here but as values.
    found: tuple[str, tuple[Any, ...]] = pickle.loads(data)
    return found
