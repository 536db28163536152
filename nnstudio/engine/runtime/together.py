"""Several optimizers that step as one."""

from __future__ import annotations

from typing import Any

import torch


class Optimizers:
    """Optimizers with parameters of their own that make one update together; used as one optimizer is.

    In ``state_dict`` parameters are numbered through, in the order of ``param_groups``.
    """

    def __init__(self, parts: list[torch.optim.Optimizer]) -> None:
        self.parts = tuple(parts)

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The groups of all of them, one behind the other."""
        return [group for part in self.parts for group in part.param_groups]

    @property
    def state(self) -> dict[Any, dict[str, Any]]:
        """What all of them remember, by parameter."""
        return {parameter: memory for part in self.parts for parameter, memory in part.state.items()}

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        for part in self.parts:
            part.zero_grad(set_to_none=set_to_none)

    def step(self) -> None:
        """Make the update."""
        for part in self.parts:
            part.step()

    def state_dict(self) -> dict[str, Any]:
        """Return the state of all of them as that of one."""
        state: dict[int, Any] = {}
        groups: list[dict[str, Any]] = []
        first = 0
        for part in self.parts:
            own = part.state_dict()
            state.update({first + number: memory for number, memory in own["state"].items()})
            groups += [
                {**group, "params": [first + number for number in group["params"]]} for group in own["param_groups"]
            ]
            first += sum(len(group["params"]) for group in own["param_groups"])
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take such a state."""
        groups = list(state["param_groups"])
        first = 0
        for part in self.parts:
            own, groups = groups[: len(part.param_groups)], groups[len(part.param_groups) :]
            end = first + sum(len(group["params"]) for group in own)
            part.load_state_dict(
                {
                    "state": {
                        number - first: memory for number, memory in state["state"].items() if first <= number < end
                    },
                    "param_groups": [
                        {**group, "params": [number - first for number in group["params"]]} for group in own
                    ],
                }
            )
            first = end


class Schedules:
    """The schedules of such optimizers, in their order; None for one whose rate is kept."""

    def __init__(self, parts: list[Any]) -> None:
        self.parts = tuple(parts)

    def state_dict(self) -> dict[str, Any]:
        """Return the states by number."""
        return {str(number): part.state_dict() for number, part in enumerate(self.parts) if part is not None}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take such states."""
        for number, part in enumerate(self.parts):
            if part is not None:
                part.load_state_dict(state[str(number)])
