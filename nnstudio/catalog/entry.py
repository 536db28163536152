"""The shapes of catalogue entries, and the small closed language in which they say what they compute."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.document.fields import Field
from nnstudio.document.text import Message, Text
from nnstudio.document.values import Params

if TYPE_CHECKING:
    import numpy as np

    from nnstudio.catalog.known import Known
    from nnstudio.catalog.sources.columns import Column

Shape = tuple[int, ...]
Shapes = Mapping[str, tuple[Shape, ...]]


@dataclass(frozen=True)
class Ref:
    """A value by its local name: an input port (with an index where several wires may end) or an earlier call."""

    name: str
    index: int | None = None


@dataclass(frozen=True)
class Stream:
    """The random generator that belongs to the parameter being initialized."""


@dataclass(frozen=True)
class Epochs:
    """The planned number of epochs, known only when a run starts, and a few more."""

    more: int = 0


@dataclass(frozen=True)
class GroupRates:
    """A share of the learning rate of each group of parameters: layers may have rates of their own."""

    share: float = 1.0


@dataclass(frozen=True)
class Hyperbola:
    """The function t ↦ scale / (shift + t) of the epoch t, for a schedule that is made from one."""

    scale: float
    shift: float


@dataclass(frozen=True)
class Numbers:
    """A tensor written out as nested tuples of numbers."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Rule:
    """How a call is explained: the forward formula and the formulas of its gradients.

    ``each`` and ``slope`` are the function and its derivative for one number, as expressions (``catalog.arithmetic``)
    that can be written out with numbers: of ``z`` (and ``a``, the result, in the slope) for an elementwise call, of the
    prediction ``a`` and the target ``t`` for a loss. Arguments of the call may occur by their names.
    """

    forward: str
    backward: tuple[str, ...] = ()
    each: str = ""
    slope: str = ""


# How the numbers of a call can be written out; the stepper has a card for each.
FORMS = (
    "weighted_sum",
    "elementwise",
    "convolution",
    "max_pool",
    "average_pool",
    "batch_norm",
    "norm",
    "shares",
    "mask",
    "moves",
    "moved",
    "noise",
    "lookup",
    "recurrence",
    "product",
    "sum",
    "times",
    "total",
    "loss",
    "class_loss",
    "score_loss",
)


@dataclass(frozen=True)
class Call:
    """One torch operation; with ``make`` the target is a module class built from these arguments.

    ``form`` names how the stepper may write the numbers out, one of FORMS; None: as input and output alone.
    """

    out: str
    target: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    make: Mapping[str, Any] | None = None
    form: str | None = None
    rule: Rule | None = None


# What torch lacks and the program brings is named so. What is made by a call to the first, with
# ``make={"shape": …}``, is a tensor that is learnt by itself: the weight "value" of that call.
BARE = "nnstudio.compile.bare."
PARAMETER = BARE + "Parameter"


@dataclass(frozen=True)
class Apply:
    """Put the activation chosen in ``field`` on value ``x``; the lowering writes its calls here."""

    out: str
    field: str
    x: str


Steps = tuple[Call | Apply, ...]


@dataclass(frozen=True)
class Weight:
    """A trainable tensor of a module call: where it lives, which field chooses its initializer, and its default.

    ``default`` is given the shapes of all tensors of that module by name, because a bias depends on fan_in.
    """

    module: str
    name: str
    default: Callable[[Mapping[str, Shape]], Call]
    field: str | None = None


@dataclass(frozen=True)
class Port:
    """A place where wires end or start.

    ``many`` takes several wires, ``alike`` demands one shape of them all, ``ranks`` lists how many axes a value may
    have, the batch's included (none: any), ``optional`` may stay unwired, ``per`` is "sample" or "shared" (one value
    for all samples, never batched), ``tokens`` takes whole numbers that name things instead of measures.
    """

    name: str
    title: Text
    many: bool = False
    alike: bool = False
    ranks: tuple[int, ...] = ()
    optional: bool = False
    per: str = "sample"
    tokens: bool = False


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What every choice says of itself.

    ``help`` also says when to choose it. ``tags`` are facts that checks ask for ("saturating", "matrix"), so that no
    check has to know a choice by its name.
    """

    id: str
    title: Text
    help: Text
    fields: tuple[Field, ...] = ()
    formula: str = ""
    tags: frozenset[str] = frozenset()
    family: str = ""
    order: int = 100
    check: Callable[[Params], Message | None] | None = None


@dataclass(frozen=True, kw_only=True)
class Node(Entry):
    """A kind of node on the canvas; ``role`` is "layer", "data", "loss" or "optimizer".

    ``begins`` are settings of one that is placed by hand, where a beginner is better served than by the defaults.
    """

    role: str = "layer"
    group: str = "layers"
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    single: bool = False
    hidden: bool = False
    summary: tuple[str, ...] = ()
    begins: Mapping[str, Any] = field(default_factory=dict)


IN = Port("x", Text("input"))
OUT = Port("y", Text("output"))


@dataclass(frozen=True, kw_only=True)
class Layer(Node):
    """A layer: what it computes and which tensors it learns.

    ``calls(params, shapes)`` gives the operations; the last one's result is the output. For a port that takes tokens
    ``shapes["x.tokens"]`` holds how many there are. ``couples_samples`` is true where a row's result depends on the
    other rows of its batch. ``axes(params, given)`` names the output's axes after the batch by a letter
    each, from those of the input; without it they are the same. ``explain(params, shapes)`` spells a fused operator
    out: calls from the ports and from the parameters, by the names that ``weights`` gives them, to the layer's output.
    ``known_as`` are its names in PyTorch.
    """

    calls: Callable[[Params, Shapes], Steps]
    known_as: tuple[Known, ...] = ()
    weights: Callable[[Params], tuple[Weight, ...]] = lambda params: ()
    inputs: tuple[Port, ...] = (IN,)
    outputs: tuple[Port, ...] = (OUT,)
    couples_samples: bool = False
    axes: Callable[[Params, str], str] | None = None
    explain: Callable[[Params, Shapes], Steps] | None = None


@dataclass(frozen=True, kw_only=True)
class Activation(Entry):
    """A function of z; ``calls(params)`` reads Ref("z") and its last result is the activation.

    ``weights`` are those of the function itself, if it learns any.
    """

    calls: Callable[[Params], tuple[Call, ...]]
    known_as: tuple[Known, ...] = ()
    weights: Callable[[Params], tuple[Weight, ...]] = lambda params: ()
    derivative: str = ""
    range: str = ""
    family: str = "activations"


@dataclass(frozen=True, kw_only=True)
class Initializer(Entry):
    """How start values are drawn; ``call(params)`` fills Ref("tensor"); None leaves the layer's own default.

    ``suits`` are the tags of the activations it was made for. ``variance`` and ``limit`` (how far from 0 a number can
    lie) are expressions of ``catalog.arithmetic`` in fan_in, fan_out, fan (the chosen one of them) and the settings;
    "" where there is no such formula.
    """

    call: Callable[[Params], Call | None]
    variance: str = ""
    limit: str = ""
    suits: frozenset[str] = frozenset()
    family: str = "initializers"


@dataclass(frozen=True, kw_only=True)
class Loss(Entry):
    """An error to be minimized; ``calls`` reads Ref("prediction") and Ref("target").

    ``target`` is "index" (class numbers) or "values" (same shape as the prediction).
    ``threshold`` is the prediction from which on a single output means yes; ``bounds`` are the least and the greatest
    target that have a meaning. ``expects`` says what the prediction has to be: "scores" (any number), "probabilities",
    "log_probabilities" or "values"; ``probabilities(k)`` turns the predictions of k outputs into probabilities.
    """

    calls: Callable[[Params], tuple[Call, ...]]
    target: str = "values"
    threshold: float = 0.5
    bounds: tuple[float, float] | None = None
    expects: str = "values"
    probabilities: Callable[[int], Call] | None = None
    family: str = "losses"


@dataclass(frozen=True, kw_only=True)
class Optimizer(Entry):
    """An update rule: a torch.optim class and its arguments; ``usual`` is the range of its learning rate.

    ``lines(params)`` are the rule's lines as (symbol, expression of ``catalog.arithmetic``), the last one gives the new
    weight; they may name w, d (the gradient), t (the number of this update), the memory, and η, λ, μ, β1, β2, ε, α, ρ,
    ψ. ``memory`` leads from a symbol to the name under which torch keeps it.
    """

    target: str
    kwargs: Callable[[Params], Mapping[str, Any]]
    rule: Rule = Rule("w ← w − η·∂E/∂w")
    usual: tuple[float, float] = (1e-5, 1e-1)
    state: int = 1
    lines: Callable[[Params], tuple[tuple[str, str], ...]] = lambda p: ()
    memory: Mapping[str, str] = field(default_factory=dict)
    family: str = "optimizers"


@dataclass(frozen=True, kw_only=True)
class Schedule(Entry):
    """How the learning rate changes by epoch: a torch.optim.lr_scheduler class, or None for no change."""

    target: str | None
    kwargs: Callable[[Params], Mapping[str, Any]]
    family: str = "schedules"


@dataclass(frozen=True)
class Side:
    """An input of its own among the features of a table: those from ``start`` on, in the form ``shape``, its axes named
    by a letter each. With ``tokens`` > 0 they are whole numbers below it.
    """

    name: str
    start: int
    shape: tuple[int, ...]
    axes: str
    tokens: int = 0

    @property
    def size(self) -> int:
        """How many features it is."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Table:
    """A data set in memory.

    ``x`` has a row per sample: numbers (NaN where one is missing), bytes (images) or, with ``tokens`` > 0, whole
    numbers below it. ``y`` holds class numbers (rows,), of every step of a sequence (rows, steps), or values (rows, k).
    ``axes`` names the axes of a sample by a letter each ("" for a row of features, "CHW", "TD"). ``scale_axis`` is the
    axis whose places are scaled apart from each other; None scales all numbers alike. ``fill`` says what stands for a
    missing number: "mean", "most_frequent" or "zero", of all features or of each; ``scales`` are scalings of single
    features ("": as all). ``groups``, ``order`` and ``parts`` (rows,) say what belongs together, what comes after what,
    and which part a row is of. ``tokenizer`` cuts text into the tokens of ``x`` (``sources.tokenizing``),
    ``vocabulary`` is what they are called. ``lagged`` is the number of a sequence whose next value the first target is,
    -1 where it is none's; ``dated``: ``order`` counts days from 1 January 1970. With ``adjacency`` (rows, rows)
    the rows are the nodes of one graph. ``sides`` are inputs of their own, the last of the features. ``recipe`` says
    how the columns of a file became features, so that new rows can be read the same way; ``notes`` are for the student.
    ``refit(rows)`` makes the same table with its tokens made from the texts of these rows alone.
    """

    columns: tuple[str, ...]
    x: np.ndarray
    y: np.ndarray
    classes: tuple[str, ...] = ()
    targets: tuple[str, ...] = ("target",)
    axes: str = ""
    tokens: int = 0
    scale_axis: int | None = 1
    adjacency: np.ndarray | None = None
    fill: str | tuple[str, ...] = ""
    notes: tuple[Message, ...] = ()
    recipe: tuple[Column, ...] = ()
    scales: tuple[str, ...] = ()
    groups: np.ndarray | None = None
    order: np.ndarray | None = None
    parts: np.ndarray | None = None
    tokenizer: str = ""
    vocabulary: tuple[str, ...] = ()
    lagged: int = -1
    dated: bool = False
    sides: tuple[Side, ...] = ()
    refit: Callable[[np.ndarray], Table] | None = field(default=None, repr=False, compare=False)

    @property
    def streamed(self) -> bool:
        """Whether samples are read from a file as they are wanted."""
        return type(self.x).__name__ == "memmap"


@dataclass(frozen=True, kw_only=True)
class Dataset(Entry):
    """Where samples come from; ``make(params)`` returns the same table for the same params.

    ``begins_with(path)`` says what a file that was just chosen begins with: settings of the data set, and of the Data
    node. ``reads(path)`` says whether it reads a file whose name it would take. Where it ``cuts_text``, tokens are made
    from the training part (``tables.dataset_of``).
    """

    make: Callable[[Params], Table]
    splits: bool = True
    cuts_text: bool = False
    begins_with: Callable[[Path], tuple[Mapping[str, Any], Mapping[str, Any]]] | None = None
    reads: Callable[[Path], bool] = lambda path: True
    prepare: Callable[..., Any] | None = None
    family: str = "datasets"


def elementwise(
    target: str, forward: str, derivative: str, *, each: str = "", slope: str = "", **kwargs: Any
) -> tuple[Call, ...]:
    """Return the single call of an activation that works on each element alone."""
    rule = Rule(forward, (f"f′(z): {derivative}", "∂E/∂z = ∂E/∂a ⊙ f′(z)"), each, slope)
    return (Call("a", target, (Ref("z"),), kwargs, form="elementwise", rule=rule),)
