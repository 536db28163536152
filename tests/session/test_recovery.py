"""Nothing is lost: recovery snapshots, files changed by others, and kill -9 in the middle of everything."""

from __future__ import annotations

import json
import math
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import platformdirs
import pytest

from nnstudio.catalog.registry import CATALOG
from nnstudio.document import storage
from nnstudio.document.edits import AddNode, SetNotes, SetParam, SetTraining
from nnstudio.document.errors import ProjectFileError
from nnstudio.document.values import Document
from nnstudio.engine.states import State
from nnstudio.session import recovery
from nnstudio.session.examples import load_example
from nnstudio.session.held import Claim
from nnstudio.session.recovery import MOST_EDITS, MOST_SECONDS, RESTS, Lost, Recovery, lost_work
from nnstudio.session.session import Session
from nnstudio.session.settings import Settings, load_settings, save_settings
from tests.helpers import chain, choice, wait

FULL = bool(os.environ.get("NNSTUDIO_FULL"))
MOMENTS = 50 if FULL else 6


class Clock:
    """Time as the test wants it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def kept() -> list[Document]:
    """The documents in all snapshots, whoever wrote them."""
    return (
        [
            storage.load(folder / recovery.PROJECT)[0]
            for folder in sorted(recovery.root().iterdir())
            if (folder / recovery.ABOUT).is_file()
        ]
        if recovery.root().is_dir()
        else []
    )


def settled(found: Recovery) -> None:
    """Wait until everything that was handed over is written."""
    if found._writer is not None:
        found._writer.close()
        found._writer = None


def note(text: str) -> Document:
    return Document(notes=text)


def test_a_snapshot_comes_two_seconds_after_the_last_edit() -> None:
    clock = Clock()
    mine = Recovery(clock)
    mine.edited(note("a"), None)
    mine.tick()
    settled(mine)
    assert kept() == []
    clock.now += RESTS
    mine.tick()
    settled(mine)
    assert [d.notes for d in kept()] == ["a"]
    clock.now += 100
    mine.tick()
    assert mine._writer is None, "nothing new is nothing to write"
    mine.close()
    assert kept() == []


def test_it_comes_in_the_middle_of_edits_that_do_not_end() -> None:
    clock = Clock()
    mine = Recovery(clock)
    slow = 0.0
    while slow < MOST_SECONDS + 1:
        mine.edited(note(f"{slow}"), None)
        # Rarer than MOST_EDITS asks for, closer than RESTS.
        mine._edits = 1
        clock.now += 1.5
        slow += 1.5
        mine.tick()
    settled(mine)
    assert len(kept()) == 1
    mine.close()
    quick = Recovery(clock)
    for number in range(MOST_EDITS):
        quick.edited(note(f"quick {number}"), None)
        quick.tick()
    settled(quick)
    assert [d.notes for d in kept()] == [f"quick {MOST_EDITS - 1}"]
    quick.close()


def test_saving_and_undoing_to_what_is_saved_take_it_away(tmp_path: Path) -> None:
    session = Session(start=False)
    session.apply(AddNode("linear", "h", (0.0, 0.0)))
    session.recovery.write()
    settled(session.recovery)
    assert len(kept()) == 1
    session.save(tmp_path / "a.nns")
    settled(session.recovery)
    assert kept() == []
    session.apply(SetNotes("", "more"))
    session.recovery.write()
    session.undo()
    settled(session.recovery)
    assert kept() == []
    session.close()


def crashed(document: Document, path: Path | None = None) -> Lost:
    """What a process that is no more has left."""
    mine = Recovery()
    mine.edited(document, path)
    mine.picture = lambda: b"picture"
    mine.write()
    assert mine._writer is not None and mine._writer.settle(20)
    assert mine._folder not in [found.folder for found in lost_work()], "what a running window keeps is its own"
    # The process of this window is no more: the system takes its lock back.
    settled(mine)
    return next(found for found in lost_work() if found.folder == mine._folder)


def test_work_that_was_lost_is_offered_with_time_and_picture_and_opened_unsaved(tmp_path: Path) -> None:
    file = tmp_path / "mine.nns"
    storage.save(file, load_example("xor"))
    changed = AddNode("dropout", "late", (0.0, 0.0)).apply(load_example("xor"), CATALOG)
    lost = crashed(changed, file)
    assert (
        lost.path == file
        and lost.picture == b"picture"
        and abs(lost.when - time.time()) < 60
        and lost.nodes == len(changed.nodes)
    )
    session = Session(start=False)
    session.recover(lost)
    assert session.document == changed and session.path == file and session.dirty and not session.history.undo()
    assert session.recovery._writer is not None and session.recovery._writer.settle(20)
    assert lost_work() == [] and kept() == [changed], "it is kept until it is saved"
    assert storage.load(file)[0] == load_example("xor"), "the file is as it was saved"
    session.save(file)
    session.close()
    assert kept() == [] and storage.load(file)[0] == changed


def test_work_whose_file_is_gone_or_that_cannot_be_read_loses_nothing(tmp_path: Path) -> None:
    lost = crashed(load_example("rings"), tmp_path / "gone.nns")
    session = Session(start=False)
    session.recover(lost)
    assert session.path is None and session.dirty
    session.close()
    broken = crashed(note("x"))
    (broken.folder / recovery.PROJECT).write_bytes(b"{")
    session = Session(load_example("xor"), start=False)
    with pytest.raises(ProjectFileError):
        session.recover(broken)
    assert session.document == load_example("xor") and broken.folder.exists()
    session.close()
    (broken.folder / recovery.ABOUT).write_text("[]")
    assert lost_work() == []


def test_another_process_number_given_away_again_is_not_the_same_process() -> None:
    lost = crashed(note("x"))
    about = lost.folder / recovery.ABOUT
    # Where the system has no locks the process is asked.
    (lost.folder / "lock").unlink()
    plain = {**json.loads(about.read_text()), "process": os.getpid()}
    about.write_text(json.dumps(plain))
    assert lost_work() == []
    about.write_text(json.dumps({**plain, "began": 1.0}))
    assert len(lost_work()) == 1


def test_it_can_be_switched_off_and_put_elsewhere(tmp_path: Path) -> None:
    save_settings(Settings(recovery=False))
    mine = Recovery()
    mine.edited(note("x"), None)
    mine.write()
    assert not mine.keep_now() and kept() == []
    save_settings(Settings(recovery_folder=str(tmp_path)))
    mine.move()
    settled(mine)
    assert [d.notes for d in kept()] == ["x"] and recovery.root().parent == tmp_path
    mine.close()


def test_a_folder_that_is_left_is_not_held_any_more(tmp_path: Path) -> None:
    """Some systems keep a folder as long as a file in it is open."""
    mine = Recovery()
    mine.edited(note("x"), None)
    mine.write()
    assert mine.keep_now()
    old, writer = mine._folder, mine._writer
    assert old is not None and writer is not None and list(writer._held) == [old]
    save_settings(Settings(recovery_folder=str(tmp_path)))
    mine.move()
    assert mine.keep_now() and list(writer._held) == [mine._folder] and not old.exists()
    mine.close()


def test_a_folder_that_cannot_be_written_is_said_once(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    save_settings(Settings(recovery_folder=str(blocked)))
    clock = Clock()
    mine = Recovery(clock)
    mine.edited(note("x"), None)
    mine.write()
    settled_writer = mine._writer
    assert settled_writer is not None
    settled_writer.close()
    mine.tick()
    assert mine.problem is not None and "recovery" in mine.problem.render("en")
    mine._writer = None
    mine.close()


def test_settings_that_make_no_sense_count_as_not_set() -> None:
    save_settings(Settings(language="zh", text_size=125, shortcuts=(("run", "F6"),), threads=2))
    assert load_settings() == Settings(language="zh", text_size=125, shortcuts=(("run", "F6"),), threads=2)
    from nnstudio.session.settings import settings_path

    settings_path().write_text(
        json.dumps(
            {
                "language": "xx",
                "theme": 3,
                "recent": [1, "a"],
                "text_size": 3,
                "motion": "yes",
                "threads": True,
                "shortcuts": [["a"], 3],
                "recovery_folder": 7,
                "unknown": 1,
            }
        )
    )
    assert load_settings() == Settings(recent=("a",))
    settings_path().write_text("[]")
    assert load_settings() == Settings()


def test_a_file_changed_by_someone_else_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "a.nns"
    storage.save(file, load_example("xor"))
    session = Session(start=False)
    session.open(file)
    assert session.disk.changed() == ""
    os.utime(file, ns=(1, 1))
    assert session.disk.changed() == "", "touched is not changed"
    storage.save(file, load_example("rings"))
    assert session.disk.changed() == "changed"
    session.save(file)
    assert session.disk.changed() == ""
    file.unlink()
    assert session.disk.changed() == "gone"
    session.close()


CHILD = """
import os, sys, time
import platformdirs
folder = sys.argv[1]
platformdirs.user_config_dir = platformdirs.user_data_dir = lambda *a, **k: folder
from pathlib import Path
from nnstudio.engine.states import State
from nnstudio.session.session import Session
from nnstudio.document.edits import SetNotes
from nnstudio.session.examples import load_example
session = Session(load_example("iris"), start=False)
file = Path(sys.argv[2])
session.apply(SetNotes("", "0"))
session.save(file)
number = 0
while True:
    number += 1
    session.apply(SetNotes("", str(number)))
    os.write(1, b"e%d\\n" % number)
    session.recovery.tick()
    if number % 40 == 0:
        session.save(file)
        os.write(1, b"s%d\\n" % number)
    time.sleep(0.004)
"""


def test_killed_at_any_moment_the_file_is_whole_and_hardly_anything_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(5)
    for moment in range(MOMENTS):
        folder = tmp_path / str(moment)
        folder.mkdir()
        file = folder / "work.nns"
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(folder), str(file)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        first = child.stdout.readline()
        assert first == b"e1\n"
        time.sleep(chance.uniform(0.0, 0.6))
        child.send_signal(signal.SIGKILL)
        rest = child.stdout.read().decode().split("\n")
        child.wait()
        child.stdout.close()
        edits = [1, *(int(line[1:]) for line in rest if line.startswith("e") and line[1:].isdigit())]
        saves = [0, *(int(line[1:]) for line in rest if line.startswith("s") and line[1:].isdigit())]
        document, _ = storage.load(file)
        # A save that was not reported yet may be done.
        assert int(document.notes) % 40 == 0 and saves[-1] <= int(document.notes) <= edits[-1] + 1
        backup = file.with_name(file.name + ".bak")
        if backup.exists():
            assert int(storage.load(backup)[0].notes) % 40 == 0
        monkeypatch.setattr("platformdirs.user_data_dir", lambda *a, folder=folder, **k: str(folder))
        best = max([int(document.notes), *(int(recovery.read(one).notes) for one in lost_work())])
        assert edits[-1] - best <= 20, (edits[-1], best)


def trained(tmp_path: Path) -> Path:
    """A saved project with weights, a history and a bookmark."""
    session = Session(load_example("xor"))
    from nnstudio.document.edits import SetTraining

    session.apply(SetTraining(("epochs",), 3))
    session.run()
    end = time.monotonic() + 60
    while session.training.state != "finished":
        session.poll()
        time.sleep(0.01)
        assert time.monotonic() < end
    session.view["bookmarks"] = [{"name": "Head", "x": 0.0, "y": 0.0, "zoom": 1.0}]
    assert session.dirty
    session.save(tmp_path / "trained.nns")
    assert not session.dirty
    session.close()
    return tmp_path / "trained.nns"


def test_what_was_recovered_keeps_what_else_the_file_has(tmp_path: Path) -> None:
    file = trained(tmp_path)
    document, before = storage.load(file)
    moved = replace(document, nodes=tuple(replace(n, position=(n.position[0] + 10, 5.0)) for n in document.nodes))
    session = Session(start=False)
    session.recover(crashed(moved, file))
    session.save(file)
    session.close()
    _, after = storage.load(file)
    assert set(after.weights) == set(before.weights) and before.weights
    assert after.view["bookmarks"] == before.view["bookmarks"] and set(after.run) == set(before.run)
    # Weights that no longer fit are left out, and that is said.
    other = SetParam("hidden", ("units",), 9).apply(document, CATALOG)
    session = Session(start=False)
    session.recover(crashed(other, file))
    assert session.save(tmp_path / "other.nns") and not storage.load(tmp_path / "other.nns")[1].weights
    session.close()


def test_the_old_snapshot_goes_only_when_the_new_one_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = crashed(note("precious"))
    real = recovery.write_atomically

    def full(path: Path, data: bytes, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(recovery, "write_atomically", full)
    session = Session(start=False)
    session.recover(lost)
    assert not session.recovery.keep_now(), "what was not written is not called safe"
    assert lost.folder.exists() and recovery.read(lost) == note("precious")
    session.recovery.tick()
    assert session.recovery.problem is not None
    monkeypatch.setattr(recovery, "write_atomically", real)
    assert session.recovery.keep_now() and [d.notes for d in kept()].count("precious") >= 1
    blocked = tmp_path / "file"
    blocked.write_text("")
    save_settings(Settings(recovery_folder=str(blocked)))
    old = session.recovery._folder
    session.recovery.move()
    session.recovery._writer.settle(5)  # type: ignore[union-attr]
    assert old is not None and old.exists(), "a folder that cannot be written takes nothing away"
    session.close()


def test_a_picture_that_cannot_be_drawn_costs_no_work() -> None:
    mine = Recovery()
    mine.picture = lambda: bytes([1 // 0])
    mine.edited(note("x"), None)
    mine.write()
    settled(mine)
    assert [d.notes for d in kept()] == ["x"]
    mine.close()


@pytest.mark.parametrize("odd", ['{"nodes": 1e999}', "[" * 100_000, '{"when": "now"}', "null", "\x00"])
def test_one_odd_folder_does_not_hide_the_others(odd: str) -> None:
    lost = crashed(note("x"))
    other = lost.folder.parent / "0000"
    other.mkdir()
    whole = {**json.loads((lost.folder / recovery.ABOUT).read_text())}
    text = json.dumps({**whole, **json.loads(odd)}) if odd.startswith('{"') else odd
    (other / recovery.ABOUT).write_text(text)
    (other / recovery.PROJECT).write_bytes(b"{")
    assert lost.folder in [found.folder for found in lost_work()] and len(lost_work()) == 1


# -- clocks and windows -------------------------------------------------------------------------------


NOW = time.time()


@pytest.mark.parametrize(
    "then",
    [0.0, 10.0, NOW - 400 * 86400, NOW + 60 * 86400, 4e9, 1e300, math.nan, -5.0],
    ids=["epoch", "1970", "long-ago", "ahead", "2096", "never", "nan", "before-the-epoch"],
)
def test_no_clock_loses_work(then: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written in 1970 or sixty days ahead, and looked for with the clock set right, or the other way round."""
    with monkeypatch.context() as patch:
        if then == then and then < 1e18:
            patch.setattr(time, "time", lambda: then)
        lost = crashed(note("precious"))
    about = lost.folder / recovery.ABOUT
    about.write_text(json.dumps({**json.loads(about.read_text()), "when": then}))
    (found,) = lost_work()
    assert recovery.read(found) == note("precious")
    assert found.when in (0.0, then)
    for now in (0.0, time.time() + 365 * 86400, 5e9):
        with monkeypatch.context() as patch:
            patch.setattr(time, "time", lambda now=now: now)
            assert [recovery.read(one).notes for one in lost_work()] == ["precious"], (
                "nothing is thrown away for its age"
            )


def test_the_order_is_that_of_writing_whatever_the_clock_says(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    for text, clock in (("first", now + 50 * 86400), ("second", 5.0), ("third", now)):
        with monkeypatch.context() as patch:
            patch.setattr(time, "time", lambda clock=clock: clock)
            crashed(note(text))
    assert [recovery.read(one).notes for one in lost_work()] == ["third", "second", "first"]


def test_a_window_that_runs_keeps_its_work_when_the_clock_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    import psutil

    mine = Recovery()
    mine.edited(note("mine"), None)
    mine.write()
    assert mine._writer is not None and mine._writer.settle(20)
    # Setting the clock moves what the system says of a process's beginning.
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: 123.0)
    assert lost_work() == []
    mine.close()


def test_the_second_window_on_a_project_is_told(tmp_path: Path) -> None:
    file = tmp_path / "both.nns"
    storage.save(file, load_example("xor"))
    first, second = Session(start=False), Session(start=False)
    first.open(file)
    second.open(file)
    assert not first.shared and second.shared
    second.open(file)
    assert second.shared, "it is still open there"
    first.new()
    second.open(file)
    assert not second.shared
    first.apply(SetTraining(("epochs",), 3))
    first.save(file)
    assert first.shared, "saving over it is told as well"
    second.close()
    first.save(file)
    assert not first.shared
    first.close()


CLAIM = """
import sys, time
from pathlib import Path
import platformdirs
platformdirs.user_data_dir = lambda *a, **k: sys.argv[2]
from nnstudio.session.held import Claim
claim = Claim()
print(claim.take(Path(sys.argv[1])), flush=True)
time.sleep(60)
"""


def test_another_process_is_told_apart_from_one_that_was_killed(tmp_path: Path) -> None:
    file = tmp_path / "p.nns"
    storage.save(file, load_example("xor"))
    folder = platformdirs.user_data_dir()
    child = subprocess.Popen([sys.executable, "-c", CLAIM, str(file), folder], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stdout.readline().strip() == "True"
    claim = Claim()
    assert not claim.take(file)
    child.kill()
    child.wait()
    child.stdout.close()
    assert claim.take(file), "the system takes the lock of a dead process back"
    claim.leave()


def test_no_home_folder_is_no_reason_not_to_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be written where settings and recovery lie: projects open, are edited, trained and saved all the
    same.
    """
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder would be")
    monkeypatch.setattr("platformdirs.user_config_dir", lambda *args, **kwargs: str(blocked / "config"))
    monkeypatch.setattr("platformdirs.user_data_dir", lambda *args, **kwargs: str(blocked / "data"))
    session = Session(SetTraining(("epochs",), 2).apply(load_example("xor"), CATALOG))
    session.apply(SetTraining(("seed",), 4))
    session.recovery.write()
    assert session.recovery._writer is not None and session.recovery._writer.settle(20)
    session.recovery.tick()
    assert session.recovery.problem is not None, "it is said that nothing is kept"
    wait(session, lambda: session.meaning.lowered is not None)
    session.run()
    wait(session, lambda: session.training.state == State.FINISHED)
    session.save(tmp_path / "x.nns")
    session.open(tmp_path / "x.nns")
    session.close()
    assert lost_work() == []


@pytest.mark.parametrize("how", ["rewritten", "cut", "gone"])
def test_a_file_that_changes_under_a_run_does_not_disturb_it(how: str, tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    rows = [f"{i % 7},{i % 5},{'ab'[(i % 7) > (i % 5)]}" for i in range(200)]
    file.write_text("x1,x2,y\n" + "\n".join(rows), encoding="utf-8")
    document = chain(
        ("linear", "o", {"units": 2}),
        data=choice("table_file", path=str(file), targets=("y",)),
        loss=choice("cross_entropy"),
        epochs=60,
        batch_size=8,
    )
    session = Session(document)
    wait(session, lambda: session.meaning.lowered is not None and session.meaning.lowered.program is not None)
    session.run()
    wait(session, lambda: len(session.training.records) > 2)
    if how == "gone":
        file.unlink()
    else:
        file.write_text("x1,x2,y\n1,2,c\n" if how == "rewritten" else "x1,x", encoding="utf-8")
    wait(session, lambda: session.training.state == State.FINISHED)
    assert (
        session.training.reason is None
        and session.training.report is not None
        and session.training.report["final"]["train_accuracy"] > 0.8
    )
    session.save(tmp_path / "p.nns")
    session.close()
