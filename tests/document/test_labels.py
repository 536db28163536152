"""What the list of steps calls an edit, and what menus say that undo and redo would do."""

from __future__ import annotations

from typing import Any

import pytest

from nnstudio.catalog.registry import CATALOG
from nnstudio.document import errors
from nnstudio.document.clips import Paste, RemoveClosing
from nnstudio.document.edits import (
    AddNode,
    Bypass,
    Connect,
    Disconnect,
    InsertNode,
    MoveNodes,
    RemoveNodes,
    RenameNode,
    ReplaceAll,
    SetNotes,
    SetParam,
    SetTraining,
    Together,
)
from nnstudio.document.groups import AddGroup, Inside, MakeGroup, Ungroup
from nnstudio.document.history import History
from nnstudio.document.labels import label_of
from nnstudio.document.lesson import SetLesson
from nnstudio.document.text import Message, message
from nnstudio.document.values import Choice, Document, Node, Params, Wire

A_TO_B = Wire("a", "y", "b", "x")


def built() -> Document:
    """data → a → b (called "Second") → loss."""
    document = Document()
    for edit in (
        AddNode("data", "d"),
        AddNode("linear", "a"),
        AddNode("linear", "b"),
        AddNode("loss", "l"),
        RenameNode("b", "Second"),
        SetParam("l", ("loss",), Choice("cross_entropy")),
        Connect(Wire("d", "x", "a", "x")),
        Connect(A_TO_B),
        Connect(Wire("b", "y", "l", "prediction")),
    ):
        document = edit.apply(document, CATALOG)
    return document


def grouped() -> Document:
    return MakeGroup(("a",), "Block").apply(built(), CATALOG)


CLIP = Document(nodes=built().nodes[1:3])
NAMED: list[tuple[Any, str]] = [
    (AddNode("linear", "n"), "Add Linear"),
    (AddNode("no_kind", "n"), "Add n"),
    (InsertNode(A_TO_B, "dropout", "n"), "Add Dropout"),
    (Bypass("a"), "Delete 1 node"),
    (RemoveNodes(("a",)), "Delete a"),
    (RemoveNodes(("l",)), "Delete Loss"),
    (RemoveNodes(("b",)), "Delete Second"),
    (RemoveNodes(("a", "b")), "Delete 2 nodes"),
    (RemoveClosing(("a", "b"), ()), "Delete 2 nodes"),
    (MoveNodes((("b", (1.0, 1.0)),)), "Move Second"),
    (MoveNodes((("a", (1.0, 1.0)), ("b", (1.0, 1.0)))), "Move 2 nodes"),
    (RenameNode("a", "First"), "Rename to First"),
    (Connect(A_TO_B), "Connect a to Second"),
    (Disconnect(A_TO_B), "Disconnect a from Second"),
    (SetParam("a", ("units",), 7), "Set Units of a to 7"),
    (SetParam("b", ("units",), 7), "Set Units of Second to 7"),
    (SetParam("a", ("bias",), False), "Set Bias of a to off"),
    (SetParam("a", ("bias",), True), "Set Bias of a to on"),
    (SetParam("a", ("learning_rate",), None), "Set Learning rate of a to nothing"),
    (SetParam("a", ("learning_rate",), 0.25), "Set Learning rate of a to 0.25"),
    (SetParam("a", ("activation",), Choice("relu")), "Set Activation of a to ReLU"),
    (SetParam("l", ("loss",), Choice("mse")), "Set Loss of Loss to Mean squared error"),
    (SetParam("l", ("loss", "smoothing"), 0.1), "Set Label smoothing of Loss to 0.1"),
    (SetParam("d", ("split",), "ordered"), "Set Split of Data to in order (the last rows)"),
    (SetParam("d", ("scaling",), "minmax"), "Set Scaling of Data to min-max (0 to 1)"),
    (SetParam("a", ("learning_rate",), 0.1 + 0.2), "Set Learning rate of a to 0.3"),
    # What the catalogue does not know keeps the name it was given.
    (SetParam("a", ("no_field",), 1), "Set no_field of a"),
    (SetParam("gone", ("units",), 1), "Set units of gone"),
    (SetParam("a", ("activation",), Choice("gone")), "Set Activation of a to gone"),
    (SetTraining(("epochs",), 12), "Set Epochs to 12"),
    (SetTraining(("no_field",), 12), "Set no_field of the training"),
    (SetNotes("", "words"), "Change notes"),
    (ReplaceAll(Document()), "Take over a run's network"),
    (SetLesson(Params()), "Change the lesson"),
    (Together((AddNode("linear", "n"),), message("edit.mend")), "Mend it"),
    (MakeGroup(("a", "b")), "Group 2 nodes"),
    (Ungroup("group1"), "Ungroup group1"),
    (AddGroup("g", Document()), "Add g"),
    (AddGroup("g", Document(), "Block"), "Add Block"),
    (Paste(CLIP), "Paste 2 nodes"),
    (Paste(CLIP, copying=True), "Duplicate 2 nodes"),
]


@pytest.mark.parametrize(("edit", "name"), NAMED)
def test_every_edit_has_a_name(edit: Any, name: str) -> None:
    label = label_of(edit, built(), CATALOG)
    assert isinstance(label, Message) and label.render("en") == name
    # Its own name knows nothing of the network: what it is called in a file that names no catalogue.
    assert isinstance(edit.label, Message) and edit.label.render("en") and "{" not in edit.label.render("zh")


@pytest.mark.parametrize(
    ("edit", "name"),
    [
        (SetParam("a", ("units",), 7), "Set Units of Linear to 7"),
        (Connect(Wire("input", "y", "a", "x")), "Connect input to Linear"),
        (RemoveNodes(("a",)), "Delete Linear"),
    ],
)
def test_an_edit_inside_a_group_is_named_by_what_is_there(edit: Any, name: str) -> None:
    within = Inside(("group1",), edit)
    assert label_of(within, grouped(), CATALOG).render("en") == name
    assert within.label == edit.label


def test_a_setting_of_a_node_whose_kind_is_unknown_is_named_by_its_path() -> None:
    document = Document(nodes=(Node("s", "no_such_kind"),))
    assert label_of(SetParam("s", ("units",), 7), document, CATALOG).render("en") == "Set units of s"
    assert label_of(RemoveNodes(("s",)), document, CATALOG).render("en") == "Delete s"


def test_a_long_value_is_cut() -> None:
    edit = SetParam("d", ("dataset", "path"), "x" * 41)
    document = SetParam("d", ("dataset",), Choice("table_file")).apply(built(), CATALOG)
    words = label_of(edit, document, CATALOG).render("en")
    assert words.endswith(" to " + "x" * 39 + "…")
    short = SetParam("d", ("dataset", "path"), "x" * 40)
    assert label_of(short, document, CATALOG).render("en").endswith(" to " + "x" * 40)


def test_undo_and_redo_say_what_they_would_do() -> None:
    history = History(built())
    assert history.undo_label is None and history.redo_label is None
    history.apply(SetParam("a", ("units",), 7), CATALOG)
    history.apply(RenameNode("a", "First"), CATALOG)
    said = [label.render("en") for label in history.steps]
    assert said == ["Set Units of a to 7", "Rename to First"]
    assert history.undo_label is not None and history.undo_label.render("en") == "Rename to First"
    assert history.redo_label is None
    history.undo()
    assert history.undo_label.render("en") == "Set Units of a to 7"
    assert history.redo_label is not None and history.redo_label.render("en") == "Rename to First"
    history.undo()
    assert history.undo_label is None and history.redo_label.render("en") == "Set Units of a to 7"


def test_a_setting_of_what_the_catalogue_has_lost_is_refused() -> None:
    document = built()
    nodes = tuple(
        node if node.id != "a" else type(node)(**{**vars(node), "params": Params({"activation": Choice("gone")})})
        for node in document.nodes
    )
    lost = Document(nodes=nodes, wires=document.wires)
    with pytest.raises(errors.UnknownField):
        SetParam("a", ("activation", "slope"), 0.1).apply(lost, CATALOG)
    assert label_of(SetParam("a", ("activation", "slope"), 0.1), lost, CATALOG).render("en") == (
        "Set activation.slope of a"
    )
