"""Two results beside each other: what has become worse by more than it spreads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any


def numbers(found: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what was measured with its spread, by where it stands in a result."""
    if isinstance(found, Mapping):
        if {"value", "low", "high", "better"} <= set(found):
            yield str(found.get("name", path)), found
        else:
            for key, inner in found.items():
                yield from numbers(inner, f"{path} {key}".strip())
    elif isinstance(found, list):
        for place, inner in enumerate(found):
            yield from numbers(inner, f"{path} {place}".strip())


def verdict(before: Mapping[str, Any], now: Mapping[str, Any], factor: float = 1.0) -> str:
    """Return "worse" or "better" where both spreads lie apart, else "".

    Times of the first are taken ``factor`` times: the machine of the second is so much slower. Ratios are not.
    """
    scale = factor if "unit" not in before else 1.0
    low, high = before["low"] * scale, before["high"] * scale
    greater, smaller = now["low"] > high, now["high"] < low
    if not (greater or smaller):
        return ""
    return "worse" if greater == (now["better"] == "lower") else "better"


def compare(before: Mapping[str, Any], now: Mapping[str, Any], say: Callable[[str], None]) -> list[str]:
    """Say both results line by line; returns the names of what is worse."""
    factor = float(now.get("machine", 1.0)) / float(before.get("machine", 1.0))
    say(f"this machine takes {factor:.2f} times as long as it, or the other one, did then: times are scaled by that")
    old = dict(numbers(before))
    worse = []
    for name, found in numbers(now):
        if name not in old:
            say(f"{name:<66} {'–':>10} {found['value']:10.2f}   new")
            continue
        said = verdict(old[name], found, factor)
        say(f"{name:<66} {old[name]['value']:10.2f} {found['value']:10.2f}   {said}")
        worse += [name] if said == "worse" else []
    say(f"{len(worse)} worse by more than their spread" if worse else "nothing is worse by more than its spread")
    return worse
