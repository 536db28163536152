"""What the recurrent layers share: fields, calls around torch's fused operators, and their weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnstudio.catalog.entry import Call, Port, Ref, Rule, Shape, Shapes, Steps, Weight
from nnstudio.catalog.training import OVERRIDES, initializer_field
from nnstudio.catalog.weights import uniform
from nnstudio.document.fields import BoolField, Field, IntField, OptionField
from nnstudio.document.text import Text
from nnstudio.document.values import Params

SEQUENCE = (Port("x", Text("sequence", "序列"), ranks=(3,)),)
PICK = Rule("a part of the result", ("∂E/∂z = ∂E/∂y in that part",))

FIELDS: tuple[Field, ...] = (
    IntField(name="units", title=Text("Units", "神经元数"), default=16, minimum=1, maximum=100_000, width=True,
             help=Text("Size of the hidden state.", "隐藏状态的大小。")),
    OptionField(name="outputs", title=Text("Outputs", "输出"), default="last",
                options=(("last", Text("last step", "最后一步")), ("all", Text("every step", "每一步"))),
                help=Text("The state after the last step, or that of every step.", "最后一步的状态，或每一步的状态。")),
    IntField(name="layers", title=Text("Layers", "层数"), default=1, minimum=1, maximum=16,
             help=Text("Each layer reads the states of the one below.", "每一层读取下一层的状态。")),
    BoolField(name="bidirectional", title=Text("Both directions", "双向"), default=False,
              help=Text("A second set of neurons reads from the end; its states are put beside.", "另一组神经元从末尾读起，状态并排放置。")),
    initializer_field("weight_initializer", Text("Input weights", "输入权重")),
    initializer_field("recurrent_initializer", Text("Recurrent weights", "循环权重")),
    initializer_field("bias_initializer", Text("Bias start", "偏置初值"), vector=True),
    *OVERRIDES,
)


def recurrent_calls(target: str, p: Params, shapes: Shapes, rule: Rule, *, cell: bool = False, **make: Any) -> Steps:
    """Run the fused operator and take the states asked for; ``cell`` says that the state is a pair (h, c)."""
    arguments = {"input_size": shapes["x"][0][2], "hidden_size": p["units"], "num_layers": p["layers"], "batch_first": True,
                 "bidirectional": p["bidirectional"], **make}
    run = Call("z", target, (Ref("x"),), make=arguments, rule=rule)
    if p["outputs"] == "all":
        return (run, Call("y", "operator.getitem", (Ref("z"), 0), rule=PICK))
    calls = [run, Call("state", "operator.getitem", (Ref("z"), 1), rule=PICK)]
    if cell:
        calls.append(Call("hidden", "operator.getitem", (Ref("state"), 0), rule=PICK))
    hidden = Ref("hidden" if cell else "state")
    if not p["bidirectional"]:
        return (*calls, Call("y", "torch.select", (hidden, 0, -1), rule=PICK))
    return (*calls, Call("forwards", "torch.select", (hidden, 0, -2), rule=PICK), Call("backwards", "torch.select", (hidden, 0, -1), rule=PICK),
            Call("y", "torch.cat", ((Ref("forwards"), Ref("backwards")),), {"dim": 1}, rule=PICK))


def recurrent_weights(p: Params) -> tuple[Weight, ...]:
    """All weights of all layers and directions; torch's default is U(−1/√units, 1/√units) for each."""
    def draw(shapes: Mapping[str, Shape]) -> Call:
        return uniform(p["units"] ** -0.5)

    kinds = (("weight_ih", "weight_initializer"), ("weight_hh", "recurrent_initializer"), ("bias_ih", "bias_initializer"),
             ("bias_hh", "bias_initializer"))
    ends = ("", "_reverse") if p["bidirectional"] else ("",)
    return tuple(Weight("z", f"{name}_l{layer}{end}", draw, field)
                 for layer in range(p["layers"]) for end in ends for name, field in kinds)


def recurrent_axes(p: Params, given: str) -> str:
    """Time and features when every step is given, else features alone."""
    return "TD" if p["outputs"] == "all" else ""
