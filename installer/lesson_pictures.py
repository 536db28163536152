"""Draw the pictures of lessons anew: ``python installer/lesson_pictures.py [ID …]``.

Plays each lesson's solution and writes the numbers that come out of it into the lesson's file. What is taken says the
lesson itself, in ``picture``: ``kind`` and, where there is a choice, ``of``.

======  ==========================================================================================================
map     what the network says over the plane of its inputs
lines   "loss": the training loss of every run; "pair", "accuracy": both parts of the first; "rate": its learning rate;
        "walk": the first weight step by step; "fits": what networks of one input say; "average": noisy readings and
        their moving average; "losses": of an error; or the names of activations, with ′ their slopes
bars    "flow": how large the gradient of each layer is, "through": of each time step; "parameters": how many each layer
        has; a node's values
matrix  a node's values, or those of the input ("x"), as a table
net     the values of every node, layer by layer
graph   the nodes of a graph with what is said of them
path    the way of two weights through all runs
======  ==========================================================================================================
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from nnstudio.catalog.registry import CATALOG, family  # noqa: E402
from nnstudio.document import storage  # noqa: E402
from nnstudio.document.fields import complete  # noqa: E402
from nnstudio.document.values import Choice, Document, Params  # noqa: E402
from nnstudio.session import hosting  # noqa: E402
from nnstudio.session.lessons import shelf  # noqa: E402
from nnstudio.session.lessons.player import Player  # noqa: E402
from nnstudio.session.session import Session  # noqa: E402

SIDE, LONG = 24, 60


def rounded(rows: Any) -> list[list[float]]:
    return [[float(f"{float(value):.3g}") for value in row] for row in rows]


def thinned(row: list[float], most: int = LONG) -> list[float]:
    places = np.linspace(0, len(row) - 1, min(most, len(row))).round().astype(int)
    return [row[place] for place in places]


def of_map(session: Session, of: str) -> dict[str, Any]:
    snapshot = session.training.snapshot
    assert snapshot is not None and snapshot.plane is not None, "no plane"
    plane = snapshot.plane
    said = plane.said[1] * 2 - 1 if plane.classes else plane.said[0]
    if not plane.classes:
        targets = plane.points.targets.reshape(-1)
        middle = 0.0 if of == "score" else (targets.min() + targets.max()) / 2
        # Which side a point is on matters more than how far it is from the border.
        said = np.tanh(4 * (said - middle) / max(1e-9, abs(said - middle).max()))
    places = np.linspace(0, said.shape[0] - 1, SIDE).round().astype(int)
    low, high = np.array(plane.low), np.array(plane.high)
    share = (plane.points.inputs - low) / (high - low)
    points = [[*place, target] for place, target in zip(share, plane.points.targets.reshape(-1), strict=True)][:80]
    return {"rows": rounded(said[np.ix_(places, places)]), "points": rounded(points)}


def of_lines(session: Session, of: str) -> dict[str, Any]:
    runs = [run for run in session.runs.items.values() if run.records]
    if of == "loss":
        rows = [[np.log10(max(line["train_loss"], 1e-9)) for line in run.records] for run in runs]
    elif of == "pair":
        rows = [[line[name] for line in runs[0].records] for name in ("train_loss", "val_loss")]
    elif of == "accuracy":
        rows = [[line[name] for line in runs[0].records] for name in ("train_accuracy", "val_accuracy")]
    elif of == "rate":
        rows = [[line["learning_rate"] for line in run.records] for run in runs]
    elif of == "walk":
        rows = [first_weight(run.document) for run in runs]
    elif of == "average":
        readings = np.sin(np.linspace(0, 6, 60)) + 0.5 * np.random.default_rng(0).standard_normal(60)
        rows, smooth = [readings.tolist(), []], 0.0
        for t, reading in enumerate(readings, 1):
            smooth = 0.9 * smooth + 0.1 * reading
            rows[1].append(smooth / (1 - 0.9**t))
    elif of == "losses":
        error = np.linspace(-2, 2, 60)
        near = np.abs(error) < 1
        rows = [error**2 / 2, np.abs(error), np.where(near, error**2 / 2, np.abs(error) - 0.5)]
    elif of == "fits":
        rows = fits([run.document for run in runs])
    else:
        rows = curves(of.split())
    return {"rows": rounded(thinned([v for v in row if np.isfinite(v)]) for row in rows)}


def first_weight(document: Document, steps: int = 40) -> list[float]:
    """The first weight of a network, step by step."""
    session = Session(replace(document, lesson=Params()))
    player, found = Player(session), []
    player.settle()
    for _ in range(steps):
        player.do("step")
        trace = session.stepping.shown
        assert trace is not None
        found.append(float(next(iter(trace.parameters.values())).old.reshape(-1)[0]))
    session.close()
    return found


def fits(documents: list[Document]) -> list[list[float]]:
    """What networks of one input say along it, when they are trained, and the data."""
    rows = []
    for document in documents:
        session = Session(replace(document, lesson=Params()))
        player = Player(session)
        player.do("run")
        weights = list(session.present_weights().values())
        rows.append([float(weights[0].reshape(-1)[0]) * x + float(weights[1].reshape(-1)[0]) for x in range(10)])
        session.close()
    return rows


def curves(names: list[str]) -> list[list[float]]:
    """Activations from −6 to 6; a name with ′ is the slope."""
    from nnstudio.engine.previews import activation_curve

    rows = []
    for name in names:
        entry = family("activations")[name.rstrip("′")]
        curve = activation_curve(Choice(entry.id, complete(entry.fields, Params(), CATALOG)))
        assert curve is not None
        rows.append([float(value) for value in curve.lines[name.endswith("′")][1]])
    return rows


def values_of(session: Session, node: str) -> np.ndarray:
    trace = session.stepping.shown
    assert trace is not None, "no step"
    if node == "x":
        return np.asarray(trace.of_sample("x", trace.values["x"]))
    names = [m.step for m in trace.moments if m.phase == "forward" and m.node == node]
    return np.asarray(trace.of_sample(names[-1], trace.values[names[-1]]))


def of_bars(session: Session, of: str) -> dict[str, Any]:
    if of == "parameters":
        assert session.meaning.lowered is not None
        return {"rows": rounded([[count for count in session.meaning.lowered.parameters.values() if count]])}
    if of == "through":
        from nnstudio.explain.spelling import explained
        from nnstudio.ui.stepper.flow import through_time

        trace, program = session.stepping.shown, session.training.program
        assert trace is not None and program is not None
        return {"rows": rounded([[bar.delta for bar in through_time(explained(program, trace))]])}
    if of == "flow":
        trace = session.stepping.shown
        assert trace is not None
        nodes = list(dict.fromkeys(m.node for m in trace.moments if m.phase == "forward"))
        norms = []
        for node in nodes:
            name = next(m.step for m in trace.moments if m.phase == "forward" and m.node == node)
            norms.append(float(np.linalg.norm(trace.gradients[name])))
        return {
            "rows": rounded([[np.log10(max(norm, 1e-12)) - np.log10(max(min(norms), 1e-12)) + 0.3 for norm in norms]])
        }
    return {"rows": rounded([values_of(session, of).reshape(-1)])}


def of_matrix(session: Session, of: str) -> dict[str, Any]:
    array = np.asarray(values_of(session, of), dtype=float)
    while array.ndim > 2:
        array = array[0]
    if array.ndim == 1:
        side = round(len(array) ** 0.5)
        array = array.reshape(side, -1) if side * side == len(array) else array[None]
    return {"rows": rounded(array[:SIDE, :SIDE])}


def of_net(session: Session, of: str) -> dict[str, Any]:
    trace = session.stepping.shown
    assert trace is not None
    nodes = list(dict.fromkeys(m.node for m in trace.moments if m.phase == "forward"))
    rows = [
        trace.of_sample("x", trace.values["x"]).reshape(-1)[:6],
        *(values_of(session, n).reshape(-1)[:6] for n in nodes),
    ]
    return {"rows": rounded(rows)}


def of_graph(session: Session, of: str) -> dict[str, Any]:
    import networkx as nx

    graph = nx.karate_club_graph()
    places = nx.spring_layout(graph, seed=3)
    snapshot = session.training.snapshot
    assert snapshot is not None
    nodes = snapshot.pictures[of].nodes
    said = nodes.argmax(axis=1)
    xy = np.array([places[n] for n in graph])
    xy = (xy - xy.min(axis=0)) / (xy.max(axis=0) - xy.min(axis=0))
    return {
        "points": rounded([x, y, kind] for (x, y), kind in zip(xy, said, strict=True)),
        "edges": [[int(a), int(b)] for a, b in graph.edges],
    }


def of_path(session: Session, of: str) -> dict[str, Any]:
    """Two weights step by step, for each run, made again."""
    rows = []
    for run in session.runs.items.values():
        other = Session(replace(run.document, lesson=Params()))
        player = Player(other)
        player.settle()
        found: list[float] = []
        for _ in range(40):
            player.do("step")
            trace = other.stepping.shown
            assert trace is not None
            found += [float(v) for v in next(iter(trace.parameters.values())).old.reshape(-1)[:2]]
        rows.append(found)
        other.close()
    return {"rows": rounded(rows)}


KINDS = {
    "map": of_map,
    "lines": of_lines,
    "bars": of_bars,
    "matrix": of_matrix,
    "net": of_net,
    "graph": of_graph,
    "path": of_path,
}


def draw(name: str) -> None:
    path = shelf.lesson_path(name)
    document, parts = storage.load(path)
    wanted = document.lesson.get("picture")
    if not isinstance(wanted, Params):
        print(f"{name}: no picture is asked for")
        return
    session = Session(document)
    try:
        player = Player(session)
        player.settle()
        plan = session.tutor.plan
        assert plan is not None
        until = wanted.get("until", len(plan.steps))
        for step in plan.steps[:until]:
            for line in step.solve:
                player.do(line)
            player.settle()
            session.tutor.next()
        kind, of = wanted["kind"], wanted.get("of", "")
        if session.stepping.shown is None and kind in ("net", "bars", "matrix") and of != "parameters":
            player.do("look 0")
        if kind in ("map", "graph") and session.training.snapshot is None:
            player.do("run 1")
        player.wait(lambda: kind not in ("map", "graph") or session.training.snapshot is not None)
        kept = {key: wanted[key] for key in ("of", "until") if key in wanted}
        made = {"kind": kind, **kept, **KINDS[kind](session, of)}
    finally:
        session.close()
    picture = Params(
        {key: tuple(tuple(row) for row in value) if isinstance(value, list) else value for key, value in made.items()}
    )
    storage.save(path, replace(document, lesson=document.lesson.with_value("picture", picture)), parts, backup=False)
    print(name, made["kind"], len(made.get("rows", ())))


def main() -> int:
    hosting.own_process = lambda: False
    for name in sys.argv[1:] or shelf.lesson_names():
        draw(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
