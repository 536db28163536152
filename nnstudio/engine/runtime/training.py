"""The training loop."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import torch

from nnstudio.engine.runtime.data import InOrder, Part
from nnstudio.engine.runtime.metrics import Measures, evaluate, finite, forward, measures_record
from nnstudio.engine.runtime.seeding import stream
from nnstudio.engine.runtime.together import Schedules


class Update(NamedTuple):
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
    val_mae: float | None = None
    val_rmse: float | None = None
    val_r2: float | None = None


@dataclass(frozen=True)
class Restored:
    """The end of a run with patience: the weights of its best epoch are back."""

    epoch: int
    early: bool


@dataclass(frozen=True)
class Limits:
    """What is done to gradients before an update: cut each to ±clip_value, shorten all to clip_norm, add l1·sign(w)."""

    clip_norm: float | None = None
    clip_value: float | None = None
    l1: float = 0.0
    # Whether someone looks at the gradients of this update: they are then with the parameters after it.
    noted = False

    def clip(self, optimizer: Any) -> None:
        """Cut and shorten the gradients of all that the optimizer looks after."""
        if self.clip_value is None and self.clip_norm is None:
            return
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        if self.clip_value is not None:
            torch.nn.utils.clip_grad_value_(parameters, self.clip_value, foreach=False)
        if self.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(parameters, self.clip_norm, foreach=False)

    @torch.no_grad()
    def pull(self, optimizer: Any) -> None:
        """Add the slope of l1·Σ|w| to the gradients."""
        if self.l1:
            for group in optimizer.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is not None:
                        parameter.grad.add_(parameter.sign(), alpha=self.l1)


def epoch_order(count: int, epoch: int, seed: int, shuffle: bool, chances: torch.Tensor | None = None) -> torch.Tensor:
    """Return the order of the samples in an epoch (epochs count from 1); with ``chances`` (count,) as many are drawn,
    each time one of them all.
    """
    if chances is not None:
        drawn = torch.rand(count, generator=stream(seed, "shuffle", epoch), dtype=torch.float64)
        upto = chances.to("cpu", torch.float64).cumsum(0)
        return torch.searchsorted(upto, drawn * upto[-1], right=True).clamp_(max=count - 1)
    return torch.randperm(count, generator=stream(seed, "shuffle", epoch)) if shuffle else torch.arange(count)


class Diverged(Exception):
    """The loss is no longer a number; the update that would have spoilt the weights was not made."""

    def __init__(self, epoch: int, loss: float) -> None:
        super().__init__(f"the loss became {loss} in epoch {epoch}")
        self.epoch = epoch
        self.loss = loss


def update(
    model: Any,
    criterion: Any,
    optimizer: Any,
    inputs: Any,
    targets: Any,
    limits: Limits,
    guard: bool = True,
    epoch: int = 0,
) -> Any:
    """Make one update: forward, backward, limits, step. Returns (loss, said, truth) from before the update.

    Raises:
        Diverged: the loss is not finite (looked at when ``guard`` is set); the weights are left as they were.
    """
    loss, said, truth = forward(model, criterion, inputs, targets)
    if guard:
        value = loss.item()
        if not math.isfinite(value):
            raise Diverged(epoch, value)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    limits.clip(optimizer)
    limits.pull(optimizer)
    optimizer.step()
    return loss.detach(), said, truth


def trial(
    model: Any, criterion: Any, make_optimizer: Callable[[Any], Any], data: Part, batch_size: int, limits: Limits
) -> Callable[[], object]:
    """Return what makes updates of a copy of the model, always with the same batch: to see how long they take."""
    twin = copy.deepcopy(model).train()
    optimizer = make_optimizer(twin)
    given = data.batch(slice(0, batch_size))
    return lambda: update(twin, criterion, optimizer, *given, limits, guard=False)


def share_right(answers: list[tuple[torch.Tensor, torch.Tensor]]) -> float | None:
    """Return the share of right answers of (said, truth) by batch; a sample of several steps or labels has several."""
    if not answers:
        return None
    said, truth = (torch.cat(side) for side in zip(*answers, strict=True))
    return int(torch.eq(said, truth).sum()) / max(1, truth.numel())


def step_schedule(schedule: Any, measure: float) -> None:
    """Go one epoch further in a schedule; one that waits for a plateau is told the loss."""
    for part in schedule.parts if isinstance(schedule, Schedules) else (schedule,):
        if isinstance(part, torch.optim.lr_scheduler.ReduceLROnPlateau):
            part.step(measure)
        elif part is not None:
            part.step()


class WarmUp:
    """Raise the learning rate in equal steps over the first epochs; the schedule begins behind them."""

    def __init__(self, optimizer: Any, epochs: int, rates: list[float] | None = None) -> None:
        self.epochs = epochs
        self._optimizer = optimizer
        self._rates = rates or [group["lr"] for group in optimizer.param_groups]

    def set(self, epoch: int) -> None:
        """Set the rate of an epoch (from 1) that belongs to the warm-up or follows it directly."""
        if self.epochs and epoch <= self.epochs + 1:
            for group, rate in zip(self._optimizer.param_groups, self._rates, strict=True):
                group["lr"] = rate * min(1.0, epoch / (self.epochs + 1))


@dataclass
class Progress:
    """How far a run has come: enough, with weights, optimizer and random state, to go on as if it had never stopped.

    ``epoch`` and ``position`` say where the next batch begins. Of the open epoch: ``seen`` samples, the ``total`` of
    their losses, the ``answers`` given. The best weights so far are told by validation loss (training loss without
    validation part).
    part).
    """

    rates: list[float]
    epoch: int = 1
    position: int = 0
    updates: int = 0
    seen: int = 0
    total: Any = 0.0
    answers: list[tuple[torch.Tensor, torch.Tensor]] = field(default_factory=list)
    best_loss: float = math.inf
    best_epoch: int = 0
    best_state: dict[str, torch.Tensor] = field(default_factory=dict)

    def kept(self) -> Progress:
        """Return a copy that later batches do not change."""
        total = self.total.clone() if isinstance(self.total, torch.Tensor) else self.total
        answers = list(self.answers)
        if answers:
            # As one: each may be a view of a whole epoch's answers, which whoever writes it down writes out whole.
            said, truth = (torch.cat(side) for side in zip(*answers, strict=True))
            answers = [(said, truth)]
        return replace(self, total=total, answers=answers)

    def see(self, model: Any, epoch: int, loss: float) -> None:
        """Keep a copy of the weights when they are better than any before."""
        if loss < self.best_loss:
            self.best_loss, self.best_epoch = loss, epoch
            self.best_state = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


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
    limits: Limits,
    couples_samples: bool,
    warmup: int = 0,
    patience: int = 0,
    next_size: Callable[[], int] | None = None,
    progress: Progress | None = None,
    step: Callable[..., Any] = update,
    judge: Callable[..., Measures | None] = evaluate,
) -> Generator[Update | Epoch | Restored, None, None]:
    """Train, giving an Update after every batch and an Epoch after every pass.

    ``next_size`` is asked for the size of each batch when batches of another size are wanted. Where samples of a
    batch depend on each other (batch norm), a last batch of one is left out. With ``patience`` the run ends when the
    loss has not improved for that many epochs, and the best weights come back. With ``progress`` a run goes on from
    there (weights, optimizer, schedule and random state are as they were then), and the object is kept up to date.
    ``step`` makes the updates, ``judge`` measures the validation part.
    """
    if progress is None or not progress.updates:
        torch.manual_seed(seed)
    here = progress or Progress([group["lr"] for group in optimizer.param_groups])
    count = len(data)
    on_cpu = data.device.type == "cpu"
    warm = WarmUp(optimizer, warmup, here.rates)
    while here.epoch <= epochs and not (patience and here.best_epoch and here.epoch - 1 - here.best_epoch >= patience):
        epoch = here.epoch
        if not model.training:
            model.train()
        warm.set(epoch)
        rows = InOrder(data, epoch_order(count, epoch, seed, shuffle, data.chances).to(data.device))
        if not here.position:
            # Compared once an epoch: three small operations a batch fewer.
            digits = torch.float32 if data.device.type == "mps" else torch.float64
            here.total, here.seen, here.answers = torch.zeros((), dtype=digits, device=data.device), 0, []
        rate = float(optimizer.param_groups[0]["lr"])
        while here.position < count:
            position = here.position
            size = min(next_size() if next_size else batch_size, count - position)
            if couples_samples and size == 1:
                break
            # On a GPU every look at the loss waits for it: there only each 32nd is checked.
            loss, said, truth = step(
                model,
                criterion,
                optimizer,
                *rows.batch(position, position + size),
                limits,
                on_cpu or here.updates % 32 == 0,
                epoch,
            )
            here.total.add_(loss, alpha=size)
            if not said.is_floating_point():
                here.answers.append((said, truth))
            here.seen, here.position, here.updates = here.seen + size, position + size, here.updates + 1
            dropped = couples_samples and count - here.position == 1
            yield Update(epoch, position, size, loss, dropped or here.position >= count)
        if not math.isfinite(float(here.total)):
            raise Diverged(epoch, float(here.total))
        if epoch == epochs and not all(bool(torch.isfinite(p).all()) for p in model.parameters()):
            # The very last update has no next loss that would show it.
            raise Diverged(epoch, math.nan)
        measured = judge(model, criterion, validation) or Measures(math.nan)
        train_loss = float(here.total) / max(here.seen, 1)
        watched = measured.loss if len(validation) else train_loss
        if schedule is not None and epoch > warmup:
            step_schedule(schedule, watched)
        if patience:
            here.see(model, epoch, watched)
        here.epoch, here.position = epoch + 1, 0
        yield Epoch(
            epoch,
            train_loss,
            share_right(here.answers),
            measured.loss if len(validation) else None,
            measured.accuracy,
            rate,
            here.updates,
            measured.mae,
            measured.rmse,
            measured.r2,
        )
    if patience and here.best_state:
        model.load_state_dict(here.best_state)
        yield Restored(here.best_epoch, here.epoch <= epochs)


def epoch_record(epoch: Epoch) -> dict[str, Any]:
    """Return an epoch as plain values for the history."""
    return {
        "epoch": epoch.epoch,
        "train_loss": finite(epoch.train_loss),
        "train_accuracy": epoch.train_accuracy,
        "val_loss": finite(epoch.val_loss),
        "val_accuracy": epoch.val_accuracy,
        "learning_rate": epoch.learning_rate,
        "val_mae": finite(epoch.val_mae),
        "val_rmse": finite(epoch.val_rmse),
        "val_r2": finite(epoch.val_r2),
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
        + number("val MAE", epoch.val_mae)
        + number("val R²", epoch.val_r2)
    )


def report(
    model: Any,
    criterion: Any,
    data: Part,
    validation: Part,
    history: Any,
    updates: int,
    samples: int,
    seconds: float,
    restored: int | None = None,
) -> dict[str, Any]:
    """Return the result of a run; ``final`` and ``metrics`` are measured with the last weights in evaluation mode.

    ``restored`` is the epoch whose weights came back at the end of a run with patience.
    """
    own, held = evaluate(model, criterion, data), evaluate(model, criterion, validation)
    return {
        "final": {
            "train_loss": finite(own.loss) if own else None,
            "train_accuracy": own.accuracy if own else None,
            "val_loss": finite(held.loss) if held else None,
            "val_accuracy": held.accuracy if held else None,
        },
        "metrics": {"train": measures_record(own), "validation": measures_record(held)},
        "history": history,
        "restored_epoch": restored,
        "updates": updates,
        "seconds": seconds,
        "samples_per_second": samples / seconds if seconds > 0 else 0.0,
        "device": str(data.device),
        "threads": torch.get_num_threads(),
    }
