"""What is known of a document while it is lowered: the one thing that the steps of lowering hand each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nnstudio.catalog.entry import Node, Table
from nnstudio.catalog.own import brought_names
from nnstudio.catalog.registry import family, node_kinds
from nnstudio.catalog.tables import keys_of
from nnstudio.compile.names import identifier
from nnstudio.compile.problems import Problem, local_edit
from nnstudio.compile.program import Begun, Group, Recipe, Shape, Start, Step
from nnstudio.document.edits import SetParam
from nnstudio.document.groups import SEPARATOR, flatten
from nnstudio.document.text import message
from nnstudio.document.values import Document, Params
from nnstudio.document.values import Node as DocumentNode

# Splits that go by a column of the file; in order goes by one where there is one.
BY_COLUMN = ("grouped", "given")
# What a criterion or a model may be called with.
INPUTS = ("x", "y", "adjacency", "rows")


@dataclass
class Context:
    """A document on its way to a Program; every step reads what is known so far and adds to it.

    ``document`` is the original without groups. ``params`` are the settings of the nodes that hold together, ``values``
    lead from (node, port) to the name of a value, ``shapes``, ``axes`` and ``tokens`` say what it is; ``steps``,
    ``starts``, ``groups`` and ``recipes`` are those of each layer, ``picks`` those that no layer owns. ``taken`` are
    the names in use.
    use.
    """

    original: Document
    document: Document
    kinds: Mapping[str, Node]
    params: dict[str, Params] = field(default_factory=dict)
    training: Params = field(default_factory=Params)
    table: Table | None = None
    problems: list[Problem] = field(default_factory=list)
    values: dict[tuple[str, str], str] = field(default_factory=dict)
    axes: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    picks: list[Step] = field(default_factory=list)
    shapes: dict[str, dict[str, Shape]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    steps: dict[str, list[Step]] = field(default_factory=dict)
    starts: dict[str, list[Start]] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    # The modules of each layer, by the names of its calls; and which layer's weights another uses.
    modules: dict[str, dict[str, Step]] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    frozen: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=lambda: set(INPUTS))
    recipes: dict[str, Recipe] = field(default_factory=dict)
    # How targets that are numbers are scaled; known when the losses are.
    target_scaling: str = "none"
    # Which start values stand in a file.
    begun: Begun | None = None

    @classmethod
    def of(cls, document: Document) -> Context:
        """Return what is known at first."""
        found = cls(document, flatten(document), node_kinds())
        # In a script nothing is called like own code: a value of that name would hide it.
        found.taken |= brought_names()
        return found

    def problem(self, node: str, key: str, *, severity: str = "error", mend: Any = None, **args: Any) -> None:
        """Note a problem by its key; the table of messages holds what, why and remedy."""
        what, why, remedy = (message(f"{key}.{part}", **args) for part in ("what", "why", "remedy"))
        if mend is not None and SEPARATOR in node:
            mend = local_edit(mend, node)
        self.problems.append(Problem(node, what, why, remedy, mend, severity))

    def check_parting(self, node: DocumentNode) -> None:
        """Note what keeps the samples from being parted as a Data node says; the table is read."""
        params, table = self.params[node.id], self.table
        if table is None or not family("datasets")[params["dataset"].kind].splits:
            return
        split, folds, fold = params["split"], params["folds"], params["fold"]
        if split in BY_COLUMN and keys_of(table, split) is None:
            self.problem(node.id, "split.no_column", mend=SetParam(node.id, ("split",), "stratified"))
        if table.parts is not None and split != "given" and not folds and bool((table.parts > 0).any()):
            mend = SetParam(node.id, ("split",), "given")
            self.problem(node.id, "split.unused", severity="warning", count=int((table.parts > 0).sum()), mend=mend)
        if folds and fold > folds:
            self.problem(node.id, "split.fold", folds=folds, fold=fold, mend=SetParam(node.id, ("fold",), 1))
        elif folds > len(table.x):
            self.problem(node.id, "split.folds", folds=folds, count=len(table.x), mend=SetParam(node.id, ("folds",), 0))
        if params["validation"] * (not folds) + params["test"] >= 1.0:
            mend = SetParam(node.id, ("test",), 0.0)
            self.problem(node.id, "split.no_training", count=len(table.x), mend=mend)

    @property
    def has_errors(self) -> bool:
        """Whether anything keeps the network from running."""
        return any(problem.severity == "error" for problem in self.problems)

    def title(self, node: str) -> str:
        """The student's name of a node, or its id."""
        return self.document.by_id[node].name or node

    def of_role(self, role: str) -> list[DocumentNode]:
        """The nodes whose kind plays a role, in document order."""
        return [n for n in self.document.nodes if n.kind in self.kinds and self.kinds[n.kind].role == role]

    def new_name(self, wanted: str, fallback: str) -> str:
        """Return a name for a value or a module that nothing else has, and keep it."""
        name = identifier(wanted, fallback, self.taken)
        self.taken.add(name)
        return name
