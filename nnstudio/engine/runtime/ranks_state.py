"""Checkpoints of a run in several processes, by torch.distributed.checkpoint; everything in them is a tensor."""

from __future__ import annotations

import io
import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.checkpoint.filesystem import FileSystemReader
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import save

from nnstudio.engine.runtime.ranks import Ranked, Ranks
from nnstudio.engine.runtime.seeding import stream
from nnstudio.engine.runtime.sparing import draw_state, set_draw_state
from nnstudio.engine.runtime.training import Progress

# As many checkpoints are kept.
KEPT = 2
NAME, PART = "update-", ".part"


def _packed(values: Any) -> torch.Tensor:
    file = io.BytesIO()
    torch.save(values, file)
    return torch.frombuffer(bytearray(file.getvalue()), dtype=torch.uint8)


def _unpacked(tensor: torch.Tensor) -> Any:
    return torch.load(io.BytesIO(tensor.numpy().tobytes()), weights_only=True)


class Checkpoints:
    """The checkpoints of a run in a folder; every process has to save and load with the others."""

    def __init__(self, folder: Path, ranks: Ranks, model: Ranked, optimizer: Any, schedule: Any, scaler: Any) -> None:
        self.folder, self.ranks, self.model = folder, ranks, model
        self.optimizer, self.schedule, self.scaler = optimizer, schedule, scaler

    def clear(self) -> None:
        """Begin with none."""
        if not self.ranks.rank:
            shutil.rmtree(self.folder, ignore_errors=True)
        dist.barrier()

    def last(self) -> Path | None:
        """Return the last whole one."""
        found = [
            path for path in self.folder.glob(f"{NAME}*") if path.suffix != PART and (path / ".metadata").is_file()
        ]
        return max(found, default=None)

    def save(self, progress: Progress, history: list[dict[str, Any]]) -> None:
        """Write how far the run has come. What is not whole has another name."""
        ranks, optimizer, schedule = self.ranks, self.optimizer, self.schedule
        state: dict[str, torch.Tensor] = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        memory = optimizer.state_dict()
        plain: dict[str, Any] = {}
        for number, slots in memory["state"].items():
            for name, value in slots.items():
                if isinstance(value, torch.Tensor):
                    state[f"optimizer.{number}.{name}"] = value
                else:
                    plain[f"{number}.{name}"] = value
        kept = progress.kept()
        state |= {f"best.{name}": tensor for name, tensor in kept.best_state.items()}
        names = [one.name for one in fields(Progress) if one.name not in ("best_state", "answers", "total")]
        rest = {
            "progress": {name: getattr(kept, name) for name in names},
            "answers": [(said.cpu(), truth.cpu()) for said, truth in kept.answers],
            "total": kept.total.cpu() if isinstance(kept.total, torch.Tensor) else kept.total,
            "groups": memory["param_groups"],
            "plain": plain,
            "schedule": schedule.state_dict() if schedule is not None else None,
            "scaler": self.scaler.state_dict() if self.scaler is not None else None,
            "history": history,
            "world": ranks.world,
        }
        if not ranks.rank:
            state["rest"] = _packed(rest)
        state[f"random.{ranks.rank}"] = _packed(list(draw_state(ranks.device)))
        place = self.folder / f"{NAME}{progress.updates:09d}"
        part = place.with_suffix(PART)
        if not ranks.rank:
            self.folder.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(part, ignore_errors=True)
        dist.barrier()
        save(state, checkpoint_id=part)
        dist.barrier()
        if not ranks.rank:
            shutil.rmtree(place, ignore_errors=True)
            part.rename(place)
            found = sorted(self.folder.glob(f"{NAME}*"))
            whole = [path for path in found if path.suffix != PART]
            for old in (*whole[:-KEPT], *(path for path in found if path.suffix == PART)):
                shutil.rmtree(old, ignore_errors=True)
        dist.barrier()

    def load(self, place: Path) -> tuple[Progress, list[dict[str, Any]]]:
        """Put the run back where it was; returns its progress and history. Weights of which every process holds a part
        are parted anew where there are now more or fewer; random numbers go on where there are as many.
        """
        ranks, model, optimizer = self.ranks, self.model, self.optimizer
        there = FileSystemReader(place).read_metadata().state_dict_metadata
        model_state = model.state_dict()
        learnt = [p for group in optimizer.param_groups for p in group["params"]]
        wanted: dict[str, torch.Tensor] = {}
        for key, about in there.items():
            kind, _, name = key.partition(".")
            if kind == "random" and name != str(ranks.rank):
                continue
            if kind in ("model", "best"):
                wanted[key] = model_state[name] if kind == "model" else torch.empty_like(model_state[name])
                continue
            size, dtype = about.size, about.properties.dtype  # type: ignore[union-attr]
            like = learnt[int(name.partition(".")[0])] if kind == "optimizer" else None
            if like is not None and like.shape == size:
                wanted[key] = torch.empty_like(like, dtype=dtype, requires_grad=False)
            else:
                wanted[key] = torch.empty(size, dtype=dtype)
        load(wanted, checkpoint_id=place)
        rest = _unpacked(wanted["rest"])
        model.load_state_dict({name: wanted[f"model.{name}"] for name in model_state})
        slots: dict[int, dict[str, Any]] = {}
        for key, tensor in wanted.items():
            if key.startswith("optimizer."):
                number, _, name = key.removeprefix("optimizer.").partition(".")
                slots.setdefault(int(number), {})[name] = tensor
        for key, value in rest["plain"].items():
            number, _, name = key.partition(".")
            slots.setdefault(int(number), {})[name] = value
        optimizer.load_state_dict({"state": slots, "param_groups": rest["groups"]})
        if self.schedule is not None:
            self.schedule.load_state_dict(rest["schedule"])
        if self.scaler is not None and rest["scaler"]:
            self.scaler.load_state_dict(rest["scaler"])
        total = rest["total"]
        progress = Progress(
            **rest["progress"],
            total=total.to(ranks.device) if isinstance(total, torch.Tensor) else total,
            answers=[(said.to(ranks.device), truth.to(ranks.device)) for said, truth in rest["answers"]],
            best_state={key.removeprefix("best."): tensor for key, tensor in wanted.items() if key.startswith("best.")},
        )
        if f"random.{ranks.rank}" in wanted and rest["world"] == ranks.world:
            set_draw_state(ranks.device, tuple(_unpacked(wanted[f"random.{ranks.rank}"])))
        else:
            torch.manual_seed(stream(model.seed, "rank", ranks.rank, progress.updates).initial_seed())
        model.goes_on()
        return progress, list(rest["history"])
