"""Every action of the window, declared once: its words, its keys, its place in the menus, what it does and when it can
be used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from nnstudio.document.text import Text
from nnstudio.engine.states import State
from nnstudio.session.lessons.shelf import FIRST
from nnstudio.session.settings import load_settings
from nnstudio.ui.kit.texts import next_language
from nnstudio.ui.project.elsewhere import new_window
from nnstudio.ui.shell.appearance import Appearance
from nnstudio.ui.shell.desks import BUILD, DESKS, Arrangement
from nnstudio.ui.shell.guide import Guide
from nnstudio.ui.shell.presenting import Presenter
from nnstudio.ui.shell.workbench import Bench

Standard = QKeySequence.StandardKey
Keys = tuple[str | QKeySequence.StandardKey, ...]


@dataclass(frozen=True)
class Window:
    """What actions act on."""

    widget: QWidget
    bench: Bench
    appearance: Appearance
    guide: Guide
    presenter: Presenter


Act = Callable[[Window], object]


@dataclass(frozen=True)
class Action:
    """One action. ``canvas``: its keys mean something else wherever text is written. ``tip`` takes the place of its
    words in the tip.

    ``on`` makes it one that is switched on and off; it begins as ``begins`` says. ``group`` binds those of which one
    alone is on. ``may_hide`` lets a lesson leave it out.
    """

    id: str
    text: Text
    act: Act | None = None
    keys: Keys = ()
    canvas: bool = False
    tip: Callable[[], Text | str] | None = None
    when: Callable[[Window], bool] | None = None
    on: Callable[[Window, bool], object] | None = None
    begins: Callable[[], bool] = field(default=lambda: False)
    group: str = ""
    may_hide: bool = False


@dataclass(frozen=True)
class Menu:
    """A menu with its items: actions, menus, None for a line. ``fill`` fills one that is never the same."""

    id: str
    text: Text
    items: tuple[Action | Menu | None, ...] = ()


def _aligned(side: str, text: Text) -> Action:
    return Action(f"align_{side}", text, lambda w: w.bench.arranging.align(side))


def _grain(grain: str, text: Text, key: str) -> Action:
    return Action(
        f"grain_{grain}",
        text,
        None,
        (key,),
        on=lambda w, on: w.bench.wishes.want_grain(grain) if on else None,
        begins=lambda: grain == "batch",
        group="grain",
    )


def _desk(place: int, desk: Arrangement) -> Action:
    return Action(
        f"desk_{desk.id}",
        desk.title,
        None,
        (f"Ctrl+{place + 1}",),
        tip=lambda: desk.tip,
        on=lambda w, on: w.bench.desks.go(desk.id) if on else None,
        begins=lambda: desk.id == BUILD,
        group="desk",
    )


def _waits(w: Window) -> bool:
    return w.bench.session.training.state not in (State.RUNNING, State.STARTING)


MENUS = (
    Menu(
        "file",
        Text("File"),
        (
            Action("new", Text("New"), lambda w: w.bench.files.new(), (Standard.New,)),
            Action("new_window", Text("New window"), lambda w: new_window(), ("Ctrl+Shift+N",)),
            Action("open", Text("Open …"), lambda w: w.bench.files.ask_open(), (Standard.Open,)),
            Menu("recent", Text("Recent projects")),
            Action("watch_run", Text("Watch a run elsewhere …"), lambda w: w.bench.bringing.ask_run()),
            Action("recover", Text("Recover unsaved work …"), lambda w: w.bench.recovering.offer(asked=True)),
            Menu("examples", Text("Examples")),
            None,
            Action("save", Text("Save"), lambda w: w.bench.files.save(), (Standard.Save,)),
            Action("save_as", Text("Save as …"), lambda w: w.bench.files.ask_save_as(), ("Ctrl+Shift+S",)),
            Action("hand_in", Text("Hand in …"), lambda w: w.bench.classroom.hand_in()),
            Action("export", Text("Export Python …"), lambda w: w.bench.exporting.ask(), ("Ctrl+E",), may_hide=True),
            Menu("exports", Text("Export as")),
            Action("walk", Text("Export the walk …"), lambda w: w.bench.walks.ask(), ("Ctrl+Shift+E",)),
            Action("report", Text("Report …"), lambda w: w.bench.report.ask(), ("Ctrl+Shift+P",), may_hide=True),
            None,
            Action("quit", Text("Quit"), lambda w: w.widget.close(), (Standard.Quit,)),
        ),
    ),
    Menu(
        "edit",
        Text("Edit"),
        (
            Action(
                "undo",
                Text("Undo"),
                lambda w: w.bench.selecting.undo(),
                (Standard.Undo,),
                when=lambda w: w.bench.session.history.undo_label is not None,
            ),
            Action(
                "redo",
                Text("Redo"),
                lambda w: w.bench.selecting.redo(),
                ("Ctrl+Shift+Z", "Ctrl+Y"),
                when=lambda w: w.bench.session.history.redo_label is not None,
            ),
            None,
            Action("cut", Text("Cut"), lambda w: w.bench.clipboard.cut(), (Standard.Cut,), canvas=True),
            Action("copy", Text("Copy"), lambda w: w.bench.clipboard.copy(), (Standard.Copy,), canvas=True),
            Action("paste", Text("Paste"), lambda w: w.bench.clipboard.paste(), (Standard.Paste,), canvas=True),
            Action("duplicate", Text("Duplicate"), lambda w: w.bench.clipboard.duplicate(), ("Ctrl+Shift+D",)),
            Action("rename", Text("Rename"), lambda w: w.bench.selecting.rename(), ("F2",)),
            Action("delete", Text("Delete"), lambda w: w.bench.parts.canvas.delete_selection()),
            None,
            Menu(
                "select",
                Text("Select"),
                (
                    Action(
                        "select_all",
                        Text("Select all"),
                        lambda w: w.bench.parts.canvas.select_all(),
                        (Standard.SelectAll,),
                        canvas=True,
                    ),
                    Action(
                        "select_up",
                        Text("Select everything upstream"),
                        lambda w: w.bench.arranging.select_along(downstream=False),
                        ("Ctrl+Shift+Left",),
                    ),
                    Action(
                        "select_down",
                        Text("Select everything downstream"),
                        lambda w: w.bench.arranging.select_along(downstream=True),
                        ("Ctrl+Shift+Right",),
                    ),
                    Action(
                        "invert", Text("Invert the selection"), lambda w: w.bench.arranging.invert(), ("Ctrl+Shift+I",)
                    ),
                ),
            ),
            Menu(
                "arrange",
                Text("Arrange"),
                (
                    Action("tidy", Text("Tidy up"), lambda w: w.bench.arranging.tidy(), ("Ctrl+L",), may_hide=True),
                    None,
                    _aligned("left", Text("Align left")),
                    _aligned("center", Text("Align centres")),
                    _aligned("right", Text("Align right")),
                    _aligned("top", Text("Align top")),
                    _aligned("middle", Text("Align middles")),
                    _aligned("bottom", Text("Align bottom")),
                    None,
                    Action(
                        "spread_across", Text("Distribute horizontally"), lambda w: w.bench.arranging.distribute(True)
                    ),
                    Action("spread_down", Text("Distribute vertically"), lambda w: w.bench.arranging.distribute(False)),
                ),
            ),
            None,
            Action("quick_add", Text("Quick search to add …"), lambda w: w.bench.quick.ask_here(), ("Ctrl+Space",)),
            Action("comment", Text("Add a comment"), lambda w: w.bench.commenting.add(), ("Ctrl+/",)),
            Action("find", Text("Search layers"), lambda w: w.bench.parts.palette.go_to_search(), ("Ctrl+Shift+F",)),
            Action("find_node", Text("Find on the canvas …"), lambda w: w.guide.commands.find(), (Standard.Find,)),
            Action("history", Text("History"), lambda w: w.bench.panels.show("history"), ("Ctrl+H",)),
            None,
            Action("group", Text("Group"), lambda w: w.bench.grouping.group(), ("Ctrl+G",)),
            Action("ungroup", Text("Ungroup"), lambda w: w.bench.grouping.ungroup(), ("Ctrl+Shift+G",)),
            Action("leave_group", Text("Leave the group"), lambda w: w.bench.grouping.up(), ("Ctrl+Up",)),
            Action("save_block", Text("Save as block …"), lambda w: w.bench.grouping.save_block()),
            None,
            Menu(
                "teaching",
                Text("Teaching"),
                (
                    Action("lesson", Text("Lesson …"), lambda w: w.bench.lessons.ask()),
                    Action("lesson_steps", Text("Steps of the lesson …"), lambda w: w.bench.classroom.ask_steps()),
                    Action("lesson_play", Text("Play as a student"), lambda w: w.bench.classroom.play_as_student()),
                    None,
                    Action("collect", Text("Collect what was handed in …"), lambda w: w.bench.classroom.ask_collect()),
                    Action("class_set", Text("Lessons of a class …"), lambda w: w.bench.classroom.ask_class_set()),
                ),
            ),
            Action("settings", Text("Settings …"), lambda w: w.appearance.ask_settings(), ("Ctrl+,",)),
        ),
    ),
    Menu(
        "data",
        Text("Data"),
        (
            Action("own_data", Text("Use my data …"), lambda w: w.bench.own_data.ask(), ("Ctrl+D",), may_hide=True),
            Action(
                "columns", Text("Columns of my table …"), lambda w: w.bench.own_data.open_columns(), ("Ctrl+Alt+K",)
            ),
            Action("copied_table", Text("Use the copied table …"), lambda w: w.bench.own_data.take_copied()),
            Action("reload", Text("Read the data again"), lambda w: w.bench.own_data.reload()),
            Action("ahead", Text("Forecast …"), lambda w: w.bench.panels.show("ahead")),
            Action("latent", Text("Latent plane …"), lambda w: w.bench.panels.show("latent")),
            Action("series", Text("Use readings in time …"), lambda w: w.bench.own_data.ask_readings()),
            Action("writing", Text("Let it write …"), lambda w: w.bench.panels.show("writing")),
            Action("ask", Text("Ask the trained network …"), lambda w: w.bench.own_data.ask_network(), ("Ctrl+P",)),
        ),
    ),
    Menu(
        "view",
        Text("View"),
        (
            *(_desk(place, desk) for place, desk in enumerate(DESKS)),
            Action("desk_again", Text("Put this desk in order"), lambda w: w.bench.desks.again()),
            None,
            Action("fit", Text("Fit to window"), lambda w: w.bench.parts.canvas.fit(), ("Ctrl+0",)),
            Action(
                "fit_selection",
                Text("Fit the selection"),
                lambda w: w.bench.parts.canvas.fit_selection(),
                ("Ctrl+Shift+0",),
            ),
            Action("zoom_in", Text("Zoom in"), lambda w: w.bench.parts.canvas.zoom_by(1.25), (Standard.ZoomIn,)),
            Action("zoom_out", Text("Zoom out"), lambda w: w.bench.parts.canvas.zoom_by(0.8), (Standard.ZoomOut,)),
            Action("unfold", Text("Unfold or fold"), lambda w: w.bench.unfolding.toggle_selected(), ("Ctrl+U",)),
            Action("unfold_all", Text("Unfold or fold all"), lambda w: w.bench.unfolding.all(), ("Ctrl+Shift+U",)),
            Menu("neurons", Text("Neurons shown")),
            Action(
                "map", Text("Map of the network"), on=lambda w, on: w.bench.parts.minimap.want(on), begins=lambda: True
            ),
            Menu(
                "bookmarks",
                Text("Bookmarks"),
                (Action("bookmark", Text("Bookmark this view …"), lambda w: w.bench.bookmarks.add(), ("Ctrl+B",)),),
            ),
            None,
            Action("lesson_card", Text("Lesson"), lambda w: w.bench.tutoring.bring_out(), ("Ctrl+5",)),
            Action("full_screen", Text("Full screen"), lambda w: w.presenter.full_screen(), ("F11",)),
            Action("present", Text("Presenter view"), lambda w: w.presenter.toggle(), ("Shift+F11",)),
            Action("film", Text("Film the window, or end the film"), lambda w: w.bench.filming.toggle(), ("Ctrl+F11",)),
            None,
            Action("theme", Text("Light or dark"), lambda w: w.appearance.switch_theme(), ("Ctrl+T",)),
            Action(
                "language",
                Text("Another language"),
                lambda w: w.appearance.switch_language(),
                ("Ctrl+Shift+L",),
                tip=lambda: next_language().name,
            ),
            Action(
                "beginner",
                Text("Beginner view"),
                on=lambda w, on: w.appearance.set_beginner(on),
                begins=lambda: not load_settings().full,
                tip=lambda: Text("Only what a first lesson needs: fewer layers, panels and settings"),
            ),
            None,
        ),
    ),
    Menu(
        "train",
        Text("Training"),
        (
            Action("run", Text("Run"), lambda w: w.bench.running.toggle(), ("F5",)),
            Action("until", Text("Train until …"), lambda w: w.bench.steering.ask_until(), ("Ctrl+F5",), may_hide=True),
            Action("step", Text("Step"), lambda w: w.bench.running.step(), ("F10",), when=_waits, may_hide=True),
            Action("step_back", Text("Undo training step"), lambda w: w.bench.trying.undo_update(), ("Shift+F10",)),
            Action("look", Text("Look at a sample"), lambda w: w.bench.trying.look(), ("F9",)),
            Action(
                "reset",
                Text("Reset"),
                lambda w: w.bench.running.reset(),
                ("Ctrl+R",),
                tip=lambda: Text("Back to the same start weights"),
                when=lambda w: w.bench.session.training.state is not State.IDLE,
            ),
            Action("best", Text("Back to the best weights"), lambda w: w.bench.steering.use_best(), may_hide=True),
            Menu("paces", Text("Speed")),
            None,
            Action("sweep", Text("Sweep …"), lambda w: w.bench.comparing.ask_sweep(), ("Ctrl+Shift+W",), may_hide=True),
            Action("search", Text("Search …"), lambda w: w.bench.panels.view("search").ask(), may_hide=True),
            Action(
                "fresh",
                Text("New start weights for every run"),
                on=lambda w, on: w.bench.wishes.want_fresh(on),
                tip=lambda: Text(
                    "Off: every run begins from the same start weights, so that one change can be compared"
                ),
            ),
            None,
            Menu(
                "grains",
                Text("A step goes by"),
                (
                    _grain("sample", Text("sample"), "Ctrl+Alt+1"),
                    _grain("batch", Text("batch"), "Ctrl+Alt+2"),
                    _grain("epoch", Text("epoch"), "Ctrl+Alt+3"),
                ),
            ),
        ),
    ),
    Menu(
        "help_menu",
        Text("Help"),
        (
            Action("help", Text("Help"), lambda w: w.guide.show_help(), ("F1",)),
            Action(
                "gallery",
                Text("Lessons and examples"),
                lambda w: w.bench.following.gallery(),
                ("Ctrl+Shift+H",),
            ),
            Menu("lessons", Text("Lessons")),
            Action("tour", Text("Your first neuron"), lambda w: w.bench.tutoring.open(FIRST, anew=True)),
            Action("surface", Text("Surface: a race of optimizers"), lambda w: w.guide.show_lab()),
            Action("readings", Text("Readings: averages and momentum"), lambda w: w.guide.show_lab("readings")),
            Action("sheets", Text("Sheets: activations, losses, initializers"), lambda w: w.guide.show_sheet()),
            Action("commands", Text("Do anything …"), lambda w: w.guide.commands.ask(), ("Ctrl+K",)),
            Action("shortcuts", Text("Keyboard shortcuts …"), lambda w: w.guide.ask_shortcuts()),
            Action("own_files", Text("Folder of own files"), lambda w: w.guide.show_own_files()),
            None,
            Action("about", Text("About NN Studio"), lambda w: w.guide.about()),
        ),
    ),
)
GRAINS = ("grain_sample", "grain_batch", "grain_epoch")
# The toolbar: left, in the middle and right of the room between; pictures instead of words where everyone knows them.
DESK_BUTTONS = tuple(f"desk_{desk.id}" for desk in DESKS)
TOOLBAR = (
    ("gallery", "run", "step", "reset"),
    DESK_BUTTONS,
    ("undo", "redo", "tidy", "fit", "export", "theme", "language"),
)
PICTURED = ("gallery", "undo", "redo", "tidy", "fit", "theme")
# What a card's own menu offers as well.
OF_A_CARD = ("rename", "cut", "copy", "paste", "comment", "help", "duplicate", "group", "ungroup", "save_block")
