"""The help of ideas: complete in every language, found by what a student types, each with a true link and a picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMenu, QTabBar, QWidget

from nnstudio.catalog.registry import family
from nnstudio.document.languages import language_ids
from nnstudio.engine.states import State
from nnstudio.explain.ideas import ideas, named, names_of
from nnstudio.session.examples import example_names, load_example
from nnstudio.session.lessons.shelf import lesson_names
from nnstudio.session.settings import Settings, save_settings
from nnstudio.ui.inspector.forms import Form
from nnstudio.ui.inspector.inspector import Inspector
from nnstudio.ui.inspector.numbers import FieldLabel
from nnstudio.ui.kit import texts, theme
from nnstudio.ui.kit.idea_pictures import HIGH, SHARP, WIDE, picture
from nnstudio.ui.kit.words_linked import offer, text_at
from nnstudio.ui.shell import guide
from nnstudio.ui.shell.panels import found_panels
from nnstudio.ui.teaching.help_view import IDEAS, PANELS, WHICH, HelpView
from nnstudio.ui.training.status import IDEAS as STATUS
from tests.e2e.hand import LEFT, open_window
from tests.e2e.loops import settled


def test_every_language_says_every_idea_in_its_own_words() -> None:
    english = ideas("en")
    assert len(english) >= 60
    for language in language_ids():
        own = ideas(language)
        assert own.keys() == english.keys()
        for name, idea in own.items():
            assert idea.title and idea.also, name
            assert 1 <= len(idea.paragraphs) <= 3, name
            if language == "en":
                assert len(idea.text) > 120, name
            else:
                assert idea.text != english[name].text, f"{language} lacks {name}"
                assert len(idea.text) > 30, name


def test_links_lead_to_what_is_there_and_no_idea_is_an_island() -> None:
    reached: set[str] = set()
    for idea in ideas("en").values():
        assert idea.see, idea.id
        for see in idea.see:
            kind, _, name = see.partition(":")
            if kind == "example":
                assert name in example_names(), see
            elif kind == "lesson":
                assert name in lesson_names(), see
            elif kind == "panel":
                panel = next(panel for panel in found_panels() if panel.id == name)
                assert PANELS[name] == panel.title, see
            elif "/" in see:
                of, entry = see.split("/")
                assert entry in family(of), (idea.id, see)
            else:
                assert see in ideas("en"), (idea.id, see)
                reached.add(see)
    islands = set(ideas("en")) - reached
    assert len(islands) < 12, islands


def test_every_article_has_a_picture_that_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    from nnstudio.app import make_application

    theme.apply_theme(make_application(), "light")
    seen: dict[bytes, str] = {}
    for idea in ideas("en").values():
        image = picture(idea.draw)
        assert (image.width(), image.height()) == (WIDE * SHARP, HIGH * SHARP)
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
        ground = theme.rgb(theme.current().card)
        share = (pixels[..., 2::-1] != ground).any(axis=-1).mean()
        assert 0.004 < share < 0.9, (idea.id, share)
        seen[image.constBits().tobytes()] = idea.id
    assert len(seen) > 40, "pictures are of their ideas"


FOUND = {
    "backpropagation": "backpropagation",
    "backprop": "backpropagation",
    "chain rule": "chain_rule",
    "gradient": "gradient",
    "epoch": "epoch",
    "batch": "mini_batch",
    "iteration": "iteration",
    "one-hot": "one_hot",
    "Jacobian": "jacobian",
    "overfitting": "overfitting",
    "learning rate": "learning_rate",
    "softmax": "softmax",
    "dropout": "dropout",
    "vanishing gradient": "vanishing_gradient",
    "反向传播": "backpropagation",
    "链式法则": "chain_rule",
    "学习率": "learning_rate",
    "过拟合": "overfitting",
    "梯度消失": "vanishing_gradient",
    "雅可比矩阵": "jacobian",
    "独热编码": "one_hot",
    "轮": "epoch",
}


@pytest.mark.parametrize("spoken", ["en", "zh"])
def test_what_is_typed_leads_to_its_article_in_both_languages(spoken: str) -> None:
    try:
        with open_window(load_example("xor")) as hand:
            texts.set_language(spoken)
            view = HelpView(hand.window)
            for typed, name in FOUND.items():
                view.search.setText(typed)
                assert view.list.currentItem().data(WHICH) == (IDEAS, name), typed
                assert ideas(spoken)[name].title in view.article.toPlainText()
            view.deleteLater()
    finally:
        texts.set_language("en")


def test_links_open_articles_examples_and_panels() -> None:
    save_settings(Settings(language="en"))
    with open_window(load_example("rings")) as hand:
        hand.compiled()
        window = hand.window
        window.guide.show_help("ideas", "backpropagation")
        view: Any = window.guide.help
        assert "Backpropagation" in view.article.toPlainText() and "⊙" in view.article.toPlainText()
        view.article.anchorClicked.emit(QUrl("to:chain_rule"))
        assert view.list.currentItem().data(WHICH) == (IDEAS, "chain_rule")
        view.article.anchorClicked.emit(QUrl("to:losses/cross_entropy"))
        assert view.list.currentItem().data(WHICH) == ("losses", "cross_entropy")
        view.article.anchorClicked.emit(QUrl("panel:layers"))
        assert not window.bench.panels.dock_of["layers"].isHidden()
        view.article.anchorClicked.emit(QUrl("example:xor"))
        hand.wait(lambda: hand.session.document.name == "xor")
        view.close()


def test_names_are_no_ones_else() -> None:
    """What is typed exactly leads to one idea."""
    taken: dict[str, str] = {}
    for name in ideas("en"):
        for said in names_of(name, language_ids()):
            other = taken.setdefault(said.casefold(), name)
            assert other == name, (said, other, name)


def test_words_of_the_window_lead_to_their_articles() -> None:
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        hand.press(hand.window.actions_["run"])
        hand.state(State.FINISHED)
        status = hand.window.bench.parts.status
        for word, name in STATUS.items():
            assert name in ideas("en")
            label = status._parameters if word == "parameters" else status._labels[word]
            assert label.isVisible() and label.text(), word
            QTest.mouseClick(label, LEFT)
            assert hand.window.guide.help.list.currentItem().data(WHICH) == (IDEAS, name)
            # One that is open would be raised, which the platform of the tests cannot.
            hand.window.guide.help.close()


def test_words_that_name_an_idea_lead_to_its_article() -> None:
    from nnstudio.explain.ideas import mentions
    from nnstudio.ui.kit.words_linked import linked, open_idea

    found = mentions("One epoch of mini-batch training; the epoch ends, and the learning rate falls.", "en")
    assert [one.id for one in found] == ["epoch", "mini_batch", "learning_rate"], "each once"
    assert [one.id for one in mentions("反向传播用的是链式法则。", "zh")] == ["backpropagation", "chain_rule"]
    assert not mentions("A weightlifter counts epochal costs.", "en")
    texts.set_language("en")
    assert linked("<b>dropout</b>").count("<a ") == 1 and "<b>" not in linked("<b>dropout</b>")
    with open_window(load_example("xor")) as hand:
        bench = hand.window.bench
        bench.tutoring.open("D10")
        hand.compiled()
        said = bench.parts.lesson.said
        assert "idea:epoch" in said.text()
        said.linkActivated.emit("idea:epoch")
        help_view = hand.window.guide.help
        assert help_view is not None and help_view.article.toPlainText().startswith("Epoch")
        help_view.close()
        open_idea("http://somewhere")
        assert not help_view.isVisible()


def test_a_word_anywhere_in_the_window_tells_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """F1 and the right button over field names, tabs, labels and column heads."""
    with open_window(load_example("iris")) as hand:
        hand.compiled()
        window = hand.window
        window.bench.desks.turn("build")
        window.bench.selecting.go_to("optimizer")
        inspector = window.bench.parts.inspector
        hand.wait(lambda: any(len(path) == 2 and path[-1] == "learning_rate" for path in labels(inspector)))
        label = next(label for path, label in labels(inspector).items() if path[-1] == "learning_rate")
        assert ideas_of(label) == ("learning_rate",)
        # The offscreen platform's screen is small: only what is on it has a widget under the pointer.
        window.move(-600, 0)
        settled()
        spot = label.mapToGlobal(label.rect().center())
        monkeypatch.setattr(guide, "QCursor", type("There", (), {"pos": staticmethod(lambda: spot)}))
        window.actions_["help"].trigger()
        assert window.guide.help is not None
        assert window.guide.help.list.currentItem().text().strip() == "Learning rate"
        menu = QMenu()
        offer(menu, ideas_of(label))
        assert menu.actions()[0].text() == "What is this? Learning rate"


def labels(inspector: Inspector) -> dict[tuple[str, ...], FieldLabel]:
    return {path: label for form in inspector.findChildren(Form) for path, label in form.labels.items()}


def ideas_of(widget: QWidget) -> tuple[str, ...]:
    return named(text_at(widget, widget.mapToGlobal(widget.rect().center())), "en")


def test_tabs_and_plain_words_are_read_too() -> None:
    bar = QTabBar()
    bar.addTab("Gradient flow")
    bar.resize(200, 30)
    assert named(text_at(bar, bar.mapToGlobal(QPoint(10, 10))), "en")
    assert named("epoch", "en") == ("epoch",) and named("Epochs:", "en")
    assert named("学习率", "zh") and not named("Quokka", "en")
    assert text_at(None, QPoint()) == ""
    assert text_at(QLabel("<b>dropout</b>"), QPoint()) == "dropout"
