"""What goes between a window and the process that trains for it: messages of a kind and plain values."""

from __future__ import annotations

import contextlib
import pickle
import struct
import threading
from typing import Any, BinaryIO

_LENGTH = struct.Struct("<Q")


class Gone(Exception):
    """The other side is gone."""


class Writer:
    """Writes messages; any thread may."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._lock = stream, threading.Lock()

    def send(self, kind: str, *values: Any) -> None:
        """Send a message.

        Raises:
            Gone: nobody reads it any more.
        """
        data = pickle.dumps((kind, values), protocol=pickle.HIGHEST_PROTOCOL)
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
