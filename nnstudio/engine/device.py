"""The one place that knows about devices: what was asked, what is there, what was taken."""

from __future__ import annotations

from functools import cache

import psutil
import torch

from nnstudio.document.text import Message, message
from nnstudio.engine.runtime.device import choose_device


def pick(wanted: str) -> tuple[torch.device, Message | None]:
    """Return the device for "auto", "cpu" or "cuda", and a sentence when it is not the one asked for."""
    device = choose_device(wanted)
    missing = wanted == "cuda" and device.type != "cuda"
    return device, message("run.no_cuda") if missing else None


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error means that memory ran out, on the GPU or the CPU."""
    if isinstance(error, MemoryError | torch.cuda.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(
        words in str(error) for words in ("out of memory", "not enough memory", "DefaultCPUAllocator")
    )


def free_memory() -> None:
    """Give cached GPU memory back after a failure."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def describe(device: torch.device, threads: int = 1) -> str:
    """Name a device for the status line: "CPU", with the number of cores where it is not one, or the GPU's name."""
    if device.type == "cpu":
        return "CPU" if threads == 1 else f"CPU × {threads}"
    return str(torch.cuda.get_device_name(device))


def memory(device: torch.device) -> tuple[int, int | None]:
    """The bytes that this process holds, and those its tensors take on the GPU (None without one)."""
    own = int(_process().memory_info().rss)
    return own, None if device.type == "cpu" else int(torch.cuda.memory_allocated(device))


@cache
def _process() -> psutil.Process:
    return psutil.Process()


def warm_up() -> None:
    """Import what torch imports late (sympy for the meta device, the optimizers) so that no click waits for it."""
    parameter = torch.nn.Parameter(torch.zeros(1))
    torch.optim.SGD([parameter], lr=0.1)
    torch.nn.functional.linear(torch.empty(2, 2, device="meta"), torch.empty(2, 2, device="meta"))


def random_state(device: torch.device) -> tuple[torch.Tensor, torch.Tensor | None]:
    """The state of the default generators that a run on this device draws from."""
    return torch.get_rng_state(), torch.cuda.get_rng_state(device) if device.type == "cuda" else None


def set_random_state(device: torch.device, state: tuple[torch.Tensor, torch.Tensor | None]) -> None:
    """Put the default generators back into a state."""
    torch.set_rng_state(state[0])
    if state[1] is not None:
        torch.cuda.set_rng_state(state[1], device)
