"""The exported script beside the canvas, with the lines of a node or a step marked."""

from __future__ import annotations

from collections.abc import Mapping

from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, String
from PySide6.QtGui import QColor, QFontDatabase, QSyntaxHighlighter, QTextCharFormat, QTextCursor, QTextFormat
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from nnstudio.ui import theme
from nnstudio.ui.texts import tr


class CodeView(QPlainTextEdit):
    """Read-only Python text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(max(font.pointSizeF(), 1.0) * theme.text_scale())
        self.setFont(font)
        self.setAccessibleName(tr("Code"))
        self.setPlaceholderText(tr("The Python code appears here when the network is complete."))
        self._nodes: Mapping[int, str] = {}
        self._steps: Mapping[str, int] = {}
        self._colors = _Colors(self.document())

    def show_source(self, text: str, nodes: Mapping[int, str], steps: Mapping[str, int]) -> None:
        """Show a script and which node and step its lines belong to."""
        self._nodes, self._steps = nodes, steps
        if text != self.toPlainText():
            self._colors.learn(text)
            self.setPlainText(text)
            self._to_line(next(iter(sorted(nodes)), 1))

    def mark_node(self, node: str | None) -> None:
        """Mark all lines of a node."""
        self._mark([line for line, name in self._nodes.items() if name == node], theme.current().accent)

    def mark_step(self, step: str | None) -> None:
        """Mark the line of a step as the present one."""
        line = self._steps.get(step) if step else None
        self._mark([line] if line else [], theme.current().now)

    def mark_text(self, text: str) -> None:
        """Mark the first line that holds a text as the present one."""
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
    """Colours found by pygments for the whole text at once, then laid on line by line."""

    def __init__(self, document: object) -> None:
        super().__init__(document)
        self._lines: list[list[tuple[int, int, str]]] = []

    def learn(self, text: str) -> None:
        t = theme.current()
        kinds = ((Comment, t.muted), (String, t.good), (Keyword, t.now), (Number, t.negative), (Name.Function, t.positive),
                 (Name.Class, t.positive))
        lines: list[list[tuple[int, int, str]]] = [[]]
        column = 0
        for token, piece in PythonLexer(stripnl=False, ensurenl=False).get_tokens(text):
            color = next((c for kind, c in kinds if token in kind), "")
            for number, part in enumerate(piece.split("\n")):
                if number:
                    lines.append([])
                    column = 0
                if part and color:
                    lines[-1].append((column, len(part), color))
                column += len(part)
        self._lines = lines

    def highlightBlock(self, text: str) -> None:
        row = self.currentBlock().blockNumber()
        for start, length, color in self._lines[row] if row < len(self._lines) else ():
            style = QTextCharFormat()
            style.setForeground(QColor(color))
            self.setFormat(start, length, style)
