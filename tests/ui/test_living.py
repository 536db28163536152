"""The house around the editor: settings, looks, colours that everyone can tell apart, errors, recovery, help, words
that fit.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QMessageBox,
    QSpinBox,
    QWidget,
)

from nnstudio.app import Application, make_application
from nnstudio.catalog.registry import CATALOG
from nnstudio.document import storage
from nnstudio.document.edits import AddNode, SetParam
from nnstudio.session import recovery
from nnstudio.session.cores import wanted_device, wanted_threads
from nnstudio.session.examples import load_example
from nnstudio.session.recovery import Recovery, lost_work
from nnstudio.session.session import Session
from nnstudio.session.settings import Settings, load_settings, save_settings
from nnstudio.ui.kit import texts, theme
from nnstudio.ui.project.recovering import RecoveryDialog
from nnstudio.ui.project.settings_dialog import SettingsDialog
from nnstudio.ui.shell.commands import CommandPalette
from nnstudio.ui.shell.error_dialog import ErrorCatcher, ErrorDialog
from nnstudio.ui.shell.main_window import MainWindow
from nnstudio.ui.shell.shortcuts import ShortcutsDialog
from nnstudio.ui.teaching.help_view import HelpView
from nnstudio.ui.training.status import TELLING
from tests.e2e.hand import LEFT, Hand, open_window
from tests.e2e.loops import settled

# -- settings ---------------------------------------------------------------------------------


def test_settings_go_into_force_at_once_and_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(load_example("xor"))
    application = Application(make_application(), session)
    application.show_window()
    first = application.window
    base = QApplication.font().pointSizeF()

    def fill(self: SettingsDialog) -> int:
        self.language.setCurrentIndex(self.language.findData("zh"))
        self.theme.setCurrentIndex(self.theme.findData("contrast"))
        self.text_size.setCurrentIndex(self.text_size.findData(150))
        self.device.setCurrentIndex(self.device.findData("cpu"))
        self.folder.setText(str(tmp_path))
        self.accept()
        return self.result()

    monkeypatch.setattr(SettingsDialog, "exec", fill)
    try:
        first.appearance.ask_settings()
        second = application.window
        assert second is not first and second.actions_["run"].text() == "运行" and theme.current() is theme.CONTRAST
        assert QApplication.font().pointSizeF() == pytest.approx(1.5 * base)
        assert theme.canvas_font().pointSizeF() == pytest.approx(base), "the canvas is zoomed instead"
        found = load_settings()
        assert (found.language, found.theme, found.text_size, found.device, found.recovery_folder) == (
            "zh",
            "contrast",
            150,
            "cpu",
            str(tmp_path),
        )
        assert wanted_device("auto") == "cpu" and recovery.root().parent == tmp_path
        monkeypatch.setattr(SettingsDialog, "exec", lambda self: self._defaults() or (self.accept() or self.result()))
        second.appearance.ask_settings()
        assert replace(load_settings(), desks=()) == Settings() and theme.current() is not theme.CONTRAST
    finally:
        texts.set_language("en")
        theme.apply_theme(make_application(), "light")
        window = application.window
        window.bench.files.may_leave = lambda: True
        window.close()
        window.deleteLater()
        settled()


def test_a_folder_that_cannot_be_written_is_refused_in_the_dialog(tmp_path: Path) -> None:
    with open_window() as hand:
        dialog = SettingsDialog(hand.window)
        dialog.folder.setText(str(tmp_path / "no such folder"))
        dialog.accept()
        assert "Nothing can be written" in dialog.said.text() and dialog.result() == 0
        dialog.deleteLater()


def test_the_chosen_number_of_cores_is_the_runs() -> None:
    assert wanted_threads() is None
    save_settings(Settings(threads=1))
    assert wanted_threads() == 1


# -- colours ----------------------------------------------------------------------------------


def linear(color: str) -> np.ndarray:
    """A colour in linear light, as sRGB defines it (IEC 61966-2-1)."""
    c = np.array(QColor(color).getRgbF()[:3])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def luminance(color: str) -> float:
    return float(linear(color) @ np.array([0.2126, 0.7152, 0.0722]))


def contrast(a: str, b: str) -> float:
    """The ratio of WCAG 2."""
    first, second = sorted((luminance(a), luminance(b)), reverse=True)
    return (first + 0.05) / (second + 0.05)


def seen_without_green(color: str) -> np.ndarray:
    """What a person sees whose eyes lack the middle cones (Viénot, Brettel and Mollon 1999), in CIE Lab."""
    to_lms = np.array([[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]])
    lost = np.array([[1.0, 0.0, 0.0], [0.494207, 0.0, 1.24827], [0.0, 0.0, 1.0]])
    rgb = np.clip(np.linalg.inv(to_lms) @ lost @ to_lms @ linear(color), 0.0, 1.0)
    xyz = (
        np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
        @ rgb
        / np.array([0.9505, 1.0, 1.089])
    )
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("name", theme.THEMES)
def test_data_colours_can_be_told_apart_without_green(name: str) -> None:
    t = theme.THEMES[name]
    colors = [t.negative, t.neutral, t.positive]
    for i, a in enumerate(colors):
        for b in colors[i + 1 :]:
            assert np.linalg.norm(seen_without_green(a) - seen_without_green(b)) > 25, (a, b)
    # Both ends stand out against zero by lightness too, for who sees no colour at all.
    assert all(contrast(c, t.neutral) > 1.5 for c in (t.negative, t.positive))
    assert np.linalg.norm(seen_without_green(t.now) - seen_without_green(t.accent)) > 10


def test_class_colours_can_be_told_apart_without_green() -> None:
    for i, a in enumerate(theme.CLASSES):
        for b in theme.CLASSES[i + 1 :]:
            assert np.linalg.norm(seen_without_green(a) - seen_without_green(b)) > 8, (a, b)


@pytest.mark.parametrize("name", theme.THEMES)
def test_words_can_be_read(name: str) -> None:
    t = theme.THEMES[name]
    for ground in (t.window, t.panel, t.card, t.canvas):
        assert contrast(t.text, ground) >= (15 if name == "contrast" else 7)
        assert contrast(t.muted, ground) >= 4.5, ground
        assert contrast(t.bad, ground) >= 4.0
    assert contrast(t.accent_text, t.accent) >= (10 if name == "contrast" else 3.4)
    assert contrast(t.accent, t.panel) >= 3.0


# -- errors and recovery ----------------------------------------------------------------------


def test_an_error_inside_shows_one_calm_dialog_and_the_program_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import threading

    shown: list[str] = []

    def answer(self: ErrorDialog) -> int:
        shown.append(" ".join(label.text() for label in self.findChildren(QLabel)))
        assert not self.text.isVisibleTo(self), "the details are folded"
        QTest.mouseClick(self.copy, LEFT)
        return 0

    monkeypatch.setattr(ErrorDialog, "exec", answer)
    with open_window() as hand:
        monkeypatch.setattr("sys.excepthook", None)
        monkeypatch.setattr("threading.excepthook", None)
        catcher = ErrorCatcher(hand.session.recovery.keep_now, hand.window)
        catcher.install()
        import sys

        hand.session.apply(AddNode("linear", "h"))

        def fail() -> None:
            raise ZeroDivisionError("inside")

        for _ in range(3):
            try:
                fail()
            except ZeroDivisionError as error:
                sys.excepthook(type(error), error, error.__traceback__)
        hand.wait(lambda: shown)
        settled()
        assert len(shown) == 1 and "safe" in shown[0] and "Traceback" not in shown[0]
        assert (
            "ZeroDivisionError: inside" in QGuiApplication.clipboard().text()
            and "NN Studio" in QGuiApplication.clipboard().text()
        )
        thread = threading.Thread(target=fail, name="failing")
        thread.start()
        thread.join()
        hand.wait(lambda: len(shown) == 2)
        assert hand.session.document.by_id["h"]
    assert "ZeroDivisionError" in capsys.readouterr().err


def lose(document: object) -> None:
    mine = Recovery()
    mine.edited(document, None)  # type: ignore[arg-type]
    with open_window(load_example("rings")) as hand:
        mine.picture = hand.session.recovery.picture
    mine.write()
    mine._writer.close()  # type: ignore[union-attr]
    about = mine._folder / recovery.ABOUT  # type: ignore[operator]
    about.write_text(json.dumps({**json.loads(about.read_text()), "process": 2**22 - 9}))


def test_the_next_start_offers_what_was_open_with_time_and_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    lose(AddNode("dropout", "late").apply(load_example("rings"), CATALOG))
    (lost,) = lost_work()
    assert lost.picture.startswith(b"\x89PNG")
    texts_seen: list[str] = []

    def later(self: RecoveryDialog) -> int:
        texts_seen.append(self.list.item(0).text())
        assert not self.list.item(0).icon().isNull()
        return 0

    monkeypatch.setattr(RecoveryDialog, "exec", later)
    with open_window() as hand:
        hand.window.bench.recovering.offer()
        assert (
            "rings" in texts_seen[0]
            and "7 nodes" in texts_seen[0]
            and not hand.session.document.nodes
            and len(lost_work()) == 1
        )
        monkeypatch.setattr(RecoveryDialog, "exec", lambda self: QTest.mouseClick(self.open_button, LEFT) or 1)
        hand.window.bench.recovering.offer()
        assert "late" in hand.session.document.by_id and hand.session.dirty
        hand.wait(lambda: not lost_work())
        hand.window.bench.recovering.offer(asked=True)
        assert "no unsaved work" in hand.window.bench.parts.toast.text()


def test_lost_work_is_thrown_away_only_after_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    lose(load_example("xor"))
    with open_window() as hand:
        dialog = RecoveryDialog(lost_work(), hand.window)
        monkeypatch.setattr(QMessageBox, "exec", lambda self: QMessageBox.StandardButton.Cancel)
        QTest.mouseClick(dialog.drop_button, LEFT)
        assert len(lost_work()) == 1
        monkeypatch.setattr(QMessageBox, "exec", lambda self: QMessageBox.StandardButton.Discard)
        QTest.mouseClick(dialog.drop_button, LEFT)
        assert not lost_work()
        dialog.deleteLater()


# -- help, beginner view, screen readers ------------------------------------------------------


def test_help_is_found_by_any_word_in_both_languages_and_opens_at_what_is_selected() -> None:
    for language, typed, title in (("en", "kernel", "Conv"), ("zh", "交叉熵", "交叉熵"), ("en", "momentum", "SGD")):
        with open_window(load_example("xor"), language=language) as hand:
            view = HelpView(hand.window)
            view.search.setText(typed)
            found = [
                view.list.item(i).text().strip() for i in range(view.list.count()) if not view.list.item(i).isHidden()
            ]
            assert any(title in text for text in found) and len(found) < 30
            assert view.article.toPlainText()
            view.deleteLater()
    with open_window(load_example("xor")) as hand:
        hand.click_card("hidden")
        hand.keys(hand.window, Qt.Key.Key_F1)
        assert hand.window.guide.help.article.toPlainText().startswith("Linear")
        hand.window.guide.help.close()


def test_the_beginner_view_hides_what_a_first_lesson_does_not_need_and_is_remembered() -> None:
    with open_window(load_example("xor")) as hand:
        window = hand.window
        rows = [window.bench.parts.palette.list.item(i) for i in range(window.bench.parts.palette.list.count())]
        shown = sum(not r.isHidden() for r in rows)
        window.actions_["beginner"].trigger()
        assert sum(not r.isHidden() for r in rows) < shown / 2
        assert (
            not window.bench.panels.dock_of["health"].isVisible()
            and not window.bench.panels.dock_of["runs"].toggleViewAction().isVisible()
        )
        hand.click_card("hidden")
        editors = window.bench.parts.inspector.form.editors
        assert ("units",) in editors and ("weight_initializer",) not in editors
        # What it shows is what the node has, and what is typed is what it gets.
        assert editors["units",].value() == hand.session.document.by_id["hidden"].params["units"] == 4
        assert editors["activation",].currentData() == "tanh"
        editors["units",].setValue(5)
        assert (
            hand.session.document.by_id["hidden"].params["units"]
            == 5
            == window.bench.parts.inspector.form.editors["units",].value()
        )
        listed = [command.title for command in window.guide.commands.settings()]
        assert any("Units" in title for title in listed) and not any(
            "Weights" in title or "Frozen" in title for title in listed
        )
        QTest.keyClicks(window.bench.parts.palette.search, "conv")
        assert any(not r.isHidden() and "onv" in r.text() for r in rows), "searching finds everything"
        window.bench.parts.palette.search.clear()
    with open_window(load_example("xor")) as again:
        assert (
            again.window.actions_["beginner"].isChecked()
            and not again.window.bench.panels.dock_of["health"].isVisible()
        )
        again.window.actions_["beginner"].trigger()
        assert again.window.bench.panels.dock_of["health"].toggleViewAction().isVisible() and load_settings().full


def test_a_screen_reader_hears_what_is_selected() -> None:
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        hand.wait(lambda: hand.window.bench.selecting.known[0])
        hand.click_card("hidden")
        said = hand.window.bench.parts.canvas.accessibleDescription()
        for word in ("Linear", "hidden", "output N", "from", "to"):
            assert word in said, said
        hand.window.bench.parts.scene.select(())
        assert "nodes" in hand.window.bench.parts.canvas.accessibleDescription()
        hand.window.bench.parts.canvas.select_all()
        assert "selected" in hand.window.bench.parts.canvas.accessibleDescription()


def dialogs(hand: Hand) -> list[QDialog]:
    return [
        SettingsDialog(hand.window),
        ShortcutsDialog(hand.window, hand.window.actions_),
        HelpView(hand.window),
        ErrorDialog(True, "x"),
        CommandPalette(hand.window, hand.window.guide.commands.all(), texts.tr("Do anything: type a few letters")),
    ]


def test_every_control_of_the_new_dialogs_has_a_name() -> None:
    with open_window(load_example("xor")) as hand:
        for dialog in dialogs(hand):
            for kind in (QAbstractButton, QComboBox, QLineEdit, QSpinBox):
                for widget in dialog.findChildren(kind):
                    if widget.objectName().startswith("qt_") or isinstance(
                        widget.parent(), QSpinBox | QComboBox | QLineEdit
                    ):
                        continue
                    named = (
                        widget.accessibleName()
                        or getattr(widget, "text", lambda: "")()
                        or widget.toolTip()
                        or (widget.parent() and widget.parent().accessibleName())
                    )
                    assert named or widget.parent().metaObject().className().startswith("QTable"), (
                        dialog.windowTitle(),
                        widget,
                    )
            dialog.deleteLater()


# -- words that fit ---------------------------------------------------------------------------


def clipped(widget: QWidget) -> str:
    """The words of a control that has not the room for them; "" when it has."""
    if isinstance(widget, QLabel):
        if widget.wordWrap() or not widget.text() or (widget.pixmap() and not widget.pixmap().isNull()):
            return ""
        wanted = widget.sizeHint().width()
    elif isinstance(widget, QAbstractButton):
        if not widget.text():
            return ""
        wanted = widget.minimumSizeHint().width() if not isinstance(widget, QCheckBox) else widget.sizeHint().width()
    else:
        return ""
    return widget.text() if widget.width() < wanted - 2 else ""


def overlapping(parent: QWidget) -> list[tuple[str, str]]:
    """Controls of one layout that lie on each other."""
    shown = [
        w
        for w in parent.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        if w.isVisible() and isinstance(w, QLabel | QAbstractButton | QLineEdit | QComboBox | QSpinBox)
    ]
    found = []
    for i, a in enumerate(shown):
        for b in shown[i + 1 :]:
            both = a.geometry().intersected(b.geometry())
            if parent.layout() is not None and both.width() > 2 and both.height() > 2:
                found.append((str(a), str(b)))
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("text_size", [100, 125])
def test_no_word_is_clipped_or_covered_on_a_small_laptop(language: str, text_size: int) -> None:
    save_settings(Settings(text_size=text_size))
    try:
        with open_window(load_example("iris"), language=language, size=(1366, 740)) as hand:
            theme.apply_theme(make_application(), "light", text_size)
            hand.compiled()
            settled()
            window = hand.window
            bad: list[object] = []
            for names in (
                (),
                ("h1",),
                ("drop1",),
                tuple(n.id for n in hand.session.document.nodes if n.kind == "linear"),
            ):
                window.bench.parts.scene.select(names)
                settled()
                for widget in window.findChildren(QWidget):
                    if (
                        widget.isVisible()
                        and widget.window() is window
                        and not widget.objectName().startswith("qt_")
                        and not widget.visibleRegion().isEmpty()
                    ):
                        if clipped(widget):
                            bad.append(
                                (type(widget).__name__, clipped(widget), widget.width(), widget.sizeHint().width())
                            )
                        bad += overlapping(widget)
            for dialog in dialogs(hand):
                dialog.show()
                settled()
                assert dialog.width() <= 1366 and dialog.height() <= 740
                bad += [
                    (dialog.windowTitle(), clipped(w))
                    for w in dialog.findChildren(QWidget)
                    if w.isVisible() and clipped(w)
                ]
                dialog.close()
                dialog.deleteLater()
            assert not bad, bad
    finally:
        theme.apply_theme(make_application(), "light")


def test_a_comment_with_long_words_stays_in_its_box() -> None:
    with open_window() as hand:
        hand.window.actions_["comment"].trigger()
        (name,) = [n.id for n in hand.session.document.nodes]
        for said in ("supercalifragilistic " * 40, "这是一个很长的中文注释，" * 40, "x" * 300, "a\nb\n\nc"):
            hand.window.bench.stage.propose(SetParam(name, ("text",), said))
            card = hand.window.bench.parts.scene.cards[name]
            box = card.sceneBoundingRect()
            for item in card._words:
                assert item.sceneBoundingRect().bottom() <= box.bottom() + 2
                assert item.sceneBoundingRect().right() <= box.right() + 2 or "x" * 20 in item.text()


def test_a_lesson_shows_its_task_locks_cards_and_leaves_controls_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from nnstudio.ui.project.lessons import LessonDialog

    def teach(self: LessonDialog) -> int:
        self.task.setPlainText("Reach 100 %.")
        for box, names in ((self.locked, ("data",)), (self.hidden, ("dock:runs", "palette", "action:export"))):
            for row in range(box.count()):
                if box.item(row).data(Qt.ItemDataRole.UserRole) in names:
                    box.item(row).setCheckState(Qt.CheckState.Checked)
        self.start.setChecked(True)
        return 1

    monkeypatch.setattr(LessonDialog, "exec", teach)
    with open_window(load_example("xor")) as hand:
        window = hand.window
        before = hand.session.document
        window.bench.lessons.ask()
        assert window.bench.parts.task.isVisible() and window.bench.parts.task.text.text() == "Reach 100 %."
        assert (
            not window.bench.parts.palette.isVisible()
            and not window.bench.panels.dock_of["runs"].isVisible()
            and not window.actions_["export"].isVisible()
        )
        assert (
            window.bench.parts.scene.cards["data"].heading.lock.isVisible()
            and not window.bench.parts.scene.cards["hidden"].heading.lock.isVisible()
        )
        window.bench.parts.scene.select({"data"})
        hand.keys(window.bench.parts.canvas, Qt.Key.Key_Delete)
        assert "locked" in window.bench.parts.toast.text() and "data" in hand.session.document.by_id
        window.bench.parts.scene.select({"hidden"})
        hand.keys(window.bench.parts.canvas, Qt.Key.Key_Delete)
        assert "hidden" not in hand.session.document.by_id
        QTest.mouseClick(window.bench.parts.task.again, LEFT)
        assert "hidden" in hand.session.document.by_id and window.bench.parts.task.isVisible()
        while hand.session.history.undo_label is not None:
            window.bench.selecting.undo()
        assert (
            hand.session.document == before
            and not window.bench.parts.task.isVisible()
            and window.bench.parts.palette.isVisible()
            and window.actions_["export"].isVisible()
        )


def test_no_word_is_clipped_at_twice_the_scale() -> None:
    import os
    import subprocess
    import sys

    root = Path(__file__).resolve().parent.parent.parent
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            str(Path(__file__)),
            "-q",
            "-p",
            "no:cacheprovider",
            "-k",
            "no_word_is_clipped_or_covered",
        ],
        cwd=root,
        env={**os.environ, "QT_SCALE_FACTOR": "2"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("damage", ["cut", "foreign", "gone"])
def test_a_damaged_project_opens_from_its_backup_when_wanted(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, wanted = tmp_path / "mine.nns", [False]

    def answer(box: QMessageBox) -> int:
        button = next(b for b in box.buttons() if (b.text() == "Open the backup") == wanted[0])
        button.click()
        return 0

    with open_window(load_example("xor")) as hand:
        assert hand.window.bench.files.save_to(path) and hand.window.bench.files.save_to(path)
        good = hand.session.document
        if damage == "gone":
            path.unlink()
        else:
            path.write_bytes(path.read_bytes()[:200] if damage == "cut" else b"{}")
        hand.session.new()
        monkeypatch.setattr(QMessageBox, "exec", answer)
        hand.window.bench.files.open(str(path))
        assert not hand.session.document.nodes
        wanted[0] = True
        hand.window.bench.files.open(str(path))
        assert hand.session.document == good and hand.session.path == path and hand.session.dirty
        assert "backup" in hand.window.bench.parts.toast.text()
        assert hand.window.bench.files.save_to(path) and not hand.session.dirty
        assert storage.load(path)[0] == good


def test_help_explains_problems_and_findings_in_both_languages() -> None:
    for language, typed, told in (
        ("en", "multiplies the gradient", "What to do"),
        ("zh", "训练损失 验证", "怎么办"),
        ("en", "dead", "What to do"),
    ):
        with open_window(language=language) as hand:
            view = HelpView(hand.window)
            view.search.setText(typed)
            rows = [view.list.item(i) for i in range(view.list.count())]
            found = [
                item
                for item in rows
                if not item.isHidden() and (item.data(Qt.ItemDataRole.UserRole) or ("",))[0] in ("problems", "watch.")
            ]
            assert found
            view.list.setCurrentItem(found[0])
            text = view.article.toPlainText()
            assert told in text and "{" not in text and len(text) > 40
            view.deleteLater()


def test_the_palette_reaches_settings_values_and_help(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_window(load_example("xor")) as hand:
        hand.click_card("hidden")
        typed = [""]

        def choose(self: CommandPalette) -> int:
            QTest.keyClicks(self.search, typed[0])
            QTest.keyClick(self.search, Qt.Key.Key_Return)
            return 1

        monkeypatch.setattr(CommandPalette, "exec", choose)
        typed[0] = "activation: relu"
        hand.window.guide.commands.ask()
        assert hand.session.document.by_id["hidden"].params["activation"].kind == "relu"
        typed[0] = "Units"
        hand.window.guide.commands.ask()
        assert (
            hand.window.bench.parts.inspector.form is not None
            and hand.window.bench.parts.inspector.form.editors["units",].hasFocus()
        )
        assert hand.window.bench.parts.inspector.form.editors["units",].lineEdit().selectedText() == "4"
        typed[0] = "Adam help"
        hand.window.guide.commands.ask()
        assert hand.window.guide.help is not None and hand.window.guide.help.article.toPlainText().startswith("Adam")
        hand.window.guide.help.close()
        hand.window.bench.parts.scene.select(())
        typed[0] = "Epochs"
        hand.window.bench.parts.side.setCurrentWidget(hand.window.bench.parts.card)
        hand.window.guide.commands.ask()
        assert hand.window.bench.parts.side.currentWidget() is hand.window.bench.parts.inspector
        assert hand.window.bench.parts.inspector.form.editors["epochs",].hasFocus()


def test_a_window_that_gives_way_lets_its_plots_go_only_when_it_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the mouse a closed plot is told that the mouse leaves: that ended the program."""
    seen: list[bool] = []
    let_go = MainWindow.let_go
    monkeypatch.setattr(MainWindow, "let_go", lambda self: (seen.append(self.isVisible()), let_go(self))[1])
    qt = make_application()
    application = Application(qt, Session(load_example("xor")))
    application.show_window()
    first = application.window
    QTest.mouseMove(
        first.bench.panels.view("curves").plots[0].viewport(),
        first.bench.panels.view("curves").plots[0].viewport().rect().center(),
    )
    first.appearance.switch_theme()
    assert application.window is first and not seen
    first.appearance.switch_language()
    assert application.window is not first and seen == [False]
    application.window.bench.files.may_leave = lambda: True
    application.window.close()
    assert seen == [False, False]
    application.window.deleteLater()
    texts.set_language("en")


def test_the_line_at_the_bottom_gives_way_at_large_text() -> None:
    for language in ("en", "zh"):
        with open_window(load_example("iris"), language=language) as hand:
            theme.apply_theme(QApplication.instance(), "light", 200)
            status = hand.window.bench.parts.status
            for name in TELLING:
                status.set(name, "a rather long reading " + name)
            settled()
            assert hand.window.minimumSizeHint().width() <= 1366 and hand.window.width() == 1366
            shown = [name for name in TELLING if not status._labels[name].isHidden()]
            assert shown == list(TELLING[: len(shown)]) and 0 < len(shown) < len(TELLING)
            hand.window.resize(6000, 768)
            settled()
            assert not any(status._labels[name].isHidden() for name in TELLING)
            theme.apply_theme(QApplication.instance(), "light", 100)


def test_opening_another_project_takes_no_selection_along() -> None:
    with open_window(load_example("iris")) as hand:
        hand.window.bench.parts.canvas.select_all()
        hand.window.bench.files.open_example("digits")
        assert not hand.window.bench.parts.scene.selected and hand.window.bench.parts.inspector.node is None
