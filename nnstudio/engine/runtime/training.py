"""The training loop."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import torch

from nnstudio.engine.runtime.data import Part
from nnstudio.engine.runtime.seeding import stream


@dataclass(frozen=True)
class Update:
    """One update of the weights: the loss of its batch, before the update."""

    epoch: int
    first: int
    samples: int
    loss: torch.Tensor
    last_of_epoch: bool


@dataclass(frozen=True)
class Epoch:
    """One pass over the training part; validation is measured after it, in evaluation mode."""

    epoch: int
    train_loss: float
    train_accuracy: float | None
    val_loss: float | None
    val_accuracy: float | None
    learning_rate: float
    updates: int


def epoch_order(count: int, epoch: int, seed: int, shuffle: bool) -> torch.Tensor:
    """Return the order of the samples in an epoch (epochs count from 1)."""
    return torch.randperm(count, generator=stream(seed, "shuffle", epoch)) if shuffle else torch.arange(count)


class Diverged(Exception):
    """The loss is no longer a number; the update that would have spoilt the weights was not made."""

    def __init__(self, epoch: int, loss: float) -> None:
        super().__init__(f"the loss became {loss} in epoch {epoch}")
        self.epoch = epoch
        self.loss = loss


def forward(model: Any, criterion: Any, inputs: tuple[torch.Tensor, ...], targets: tuple[torch.Tensor, ...]) -> Any:
    """Return (loss, number of correct answers or None) of one batch."""
    outputs = model(*inputs)
    if isinstance(outputs, torch.Tensor):
        outputs = (outputs,)
    result = criterion(*outputs, *targets)
    return result if isinstance(result, tuple) else (result, None)


@torch.no_grad()
def evaluate(model: Any, criterion: Any, part: Part, batch_size: int = 4096) -> tuple[float | None, float | None]:
    """Return mean loss and accuracy over a part in evaluation mode; None where there is nothing to measure."""
    if not len(part):
        return None, None
    was_training = model.training
    model.eval()
    total, right, counted = 0.0, 0, False
    for start in range(0, len(part), batch_size):
        end = min(start + batch_size, len(part))
        loss, correct = forward(
            model, criterion, tuple(t[start:end] for t in part.inputs), tuple(t[start:end] for t in part.targets)
        )
        total += float(loss) * (end - start)
        if correct is not None:
            right, counted = right + int(correct), True
    model.train(was_training)
    return total / len(part), right / len(part) if counted else None


def update(model: Any, criterion: Any, optimizer: Any, inputs: Any, targets: Any, clip_norm: float | None, guard: bool = True,
           epoch: int = 0) -> Any:
    """Make one update: forward, backward, clip, step. Returns (loss, correct) from before the update.

    Raises:
        Diverged: the loss is not finite (looked at when ``guard`` is set); the weights are left as they were.
    """
    loss, correct = forward(model, criterion, inputs, targets)
    if guard:
        value = loss.item()
        if not math.isfinite(value):
            raise Diverged(epoch, value)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    if clip_norm is not None:
        torch.nn.utils.clip_grad_norm_(
            [p for group in optimizer.param_groups for p in group["params"]], clip_norm, foreach=False
        )
    optimizer.step()
    return loss.detach(), correct


def train(
    model: Any,
    criterion: Any,
    optimizer: Any,
    schedule: Any,
    data: Part,
    validation: Part,
    *,
    epochs: int,
    batch_size: int,
    seed: int,
    shuffle: bool,
    clip_norm: float | None,
    couples_samples: bool,
    next_size: Callable[[], int] | None = None,
) -> Generator[Update | Epoch, None, None]:
    """Train, giving an Update after every batch and an Epoch after every pass.

    ``next_size`` is asked for the size of each batch when batches of another size are wanted. Where samples of a
    batch depend on each other (batch norm), a last batch of one is left out.
    """
    torch.manual_seed(seed)
    count = len(data)
    on_cpu = not (data.inputs or data.targets)[0].is_cuda
    updates = 0
    for epoch in range(1, epochs + 1):
        model.train()
        order = epoch_order(count, epoch, seed, shuffle).to((data.inputs or data.targets)[0].device)
        total = torch.zeros((), dtype=torch.float64, device=order.device)
        right = torch.zeros((), dtype=torch.int64, device=order.device)
        counted, seen, position = False, 0, 0
        rate = float(optimizer.param_groups[0]["lr"])
        while position < count:
            size = min(next_size() if next_size else batch_size, count - position)
            if couples_samples and size == 1:
                break
            rows = order[position : position + size]
            # On a GPU every look at the loss waits for it: there only each 32nd is checked.
            loss, correct = update(
                model, criterion, optimizer, tuple(t[rows] for t in data.inputs), tuple(t[rows] for t in data.targets),
                clip_norm, on_cpu or updates % 32 == 0, epoch,
            )
            total.add_(loss, alpha=size)
            if correct is not None:
                right.add_(correct)
                counted = True
            seen, position, updates = seen + size, position + size, updates + 1
            dropped = couples_samples and count - position == 1
            yield Update(epoch, position - size, size, loss, dropped or position >= count)
        if schedule is not None:
            schedule.step()
        if not math.isfinite(float(total)):
            raise Diverged(epoch, float(total))
        if epoch == epochs and not all(bool(torch.isfinite(p).all()) for p in model.parameters()):
            # The very last update has no next loss that would show it.
            raise Diverged(epoch, math.nan)
        val_loss, val_accuracy = evaluate(model, criterion, validation)
        yield Epoch(
            epoch,
            float(total) / max(seen, 1),
            int(right) / max(seen, 1) if counted else None,
            val_loss,
            val_accuracy,
            rate,
            updates,
        )


def finite(value: float | None) -> float | None:
    """Return a number that a file can hold, or None: JSON knows no infinity and no NaN."""
    return value if value is not None and math.isfinite(value) else None


def epoch_record(epoch: Epoch) -> dict[str, Any]:
    """Return an epoch as plain values for the history."""
    return {
        "epoch": epoch.epoch,
        "train_loss": finite(epoch.train_loss),
        "train_accuracy": epoch.train_accuracy,
        "val_loss": finite(epoch.val_loss),
        "val_accuracy": epoch.val_accuracy,
        "learning_rate": epoch.learning_rate,
    }


def epoch_line(epoch: Epoch, epochs: int) -> str:
    """Return an epoch as one line of text."""

    def number(name: str, value: float | None) -> str:
        return "" if value is None else f"  {name} {value:.6g}"

    return (
        f"epoch {epoch.epoch}/{epochs}  train loss {epoch.train_loss:.6g}"
        + number("train accuracy", epoch.train_accuracy)
        + number("val loss", epoch.val_loss)
        + number("val accuracy", epoch.val_accuracy)
    )


def report(
    model: Any, criterion: Any, data: Part, validation: Part, history: list[dict[str, Any]], updates: int, samples: int,
    seconds: float,
) -> dict[str, Any]:
    """Return the result of a run; ``final`` is measured with the last weights in evaluation mode."""
    train_loss, train_accuracy = evaluate(model, criterion, data)
    val_loss, val_accuracy = evaluate(model, criterion, validation)
    return {
        "final": {
            "train_loss": finite(train_loss),
            "train_accuracy": train_accuracy,
            "val_loss": finite(val_loss),
            "val_accuracy": val_accuracy,
        },
        "history": history,
        "updates": updates,
        "seconds": seconds,
        "samples_per_second": samples / seconds if seconds > 0 else 0.0,
        "device": str((data.inputs or data.targets)[0].device),
    }
