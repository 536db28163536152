"""Train until …: what a run waits for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nnstudio.document.text import Message, message


@dataclass(frozen=True)
class Until:
    """The first of these ends the stretch: so many epochs more, a loss at most, an accuracy at least, epochs without a
    better loss, minutes.

    Loss and accuracy are those of the validation part, of the training part without one. ``epoch`` and ``seconds`` say
    where it began.
    """

    epochs: int | None = None
    loss: float | None = None
    accuracy: float | None = None
    patience: int | None = None
    minutes: float | None = None
    epoch: int = 0
    seconds: float = 0.0

    def begun(self, history: Sequence[Mapping[str, Any]], seconds: float) -> Until:
        """The goal as it is asked for now."""
        return replace(self, epoch=len(history), seconds=seconds)

    def reached(
        self, record: Mapping[str, Any], history: Sequence[Mapping[str, Any]], seconds: float
    ) -> Message | None:
        """Say what came true with an epoch, or None."""
        loss, right = watched(record, "loss"), watched(record, "accuracy")
        done = int(record["epoch"]) - self.epoch
        if self.loss is not None and loss is not None and loss <= self.loss:
            return message("until.loss", loss=loss, epoch=record["epoch"])
        if self.accuracy is not None and right is not None and right >= self.accuracy:
            return message("until.accuracy", percent=round(100 * right, 2), epoch=record["epoch"])
        if self.patience is not None:
            losses = [value for line in history[self.epoch :] if (value := watched(line, "loss")) is not None]
            if len(losses) > self.patience and min(losses[-self.patience :]) >= min(losses[: -self.patience]):
                return message("until.patience", epochs=self.patience)
        if self.epochs is not None and done >= self.epochs:
            return message("until.epochs", epochs=done)
        if self.minutes is not None and seconds - self.seconds >= 60 * self.minutes:
            return message("until.minutes", minutes=self.minutes)
        return None


def watched(record: Mapping[str, Any], kind: str) -> float | None:
    """The validation part's number, or the training part's where there is none."""
    found = record.get(f"val_{kind}")
    found = record.get(f"train_{kind}") if found is None else found
    return None if found is None else float(found)
