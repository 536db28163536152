"""The words of a card: its name, what was chosen, its shape, a note. From farther away they are written larger."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontInfo, QFontMetricsF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSimpleTextItem

from nnstudio.catalog.registry import family, node_kinds
from nnstudio.document.fields import ChoiceField
from nnstudio.document.numbers import number
from nnstudio.document.values import Choice, Node
from nnstudio.ui.canvas.face import Padlock
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr, words

HEAD, PAD = 44.0, 10.0
# A card's words, in the size of the canvas' font.
TITLE, SMALL = 1.25, 1.12
# From very far away there is the name alone, so much larger.
LARGE = 1.9
# Letters are so many pixels high on the screen, or so much larger than up close.
LEGIBLE, LARGEST = 11.2, 1.35
# Where room is short they may be so small.
SMALLEST = 11.0


def larger(font: QFont, zoom: float) -> float:
    """How much larger a font is to be written to be read at a zoom."""
    return min(max(LEGIBLE / (QFontInfo(font).pixelSize() * zoom), 1.0), LARGEST)


def title_of(node: Node) -> str:
    """The card's first line: the student's name, or the kind's."""
    kind = node_kinds().get(node.kind)
    return node.name or (words(kind.title) if kind is not None else node.kind)


def summary_of(node: Node, brief: bool = False) -> str:
    """The card's second line: the choices that matter most; ``brief`` leaves out what a layer that is unfolded shows
    anyway: its kind and its size.
    """
    kind = node_kinds().get(node.kind)
    if kind is None:
        return tr("unknown kind: {kind}", kind=node.kind)
    parts = [] if brief or title_of(node) == words(kind.title) or kind.role != "layer" else [words(kind.title)]
    if node.body is not None:
        parts.append(tr("{count} nodes inside", count=len(node.body.nodes)))
    # A layer's own optimizer takes the place of where its weights begin: there is not room for both.
    own = node.params.get("optimizer") if kind.role == "layer" else None
    for name in kind.summary:
        value = node.params.get(name)
        if isinstance(value, Choice):
            field = next(f for f in kind.fields if f.name == name and isinstance(f, ChoiceField))
            if (value.kind in ("default", "identity", "constant") and name != "activation") or (
                own is not None and field.family == "initializers"
            ):
                continue
            entry = family(field.family).get(value.kind)
            if value.kind == "identity":
                continue
            parts.append(words(entry.title) if entry is not None else value.kind)
        elif isinstance(value, float):
            parts.append(f"{name} = {number(value).rstrip('0').rstrip('.')}")
        elif value is not None and not brief:
            parts.append(str(value))
    if isinstance(own, Choice):
        rule = family("optimizers").get(own.kind)
        parts.append(words(rule.title) if rule is not None else own.kind)
    served = node.params.get("serves")
    if served:
        parts.append(tr("{count} layers", count=len(served)) if len(served) > 1 else str(served[0]))
    shared = node.params.get("shares")
    if shared:
        parts.append(tr("weights of {layer}", layer=str(shared[0]).rpartition("/")[2]))
    return " · ".join(parts)


def elide(text: str, font: QFont, width: float) -> str:
    """Shorten a text to a width in pixels."""
    return QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, width)


def _fonts_of_cards() -> tuple[QFont, QFont]:
    """The font of a title, and that of all else."""
    base = theme.canvas_font()
    small = QFont(base)
    small.setPointSizeF(base.pointSizeF() * SMALL)
    bold = QFont(base)
    bold.setPointSizeF(base.pointSizeF() * TITLE)
    bold.setBold(True)
    return bold, small


class Heading:
    """Belongs to a card, whose items the words are."""

    def __init__(self, card: QGraphicsItem) -> None:
        self.title = QGraphicsSimpleTextItem(card)
        self.lock = Padlock(card)
        self.lock.setPos(PAD - 1, 7)
        self.lock.setVisible(False)
        self.summary = QGraphicsSimpleTextItem(card)
        self.shape = QGraphicsSimpleTextItem(card)
        self.note = QGraphicsSimpleTextItem(card)
        bold, self.font = _fonts_of_cards()
        self.title.setFont(bold)
        for item in (self.summary, self.shape, self.note):
            item.setFont(self.font)
        self.large = self.locked = False
        self.shape_text = self.note_text = ""
        self.zoom = 1.0

    @property
    def note_room(self) -> float:
        """How high the note is, if there is one, at its largest."""
        return LARGEST * QFontMetricsF(self.font).height() + 2 if self.note_text else 0.0

    def lay_out(self, node: Node, wide: float, height: float, unfolded: bool) -> None:
        """Write the words into a card of a size."""
        bold, small = self.title.font(), larger(self.font, self.zoom)
        scale = LARGE if self.large else larger(bold, self.zoom)
        letters, room = QFontMetricsF(self.font), wide - 2 * PAD
        named = QFontMetricsF(bold).horizontalAdvance(title_of(node)) * scale
        # Larger words stand closer, so that the head of the card is as high as ever.
        tight = (small - 1) / (LARGEST - 1)
        top = 5 - 3 * tight
        below = top + 1 - tight + QFontMetricsF(bold).height() * (1.0 if self.large else scale * (1 - 0.1 * tight))
        chosen = summary_of(node, unfolded)
        for said in (self.shape_text, self.shape_text.removeprefix("N × ")):
            # The batch goes without saying where there is no room for it.
            shape_width = letters.horizontalAdvance(said) * small
            # The long shape of an image stands in the second line, so that the name stays readable.
            beside = named + shape_width + 6 <= room or (shape_width < 0.4 * room and not unfolded)
            if shape_width + (0 if beside else letters.horizontalAdvance(chosen) * small + 6) <= room:
                break
        self.shape.setText(said)
        for item in (self.summary, self.shape, self.note):
            item.setScale(small)
        if shape_width > room:
            self.shape.setScale(small * room / shape_width)
            shape_width = room
        self.shape.setPos(wide - PAD - shape_width, top + 2 if beside else below)
        self.title.setScale(scale)
        lock = 14.0 if self.locked else 0.0
        self.lock.setVisible(self.locked)
        width = room if self.large else room - lock - (shape_width + 6 if beside else 0)
        self.title.setText(elide(title_of(node), bold, width / scale))
        self.title.setPos(PAD + lock, top)
        width = room - (0 if beside else shape_width + 6)
        self.summary.setText(elide(chosen, self.font, width / small))
        self.summary.setPos(PAD, below)
        # A note that just does not fit is a little smaller.
        fitting = room / max(letters.horizontalAdvance(self.note_text), 1.0)
        noted = min(small, max(fitting, SMALLEST / (QFontInfo(self.font).pixelSize() * self.zoom)))
        self.note.setScale(noted)
        self.note.setText(elide(self.note_text, self.font, room / noted + 1))
        self.note.setPos(PAD, height - QFontMetricsF(self.font).height() * small - 4)

    def show(self, *, name: bool, rest: bool) -> None:
        """Show the name, and the rest, or not."""
        self.title.setVisible(name)
        for item in (self.summary, self.shape, self.note):
            item.setVisible(rest)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        t = theme.current()
        self.title.setBrush(QBrush(QColor(t.text)))
        self.lock.restyle()
        for item in (self.summary, self.shape, self.note):
            item.setBrush(QBrush(QColor(t.muted)))
