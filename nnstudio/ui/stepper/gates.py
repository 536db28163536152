"""What the operations inside recurrent layers are called, and what they are for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nnstudio.ui.texts import tr

_NAME = re.compile(r"_l(?P<layer>\d+)(?P<back>b?)_t(?P<t>\d+)_(?P<part>\w+)$")


@dataclass(frozen=True)
class Gate:
    """The name of an operation with its time step, and a sentence on what it does ("" where its form says enough)."""

    title: str
    words: str


def _parts() -> dict[str, tuple[str, str]]:
    return {
        "from_x": (tr("from the input"), ""), "from_h": (tr("from the state before"), ""), "z": (tr("both added"), ""),
        "input_gate": (tr("input gate"), tr("How much of what is new is let in.")),
        "forget_gate": (tr("forget gate"), tr("How much of the memory is kept.")),
        "candidate_gate": (tr("candidate"), tr("What could be written into the memory.")),
        "output_gate": (tr("output gate"), tr("How much of the memory is shown.")),
        "kept": (tr("what is kept"), tr("The old part, as far as the gate leaves it.")),
        "new": (tr("what is new"), tr("The new part, before it is mixed in.")),
        "c": (tr("memory cell"), tr("The memory of this time step: what is kept and what is new.")),
        "tanh_c": (tr("memory, squeezed"), ""), "h": (tr("state"), tr("The state of this time step, handed on to the next.")),
        "reset_gate": (tr("reset gate"), tr("How much of the state before counts for the new one.")),
        "update_gate": (tr("update gate"), tr("How much of the old state stays.")),
        "reset_z": (tr("reset gate, before σ"), ""), "update_z": (tr("update gate, before σ"), ""), "new_z": (tr("new state, before tanh"), ""),
        "held": (tr("state before, as far as it counts"), ""), "open": (tr("room for the new state"), ""), "fresh": (tr("new part"), ""),
    }


def gate_of(step: str) -> Gate | None:
    """Return the gate of an operation by its name; None where it is none."""
    found = _NAME.search(step)
    if found is None:
        return None
    title, words = _parts().get(found["part"], (found["part"].replace("_", " "), ""))
    where = tr("time step {t}", t=found["t"])
    if found["layer"] != "1" or found["back"]:
        where += ", " + tr("layer {layer}", layer=found["layer"])
    if found["back"]:
        where += ", " + tr("backwards")
    return Gate(f"{title}, {where}", words)
