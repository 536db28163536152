"""Help: the ideas of a first course, what the catalogue says of every layer, function, loss, optimizer and data set,
and what problems mean; searchable, without a connection.
"""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from nnstudio.catalog.entry import Activation, Entry
from nnstudio.catalog.registry import FAMILIES, family
from nnstudio.document import quoting
from nnstudio.document.languages import in_language, language_ids
from nnstudio.document.messages import MESSAGES
from nnstudio.document.text import Text, in_every_language
from nnstudio.explain.ideas import Idea, ideas, names_of
from nnstudio.session.lessons.shelf import shelf
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.idea_pictures import HIGH, WIDE, picture
from nnstudio.ui.kit.texts import language, tr, words

TITLES = {
    "nodes": Text("Nodes"),
    "layers": Text("Layers", about="family"),
    "activations": Text("Activations"),
    "initializers": Text("Initializers"),
    "losses": Text("Losses"),
    "optimizers": Text("Optimizers"),
    "schedules": Text("Learning rate schedules"),
    "datasets": Text("Data sets"),
}
# The panels that articles lead to.
PANELS = {
    "decision": Text("Decision map"),
    "curves": Text("Loss and accuracy"),
    "flow": Text("Gradient flow"),
    "landscape": Text("Loss landscape"),
    "numbers": Text("Numbers"),
    "layers": Text("Layers"),
    "health": Text("Health"),
    "results": Text("Results"),
}
# Sentences of problems stand in these sections: those seen while training, and those of the network before.
WATCHED, FOUND = "watch.", "problems"
SECTIONS = {WATCHED: Text("Seen while training"), FOUND: Text("Problems of a network")}
LEAST_LETTERS = 12
_GAP = re.compile(r"\{[^}]*\}")
WHICH, FOUND_BY, NAMED = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2
IDEAS = "ideas"
# The picture of an article, as the page names it.
PICTURE = "picture"


class HelpView(QDialog):
    """A list on the left, the article on the right; it stays open beside the window.

    ``lesson`` and ``example`` ask to open one, ``panel`` to bring a panel to the front.
    """

    lesson, example, panel = Signal(str), Signal(str), Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Help"))
        layout = QVBoxLayout(self)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search in all help texts …"))
        self.search.setAccessibleName(tr("Search in all help texts …"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._narrow)
        layout.addWidget(self.search)
        self.none = QLabel(tr("No help text speaks of that."))
        self.none.setObjectName("muted")
        self.none.hide()
        layout.addWidget(self.none)
        split = QSplitter(Qt.Orientation.Horizontal)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Articles"))
        self.article = QTextBrowser()
        self.article.setAccessibleName(tr("Help"))
        self.article.setOpenLinks(False)
        self.article.anchorClicked.connect(self._follow)
        split.addWidget(self.list)
        split.addWidget(self.article)
        split.setSizes([220, 460])
        layout.addWidget(split, 1)
        heading = QListWidgetItem(tr("Ideas"))
        heading.setFlags(Qt.ItemFlag.NoItemFlags)
        self.list.addItem(heading)
        every = {spoken: ideas(spoken) for spoken in language_ids()}
        for idea in ideas(language()).values():
            item = QListWidgetItem("  " + idea.title)
            item.setData(WHICH, (IDEAS, idea.id))
            texts = [part for own in every.values() for part in (own[idea.id].title, own[idea.id].text)]
            names = names_of(idea.id, language_ids())
            item.setData(FOUND_BY, " ".join([*texts, *names, idea.formula]).casefold())
            item.setData(NAMED, tuple(name.casefold() for name in names))
            self.list.addItem(item)
        for name in FAMILIES:
            heading = QListWidgetItem(words(TITLES.get(name, Text(name))))
            heading.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(heading)
            for entry in family(name).values():
                item = QListWidgetItem("  " + words(entry.title))
                item.setData(WHICH, (name, entry.id))
                said = in_every_language(
                    entry.id, entry.title, entry.help, entry.formula, *(field.title for field in entry.fields)
                )
                item.setData(FOUND_BY, said.casefold())
                item.setData(NAMED, tuple(in_language(entry.title.en, own).casefold() for own in language_ids()))
                self.list.addItem(item)
        for section, title in SECTIONS.items():
            heading = QListWidgetItem(words(title))
            heading.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(heading)
            for key in problem_keys(section):
                item = QListWidgetItem("  " + sentence(key, "what", language()))
                item.setToolTip(item.text().strip())
                item.setData(WHICH, (section, key))
                item.setData(
                    FOUND_BY,
                    " ".join(sentence(key, part, name) for part in PARTS for name in language_ids()).casefold(),
                )
                self.list.addItem(item)
        self.list.currentItemChanged.connect(lambda item, _: self._show(item))
        self.resize(760, 520)
        self.show_entry("", "")
        theme.follow(self.restyle)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        self._show(self.list.currentItem())

    def show_entry(self, name: str, entry: str) -> None:
        """Turn to an article; the first one when there is none of that name."""
        self.search.clear()
        rows = [self.list.item(row) for row in range(self.list.count())]
        found = next(
            (item for item in rows if item.data(WHICH) in ((name, entry), ("layers", entry), ("nodes", entry))), None
        )
        self.list.setCurrentItem(found or next(item for item in rows if item.data(WHICH)))
        self.list.scrollToItem(self.list.currentItem())

    def _narrow(self, typed: str) -> None:
        wanted = typed.casefold().split()
        best: tuple[int, QListWidgetItem] | None = None
        for row in range(self.list.count()):
            item = self.list.item(row)
            if item.data(WHICH) is None:
                item.setHidden(bool(wanted))
                continue
            hidden = not all(word in item.data(FOUND_BY) for word in wanted)
            item.setHidden(hidden)
            if not hidden:
                # An article that is called so comes before those that only speak of it.
                called = _called(item, " ".join(wanted)) if wanted else 0
                if best is None or called > best[0]:
                    best = called, item
        self.none.setVisible(best is None)
        if wanted and best is not None:
            self.list.setCurrentItem(best[1])

    def _show(self, item: QListWidgetItem | None) -> None:
        if item is None or item.data(WHICH) is None:
            return
        name, kind = item.data(WHICH)
        if name == IDEAS:
            idea = ideas(language())[kind]
            if idea.draw:
                page = self.article.document()
                page.addResource(page.ResourceType.ImageResource, QUrl(PICTURE), picture(idea.draw))
            self.article.setHtml(idea_article(idea))
        else:
            self.article.setHtml(problem_article(kind) if name in SECTIONS else article(family(name)[kind]))

    def _follow(self, link: QUrl) -> None:
        """A link of an article: to another one, an example or a panel."""
        kind, _, name = link.toString().partition(":")
        if kind == "lesson":
            self.lesson.emit(name)
        elif kind == "example":
            self.example.emit(name)
        elif kind == "panel":
            self.panel.emit(name)
        elif "/" in name:
            self.show_entry(*name.split("/", 1))
        else:
            self.show_entry(IDEAS, name)


def _called(item: QListWidgetItem, typed: str) -> int:
    """How much an article is called what was typed: 5 or 4 exactly so, 3 where a name begins so, 2 with all its words
    in the title, 1 in another name, 0 where it only speaks of it.
    """
    names: tuple[str, ...] = tuple(item.data(NAMED) or (item.text().strip().casefold(),))
    idea = item.data(WHICH)[0] == IDEAS
    if typed in names:
        return 5 if idea else 4
    if any(name.startswith(typed) for name in names):
        return 3
    title = names[0]
    if all(word in title for word in typed.split()):
        return 2
    return int(any(all(word in name for word in typed.split()) for name in names))


PARTS = ("what", "why", "remedy")


def idea_article(idea: Idea) -> str:
    """What an idea is, with its picture and formula, and where to go on."""
    t = theme.current()
    parts = [f"<h2>{quoting.markup(idea.title)}</h2>"]
    if idea.draw:
        parts.append(f"<p><img src='{PICTURE}' width='{WIDE}' height='{HIGH}'/></p>")
    if idea.formula:
        parts.append(f"<p style='font-size: large'>{quoting.markup(idea.formula)}</p>")
    parts += [f"<p>{quoting.markup(paragraph).replace('`', '')}</p>" for paragraph in idea.paragraphs]
    if idea.see:
        links = " · ".join(f"<a href='{_link(see)}' style='color:{t.accent}'>{_said(see)}</a>" for see in idea.see)
        parts.append(f"<p>{quoting.markup(tr('See also'))}: {links}</p>")
    return "".join(parts)


def _link(see: str) -> str:
    return see if ":" in see else f"to:{see}"


def _said(see: str) -> str:
    """What a link is called."""
    kind, _, name = see.partition(":")
    if kind == "lesson":
        title = next((lesson.title(language()) for lesson in shelf() if lesson.id == name), name)
        return quoting.markup(tr("lesson {name}", name=f"{name} · {title}"))
    if kind == "example":
        return quoting.markup(tr("example {name}", name=name))
    if kind == "panel":
        return quoting.markup(tr("panel {name}", name=words(PANELS[name])))
    if "/" in see:
        of, entry = see.split("/", 1)
        return quoting.markup(words(family(of)[entry].title))
    return quoting.markup(ideas(language())[see].title)


def problem_keys(section: str) -> tuple[str, ...]:
    """The problems of a section; what stands for a reason of its own alone has nothing to explain."""
    keys = [key.removesuffix(".what") for key in MESSAGES if key.endswith(".what")]
    return tuple(
        key
        for key in keys
        if key.startswith(WATCHED) == (section == WATCHED) and len(sentence(key, "what", "en")) >= LEAST_LETTERS
    )


def sentence(key: str, part: str, language: str) -> str:
    """A sentence of a problem, with … for what differs from case to case."""
    found = MESSAGES.get(f"{key}.{part}")
    return _GAP.sub("…", in_language(found, language)) if found is not None else ""


def problem_article(key: str) -> str:
    """What a problem means, why it is one, and what to do."""
    what, why, remedy = (quoting.markup(sentence(key, part, language())) for part in PARTS)
    parts = [f"<h2>{what}</h2>", f"<p>{why}</p>" if why else ""]
    return "".join([*parts, f"<h3>{quoting.markup(tr('What to do'))}</h3><p>{remedy}</p>" if remedy else ""])


def article(entry: Entry) -> str:
    """What there is to say of an entry: what it is, its formula, its settings."""
    t = theme.current()
    parts = [f"<h2>{quoting.markup(words(entry.title))}</h2>", f"<p>{quoting.markup(words(entry.help))}</p>"]
    if entry.formula:
        parts.append(
            f"<p style='font-family: \"Noto Serif\", serif; font-size: large'>{quoting.markup(entry.formula)}</p>"
        )
    if isinstance(entry, Activation):
        facts = [(tr("derivative"), entry.derivative), (tr("range"), entry.range)]
        parts += [f"<p>{quoting.markup(title)}: {quoting.markup(value)}</p>" for title, value in facts if value]
    shown = [field for field in entry.fields if not field.hidden]
    if shown:
        parts.append(f"<h3>{quoting.markup(tr('Settings'))}</h3>")
        for field in shown:
            said = f" – {quoting.markup(words(field.help))}" if field.help is not None else ""
            parts.append(
                f"<p><b>{quoting.markup(words(field.title))}</b><span style='color:{t.muted}'>{said}</span></p>"
            )
    return "".join(parts)
