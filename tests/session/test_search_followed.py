"""A search as a window sees it: another process sees to it; what can be ticked; what every layer's units spare."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from nnstudio.catalog.registry import CATALOG
from nnstudio.document.errors import SearchRefused
from nnstudio.document.text import render
from nnstudio.session.examples import example_names, load_example
from nnstudio.session.searching import followed
from nnstudio.session.searching.followed import Followed
from nnstudio.session.searching.offering import offered, space_of
from nnstudio.session.searching.space import made_with, read_space
from nnstudio.session.searching.study import Search, planned
from nnstudio.session.searching.supervising import BEST, TABLE
from nnstudio.session.variants import EVERY, axes_of, edits_for
from tests.helpers import chain, choice, sound
from tests.session.test_searching import begun, network


def until(found: Followed, done: Any, seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        found.poll()
        assert time.monotonic() < end, (found.counts, found.reason)
        time.sleep(0.05)


def test_a_search_goes_on_elsewhere_and_is_seen_here(tmp_path: Path) -> None:
    search = begun(tmp_path, 8)
    found = Followed(tmp_path, 2)
    until(found, lambda: found.ended)
    assert found.reason is None and found.done == 8 == len(found.rows)
    assert found._process.wait(30) == 0
    study = search.study()
    # What was told is what Optuna has.
    assert [found.rows[number] for number in sorted(found.rows)] == search.rows(study, spoken=True)
    assert found.best == {"trial": study.best_trial.number, "value": study.best_value, "params": study.best_params}
    assert sum(found.importance.values()) == pytest.approx(1.0)
    assert set(found.importance) == {one.name for one in found.space}
    assert (tmp_path / TABLE).is_file() and (tmp_path / BEST).is_file()


def test_it_stops_and_goes_on_and_nothing_is_counted_twice(tmp_path: Path) -> None:
    search = begun(tmp_path, 30, document=network(120))
    found = Followed(tmp_path, 2)
    until(found, lambda: found.done >= 2)
    children = psutil.Process(found._process.pid).children(recursive=True)
    found.stop()
    until(found, lambda: found.ended)
    assert found.reason is None and found.done < 30 and found._process.wait(30) == 0
    # The workers have gone with it.
    psutil.wait_procs(children, timeout=10)
    assert not [one for one in children if one.is_running()]
    before = {number for number, row in found.rows.items() if row["state"] == "complete"}
    again = Followed(tmp_path, 2)
    until(again, lambda: again.ended)
    assert again.done == 30 and search.counts(search.study())["running"] == 0
    assert before <= {number for number, row in again.rows.items() if row["state"] == "complete"}


def test_why_a_trial_was_refused_is_said_in_every_language(tmp_path: Path) -> None:
    space = space_of([{"node": "h", "setting": "layer", "values": ["linear", "conv_2d"]}])
    search = begun(tmp_path, 6, space)
    found = Followed(tmp_path, 2)
    until(found, lambda: found.ended)
    refused = [row for row in found.rows.values() if row["state"] == "refused"]
    assert 0 < len(refused) < 6 and found.counts["refused"] == len(refused)
    for row in refused:
        assert set(row["why"]) == {"en", "zh"} and row["why"]["en"] != row["why"]["zh"]
    plain = {row["trial"]: row["why"] for row in search.rows(search.study())}
    assert all(plain[row["trial"]] == row["why"]["en"] for row in refused)


def test_the_workers_go_with_a_window_that_is_lost(tmp_path: Path) -> None:
    begun(tmp_path, 200, document=network(200))
    script = (
        "import sys, time\nfrom pathlib import Path\n"
        "from nnstudio.session.searching.followed import Followed\n"
        "found = Followed(Path(sys.argv[1]), 2)\n"
        "while not found.done:\n    found.poll(); time.sleep(0.1)\n"
        "print(found._process.pid, flush=True)\ntime.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True) as window:
        assert window.stdout is not None
        supervisor = psutil.Process(int(window.stdout.readline()))
        children = supervisor.children(recursive=True)
        assert children
        window.kill()
    gone, left = psutil.wait_procs([supervisor, *children], timeout=30)
    assert not left, [one.cmdline() for one in left]
    assert len(gone) == 1 + len(children)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_who_sees_to_it_is_lost(tmp_path: Path) -> None:
    begun(tmp_path, 50, document=network(100))
    found = Followed(tmp_path, 1)
    until(found, lambda: found.rows)
    children = psutil.Process(found._process.pid).children(recursive=True)
    os.kill(found._process.pid, signal.SIGKILL)
    until(found, lambda: found.ended)
    assert found.reason is not None and "Go on" in render(found.reason, "en")
    for one in children:
        one.kill()
    again = Followed(tmp_path, 0)
    until(again, lambda: again.rows)
    again.close()


def test_a_search_is_looked_at_without_working_at_it(tmp_path: Path) -> None:
    search = begun(tmp_path, 5)
    found = Followed(tmp_path, 0)
    until(found, lambda: found.counts)
    time.sleep(1.0)
    found.poll()
    assert not found.ended and found.rows == {} and not (tmp_path / TABLE).exists()
    found.stop()
    until(found, lambda: found.ended)
    assert found.reason is None and search.counts(search.study())["complete"] == 0


def test_bad_folders_are_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SearchRefused, match="no search"):
        Followed(tmp_path / "nowhere", 1)
    assert not planned(tmp_path / "nowhere") and not planned(Path("a\0b"))
    begun(tmp_path, 5)
    # A journal of nobody's.
    (tmp_path / "journal.log").write_bytes(b"\xff\x00 no journal\n" * 20)
    found = Followed(tmp_path, 1)
    until(found, lambda: found.ended)
    assert found.reason is not None and "Traceback" not in render(found.reason, "en")

    def none(*args: Any, **more: Any) -> Any:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(followed.worker, "start", none)
    with pytest.raises(SearchRefused) as caught:
        Followed(tmp_path, 1)
    assert caught.value.message.key == "search.no_process"


def test_no_window_loads_optuna_or_torch_to_follow(tmp_path: Path) -> None:
    script = (
        "import sys\nimport nnstudio.session.searching.followed, nnstudio.session.searching.offering\n"
        "print([name for name in ('optuna', 'torch', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


# -- what can be ticked -------------------------------------------------------------------------


@pytest.mark.parametrize("name", example_names())
def test_all_that_is_offered_can_be_searched_over(name: str) -> None:
    document = load_example(name)
    offers = offered(document)
    assert len({(one.node, one.setting) for one in offers}) == len(offers) > 20
    tables = []
    for one in offers:
        ends = {"values": [kind for kind, _ in one.options]} if one.options else {"low": one.low, "high": one.high}
        tables.append({**({"node": one.node} if one.node else {}), "setting": one.setting, **ends, "log": one.log})
        (read,) = read_space(document, space_of(tables[-1:]))
        assert read.titles[-1] == one.titles[-1] and set(read.named) >= {kind for kind, _ in one.options}
        # What it is now lies between the proposed ends.
        if not one.options and one.value:
            assert one.low <= one.value <= one.high or one.value > one.high
    assert len(read_space(document, space_of(tables))) == len(offers)


def test_names_with_signs_are_written_as_toml_reads_them() -> None:
    layers: list[Any] = [("linear", 'h"\\ü', {"units": 5}), ("linear", "o", {"units": 3})]
    document = chain(*layers, data=choice("iris"), loss=choice("cross_entropy"))
    space = read_space(document, space_of([{"node": 'h"\\ü', "setting": "units", "low": 2, "high": 7}]))
    assert made_with(document, space, {'h"\\ü units': 6}).by_id['h"\\ü'].params["units"] == 6


def test_the_units_of_every_layer_are_not_those_of_the_answer() -> None:
    document = chain(
        ("linear", "a", {"units": 5}),
        ("linear", "b", {"units": 6}),
        ("linear", "o", {"units": 3}),
        ("activation", "s", {"activation": choice("tanh")}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
    )
    (axis,) = (one for one in axes_of(document) if (one.node, one.path) == (EVERY, ("units",)))
    made = document
    for edit in edits_for(document, axis, 9):
        made = edit.apply(made, CATALOG)
    assert [made.by_id[node].params["units"] for node in "abo"] == [9, 9, 3]
    assert sound(made).parameters == (4 * 9 + 9) + (9 * 9 + 9) + (9 * 3 + 3)
    assert Search(Path("x")).trial_folder(7).name == "00007"
