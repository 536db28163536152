"""A first network for data of one's own: taken from templates by the form of a sample and of what is to be told."""

from __future__ import annotations

from dataclasses import replace

from nnstudio.catalog.entry import Table
from nnstudio.catalog.labels import labels_of
from nnstudio.catalog.registry import CATALOG, node_kinds
from nnstudio.catalog.tables import is_ready, table_of
from nnstudio.document import storage
from nnstudio.document.edits import SetParam, SetTraining
from nnstudio.document.errors import StudioError
from nnstudio.document.values import Choice, Document, Params
from nnstudio.resources import resource
from nnstudio.session.suggest_parts import joined

OUT, ONE_HOT = "out", "one_hot"
# By the form of a sample: a row of numbers, a picture, a sequence of rows.
FORMS = {"": "features", "CHW": "images", "TD": "sequences"}


def data_of(document: Document) -> Choice | None:
    """The data set that a document's Data node has chosen."""
    for node in document.nodes:
        kind = node_kinds().get(node.kind)
        choice = node.params.get("dataset")
        if kind is not None and kind.role == "data" and isinstance(choice, Choice):
            return choice
    return None


def wants_network(document: Document) -> bool:
    """Whether there is data and nothing else yet."""
    roles = {kind.role for node in document.nodes if (kind := node_kinds().get(node.kind)) is not None}
    return data_of(document) is not None and roles <= {"data", "comment"}


def template_for(table: Table) -> str | None:
    """The name of the template that suits a table; None where there is none."""
    if table.adjacency is not None:
        return None
    if table.tokens and table.classes and table.y.ndim == 2:
        return "tokens-steps" if table.recipe else "tokens-next"
    form = "tokens" if table.tokens else "several" if table.sides else FORMS.get(table.axes)
    # One 1 and zeros else in every row of the targets: they name classes.
    classes = table.classes or labels_of(table.y) == ONE_HOT
    told = "classes" if classes else "labels" if side_by_side(table) else "values"
    return f"{form}-{told}" if form is not None else None


def side_by_side(table: Table) -> bool:
    """Whether several labels stand side by side, each yes or no for itself."""
    y = table.y
    return not table.classes and y.ndim == 2 and y.shape[1] > 1 and bool(((y == 0) | (y == 1)).all())


def suggested(document: Document) -> Document | None:
    """Return the document with a network for its data; None when there is none to suggest, or the data is not read
    yet.
    """
    choice = data_of(document)
    if choice is None or not is_ready(choice):
        return None
    try:
        table = table_of(choice)
        name = template_for(table)
        if name is None or not resource("suggestions", f"{name}.nns").is_file():
            return None
        found, _ = storage.load(resource("suggestions", f"{name}.nns"))
        if table.sides:
            found = joined(found, table)
        own = next(node for node in document.nodes if node.params.get("dataset") == choice)
        data = next(node for node in found.nodes if node.kind == own.kind)
        nodes = tuple(
            replace(own, id=data.id, position=data.position) if node is data else node for node in found.nodes
        )
        notes = tuple(node for node in document.nodes if node is not own)
        found = replace(
            found,
            name=document.name,
            notes=document.notes,
            lesson=document.lesson,
            nodes=(*nodes, *notes),
            training=Params({**found.training, **document.training}),
        )
        width = len(table.classes) or (table.y.shape[1] if table.y.ndim > 1 else 1)
        found = SetParam(OUT, ("units",), width).apply(found, CATALOG)
        rows = len(table.x)
        for field, value in (
            ("batch_size", 16 if rows < 500 else 32 if rows < 5000 else 128),
            ("epochs", 60 if rows < 5000 else 20),
        ):
            if field not in document.training:
                found = SetTraining((field,), value).apply(found, CATALOG)
        return found
    except (StudioError, StopIteration):
        return None
