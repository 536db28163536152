"""The signs under which an optimizer's settings stand in its rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SIGNS = {
    "lr": "η",
    "weight_decay": "λ",
    "momentum": "μ",
    "eps": "ε",
    "alpha": "α",
    "rho": "ρ",
    "momentum_decay": "ψ",
}


def constants(settings: Mapping[str, Any]) -> dict[str, float]:
    """Return η, λ, μ, β1 … of torch's settings."""
    # An own optimizer may call something else so.
    found = {sign: float(settings[key]) for key, sign in SIGNS.items() if isinstance(settings.get(key), int | float)}
    betas = settings.get("betas", ())
    for place, beta in enumerate(betas if isinstance(betas, tuple | list) else (), 1):
        found[f"β{place}"] = float(beta)
    return found
