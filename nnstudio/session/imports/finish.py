"""From a draft to a project: data of its form, a loss, groups by its parts, places, and the weights to begin with."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.registry import CATALOG, family, node_kinds
from nnstudio.catalog.sources.copies import MAX_START, cache_folder
from nnstudio.catalog.sources.files import fingerprint
from nnstudio.compile.beginning import key_of
from nnstudio.compile.lower import Lowered, lower
from nnstudio.document.errors import EditError, ImportRefused
from nnstudio.document.fields import complete
from nnstudio.document.groups import Inside, MakeGroup, body_at
from nnstudio.document.text import Message, joined, message
from nnstudio.document.values import Choice, Document, Node, Params, Parts, Wire
from nnstudio.session.imports.draft import GIVEN, Draft, Drawn, fold_functions
from nnstudio.session.layout import tidy

if TYPE_CHECKING:
    import numpy as np

# The canvas that places are made for, a network that needs no groups, and how deep parts lie in parts at most.
VIEW, FEW, DEEP = (1300.0, 700.0), 12, 6
# So many sentences are told at once.
MOST_TOLD = 12
# Samples of the data that stands in.
SAMPLES, FEW_SAMPLES, LARGE = 64, 16, 20_000


@dataclass(frozen=True)
class Brought:
    """A network that was brought in, as a project: ``notes`` is what is said of it, line by line."""

    document: Document
    parts: Parts
    notes: tuple[Message, ...]
    lowered: Lowered


def finish(draft: Draft, result: str, title: str) -> Brought:
    """Return the project of a network whose result is the value ``result``.

    Raises:
        ImportRefused: something of it is not in the catalogue; all of that is said.
    """
    if draft.left:
        raise ImportRefused("import.refused", list=_listed(draft.left))
    if result == GIVEN or not draft.nodes:
        raise ImportRefused("import.empty")
    result = fold_functions(draft, (result,))[result]
    _drop_unused(draft, result)
    document = _document(draft, title)
    document = _with_ends(document, draft, result)
    document = _placed(_grouped(document, {node.id: node.where for node in draft.nodes}))
    lowered = lower(document)
    if lowered.program is None:
        raise ImportRefused("import.unsound", detail=_listed([problem.what for problem in lowered.errors]))
    tensors = _tensors(draft, lowered)
    notes = list(draft.notes)
    missing = [s.parameter for s in lowered.program.starts if key_of(s.node, s.stream) not in tensors]
    if missing:
        notes.append(message("import.drawn", names=", ".join(missing[:5])))
    if tensors:
        document, parts = _beginning(document, tensors)
        if not parts.data:
            notes.append(message("import.not_carried", path=document.training["start_file"], high=MAX_START // 2**20))
        lowered = lower(document)
        numbers = sum(tensor.size for tensor in tensors.values())
        notes.append(message("import.brought", nodes=len(draft.nodes), tensors=len(tensors), numbers=numbers))
        return Brought(document, parts, tuple(notes), lowered)
    notes.append(message("import.drawing", nodes=len(draft.nodes)))
    return Brought(document, Parts(), tuple(notes), lowered)


def _listed(sentences: Sequence[Message]) -> Message:
    """Sentences one after the other, of many the first."""
    more = ("…",) if len(sentences) > MOST_TOLD else ()
    return joined((*sentences[:MOST_TOLD], *more), "; ")


def _drop_unused(draft: Draft, result: str) -> None:
    """Leave out what the result does not depend on."""
    wanted, stack = set(), [result]
    by_id = {node.id: node for node in draft.nodes}
    while stack:
        here = stack.pop()
        if here != GIVEN and here not in wanted:
            wanted.add(here)
            stack.extend(by_id[here].inputs)
    lost = [node.where for node in draft.nodes if node.id not in wanted]
    if lost:
        draft.notes.append(message("import.unused", names=", ".join(lost[:5])))
    draft.nodes[:] = [node for node in draft.nodes if node.id in wanted]


def _role(role: str) -> str:
    return next(entry.id for entry in node_kinds().values() if entry.role == role)


def _document(draft: Draft, title: str) -> Document:
    """Data and layers with their wires."""
    data = _role("data")
    nodes = [Node("data", data, params=Params(dataset=_stand_in(draft, 2), scaling="none", target_scaling="none"))]
    wires: list[Wire] = []
    for drawn in draft.nodes:
        params = complete(drawn.entry.fields, Params(drawn.params), CATALOG)
        given = Params({name: params[name] for name in drawn.params})
        nodes.append(Node(drawn.id, drawn.entry.id, drawn.where.rpartition(".")[2], given))
        wires += _wires(drawn)
    return Document(title, tuple(nodes), tuple(wires))


def _wires(drawn: Drawn) -> list[Wire]:
    ports = drawn.entry.inputs
    names = [ports[0].name] * len(drawn.inputs) if ports[0].many else [port.name for port in ports]
    return [
        Wire(source or "data", "x" if source == GIVEN else "y", drawn.id, port)
        for source, port in zip(drawn.inputs, names, strict=False)
    ]


def _stand_in(draft: Draft, count: int, target: str = "") -> Choice:
    """Data that holds the network up until the student has some: random numbers of the form that it takes."""
    entry = next(one for one in family("datasets").values() if "any_form" in one.tags)
    size = 1
    for extent in draft.given:
        size *= extent
    given = {
        "shape": tuple(float(extent) for extent in draft.given),
        "points": SAMPLES if size <= LARGE else FEW_SAMPLES,
        "count": count,
        "tokens": draft.tokens,
        **({"target": target} if target else {}),
    }
    return Choice(entry.id, complete(entry.fields, Params(given), CATALOG))


def _with_ends(document: Document, draft: Draft, result: str) -> Document:
    """The same with a loss and an optimizer, and a target that the result can be compared with."""
    shape = next(iter(lower(document).shapes.get(result, {}).values()), None)
    if shape is None:
        problems = [problem.what for problem in lower(document).errors if problem.node]
        raise ImportRefused("import.unsound", detail=_listed(problems))
    said = _said(draft.node(result))
    rank, last = len(shape), shape[-1]
    target, count = "", int(last)
    wires = [*document.wires, Wire(result, "y", "loss", "prediction")]
    if rank == 2 and (last > 1 or said == "probabilities"):
        # One share of a whole says yes or no.
        target, index = "classes", last > 1
    elif rank == 3 and len(draft.given) >= 1 and shape[1] == draft.given[0] and last > 1:
        target, index = "steps", True
    elif tuple(shape[1:]) == tuple(draft.given) and not draft.tokens:
        # What comes out has the form of what goes in: the network is asked to give that back.
        index, said = False, "values"
        wires.append(Wire("data", "x", "loss", "target"))
    else:
        target, index = "values", False
        if rank != 2:
            draft.notes.append(message("import.no_target", shape=" × ".join(map(str, shape[1:]))))
    loss = _loss(said, index)
    source = document.by_id["data"]
    dataset = _stand_in(draft, max(count, 2) if target != "values" else max(1, count), target)
    nodes = tuple(
        replace(source, params=source.params.with_value("dataset", dataset)) if node.id == "data" else node
        for node in document.nodes
    )
    ends = (
        Node("loss", _role("loss"), params=Params(loss=loss)),
        Node("optimizer", _role("optimizer")),
    )
    return replace(document, nodes=(*nodes, *ends), wires=tuple(wires))


def _said(end: Drawn) -> str:
    """What the last layer says: "scores", or what its function makes of them."""
    spec = next((one for one in end.entry.fields if getattr(one, "family", "") == "activations"), None)
    choice = end.params.get(spec.name, getattr(spec, "default", None)) if spec is not None else None
    tags = family("activations")[choice.kind].tags if choice is not None else frozenset()
    return next((name for name in ("log_probabilities", "probabilities") if name in tags), "scores")


def _loss(said: str, index: bool) -> Choice:
    """The loss that expects what the network says."""
    losses = [one for one in family("losses").values() if (one.target == "index") == index]
    if not index:
        said = "probabilities" if said == "probabilities" else "values"
    fit = [one for one in losses if one.expects == said] or losses
    # The first of several is the usual one.
    entry = min(fit, key=lambda one: one.order)
    return Choice(entry.id, complete(entry.fields, Params(), CATALOG))


# -- groups and places ----------------------------------------------------------------------------


def _grouped(document: Document, where: Mapping[str, str]) -> Document:
    """Put the parts of a network, as they are called, into groups of their own."""
    return _group_inside(document, (), dict(where), 0) if len(where) > FEW else document


def _group_inside(document: Document, path: tuple[str, ...], where: dict[str, str], depth: int) -> Document:
    here = body_at(document, path)
    names = {node.id: where[node.id] for node in here.nodes if node.id in where}
    while names and depth < DEEP:
        parts: dict[str, list[str]] = {}
        for name, called in names.items():
            first, dot, _ = called.partition(".")
            parts.setdefault(first if dot else "", []).append(name)
        if len(parts) > 1 or "" in parts:
            break
        # One part holds everything: it is not worth a group.
        names = {name: called.partition(".")[2] for name, called in names.items()}
    else:
        return document
    for part, members in parts.items():
        if not part or len(members) < 2:
            continue
        try:
            document, group = _made(document, path, members, part)
        except EditError:
            # More than one value goes in or out of it.
            continue
        inner = {name: names[name].partition(".")[2] for name in members}
        document = _group_inside(document, (*path, group), {**where, **inner}, depth + 1)
    return document


def _made(document: Document, path: tuple[str, ...], members: list[str], name: str) -> tuple[Document, str]:
    """Put nodes into a group; returns its id."""
    before = {node.id for node in body_at(document, path).nodes}
    document = Inside(path, MakeGroup(tuple(members), name)).apply(document, CATALOG)
    return document, next(node.id for node in body_at(document, path).nodes if node.id not in before)


def _placed(document: Document) -> Document:
    """Give every card a place, in every group."""
    places = tidy(document, {}, VIEW)
    nodes = tuple(
        replace(node, position=places[node.id], body=_placed(node.body) if node.body is not None else None)
        for node in document.nodes
    )
    return replace(document, nodes=nodes)


# -- weights --------------------------------------------------------------------------------------


def _tensors(draft: Draft, lowered: Lowered) -> dict[str, np.ndarray]:
    """The weights that were brought, as a file of start values calls them.

    Raises:
        ImportRefused: one has another shape than the layer takes.
    """
    import numpy as np

    assert lowered.program is not None
    given = {node.id: node.tensors for node in draft.nodes}
    found: dict[str, np.ndarray] = {}
    for start in lowered.program.starts:
        there = given.get(start.node.rpartition("/")[2], {})
        name = start.stream if start.stream in there else start.name
        if name not in there:
            continue
        array = np.asarray(there[name])
        if array.shape != start.shape:
            raise ImportRefused("import.shape", name=start.parameter, given=str(array.shape), wanted=str(start.shape))
        found[key_of(start.node, start.stream)] = array
    for node, tensors in given.items():
        for name in ("running_mean", "running_var", "num_batches_tracked"):
            if name in tensors:
                found[key_of(node, name)] = np.asarray(tensors[name])
    return found


def _beginning(document: Document, tensors: Mapping[str, np.ndarray]) -> tuple[Document, Parts]:
    """Let training begin with the weights, and carry them in the project."""
    import torch

    from nnstudio.engine.experiment import make_model

    place, mark, content = kept_weights(tensors)
    document = replace(document, training=Params({**document.training, "start_file": str(place), "start_mark": mark}))
    program = lower(document).program
    assert program is not None
    model, _ = make_model(program, program.seed, torch.device("cpu"))
    weights = {name: tensor.detach().numpy() for name, tensor in model.state_dict().items()}
    carried = {f"{mark}{place.suffix}": content} if len(content) <= MAX_START else {}
    return document, Parts(weights=weights, data=carried)


def _contiguous(array: np.ndarray) -> np.ndarray:
    import numpy as np

    return np.ascontiguousarray(array).reshape(array.shape)


def kept_weights(tensors: Mapping[str, np.ndarray]) -> tuple[Path, str, bytes]:
    """Write weights where copies of opened projects lie; returns the place, what tells the file from another, and what
    it holds.

    Raises:
        ImportRefused: there is no room for it.
    """
    from safetensors.numpy import save

    content = save({name: _contiguous(tensor) for name, tensor in tensors.items()})
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".safetensors", delete=False) as file:
            file.write(content)
        mark = fingerprint(Path(file.name))
        place = folder / f"{mark}.safetensors"
        Path(file.name).replace(place)
    except OSError as error:
        raise ImportRefused("import.no_room", detail=error.strerror or str(error)) from None
    return place, mark, content


def differences(given: Any, ours: Any) -> float:
    """The greatest difference between two results, relative to the greatest number among them or 1."""
    import numpy as np

    given, ours = np.asarray(given, dtype=np.float64), np.asarray(ours, dtype=np.float64)
    if given.shape != ours.shape:
        return float("inf")
    return float(np.abs(given - ours).max(initial=0.0) / max(1.0, np.abs(given).max(initial=0.0)))
