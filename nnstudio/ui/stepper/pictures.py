"""What the cards of the canvas show at one moment of a trace."""

from __future__ import annotations

from nnstudio.engine.snapshot import Picture, make_picture
from nnstudio.engine.trace import Moment, Trace


def trace_pictures(trace: Trace, moment: Moment) -> dict[str, Picture]:
    """Return each node's numbers of the shown sample, as far as the moment has come."""
    done = {m.step for m in trace.moments[: moment.index + 1] if m.phase in ("forward", "loss")}
    back = {m.step for m in trace.moments[: moment.index + 1] if m.phase == "backward"}
    pictures: dict[str, Picture] = {}
    row = trace.of_sample

    for step in trace.steps.values():
        if step.name in done:
            gradient = trace.gradients.get(step.name) if step.name in back else None
            pictures[step.node] = make_picture(row(step.name, trace.values[step.name]), None if gradient is None else row(step.name, gradient))
    for name in trace.values:
        if name == "x":
            gradient = trace.gradients.get(name) if moment.phase == "update" else None
            pictures["input:x"] = make_picture(row(name, trace.values[name]), None if gradient is None else row(name, gradient))
    return pictures
