"""The command line, in processes of its own; Qt is made impossible to import there."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.commands import command

ROOT = Path(__file__).resolve().parent.parent


def run(*words: object, cwd: Path | None = None, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = command(*map(str, words), cwd=cwd)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def run_json(*words: object, cwd: Path | None = None, code: int = 0) -> Any:
    return json.loads(run(*words, "--json", cwd=cwd, code=code).stdout)


def example(name: str) -> Path:
    return ROOT / "resources" / "examples" / f"{name}.nns"


def test_new_lists_and_copies(tmp_path: Path) -> None:
    assert run("new").stdout.split()[:4] == ["xor", "rings", "iris", "backprop-2-2-2"]
    run("new", "xor", cwd=tmp_path)
    assert (tmp_path / "xor.nns").read_bytes() == example("xor").read_bytes()
    assert "exists" in run("new", "xor", cwd=tmp_path, code=1).stderr
    run("new", "iris", "mine.nns", cwd=tmp_path)
    assert (tmp_path / "mine.nns").exists()
    assert "xor" in run("new", "nothing", code=1).stderr


def test_check_gives_nodes_shapes_and_counts() -> None:
    found = run_json("check", example("iris"))
    h1 = next(node for node in found["nodes"] if node["id"] == "h1")
    assert (
        h1.items()
        >= {
            "id": "h1",
            "kind": "linear",
            "output_shape": ["N", 64],
            "parameters": 320,
            "axes": "NF",
            "multiply_adds": 256,
        }.items()
    )
    assert found["totals"].items() >= {"parameters": 2691, "multiply_adds": 2400}.items()
    assert found["parameters"] == 2691 and found["problems"] == []
    assert "2,691" in run("check", example("iris")).stdout


def test_check_names_problems(tmp_path: Path) -> None:
    whole = json.loads(example("xor").read_text(encoding="utf-8"))
    whole["document"]["nodes"][2]["params"]["units"] = 7
    path = tmp_path / "bad.nns"
    path.write_text(json.dumps(whole), encoding="utf-8")
    problems = run_json("check", path, code=1)["problems"]
    assert problems[0]["node"] == "loss" and all(problems[0][key] for key in ("what", "why", "remedy"))
    assert "N × 1" in run("train", path, code=1).stderr


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"PK\x03\x04 broken", b"\xff\xfe", b'{"format":"nnstudio","version":9,"document":{}}']
)
def test_unreadable_projects_are_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.nns"
    path.write_bytes(content)
    for words in (
        ("check", path),
        ("train", path),
        ("trace", path, "--sample", 0),
        ("export", path, "--out", tmp_path / "o"),
    ):
        assert len(run(*words, code=1).stderr.strip().splitlines()) == 1
    assert "error" in run_json("check", path, code=1)


def test_usage_errors_end_with_two() -> None:
    for words in (
        ("nonsense",),
        ("train",),
        ("train", example("xor"), "--epochs", 0),
        ("train", example("xor"), "--seed", -1),
        ("trace", example("xor")),
        ("export", example("xor")),
        ("trace", example("xor"), "--sample", "x"),
    ):
        run(*words, code=2)


def test_train_export_and_the_script_agree_to_the_last_bit(tmp_path: Path) -> None:
    for name in ("iris", "xor"):
        out, home = tmp_path / f"{name}-run", tmp_path / f"{name} 'home' 目录"
        # On as many threads: what each would measure for itself differs when the machine is busy.
        done = run("train", example(name), "--epochs", 4, "--seed", 2, "--threads", 1, "--out", out, "--json")
        result = json.loads(done.stdout)
        assert set(result) >= {"final", "history", "updates", "seconds", "samples_per_second", "device"}
        assert len(result["history"]) == 4 and "epoch" in done.stderr
        with (out / "log.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert [float(row["train_loss"]) for row in rows] == [record["train_loss"] for record in result["history"]]
        files = run_json("export", example(name), "--to", "python", "--out", home, "--weights", out, "--threads", 1)[
            "files"
        ]
        script = Path(files[0])
        text = script.read_text(encoding="utf-8")
        assert "nnstudio" not in text.replace("NN Studio", "") and "import nnstudio" not in text
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        block = (
            f"import sys; sys.modules['nnstudio'] = None; sys.argv[0] = {str(script)!r}; "
            f"import runpy; runpy.run_path({str(script)!r}, run_name='__main__')"
        )

        def script_json(
            *words: str, block: str = block, environment: dict[str, str] = environment, script: Path = script
        ) -> Any:
            done = subprocess.run(
                [sys.executable, "-c", block, *words, "--json"],
                cwd=script.parent,
                env=environment,
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=120,
            )
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout)

        theirs = script_json("--epochs", "4", "--seed", "2", "--device", "cpu")
        assert theirs["history"] == result["history"] and theirs["final"] == result["final"]
        assert script_json("--evaluate", "--device", "cpu")["final"] == result["final"]
        done = subprocess.run(
            [sys.executable, "-m", "ruff", "check", "--isolated", "--ignore", "E501", str(script)],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout


def test_xor_has_no_validation_part() -> None:
    result = run_json("train", example("xor"), "--epochs", 2)
    assert result["final"]["val_loss"] is None and result["history"][0]["val_accuracy"] is None


def test_the_trace_shows_the_worked_figures() -> None:
    found = run_json("trace", example("backprop-2-2-2"), "--sample", 0)
    assert round(found["forward"]["hidden"]["hidden"]["value"][0][0], 9) == 0.593269992
    assert round(found["update"]["output"]["weight"]["new"][0][0], 8) == 0.35891648
    only = run_json("trace", example("backprop-2-2-2"), "--sample", 0, "--phase", "update")
    assert "forward" not in only and only["update"] == found["update"]
    assert "samples 0 to 0" in run("trace", example("backprop-2-2-2"), "--sample", 5, code=1).stderr
    assert len(run_json("trace", example("iris"), "--sample", 3)["rows"]) == 16


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("x")
    assert "cannot be written" in run("train", example("xor"), "--epochs", 1, "--out", taken, code=1).stderr
    assert "cannot be written" in run("export", example("xor"), "--out", taken / "deep", code=1).stderr
    assert "cannot be written" in run("new", "xor", tmp_path / "none" / "x.nns", code=1).stderr


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    run("train", example("xor"), "--epochs", 1, "--out", tmp_path / "w")
    assert (
        "do not belong"
        in run("export", example("iris"), "--out", tmp_path / "o", "--weights", tmp_path / "w", code=1).stderr
    )
    assert (
        "no weights"
        in run("export", example("iris"), "--out", tmp_path / "o", "--weights", tmp_path / "empty", code=1).stderr
    )
    (tmp_path / "w" / "weights.safetensors").write_bytes(b"rubbish")
    run("export", example("xor"), "--out", tmp_path / "o", "--weights", tmp_path / "w", code=1)
    assert not (tmp_path / "o").exists()


def test_cuda_without_a_gpu_is_one_sentence() -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    done = run("train", example("xor"), "--epochs", 1, "--device", "cuda", "--json")
    assert "no CUDA GPU" in done.stderr and json.loads(done.stdout)["device"] == "cpu"


def test_every_door_leads_to_the_same_command() -> None:
    for words in (["-m", "nnstudio"], [str(ROOT / "main.py")]):
        done = subprocess.run([sys.executable, *words, "new"], cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert done.stdout.split()[0] == "xor"


def test_without_qt_the_window_says_what_is_missing() -> None:
    assert "PySide6" in run(code=1).stderr


def test_predict_applies_the_fitted_scaler_and_categories(tmp_path: Path) -> None:
    """New rows in another order of columns, against the exported network fed by hand."""
    from nnstudio.document import storage
    from tests.helpers import chain, choice

    rows = ["colour,size,kind"] + [
        f"{'red' if i % 3 else 'blue'},{10 * i},{'big' if i > 25 else 'small'}" for i in range(50)
    ]
    (tmp_path / "t.csv").write_text("\n".join(rows), encoding="utf-8")
    document = chain(
        ("linear", "h", {"units": 6, "activation": choice("tanh")}),
        ("linear", "o", {"units": 2}),
        data=choice("table_file", path=str(tmp_path / "t.csv")),
        loss=choice("cross_entropy"),
        epochs=60,
        optimizer=choice("adam", learning_rate=0.05),
    )
    storage.save(tmp_path / "p.nns", document)
    run("train", tmp_path / "p.nns", "--out", tmp_path / "w")
    (tmp_path / "new.csv").write_text("size,colour\n20,red\n480,blue\n", encoding="utf-8")
    found = run_json(
        "predict",
        tmp_path / "p.nns",
        "--weights",
        tmp_path / "w",
        "--data",
        tmp_path / "new.csv",
        "--out",
        tmp_path / "a.csv",
    )
    assert [answer["answer"] for answer in found["answers"]] == ["small", "big"]
    for answer in found["answers"]:
        assert sum(answer["numbers"].values()) == pytest.approx(1.0)
    lines = (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "sample,answer,p(big),p(small)" and len(lines) == 3
    for text, sentence in (
        ("size\n20\n", "lack the columns colour"),
        ("size,colour\n20,green\n", "never seen"),
        ("size,colour\nx,red\n", "no number"),
        ("size,colour\n,red\n", "empty cell"),
    ):
        (tmp_path / "bad.csv").write_text(text, encoding="utf-8")
        assert (
            sentence
            in run(
                "predict", tmp_path / "p.nns", "--weights", tmp_path / "w", "--data", tmp_path / "bad.csv", code=1
            ).stderr
        )
    assert "not trained" in run("predict", tmp_path / "p.nns", "--data", tmp_path / "new.csv", code=1).stderr


def test_predict_pictures_sequences_and_a_graph(tmp_path: Path) -> None:
    import numpy as np
    from PIL import Image

    from nnstudio.catalog.tables import table_of
    from nnstudio.document import storage

    for name in ("digits", "memory", "karate"):
        run("train", example(name), "--epochs", 8, "--out", tmp_path / name)
    document, _ = storage.load(example("digits"))
    table = table_of(document.by_id["data"].params["dataset"])
    pixels = (table.x[:10, 0] * 255 / 16).round().astype(np.uint8)
    (tmp_path / "pictures").mkdir()
    for i, picture in enumerate(pixels):
        Image.fromarray(picture).save(tmp_path / "pictures" / f"{i}.png")
    found = run_json("predict", example("digits"), "--weights", tmp_path / "digits", "--data", tmp_path / "pictures")[
        "answers"
    ]
    own = run_json("predict", example("digits"), "--weights", tmp_path / "digits")["answers"]
    # A grey value of a picture is rounded, so a close call may fall the other way.
    assert sum(a["answer"] == b["answer"] for a, b in zip(found, own, strict=False)) >= 9
    (tmp_path / "s.csv").write_text("0,1,2,3,0,1,2,3\n3,0,0,0,0,0,0,0\n", encoding="utf-8")
    found = run_json("predict", example("memory"), "--weights", tmp_path / "memory", "--data", tmp_path / "s.csv")[
        "answers"
    ]
    assert len(found) == 2
    (tmp_path / "s.csv").write_text("0,1,2,9,0,1,2,3\n", encoding="utf-8")
    assert (
        "none of the tokens"
        in run(
            "predict", example("memory"), "--weights", tmp_path / "memory", "--data", tmp_path / "s.csv", code=1
        ).stderr
    )
    assert len(run_json("predict", example("karate"), "--weights", tmp_path / "karate")["answers"]) == 34
    assert (
        "nodes of that graph"
        in run(
            "predict", example("karate"), "--weights", tmp_path / "karate", "--data", tmp_path / "s.csv", code=1
        ).stderr
    )


@pytest.mark.parametrize(
    "words",
    [
        ["nothing"],
        ["check"],
        ["check", "a.nns", "b"],
        ["train", "a.nns", "--epochs", "0"],
        ["a.txt"],
        ["--nonsense"],
        ["export", "a.nns"],
        ["trace", "a.nns", "--sample", "-1"],
        ["gui", "--nonsense"],
        ["a.nns", "--x"],
    ],
)
def test_a_mistake_on_the_command_line_gets_usage(words: list[str], tmp_path: Path) -> None:
    done = run(*words, cwd=tmp_path, code=2)
    assert "usage:" in done.stderr


@pytest.mark.parametrize("name", ["a\nb.nns", "x" * 300 + ".nns", "~nosuchuser/a.nns", "名.nns"])
def test_names_of_files_that_are_not_there(name: str, tmp_path: Path) -> None:
    assert "Something went wrong" not in run("check", name, cwd=tmp_path, code=1).stderr


@pytest.mark.parametrize("words", [["A.NNS"], ["a.nns.bak"], ["a.nns", "b.nns"], ["gui"], ["gui", "a.nns"], []])
def test_what_opens_a_window(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from nnstudio import cli

    seen: list[list[str]] = []
    monkeypatch.setattr(cli, "_window", lambda arguments: (seen.append(arguments), 0)[1])
    assert cli.main(words) == 0
    assert seen == [[word for word in words if word != "gui"]]


def test_files_of_any_name_are_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nnstudio import cli

    seen: list[list[str]] = []
    monkeypatch.setattr(cli, "_window", lambda arguments: (seen.append(arguments), 0)[1])
    for name in ("my data.csv", "train", "project.txt"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    address = (tmp_path / "my data.csv").as_uri()
    assert "%20" in address
    assert cli.main([address]) == cli.main(["my data.csv", "project.txt"]) == cli.main(["gui", address, "train"]) == 0
    assert seen == [
        [str(tmp_path / "my data.csv")],
        ["my data.csv", "project.txt"],
        [str(tmp_path / "my data.csv"), "train"],
    ]
    # A command stays one, whatever lies about.
    with pytest.raises(SystemExit):
        cli.main(["train"])
    assert cli.path_of("file://localhost/a/b.nns") == "/a/b.nns" and cli.path_of("plain.nns") == "plain.nns"
    monkeypatch.setattr(sys, "argv", ["nnstudio-gui", "a.nns", "--verbose"])
    assert cli.gui() == 0 and seen[-1] == ["a.nns"]


def test_shells_can_complete_and_a_closed_pipe_is_no_error() -> None:
    for shell in ("bash", "zsh", "tcsh"):
        done = run("completion", shell)
        assert "nnstudio" in done.stdout and "predict" in done.stdout
    words = f"{sys.executable} -m nnstudio completion bash | head -n 1"
    piped = subprocess.run(["bash", "-c", words], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert piped.stdout and not piped.stderr


def test_help_names_every_option_and_the_exit_codes() -> None:
    told = run("--help").stdout
    assert "Exit codes" in told and "gui" in told
    for name in re.findall(r"^    ([a-z-]+) ", told, re.M):
        assert "usage: nnstudio " + name in run(name, "--help").stdout


def test_data_of_somebody_unknown_gets_a_sentence(tmp_path: Path) -> None:
    plain = json.loads(example("iris").read_text("utf-8"))
    data = next(node for node in plain["document"]["nodes"] if node["kind"] == "data")
    data["params"]["dataset"] = {"choice": "table_file", "params": {"path": "~nosuchuser/x.csv"}}
    (tmp_path / "a.nns").write_text(json.dumps(plain), "utf-8")
    found = run_json("check", tmp_path / "a.nns", code=1)
    assert "internal" not in str(found["problems"]) and any(
        "nosuchuser" in problem["what"] + problem["why"] for problem in found["problems"]
    )


@pytest.mark.parametrize("shape", [(), (0, 4), (3,)])
def test_no_samples_get_a_sentence(shape: tuple[int, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import numpy as np

    from nnstudio.cli import main

    assert main(["train", str(example("iris")), "--epochs", "1", "--out", str(tmp_path / "run")]) == 0
    np.savez(tmp_path / "x.npz", x=np.zeros(shape))
    capsys.readouterr()
    assert (
        main(["predict", str(example("iris")), "--weights", str(tmp_path / "run"), "--data", str(tmp_path / "x.npz")])
        == 1
    )
    said = capsys.readouterr().err
    assert "Something went wrong" not in said and said.strip()


def test_an_export_that_cannot_be_finished_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nnstudio.document.disk import write_atomically
    from nnstudio.document.errors import ExportError, ProjectFileError
    from nnstudio.session import export, parcel
    from tests.helpers import sound

    def full(path: Path, data: bytes, **more: bool) -> None:
        if path.name.endswith(".safetensors"):
            raise ProjectFileError("file.unwritable", path=path, detail="No space left on device")
        write_atomically(path, data, **more)

    monkeypatch.setattr(parcel, "write_atomically", full)
    from nnstudio.session.examples import load_example

    with pytest.raises(ExportError):
        export.export_python(sound(load_example("xor")), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
