"""Where the network is trained, and how the processor is used."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable

import torch

# An update that is quicker than this (s) is work for one core; more cores have to gain a tenth to be taken.
QUICK_UPDATE, SLOW_UPDATE, GAIN = 0.0005, 0.2, 1.1
# Measuring both ways ends after so many turns, or so many seconds; one turn is at least so long.
TURNS, MEASURING_SECONDS, TURN_SECONDS = 3, 2.0, 0.01


def choose_device(wanted: str, dtype: torch.dtype = torch.float32) -> torch.device:
    """Return the device for "auto", "cpu", "cuda", "cuda:1" (the second CUDA GPU) or "mps" (Apple's); what is not
    there becomes the CPU.

    "auto" takes a CUDA GPU where there is one, and never Apple's: on that small networks are slower than on its
    processor. The GPU that is chosen becomes the calling thread's own.
    """
    kind, _, number = wanted.partition(":")
    if kind in ("auto", "cuda") and torch.cuda.is_available():
        place = int(number) if number.isdecimal() else 0
        if place < torch.cuda.device_count() and (not number or number.isdecimal()):
            torch.cuda.set_device(place)
            return torch.device("cuda", place)
    if kind == "mps" and dtype != torch.float64 and torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def fits(size: int, device: torch.device) -> bool:
    """Whether so many bytes of samples may lie on a device for good: half of what is free on a CUDA GPU."""
    return device.type != "cuda" or size <= torch.cuda.mem_get_info(device)[0] // 2


def prepare_thread(threads: int) -> None:
    """Set up the calling thread: so many processor cores, and no denormal numbers.

    Another number of cores adds numbers up in another order, which may change the last bits. Denormal numbers, the
    tiny ones that vanishing gradients are made of, slow a processor down by a factor of fifty; they are treated as
    zero.
    """
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)


def most_cores() -> int:
    """Return how many cores a run may take: what ``OMP_NUM_THREADS`` says, else what the system lets it have.

    A batch system gives a program some of a machine's cores, and a launcher of several programs says one for each.
    """
    said = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    if said.isdecimal() and int(said) > 0:
        return int(said)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def quicker_threads(make_update: Callable[[], object], most: int) -> int:
    """Return 1 or ``most``: with how many cores updates are quicker, here and now.

    A small network is quicker on one core, and so is any network where other programs want the cores: threads that
    wait for each other then wait long. Both ways are measured in turns, so that a slow moment hits both. What random
    numbers the updates draw is taken back.
    """
    if most < 2:
        return 1
    random = torch.get_rng_state()
    before = torch.get_num_threads()

    def seconds(threads: int) -> float:
        """How long an update takes, the mean over one turn."""
        torch.set_num_threads(threads)
        started, made = time.perf_counter(), 0
        while not made or time.perf_counter() - started < TURN_SECONDS:
            make_update()
            made += 1
        return (time.perf_counter() - started) / made

    try:
        begun = time.perf_counter()
        one, many = [seconds(1)], []
        if one[0] < SLOW_UPDATE:
            # The first updates set things up that later ones have; beside slow ones that does not count.
            one = [seconds(1)]
            if one[0] < QUICK_UPDATE:
                return 1
            seconds(most)
        many.append(seconds(most))
        # Where an update takes seconds, one of each has to do.
        while len(one) < TURNS and time.perf_counter() - begun < MEASURING_SECONDS:
            one.append(seconds(1))
            many.append(seconds(most))
        return most if statistics.median(many) * GAIN < statistics.median(one) else 1
    finally:
        torch.set_num_threads(before)
        torch.set_rng_state(random)
