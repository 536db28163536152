"""Lessons: what a teacher puts into a project."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nnstudio.catalog.registry import CATALOG
from nnstudio.document import storage
from nnstudio.document.edits import AddNode, Connect, Disconnect, MoveNodes, RemoveNodes, RenameNode, SetNotes, SetParam
from nnstudio.document.errors import EditError
from nnstudio.document.groups import MakeGroup
from nnstudio.document.lesson import SetLesson, hidden_in, lesson, locked_in, start_of, task_of
from nnstudio.document.values import Document, Params, Wire
from nnstudio.session.examples import load_example
from nnstudio.session.session import Session

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "version-2.nns"


def taught() -> Document:
    plain = load_example("xor")
    return SetLesson(lesson(plain, " Learn it. ", ("hidden", "data"), ("dock:runs",), start=True)).apply(plain, CATALOG)


def test_a_lesson_goes_with_the_file_and_makes_it_version_two() -> None:
    document = taught()
    data = storage.dumps(document)
    assert b'"version": 2' in data and b'"version": 1' in storage.dumps(load_example("xor"))
    again, _ = storage.loads(data)
    assert (
        again == document
        and task_of(again) == "Learn it."
        and locked_in(again) == {"hidden", "data"}
        and hidden_in(again) == {"dock:runs"}
    )
    start = start_of(again)
    assert start == document and replace(start, lesson=Params()) == load_example("xor")


def test_the_golden_file_of_version_two() -> None:
    document, _ = storage.load(GOLDEN)
    assert (
        task_of(document).startswith("Make it learn XOR.")
        and locked_in(document) == {"data", "loss"}
        and start_of(document) == document
    )


def test_odd_lessons_are_read_as_none() -> None:
    for odd in (
        Params(task=3),
        Params(locked="hidden"),
        Params(locked=(1, 2)),
        Params(hidden=Params(a=1)),
        Params(start="{"),
        Params(start="[]"),
        Params(start=5),
    ):
        document = replace(load_example("xor"), lesson=odd)
        assert (
            task_of(document) == ""
            and not locked_in(document)
            and not hidden_in(document)
            and start_of(document) is None
        )
        assert storage.loads(storage.dumps(document))[0] == document


def test_a_lesson_is_no_part_of_what_is_computed() -> None:
    assert taught().meaning == load_example("xor").meaning


@pytest.mark.parametrize(
    "edit",
    [
        SetParam("hidden", ("units",), 9),
        RenameNode("hidden", "x"),
        RemoveNodes(("hidden",)),
        Disconnect(Wire("data", "x", "hidden", "x")),
        MakeGroup(("hidden",)),
        SetNotes("hidden", "mine"),
    ],
    ids=lambda edit: type(edit).__name__,
)
def test_locked_nodes_stay_as_they_are(edit: object) -> None:
    session = Session(taught(), start=False)
    with pytest.raises(EditError) as caught:
        session.apply(edit)  # type: ignore[arg-type]
    assert caught.value.message.key == "lesson.locked" and session.document == taught() and not session.history.steps
    session.close()


def test_everything_else_can_be_changed() -> None:
    session = Session(taught(), start=False)
    output = next(n.id for n in session.document.nodes if n.kind == "linear" and n.id != "hidden")
    for edit in (
        MoveNodes((("hidden", (5.0, 5.0)),)),
        SetParam(output, ("units",), 7),
        AddNode("dropout", "new"),
        Connect(Wire("hidden", "y", "new", "x")),
    ):
        assert session.apply(edit)
    session.apply(SetLesson(Params()))
    assert session.apply(SetParam("hidden", ("units",), 9)), "the teacher unlocks it"
    session.close()
