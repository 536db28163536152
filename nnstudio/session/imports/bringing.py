"""Read a network of another program in a process of its own: a stranger's file can bring a library down, and reading
takes as long as it takes.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nnstudio.document import storage
from nnstudio.document.errors import ImportRefused, StudioError
from nnstudio.document.text import Message
from nnstudio.document.values import Document, Parts
from nnstudio.session import worker

# No command for people, so it stands in no help.
NAME = "bring"
PROJECT, SAID = "project.nns", "said.json"
# A process that was ended is gone by then, or the system will see to it.
END_SECONDS = 5.0


class Bringing:
    """A file that is being read; whoever began it asks from time to time whether it is done."""

    def __init__(self, path: Path) -> None:
        """Raises ImportRefused where the system starts no more processes."""
        self.path = path
        self._folder = tempfile.TemporaryDirectory(prefix="nnstudio-import-", ignore_cleanup_errors=True)
        try:
            self._process = worker.start(NAME, PYTHONIOENCODING="utf-8")
        except OSError as error:
            self._folder.cleanup()
            raise ImportRefused("import.failed", detail=error.strerror or str(error)) from None
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(f"{path}\n{self._folder.name}\n".encode())
            self._process.stdin.close()

    @property
    def done(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

    def stop(self) -> None:
        """End the process, whatever it has read."""
        with contextlib.suppress(OSError):
            self._process.kill()
        self._end()

    def wait(self, seconds: float) -> bool:
        """Wait for the end; returns whether it has come."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self.done

    def _end(self) -> None:
        self.wait(END_SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._folder.cleanup()

    def result(self) -> tuple[Document, Parts, tuple[Message, ...]]:
        """Return the network as a project, and what is said of it.

        Raises:
            ImportRefused: it could not be read.
        """
        folder = Path(self._folder.name)
        try:
            said = json.loads((folder / SAID).read_text(encoding="utf-8"))
            if "refused" in said:
                refused = read_message(said["refused"])
                raise ImportRefused(refused.key, **refused.args)
            document, parts = storage.load(folder / PROJECT)
            return document, parts, tuple(read_message(one) for one in said["notes"])
        except ImportRefused:
            raise
        except (OSError, ValueError, KeyError, TypeError, StudioError):
            raise ImportRefused("import.failed", detail=f"exit code {self._process.returncode}") from None
        finally:
            self._end()


def plain_message(said: Message) -> dict[str, Any]:
    """A message as JSON holds it, with those in it."""
    given = {
        name: plain_message(value) if isinstance(value, Message) else value if isinstance(value, int) else str(value)
        for name, value in said.args.items()
    }
    return {"key": said.key, "args": given}


def read_message(plain: Mapping[str, Any]) -> Message:
    """A message from :func:`plain_message`."""
    given = {name: read_message(value) if isinstance(value, dict) else value for name, value in plain["args"].items()}
    return Message(str(plain["key"]), given)
