"""Looks at the test part: deliberate, and every one of them kept with the project."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nnstudio.session.reading import Reading

if TYPE_CHECKING:
    import numpy as np

    from nnstudio.engine.fitted import Trained
    from nnstudio.session.run import Run

# More looks than these are counted, not kept.
MOST = 100


class FinalTest:
    """``looks`` are plain values: when, after which epoch, and what was measured; ``trained`` gives the network."""

    def __init__(self, run: Run, trained: Callable[[], Trained]) -> None:
        self._run, self.trained = run, trained
        self.looks: tuple[Mapping[str, Any], ...] = ()
        self.count = 0
        # What is being looked at: the weights, and after which epoch. Another project forgets it.
        self._asked: tuple[str, int] | None = None
        # The weights whose mark is known: a large network's is not worked out at every look of the window.
        self._marked: tuple[Mapping[str, np.ndarray] | None, str] = (None, "")

    @property
    def last(self) -> Mapping[str, Any] | None:
        """The last look, if it was at the weights of the present run."""
        last = self.looks[-1] if self.looks else None
        if last is None:
            return None
        if self._marked[0] is not self._run.weights:
            self._marked = self._run.weights, _run_of(self._run.weights)
        return last if last.get("run") == self._marked[1] else None

    def begin(self) -> Reading[Mapping[str, Any]]:
        """Measure the test part beside the window; :meth:`keep` takes the outcome.

        Raises:
            TrainError: the network has a problem, or is not trained.
        """
        from nnstudio.engine.testing import measure_test

        trained = self.trained()
        records = self._run.records
        self._asked = _run_of(trained.weights), int(records[-1]["epoch"]) if records else 0
        return Reading(lambda: measure_test(trained), "test part")

    def keep(self, measures: Mapping[str, Any]) -> None:
        """Keep the look that was begun last; one of a project that was left is nobody's."""
        if self._asked is None:
            return
        (run, epoch), self._asked = self._asked, None
        look = {"time": time.strftime("%Y-%m-%d %H:%M"), "epoch": epoch, "run": run, "measures": dict(measures)}
        self.count += 1
        self.looks = (*self.looks, look)[-MOST:]
        self._run.keep_more()

    def to_plain(self) -> dict[str, Any]:
        """Return all looks as JSON values."""
        return {"count": self.count, "looks": [dict(look) for look in self.looks]} if self.count else {}

    def take(self, plain: Any) -> None:
        """Take looks from a project's file, which may be anyone's."""
        self._asked = None
        given = plain.get("looks", ()) if isinstance(plain, Mapping) else ()
        looks = given if isinstance(given, Sequence) and not isinstance(given, str) else ()
        self.looks = tuple(look for look in looks[-MOST:] if _whole(look))
        count = plain.get("count") if isinstance(plain, Mapping) else 0
        self.count = max(len(self.looks), count if isinstance(count, int) and 0 <= count < 10**6 else 0)


def _run_of(weights: Mapping[str, np.ndarray]) -> str:
    """What tells the weights of a run from others."""
    import hashlib

    found = hashlib.blake2b(digest_size=8)
    for name, value in sorted(weights.items()):
        found.update(name.encode())
        found.update(value.tobytes())
    return found.hexdigest()


def _whole(look: Any) -> bool:
    measures = look.get("measures") if isinstance(look, Mapping) else None
    if (
        not isinstance(measures, Mapping)
        or not isinstance(look.get("time"), str)
        or not isinstance(look.get("run"), str)
    ):
        return False
    numbers = [measures.get(name) for name in ("loss", "accuracy", "mae", "rmse", "r2")]
    confusion = measures.get("confusion", [])
    classes = measures.get("classes", [])
    rows = isinstance(confusion, list) and all(
        isinstance(row, list) and len(row) == len(confusion) and all(isinstance(n, int) for n in row)
        for row in confusion
    )
    told = isinstance(classes, list) and all(
        isinstance(one, Mapping)
        and all(isinstance(one.get(k), int | float) for k in ("precision", "recall", "f1", "support"))
        for one in classes
    )
    plain = all(value is None or (isinstance(value, int | float) and not isinstance(value, bool)) for value in numbers)
    known = "accuracy" in measures or {"mae", "rmse", "r2"} <= set(measures)
    return rows and told and plain and known and len(classes) == len(confusion) and isinstance(look.get("epoch"), int)
