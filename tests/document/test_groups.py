"""Groups: laid flat, edited inside, made and dissolved; copies have weights of their own."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.catalog.registry import CATALOG
from nnstudio.compile.lower import lower
from nnstudio.compile.sizes import shape_text
from nnstudio.document.clips import Paste
from nnstudio.document.edits import AddNode, Connect, Disconnect, MoveNodes, RemoveNodes, SetParam
from nnstudio.document.errors import EditError
from nnstudio.document.groups import MAX_DEPTH, AddGroup, Inside, MakeGroup, Ungroup, body_at, empty_body, flatten
from nnstudio.document.storage import dumps, loads
from nnstudio.document.values import COMMENT, Document, Wire
from nnstudio.engine.trainer import Trainer
from nnstudio.session.export import check_source, source_of, start_weights
from tests.helpers import chain, choice, finish, keys, network, sound


def plain() -> Document:
    return chain(
        ("linear", "a", {"units": 6}),
        ("linear", "h", {"units": 6, "activation": choice("relu")}),
        ("linear", "o", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
        epochs=2,
        batch_size=40,
    )


def grouped() -> Document:
    return MakeGroup(("a", "h"), "block").apply(plain(), CATALOG)


def test_grouping_changes_nothing_that_is_computed() -> None:
    document = grouped()
    assert [n.id for n in document.nodes] == ["data", "o", "loss", "optimizer", "group1"]
    program, before = sound(document), sound(plain())
    assert [(s.target, s.make) for s in program.model.steps] == [(s.target, s.make) for s in before.model.steps]
    lowered = lower(document)
    assert lowered.parameters["group1"] == 30 + 42 and lowered.total == lower(plain()).total
    assert shape_text(lowered.shapes["group1"]["y"]) == "N × 6"


def test_a_grouped_network_trains_exports_and_is_stored() -> None:
    document = grouped()
    program = sound(document)
    end, _ = finish(Trainer(program, device="cpu"))
    check_source(program, source_of(program).text, end.weights)
    assert loads(dumps(document))[0] == document


def test_ungrouping_gives_the_network_back() -> None:
    document = Ungroup("group1").apply(grouped(), CATALOG)
    assert {n.id for n in document.nodes} == {n.id for n in plain().nodes}
    assert set(document.wires) == set(plain().wires)


def test_a_copy_has_weights_of_its_own() -> None:
    document = grouped()
    wire = next(w for w in document.wires if w.source == "group1")
    document = Disconnect(wire).apply(document, CATALOG)
    body = Inside(("group1",), SetParam("a", ("units",), 4)).apply(document, CATALOG).by_id["group1"].body
    assert body is not None
    document = AddGroup("group2", body, "again").apply(document, CATALOG)
    for new in (Wire("group1", "y", "group2", "x"), Wire("group2", "y", "o", "x")):
        document = Connect(new).apply(document, CATALOG)
    weights = start_weights(sound(document))
    assert weights["block_h.weight"].shape == (6, 6) and weights["again_h.weight"].shape == (6, 4)
    same = AddGroup("group3", document.by_id["group1"].body or Document()).apply(document, CATALOG)
    assert same.by_id["group3"].body == same.by_id["group1"].body
    assert not np.array_equal(weights["block_h.weight"][:, :4], weights["again_h.weight"])


def test_edits_inside_reach_the_program_and_are_undone_as_one() -> None:
    document = Inside(("group1",), SetParam("h", ("units",), 9)).apply(grouped(), CATALOG)
    assert lower(document).shapes["group1/h"]["y"] == (2, 9)
    assert body_at(document, ("group1",)).by_id["h"].params["units"] == 9
    with pytest.raises(EditError):
        Inside(("nowhere",), RemoveNodes(("h",))).apply(document, CATALOG)


def test_groups_within_groups() -> None:
    document = grouped()
    document = Inside(("group1",), MakeGroup(("h",), "inner")).apply(document, CATALOG)
    flat = flatten(document)
    assert {"group1/a", "group1/group1/h"} <= {n.id for n in flat.nodes}
    assert [s.make for s in sound(document).model.steps] == [s.make for s in sound(plain()).model.steps]


def test_an_empty_group_passes_its_input_through() -> None:
    document = plain()
    document = AddGroup("g", empty_body()).apply(document, CATALOG)
    wire = next(w for w in document.wires if w.target == "o")
    document = Disconnect(wire).apply(document, CATALOG)
    document = Connect(Wire("h", "y", "g", "x")).apply(document, CATALOG)
    document = Connect(Wire("g", "y", "o", "x")).apply(document, CATALOG)
    assert [s.make for s in sound(document).model.steps] == [s.make for s in sound(plain()).model.steps]


def test_a_group_with_nothing_wired_inside_says_so() -> None:
    document = AddGroup("g", Document()).apply(plain(), CATALOG)
    assert "group.no_output" in keys(lower(document)) and lower(document).program is not None


def test_a_mend_reaches_into_the_group() -> None:
    document = chain(
        ("flatten", "f", {}),
        ("linear", "h", {"units": 5}),
        ("linear", "o", {"units": 10}),
        data=choice("digits", form="images"),
        loss=choice("cross_entropy"),
    )
    document = MakeGroup(("f", "h")).apply(document, CATALOG)
    document = Inside(("group1",), RemoveNodes(("f",))).apply(document, CATALOG)
    document = Inside(("group1",), Connect(Wire("input1", "y", "h", "x"))).apply(document, CATALOG)
    problem = next(p for p in lower(document).errors if p.node == "group1/h")
    # What stands in front lies outside the group, so there is nothing to insert into; the sentence remains.
    assert problem.mend is None
    wide = Inside(("group1",), AddNode("identity_layer", "i")).apply(document, CATALOG)
    body = wide.by_id["group1"].body
    assert body is not None
    wide = Inside(("group1",), Disconnect(body.wires_into["h"][0])).apply(wide, CATALOG)
    for wire in (Wire("input1", "y", "i", "x"), Wire("i", "y", "h", "x")):
        wide = Inside(("group1",), Connect(wire)).apply(wide, CATALOG)
    problem = next(p for p in lower(wide).errors if p.node == "group1/h")
    assert problem.mend is not None
    assert lower(problem.mend.apply(wide, CATALOG)).program is not None


def test_a_body_on_an_unknown_kind_is_kept_and_not_looked_into() -> None:
    from dataclasses import replace

    document = plain()
    odd = replace(document.by_id["h"], id="odd", kind="capsule", body=grouped())
    document = replace(document, nodes=(*document.nodes, odd))
    assert loads(dumps(document))[0] == document
    lowered = lower(document)
    assert "node.unknown_kind" in keys(lowered) and lowered.program is not None


def test_groups_cannot_lie_too_deep() -> None:
    document, path = grouped(), ("group1",)
    with pytest.raises(EditError) as caught:
        for _ in range(30):
            document = Inside(path, MakeGroup(("a", "h"))).apply(document, CATALOG)
            path = (*path, "group1")
    assert caught.value.message.key == "group.deep" and len(path) == MAX_DEPTH == 16
    assert loads(dumps(document))[0] == document and lower(document).program is not None


def test_a_group_stands_where_its_nodes_stood_and_its_ends_beside_them() -> None:
    document = MoveNodes((("a", (100.0, 10.0)), ("h", (300.0, 50.0)))).apply(plain(), CATALOG)
    document = MakeGroup(("a", "h")).apply(document, CATALOG)
    group = document.by_id["group1"]
    assert group.position == (200.0, 30.0) and group.body is not None
    places = {node.id: node.position for node in group.body.nodes}
    assert places == {"a": (100.0, 10.0), "h": (300.0, 50.0), "input1": (-120.0, 30.0), "output1": (520.0, 30.0)}
    ends = {node.id: node.position for node in empty_body().nodes}
    assert ends == {"input": (-160.0, 0.0), "output": (320.0, 0.0)}
    assert AddGroup("g", empty_body()).apply(document, CATALOG).by_id["g"].position == (0.0, 0.0)


def test_laid_flat_every_wire_has_both_its_ends() -> None:
    inner = MakeGroup(("h", "o")).apply(plain(), CATALOG)
    for document in (grouped(), inner, MakeGroup(("a", "group1")).apply(inner, CATALOG)):
        flat = flatten(document)
        assert all(wire.source in flat.by_id and wire.target in flat.by_id for wire in flat.wires)
        assert len(flat.wires) == len(plain().wires) and not any("put" in node.id for node in flat.nodes)


def test_a_wire_from_nowhere_is_no_wire_of_the_flat_network() -> None:
    document = grouped()
    torn = Document(
        nodes=document.nodes, wires=(*document.wires, Wire("ghost", "y", "o", "x"), Wire("o", "y", "gone", "x"))
    )
    assert set(flatten(torn).wires) == set(flatten(document).wires)


def test_what_is_pasted_moves_by_as_much_as_was_wanted() -> None:
    clip = Document(nodes=(plain().by_id["a"], plain().by_id["h"]))
    document = Paste(clip, by=(30.0, 70.0)).apply(plain(), CATALOG)
    new = [node for node in document.nodes if node.id not in plain().by_id]
    assert [node.position for node in new] == [(x + 30.0, y + 70.0) for x, y in (n.position for n in clip.nodes)]


def test_remarks_are_pasted_into_a_group_and_what_looks_after_the_whole_is_not() -> None:
    clip = AddNode(COMMENT, "remark").apply(Document(nodes=plain().nodes), CATALOG)
    names = Paste(clip, inside=True).names(grouped().by_id["group1"].body or Document(), CATALOG)
    assert "remark" in names and "o" in names
    assert not {"data", "optimizer"} & set(names)


@pytest.mark.parametrize("chosen", [("data", "a"), ("a", "loss"), ("optimizer",)])
def test_what_cannot_be_grouped_is_refused(chosen: tuple[str, ...]) -> None:
    with pytest.raises(EditError):
        MakeGroup(chosen).apply(plain(), CATALOG)


def test_a_group_in_a_group_keeps_its_wires_when_the_outer_one_goes() -> None:
    document = chain(
        ("linear", "one", {"units": 4}),
        ("linear", "two", {"units": 4}),
        ("linear", "out", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
    )
    inner = MakeGroup(("two",), "a").apply(document, CATALOG)
    both = MakeGroup(("one", "group1"), "b").apply(inner, CATALOG)
    assert set(Ungroup(both.nodes[-1].id).apply(both, CATALOG).wires) == set(inner.wires)


def test_the_order_of_inputs_outlives_grouping_and_ungrouping() -> None:
    """A concatenation of what comes from inside and outside: in another order it would be another network."""
    document = network(
        ("data", "data", {"dataset": choice("iris")}),
        ("linear", "a", {"units": 2}),
        ("linear", "b", {"units": 3}),
        ("linear", "c", {"units": 4}),
        ("concat", "all", {}),
        ("linear", "out", {"units": 3}),
        ("loss", "loss", {"loss": choice("cross_entropy")}),
        ("optimizer", "optimizer", {}),
        wires=(
            *(("data", "x", name, "x") for name in "abc"),
            *((name, "y", "all", "x") for name in "cab"),
            ("all", "y", "out", "x"),
            ("out", "y", "loss", "prediction"),
        ),
    )

    def order(other: Document) -> list[str]:
        flat = flatten(other)
        target = next(node.id for node in flat.nodes if node.id.endswith("all"))
        return [wire.source.rpartition("/")[2] for wire in flat.wires_into[target]]

    assert order(document) == ["c", "a", "b"]
    for chosen in (("a",), ("c", "all"), ("a", "all"), ("all", "out"), ("c", "a", "b", "all")):
        try:
            grouped = MakeGroup(chosen, "g").apply(document, CATALOG)
        except EditError:
            # More than one value would go in.
            assert chosen in (("c", "all"), ("a", "all"), ("all", "out"))
            continue
        assert order(grouped) == ["c", "a", "b"], chosen
        again = Ungroup(next(n.id for n in grouped.nodes if n.body is not None)).apply(grouped, CATALOG)
        assert order(again) == ["c", "a", "b"], chosen
