"""Noisy readings and what a moving average, momentum and Adam make of them: the same β everywhere."""

from __future__ import annotations

import numpy as np

from nnstudio.engine.trace import Array

COUNT = 120
BETA2, EPSILON = 0.999, 1e-8


def noisy(seed: int, noise: float, count: int = COUNT) -> tuple[Array, Array]:
    """Return (truth, readings), both (count,): a slow swing about 1, and the same with normal noise."""
    time = np.arange(count)
    truth = 1.0 + 0.5 * np.sin(2 * np.pi * time / 80)
    return truth, truth + noise * np.random.default_rng(seed).standard_normal(count)


def average(readings: Array, beta: float) -> Array:
    """S_t = βS_{t−1} + (1 − β)Y_t from S_0 = 0 (the exponential moving average of Kingma and Ba 2015, section 2)."""
    found, last = np.empty(len(readings)), 0.0
    for t, reading in enumerate(readings):
        last = beta * last + (1 - beta) * float(reading)
        found[t] = last
    return found


def corrected(readings: Array, beta: float) -> Array:
    """S_t / (1 − βᵗ): without the 0 that nobody measured (Kingma and Ba 2015, section 3)."""
    return np.asarray(average(readings, beta) / (1 - beta ** np.arange(1, len(readings) + 1)))


def velocity(gradients: Array, beta: float) -> Array:
    """v_t = βv_{t−1} + g_t, the momentum of ``torch.optim.SGD``: a sum, not an average."""
    found, last = np.empty(len(gradients)), 0.0
    for t, gradient in enumerate(gradients):
        last = beta * last + float(gradient)
        found[t] = last
    return found


def adam(gradients: Array, beta: float) -> Array:
    """m̂_t / (√v̂_t + ε), the step of Adam for η = 1, with β₁ = ``beta`` and β₂ = 0.999."""
    return np.asarray(corrected(gradients, beta) / (np.sqrt(corrected(gradients**2, BETA2)) + EPSILON))


def memory(beta: float) -> float:
    """How many readings an average is about: 1/(1 − β), after which a reading weighs 1/e of a new one."""
    return 1.0 / (1.0 - beta)
