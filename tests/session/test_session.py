"""The application without a window: project, run, weights, export."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from nnstudio.document import storage
from nnstudio.document.edits import SetParam, SetTraining
from nnstudio.document.errors import ProjectFileError, TrainError
from nnstudio.document.values import Document
from nnstudio.engine.states import State
from nnstudio.session.examples import load_example
from nnstudio.session.session import Session
from nnstudio.session.settings import Settings, load_settings, save_settings, settings_path
from tests.helpers import chain, choice, wait


@pytest.fixture
def session() -> Iterator[Session]:
    opened = Session(load_example("xor"))
    yield opened
    opened.close()


def trained(session: Session) -> None:
    session.run()
    wait(session, lambda: session.training.state == State.FINISHED)


def test_the_newest_document_is_compiled(session: Session) -> None:
    for units in range(3, 30):
        session.apply(SetParam("hidden", ("units",), units))
    wait(session, lambda: session.meaning.lowered is not None)
    assert session.meaning.lowered is not None and session.meaning.lowered.shapes["hidden"] == {"y": (2, 29)}
    assert session.meaning.source is not None and "out_features=29" in session.meaning.source.text


def test_a_run_goes_from_start_to_report(session: Session) -> None:
    trained(session)
    assert (
        len(session.training.records) == 300
        and session.training.report is not None
        and session.training.snapshot is not None
    )
    assert session.training.snapshot.pictures["hidden"].total == 4
    first = [dict(record) for record in session.training.records]
    session.reset()
    assert session.training.state == State.IDLE and not session.training.records
    trained(session)
    assert [dict(record) for record in session.training.records] == first


def test_weights_are_saved_opened_and_exported(session: Session, tmp_path: Path) -> None:
    trained(session)
    path = tmp_path / "t.nns"
    session.save(path)
    assert path.read_bytes()[:2] == b"PK" and not session.dirty
    weights = {name: value.copy() for name, value in session.training.weights.items()}
    other = Session()
    try:
        other.open(path)
        assert other.document == session.document
        for name, value in weights.items():
            np.testing.assert_array_equal(other.training.weights[name], value)
        files, with_weights = other.exporter(tmp_path / "home")()
        assert with_weights
        from safetensors.numpy import load_file

        np.testing.assert_array_equal(load_file(files[2])["hidden.weight"], weights["hidden.weight"])
    finally:
        other.close()


def test_weights_that_an_edit_parted_from_the_network_are_not_saved(session: Session, tmp_path: Path) -> None:
    trained(session)
    session.apply(SetParam("hidden", ("units",), 9))
    session.save(tmp_path / "t.nns")
    _, parts = storage.load(tmp_path / "t.nns")
    assert not parts.weights
    files, with_weights = session.exporter(tmp_path / "home")()
    assert len(files) == 6 and not with_weights


def test_saving_while_it_runs_takes_the_present_weights(session: Session, tmp_path: Path) -> None:
    session.apply(SetTraining(("epochs",), 1_000_000))
    session.run()
    wait(session, lambda: len(session.training.records) > 5)
    session.save(tmp_path / "t.nns")
    _, parts = storage.load(tmp_path / "t.nns")
    assert set(parts.weights) == {"hidden.weight", "hidden.bias", "output.weight", "output.bias"}
    assert session.training.live


def test_an_edit_while_it_runs_leaves_the_run_alone(session: Session) -> None:
    session.apply(SetTraining(("epochs",), 1_000_000))
    session.run()
    wait(session, lambda: session.training.records)
    session.apply(SetParam("hidden", ("units",), 50))
    count = len(session.training.records)
    wait(session, lambda: len(session.training.records) > count)
    assert session.training.program is not None and session.training.program.starts[0].shape == (4, 2)


def test_stepping_single_samples_is_written_into_the_export(session: Session, tmp_path: Path) -> None:
    session.step("sample")
    wait(session, lambda: session.training.state == State.PAUSED and session.stepping.shown is not None)
    session.exporter(tmp_path)()
    assert "# While it ran: a single sample was stepped in epoch 1" in (tmp_path / "train.py").read_text(
        encoding="utf-8"
    )


def test_a_network_with_a_problem_does_not_run(session: Session) -> None:
    session.new(Document())
    for act in (session.run, lambda: session.step("batch"), lambda: session.exporter(Path("nowhere"))()):
        with pytest.raises(TrainError) as caught:
            act()
        assert "Data node" in str(caught.value)
    assert session.training.state == State.IDLE


def test_a_file_that_cannot_be_opened_leaves_the_project(session: Session, tmp_path: Path) -> None:
    before = session.document
    bad = tmp_path / "bad.nns"
    bad.write_bytes(b"rubbish")
    for path in (bad, tmp_path / "none.nns"):
        with pytest.raises(ProjectFileError):
            session.open(path)
    assert session.document is before


def test_settings_survive_and_rubbish_counts_as_none(tmp_path: Path) -> None:
    save_settings(Settings("zh", "dark").with_recent(tmp_path / "a.nns"))
    assert load_settings() == Settings("zh", "dark", (str((tmp_path / "a.nns").resolve()),))
    for rubbish in ('{"recent": null}', "", "[1]", '{"language": 5, "theme": [], "recent": [3]}', "{"):
        settings_path().write_text(rubbish, encoding="utf-8")
        assert load_settings() == Settings()


def test_one_document_that_breaks_the_program_does_not_end_the_service(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nnstudio.compile import lower as lowering

    wait(session, lambda: session.meaning.lowered is not None)
    real = lowering._Lowering.run

    def odd(self: object) -> object:
        if self.context.document.by_id["hidden"].params["units"] == 13:  # type: ignore[attr-defined]
            raise ZeroDivisionError("thirteen")
        return real(self)  # type: ignore[arg-type]

    monkeypatch.setattr(lowering._Lowering, "run", odd)
    session.apply(SetParam("hidden", ("units",), 13))
    wait(session, lambda: session.meaning.lowered is not None)
    assert session.meaning.lowered is not None and "thirteen" in session.meaning.lowered.errors[0].why.render()
    session.apply(SetParam("hidden", ("units",), 14))
    wait(session, lambda: session.meaning.lowered is not None)
    assert session.meaning.lowered is not None and session.meaning.lowered.program is not None


def test_weights_are_there_even_if_the_run_ended_unseen(session: Session, tmp_path: Path) -> None:
    session.apply(SetTraining(("epochs",), 20))
    session.run()
    assert session.training.trainer is not None
    session.training.trainer.join(60)
    session.save(tmp_path / "t.nns")
    assert storage.load(tmp_path / "t.nns")[1].weights


def test_pause_and_go_on_before_anyone_looked(session: Session) -> None:
    session.apply(SetTraining(("epochs",), 1_000_000))
    session.run()
    wait(session, lambda: session.training.records)
    for _ in range(5):
        session.pause()
        time.sleep(0.05)
        session.run()
        wait(session, lambda: session.training.state == State.RUNNING)
        time.sleep(0.05)
        session.poll()
        assert session.training.state == State.RUNNING


def test_trained_weights_count_as_unsaved_work(session: Session, tmp_path: Path) -> None:
    assert not session.dirty
    trained(session)
    assert session.dirty
    session.save(tmp_path / "t.nns")
    assert not session.dirty


def test_an_opened_trained_network_that_is_edited_exports_its_start_weights(session: Session, tmp_path: Path) -> None:
    trained(session)
    session.save(tmp_path / "t.nns")
    session.open(tmp_path / "t.nns")
    session.apply(SetTraining(("epochs",), 3))
    assert session.exporter(tmp_path / "a")()[1]
    session.apply(SetParam("hidden", ("units",), 9))
    assert not session.exporter(tmp_path / "b")()[1]


CHANGES = (
    ("BATCH_SIZE = 16", "BATCH_SIZE = 8"),
    ("EPOCHS = 100", "EPOCHS = 99"),
    ("SEED = 0", "SEED = 1"),
    ("CLIP_NORM = 1.0", "CLIP_NORM = None"),
    ("SHUFFLE = True", "SHUFFLE = False"),
    ("seed=3)", "seed=4)"),
    ("scaling='standard'", "scaling='none'"),
    ("p=0.2", "p=0.3"),
    ("elif part is not None:\n            part.step()", "elif part is not None:\n            pass"),
    ("torch.manual_seed(seed)", "pass"),
    ("T_max=epochs", "T_max=7"),
    ("lr=0.001", "lr=0.002"),
    ("1e-05", "1e-04"),
    ("F.gelu", "F.relu"),
)


@pytest.mark.parametrize(("text", "other"), CHANGES)
def test_the_gate_refuses_a_script_that_differs_in_anything(text: str, other: str) -> None:
    from nnstudio.document.errors import ExportError
    from nnstudio.session.export import check_source, source_of
    from tests.helpers import sound

    program = sound(load_example("iris"))
    source = source_of(program).text
    changed = source.replace(text, other)
    assert changed != source
    with pytest.raises(ExportError):
        check_source(program, changed)


def test_many_starts_and_resets_leave_one_run(session: Session) -> None:
    for _ in range(10):
        session.run()
        session.reset()
    session.step("batch")
    wait(session, lambda: session.training.state == State.PAUSED and session.stepping.shown is not None)
    assert session.training.snapshot is not None and session.training.snapshot.updates == 1


# -- stepping --------------------------------------------------------------------------------------


def small(**training: int) -> Document:
    return chain(
        ("linear", "h", {"units": 4, "activation": choice("tanh")}),
        ("linear", "o", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
        batch_size=16,
        **training,
    )


def stepped(session: Session) -> None:
    before = session.stepping.shown
    session.step("batch")
    wait(
        session,
        lambda: (
            session.stepping.shown is not None
            and session.stepping.shown is not before
            and session.training.state == "paused"
        ),
    )


def test_undo_after_the_end_takes_one_step_back() -> None:
    session = Session(small(epochs=4))
    stepped(session)
    session.run()
    wait(session, lambda: session.training.state == "finished")
    session.stepping.undo_update()
    wait(
        session,
        lambda: (
            session.stepping.reach is not None
            and session.stepping.reach.updates == 31
            and session.training.state == "paused"
        ),
    )
    session.close()


def test_weights_set_by_hand_leave_all_others_as_they_are_and_count_as_unsaved(tmp_path: Path) -> None:
    session = Session(small(epochs=4))
    stepped(session)
    session.save(tmp_path / "p.nns")
    assert not session.dirty
    present = {name: array.copy() for name, array in session.present_weights().items()}
    session.stepping.change("h.weight", 0, 5.0)
    session.stepping.keep()
    wait(
        session,
        lambda: (
            session.stepping.shown is not None
            and session.stepping.shown.origin is not None
            and session.stepping.shown.origin.state["h.weight"][0, 0] == 5.0
            and session.stepping.shown.update == 1
        ),
    )
    now = session.present_weights()
    assert now["h.weight"].reshape(-1)[0] == 5.0 and session.dirty and "after update 1" in session.training.journal[-1]
    np.testing.assert_array_equal(now["h.weight"].reshape(-1)[1:], present["h.weight"].reshape(-1)[1:])
    for name in ("h.bias", "o.weight", "o.bias"):
        np.testing.assert_array_equal(now[name], present[name])
    session.save(tmp_path / "p.nns")
    session.stepping.undo_update()
    wait(session, lambda: session.stepping.reach is not None and session.stepping.reach.updates == 0)
    assert session.dirty
    session.close()


def test_running_on_drops_what_was_tried() -> None:
    session = Session(small(epochs=4))
    stepped(session)
    session.stepping.change("h.weight", 0, 5.0)
    session.run()
    wait(session, lambda: session.training.state == "finished")
    assert not session.stepping.changes and session.stepping.shown is None
    with pytest.raises(TrainError):
        session.stepping.keep()
    survey = session.closer.survey("random", ("", ""), 1.0)
    assert survey.join() and survey.result is not None
    assert session.training.report is not None
    centre = float(survey.result.loss[15, 15])
    assert centre == pytest.approx(session.training.report["final"]["train_loss"], rel=1e-4)
    session.close()


def test_an_edited_network_is_not_gone_back_to_as_another() -> None:
    session = Session(small(epochs=2))
    session.run()
    wait(session, lambda: session.training.state == "finished")
    session.apply(SetParam("h", ("units",), 9))
    session.stepping.look(3)
    wait(session, lambda: session.stepping.shown is not None and session.training.state == "paused")
    assert session.stepping.shown is not None and session.stepping.shown.parameters["h.weight"].old.shape == (9, 4)
    session.close()
