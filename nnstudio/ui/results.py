"""What came out of a run: confusion matrix, precision, recall and F1 by class, or MAE, RMSE and R²."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QHeaderView, QLabel, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from nnstudio.ui import theme
from nnstudio.ui.texts import number, tr

MAX_CLASSES = 40


class Results(QWidget):
    """Filled when a run ends."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: Mapping[str, Any] | None = None
        self._classes: tuple[str, ...] = ()
        self.part = QComboBox()
        for name, text in (("validation", tr("validation part")), ("train", tr("training part"))):
            self.part.addItem(text, name)
        self.part.setAccessibleName(tr("Part"))
        self.part.activated.connect(lambda _: self._fill())
        self.about = QLabel()
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 8, 0)
        head.addWidget(self.part)
        head.addWidget(self.about, 1)
        self.confusion, self.classes = QTableWidget(), QTableWidget()
        for table, name in ((self.confusion, tr("Confusion matrix")), (self.classes, tr("By class"))):
            table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
            table.verticalHeader().setDefaultSectionSize(24)
            table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
            table.setAccessibleName(name)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.confusion, 1)
        row.addWidget(self.classes, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addLayout(row, 1)
        self.show_report(None, ())

    def show_report(self, report: Mapping[str, Any] | None, classes: tuple[str, ...]) -> None:
        """Show a run's report; None while there is none."""
        self._report, self._classes = report, classes
        self._fill()

    def _fill(self) -> None:
        metrics = (self._report or {}).get("metrics", {}).get(self.part.currentData())
        for table in (self.confusion, self.classes):
            table.setVisible(bool(metrics and "confusion" in metrics))
        if metrics is None:
            self.about.setText(tr("Here stands what a finished run has reached.") if self._report is None else tr("This part has no samples."))
            return
        parts = [f"{tr('loss')} {_text(metrics['loss'])}"]
        if "confusion" in metrics:
            parts.append(f"{tr('accuracy')} {_text(metrics['accuracy'])}")
            parts.append(tr("rows: true class, columns: said"))
        else:
            parts += [f"MAE {_text(metrics['mae'])}", f"RMSE {_text(metrics['rmse'])}", f"R² {_text(metrics['r2'])}"]
        restored = (self._report or {}).get("restored_epoch")
        if restored:
            parts.append(tr("weights of epoch {epoch} restored", epoch=restored))
        self.about.setText(" · ".join(parts))
        if "confusion" in metrics:
            self._tables(metrics)

    def _tables(self, metrics: Mapping[str, Any]) -> None:
        square = metrics["confusion"][:MAX_CLASSES]
        names = [self._classes[k] if k < len(self._classes) else str(k) for k in range(len(square))]
        self.confusion.setRowCount(len(square))
        self.confusion.setColumnCount(len(square))
        self.confusion.setHorizontalHeaderLabels(names)
        self.confusion.setVerticalHeaderLabels(names)
        t = theme.current()
        for r, row in enumerate(square):
            most = max(1, sum(row))
            for c, count in enumerate(row[:MAX_CLASSES]):
                item = QTableWidgetItem(f"{count:,}")
                item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                share = count / most
                item.setBackground(QBrush(QColor(theme.mixed(t.positive if r == c else t.negative, t.panel, 0.65 * share))))
                item.setForeground(QBrush(QColor(t.text)))
                item.setToolTip(tr("{count} of class {truth} said to be {said}", count=count, truth=names[r], said=names[c]))
                self.confusion.setItem(r, c, item)
        self.classes.setRowCount(len(square))
        self.classes.setColumnCount(4)
        self.classes.setHorizontalHeaderLabels([tr("precision"), tr("recall"), "F1", tr("samples")])
        self.classes.setVerticalHeaderLabels(names)
        for r, entry in enumerate(metrics["classes"][:MAX_CLASSES]):
            for c, text in enumerate((_text(entry["precision"]), _text(entry["recall"]), _text(entry["f1"]), f"{entry['support']:,}")):
                item = QTableWidgetItem(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                self.classes.setItem(r, c, item)


def _text(value: float | None) -> str:
    return "–" if value is None else number(float(value))
