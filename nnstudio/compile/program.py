"""The Program: what a network computes and how it is trained, as ordered plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nnstudio.catalog.entry import BARE, Rule
from nnstudio.catalog.own import is_own
from nnstudio.document.values import Choice, Params

Shape = tuple[int, ...]
# The target of a step that takes one part of a result that has several.
ITEM = "operator.getitem"
# The forms of calls that draw by chance while they train, and do nothing else.
CHANCE = ("mask", "moves", "noise")


@dataclass(frozen=True)
class Value:
    """A reference to an input of the graph or to the result of an earlier step."""

    name: str


@dataclass(frozen=True)
class Step:
    """One operation. ``module`` is the attribute that holds it, with ``make`` its constructor's arguments; ``again``
    where another step makes that module, and this one uses it as well.
    """

    name: str
    node: str
    target: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    module: str = ""
    make: Mapping[str, Any] = field(default_factory=dict)
    form: str | None = None
    rule: Rule | None = None
    again: bool = field(default=False, repr=False)


@dataclass(frozen=True)
class Graph:
    """Steps from named inputs to named outputs."""

    inputs: tuple[str, ...]
    steps: tuple[Step, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Start:
    """How one parameter's start value is made; its random stream is named by (seed, node, stream).

    ``name`` is what the parameter is called in its module; ``stream`` its path within the node, so that no two
    parameters of a node share a stream: in a layer of one module it is the name alone.
    """

    parameter: str
    node: str
    name: str
    stream: str
    shape: Shape
    target: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]


@dataclass(frozen=True)
class Begun:
    """Start values from a file instead of drawn ones: where it lies, what tells it from another (``sources.files``),
    and which of its tensors are taken, as (name in the network's state, name in the file).
    """

    path: str
    mark: str
    taken: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Group:
    """Parameters that share the optimizer's settings, with what differs from the default."""

    parameters: tuple[str, ...]
    overrides: Mapping[str, float]


@dataclass(frozen=True)
class Updater:
    """How some of the parameters are updated: a torch optimizer with its rule, and the schedule of its rate.

    ``rule`` is the rule as text, ``lines`` as expressions, ``memory`` leads from their signs to what torch's optimizer
    remembers (``catalog.entry.Optimizer``).
    """

    target: str
    kwargs: Mapping[str, Any]
    rule: str
    lines: tuple[tuple[str, str], ...]
    memory: Mapping[str, str]
    groups: tuple[Group, ...]
    schedule: str | None
    schedule_kwargs: Mapping[str, Any]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters that it looks after."""
        return tuple(path for group in self.groups for path in group.parameters)


@dataclass(frozen=True)
class TargetForm:
    """A tensor the loss compares with: "index" (a class each), "steps" (a class for every step of a sequence),
    "values", "one_hot", "column" or "input".
    """

    name: str
    form: str


@dataclass(frozen=True)
class DataPlan:
    """Which samples are used and how they are prepared. ``undo`` says that answers and measures are in the units of
    unscaled targets, ``labels`` how values tell classes (``catalog.labels``). ``keyed`` says that the split goes by a
    column of the file; ``scaling`` and ``fill`` may be said for each feature.
    """

    dataset: Choice
    validation: float
    test: float
    split: str
    split_seed: int
    folds: int
    fold: int
    keyed: bool
    scaling: str | tuple[str, ...]
    scale_axis: int | None
    target_scaling: str
    undo: bool
    labels: str
    fill: str | tuple[str, ...]
    tokens: int
    axes: str
    graph: bool
    columns: tuple[str, ...]
    classes: tuple[str, ...]
    target_columns: tuple[str, ...]
    targets: tuple[TargetForm, ...]
    # Whether every class is drawn as often, samples are read from a file as they are wanted, and hold several inputs.
    balance: bool = field(default=False, repr=False)
    streamed: bool = field(default=False, repr=False)
    sides: bool = field(default=False, repr=False)


@dataclass(frozen=True)
class Answer:
    """How a prediction is read: ``output`` is its place among the model's outputs, ``form`` that of its target.

    ``target`` with ``kwargs`` turns it into probabilities ("" where it has none); from ``threshold`` on a single
    output means yes.
    """

    output: int
    form: str
    threshold: float
    target: str = ""
    kwargs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """Where the spelled-out form of a fused layer comes from: its entry's kind with these settings and shapes.

    ``shapes`` are pairs of a port's name and the shapes at it; ``inputs`` leads from ports to values of the model,
    ``output`` is the layer's value, ``module`` holds its parameters.
    """

    kind: str
    params: Params
    shapes: tuple[tuple[str, tuple[Shape, ...]], ...]
    inputs: Mapping[str, str]
    output: str
    module: str


@dataclass(frozen=True)
class Names:
    """What the student calls things: ``units`` the neurons by node, ``weights`` those of a matrix by its path, row by
    row, ``inputs`` the numbers of a sample. A name that is not given is "" or beyond the end.
    """

    units: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    weights: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    # The value that the Data node gives: of several inputs one alone.
    given: str = "x"


@dataclass(frozen=True)
class Program:
    """A whole experiment.

    ``criterion`` takes the model's outputs, then the targets, and gives the loss, what was said, and the truth. All
    ``updaters`` make one update together, the network's own first; clipping, ``l1`` and ``warmup`` are those of the
    whole.
    """

    title: str
    model: Graph
    criterion: Graph
    starts: tuple[Start, ...]
    frozen: tuple[str, ...]
    updaters: tuple[Updater, ...]
    clip_norm: float | None
    clip_value: float | None
    l1: float
    warmup: int
    patience: int
    evaluation: int
    data: DataPlan
    epochs: int
    batch_size: int
    shuffle: bool
    seed: int
    device: str
    dtype: str
    couples_samples: bool
    answer: Answer
    titles: Mapping[str, str]
    recipes: Mapping[str, Recipe] = field(default_factory=dict)
    # Mixed precision: the format of products; "" where it is ``dtype``.
    half: str = ""
    # Into how many a batch is cut, and whether torch.compile fuses the operations.
    parts: int = 1
    compiled: bool = False
    begun: Begun | None = field(default=None, repr=False)
    # They change nothing that is computed.
    names: Names = field(default_factory=Names, compare=False)

    @property
    def spares(self) -> bool:
        """Whether its updates are made in a way that spares time or memory (``runtime.sparing``)."""
        return bool(self.half) or self.parts > 1 or self.compiled

    @property
    def targets(self) -> tuple[str, ...]:
        """The dotted names of all that is called to make, run and train the network."""
        steps = (step.target for graph in (self.model, self.criterion) for step in graph.steps)
        parts = (name for updater in self.updaters for name in (updater.target, updater.schedule) if name is not None)
        return tuple(dict.fromkeys((*steps, *(start.target for start in self.starts), *parts)))

    @property
    def has_own_code(self) -> bool:
        """Whether something is called that an entry brings in its own file."""
        return any(is_own(target) for target in self.targets if not target.startswith(BARE))

    @property
    def two_modes(self) -> bool:
        """Whether the network answers otherwise in training than in use: it draws by chance, or norms by the batch."""
        return self.couples_samples or any(step.form in CHANCE for step in self.model.steps)

    @property
    def updater_of(self) -> Mapping[str, Updater]:
        """Who looks after each parameter that is learnt."""
        return {path: updater for updater in self.updaters for path in updater.parameters}

    @property
    def parameters(self) -> int:
        """How many numbers the network holds that can be learnt."""
        total = 0
        for start in self.starts:
            size = 1
            for extent in start.shape:
                size *= extent
            total += size
        return total

    def lint(self) -> None:
        """Check that every reference is defined before its use and that names are unique.

        Raises:
            ValueError: the program is malformed.
        """
        modules: set[str] = set()
        for graph in (self.model, self.criterion):
            known = set(graph.inputs)
            if len(known) != len(graph.inputs):
                raise ValueError("two inputs share a name")
            for step in graph.steps:
                for name in references((*step.args, *step.kwargs.values())):
                    if name not in known:
                        raise ValueError(f"{step.name} reads {name} before it exists")
                if step.name in known:
                    raise ValueError(f"{step.name} is defined twice")
                known.add(step.name)
                if step.module and not step.again:
                    if step.module in modules:
                        raise ValueError(f"module {step.module} is made twice")
                    modules.add(step.module)
            for name in graph.outputs:
                if name not in known:
                    raise ValueError(f"output {name} is never made")
            for step in graph.steps:
                if step.again and step.module not in modules:
                    raise ValueError(f"{step.name} uses {step.module}, which is never made")
        for start in self.starts:
            if start.parameter.split(".")[0] not in modules:
                raise ValueError(f"{start.parameter} belongs to no module")


def references(value: Any) -> Iterator[str]:
    """Yield the names of all values mentioned in arguments."""
    if isinstance(value, Value):
        yield value.name
    elif isinstance(value, tuple | list):
        for item in value:
            yield from references(item)
