"""The door for own files from outside: commands, other processes, packages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nnstudio import cli
from nnstudio.catalog import plugins
from nnstudio.catalog.registry import family
from nnstudio.compile.lower import lower
from nnstudio.document.storage import save
from nnstudio.session.exports import exports
from nnstudio.session.proving import network_around, prove
from tests.helpers import chain, choice
from tests.owned import EXAMPLES, forget, own_files


def run(folder: Path, *words: str, code: int = 0) -> str:
    """Run the command in a process of its own, with a student's folder."""
    ran = subprocess.run(
        [sys.executable, "-m", "nnstudio", *words],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, plugins.VARIABLE: str(folder)},
    )
    assert ran.returncode == code, ran.stderr
    return ran.stdout if code == 0 else ran.stdout + ran.stderr


def test_a_new_layer_is_written_and_works_at_once(tmp_path: Path) -> None:
    written = json.loads(run(tmp_path, "new-layer", "my_scale", "--json"))["files"]
    assert [Path(name).relative_to(tmp_path).as_posix() for name in written] == [
        "layers/my_scale.py",
        "tests/test_my_scale.py",
    ]
    root = str(Path(plugins.__file__).parents[2])
    tried = subprocess.run(
        [sys.executable, written[1]],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, plugins.VARIABLE: str(tmp_path), "PYTHONPATH": root},
    )
    assert tried.returncode == 0 and "It works." in tried.stdout, tried.stderr
    listed = json.loads(run(tmp_path, "own", "--json"))
    assert [(thing["room"], thing["id"]) for thing in listed["found"]] == [("layers", "my_scale")] and listed[
        "broken"
    ] == []
    assert "none that is in use" in run(tmp_path, "new-layer", "my_scale", code=1)


@pytest.mark.parametrize("name", ["linear", "data", "My", "two words", "a/b", "1st", ""])
def test_names_that_no_layer_can_have(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with own_files(tmp_path / "own"):
        assert cli.main(["new-layer", name]) == 1
        assert "cannot be the name of a layer" in capsys.readouterr().err and not (tmp_path / "own").exists()


def test_the_skeleton_tells_what_is_wrong(tmp_path: Path) -> None:
    """A layer that forgets its start values is refused by its own test, with the sentence of the window."""
    with own_files(tmp_path / "own") as folder:
        cli.main(["new-layer", "mine"])
        path = folder / "layers" / "mine.py"
        path.write_text(
            path.read_text(encoding="utf-8").replace('weights=lambda p: (Weight("y", "scale", ones),),', ""),
            encoding="utf-8",
        )
        forget()
        with pytest.raises(Exception, match="has no start values"):
            prove(
                network_around(
                    ("mine", {}), ("linear", {"units": 3}), data="iris", loss="cross_entropy", optimizer="adam"
                )
            )


def test_every_command_works_with_own_files(tmp_path: Path) -> None:
    names = ("layers/swirl.py", "activations/soft_swish.py", "optimizers/lion.py", "exports/listing.py")
    with own_files(tmp_path / "own", *names) as folder:
        document = chain(
            ("linear", "h", {"units": 4, "activation": choice("soft_swish")}),
            ("swirl", "turn", {}),
            ("linear", "out", {"units": 3}),
            data=choice("iris"),
            loss=choice("cross_entropy"),
            optimizer=choice("lion"),
            epochs=2,
        )
        project = str(tmp_path / "p.nns")
        save(Path(project), document)
        # One that prints while it is read and while it runs must not spoil what is read by programs.
        (folder / "layers" / "loud.py").write_text(
            (EXAMPLES / "layers/gain.py")
            .read_text(encoding="utf-8")
            .replace("import annotations\n", "import annotations\nprint('loud')\n")
            .replace('"gain",\n    title', '"loud",\n    title'),
            encoding="utf-8",
        )
        assert json.loads(run(folder, "check", project, "--json"))["problems"] == []
        assert len(json.loads(run(folder, "train", project, "--json", "--out", str(tmp_path / "run")))["history"]) == 2
        cards = json.loads(run(folder, "trace", project, "--sample", "0", "--json"))["cards"]
        assert any("sign" in line for card in cards for line in card["lines"])
        run(folder, "export", project, "--out", str(tmp_path / "home"), "--weights", str(tmp_path / "run"))
        assert "class Lion" in (tmp_path / "home" / "train.py").read_text(encoding="utf-8")
        run(folder, "export", project, "--to", "listing", "--out", str(tmp_path / "list"))
        assert "h_a_beta" in (tmp_path / "list" / "weights.txt").read_text(encoding="utf-8").replace(".", "_")
        # In a process of its own, which has to know the files as well.
        run(folder, "export", project, "--to", "pt2", "--out", str(tmp_path / "pt2"))
        run(folder, "predict", project, "--weights", str(tmp_path / "run"))
    # Elsewhere, without the files, the same project is refused with their names.
    said = run(tmp_path / "nowhere", "check", project, code=1)
    assert "swirl" in said and "Traceback" not in said


def test_a_way_home_is_found_and_fails_with_a_sentence(tmp_path: Path) -> None:
    bad = (
        "from nnstudio.document.text import Text\nfrom nnstudio.session.exports import Export\n"
        "EXPORT = Export('bad', Text('Bad'), lambda leaving, folder: [][3])\n"
    )
    with own_files(tmp_path / "own", "exports/listing.py", exports__bad=bad):
        assert list(exports())[-2:] == ["bad", "listing"]
        project = tmp_path / "p.nns"
        save(project, chain(("linear", "out", {"units": 3}), data=choice("iris"), loss=choice("cross_entropy")))
        assert cli.main(["export", str(project), "--to", "listing", "--out", str(tmp_path / "out")]) == 0
        assert cli.main(["export", str(project), "--to", "bad", "--out", str(tmp_path / "out2")]) == 1
    assert not {"bad", "listing"} & set(exports())


class Point:
    """An entry point as an installed package has it."""

    def __init__(self, name: str, value: str, load: Any) -> None:
        self.name, self.value, self.load, self.dist = name, value, load, None
        self.module = value.partition(":")[0]


def test_packages_bring_by_entry_points_and_broken_ones_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gain_package.py").write_text(
        (EXAMPLES / "layers/gain.py").read_text(encoding="utf-8"), encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path))

    def load() -> Any:
        return __import__("gain_package")

    def fail() -> Any:
        raise ImportError("no such wheel")

    points = [
        Point("layers.gain", "gain_package", load),
        Point("layers.bad", "bad_package:ENTRY", fail),
        Point("panels.x", "never", lambda: 1 / 0),
    ]
    with own_files(tmp_path / "own"):
        monkeypatch.setattr(plugins, "_points", lambda: tuple(points))
        forget()
        assert "gain" in family("layers") and [broken.file for broken in plugins.broken()] == [
            "bad_package: bad_package:ENTRY"
        ]
        prove(
            network_around(("gain", {}), ("linear", {"units": 3}), data="iris", loss="cross_entropy", optimizer="adam")
        )
        assert any(
            "no such wheel" in p.why.render()
            for p in lower(
                chain(("linear", "out", {"units": 3}), data=choice("iris"), loss=choice("cross_entropy"))
            ).problems
        )
        monkeypatch.undo()
    sys.modules.pop("gain_package", None)
    forget()


def test_an_installed_package_is_asked(tmp_path: Path) -> None:
    """As pip leaves it: modules, and beside them what the package says of itself."""
    site = tmp_path / "site"
    info = site / "gain_package-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "gain_package.py").write_text((EXAMPLES / "layers/gain.py").read_text(encoding="utf-8"), encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gain-package\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(
        "[nnstudio.catalog]\nlayers.gain = gain_package\nlayers.gone = no_such_module\n", encoding="utf-8"
    )
    root = str(Path(plugins.__file__).parents[2])
    ran = subprocess.run(
        [sys.executable, "-m", "nnstudio", "own", "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, plugins.VARIABLE: str(tmp_path / "own"), "PYTHONPATH": os.pathsep.join((root, str(site)))},
    )
    found = json.loads(ran.stdout)
    assert [(thing["id"], thing["file"]) for thing in found["found"]] == [("gain", "gain-package: gain_package")]
    assert ["no_such_module" in broken["why"] for broken in found["broken"]] == [True] and ran.returncode == 1
