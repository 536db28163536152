"""How the student wants runs and steps to go; the toolbar and the Training menu set it."""

from __future__ import annotations


class RunWishes:
    """``fresh``: every run begins from new start weights. ``grain``: how far a step goes."""

    def __init__(self) -> None:
        self.fresh = False
        self.grain = "batch"

    def want_fresh(self, fresh: bool) -> None:
        """Begin every run from new start weights, or from the same ones."""
        self.fresh = fresh

    def want_grain(self, grain: str) -> None:
        """Step by "sample", "batch" or "epoch"."""
        self.grain = grain
