"""Several processes that train one network: each works on its rows of every batch, all make the same updates.

What the network says of a batch is gathered before the loss is worked out, so that every process knows the loss of the
whole batch: right for every loss, and for what is measured, also where its mean is over something else than the rows.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.nn.modules.batchnorm import _BatchNorm

from nnstudio.engine.runtime.data import Part, Streamed
from nnstudio.engine.runtime.seeding import stream

# How long a process waits for another one before it gives up.
MEETING = timedelta(minutes=10)


@dataclass(frozen=True)
class Ranks:
    """The processes: how many (``world``), which this is, and where it computes."""

    world: int
    rank: int
    device: torch.device

    def rows(self, count: int) -> slice:
        """The rows of a batch that are this process's; all of them where there are fewer than processes."""
        if count < self.world:
            return slice(0, count)
        return slice(count * self.rank // self.world, count * (self.rank + 1) // self.world)

    def sizes(self, count: int) -> list[int]:
        """How many rows each process has."""
        return [count * (rank + 1) // self.world - count * rank // self.world for rank in range(self.world)]


def gathered(own: torch.Tensor, sizes: list[int]) -> torch.Tensor:
    """Return the rows of all processes, in their order."""
    most = max(sizes)
    sent = own.detach().contiguous()
    short = sent.dtype if sent.dtype in (torch.bfloat16, torch.float16) else None
    if short is not None:
        # Not every way to talk knows these numbers; their bits are sent.
        sent = sent.unsqueeze(-1).view(torch.uint8)
    if len(own) < most:
        sent = torch.cat([sent, sent.new_zeros((most - len(own), *sent.shape[1:]))])
    found = [torch.empty_like(sent) for _ in sizes]
    dist.all_gather(found, sent)
    rows = torch.cat([rows[:size] for rows, size in zip(found, sizes, strict=True)])
    return rows if short is None else rows.view(short).squeeze(-1)


class Gathered(torch.autograd.Function):
    """The rows of all processes out of each one's own."""

    @staticmethod
    def forward(ctx: Any, own: torch.Tensor, ranks: Ranks, count: int) -> torch.Tensor:
        ctx.ranks, ctx.count = ranks, count
        return gathered(own, ranks.sizes(count))


class Said(Gathered):
    """What the network says of all rows. Every process works out the same loss of it; its own rows' slopes, times the
    number of processes, are what the mean over the processes makes right again.
    """

    @staticmethod
    def backward(ctx: Any, slope: torch.Tensor) -> tuple[torch.Tensor, None, None]:  # type: ignore[override]
        return slope[ctx.ranks.rows(ctx.count)] * ctx.ranks.world, None, None


class Normed(Gathered):
    """All rows, for a layer whose result for one depends on the others: the slopes of every process come back."""

    @staticmethod
    def backward(ctx: Any, slope: torch.Tensor) -> tuple[torch.Tensor, None, None]:  # type: ignore[override]
        # A copy, with digits that every way to talk knows.
        total = slope.to(torch.promote_types(slope.dtype, torch.float32), copy=True).contiguous()
        dist.all_reduce(total)
        return total[ctx.ranks.rows(ctx.count)].to(slope.dtype), None, None


class Ranked(nn.Module):
    """A network that takes whole batches and works on this process's rows; it is used as the network is.

    ``shared`` of what it takes are the same for all samples. ``sharded`` keeps a part of every weight on each process
    (FSDP2) in place of a copy (DistributedDataParallel).
    """

    def __init__(self, bare: nn.Module, ranks: Ranks, seed: int, *, shared: int, sharded: bool, unused: bool) -> None:
        super().__init__()
        self.ranks, self.shared, self.seed = ranks, shared, seed
        # Rows of the batch that is at work; None where the inputs say it.
        self.count: int | None = None
        self._rows: int | None = None
        self._drawing = False
        norms = norms_of(bare)
        if norms and ranks.device.type == "cuda":
            bare = nn.SyncBatchNorm.convert_sync_batchnorm(bare)
        else:
            for norm in norms:
                norm.register_forward_pre_hook(self._all_rows)
                norm.register_forward_hook(self._own_rows)
        learns = any(p.requires_grad for p in bare.parameters())
        if sharded:
            from torch.distributed.fsdp import fully_shard

            mesh = init_device_mesh(ranks.device.type, (ranks.world,))
            for part in bare.children():
                if any(p.requires_grad for p in part.parameters()):
                    fully_shard(part, mesh=mesh)
            fully_shard(bare, mesh=mesh)
        self.bare = bare
        places = [ranks.device.index] if ranks.device.type == "cuda" else None
        whole = sharded or not learns
        self.run = bare if whole else nn.parallel.DistributedDataParallel(bare, places, find_unused_parameters=unused)

    def forward(self, *inputs: torch.Tensor) -> Any:
        """Return what the network says of all rows of a batch."""
        same, own = inputs[: self.shared], inputs[self.shared :]
        count = self.count if self.count is not None else len(own[0])
        if self.training and not self._drawing:
            # Dropout leaves out other numbers in every process; the first draws what one process alone would.
            self._drawing = True
            if self.ranks.rank:
                torch.manual_seed(stream(self.seed, "rank", self.ranks.rank).initial_seed())
        if count < self.ranks.world:
            return self.run(*inputs)
        rows = self.ranks.rows(count)
        self._rows = count
        try:
            outputs = self.run(*same, *(t if len(t) != count else t[rows] for t in own))
        finally:
            self._rows = None
        if isinstance(outputs, torch.Tensor):
            return Said.apply(outputs, self.ranks, count)
        return tuple(Said.apply(output, self.ranks, count) for output in outputs)

    def _all_rows(self, norm: nn.Module, given: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        if not norm.training or self._rows is None:
            return given
        return (Normed.apply(given[0], self.ranks, self._rows),)

    def _own_rows(self, norm: nn.Module, given: Any, result: torch.Tensor) -> torch.Tensor:
        if not norm.training or self._rows is None:
            return result
        return result[self.ranks.rows(self._rows)]

    def told(self, count: int) -> None:
        """Hear how many rows the batch at work has, where its inputs do not say."""
        self.count = count

    def goes_on(self) -> None:
        """The random state is that of a run that is gone on with: it is not set anew."""
        self._drawing = True

    def state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """Return the network's own state."""
        return self.bare.state_dict(*args, **kwargs)

    def load_state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """Take a state of the network's own."""
        return self.bare.load_state_dict(*args, **kwargs)


def norms_of(model: nn.Module) -> list[_BatchNorm]:
    """The batch norms of a network."""
    return [module for module in model.modules() if isinstance(module, _BatchNorm)]


def whole(tensor: torch.Tensor) -> torch.Tensor:
    """Return a tensor of which processes hold parts, put together; all processes have to ask."""
    together = getattr(tensor, "full_tensor", None)
    return (together() if together is not None else tensor).detach().cpu()


class OwnRows(Streamed):
    """Samples in a file, of which each process reads its own rows of every batch."""

    def __init__(self, all_rows: Streamed, ranks: Ranks) -> None:
        self.__dict__.update(all_rows.__dict__)
        self.ranks = ranks

    def __getitem__(self, places: Any) -> torch.Tensor:
        return super().__getitem__(self._own(places))

    def room(self, count: int) -> torch.Tensor:
        """Return room for this process's rows of so many."""
        rows = self.ranks.rows(count)
        return super().room(rows.stop - rows.start)

    def fill(self, places: torch.Tensor, room: torch.Tensor) -> None:
        """Read this process's rows of a batch."""
        super().fill(self._own(places), room)

    def _own(self, places: Any) -> Any:
        if isinstance(places, slice):
            places = torch.arange(*places.indices(len(self)))
        return places[self.ranks.rows(len(places))] if isinstance(places, torch.Tensor) else places


@dataclass(frozen=True)
class RankedPart(Part):
    """Samples in a file of which each process reads its own; ``told`` hears how many rows a batch has."""

    told: Callable[[int], None] = field(default=lambda count: None)

    def batch(self, places: Any, read: Any = ()) -> Any:
        """Return this process's inputs of a batch, and all of its targets."""
        self.told(len(range(*places.indices(len(self)))) if isinstance(places, slice) else len(places))
        return super().batch(places, read)


def shared_out(part: Part, ranks: Ranks, told: Callable[[int], None]) -> Part:
    """Return a part of which each process reads its own rows, where samples are read from a file."""
    streamed = any(isinstance(t, Streamed) for t in part.inputs)
    if not streamed or any(isinstance(t, Streamed) for t in part.targets):
        return part
    given = {one.name: getattr(part, one.name) for one in fields(part)}
    given["inputs"] = tuple(OwnRows(t, ranks) if isinstance(t, Streamed) else t for t in part.inputs)
    return RankedPart(**given, told=told)


def unused_somewhere(model: nn.Module, criterion: Any, part: Part) -> bool:
    """Whether a weight that is learnt has no part in the loss of a batch: the others must not wait for it."""
    if len(part) < 2:
        return False
    state = torch.get_rng_state()
    buffers = [(buffer, buffer.clone()) for buffer in model.buffers()]
    inputs, targets = part.batch(slice(0, min(4, len(part))))
    model.train()
    outputs = model(*inputs)
    loss = criterion(*(outputs if isinstance(outputs, tuple) else (outputs,)), *targets)[0]
    loss.backward()
    learnt = [p for p in model.parameters() if p.requires_grad]
    found = any(p.grad is None for p in learnt)
    for p in learnt:
        p.grad = None
    with torch.no_grad():
        for buffer, was in buffers:
            buffer.copy_(was)
    torch.set_rng_state(state)
    return found


def met(store: Any, rank: int, world: int) -> str:
    """Return a name that the processes of this attempt have in common, and those of an earlier one do not know.

    What an earlier attempt wrote into the common book of torchrun's still stands there: that its processes were at
    addresses where nobody listens any more. So each says which it is, and the first calls them until all have answered.
    """
    own, until = uuid.uuid4().hex, time.monotonic() + MEETING.total_seconds()
    store.set(f"here/{rank}", own)
    while time.monotonic() < until:
        if not rank and store.check([f"here/{other}" for other in range(world)]):
            here = [store.get(f"here/{other}").decode() for other in range(world)]
            called = uuid.uuid4().hex
            store.set("called", " ".join([called, *here]))
            answers = [f"{called}/{other}" for other in here[1:]]
            patience = time.monotonic() + 1.0
            while time.monotonic() < patience:
                if not answers or store.check(answers):
                    store.set(f"{called}/all", "")
                    return called
                time.sleep(0.02)
        elif rank and store.check(["called"]):
            called, *here = store.get("called").decode().split()
            if own in here:
                store.set(f"{called}/{own}", "")
                if store.check([f"{called}/all"]):
                    return str(called)
        time.sleep(0.02)
    raise RuntimeError("the processes did not meet: some of them were not started, or cannot reach the first machine")


@contextmanager
def joined(backend: str, rank: int, world: int) -> Iterator[None]:
    """Be one of the processes that torchrun has started."""
    agents = os.environ.get("TORCHELASTIC_USE_AGENT_STORE") == "True"
    talk: Any = dist
    book = talk.TCPStore(
        os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]), world, not agents and not rank, timeout=MEETING
    )
    store = talk.PrefixStore(met(book, rank, world), book)
    dist.init_process_group(backend, store=store, rank=rank, world_size=world, timeout=MEETING)
    yield
    # Not where something failed: others may no longer be there to say goodbye to.
    dist.destroy_process_group()
