"""The ``nnstudio`` command: without arguments the window, with a sub-command the same work without Qt.

Progress goes to stderr, results to stdout; exit code 0, 1 (a problem in the project, named) or 2 (usage).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from nnstudio import __version__, data_commands, lesson_commands, search_commands, subcommands
from nnstudio.catalog import plugins
from nnstudio.document.disk import BACKUP
from nnstudio.document.errors import StudioError
from nnstudio.document.languages import language_ids
from nnstudio.session import apart, apart_main, drawing, hosting, worker
from nnstudio.session.exports import FIRST, exports
from nnstudio.session.imports import bringing, bringing_main
from nnstudio.session.searching import study, supervising, working


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    if arguments == [worker.NAME]:
        return worker.serve()
    if arguments == [apart.NAME]:
        return apart_main.serve()
    if arguments == [bringing.NAME]:
        return bringing_main.serve()
    if arguments == [working.COMMAND]:
        return working.serve()
    if arguments == [supervising.COMMAND]:
        return supervising.serve()
    if arguments == [hosting.NAME]:
        return hosting.serve()
    if arguments == [drawing.NAME]:
        return _figure()
    if all(map(_is_project, arguments)):
        # Nothing else is looked at first: the window is to be there at once.
        return _window([path_of(word) for word in arguments])
    parser = _parser()
    if all(_is_file(word, parser) for word in arguments):
        return _window([path_of(word) for word in arguments])
    _speak_utf8()
    args = parser.parse_args(arguments)
    try:
        return _with_json(args) if getattr(args, "json", False) else int(args.run(args))
    except StudioError as error:
        print(error.message.render("en"), file=sys.stderr)
        if getattr(args, "json", False):
            print(json.dumps({"error": error.message.render("en")}))
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Who reads has seen enough, as head does; nothing is to be said to it at the end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except SystemExit as error:
        print(plugins.blamed(error).render("en"), file=sys.stderr)
        return 1
    except Exception as error:
        if os.environ.get("NNSTUDIO_DEBUG"):
            raise
        print(
            f"Something went wrong inside the program ({type(error).__name__}: {error}). Please report this; "
            "NNSTUDIO_DEBUG=1 shows the details.",
            file=sys.stderr,
        )
        return 1


def _with_json(args: argparse.Namespace) -> int:
    """Let nothing but the result reach stdout: an own file may print."""
    args.stdout = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        return int(args.run(args))


def _figure() -> int:
    """Draw a figure for another process of this program."""
    try:
        from nnstudio.ui.kit import figure_paper
    except ImportError:
        return drawing.WITHOUT
    return figure_paper.serve()


def _is_project(word: str) -> bool:
    """Whether a word of the command line is a project to be opened, or the backup of one."""
    return not word.startswith("-") and word.lower().endswith((".nns", ".nns" + BACKUP))


def _is_file(word: str, parser: argparse.ArgumentParser) -> bool:
    """Whether a word of the command line is a project, or another file that is there; what is a command as well is the
    command.
    """
    if word.startswith("-") or word in _commands(parser):
        return False
    return _is_project(word) or Path(path_of(word)).is_file()


def _commands(parser: argparse.ArgumentParser) -> Sequence[str]:
    """The names of all commands."""
    return next(tuple(a.choices) for a in parser._actions if isinstance(a, argparse._SubParsersAction))


def path_of(word: str) -> str:
    """Return the path that a word names: file managers give addresses such as file:///home/me/a%20b.nns."""
    if not word.lower().startswith("file:"):
        return word
    parts = urlsplit(word)
    return url2pathname(f"//{parts.netloc}{parts.path}" if parts.netloc not in ("", "localhost") else parts.path)


def _gui(args: argparse.Namespace) -> int:
    return _window([path_of(word) for word in args.files])


def gui() -> int:
    """Open the window, with the files that are named: what is started where there is no terminal."""
    return _window([path_of(word) for word in sys.argv[1:] if not word.startswith("-")])


def _selftest(args: argparse.Namespace) -> int:
    from nnstudio.selftest import SelfTest, about_here

    steps: list[dict[str, Any]] = []

    def tell(name: str, said: str, seconds: float) -> None:
        steps.append({"name": name, "said": said, "seconds": round(seconds, 2)})
        print(f"{name:20} {said} ({seconds:.1f} s)", file=sys.stderr if args.json else sys.stdout, flush=True)

    print(about_here(), file=sys.stderr if args.json else sys.stdout)
    fine = SelfTest(tell).run(window=not args.no_window)
    if args.json:
        print(json.dumps({"fine": fine, "steps": steps}, ensure_ascii=False), file=args.stdout)
    else:
        print("Everything works." if fine else "Something does not work; the lines that say FAILED tell what.")
    return 0 if fine else 1


def _complete(args: argparse.Namespace) -> int:
    import shtab

    print(shtab.complete(_parser(), shell=args.shell))
    return 0


def _speak_utf8() -> None:
    """Print any title on any console: a character it lacks becomes a question mark."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _watch(args: argparse.Namespace) -> int:
    from nnstudio.session.watching import HISTORY, is_run

    if not is_run(args.folder):
        print(f"There is no run in {args.folder}: it would have a file {HISTORY}.", file=sys.stderr)
        return 1
    return _window([path_of(args.project)], str(args.folder.resolve()))


def _window(arguments: list[str], watched: str = "") -> int:
    if sys.platform.startswith("linux") and not any(
        os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        print("There is no display here to open a window on. Without a window: nnstudio --help", file=sys.stderr)
        return 1
    try:
        from nnstudio.app import run_window
    except ImportError as error:
        print(f"The window needs PySide6 and pyqtgraph ({error}). Without them: nnstudio --help", file=sys.stderr)
        return 1
    return int(run_window(arguments, watched))


def _device(text: str) -> str:
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d{1,2})?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no device: auto, cpu, cuda, cuda:1 and so on, or mps")
    return text


def _whole(low: int, high: int) -> Any:
    def number(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    number.__name__ = f"whole number from {low} to {high}"
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nnstudio",
        description="Draw, train and step through neural networks. Without arguments the window opens; with files it "
        "opens with them.",
        epilog="Exit codes: 0 it is done; 1 it could not be done, the reason is on stderr; 2 the words are none that "
        "are known.",
    )
    parser.add_argument("--version", action="version", version=f"nnstudio {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        sub.add_argument("--json", action="store_true", help="print one JSON object to stdout")
        return sub

    window = commands.add_parser("gui", help="Open the window.", description="Open the window, with a project in each.")
    window.set_defaults(run=_gui)
    window.add_argument(
        "files", nargs="*", metavar="FILE", help="projects, backups of them (.nns.bak), or data to learn from"
    )

    watch = commands.add_parser(
        "watch",
        help="Watch a run that trains elsewhere.",
        description="Open the window on a project whose network trains elsewhere, and show the run while it goes on.",
    )
    watch.set_defaults(run=_watch)
    watch.add_argument("folder", type=Path, metavar="DIR", help="what the run writes into: its --out")
    watch.add_argument("project", metavar="PROJECT", help="the project that was exported")

    new = command("new", subcommands.new, "List the shipped examples, or copy one to a file.")
    new.add_argument("name", nargs="?")
    new.add_argument("file", nargs="?", type=Path)

    bring = command(
        "import",
        data_commands.bring,
        "Make a project of a network from elsewhere (.onnx, .keras), or begin a project with weights from elsewhere.",
    )
    bring.add_argument("file", type=Path, help="a network, or weights (.safetensors, .pt) together with --into")
    bring.add_argument("--into", type=Path, metavar="PROJECT", help="the drawn network that weights go into")
    bring.add_argument("--out", type=Path, metavar="FILE", help="the project that is written; else beside the file")
    bring.add_argument("--replace", action="store_true", help="replace a project of that name")

    check = command("check", subcommands.check, "Show nodes, shapes, parameters and problems of a project.")
    check.add_argument("project", type=Path)

    train = command("train", subcommands.train, "Train a project.")
    train.add_argument("project", type=Path)
    train.add_argument("--epochs", type=_whole(1, 1_000_000))
    train.add_argument("--seed", type=_whole(0, 2**31 - 1), help="start weights, shuffling and dropout")
    train.add_argument("--threads", type=_whole(1, 256), metavar="N", help="processor cores; else it is measured")
    train.add_argument("--device", type=_device, help="auto, cpu, cuda, cuda:1 and so on, or mps")
    train.add_argument("--out", type=Path, metavar="DIR", help="write weights and a log there")

    trace = command("trace", subcommands.trace, "Print every number of one training step from the start weights.")
    trace.add_argument("project", type=Path)
    trace.add_argument("--sample", type=_whole(0, 2**31), required=True, metavar="I", help="row of the data, from 0")
    trace.add_argument("--phase", choices=("all", "forward", "loss", "backward", "update"), default="all")
    trace.add_argument("--seed", type=_whole(0, 2**31 - 1))
    trace.add_argument(
        "--cards", action="store_true", help="print what the window's cards say: words, rule, numbers, result"
    )
    trace.add_argument("--language", choices=language_ids(), default="en", help="the language of the cards")

    ask = command("predict", data_commands.predict, "Ask a trained network about new samples.")
    ask.add_argument("project", type=Path)
    ask.add_argument(
        "--weights", type=Path, metavar="W", help="what 'train --out' wrote; else the weights in the project"
    )
    ask.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        help="table, arrays (.npz), IDX, a picture or a folder of pictures; else the project's data",
    )
    ask.add_argument("--out", type=Path, metavar="FILE", help="write the answers there as CSV")

    held = command("test", data_commands.test, "Measure the test part with the trained weights: once, at the very end.")
    held.add_argument("project", type=Path)
    held.add_argument(
        "--weights", type=Path, metavar="W", help="what 'train --out' wrote; else the weights in the project"
    )

    export = command(
        "export", subcommands.export, "Take the network home: as Python that reproduces it, ONNX and more."
    )
    export.add_argument("project", type=Path)
    export.add_argument(
        "--to",
        choices=(*exports(), "help"),
        default=FIRST,
        action=_Forms,
        help="the form; 'help' says what each is for",
    )
    export.add_argument("--replace", action="store_true", help="replace files of the same names")
    export.add_argument("--out", type=Path, required=True, metavar="DIR")
    export.add_argument("--weights", type=Path, metavar="DIR", help="what 'train --out' wrote")
    export.add_argument("--threads", type=_whole(1, 256), metavar="N", help="cores of the run; else it is measured")

    search = command(
        "search", search_commands.search, "Search for good settings: many runs, proposed by Optuna, on any machines."
    )
    search.add_argument("project", type=Path)
    search.add_argument("--space", type=Path, required=True, metavar="S.toml", help="what may be varied, and how far")
    search.add_argument("--out", type=Path, required=True, metavar="DIR", help="a folder; who shares it takes part")
    search.add_argument("--trials", type=_whole(1, 1_000_000), default=50, metavar="N", help="as many in all")
    search.add_argument("--workers", type=_whole(1, 256), default=1, metavar="N", help="processes on this machine")
    search.add_argument("--metric", choices=tuple(study.METRICS), default="val_loss")
    search.add_argument("--sampler", choices=study.SAMPLERS, default="tpe", help="who proposes")
    search.add_argument("--pruner", choices=study.PRUNERS, default="median", help="who cuts poor runs short")
    search.add_argument("--seed", type=int, default=0, metavar="N", help="of what is proposed")

    mark = command("mark", subcommands.mark, "Say whether projects fulfil the checks of their lessons.")
    mark.add_argument("projects", type=Path, nargs="+", metavar="FILE")

    _lessons(commands)

    layer = command(
        "new-layer", subcommands.new_layer, "Write a layer of your own, with its test, into the folder of own files."
    )
    layer.add_argument("name", help="small letters, digits and _")

    test = command("selftest", _selftest, "See whether this installation works: train, step, export, open a window.")
    test.add_argument("--no-window", action="store_true", help="leave the window out")

    text = "Print what lets a shell complete commands and options."
    completion = commands.add_parser("completion", help=text, description=text)
    completion.set_defaults(run=_complete)
    completion.add_argument("shell", choices=("bash", "zsh", "tcsh"))

    command("own", subcommands.own, "List what own files and installed packages bring, and what of them is broken.")
    return parser


class _Forms(argparse.Action):
    """The form of an export; "help" lists them."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, value: Any, *_: Any) -> None:
        if value == "help":
            width = max(map(len, exports())) + 2
            for name, export in exports().items():
                purpose = export.purpose() if export.purpose is not None else export.title()
                print(
                    textwrap.fill(purpose, 100, initial_indent=f"{name:{width}}  ", subsequent_indent=" " * (width + 2))
                )
            parser.exit()
        setattr(namespace, self.dest, value)


def _lessons(commands: Any) -> None:
    """What there is to do with lessons."""
    text = "List the lessons, go through one at the terminal, or check a worked one again."
    lesson = commands.add_parser("lesson", help=text, description=text)
    verbs = lesson.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        sub: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        sub.add_argument("--json", action="store_true", help="print one JSON object to stdout")
        sub.add_argument("--language", choices=language_ids(), default="en")
        return sub

    verb("list", lesson_commands.listed, "List the lessons, and how far you came.")
    play = verb("play", lesson_commands.play, "Go through a lesson at the terminal.")
    play.add_argument("lesson", help="its id, such as C1, or a file")
    play.add_argument(
        "--solution", action="store_true", help="have the lesson's own solution do it, and check each step"
    )
    play.add_argument("--out", type=Path, metavar="FILE", help="save the work there")
    check = verb("check", lesson_commands.check, "Check worked lessons again, from what they hold.")
    check.add_argument("files", type=Path, nargs="+", metavar="FILE")
    check.add_argument("--lesson", metavar="L", help="the lesson that was given out: an id or a file")
    text = "Check everything that a class handed in again, and write a table."
    collect = commands.add_parser("collect", help=text, description=text)
    collect.set_defaults(run=lesson_commands.collect)
    collect.add_argument("folder", type=Path, metavar="FOLDER")
    collect.add_argument("--csv", type=Path, metavar="FILE", help="write the table there")
    collect.add_argument("--lesson", metavar="L", help="the lesson that was given out: an id or a file")
    collect.add_argument("--json", action="store_true", help="print one JSON object to stdout")
    collect.add_argument("--language", choices=language_ids(), default="en")


if __name__ == "__main__":
    sys.exit(main())
