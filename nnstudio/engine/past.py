"""The last training steps, to be gone back to: a few whole states, and how large the batches between them were."""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from nnstudio.compile.gate import DEFAULT_RANDOM
from nnstudio.engine import device as devices
from nnstudio.engine.experiment import Experiment
from nnstudio.engine.lines import Lines
from nnstudio.engine.runtime.training import Progress
from nnstudio.engine.updating import parts_of

# A state is kept every so many updates, or more often where updates are slow: what lies between is trained again,
# with the same numbers, which for a small network is quicker than keeping it.
APART, SLOW_APART, SECONDS_APART = 100, 5, 0.25
# Where updates are quick, so are those that are made again: copying a state then costs more than a few hundred of them.
FAR_APART, QUICK_SECONDS = 500, 0.06
REACH = 200
BUDGET = 256 * 2**20
# Epoch, position in it, batch, updates, samples, seconds.
Place = tuple[int, int, int, int, int, float]


@dataclass(frozen=True)
class Frame:
    """Everything that a run is made of between two batches."""

    updates: int
    model: dict[str, torch.Tensor]
    optimizer: dict[str, Any]
    schedule: dict[str, Any] | None
    progress: Progress
    random: Any
    clock: Place
    history: Lines
    size: int
    kept: tuple[dict[str, Any], ...] = ()
    # Cores that it trains on; 0 where that is not known.
    threads: int = 0
    # By how much the loss is scaled in float16, and what that goes by; None in other formats.
    scaler: dict[str, Any] | None = None


def _owners(experiment: Experiment) -> list[Any]:
    """What may keep something in attributes of its own: modules and optimizers that an own file brings."""
    if not experiment.program.has_own_code:
        return []
    modules = [module for module in experiment.model.modules() if not type(module).__module__.startswith("torch.")]
    return [
        *modules,
        *(part for part in parts_of(experiment.optimizer) if not type(part).__module__.startswith("torch.")),
    ]


def _attributes(owner: Any) -> dict[str, Any]:
    """What something keeps besides what torch keeps for it."""
    known = ("training", "param_groups", "state", "defaults")
    return {name: value for name, value in vars(owner).items() if not name.startswith("_") and name not in known}


def _copied(owners: Sequence[Any]) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            name: copy.deepcopy(value)
            for name, value in _attributes(owner).items()
            if not isinstance(value, torch.nn.Module)
        }
        for owner in owners
    )


def _cloned(value: Any) -> Any:
    """A copy of plain values and tensors; several times as quick as a deep copy."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if type(value) is dict:
        return {key: _cloned(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_cloned(item) for item in value)
    return value if value is None or type(value) in (bool, int, float, str) else copy.deepcopy(value)


def freeze(experiment: Experiment, progress: Progress, clock: Place, history: Lines) -> Frame:
    """Copy a run's state."""
    model = {name: tensor.detach().clone() for name, tensor in experiment.model.state_dict().items()}
    optimizer = _cloned(experiment.optimizer.state_dict())
    schedule = None if experiment.schedule is None else copy.deepcopy(experiment.schedule.state_dict())
    tensors = [
        *model.values(),
        *(v for memory in optimizer["state"].values() for v in memory.values() if isinstance(v, torch.Tensor)),
    ]
    with DEFAULT_RANDOM:
        # Others put the generator into a state of their own for a while.
        random = devices.random_state(experiment.device)
    return Frame(
        progress.updates,
        model,
        optimizer,
        schedule,
        progress.kept(),
        random,
        clock,
        history,
        sum(t.numel() * t.element_size() for t in tensors),
        _copied(_owners(experiment)),
        experiment.threads,
        _scaler(experiment).state_dict() if _scaler(experiment) is not None else None,
    )


def _scaler(experiment: Experiment) -> Any:
    return experiment.sparing.scaler if experiment.sparing is not None else None


def thaw(experiment: Experiment, frame: Frame) -> Progress:
    """Put a run back into a state; returns its progress. The caller holds DEFAULT_RANDOM."""
    experiment.model.load_state_dict(frame.model)
    experiment.optimizer.load_state_dict(copy.deepcopy(frame.optimizer))
    if experiment.schedule is not None:
        experiment.schedule.load_state_dict(copy.deepcopy(frame.schedule))
    for owner, kept in zip(_owners(experiment), frame.kept, strict=False):
        vars(owner).update(copy.deepcopy(kept))
    if frame.scaler is not None and _scaler(experiment) is not None:
        _scaler(experiment).load_state_dict(dict(frame.scaler))
    devices.set_random_state(experiment.device, frame.random)
    progress = frame.progress.kept()
    if isinstance(progress.total, torch.Tensor):
        # Out of a file everything comes to the CPU.
        progress.total = progress.total.to(experiment.device)
    progress.answers = [(said.to(experiment.device), truth.to(experiment.device)) for said, truth in progress.answers]
    return progress


class Past:
    """Keeps frames that reach REACH updates back, within BUDGET bytes, and the sizes of the batches since the first."""

    def __init__(self, reach: int = REACH, budget: int = BUDGET) -> None:
        self.reach, self.budget = reach, budget
        self.frames: list[Frame] = []
        self.sizes: list[int] = []
        # Where weights were put in by hand: what was trained before does not lead there.
        self._breaks: list[int] = []
        self._at = 0.0
        self._too_large = False
        # Before so many updates no frame is due; whoever trains quickly looks at this alone.
        self.ask_at = 0

    def wants(self, updates: int) -> bool:
        """Whether a frame is due after so many updates."""
        due = self._due(updates)
        self.ask_at = 0 if due else updates + 1 if not self.frames else updates + SLOW_APART
        return due

    def _due(self, updates: int) -> bool:
        if not self.frames:
            return not self._too_large
        since = updates - self.frames[-1].updates
        if since < SLOW_APART:
            return False
        if 2 * self.frames[-1].size > self.budget:
            # One state alone fits: a newer one takes the way back away, so it comes as late as may be.
            return since >= self.reach
        passed = time.perf_counter() - self._at
        return (
            since >= FAR_APART
            or (since >= APART and passed > QUICK_SECONDS)
            or (since >= SLOW_APART and passed > SECONDS_APART)
        )

    def add(self, frame: Frame) -> None:
        """Keep a frame, and let go of those that are no longer needed."""
        self.ask_at = frame.updates + SLOW_APART
        self._at = time.perf_counter()
        self._too_large = frame.size > self.budget
        if self._too_large:
            # Training all the way from an old state would take as long as the run itself.
            self.frames, self.sizes = [], []
            return
        if self.frames and self.frames[-1].updates == frame.updates:
            self.frames.pop()
        self.frames.append(frame)
        while len(self.frames) > 1 and (
            self.bytes > self.budget or self.frames[1].updates <= frame.updates - self.reach
        ):
            gone = self.frames.pop(0)
            del self.sizes[: self.frames[0].updates - gone.updates]

    def made(self, updates: int, size: int) -> None:
        """Note the size of the batch that was just trained on, the ``updates``-th: another one than before begins a
        branch.
        """
        if not self.frames:
            return
        place = updates - 1 - self.frames[0].updates
        if place < len(self.sizes) and self.sizes[place] != size:
            del self.sizes[place:]
            self.frames = [frame for frame in self.frames if frame.updates < updates] or self.frames[:1]
            self.ask_at = 0
        if place == len(self.sizes):
            self.sizes.append(size)

    def forget(self) -> None:
        """Forget everything."""
        self.frames, self.sizes, self._breaks, self.ask_at = [], [], [], 0

    def cut(self, updates: int, *, break_here: bool = False) -> None:
        """Forget what came after so many updates; with ``break_here`` the weights are other ones from here on."""
        del self.sizes[max(0, updates - self.earliest) :]
        self.frames = [frame for frame in self.frames if frame.updates < updates + (not break_here)]
        self.ask_at = 0
        self._breaks = [*(place for place in self._breaks if place < updates), *([updates] if break_here else [])]

    def leave(self, updates: int) -> None:
        """The run goes to so many updates: a break behind it cannot be come to again."""
        behind = [place for place in self._breaks if place > updates]
        if behind:
            self.cut(min(behind))
            self.frames = [frame for frame in self.frames if frame.updates < min(behind)]
            self._breaks = [place for place in self._breaks if place <= updates]

    def part(self, frame: Frame, shown: int) -> Past:
        """What a file keeps of it: the present state ``frame``, and one from which the ``shown`` update can be come to
        again.
        """
        found = Past(self.reach, self.budget)
        now = frame.updates
        breaks = [place for place in self._breaks if place <= now]
        behind = [
            kept
            for kept in self.frames
            if kept.updates < now and kept.updates <= shown and not any(shown < place for place in breaks)
        ]
        if behind and self.furthest >= now and behind[-1].size + frame.size <= self.budget:
            first = behind[-1].updates
            found.frames, found.sizes = [behind[-1]], self.sizes[first - self.earliest : now - self.earliest]
            found._breaks = [place for place in breaks if place > first]
        found.frames.append(frame)
        return found

    @classmethod
    def of(cls, frames: list[Frame], sizes: list[int], breaks: list[int]) -> Past:
        """A past out of a file."""
        # However large it is: it was kept to be gone on with.
        found = cls(budget=max(BUDGET, 4 * sum(frame.size for frame in frames)))
        found.frames, found.sizes, found._breaks = frames, sizes, breaks
        return found

    @property
    def breaks(self) -> list[int]:
        """After how many updates weights were put in by hand."""
        return list(self._breaks)

    def size_at(self, updates: int) -> int | None:
        """The size of the batch that led on from so many updates, if it was made before."""
        place = updates - self.earliest
        return self.sizes[place] if self.frames and 0 <= place < len(self.sizes) else None

    def before(self, updates: int) -> Frame:
        """The newest frame from which so many updates can be reached again.

        Raises:
            IndexError: nothing so old is kept.
        """
        return [frame for frame in self.frames if frame.updates <= updates][-1]

    @property
    def earliest(self) -> int:
        """The oldest number of updates that can be gone back to."""
        return self.frames[0].updates if self.frames else 0

    @property
    def furthest(self) -> int:
        """The greatest number of updates that was reached on this branch."""
        return self.earliest + len(self.sizes)

    def span(self, updates: int) -> tuple[int, int, int]:
        """From where to where one can go from so many updates, and the bytes that takes."""
        return (self.earliest, max(self.furthest, updates), self.bytes) if self.frames else (updates, updates, 0)

    @property
    def bytes(self) -> int:
        """The memory that the frames take."""
        return sum(frame.size for frame in self.frames)
