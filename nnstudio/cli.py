"""The ``nnstudio`` command: without arguments the window, with a sub-command the same work without Qt.

Progress goes to stderr, results to stdout; exit code 0, 1 (a problem in the project, named) or 2 (usage).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import math
import os
import queue
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio import __version__
from nnstudio.catalog import plugins
from nnstudio.catalog.sources.copies import look_beside
from nnstudio.document import storage
from nnstudio.document.disk import BACKUP, write_atomically
from nnstudio.document.errors import ProjectFileError, StudioError, TrainError
from nnstudio.document.languages import language_ids
from nnstudio.document.values import Document, Parts
from nnstudio.session import worker
from nnstudio.session.exports import FIRST, Leaving, exports

if TYPE_CHECKING:
    from nnstudio.compile.lower import Lowered
    from nnstudio.compile.program import Program



def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    if arguments == [worker.NAME]:
        return worker.serve()
    if all(_is_project(word) for word in arguments):
        return _window(arguments)
    _speak_utf8()
    args = _parser().parse_args(arguments)
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
    except Exception as error:
        if os.environ.get("NNSTUDIO_DEBUG"):
            raise
        print(f"Something went wrong inside the program ({type(error).__name__}: {error}). Please report this; "
              "NNSTUDIO_DEBUG=1 shows the details.", file=sys.stderr)
        return 1


def _with_json(args: argparse.Namespace) -> int:
    """Let nothing but the result reach stdout: an own file may print."""
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = int(args.run(args))
    *others, result = said.getvalue().rstrip("\n").split("\n")
    for line in others:
        print(line, file=sys.stderr)
    print(result)
    return code


def _is_project(word: str) -> bool:
    """Whether a word of the command line is a project to be opened, or the backup of one."""
    return not word.startswith("-") and word.lower().endswith((".nns", ".nns" + BACKUP))


def _gui(args: argparse.Namespace) -> int:
    return _window([str(path) for path in args.files])


def _speak_utf8() -> None:
    """Print any title on any console: a character it lacks becomes a question mark."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _window(arguments: list[str]) -> int:
    if sys.platform.startswith("linux") and not any(os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
        print("There is no display here to open a window on. Without a window: nnstudio --help", file=sys.stderr)
        return 1
    try:
        from nnstudio.app import run_window
    except ImportError as error:
        print(f"The window needs PySide6 and pyqtgraph ({error}). Without them: nnstudio --help", file=sys.stderr)
        return 1
    return int(run_window(arguments))


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
        prog="nnstudio", description="Draw, train and step through neural networks. Without arguments the window opens."
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
    window.add_argument("files", nargs="*", type=Path, metavar="FILE", help="a project, or the backup of one (.nns.bak)")

    new = command("new", _new, "List the shipped examples, or copy one to a file.")
    new.add_argument("name", nargs="?")
    new.add_argument("file", nargs="?", type=Path)

    check = command("check", _check, "Show nodes, shapes, parameters and problems of a project.")
    check.add_argument("project", type=Path)

    train = command("train", _train, "Train a project.")
    train.add_argument("project", type=Path)
    train.add_argument("--epochs", type=_whole(1, 1_000_000))
    train.add_argument("--seed", type=_whole(0, 2**31 - 1), help="start weights, shuffling and dropout")
    train.add_argument("--device", choices=("auto", "cpu", "cuda"))
    train.add_argument("--out", type=Path, metavar="DIR", help="write weights and a log there")

    trace = command("trace", _trace, "Print every number of one training step from the start weights.")
    trace.add_argument("project", type=Path)
    trace.add_argument("--sample", type=_whole(0, 2**31), required=True, metavar="I", help="row of the data, from 0")
    trace.add_argument("--phase", choices=("all", "forward", "loss", "backward", "update"), default="all")
    trace.add_argument("--seed", type=_whole(0, 2**31 - 1))
    trace.add_argument("--cards", action="store_true", help="print what the window's cards say: words, rule, numbers, result")
    trace.add_argument("--language", choices=language_ids(), default="en", help="the language of the cards")

    ask = command("predict", _predict, "Ask a trained network about new samples.")
    ask.add_argument("project", type=Path)
    ask.add_argument("--weights", type=Path, metavar="W", help="what 'train --out' wrote; else the weights in the project")
    ask.add_argument("--data", type=Path, metavar="FILE", help="table, arrays (.npz), IDX, a picture or a folder of pictures; else the project's data")
    ask.add_argument("--out", type=Path, metavar="FILE", help="write the answers there as CSV")

    export = command("export", _export, "Write the network as Python that reproduces it.")
    export.add_argument("project", type=Path)
    export.add_argument("--to", choices=tuple(exports()), default=FIRST)
    export.add_argument("--out", type=Path, required=True, metavar="DIR")
    export.add_argument("--weights", type=Path, metavar="DIR", help="what 'train --out' wrote")

    mark = command("mark", _mark, "Look projects through: whether they fulfil the checks of their lessons.")
    mark.add_argument("projects", type=Path, nargs="+", metavar="FILE")

    layer = command("new-layer", _new_layer, "Write a layer of your own, with its test, into the folder of own files.")
    layer.add_argument("name", help="small letters, digits and _")

    command("own", _own, "List what own files and installed packages bring, and what of them is broken.")
    return parser


def _mark(args: argparse.Namespace) -> int:
    from nnstudio.session.marking import mark

    whole = True
    rows = []
    for path in args.projects:
        document, parts = storage.load(path)
        look_beside(path, parts.data)
        found = mark(document)
        whole = whole and all(answer.missing is None for answer in found)
        rows.append({"file": str(path), "checks": [{"title": a.title.en, "met": a.missing is None, "missing": a.missing.render() if a.missing else None} for a in found]})
        if not args.json:
            print(path if found else f"{path}: no checks")
            for answer in found:
                print(f"  {'met' if answer.missing is None else 'not yet'}: {answer.title.en}" + ("" if answer.missing is None else f": {answer.missing.render()}"))
    if args.json:
        print(json.dumps({"projects": rows}, ensure_ascii=False))
    return 0 if whole else 1


def _new_layer(args: argparse.Namespace) -> int:
    from nnstudio.session.own_files import new_layer

    files = new_layer(args.name)
    print(json.dumps({"files": [str(path) for path in files]}) if args.json else "\n".join(str(path) for path in files))
    return 0


def _own(args: argparse.Namespace) -> int:
    from nnstudio.session.own_files import all_brought

    found, broken = all_brought(), plugins.broken()
    if args.json:
        print(json.dumps({"folder": str(plugins.own_folder()), "found": [{"room": b.room, "id": b.id, "title": b.title.en, "file": b.file} for b in found],
                          "broken": [{"file": b.file, "why": b.why.render()} for b in broken]}, ensure_ascii=False))
    else:
        print(f"Own files: {plugins.own_folder()}")
        for thing in found:
            print(f"{thing.room:<14} {thing.id:<20} {thing.title.en:<24} {thing.file}")
        for bad in broken:
            print(f"broken: {bad.file}: {bad.why.render()}", file=sys.stderr)
    return 1 if broken else 0


def _predict(args: argparse.Namespace) -> int:
    _, parts, lowered = _lowered(args.project)
    from nnstudio.engine.predict import predict
    from nnstudio.session.export import fit_weights
    from nnstudio.session.predict import answers_csv, plain_answers, read_samples
    from nnstudio.session.run_folder import read_weights

    program = _sound(lowered)
    weights = read_weights(args.weights) if args.weights is not None else dict(parts.weights)
    if not weights:
        raise TrainError("predict.no_weights")
    fitting = fit_weights(program, weights, args.weights or args.project)
    if args.data is not None:
        x, names = read_samples(program, args.data)
        answers = predict(program, fitting, x)
    else:
        answers = predict(program, fitting, None)
        names = tuple(str(row) for row in range(len(answers.numbers)))
    text = answers_csv(answers, names)
    if args.out is not None:
        write_atomically(args.out, text.encode("utf-8"))
    if args.json:
        print(json.dumps({"answers": plain_answers(answers, names), "file": str(args.out) if args.out else None}, ensure_ascii=False))
    else:
        print(args.out if args.out is not None else text, end="\n" if args.out is not None else "")
    return 0


def _lowered(path: Path) -> tuple[Document, Parts, Lowered]:
    # The file first: a wrong name is said at once, before torch is imported.
    document, parts = storage.load(path)
    look_beside(path, parts.data)
    from nnstudio.compile.lower import lower

    return document, parts, lower(document)


def _sound(lowered: Lowered) -> Program:
    from nnstudio.compile.analysis import analyse

    errors = analyse(lowered).errors
    if lowered.program is None or errors:
        for problem in errors:
            print(_problem_line(lowered, problem), file=sys.stderr)
        raise TrainError("run.not_sound", detail=errors[0].what)
    return lowered.program


def _problem_line(lowered: Lowered, problem: Any) -> str:
    node = lowered.flat.by_id.get(problem.node) or lowered.document.by_id.get(problem.node)
    where = "network" if node is None else (node.name or node.id)
    return f"{where}: {problem.what.render()} {problem.why.render()} {problem.remedy.render()}"


def _new(args: argparse.Namespace) -> int:
    from nnstudio.session.examples import example_names, example_path

    if args.name is None:
        names = example_names()
        print(json.dumps({"examples": names}) if args.json else "\n".join(names))
        return 0
    source = example_path(args.name)
    target = args.file or Path(f"{args.name}.nns")
    if target.is_dir():
        target = target / f"{args.name}.nns"
    if target.exists():
        raise ProjectFileError("file.exists", path=target)
    write_atomically(target, source.read_bytes())
    print(json.dumps({"file": str(target)}) if args.json else str(target))
    return 0


def _check(args: argparse.Namespace) -> int:
    _, _, lowered = _lowered(args.project)
    from nnstudio.compile.analysis import analyse
    from nnstudio.compile.sizes import axis_letters, shape_text

    report = analyse(lowered)
    flat = lowered.flat
    rows: list[dict[str, Any]] = [
        {
            "id": row.node, "name": row.name, "kind": flat.by_id[row.node].kind, "type": row.kind.en,
            "output_shape": None if row.shape is None else (["N", *row.shape[1:]] if row.shape else []),
            "axes": axis_letters(row.shape, row.axes) if row.shape else "",
            "parameters": row.parameters, "multiply_adds": row.multiply_adds, "memory_bytes": row.memory,
        }
        for row in report.rows
    ]
    problems = [
        {"node": p.node or None, "key": p.what.key.removesuffix(".what"), "what": p.what.render(), "why": p.why.render(),
         "remedy": p.remedy.render(), "severity": p.severity, "can_mend": p.mend is not None}
        for p in report.problems
    ]
    if args.json:
        totals = {"parameters": report.parameters, "multiply_adds": report.multiply_adds, "memory_bytes": report.memory}
        print(json.dumps({"nodes": rows, "parameters": report.parameters, "totals": totals, "problems": problems}, ensure_ascii=False))
    else:
        print(f"{'node':<20} {'type':<22} {'output':<26} {'parameters':>12} {'multiply-adds':>14} {'memory':>10}")
        for row in report.rows:
            text = "-" if row.shape is None else shape_text(row.shape, row.axes)
            adds = "?" if row.multiply_adds is None else f"{row.multiply_adds:,}"
            print(f"{row.node:<20} {row.kind.en:<22} {text:<26} {row.parameters:>12,} {adds:>14} {row.memory / 2**20:>7.2f} MB")
        print(f"{'total':<70} {report.parameters:>12,} {report.multiply_adds:>14,} {report.memory / 2**20:>7.2f} MB")
        for problem in report.problems:
            print(f"{problem.severity}: {_problem_line(lowered, problem)}")
        if not problems:
            print("No problems.")
    return 1 if report.errors else 0


def _with_settings(lowered: Lowered, args: argparse.Namespace) -> Program:
    program = _sound(lowered)
    changes = {"epochs": args.epochs, "seed": args.seed, "device": args.device}
    return replace(program, **{key: value for key, value in changes.items() if value is not None})


def _train(args: argparse.Namespace) -> int:
    _, _, lowered = _lowered(args.project)
    from tqdm import tqdm

    from nnstudio.engine import events
    from nnstudio.engine.trainer import Trainer
    from nnstudio.session.run_folder import make_folder, write_run

    program = _with_settings(lowered, args)
    if args.out is not None:
        make_folder(args.out)
    trainer = Trainer(program, snapshots=False)
    lines = []
    end: events.Ended | None = None
    with tqdm(total=program.epochs, unit="epoch", file=sys.stderr, dynamic_ncols=True) as bar:
        trainer.start()
        try:
            while end is None:
                try:
                    event = trainer.events.get(timeout=1.0)
                except queue.Empty:
                    continue
                if isinstance(event, events.Started) and event.note is not None:
                    bar.write(event.note.render(), file=sys.stderr)
                elif isinstance(event, events.EpochDone):
                    lines.append(dict(event.record))
                    bar.update()
                    bar.set_postfix(_postfix(event.record), refresh=False)
                elif isinstance(event, events.Ended):
                    end = event
        except BaseException:
            trainer.stop()
            trainer.join(30)
            raise
    trainer.join()
    if args.out is not None and end.weights:
        write_run(args.out, end.weights, lines)
    if end.reason is not None:
        raise _Failure(end.reason)
    assert end.report is not None
    if args.json:
        print(json.dumps({**end.report, "history": lines}))
    else:
        for record in lines:
            print(_epoch_text(record, program.epochs))
        final = {k: v for k, v in end.report["final"].items() if v is not None}
        print("final  " + "  ".join(f"{name} {value:.6g}" for name, value in final.items()))
    return 0


class _Failure(TrainError):
    """A run that ended with a reason of its own."""

    def __init__(self, reason: Any) -> None:
        super().__init__(reason.key, **reason.args)


def _postfix(record: Any) -> dict[str, str]:
    shown = {"loss": record["train_loss"], "val": record["val_loss"], "val_acc": record["val_accuracy"]}
    return {name: f"{value:.4g}" for name, value in shown.items() if value is not None and math.isfinite(value)}


def _epoch_text(record: dict[str, Any], epochs: int) -> str:
    from nnstudio.engine.runtime.training import Epoch, epoch_line

    return epoch_line(Epoch(**record, updates=0), epochs)


def _trace(args: argparse.Namespace) -> int:
    _, parts, lowered = _lowered(args.project)
    import torch

    from nnstudio.engine.experiment import load_parts, make_model
    from nnstudio.engine.record import batch_of, record
    from nnstudio.engine.trace import to_plain
    from nnstudio.explain.printed import card_text, cards_of, plain_cards
    from nnstudio.explain.spelling import explained

    program = _sound(lowered)
    seed = program.seed if args.seed is None else args.seed
    data, validation = load_parts(program, torch.device("cpu"))
    try:
        part_name, places = batch_of(program, data, validation, args.sample, seed)
    except IndexError:
        raise TrainError("trace.sample", sample=args.sample, last=len(data) + len(validation) - 1) from None
    part = data if part_name == "training" else validation
    model, _ = make_model(program, seed, torch.device("cpu"))
    state = model.state_dict()
    if parts.weights:
        from nnstudio.session.export import fit_weights

        state = {n: torch.from_numpy(v.copy()) for n, v in fit_weights(program, parts.weights, args.project).items()}
    rows = tuple(part.rows[place] for place in places)
    trace = record(program, state, *part.batch(places), rows,
                   rows.index(args.sample), part=part_name, seed=seed)
    # A fused layer (LSTM, GRU) is written operation by operation: what it gives back itself is no one tensor.
    shown = explained(program, trace)
    if args.cards and not args.json:
        print("\n\n".join(card_text(card, args.language) for _, card in cards_of(shown, args.phase, args.language)))
        return 0
    plain = {**to_plain(shown, args.phase), **({"cards": plain_cards(shown, args.phase, args.language)} if args.json else {})}
    print(json.dumps(plain) if args.json else json.dumps(plain, indent=2))
    return 0


def _export(args: argparse.Namespace) -> int:
    _, parts, lowered = _lowered(args.project)
    from nnstudio.session.export import fit_weights
    from nnstudio.session.run_folder import read_weights

    program = _sound(lowered)
    weights = dict(parts.weights)
    if args.weights is not None:
        weights = read_weights(args.weights)
    files = exports()[args.to].to(args.out, Leaving(program, fit_weights(program, weights, args.weights) if weights else None))
    if args.json:
        print(json.dumps({"files": [str(path) for path in files], "script": str(files[0])}))
    else:
        print("\n".join(str(path) for path in files))
    return 0


if __name__ == "__main__":
    sys.exit(main())
