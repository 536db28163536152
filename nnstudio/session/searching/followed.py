"""A search as a window sees it: another process sees to it, and tells; nothing of Optuna is in this one."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from nnstudio.catalog.sources.files import SEARCH
from nnstudio.document.errors import SearchRefused
from nnstudio.document.text import Message, Quoted, message
from nnstudio.session import worker
from nnstudio.session.searching.space import Range
from nnstudio.session.searching.study import Plan, Search
from nnstudio.session.searching.supervising import COMMAND

# What has said its last has so long to end.
PATIENCE_SECONDS = 30


class Followed:
    """How a search in a folder stands. With ``workers`` it goes on here as well, without it is looked at."""

    def __init__(self, folder: Path, workers: int) -> None:
        """Raises SearchRefused: there is no search, or the system starts no more processes."""
        self.folder, self.workers = folder, workers
        search = Search(folder)
        self.plan: Plan = search.plan()
        self.space: tuple[Range, ...] = search.space()
        # By number: what Search.rows gives of each.
        self.rows: dict[int, dict[str, Any]] = {}
        self.counts: Mapping[str, int] = {}
        self.best: Mapping[str, Any] | None = None
        self.importance: Mapping[str, float] = {}
        self.reason: Message | Quoted | None = None
        # Whether the process has ended; whether it was asked to.
        self.ended = self.stopped = False
        self._news: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        try:
            self._process = worker.start(COMMAND, OMP_NUM_THREADS="1", PYTHONIOENCODING="utf-8")
            assert self._process.stdin is not None
            asked = {"folder": str(folder.resolve()), "workers": workers, "look": [str(one) for one in SEARCH]}
            self._process.stdin.write(json.dumps(asked).encode() + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise SearchRefused("search.no_process", detail=str(error)[:160]) from None
        given = (self._process, self._news)
        threading.Thread(target=_listen, args=given, name="search", daemon=True).start()

    @property
    def done(self) -> int:
        """How many trials count as done."""
        return sum(self.counts.get(name, 0) for name in ("complete", "pruned", "refused"))

    def poll(self) -> bool:
        """Take in what was told; returns whether there was anything."""
        fresh = False
        while True:
            try:
                line = self._news.get_nowait()
            except queue.Empty:
                return fresh
            fresh = True
            if line is None:
                self.ended = True
                self._hang_up()
                if self.reason is None and not self.stopped and self.done < self.plan.trials:
                    self.reason = message("search.broken")
            elif "refused" in line:
                self.reason = Quoted(line["refused"])
            else:
                self.rows.update((row["trial"], row) for row in line["rows"])
                self.counts, self.best = line["counts"], line["best"]
                self.importance = line.get("importance", self.importance)

    def stop(self) -> None:
        """Let it end soon; what its workers had begun is begun once more when the search goes on."""
        self.stopped = True
        self._hang_up()

    def _hang_up(self) -> None:
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()

    def close(self) -> None:
        """Stop it, and wait a moment: what takes longer ends by itself."""
        self.stop()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0.2)


def _listen(process: subprocess.Popen[bytes], news: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    """Pass on what the process says; None is the end."""
    assert process.stdout is not None
    try:
        for line in process.stdout:
            news.put(json.loads(line))
    except (OSError, ValueError):
        process.kill()
    finally:
        process.stdout.close()
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        news.put(None)
