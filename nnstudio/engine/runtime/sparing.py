"""Updates that spare time or memory: a batch in parts, products with fewer digits, operations fused."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from typing import Any

import torch

from nnstudio.engine.runtime.together import Optimizers
from nnstudio.engine.runtime.training import Diverged, Limits


class Sparing:
    """Makes updates as ``training.update`` does, with less time or memory.

    ``parts``: gradient accumulation. So many parts of a batch go through the network one after the other, twice: to
    learn what it says, of which the loss of the whole batch and its slopes are worked out, and to bring these slopes
    back. Unlike the mean of the parts' losses that is right for every loss (Gao et al. 2021, gradient caching).
    ``half`` names the format that products are worked out in, "bfloat16" or "float16" (Micikevicius et al. 2018: the
    weights keep theirs; with float16 a scaler keeps small gradients from being lost). ``compiled`` lets
    torch.compile fuse the operations, where it can.
    """

    def __init__(
        self, parts: int = 1, half: str = "", compiled: bool = False, device: torch.device | None = None
    ) -> None:
        self.parts, self.half, self.compiled = parts, half, compiled
        kind = (device or torch.device("cpu")).type
        self.scaler: Any = torch.amp.GradScaler(kind) if half == "float16" else None
        # Told why operations were not fused.
        self.say: Callable[[str], None] = lambda why: print(f"not fused: {why}", file=sys.stderr)
        self._run: Any = None

    def __call__(
        self,
        model: Any,
        criterion: Any,
        optimizer: Any,
        inputs: Any,
        targets: Any,
        limits: Limits,
        guard: bool = True,
        epoch: int = 0,
    ) -> Any:
        """Make one update; see ``training.update``."""
        device = targets[0].device
        pieces = list(self._pieces(inputs, len(targets[0])))
        whole = len(pieces) == 1
        draws: list[Any] = []
        with torch.set_grad_enabled(whole):
            said_by_part = []
            for piece in pieces:
                draws.append(draw_state(device))
                said_by_part.append(self._said(model, piece, device))
        outputs = (
            said_by_part[0] if whole else tuple(_leaf(torch.cat(side)) for side in zip(*said_by_part, strict=True))
        )
        loss, said, truth = criterion(*outputs, *targets)
        if guard:
            value = loss.item()
            if not math.isfinite(value):
                raise Diverged(epoch, value)
        optimizer.zero_grad(set_to_none=True)
        (loss if self.scaler is None else self.scaler.scale(loss)).backward()
        if not whole:
            self._back(model, pieces, draws, outputs, device)
        self._step(optimizer, limits)
        return loss.detach(), said.detach(), truth

    def _pieces(self, inputs: Any, rows: int) -> Iterator[Any]:
        size = -(-rows // self.parts)
        for start in range(0, rows, size):
            yield inputs if size >= rows else tuple(t[start : start + size] for t in inputs)

    def _said(self, model: Any, inputs: Any, device: torch.device) -> tuple[Any, ...]:
        """What the network says, with as many digits as its weights have."""
        if self._run is None:
            self._run = self._fused(model, inputs, device) if self.compiled else model
        digits = next((p.dtype for p in model.parameters()), torch.float32)
        with self._digits(device):
            outputs = self._run(*inputs)
        outputs = (outputs,) if isinstance(outputs, torch.Tensor) else outputs
        return tuple(t.to(digits) if t.is_floating_point() else t for t in outputs)

    def _fused(self, model: Any, inputs: Any, device: torch.device) -> Any:
        """The model with its operations fused, or the model itself where that cannot be.

        It is tried there and back without moving anything: a compiler that is not there is missed only when called.
        """
        draws, grads = draw_state(device), [(p, p.grad) for p in model.parameters()]
        buffers = [(buffer, buffer.clone()) for buffer in model.buffers()]
        for parameter, _ in grads:
            parameter.grad = None
        try:
            fused = torch.compile(model)
            with torch.enable_grad(), self._digits(device):
                outputs = fused(*inputs)
                outputs = (outputs,) if isinstance(outputs, torch.Tensor) else outputs
                total = sum(t.sum() for t in outputs if t.requires_grad)
            if isinstance(total, torch.Tensor):
                total.backward()  # type: ignore[no-untyped-call]
        except Exception as error:
            self.say(f"{type(error).__name__}: {str(error).strip().splitlines()[0][:160] if str(error) else ''}")
            return model
        finally:
            set_draw_state(device, draws)
            for parameter, grad in grads:
                parameter.grad = grad
            with torch.no_grad():
                for buffer, was in buffers:
                    buffer.copy_(was)
        return fused

    def _digits(self, device: torch.device) -> torch.autocast:
        return torch.autocast(device.type, getattr(torch, self.half or "bfloat16"), enabled=bool(self.half))

    def _back(self, model: Any, pieces: Any, draws: Any, outputs: Any, device: torch.device) -> None:
        """Bring the slopes of what was said back through the network, part by part, with the same random draws."""
        after, start = draw_state(device), 0
        for piece, draw in zip(pieces, draws, strict=True):
            set_draw_state(device, draw)
            found = self._said(model, piece, device)
            end = start + len(found[0])
            sides = [
                (own, leaf.grad[start:end])
                for own, leaf in zip(found, outputs, strict=True)
                if own.requires_grad and leaf.grad is not None
            ]
            if sides:
                torch.autograd.backward([own for own, _ in sides], [slope for _, slope in sides])
            start = end
        set_draw_state(device, after)

    def _step(self, optimizer: Any, limits: Limits) -> None:
        every = optimizer.parts if isinstance(optimizer, Optimizers) else (optimizer,)
        moved = [part for part in every if any(p.grad is not None for g in part.param_groups for p in g["params"])]
        if self.scaler is not None:
            for part in moved:
                self.scaler.unscale_(part)
        limits.clip(optimizer)
        limits.pull(optimizer)
        if self.scaler is None:
            optimizer.step()
            return
        for part in moved:
            # Leaves the weights as they are where a gradient was too large for the format, and scales less from then.
            self.scaler.step(part)
        if moved:
            self.scaler.update()


def _leaf(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().requires_grad_(tensor.is_floating_point())


def draw_state(device: torch.device) -> tuple[torch.Tensor, ...]:
    """The state of the generators that layers draw from."""
    own = (torch.get_rng_state(),)
    return (*own, getattr(torch, device.type).get_rng_state()) if device.type != "cpu" else own


def set_draw_state(device: torch.device, state: tuple[torch.Tensor, ...]) -> None:
    """Put the generators back into a state."""
    torch.set_rng_state(state[0])
    for own in state[1:]:
        getattr(torch, device.type).set_rng_state(own)
