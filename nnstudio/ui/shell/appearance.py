"""How the window looks: colours, language, settings, and how much of it a first lesson needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from nnstudio.document.lesson import hidden_in
from nnstudio.session.settings import load_settings, save_settings
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import next_language
from nnstudio.ui.project.settings_dialog import ask_settings
from nnstudio.ui.shell.side import side_for_words
from nnstudio.ui.shell.workbench import Bench


class Appearance:
    """Of one window. ``relook`` brings the look of the settings into force; another language needs a new window."""

    def __init__(self, bench: Bench, relook: Callable[[], None] | None) -> None:
        self._bench = bench
        self.changed = relook if relook is not None else lambda: None
        self._words = theme.text_scale()

    def switch_theme(self) -> None:
        """Light becomes dark and back."""
        name = "light" if theme.current().name == "dark" else "dark"
        save_settings(replace(load_settings(), theme=name))
        self.changed()

    def switch_language(self) -> None:
        """Speak the next language."""
        save_settings(replace(load_settings(), language=next_language().id))
        self.changed()

    def ask_settings(self) -> None:
        """Show and change the settings."""
        ask_settings(self._bench.boxes.over, self._bench.session.recovery.move, self.changed)

    def set_beginner(self, beginner: bool) -> None:
        """Show only what a first lesson needs, or everything."""
        save_settings(replace(load_settings(), full=not beginner))
        self.show_full(not beginner)

    def show_full(self, full: bool) -> None:
        """Bring palette, panels and settings into line with that."""
        parts, panels = self._bench.parts, self._bench.panels
        parts.palette.set_full(full)
        for panel in panels.panels:
            if panel.advanced:
                panels.set_shown(panel.id, full and f"dock:{panel.id}" not in hidden_in(self._bench.session.document))
        parts.inspector.allow_full(full)
        panels.raise_fronts()

    def restyle(self) -> None:
        """Take the sizes of the theme, where no view of its own does."""
        if theme.text_scale() != self._words:
            # A panel that the student made narrower stays so when only the colours change.
            self._words = theme.text_scale()
            self._bench.parts.side.widen(side_for_words())
        self._bench.panels.hide_strays()
        self._bench.parts.toast.place()
