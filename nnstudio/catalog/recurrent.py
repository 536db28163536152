"""What the recurrent layers share: fields, calls around torch's fused operators, and their weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from nnstudio.catalog.entry import Call, Port, Ref, Rule, Shape, Shapes, Steps, Weight, elementwise
from nnstudio.catalog.training import OVERRIDES, initializer_field
from nnstudio.catalog.weights import uniform
from nnstudio.document.fields import BoolField, Field, IntField, OptionField
from nnstudio.document.text import Text
from nnstudio.document.values import Params

SEQUENCE = (Port("x", Text("sequence"), ranks=(3,)),)
PICK = Rule("a part of the result", ("∂E/∂z = ∂E/∂y in that part",))

FIELDS: tuple[Field, ...] = (
    IntField(
        name="units",
        title=Text("Units"),
        default=16,
        minimum=1,
        maximum=100_000,
        width=True,
        help=Text("Size of the hidden state."),
    ),
    OptionField(
        name="outputs",
        title=Text("Outputs"),
        default="last",
        options=(("last", Text("last step")), ("all", Text("every step"))),
        help=Text("The state after the last step, or that of every step."),
    ),
    IntField(
        name="layers",
        title=Text("Layers", about="recurrent"),
        default=1,
        minimum=1,
        maximum=16,
        help=Text("Each layer reads the states of the one below."),
    ),
    BoolField(
        name="bidirectional",
        title=Text("Both directions"),
        default=False,
        help=Text("A second set of neurons reads from the end; its states are put beside."),
    ),
    initializer_field("weight_initializer", Text("Input weights")),
    initializer_field("recurrent_initializer", Text("Recurrent weights")),
    initializer_field("bias_initializer", Text("Bias start"), vector=True),
    *OVERRIDES,
)


def recurrent_calls(target: str, p: Params, shapes: Shapes, rule: Rule, *, cell: bool = False, **make: Any) -> Steps:
    """Run the fused operator and take the states asked for; ``cell`` says that the state is a pair (h, c)."""
    arguments = {
        "input_size": shapes["x"][0][2],
        "hidden_size": p["units"],
        "num_layers": p["layers"],
        "batch_first": True,
        "bidirectional": p["bidirectional"],
        **make,
    }
    run = Call("z", target, (Ref("x"),), make=arguments, form="recurrence", rule=rule)
    if p["outputs"] == "all":
        return (run, Call("y", "operator.getitem", (Ref("z"), 0), rule=PICK))
    calls = [run, Call("state", "operator.getitem", (Ref("z"), 1), rule=PICK)]
    if cell:
        calls.append(Call("hidden", "operator.getitem", (Ref("state"), 0), rule=PICK))
    hidden = Ref("hidden" if cell else "state")
    if not p["bidirectional"]:
        return (*calls, Call("y", "torch.select", (hidden, 0, -1), rule=PICK))
    return (
        *calls,
        Call("forwards", "torch.select", (hidden, 0, -2), rule=PICK),
        Call("backwards", "torch.select", (hidden, 0, -1), rule=PICK),
        Call("y", "torch.cat", ((Ref("forwards"), Ref("backwards")),), {"dim": 1}, rule=PICK),
    )


def recurrent_weights(p: Params) -> tuple[Weight, ...]:
    """All weights of all layers and directions; torch's default is U(−1/√units, 1/√units) for each."""

    def draw(shapes: Mapping[str, Shape]) -> Call:
        return uniform(p["units"] ** -0.5)

    kinds = (
        ("weight_ih", "weight_initializer"),
        ("weight_hh", "recurrent_initializer"),
        ("bias_ih", "bias_initializer"),
        ("bias_hh", "bias_initializer"),
    )
    ends = ("", "_reverse") if p["bidirectional"] else ("",)
    return tuple(
        Weight("z", f"{name}_l{layer}{end}", draw, field)
        for layer in range(p["layers"])
        for end in ends
        for name, field in kinds
    )


def recurrent_axes(p: Params, given: str) -> str:
    """Time and features when every step is given, else features alone."""
    return "TD" if p["outputs"] == "all" else ""


AFFINE = Rule("u = W x + b", ("∂E/∂W = δ xᵀ", "∂E/∂b = δ", "∂E/∂x = Wᵀ δ"))
SUM = Rule("y = u + v", ("∂E/∂u = ∂E/∂v = ∂E/∂y",))
PRODUCT = Rule("y = u ⊙ v", ("∂E/∂u = ∂E/∂y ⊙ v", "∂E/∂v = ∂E/∂y ⊙ u"))
SIGMOID = elementwise(
    "torch.sigmoid", "a = σ(z) = 1 / (1 + e⁻ᶻ)", "σ(z)(1 − σ(z))", each="1 / (1 + exp(-z))", slope="a*(1 - a)"
)[0]
TANH = elementwise("torch.tanh", "a = tanh(z)", "1 − tanh²(z)", each="tanh(z)", slope="1 - a**2")[0]
RELU = elementwise("torch.relu", "a = max(0, z)", "1 where z > 0, else 0", each="max(0, z)", slope="1 if z > 0 else 0")[
    0
]


class Cell:
    """Writes one time step after another; ``at`` begins the names of a step's values."""

    def __init__(self, units: int) -> None:
        self.units = units
        self.calls: list[Call] = []
        self.at = self.tail = ""

    def _add(self, name: str, call: Call, *args: object) -> str:
        out = f"{self.at}{name}"
        self.calls.append(replace(call, out=out, args=tuple(Ref(a) if isinstance(a, str) else a for a in args)))
        return out

    def affine(self, name: str, x: str, side: str) -> str:
        """W x + b with the weights of one side: "ih" for the input, "hh" for the state before."""
        call = Call("", "torch.nn.functional.linear", form="weighted_sum", rule=AFFINE)
        return self._add(name, call, x, f"weight_{side}_{self.tail}", f"bias_{side}_{self.tail}")

    def part(self, name: str, x: str, place: int) -> str:
        """The numbers of one gate out of those of all gates."""
        return self._add(name, Call("", "torch.narrow", rule=PICK), x, 1, place * self.units, self.units)

    def add(self, name: str, a: str, b: str) -> str:
        """a + b."""
        return self._add(name, Call("", "torch.add", form="sum", rule=SUM), a, b)

    def times(self, name: str, a: str, b: str) -> str:
        """a ⊙ b."""
        return self._add(name, Call("", "torch.mul", form="times", rule=PRODUCT), a, b)

    def rest(self, name: str, a: str) -> str:
        """1 − a."""
        rule = Rule("y = 1 − z", ("f′(z): −1", "∂E/∂z = −∂E/∂y"), "1 - z", "-1")
        return self._add(name, Call("", "torch.rsub", form="elementwise", rule=rule), a, 1.0)

    def bend(self, name: str, z: str, function: Call) -> str:
        """An activation put on z."""
        return self._add(name, function, z)


def spelled_out(p: Params, shapes: Shapes, step: Callable[[Cell, str, dict[str, str]], None]) -> Steps:
    """Write all layers, directions and time steps; ``step(cell, x, state)`` writes one and leaves state["h"] (and
    "c").
    """
    length, units = shapes["x"][0][1], p["units"]
    cell = Cell(units)
    cell.calls += [Call(f"x_{t + 1}", "torch.select", (Ref("x"), 1, t), rule=PICK) for t in range(length)]
    # The state before the first step: zeros, of as many rows as the batch has.
    cell.calls += [
        Call("zero_1", "torch.narrow", (Ref("x_1"), 1, 0, 1), rule=PICK),
        Call("zero_2", "torch.mul", (Ref("zero_1"), 0.0), rule=Rule("0", ("no gradient",))),
        Call("h_0", "torch.Tensor.expand", (Ref("zero_2"), -1, units), rule=Rule("h₀ = 0", ("no gradient",))),
    ]
    below = [f"x_{t + 1}" for t in range(length)]
    ends: list[str] = []
    for layer in range(p["layers"]):
        found: list[list[str]] = []
        for way in ("", "_reverse") if p["bidirectional"] else ("",):
            cell.tail = f"l{layer}{way}"
            state, states = {"h": "h_0", "c": "h_0"}, [""] * length
            for t in reversed(range(length)) if way else range(length):
                cell.at = f"l{layer + 1}{'b' if way else ''}_t{t + 1}_"
                step(cell, below[t], state)
                states[t] = state["h"]
            found.append(states)
            ends.append(state["h"])
        cell.at = f"l{layer + 1}_"
        if len(found) == 2:
            cell.calls += [
                Call(f"l{layer + 1}_t{t + 1}", "torch.cat", ((Ref(a), Ref(b)),), {"dim": 1}, rule=PICK)
                for t, (a, b) in enumerate(zip(*found, strict=True))
            ]
            below = [f"l{layer + 1}_t{t + 1}" for t in range(length)]
        else:
            below = found[0]
    if p["outputs"] == "all":
        cell.calls.append(Call("y", "torch.stack", (tuple(Ref(name) for name in below),), {"dim": 1}, rule=PICK))
    elif p["bidirectional"]:
        cell.calls.append(Call("y", "torch.cat", ((Ref(ends[-2]), Ref(ends[-1])),), {"dim": 1}, rule=PICK))
    else:
        cell.calls.append(Call("y", "torch.clone", (Ref(ends[-1]),), rule=PICK))
    return tuple(cell.calls)


def rnn_step(cell: Cell, x: str, state: dict[str, str], function: Call = TANH) -> None:
    """hₜ = f(W x + b + U hₜ₋₁ + c)."""
    total = cell.add("z", cell.affine("from_x", x, "ih"), cell.affine("from_h", state["h"], "hh"))
    state["h"] = cell.bend("h", total, function)


def lstm_step(cell: Cell, x: str, state: dict[str, str]) -> None:
    """torch.nn.LSTM: gates in the order input, forget, candidate, output."""
    total = cell.add("z", cell.affine("from_x", x, "ih"), cell.affine("from_h", state["h"], "hh"))
    gate = {}
    for place, (name, function) in enumerate(
        (("input", SIGMOID), ("forget", SIGMOID), ("candidate", TANH), ("output", SIGMOID))
    ):
        gate[name] = cell.bend(f"{name}_gate", cell.part(f"{name}_z", total, place), function)
    kept, new = cell.times("kept", gate["forget"], state["c"]), cell.times("new", gate["input"], gate["candidate"])
    state["c"] = cell.add("c", kept, new)
    state["h"] = cell.times("h", gate["output"], cell.bend("tanh_c", state["c"], TANH))


def gru_step(cell: Cell, x: str, state: dict[str, str]) -> None:
    """torch.nn.GRU: gates in the order reset, update, new; the reset gate acts on U hₜ₋₁ + c."""
    of_x, of_h = cell.affine("from_x", x, "ih"), cell.affine("from_h", state["h"], "hh")
    gate = {}
    for place, name in enumerate(("reset", "update")):
        total = cell.add(f"{name}_z", cell.part(f"{name}_x", of_x, place), cell.part(f"{name}_h", of_h, place))
        gate[name] = cell.bend(f"{name}_gate", total, SIGMOID)
    held = cell.times("held", gate["reset"], cell.part("new_h", of_h, 2))
    new = cell.bend("new", cell.add("new_z", cell.part("new_x", of_x, 2), held), TANH)
    part, kept = (
        cell.times("fresh", cell.rest("open", gate["update"]), new),
        cell.times("kept", gate["update"], state["h"]),
    )
    state["h"] = cell.add("h", part, kept)
