"""A table with numbers, pictures, texts and an embedded category: read, learnt, stepped, exported and asked."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from nnstudio.catalog.entry import Table
from nnstudio.catalog.registry import CATALOG, family
from nnstudio.catalog.shown import for_the_eye
from nnstudio.catalog.sources.files import LOADING
from nnstudio.catalog.sources.sides import cut_of, size_of
from nnstudio.catalog.sources.tokenizing import MARKS, STRANGE
from nnstudio.catalog.tables import table_of
from nnstudio.compile.analysis import analyse
from nnstudio.compile.lower import lower
from nnstudio.document.edits import AddNode
from nnstudio.document.errors import StudioError, TrainError
from nnstudio.document.fields import complete
from nnstudio.document.values import Choice, Document, Params
from nnstudio.engine.check import check
from nnstudio.engine.experiment import load_parts, make_experiment, make_model
from nnstudio.engine.fitted import fitted
from nnstudio.engine.fitted_plain import from_plain, to_plain
from nnstudio.engine.predict import predict
from nnstudio.engine.record import record
from nnstudio.engine.trainer import Trainer
from nnstudio.engine.unseen import unseen_in
from nnstudio.explain.cards import make_card
from nnstudio.session.export import export_python, source_of, start_weights
from nnstudio.session.predict import example_cells, read_samples, row_of
from nnstudio.session.suggest import suggested
from tests.commands import run_script
from tests.helpers import choice, finish, keys, network, sound

CPU = torch.device("cpu")
SIDE, LENGTH = 6, 4
CITIES = ("bonn", "oslo", "rome", "york")
WORDS = ("a bad thing", "poor work", "very good", "a fine one", "lovely work indeed it is")
TREATMENTS = (
    Params(name="words", kind="text", treat=f"words {LENGTH}"),
    Params(name="photo", treat=f"colour {SIDE}"),
    Params(name="city", treat="embed"),
)


def make_files(folder: Path, count: int = 60) -> Path:
    """Pictures of one of three colours, a number, words, a city; the label goes by all of them."""
    (folder / "img").mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(0)
    lines = ["photo,size,words,city,label"]
    for i in range(count):
        colour, good = int(draw.integers(3)), int(draw.integers(5))
        pixels = draw.integers(0, 50, (SIDE, SIDE, 3)).astype(np.uint8)
        pixels[..., colour] += 200
        Image.fromarray(pixels).save(folder / "img" / f"{i}.png")
        size, city = round(float(draw.normal()), 3), CITIES[int(draw.integers(4))]
        label = "yes" if (colour == 0) + (good > 1) + (size > 0) >= 2 else "no"
        lines.append(f"img/{i}.png,{size},{WORDS[good]},{city},{label}")
    file = folder / "t.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def source(file: Path, treatments: tuple[Params, ...] = TREATMENTS, **params: Any) -> Choice:
    fields = family("datasets")["table_file"].fields
    return Choice("table_file", complete(fields, Params(path=str(file), treatments=treatments, **params), CATALOG))


def joined(data: Choice, **training: Any) -> Document:
    return network(
        ("data", "data", {"dataset": data}),
        ("further_input", "photo", {"column": "photo"}),
        ("further_input", "text", {"column": "words"}),
        ("further_input", "city", {}),
        ("conv_2d", "conv", {"channels": 3, "kernel": 3}),
        ("flatten", "flat", {}),
        ("embedding", "words", {"width": 5}),
        ("masked_mean", "mean", {}),
        ("embedding", "cities", {"width": 2}),
        ("flatten", "row", {}),
        ("concat", "join", {}),
        ("linear", "out", {"units": 2, "activation": choice("identity")}),
        ("loss", "loss", {"loss": choice("cross_entropy")}),
        ("optimizer", "optimizer", {"optimizer": choice("adam", learning_rate=0.02)}),
        wires=(
            ("photo", "x", "conv", "x"),
            ("conv", "y", "flat", "x"),
            ("text", "x", "words", "x"),
            ("words", "y", "mean", "x"),
            ("text", "x", "mean", "tokens"),
            ("city", "x", "cities", "x"),
            ("cities", "y", "row", "x"),
            ("data", "x", "join", "x"),
            ("flat", "y", "join", "x"),
            ("mean", "y", "join", "x"),
            ("row", "y", "join", "x"),
            ("join", "y", "out", "x"),
            ("out", "y", "loss", "prediction"),
        ),
        **training,
    )


def part_of(table: Table, name: str) -> np.ndarray:
    side = next(side for side in table.sides if side.name == name)
    return table.x[:, side.start : side.start + side.size].reshape(-1, *side.shape)


def test_every_input_is_read_as_the_file_has_it(tmp_path: Path) -> None:
    file = make_files(tmp_path)
    rows = [line.split(",") for line in file.read_text(encoding="utf-8").splitlines()[1:]]
    table = table_of(source(file))
    assert [(side.name, side.shape, side.axes) for side in table.sides] == [
        ("photo", (3, SIDE, SIDE), "CHW"),
        ("words", (LENGTH,), "T"),
        ("city", (1,), "T"),
    ]
    np.testing.assert_array_equal(table.x[:, 0], [float(row[1]) for row in rows])
    photos = [np.asarray(Image.open(tmp_path / row[0])).transpose(2, 0, 1) / 127.5 - 1 for row in rows]
    np.testing.assert_allclose(part_of(table, "photo"), photos, atol=1e-12)
    np.testing.assert_array_equal(part_of(table, "city")[:, 0], [CITIES.index(row[3]) for row in rows])
    # The same word is the same token everywhere; what is too short is filled up in front, too long loses its begin.
    tokens: dict[str, set[int]] = {}
    for row, found in zip(rows, part_of(table, "words").astype(int), strict=True):
        words = row[2].split()[-LENGTH:]
        assert (found[: LENGTH - len(words)] == 0).all()
        for word, token in zip(words, found[LENGTH - len(words) :], strict=True):
            tokens.setdefault(word, set()).add(int(token))
    assert all(len(found) == 1 for found in tokens.values())
    assert len({token for found in tokens.values() for token in found}) == len(tokens)
    assert min(min(found) for found in tokens.values()) >= len(MARKS)
    # Texts that lose their beginning are counted.
    long = sum(len(row[2].split()) > LENGTH for row in rows)
    assert [note.args["count"] for note in table.notes if note.key == "text.cut_off"] == [long] and long
    assert table.scales[0] == "" and set(table.scales[1:]) == {"none"} and len(table.scales) == table.x.shape[1]


def test_the_network_learns_and_every_gradient_is_right(tmp_path: Path) -> None:
    document = joined(source(make_files(tmp_path)), epochs=40, batch_size=16)
    program = sound(document)
    assert program.model.inputs == ("x",)
    ended, _ = finish(Trainer(program))
    assert ended.report is not None and ended.report["final"]["train_loss"] < 0.2
    data, _ = load_parts(program, CPU)
    model, _ = make_model(program, 1, CPU)
    trace = record(program, model.state_dict(), *data.batch([0, 1, 2]), data.rows[:3], seed=0)
    for path in ("words.weight", "cities.weight", "conv.weight", "out.weight"):
        steepest = int(np.abs(trace.parameters[path].gradient).argmax())
        found = check(program, trace, path, steepest)
        assert found.fine or found.kink, (path, found)
    for moment in trace.moments:
        make_card(trace, moment)
    # The scaled number is not what goes on as a token, and the picture is as it was read.
    table = table_of(program.data.dataset)
    np.testing.assert_allclose(trace.values["photo"], part_of(table, "photo")[list(data.rows[:3])], atol=1e-6)
    np.testing.assert_array_equal(trace.values["text"], part_of(table, "words")[list(data.rows[:3])])
    rows = {row.node: row for row in analyse(lower(document)).rows}
    assert rows["words"].multiply_adds is not None or rows["words"].parameters == 5 * (len(MARKS) + 13)


def test_script_and_run_are_one_and_new_rows_are_answered_alike(tmp_path: Path) -> None:
    """With the training files gone, columns shuffled, one more, strange words, a missing picture."""
    home, new, out = tmp_path / "home", tmp_path / "new", tmp_path / "out"
    program = sound(joined(source(make_files(home)), epochs=2))
    known = fitted(program)
    ended, _ = finish(Trainer(program))
    written = export_python(program, out, ended.weights, threads=1, known=known)
    told = run_script(
        [sys.executable, str(out / "train.py"), "--json", "--save", str(tmp_path / "w.safetensors")],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert told.returncode == 0, told.stderr
    from safetensors.numpy import load_file

    for key, value in load_file(tmp_path / "w.safetensors").items():
        np.testing.assert_array_equal(value, ended.weights[key])
    assert {file.name for file in written} >= {"train.py", "predict.py", "pipeline.json"}
    shutil.rmtree(home)
    file = make_files(new, 12)
    lines = [line.split(",") for line in file.read_text(encoding="utf-8").splitlines()]
    lines[3][3] = "paris"
    lines[5][0] = "img/none.png"
    lines[7][2] = "a strange thing"
    (new / "img" / "8.png").write_bytes(b"no picture")
    file.write_text(
        "\n".join(",".join([row[3], "x", row[2], row[0], row[1]]) for row in lines) + "\n", encoding="utf-8"
    )
    notes: list[Any] = []
    x, names = read_samples(known, file, said=notes.append)
    assert names == tuple(str(n) for n in range(1, 13) if n not in (3, 5, 9))
    assert "3 of 12" in notes[0].render()
    side = next(side for side in table_sides(known) if side.name == "words")
    assert (x[4, side.start : side.start + side.size] == STRANGE).sum() == 1
    ours = predict(program, ended.weights, x, known).numbers
    told = run_script(
        [sys.executable, str(out / "predict.py"), str(file)], capture_output=True, text=True, timeout=300, cwd=tmp_path
    )
    assert told.returncode == 0, told.stderr
    rows = [line.split(",") for line in told.stdout.splitlines()[1:]]
    assert [row[0] for row in rows] == list(names) and "3 of 12 rows have no answer" in told.stderr
    np.testing.assert_allclose([[float(v) for v in row[2:]] for row in rows], ours, atol=1e-6)
    plain = json.loads(json.dumps(to_plain(known)))
    again = from_plain(plain)
    assert again is not None and again.columns == known.columns
    np.testing.assert_array_equal(predict(program, ended.weights, x, again).numbers, ours)
    # Typed as the form has them, from the name of a picture on.
    cells = {"photo": str(new / "img" / "1.png"), "size": "0,5", "words": "very good", "city": "rome"}
    row = row_of(known, [cells[column.name] for column in known.columns])
    assert row.shape == (1, known.shape[0]) and np.isfinite(row).all()
    assert len(example_cells(known)) == len(known.columns)


def table_sides(known: Any) -> Any:
    return known.table().sides


def test_pictures_that_are_not_there_are_counted_and_none_at_all_is_said(tmp_path: Path) -> None:
    file = make_files(tmp_path, 40)
    (tmp_path / "img" / "3.png").unlink()
    (tmp_path / "img" / "4.png").write_bytes(b"\x89PNG no")
    table = table_of(source(file))
    assert len(table.x) == 38 and len(table.y) == 38
    said = " ".join(note.render() for note in table.notes)
    assert "2 of 40 rows" in said and "the picture that photo names is not there" in said and "4.png" in said
    other = tmp_path / "elsewhere" / "t.csv"
    other.parent.mkdir()
    other.write_bytes(file.read_bytes())
    table = table_of(source(other, treatments=TREATMENTS[2:]))
    assert [side.name for side in table.sides] == ["city"] and len(table.x) == 40
    assert any(note.key == "data.pictures_elsewhere" for note in table.notes)


def test_a_table_of_pictures_alone_goes_in_by_the_data_node(tmp_path: Path) -> None:
    file = make_files(tmp_path)
    data = source(file, (Params(name="photo", treat="grey 5"),), columns=("photo",))
    document = network(
        ("data", "data", {"dataset": data}),
        ("conv_2d", "conv", {"channels": 2, "kernel": 3}),
        ("flatten", "flat", {}),
        ("linear", "out", {"units": 2}),
        ("loss", "loss", {"loss": choice("cross_entropy")}),
        ("optimizer", "optimizer", {}),
        wires=(
            ("data", "x", "conv", "x"),
            ("conv", "y", "flat", "x"),
            ("flat", "y", "out", "x"),
            ("out", "y", "loss", "prediction"),
        ),
        epochs=1,
    )
    lowered = lower(document)
    assert lowered.program is not None and lowered.shapes["data"]["x"] == (2, 1, 5, 5)
    assert lowered.axes["data"] == "CHW" and not lowered.problems
    finish(Trainer(lowered.program))
    ended = start_weights(lowered.program)
    assert predict(lowered.program, ended, None).numbers.shape == (60, 2)


def test_what_is_wrong_with_inputs_is_said_and_mended(tmp_path: Path) -> None:
    data = source(make_files(tmp_path))
    alone = network(
        ("data", "data", {"dataset": data}),
        ("linear", "out", {"units": 2}),
        ("loss", "loss", {"loss": choice("cross_entropy")}),
        ("optimizer", "optimizer", {}),
        wires=(("data", "x", "out", "x"), ("out", "y", "loss", "prediction")),
    )
    lowered = lower(alone)
    assert lowered.program is not None and lowered.shapes["data"]["x"] == (2, 1)
    unused = [problem for problem in lowered.problems if problem.what.key == "input.unused.what"]
    assert [problem.what.args["column"] for problem in unused] == ["photo", "words", "city"]
    for problem in unused:
        assert problem.mend is not None
        alone = problem.mend.apply(alone, CATALOG)
    assert "input.unused" not in keys(lower(alone))
    for column, key in (("size", "input.unknown"), ("", "input.left")):
        more = network(
            ("data", "data", {"dataset": data}),
            *(("further_input", f"i{n}", {"column": name}) for n, name in enumerate(("photo", "words", "city"))),
            ("further_input", "wrong", {"column": column}),
        )
        assert key in keys(lower(more))
    none = network(("data", "data", {"dataset": choice("iris")}), ("further_input", "i", {}))
    assert "input.none" in keys(lower(none))
    # The order in which nodes were made does not matter.
    document = joined(data)
    turned = dataclasses.replace(document, nodes=tuple(reversed(document.nodes)))
    assert sound(turned).parameters == sound(document).parameters


def test_a_text_does_not_fit_where_numbers_go(tmp_path: Path) -> None:
    document = network(
        ("data", "data", {"dataset": source(make_files(tmp_path))}),
        ("further_input", "text", {"column": "words"}),
        ("linear", "out", {"units": 2}),
        ("loss", "loss", {"loss": choice("cross_entropy")}),
        ("optimizer", "optimizer", {}),
        wires=(("text", "x", "out", "x"), ("out", "y", "loss", "prediction")),
    )
    assert "port.tokens" in keys(lower(document))


def test_an_embedded_category_of_validation_alone_is_found(tmp_path: Path) -> None:
    lines = ["city,size,part,label"] + [f"{CITIES[i % 3]},{i},training,{i % 2}" for i in range(30)]
    lines += [f"york,{i},validation,{i % 2}" for i in range(6)]
    file = tmp_path / "t.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    data = source(file, TREATMENTS[2:], part="part")
    document = network(
        ("data", "data", {"dataset": data, "split": "given"}),
        ("further_input", "city", {}),
        ("embedding", "cities", {}),
        ("flatten", "row", {}),
        ("concat", "join", {}),
        ("linear", "out", {"units": 2}),
        ("loss", "loss", {"loss": choice("cross_entropy")}),
        ("optimizer", "optimizer", {}),
        wires=(
            ("city", "x", "cities", "x"),
            ("cities", "y", "row", "x"),
            ("data", "x", "join", "x"),
            ("row", "y", "join", "x"),
            ("join", "y", "out", "x"),
            ("out", "y", "loss", "prediction"),
        ),
    )
    program = sound(document)
    assert unseen_in(program.data, table_of(data)) == ("city = york",)


def test_an_autoencoder_of_one_input_beside_the_others(tmp_path: Path) -> None:
    """The loss may compare with what an Input node gives: the picture alone, as it was read."""
    document = network(
        ("data", "data", {"dataset": source(make_files(tmp_path))}),
        ("further_input", "photo", {"column": "photo"}),
        ("flatten", "flat", {}),
        ("linear", "code", {"units": 4}),
        ("linear", "back", {"units": 3 * SIDE * SIDE, "activation": choice("identity")}),
        ("reshape", "picture", {"shape": (3.0, float(SIDE), float(SIDE))}),
        ("loss", "loss", {"loss": choice("mse")}),
        ("optimizer", "optimizer", {}),
        wires=(
            ("photo", "x", "flat", "x"),
            ("flat", "y", "code", "x"),
            ("code", "y", "back", "x"),
            ("back", "y", "picture", "x"),
            ("picture", "y", "loss", "prediction"),
            ("photo", "x", "loss", "target"),
        ),
    )
    program = sound(document)
    experiment = make_experiment(program)
    inputs, targets = experiment.data.batch(slice(0, 5))
    outputs = experiment.model(*inputs)
    found = experiment.criterion(*(outputs if isinstance(outputs, tuple) else (outputs,)), *targets)[0]
    photo = part_of(table_of(program.data.dataset), "photo")[list(experiment.data.rows[:5])]
    picture = outputs[program.answer.output].detach().numpy()
    assert found.item() == pytest.approx(float(((picture - photo) ** 2).mean()), rel=1e-5)
    source_of(program)


@pytest.mark.parametrize(
    "treat, wanted",
    [("words 12", ("words", 12)), ("pairs", ("pairs", 32)), ("", ("", 0)), ("characters x", ("characters", 32))],
)
def test_how_a_text_goes_in_is_read(treat: str, wanted: tuple[str, int]) -> None:
    assert cut_of(treat) == wanted


def test_sizes_of_pictures_have_bounds() -> None:
    assert (
        size_of("grey 9000") == ("grey", 256) and size_of("") == ("colour", 32) and size_of("colour 0") == ("colour", 1)
    )


def test_a_strangers_pipeline_is_read_strictly(tmp_path: Path) -> None:
    plain = to_plain(fitted(sound(joined(source(make_files(tmp_path))))))
    for change in ({"width": 10_000}, {"form": "x"}, {"categories": ["a"]}, {"width": -1}):
        wrong = json.loads(json.dumps(plain))
        place = next(n for n, column in enumerate(wrong["columns"]) if column.get("kind") == "picture")
        wrong["columns"][place] |= change
        assert from_plain(wrong) is None


def test_too_many_numbers_are_refused_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nnstudio.catalog.sources import taking

    monkeypatch.setattr(taking, "MAX_NUMBERS", 1000)
    with pytest.raises(StudioError, match="Take smaller pictures"):
        table_of(source(make_files(tmp_path)))


@pytest.mark.parametrize("columns", [(), ("photo",), ("words",), ("city",), ("photo", "words"), ("size", "city")])
def test_a_network_is_suggested_for_every_mixture(columns: tuple[str, ...], tmp_path: Path) -> None:
    data = source(make_files(tmp_path), columns=columns)
    table = table_of(data)
    document = AddNode("data", "mine", params=Params(dataset=data)).apply(Document("own"), CATALOG)
    found = suggested(document)
    assert found is not None
    lowered = lower(found)
    found_wrong = [problem.what.render() for problem in lowered.problems if problem.severity != "note"]
    assert lowered.program is not None and not found_wrong
    inputs = [node for node in found.nodes if node.kind == "further_input"]
    assert len(inputs) == len(table.sides) - (table.sides[0].start == 0)
    assert len({node.position for node in found.nodes}) == len(found.nodes)
    training = finish(Trainer(dataclasses.replace(lowered.program, epochs=3)))[0]
    assert training.report is not None and np.isfinite(training.report["final"]["train_loss"])


def test_what_stands_for_a_sample_to_the_eye(tmp_path: Path) -> None:
    table = table_of(source(make_files(tmp_path)))
    numbers, face = for_the_eye(table), for_the_eye(table, face=True)
    assert numbers.columns == ("size",) and numbers.x.shape == (60, 1)
    np.testing.assert_array_equal(face.x, part_of(table, "photo"))
    assert face.axes == "CHW"
    words = for_the_eye(table_of(source(make_files(tmp_path), columns=("words",))))
    assert words.tokens == len(words.vocabulary) and words.x.dtype.kind == "i"
    said = {words.vocabulary[token] for token in words.x[0] if token >= len(MARKS)}
    first = (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[2]
    assert said == set(first.split()[-LENGTH:])
    iris = table_of(Choice("iris", complete(family("datasets")["iris"].fields, Params(), CATALOG)))
    assert for_the_eye(iris) is iris


def test_names_written_under_windows_blanks_and_whole_paths_lead_to_pictures(tmp_path: Path) -> None:
    file = make_files(tmp_path, 6)
    lines = file.read_text(encoding="utf-8").splitlines()
    lines[1] = lines[1].replace("img/0.png", "img\\0.png")
    lines[2] = lines[2].replace("img/1.png", " img/1.png ")
    lines[3] = lines[3].replace("img/2.png", str(tmp_path / "img" / "2.png"))
    other = tmp_path / "other.csv"
    other.write_text("\n".join(lines) + "\n", encoding="utf-8")
    np.testing.assert_array_equal(part_of(table_of(source(other)), "photo"), part_of(table_of(source(file)), "photo"))


def test_an_embedding_takes_many_categories(tmp_path: Path) -> None:
    lines = ["street,size,label", *(f"street {n % 120},{n},{n % 2}" for n in range(360))]
    file = tmp_path / "t.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    table = table_of(source(file, (Params(name="street", kind="category", treat="embed"),)))
    assert table.sides[0].tokens == 120 and table.x[:, table.sides[0].start].max() == 119


def test_reading_pictures_of_a_table_tells_how_far_it_is_and_can_be_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[float] = []

    def advance(share: float) -> None:
        told.append(share)
        if len(told) > 30:
            raise TrainError("data.cancelled")

    monkeypatch.setattr(LOADING, "advance", advance)
    with pytest.raises(StudioError) as found:
        table_of(source(make_files(tmp_path)))
    assert found.value.message.key == "data.cancelled" and 0 < told[-1] < 0.6
