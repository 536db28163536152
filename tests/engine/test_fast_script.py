"""The script that replays its updates gives the numbers of the plain one, and of the program."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from nnstudio.document.errors import ExportError
from nnstudio.engine.trainer import Trainer
from nnstudio.session.examples import load_example
from nnstudio.session.export import export_python
from nnstudio.session.exports import Leaving, exports
from tests.catalog.test_own import ENTROPY, HEAD, IRIS, LAYER, OUT
from tests.commands import run_script
from tests.helpers import chain, finish, sound
from tests.owned import own_files


def train(folder: Path, *given: str) -> dict[str, object]:
    done = run_script(
        [sys.executable, str(folder / "train.py"), "--json", "--epochs", "12", "--threads", "1", *given],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
    )
    found: dict[str, object] = json.loads(done.stdout)
    return {name: found[name] for name in ("final", "metrics", "history", "updates")}


@pytest.mark.parametrize("name", ["iris", "memory", "karate"])
def test_both_scripts_and_the_program_say_the_same(name: str, tmp_path: Path) -> None:
    program = sound(load_example(name))
    for way in ("python", "fast"):
        exports()[way].to(tmp_path / way, Leaving(program))
    plain, fast = train(tmp_path / "python"), train(tmp_path / "fast")
    assert plain == fast
    end, _ = finish(Trainer(program, device="cpu", epochs=12, threads=1, snapshots=False))
    assert end.report is not None and list(end.report["history"]) == fast["history"]
    text = (tmp_path / "fast" / "train.py").read_text(encoding="utf-8")
    assert "class Stepper" in text and "nnstudio" not in text.lower().replace("nn studio", "")
    assert "class Stepper" not in (tmp_path / "python" / "train.py").read_text(encoding="utf-8")


def test_code_of_ones_own_is_not_replayed_at_home_either(tmp_path: Path) -> None:
    text = (
        HEAD
        + "import torch\nclass Twice(torch.nn.Module):\n    def forward(self, x):\n        return 2 * x\n"
        + LAYER.format(id="twice", calls='lambda p, s: (Call("y", own(Twice), (Ref("x"),), make={}),)')
    )
    with own_files(tmp_path / "own", layers__twice=text):
        program = sound(chain(("twice", "twice", {}), OUT, data=IRIS, loss=ENTROPY))
        with pytest.raises(ExportError) as raised:
            exports()["fast"].to(tmp_path / "out", Leaving(program))
        assert raised.value.message.key == "export.own_replay" and not (tmp_path / "out").exists()
        assert export_python(program, tmp_path / "plain")
