"""Edits on a document: what they do, what they refuse, and undo."""

from __future__ import annotations

import pytest

from nnstudio.catalog.registry import CATALOG
from nnstudio.document import errors
from nnstudio.document.edits import (
    AddNode,
    Bypass,
    Connect,
    Disconnect,
    InsertNode,
    MoveNodes,
    RemoveNodes,
    RenameNode,
    SetNotes,
    SetParam,
    SetTraining,
    Together,
)
from nnstudio.document.history import History
from nnstudio.document.storage import dumps
from nnstudio.document.text import message
from nnstudio.document.values import Choice, Document, Params, Wire

BASE = [
    AddNode("data", "d"),
    AddNode("linear", "a"),
    AddNode("linear", "b"),
    AddNode("loss", "l"),
    Connect(Wire("d", "x", "a", "x")),
    Connect(Wire("a", "y", "b", "x")),
]


def built() -> Document:
    document = Document()
    for edit in BASE:
        document = edit.apply(document, CATALOG)
    return document


@pytest.mark.parametrize(
    ("edit", "error"),
    [
        (AddNode("linear", "a"), errors.DuplicateNode),
        (AddNode("data", "d2"), errors.OnlyOne),
        (AddNode("no_such_kind", "z"), errors.UnknownKind),
        (AddNode("linear", "z", params=Params(units=10**9)), errors.BadValue),
        (AddNode("linear", "z", params=Params(units=0)), errors.BadValue),
        (AddNode("linear", "z", params=Params(units=2.5)), errors.BadValue),
        (AddNode("linear", "z", params=Params(units=True)), errors.BadValue),
        (AddNode("linear", "z", params=Params(color="red")), errors.UnknownField),
        (AddNode("linear", "z", params=Params(activation=Choice("nothing"))), errors.UnknownKind),
        (Connect(Wire("b", "y", "a", "x")), errors.PortTaken),
        (Connect(Wire("a", "y", "b", "x")), errors.DuplicateWire),
        (Connect(Wire("a", "nope", "b", "x")), errors.UnknownPort),
        (Connect(Wire("a", "y", "ghost", "x")), errors.UnknownNode),
        (Disconnect(Wire("a", "y", "l", "prediction")), errors.UnknownPort),
        (RemoveNodes(("ghost",)), errors.UnknownNode),
        (MoveNodes((("ghost", (0.0, 0.0)),)), errors.UnknownNode),
        (SetParam("a", ("units",), "many"), errors.BadValue),
        (SetParam("a", ("units",), float("nan")), errors.BadValue),
        (SetParam("a", ("activation", "slope"), 0.1), errors.UnknownField),
        (SetParam("a", ("bias_initializer",), Choice("xavier_uniform")), errors.BadValue),
        (SetTraining(("epochs",), -1), errors.BadValue),
        (SetTraining(("nothing",), 1), errors.UnknownField),
    ],
)
def test_illegal_edits_are_refused_with_their_name(edit: object, error: type[errors.EditError]) -> None:
    document = built()
    with pytest.raises(error) as caught:
        edit.apply(document, CATALOG)  # type: ignore[attr-defined]
    assert "{" not in caught.value.message.render("en")
    assert "{" not in caught.value.message.render("zh")
    assert document == built()


def test_a_circle_is_refused() -> None:
    document = AddNode("add", "s").apply(built(), CATALOG)
    document = Connect(Wire("b", "y", "s", "x")).apply(document, CATALOG)
    document = Disconnect(Wire("d", "x", "a", "x")).apply(document, CATALOG)
    with pytest.raises(errors.WouldCycle):
        Connect(Wire("s", "y", "a", "x")).apply(document, CATALOG)
    with pytest.raises(errors.WouldCycle):
        Connect(Wire("s", "y", "s", "x")).apply(document, CATALOG)


def test_removing_a_node_takes_its_wires() -> None:
    assert RemoveNodes(("a",)).apply(built(), CATALOG).wires == ()


def test_a_node_with_nothing_in_front_of_it_is_just_taken_away() -> None:
    document = Bypass("d").apply(built(), CATALOG)
    assert [node.id for node in document.nodes] == ["a", "b", "l"] and document.wires == (Wire("a", "y", "b", "x"),)
    document = Bypass("a").apply(built(), CATALOG)
    assert document.wires == (Wire("d", "x", "b", "x"),)


def test_a_taken_port_is_told_by_the_name_of_its_node() -> None:
    wire = Wire("b", "y", "a", "x")
    for name, told in (("", "a"), ("First", "First")):
        document = RenameNode("a", name).apply(built(), CATALOG)
        with pytest.raises(errors.PortTaken) as caught:
            Connect(wire).apply(document, CATALOG)
        assert caught.value.message.args == {"node": told, "port": "x"}


def test_a_circle_is_told_by_the_names_of_its_nodes() -> None:
    document = RenameNode("b", "Second").apply(built(), CATALOG)
    document = Disconnect(Wire("d", "x", "a", "x")).apply(document, CATALOG)
    with pytest.raises(errors.WouldCycle) as caught:
        Connect(Wire("b", "y", "a", "x")).apply(document, CATALOG)
    assert caught.value.message.args == {"source": "Second", "target": "a"}


def test_a_node_put_into_a_wire_stands_in_its_middle() -> None:
    document = MoveNodes((("a", (10.0, -30.0)), ("b", (50.0, 70.0)))).apply(built(), CATALOG)
    document = InsertNode(Wire("a", "y", "b", "x"), "dropout", "n").apply(document, CATALOG)
    assert document.by_id["n"].position == (30.0, 20.0)
    assert set(document.wires_into["b"]) == {Wire("n", "y", "b", "x")}


@pytest.mark.parametrize(("given", "kept"), [(2.0, 2), (7, 7), (1e3, 1000)])
def test_a_whole_number_may_be_written_with_a_point(given: float, kept: int) -> None:
    units = SetParam("a", ("units",), given).apply(built(), CATALOG).by_id["a"].params["units"]
    assert units == kept and isinstance(units, int)


def test_a_path_leads_into_a_choice() -> None:
    document = SetParam("a", ("activation",), Choice("leaky_relu")).apply(built(), CATALOG)
    document = SetParam("a", ("activation", "slope"), 0.25).apply(document, CATALOG)
    assert document.by_id["a"].params["activation"] == Choice("leaky_relu", Params(slope=0.25))


def test_several_edits_apply_together_or_not_at_all() -> None:
    history = History(built())
    with pytest.raises(errors.PortTaken):
        history.apply(
            Together((AddNode("linear", "c"), Connect(Wire("c", "y", "b", "x"))), message("edit.mend")), CATALOG
        )
    assert history.document == built()
    assert history.undo_label is None


def test_steps_that_are_too_old_are_counted_and_cannot_be_gone_back_to() -> None:
    history = History(built(), limit=3)
    for units in range(2, 7):
        history.apply(SetParam("a", ("units",), units), CATALOG)
        assert history.made == units - 1 and history.place == min(units - 1, 3) == len(history.steps)
    assert history.undo() and history.undo() and history.undo() and not history.undo()
    assert history.document.by_id["a"].params["units"] == 3
    assert history.made == 2 and history.place == 0
    history.apply(SetParam("a", ("units",), 9), CATALOG)
    assert history.made == 3


def test_undo_all_and_redo_all_restore_every_byte() -> None:
    history = History(Document())
    states = [dumps(history.document)]
    edits = [
        *BASE,
        SetParam("a", ("units",), 5),
        RenameNode("a", "隐藏 'x'\n"),
        SetNotes("", "note"),
        SetTraining(("epochs",), 7),
        MoveNodes((("a", (10.0, -4.5)),)),
        RemoveNodes(("b",)),
    ]
    for edit in edits:
        assert history.apply(edit, CATALOG)
        states.append(dumps(history.document))
    for state in reversed(states[:-1]):
        assert history.undo()
        assert dumps(history.document) == state
    assert not history.undo()
    for state in states[1:]:
        assert history.redo()
        assert dumps(history.document) == state
    assert not history.redo()


def test_an_edit_that_changes_nothing_is_no_step_of_undo() -> None:
    history = History(built())
    assert not history.apply(MoveNodes((("a", (0.0, 0.0)),)), CATALOG)
    assert history.undo_label is None


def test_an_edit_after_undo_forgets_the_future() -> None:
    history = History(built())
    history.apply(RenameNode("a", "one"), CATALOG)
    history.undo()
    history.apply(RenameNode("a", "two"), CATALOG)
    assert not history.redo()


def test_positions_and_notes_change_no_meaning() -> None:
    document = built()
    assert MoveNodes((("a", (99.0, 1.0)),)).apply(document, CATALOG).meaning == document.meaning
    assert SetNotes("a", "x").apply(document, CATALOG).meaning == document.meaning
    assert RenameNode("a", "x").apply(document, CATALOG).meaning != document.meaning


@pytest.mark.parametrize("names", ["a, b", ("a",) * 4097, ("a" * 4097,), (1, 2)])
def test_a_list_of_names_holds_names_and_not_too_many(names: object) -> None:
    document = SetParam("d", ("dataset",), Choice("table_file")).apply(built(), CATALOG)
    with pytest.raises(errors.BadValue):
        SetParam("d", ("dataset", "targets"), names).apply(document, CATALOG)
    most = SetParam("d", ("dataset", "targets"), ["a" * 4096] * 4096).apply(document, CATALOG)
    assert len(most.by_id["d"].params["dataset"].params["targets"]) == 4096
