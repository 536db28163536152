"""A student at random: hundreds of actions on the real window, each compared with a plain model of what should have
come of it.

The model is a dictionary of nodes and a set of wires with rules of its own; it shares no code with the edits.
"""

from __future__ import annotations

import os
import random
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QMenu, QMessageBox

from nnstudio.app import make_application
from nnstudio.catalog.registry import node_kinds
from nnstudio.document.groups import flatten
from nnstudio.document.values import Document
from nnstudio.session.session import Session
from nnstudio.ui.kit import texts, theme
from nnstudio.ui.shell.main_window import MainWindow
from tests.e2e.hand import Hand, pause

FULL = bool(os.environ.get("NNSTUDIO_FULL"))
SEEDS, STEPS = (range(50), 2000) if FULL else (range(3), 300)
KINDS = (
    "linear",
    "linear",
    "activation",
    "dropout",
    "add",
    "flatten",
    "data",
    "loss",
    "optimizer",
    "comment",
    "lstm",
    "layer_norm",
)
LIMIT = 1000

State = tuple[dict[str, tuple[Any, ...]], frozenset[tuple[str, str, str, str]], tuple[tuple[str, Any], ...]]


def state_of(document: Document) -> State:
    """What the window's document holds, as plain values."""
    nodes = {n.id: (n.kind, n.name, dict(n.params), n.position, n.notes, n.body) for n in document.nodes}
    return (
        nodes,
        frozenset((w.source, w.source_port, w.target, w.target_port) for w in document.wires),
        tuple(document.training.items()),
    )


class Model:
    """What should be there, and what undo should bring back."""

    def __init__(self, state: State) -> None:
        self.now = state
        self.past: list[State] = []
        self.future: list[State] = []

    def change(self, state: State) -> None:
        if state != self.now:
            self.past.append(self.now)
            del self.past[:-LIMIT]
            self.future.clear()
            self.now = state

    def undo(self) -> None:
        if self.past:
            self.future.append(self.now)
            self.now = self.past.pop()

    def redo(self) -> None:
        if self.future:
            self.past.append(self.now)
            self.now = self.future.pop()

    # -- rules of its own ---------------------------------------------------------------------

    def reaches(self, start: str, goal: str) -> bool:
        seen, stack = set(), [start]
        while stack:
            here = stack.pop()
            if here == goal:
                return True
            if here not in seen:
                seen.add(here)
                stack += [w[2] for w in self.now[1] if w[0] == here]
        return False

    def connected(self, wire: tuple[str, str, str, str]) -> State:
        """The state after a wire was pulled from an output to an input."""
        nodes, wires, training = self.now
        kind = node_kinds()[nodes[wire[2]][0]]
        many = next(p.many for p in kind.inputs if p.name == wire[3])
        kept = wires if many else frozenset(w for w in wires if w[2:] != wire[2:])
        if wire in wires:
            return self.now
        self_kept = self.now
        self.now = (nodes, kept, training)
        loops = self.reaches(wire[2], wire[0])
        self.now = self_kept
        return self.now if loops else (nodes, kept | {wire}, training)

    def without(self, names: set[str]) -> State:
        nodes, wires, training = self.now
        return (
            {k: v for k, v in nodes.items() if k not in names},
            frozenset(w for w in wires if w[0] not in names and w[2] not in names),
            training,
        )


@pytest.fixture(autouse=True)
def nothing_is_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model knows what a student does, not what the program then makes fit."""
    monkeypatch.setattr("nnstudio.ui.editing.beginning.Beginning.compiled", lambda self: None)


class Student:
    """Does one thing after another on a window."""

    def __init__(self, hand: Hand, seed: int, folder: Path) -> None:
        self.hand, self.window, self.session = hand, hand.window, hand.session
        self.random = random.Random(seed)
        self.model = Model(state_of(self.session.document))
        self.folder = folder
        self.done: list[str] = []

    def names(self) -> list[str]:
        return list(self.session.document.by_id)

    def pick(self) -> str | None:
        names = self.names()
        return self.random.choice(names) if names else None

    def check(self) -> None:
        assert state_of(self.session.document) == self.model.now, self.done[-5:]
        assert set(self.window.bench.parts.scene.cards) == set(self.model.now[0])
        assert {(w.source, w.source_port, w.target, w.target_port) for w in self.window.bench.parts.scene.wires} == set(
            self.model.now[1]
        )
        assert len(self.session.history.steps) == len(self.model.past) + len(self.model.future)

    # -- actions ------------------------------------------------------------------------------

    def add(self) -> None:
        kind = self.random.choice(KINDS)
        place = QPointF(self.random.randrange(-4, 5) * 230.0, self.random.randrange(-3, 4) * 130.0)
        nodes, wires, training = self.model.now
        entry = node_kinds()[kind]
        aimed = self.window.bench.parts.scene.wire_at(place)
        before = set(nodes)
        self.window.bench.placing.add_at(kind, place)
        new = set(self.session.document.by_id) - before
        if entry.single and any(v[0] == kind for v in nodes.values()):
            assert not new
            return
        if aimed is not None and entry.inputs and entry.outputs:
            self.follow_insert(new, aimed)
            return
        (name,) = new
        found = state_of(self.session.document)[0][name]
        assert found[0] == kind and abs(found[3][0] - place.x()) <= 172 and found[1] == "" and found[5] is None
        self.model.change(({**nodes, name: found}, wires, training))

    def follow_insert(self, new: set[str], aimed: Any) -> None:
        nodes, wires, _ = self.model.now
        (name,) = new
        after = state_of(self.session.document)
        entry = node_kinds()[after[0][name][0]]
        into = (aimed.source, aimed.source_port, name, entry.inputs[0].name)
        onward = (name, entry.outputs[0].name, aimed.target, aimed.target_port)
        assert after[1] == (wires - {(aimed.source, aimed.source_port, aimed.target, aimed.target_port)}) | {
            into,
            onward,
        }
        # Making room moves what follows and changes nothing else.
        assert {k: (*v[:3], v[4:]) for k, v in after[0].items() if k != name} == {
            k: (*v[:3], v[4:]) for k, v in nodes.items()
        }
        self.model.change(after)

    def wire(self) -> None:
        ports = [
            (name, side, port)
            for name, card in self.window.bench.parts.scene.cards.items()
            for side, port in card.ports()
        ]
        if len(ports) < 2:
            return
        start, end = self.random.sample(ports, 2)
        self.window.bench.parts.canvas.fit()
        cards, canvas = self.window.bench.parts.scene.cards, self.window.bench.parts.canvas
        a, b = (cards[n].port_place(side, port) for n, side, port in (start, end))
        viewport = canvas.viewport()
        if not all(viewport.rect().contains(canvas.mapFromScene(p)) for p in (a, b)):
            return
        # What lies on top takes the mouse.
        start, end = (self.window.bench.parts.scene.port_at(canvas.mapToScene(canvas.mapFromScene(p))) for p in (a, b))
        if start is None or end is None or (canvas.mapFromScene(a) - canvas.mapFromScene(b)).manhattanLength() < 12:
            return
        taken = self.taken(start)
        self.hand.drag(a, b)
        if self.random.random() < 0.1:
            canvas.cancel_gesture()
        expected = self.model.now
        origin = start
        if taken is not None:
            # Pulled at a taken input: the wire's end goes along.
            origin = (taken[0], "out", taken[1])
        if origin[1] != end[1]:
            out, into = (origin, end) if origin[1] == "out" else (end, origin)
            wire = (out[0], out[2], into[0], into[2])
            if wire != taken:
                kept = self.model.now
                if taken is not None:
                    self.model.now = (kept[0], kept[1] - {taken}, kept[2])
                after = self.model.connected(wire)
                refused = after == self.model.now
                self.model.now = kept
                expected = kept if refused else after
        self.model.change(expected)

    def taken(self, port: tuple[str, str, str]) -> tuple[str, str, str, str] | None:
        name, side, ending = port
        kind = node_kinds()[self.model.now[0][name][0]]
        if side != "in" or any(p.name == ending and p.many for p in kind.inputs):
            return None
        return next((w for w in self.model.now[1] if w[2:] == (name, ending)), None)

    def move(self) -> None:
        name = self.pick()
        if name is None:
            return
        self.window.bench.parts.scene.select({name})
        self.window.bench.parts.canvas.setFocus()
        inside = self.window.bench.parts.scene.inside_comments({name}) | {name}
        key, step = self.random.choice(
            [
                (Qt.Key.Key_Left, (-10, 0)),
                (Qt.Key.Key_Right, (10, 0)),
                (Qt.Key.Key_Up, (0, -10)),
                (Qt.Key.Key_Down, (0, 10)),
            ]
        )
        if self.window.bench.parts.timeline.trace is not None:
            return
        QTest.keyClick(self.window.bench.parts.canvas, key)
        nodes, wires, training = self.model.now
        moved = {
            k: (*v[:3], (v[3][0] + step[0], v[3][1] + step[1]), *v[4:]) if k in inside else v for k, v in nodes.items()
        }
        self.model.change((moved, wires, training))

    def edit(self) -> None:
        name = self.pick()
        if name is None:
            return
        self.window.bench.parts.scene.select({name})
        form, path = self.window.bench.parts.inspector.form, None
        if form is not None:
            path = next((p for p in (("units",), ("width",), ("hidden",)) if p in form.editors), None)
        nodes, wires, training = self.model.now
        if path is not None:
            value = self.random.randrange(130, 300)
            form.editors[path].setValue(value)
            after = {**nodes[name][2], path[0]: value}
            self.model.change(({**nodes, name: (*nodes[name][:2], after, *nodes[name][3:])}, wires, training))
        else:
            said = f"n{self.random.randrange(9)}"
            self.window.bench.parts.inspector._name.setText(said)
            self.window.bench.parts.inspector._name.editingFinished.emit()
            self.model.change(({**nodes, name: (nodes[name][0], said, *nodes[name][2:])}, wires, training))

    def delete(self) -> None:
        names = self.names()
        gone = set(self.random.sample(names, min(len(names), self.random.randrange(1, 3)))) if names else set()
        if not gone:
            return
        plain = self.model.without(gone)
        self.window.bench.parts.scene.select(gone)
        QTest.keyClick(self.window.bench.parts.canvas, Qt.Key.Key_Delete)
        after = state_of(self.session.document)
        # Wires over the gap begin and end where wires of what was deleted did.
        for wire in after[1] - plain[1]:
            assert any(w[0] == wire[0] and w[1] == wire[1] and w[2] in gone for w in self.model.now[1]), (
                wire,
                gone,
                self.model.now[1],
            )
            assert any(w[2:] == wire[2:] and w[0] in gone for w in self.model.now[1]), (wire, gone, self.model.now[1])
        assert after[0] == plain[0] and plain[1] <= after[1]
        self.model.change((plain[0], after[1], plain[2]))

    def copy_paste(self) -> None:
        names = self.names()
        if not names:
            return
        chosen = set(self.random.sample(names, min(len(names), 3)))
        self.window.bench.parts.scene.select(chosen)
        chosen |= self.window.bench.parts.scene.inside_comments(chosen)
        nodes, wires, _ = self.model.now
        before = set(nodes)
        self.window.bench.clipboard.copy()
        self.window.bench.clipboard.paste()
        after = state_of(self.session.document)
        new = {k: v for k, v in after[0].items() if k not in before}
        # An optimizer comes along with a choice of several kinds only where it names layers.
        several = len({nodes[n][0] for n in chosen}) > 1
        left = {
            n
            for n in chosen
            if node_kinds()[nodes[n][0]].single
            or (several and nodes[n][0] == "optimizer" and not nodes[n][2].get("serves"))
        }
        copied = [nodes[n] for n in chosen - left]
        assert sorted((v[0], repr(v[2])) for v in new.values()) == sorted((v[0], repr(v[2])) for v in copied)
        names = [v[1] for v in after[0].values() if v[1]]
        assert all(names.count(v[1]) == 1 for v in new.values() if v[1]), "a copy has a name of its own"
        inner = [w for w in wires if w[0] in chosen and w[2] in chosen and not {w[0], w[2]} & left]
        added = after[1] - wires
        assert len(added) == len(inner) and all(w[0] in new and w[2] in new for w in added)
        assert {k: v for k, v in after[0].items() if k in before} == nodes
        self.model.change(after)

    def group(self) -> None:
        names = [
            n for n in self.names() if self.model.now[0][n][0] in ("linear", "activation", "dropout", "layer_norm")
        ]
        if not names:
            return
        self.window.bench.parts.scene.select(set(self.random.sample(names, min(len(names), 2))))
        flat = flatten(self.session.document)
        self.window.actions_["group"].trigger()
        again = flatten(self.session.document)
        # A group changes nothing of what is computed.
        assert sorted(n.kind for n in flat.nodes) == sorted(n.kind for n in again.nodes)
        assert sorted((w.source.split("/")[-1], w.target.split("/")[-1]) for w in flat.wires) == sorted(
            (w.source.split("/")[-1], w.target.split("/")[-1]) for w in again.wires
        )
        self.model.change(state_of(self.session.document))

    def ungroup(self) -> None:
        groups = [n.id for n in self.session.document.nodes if n.body is not None]
        if groups:
            self.window.bench.parts.scene.select({self.random.choice(groups)})
            count = len(flatten(self.session.document).nodes)
            self.window.actions_["ungroup"].trigger()
            assert len(flatten(self.session.document).nodes) == count
            self.model.change(state_of(self.session.document))

    def tidy(self) -> None:
        nodes, wires, training = self.model.now
        self.window.actions_["tidy"].trigger()
        after = state_of(self.session.document)
        assert after[1:] == (wires, training) and {k: (*v[:3], v[4:]) for k, v in after[0].items()} == {
            k: (*v[:3], v[4:]) for k, v in nodes.items()
        }
        self.model.change(after)

    def undo(self) -> None:
        self.window.actions_["undo"].trigger()
        self.model.undo()

    def redo(self) -> None:
        self.window.actions_["redo"].trigger()
        self.model.redo()

    def history(self) -> None:
        count = len(self.model.past) + len(self.model.future)
        place = self.random.randrange(count + 1)
        self.session.go_to(place)
        while len(self.model.past) > place:
            self.model.undo()
        while len(self.model.past) < place:
            self.model.redo()

    def save(self) -> None:
        if self.session.document.nodes:
            assert self.window.bench.files.save_to(self.folder / "project.nns")

    def open(self) -> None:
        if (self.folder / "project.nns").exists() and self.random.random() < 0.3:
            assert self.window.bench.files.save_to(self.folder / "project.nns")
            kept = self.session.document
            self.window.bench.files.open(str(self.folder / "project.nns"))
            assert self.session.document == kept
            self.model = Model(state_of(kept))

    def example(self) -> None:
        if self.random.random() < 0.15:
            self.window.bench.files.open_example(self.random.choice(("xor", "rings", "iris")))
            self.model = Model(state_of(self.session.document))

    def run(self) -> None:
        self.window.bench.running.toggle()
        pause(self.random.randrange(30))

    def step(self) -> None:
        self.window.bench.running.step()
        pause(self.random.randrange(30))

    def reset(self) -> None:
        self.window.bench.running.reset()

    def wait(self) -> None:
        pause(self.random.randrange(40))

    def escape(self) -> None:
        QTest.keyClick(self.window.bench.parts.canvas, Qt.Key.Key_Escape)
        QTest.keyClick(self.window, Qt.Key.Key_Escape)

    # -- all of it ----------------------------------------------------------------------------

    WEIGHTS = {
        "add": 8,
        "wire": 14,
        "move": 5,
        "edit": 6,
        "delete": 3,
        "copy_paste": 2,
        "group": 2,
        "ungroup": 1,
        "tidy": 1,
        "undo": 6,
        "redo": 4,
        "history": 1,
        "save": 1,
        "open": 1,
        "example": 2,
        "run": 2,
        "step": 2,
        "reset": 1,
        "wait": 2,
        "escape": 2,
    }

    def live(self, steps: int) -> None:
        names, weights = list(self.WEIGHTS), list(self.WEIGHTS.values())
        for _ in range(steps):
            name = self.random.choices(names, weights)[0]
            if name == "add" and len(self.names()) > 30:
                name = "delete"
            self.done.append(name)
            getattr(self, name)()
            self.check()
        while self.session.history.redo_label is not None:
            self.redo()
        end = self.model.now
        while self.session.history.undo_label is not None:
            self.undo()
        self.check()
        assert not self.model.past
        while self.session.history.redo_label is not None:
            self.redo()
        self.check()
        assert self.model.now == end


@contextmanager
def no_dialogs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A question would wait for an answer for ever."""

    def asked(self: Any, *args: Any) -> int:
        raise AssertionError(f"a dialog came up: {getattr(self, 'text', lambda: type(self).__name__)()}")

    for kind in (QMessageBox, QDialog, QMenu):
        monkeypatch.setattr(kind, "exec", asked)
    yield


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_a_student_does_the_project_is_what_it_should_be(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    qt = make_application()
    texts.set_language("en")
    theme.apply_theme(qt, "light")
    session = Session()
    window = MainWindow(session)
    window.bench.files.may_leave = lambda: True  # type: ignore[method-assign]
    window.show()
    raised: list[Any] = []
    monkeypatch.setattr("sys.excepthook", lambda *error: raised.append("".join(traceback.format_exception(*error))))
    try:
        with no_dialogs(monkeypatch):
            student = Student(Hand(window), seed, tmp_path)
            student.live(STEPS)
            pause(50)
        assert not raised, "\n".join(raised)
    finally:
        window.close()
        window.deleteLater()
        pause(10)
