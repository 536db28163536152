"""The settings of the program: language, look, training, how work is kept safe, privacy."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document.languages import languages
from nnstudio.session.cores import gpus
from nnstudio.session.settings import (
    EVERYTHING,
    NETWORK_ONLY,
    PROCESS,
    TEXT_SIZES,
    THREAD,
    WEIGHTS_ONLY,
    Settings,
    load_settings,
    save_settings,
)
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import tr


class SettingsDialog(QDialog):
    """A form; nothing changes before OK."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.before = load_settings()
        self.setWindowTitle(tr("Settings"))
        layout = QVBoxLayout(self)
        self.language = self._combo(
            [("", tr("As the system")), *((one.id, one.name) for one in languages())], self.before.language
        )
        self.theme = self._combo(
            [
                ("", tr("As the system")),
                ("light", tr("Light")),
                ("dark", tr("Dark")),
                ("contrast", tr("High contrast")),
            ],
            self.before.theme,
        )
        self.text_size = self._combo([(size, f"{size} %") for size in TEXT_SIZES], self.before.text_size)
        self.motion = self._check(tr("Motion: cards glide, light runs along the weights"), self.before.motion)
        self._section(
            layout,
            tr("LOOK"),
            [
                (tr("Language"), self.language),
                (tr("Colours"), self.theme),
                (tr("Text size"), self.text_size),
                ("", self.motion),
            ],
        )
        self.device = self._combo(_devices(self.before.device), self.before.device)
        self.threads = QSpinBox()
        self.threads.setRange(0, os.cpu_count() or 1)
        self.threads.lineEdit().setTextMargins(6, 0, 0, 0)
        self.threads.setSpecialValueText(tr("automatic"))
        self.threads.setValue(min(self.before.threads, os.cpu_count() or 1))
        self.threads.setToolTip(
            tr(
                "Automatic: each run measures with how many it is quicker, and keeps to that. Another number of cores "
                "may change the last digits of a run."
            )
        )
        self.process = self._check(tr("Train in a process of its own"), self.before.transport == PROCESS)
        self.process.setToolTip(
            tr(
                "The window does not hold the training up, and a run that crashes takes nothing with it. Takes 300 MB "
                "more. From the next run on."
            )
        )
        self.unhurried = self._check(tr("Begin runs at a pace that can be watched"), self.before.unhurried)
        self.unhurried.setToolTip(
            tr("A run takes about 15 s then, unless the network itself is slower. The dial in the toolbar changes it.")
        )
        self.lead = self._check(tr("Turn to the desk of what is begun"), self.before.lead)
        self.lead.setToolTip(tr("Run leads to the desk Watch, Step to the desk Step."))
        self._section(
            layout,
            tr("TRAINING"),
            [
                (tr("Device"), self.device),
                (tr("CPU cores"), self.threads),
                ("", self.process),
                ("", self.unhurried),
                ("", self.lead),
            ],
        )
        self.carry = self._combo(
            [
                (EVERYTHING, tr("The run as it stands, to go on with")),
                (WEIGHTS_ONLY, tr("Trained weights and curves")),
                (NETWORK_ONLY, tr("The network alone")),
            ],
            self.before.carry,
        )
        self.carry.setToolTip(
            tr(
                "What is saved beside the network. The run as it stands has optimizer, random state and place: opened "
                "again it goes on as if it had never been closed."
            )
        )
        self._section(layout, tr("PROJECT FILES"), [(tr("Carry"), self.carry)])
        self.recovery = self._check(tr("Keep unsaved work for recovery"), self.before.recovery)
        self.folder = QLineEdit(self.before.recovery_folder)
        self.folder.setPlaceholderText(tr("the program's own folder"))
        self.folder.setClearButtonEnabled(True)
        choose = QPushButton(tr("Choose …"))
        choose.clicked.connect(self._choose)
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.folder, 1)
        line.addWidget(choose)
        row.setFocusProxy(self.folder)
        self._section(layout, tr("SAFETY"), [("", self.recovery), (tr("Recovery folder"), row)])
        self.said = plain(QLabel())
        self.said.setObjectName("problem")
        self.said.setWordWrap(True)
        self.said.hide()
        layout.addWidget(self.said)
        heading = QLabel(tr("PRIVACY"))
        heading.setObjectName("heading")
        layout.addWidget(heading)
        private = QLabel(
            tr(
                "Nothing leaves this computer: no account, no statistics, no connection. Projects, data and settings "
                "stay in your own folders."
            )
        )
        private.setWordWrap(True)
        layout.addWidget(private)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.defaults = buttons.addButton(tr("Defaults"), QDialogButtonBox.ButtonRole.ResetRole)
        self.defaults.clicked.connect(self._defaults)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self.setMinimumWidth(480)

    def _section(self, layout: QVBoxLayout, title: str, rows: list[tuple[str, QWidget]]) -> None:
        heading = QLabel(title)
        heading.setObjectName("heading")
        layout.addWidget(heading)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, widget in rows:
            if name:
                label = QLabel(name)
                label.setBuddy(widget)
                widget.setAccessibleName(name)
                form.addRow(label, widget)
            else:
                form.addRow(widget)
        layout.addLayout(form)

    def _combo(self, options: list[tuple[object, str]], value: object) -> QComboBox:
        box = QComboBox()
        for name, title in options:
            box.addItem(title, name)
        box.setCurrentIndex(max(0, box.findData(value)))
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return box

    def _check(self, text: str, value: bool) -> QCheckBox:
        box = QCheckBox(text)
        box.setChecked(value)
        return box

    def _choose(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Recovery folder"), self.folder.text())
        if folder:
            self.folder.setText(folder)

    def _defaults(self) -> None:
        self._show(replace(Settings(), recent=self.before.recent, shortcuts=self.before.shortcuts))

    def _show(self, settings: Settings) -> None:
        for box, value in (
            (self.language, settings.language),
            (self.theme, settings.theme),
            (self.text_size, settings.text_size),
            (self.device, settings.device),
            (self.carry, settings.carry),
        ):
            box.setCurrentIndex(max(0, box.findData(value)))
        self.motion.setChecked(settings.motion)
        self.recovery.setChecked(settings.recovery)
        self.threads.setValue(settings.threads)
        self.process.setChecked(settings.transport == PROCESS)
        self.unhurried.setChecked(settings.unhurried)
        self.lead.setChecked(settings.lead)
        self.folder.setText(settings.recovery_folder)

    def chosen(self) -> Settings:
        """The settings as the form has them."""
        return replace(
            self.before,
            language=self.language.currentData(),
            theme=self.theme.currentData(),
            text_size=self.text_size.currentData(),
            motion=self.motion.isChecked(),
            device=self.device.currentData(),
            threads=self.threads.value(),
            transport=PROCESS if self.process.isChecked() else THREAD,
            unhurried=self.unhurried.isChecked(),
            lead=self.lead.isChecked(),
            carry=self.carry.currentData(),
            recovery=self.recovery.isChecked(),
            recovery_folder=self.folder.text().strip(),
        )

    def accept(self) -> None:
        folder = self.folder.text().strip()
        if (folder and not os.access(folder, os.W_OK | os.X_OK)) or (folder and not Path(folder).is_dir()):
            self.said.setText(
                tr("Nothing can be written to {folder}. Choose another folder, or leave it empty.", folder=folder)
            )
            self.said.show()
            self.folder.setFocus()
            return
        super().accept()


def _devices(chosen: str) -> list[tuple[object, str]]:
    """Where projects may train here, and what was chosen on another day, or for another machine."""
    count, apple = gpus()
    found: list[tuple[object, str]] = [("", tr("A CUDA GPU where there is one")), ("cpu", tr("Always the CPU"))]
    if count > 1:
        found += [(f"cuda:{place}", tr("CUDA GPU {number}", number=place)) for place in range(count)]
    if apple:
        found.append(("mps", tr("Apple GPU")))
    if chosen not in [name for name, _ in found]:
        found.append((chosen, tr("{device} (not there)", device=chosen)))
    return found


def ask_settings(parent: QWidget, keep_anew: Callable[[], None], relook: Callable[[], None]) -> None:
    """Show the settings; what was changed goes into force at once: by ``keep_anew`` where work is kept, by ``relook``
    how all looks.
    """
    dialog = SettingsDialog(parent)
    okay, before, after = dialog.exec(), dialog.before, dialog.chosen()
    dialog.deleteLater()
    if not okay or after == before:
        return
    save_settings(after)
    if after.recovery_folder != before.recovery_folder or after.recovery != before.recovery:
        keep_anew()
    if (after.language, after.theme, after.text_size) != (before.language, before.theme, before.text_size):
        relook()
