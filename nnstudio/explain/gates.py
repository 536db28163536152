"""What the operations inside recurrent layers are called, and what they are for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nnstudio.document.text import Said, concat, phrase

_NAME = re.compile(r"_l(?P<layer>\d+)(?P<back>b?)_t(?P<t>\d+)_(?P<part>\w+)$")


@dataclass(frozen=True)
class Gate:
    """The name of an operation with its time step, and a sentence on what it does ("" where its form says enough)."""

    title: Said
    words: Said


def _parts() -> dict[str, tuple[Said, Said]]:
    return {
        "from_x": (phrase("from the input"), ""),
        "from_h": (phrase("from the state before"), ""),
        "z": (phrase("both added"), ""),
        "input_gate": (phrase("input gate"), phrase("How much of what is new is let in.")),
        "forget_gate": (phrase("forget gate"), phrase("How much of the memory is kept.")),
        "candidate_gate": (phrase("candidate"), phrase("What could be written into the memory.")),
        "output_gate": (phrase("output gate"), phrase("How much of the memory is shown.")),
        "kept": (phrase("what is kept"), phrase("The old part, as far as the gate leaves it.")),
        "new": (phrase("what is new"), phrase("The new part, before it is mixed in.")),
        "c": (phrase("memory cell"), phrase("The memory of this time step: what is kept and what is new.")),
        "tanh_c": (phrase("memory, squeezed"), ""),
        "h": (phrase("state"), phrase("The state of this time step, handed on to the next.")),
        "reset_gate": (phrase("reset gate"), phrase("How much of the state before counts for the new one.")),
        "update_gate": (phrase("update gate"), phrase("How much of the old state stays.")),
        "reset_z": (phrase("reset gate, before σ"), ""),
        "update_z": (phrase("update gate, before σ"), ""),
        "new_z": (phrase("new state, before tanh"), ""),
        "held": (phrase("state before, as far as it counts"), ""),
        "open": (phrase("room for the new state"), ""),
        "fresh": (phrase("new part"), ""),
    }


def gate_of(step: str) -> Gate | None:
    """Return the gate of an operation by its name; None where it is none."""
    found = _NAME.search(step)
    if found is None:
        return None
    title, words = _parts().get(found["part"], (found["part"].replace("_", " "), ""))
    where = phrase("time step {t}", t=found["t"])
    if found["layer"] != "1" or found["back"]:
        where = concat(where, ", ", phrase("layer {layer}", layer=found["layer"]))
    if found["back"]:
        where = concat(where, ", ", phrase("backwards"))
    return Gate(concat(title, ", ", where), words)
