"""Measures after an epoch by replay: what a network says of the validation part is always worked out alike."""

from __future__ import annotations

from typing import Any

import torch

from nnstudio.engine.runtime.data import Part
from nnstudio.engine.runtime.metrics import Measures, evaluate, forward, measure
from nnstudio.engine.runtime.recording import Log, Writer
from nnstudio.engine.runtime.replay import CHECKED, FAILS, SEEN_BEFORE, below, same_bits


class Answers:
    """What a model in evaluation mode says of a batch, as it was recorded with one of the same size."""

    def __init__(self, model: Any, criterion: Any, inputs: Any, targets: Any) -> None:
        """Record it; the model is in evaluation mode.

        Raises:
            Unfit: it cannot be replayed.
        """
        known = {f"p{i}": t for i, t in enumerate([*model.parameters(), *model.buffers()])}
        given = {f"x{i}": t for i, t in enumerate((*inputs, *targets))}
        log = Log({**known, **given})
        with log, torch.no_grad():
            said = forward(model, criterion, inputs, targets)
        names = [log.name_of(value) for value in said]
        written = Writer(log, known, len(log.calls), []).write(list(given), names, [], None)
        self._fixed, self._run = written.fixed, written.function()

    def __call__(self, inputs: Any, targets: Any) -> Any:
        """Return (loss, said, truth)."""
        with below():
            return self._run(*self._fixed, *inputs, *targets, [], False, False)[1:4]


class Judge:
    """Measures a part after every epoch, as ``metrics.evaluate`` does, by replay where that gives the same bits.

    Belongs to one run on the CPU and one part.
    """

    def __init__(self) -> None:
        self.off = False
        self._seen = self._checked = 0
        self._answers: Answers | None = None

    def __call__(self, model: Any, criterion: Any, part: Part) -> Measures | None:
        """Measure a part; see ``metrics.evaluate``."""
        self._seen += 1
        if not self.off and self._checked >= CHECKED and self._answers is not None:
            return measure(part, self._answers)
        if not self.off and self._seen > SEEN_BEFORE and 0 < len(part) <= part.evaluation:
            self._check(model, criterion, part)
        return evaluate(model, criterion, part)

    def _check(self, model: Any, criterion: Any, part: Part) -> None:
        was_training = model.training
        model.eval()
        given = part.batch(slice(0, len(part)))
        try:
            answers = self._answers = self._answers or Answers(model, criterion, *given)
            with torch.no_grad():
                expected = forward(model, criterion, *given)
            self._checked += 1
            self.off = not same_bits(answers(*given), expected)
        except FAILS:
            self.off = True
        model.train(was_training)
