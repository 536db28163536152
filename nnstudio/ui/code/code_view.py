"""The exported script beside the canvas, with the lines of a node or a step marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from operator import ne
from typing import TYPE_CHECKING

from PySide6.QtGui import (
    QColor,
    QFontDatabase,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr

if TYPE_CHECKING:
    from pygments.lexer import Lexer

# Where in a line which colour stands: (column, length, colour).
Spans = tuple[tuple[int, int, str], ...]
Line = tuple[str, Spans]
QUOTES = '"""'
# More lines than this are changed in one go.
MOST_SINGLE = 200


@cache
def _lexer() -> Lexer:
    # Made when the first code is shown: its rules take as long as a tenth of the start.
    from pygments.lexers import PythonLexer

    return PythonLexer(stripnl=False, ensurenl=False)


class CodeView(QPlainTextEdit):
    """Read-only Python text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._size_words()
        self.setAccessibleName(tr("Code"))
        self.setPlaceholderText(tr("The Python code appears here when the network is complete."))
        self._nodes: Mapping[int, str] = {}
        self._steps: Mapping[str, int] = {}
        self._text = ""
        self._again: Callable[[], None] = partial(self.mark_node, None)
        self._colors = _Colors(self.document())
        theme.follow(self.restyle)

    def _size_words(self) -> None:
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(max(font.pointSizeF(), 1.0) * theme.text_scale())
        self.setFont(font)

    def restyle(self) -> None:
        """Take the colours and the text size of the program."""
        place = self.verticalScrollBar().value()
        self._size_words()
        self._colors.forget()
        self._colors.learn(self._text)
        self._colors.rehighlight()
        self._again()
        self.verticalScrollBar().setValue(place)

    def show_source(self, text: str, nodes: Mapping[int, str], steps: Mapping[str, int]) -> None:
        """Show a script and which node and step its lines belong to."""
        self._nodes, self._steps = nodes, steps
        # What the widget takes for the end of a line is one here as well.
        text = text.replace("\r", "").replace("\u2028", " ").replace("\u2029", " ")
        if text != self._text:
            self._show(text)
            self._to_line(next(iter(sorted(nodes)), 1))
            # Lines have moved: what is marked stays marked.
            self._again()

    def _show(self, text: str) -> None:
        """Put a script in the place of another; lines that are the same, with the same colours, stay as they are."""
        self._text = text
        old, new = self._colors.lines, self._colors.learn(text)
        if len(old) == len(new) and sum(map(ne, old, new)) <= MOST_SINGLE:
            for place, (one, other) in enumerate(zip(old, new, strict=True)):
                if one != other:
                    self._replace(place, place + 1, new, place + 1)
            return
        head = _same(old, new)
        tail = _same(old[head:][::-1], new[head:][::-1])
        if not head and not tail:
            self.setPlainText(text)
        else:
            self._replace(head, len(old) - tail, new, len(new) - tail)

    def _replace(self, first: int, end: int, lines: list[Line], stop: int) -> None:
        """Put lines from ``first`` to ``stop`` of the new text in the place of those up to ``end`` of the old one."""
        count = self.blockCount()
        cursor = QTextCursor(self.document().findBlockByNumber(min(first, count - 1)))
        if first == count:
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
            cursor.insertText("".join(f"\n{line}" for line, _ in lines[first:stop]))
            return
        if end < count:
            cursor.setPosition(self.document().findBlockByNumber(end).position(), QTextCursor.MoveMode.KeepAnchor)
            cursor.insertText("".join(f"{line}\n" for line, _ in lines[first:stop]))
            return
        if first == stop:
            # With the break before them, which is the last one now.
            cursor.movePosition(QTextCursor.MoveOperation.PreviousCharacter)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText("\n".join(line for line, _ in lines[first:stop]))

    def mark_node(self, node: str | None) -> None:
        """Mark all lines of a node."""
        self._again = partial(self.mark_node, node)
        self._mark([line for line, name in self._nodes.items() if name == node], theme.current().accent)

    def mark_step(self, step: str | None) -> None:
        """Mark the line of a step as the present one."""
        self._again = partial(self.mark_step, step)
        line = self._steps.get(step) if step else None
        self._mark([line] if line else [], theme.current().now)

    def mark_text(self, text: str) -> None:
        """Mark the first line that holds a text as the present one."""
        self._again = partial(self.mark_text, text)
        line = next((number for number, row in enumerate(self.toPlainText().split("\n"), 1) if text in row), 0)
        self._mark([line] if line else [], theme.current().now)

    def _mark(self, lines: list[int], color: str) -> None:
        marks = []
        for line in sorted(lines):
            mark = QTextEdit.ExtraSelection()
            tint = QColor(color)
            tint.setAlpha(60)
            mark.format.setBackground(tint)
            mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
            mark.cursor = QTextCursor(self.document().findBlockByNumber(line - 1))
            marks.append(mark)
        self.setExtraSelections(marks)
        if lines:
            self._to_line(min(lines))

    def _to_line(self, line: int) -> None:
        self.verticalScrollBar().setValue(max(0, line - 3))


class _Colors(QSyntaxHighlighter):
    """Colours found by pygments, line by line; what a line looks like is remembered."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self.lines: list[Line] = [("", ())]
        self._known: dict[str, tuple[Spans, ...]] = {}

    def forget(self) -> None:
        """Look at every line anew: its colours are others now."""
        self._known = {}

    def learn(self, text: str) -> list[Line]:
        """Take the lines of another text, with their colours; returns them."""
        found: list[Line] = []
        piece: list[str] = []
        known = self._known
        self._known = {}
        for line in text.split("\n"):
            # A text of several lines is one piece; any other line is read for itself.
            within = bool(piece)
            piece.append(line)
            if (line.count(QUOTES) % 2 == 1) != within:
                continue
            found += self._spans(piece, known)
            piece = []
        found += self._spans(piece, known) if piece else []
        self.lines = found
        return found

    def _spans(self, piece: list[str], known: Mapping[str, tuple[Spans, ...]]) -> list[Line]:
        text = "\n".join(piece)
        spans = self._known.get(text) or known.get(text) or _lex(text)
        self._known[text] = spans
        return list(zip(piece, spans, strict=True))

    def highlightBlock(self, text: str) -> None:
        row = self.currentBlock().blockNumber()
        for start, length, color in self.lines[row][1] if row < len(self.lines) else ():
            style = QTextCharFormat()
            style.setForeground(QColor(color))
            self.setFormat(start, length, style)


def _lex(text: str) -> tuple[Spans, ...]:
    """Where in each line which colour stands."""
    from pygments.token import Comment, Keyword, Name, Number, String

    t = theme.current()
    kinds = (
        (Comment, t.muted),
        (String, t.good),
        (Keyword, t.now),
        (Number, t.negative),
        (Name.Function, t.positive),
        (Name.Class, t.positive),
    )
    lines: list[list[tuple[int, int, str]]] = [[]]
    column = 0
    for token, piece in _lexer().get_tokens(text):
        color = next((c for kind, c in kinds if token in kind), "")
        for number, part in enumerate(piece.split("\n")):
            if number:
                lines.append([])
                column = 0
            if part and color:
                lines[-1].append((column, len(part), color))
            column += len(part)
    return tuple(map(tuple, lines))


def _same(old: list[Line], new: list[Line]) -> int:
    """How many lines are the same from the beginning."""
    return next(
        (place for place, (one, other) in enumerate(zip(old, new, strict=False)) if one != other),
        min(len(old), len(new)),
    )
