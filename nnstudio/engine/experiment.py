"""Make from a Program what is needed to train it: data, model, criterion, optimizer, schedule."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from nnstudio.catalog.labels import labelled
from nnstudio.catalog.tables import keys_of, table_of
from nnstudio.compile.build import build, initialize
from nnstudio.compile.program import Program
from nnstudio.engine.runtime.data import Part, prepare_data
from nnstudio.engine.runtime.metrics import evaluate
from nnstudio.engine.runtime.seeding import stream
from nnstudio.engine.runtime.sparing import Sparing
from nnstudio.engine.runtime.training import Epoch, Limits, Progress, Restored, Update, report, train, trial, update
from nnstudio.engine.splitting import split_of
from nnstudio.engine.updating import make_optimizer, make_schedule


@dataclass
class Experiment:
    """Everything that one run owns; it lives in the thread that trains."""

    program: Program
    seed: int
    device: torch.device
    model: Any
    criterion: Any
    optimizer: Any
    schedule: Any
    data: Part
    validation: Part
    # Cores that its updates are made on.
    threads: int = 1
    # What optimizers remembered of parameters, also of those that are frozen now.
    shelf: dict[Any, tuple[tuple[Any, ...], dict[str, Any]]] = field(default_factory=dict)
    # Makes the updates where they spare time or memory.
    sparing: Sparing | None = None

    def train(
        self,
        epochs: int,
        next_size: Callable[[], int],
        progress: Progress,
        limits: Limits | None = None,
        step: Callable[..., Any] = update,
        judge: Callable[..., Any] = evaluate,
    ) -> Generator[Update | Epoch | Restored, None, None]:
        """Return the training loop from some progress on; ``limits`` take the place of the program's, ``step`` makes
        the updates and ``judge`` measures the validation part.
        """
        p = self.program
        return train(
            self.model,
            self.criterion,
            self.optimizer,
            self.schedule,
            self.data,
            self.validation,
            epochs=epochs,
            batch_size=p.batch_size,
            seed=self.seed,
            shuffle=p.shuffle,
            limits=limits or limits_of(p),
            couples_samples=p.couples_samples,
            warmup=p.warmup,
            patience=p.patience,
            next_size=next_size,
            progress=progress,
            step=step,
            judge=judge,
        )

    def trial(self) -> Callable[[], object]:
        """Return what makes updates of a copy, to see how long they take."""
        p = self.program
        return trial(
            self.model, self.criterion, lambda model: make_optimizer(p, model), self.data, p.batch_size, limits_of(p)
        )

    def report(
        self, history: Sequence[Mapping[str, Any]], made: tuple[int, int, float], restored: int | None
    ) -> dict[str, Any]:
        """Return what is said of a run that is over.

        ``made`` are its updates, samples and seconds, ``restored`` is the epoch whose weights are back.
        """
        return report(
            self.model,
            self.criterion,
            self.data,
            self.validation,
            history,
            *made,
            restored,
        )

    def is_over(self, progress: Progress | None, epochs: int) -> bool:
        """Whether there is no batch left to train on: all epochs are done, or patience is."""
        return progress is not None and is_over(self.program, progress, epochs)

    def last_ahead(self, position: int) -> bool:
        """Whether the batch that begins at a position is the last of its epoch."""
        left, size = len(self.data) - position, self.program.batch_size
        return left <= size + (self.program.couples_samples and left % size == 1)

    def epoch_is_full(self, progress: Progress) -> bool:
        """Whether the last batch of an epoch was trained on, and the epoch is not yet closed."""
        left = len(self.data) - progress.position
        return progress.position > 0 and (left <= 0 or (self.program.couples_samples and left == 1))


def load_parts(program: Program, device: torch.device, held: str = "validation") -> tuple[Part, Part]:
    """Return the training part of a program's data and the part that is ``held`` aside: "validation" or "test"."""
    plan = program.data
    table = labelled(table_of(plan.dataset), plan.labels)
    return prepare_data(
        table.x,
        table.y,
        split=split_of(plan),
        scaling=plan.scaling,
        scale_axis=plan.scale_axis,
        target_scaling=plan.target_scaling,
        undo=plan.undo,
        fill=plan.fill,
        tokens=bool(plan.tokens),
        classes=len(plan.classes),
        evaluation=program.evaluation,
        uses=program.model.inputs,
        forms=tuple(target.form for target in plan.targets),
        dtype=getattr(torch, program.dtype),
        device=device,
        adjacency=table.adjacency if plan.graph else None,
        keys=keys_of(table, plan.split),
        held=held,
        balance=plan.balance,
    )


def limits_of(program: Program) -> Limits:
    """What is done to gradients before an update."""
    return Limits(program.clip_norm, program.clip_value, program.l1)


def make_model(program: Program, seed: int, device: torch.device) -> tuple[Any, Any]:
    """Return (model, criterion) with the start weights of a seed."""
    model, criterion = build(program)
    initialize(model, program, seed, stream)
    return model.to(device), criterion


def is_over(program: Program, progress: Progress, epochs: int) -> bool:
    """Whether all epochs of a run are done, or its patience is."""
    tired = program.patience and progress.best_epoch and progress.epoch - 1 - progress.best_epoch >= program.patience
    return progress.epoch > epochs or (bool(tired) and not progress.position)


def make_experiment(
    program: Program, seed: int | None = None, device: torch.device | None = None, epochs: int | None = None
) -> Experiment:
    """Return a fresh experiment; arguments replace the program's when given."""
    seed = program.seed if seed is None else seed
    device = device or torch.device("cpu")
    data, validation = load_parts(program, device)
    model, criterion = make_model(program, seed, device)
    optimizer = make_optimizer(program, model)
    return Experiment(
        program,
        seed,
        device,
        model,
        criterion,
        optimizer,
        make_schedule(program, optimizer, max(1, (epochs or program.epochs) - program.warmup)),
        data,
        validation,
        sparing=sparing_of(program, device),
    )


def sparing_of(program: Program, device: torch.device) -> Sparing | None:
    """What makes the updates of a program that spares time or memory."""
    return Sparing(program.parts, program.half, program.compiled, device) if program.spares else None
