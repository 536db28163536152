"""Every shipped project and every entry of the catalogue goes through every command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nnstudio.catalog.registry import CATALOG, family
from nnstudio.catalog.tables import table_of
from nnstudio.cli import main
from nnstudio.compile.lower import lower
from nnstudio.document import storage
from nnstudio.document.edits import SetTraining
from nnstudio.document.fields import complete
from nnstudio.document.values import Choice, Document
from nnstudio.session.examples import example_names, example_path
from nnstudio.session.suggest import suggested
from tests.catalog.test_contract import LAYERS, document_with, forms_of
from tests.helpers import chain, choice, network


def say(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    code = main([*map(str, words), "--json"])
    said = capsys.readouterr()
    assert code == 0, said.err
    return json.loads(said.out)


def through_all(document: Document, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """check, train, trace, export and predict; what trace says is counted against the program."""
    path = folder / "project.nns"
    storage.save(path, SetTraining(("epochs",), 1).apply(document, CATALOG))
    lowered = lower(storage.load(path)[0])
    assert lowered.program is not None, [p.what.render() for p in lowered.problems]
    program = lowered.program
    assert say(capsys, "check", path)["parameters"] == lowered.total
    assert say(capsys, "train", path, "--out", folder / "run", "--device", "cpu")["updates"] > 0
    traced = say(capsys, "trace", path, "--sample", 0)
    said = [name for node in traced["update"].values() for name in node]
    assert len(said) == len(program.starts)
    assert {
        name for node in traced["backward"].values() for step in node.values() for name in step.get("parameters", ())
    } == {start.parameter for start in program.starts if start.parameter not in program.frozen}
    # Of a graph's Program the picks of rows belong to no node.
    assert set(traced["forward"]) == {step.node for step in program.model.steps if step.node}
    assert say(capsys, "export", path, "--weights", folder / "run", "--out", folder / "out")["script"]
    if not program.data.graph:
        assert say(capsys, "predict", path, "--weights", folder / "run")["answers"]


@pytest.mark.parametrize("name", example_names())
def test_every_example(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = storage.load(example_path(name))[0]
    through_all(document, tmp_path, capsys)


# Data that each suggestion is made for.
SUITED = {
    "features-classes": choice("iris"),
    "features-values": choice("diabetes"),
    "images-classes": choice("digits", form="images"),
    "sequences-classes": choice("parity", points=60),
    "sequences-values": choice("forecast", points=60),
    "tokens-classes": choice("sequence_memory", points=60),
}


@pytest.mark.parametrize("name", sorted(SUITED))
def test_every_suggestion(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entry = family("datasets")[SUITED[name].kind]
    data = Choice(entry.id, complete(entry.fields, SUITED[name].params, CATALOG))
    table_of(data)
    found = suggested(network(("data", "data", {"dataset": data})))
    assert found is not None
    through_all(found, tmp_path, capsys)


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    through_all(document_with(kind, form=forms_of(kind)[0]), tmp_path, capsys)


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize(
    "params",
    [{"outputs": "all"}, {"layers": 2, "bidirectional": True}, {"outputs": "all", "bidirectional": True}],
    ids=["all", "deep both ways", "all both ways"],
)
def test_recurrent_layers_with_other_outputs(
    kind: str, params: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    through_all(document_with(kind, params, forms_of(kind)[0]), tmp_path, capsys)


def small(**more: Any) -> Document:
    return chain(
        ("linear", "h", {"units": 3, **more.pop("layer", {})}),
        ("linear", "o", {"units": 3}),
        data=more.pop("data", choice("iris")),
        loss=more.pop("loss", choice("cross_entropy")),
        **more,
    )


CHOICES = [
    *((f"activation {kind}", small(layer={"activation": Choice(kind)})) for kind in family("activations")),
    *(
        (f"initializer {kind}", small(layer={"weight_initializer": Choice(kind)}))
        for kind in family("initializers")
        if kind != "explicit"
    ),
    *((f"optimizer {kind}", small(optimizer=Choice(kind))) for kind in family("optimizers")),
    *((f"schedule {kind}", small(optimizer_params={"schedule": Choice(kind)})) for kind in family("schedules")),
]


@pytest.mark.parametrize(("name", "document"), CHOICES, ids=[name for name, _ in CHOICES])
def test_every_choice(name: str, document: Document, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    through_all(document, tmp_path, capsys)
