"""The one place that knows about devices: what was asked, what is there, what was taken."""

from __future__ import annotations

from functools import cache

import psutil
import torch

from nnstudio.document.text import Message, message
from nnstudio.engine.runtime.device import choose_device
from nnstudio.engine.runtime.sparing import draw_state, set_draw_state

DEVICE_NAMES = {"mps": "Apple GPU"}


def pick(wanted: str, dtype: str = "float32") -> tuple[torch.device, Message | None]:
    """Return the device for "auto", "cpu", "cuda", "cuda:1" or "mps", and a sentence when it is not that."""
    device = choose_device(wanted, getattr(torch, dtype))
    if device.type != "cpu" or wanted in ("auto", "cpu"):
        return device, None
    if wanted == "mps" and dtype == "float64" and torch.backends.mps.is_available():
        return device, message("run.no_double")
    if wanted == "cuda":
        return device, message("run.no_cuda")
    return device, message("run.no_device", device=DEVICE_NAMES.get(wanted, wanted))


def several() -> int:
    """How many CUDA GPUs there are; asked without taking memory on any of them."""
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def has_apple_gpu() -> bool:
    """Whether there is a GPU of Apple's."""
    return torch.backends.mps.is_available()


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
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


def describe(device: torch.device, threads: int = 1) -> str:
    """Name a device for the status line: "CPU", with the number of cores where it is not one, or the GPU's name."""
    if device.type == "cpu":
        return "CPU" if threads == 1 else f"CPU × {threads}"
    if device.type == "mps":
        return DEVICE_NAMES["mps"]
    return str(torch.cuda.get_device_name(device)) + (f" ({device.index})" if several() > 1 else "")


def memory(device: torch.device) -> tuple[int, int | None]:
    """The bytes that this process holds, and those its tensors take on the GPU (None without one)."""
    own = int(_process().memory_info().rss)
    if device.type == "mps":
        return own, int(torch.mps.current_allocated_memory())
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
    own, *other = draw_state(device)
    return own, other[0] if other else None


def set_random_state(device: torch.device, state: tuple[torch.Tensor, torch.Tensor | None]) -> None:
    """Put the default generators back into a state, as far as this device has them."""
    own, other = state
    set_draw_state(device, (own,) if other is None or device.type == "cpu" else (own, other))
