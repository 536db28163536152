"""Where the network is trained, and how the processor is used."""

from __future__ import annotations

import os

import torch

SMALL_NETWORK = 100_000


def choose_device(wanted: str) -> torch.device:
    """Return the device for "auto", "cpu" or "cuda"; without a CUDA GPU it is the CPU."""
    return torch.device("cuda" if wanted in ("auto", "cuda") and torch.cuda.is_available() else "cpu")


def prepare_thread(parameters: int, share: float = 1.0) -> None:
    """Set up the calling thread: one processor core for a small network, and no denormal numbers.

    Small networks are faster on one core; a larger one takes a share of the cores (a window needs the others). Another
    number of cores adds numbers up in another order, which changes the last bits. Denormal numbers, the tiny ones that
    vanishing gradients are made of, slow a processor down by a factor of fifty; they are treated as zero.
    """
    torch.set_num_threads(1 if parameters < SMALL_NETWORK else max(1, int((os.cpu_count() or 1) * share)))
    torch.set_flush_denormal(True)
