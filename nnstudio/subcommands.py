"""What each sub-command does: it prints what it found and returns the exit code."""

from __future__ import annotations

import argparse
import json
import math
import queue
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from nnstudio.catalog import plugins
from nnstudio.catalog.sources.copies import look_beside
from nnstudio.document import storage
from nnstudio.document.disk import write_atomically
from nnstudio.document.errors import ExportError, ProjectFileError, TrainError
from nnstudio.document.values import Document, Parts
from nnstudio.session.exports import Leaving, exports

if TYPE_CHECKING:
    from nnstudio.compile.lower import Lowered
    from nnstudio.compile.program import Program


def out_of(args: argparse.Namespace) -> TextIO:
    """Where results go: what own files print while a program reads the result goes elsewhere."""
    found: TextIO = getattr(args, "stdout", sys.stdout)
    return found


def mark(args: argparse.Namespace) -> int:
    from nnstudio.session.marking import mark

    whole = True
    rows = []
    for path in args.projects:
        document, parts = storage.load(path)
        look_beside(path, parts.data)
        found = mark(document)
        whole = whole and all(answer.missing is None for answer in found)
        rows.append(
            {
                "file": str(path),
                "checks": [
                    {
                        "title": a.title.en,
                        "met": a.missing is None,
                        "missing": a.missing.render() if a.missing else None,
                    }
                    for a in found
                ],
            }
        )
        if not args.json:
            print(path if found else f"{path}: no checks")
            for answer in found:
                print(
                    f"  {'met' if answer.missing is None else 'not yet'}: {answer.title.en}"
                    + ("" if answer.missing is None else f": {answer.missing.render()}")
                )
    if args.json:
        print(json.dumps({"projects": rows}, ensure_ascii=False), file=out_of(args))
    return 0 if whole else 1


def new_layer(args: argparse.Namespace) -> int:
    from nnstudio.session.own_files import new_layer

    files = new_layer(args.name)
    print(
        json.dumps({"files": [str(path) for path in files]}) if args.json else "\n".join(str(path) for path in files),
        file=out_of(args),
    )
    return 0


def own(args: argparse.Namespace) -> int:
    from nnstudio.session.own_files import all_brought, unknown_folders

    found, broken = all_brought(), plugins.broken()
    if args.json:
        print(
            json.dumps(
                {
                    "folder": str(plugins.own_folder()),
                    "found": [{"room": b.room, "id": b.id, "title": b.title.en, "file": b.file} for b in found],
                    "broken": [{"file": b.file, "why": b.why.render()} for b in broken],
                },
                ensure_ascii=False,
            ),
            file=out_of(args),
        )
    else:
        there = "" if plugins.own_folder().is_dir() else "  (not there yet)"
        print(f"Own files: {plugins.own_folder()}{there}")
        for thing in found:
            print(f"{thing.room:<14} {thing.id:<20} {thing.title.en:<24} {thing.file}")
        for path in sorted((plugins.own_folder() / "panels").glob("*.py")):
            print(f"{'panels':<14} {path.stem:<20} {'(read by the window)':<24} panels/{path.name}")
        for name in unknown_folders():
            print(f"{name}/ is no folder that is read.", file=sys.stderr)
        for bad in broken:
            print(f"broken: {bad.file}: {bad.why.render()}", file=sys.stderr)
    return 1 if broken else 0


def lowered_of(path: Path) -> tuple[Document, Parts, Lowered]:
    # The file first: a wrong name is said at once, before torch is imported.
    document, parts = storage.load(path)
    look_beside(path, parts.data)
    from nnstudio.compile.lower import lower

    return document, parts, lower(document)


def sound_of(lowered: Lowered) -> Program:
    from nnstudio.compile.analysis import analyse

    errors = analyse(lowered).errors
    for file in plugins.broken():
        print(f"{file.file} is left out. {file.why.render()}", file=sys.stderr)
    if lowered.program is None or errors:
        for problem in errors:
            print(_problem_line(lowered, problem), file=sys.stderr)
        raise TrainError("run.not_sound", detail=errors[0].what)
    return lowered.program


def _problem_line(lowered: Lowered, problem: Any) -> str:
    node = lowered.flat.by_id.get(problem.node) or lowered.document.by_id.get(problem.node)
    where = "network" if node is None else (node.name or node.id)
    return f"{where}: {problem.what.render()} {problem.why.render()} {problem.remedy.render()}"


def new(args: argparse.Namespace) -> int:
    from nnstudio.session.examples import example_names, example_path

    if args.name is None:
        names = example_names()
        print(json.dumps({"examples": names}) if args.json else "\n".join(names), file=out_of(args))
        return 0
    source = example_path(args.name)
    target = args.file or Path(f"{args.name}.nns")
    if target.is_dir():
        target = target / f"{args.name}.nns"
    if target.exists():
        raise ProjectFileError("file.exists", path=target)
    write_atomically(target, source.read_bytes())
    print(json.dumps({"file": str(target)}) if args.json else str(target), file=out_of(args))
    return 0


def check(args: argparse.Namespace) -> int:
    _, _, lowered = lowered_of(args.project)
    from nnstudio.compile.analysis import analyse
    from nnstudio.compile.sizes import axis_letters, shape_text

    report = analyse(lowered)
    flat = lowered.flat
    rows: list[dict[str, Any]] = [
        {
            "id": row.node,
            "name": row.name,
            "kind": flat.by_id[row.node].kind,
            "type": row.kind.en,
            "output_shape": None if row.shape is None else (["N", *row.shape[1:]] if row.shape else []),
            "axes": axis_letters(row.shape, row.axes) if row.shape else "",
            "parameters": row.parameters,
            "multiply_adds": row.multiply_adds,
            "memory_bytes": row.memory,
        }
        for row in report.rows
    ]
    problems = [
        {
            "node": p.node or None,
            "key": p.what.key.removesuffix(".what"),
            "what": p.what.render(),
            "why": p.why.render(),
            "remedy": p.remedy.render(),
            "severity": p.severity,
            "can_mend": p.mend is not None,
        }
        for p in report.problems
    ]
    if args.json:
        totals = {"parameters": report.parameters, "multiply_adds": report.multiply_adds, "memory_bytes": report.memory}
        print(
            json.dumps(
                {"nodes": rows, "parameters": report.parameters, "totals": totals, "problems": problems},
                ensure_ascii=False,
            ),
            file=out_of(args),
        )
    else:
        print(f"{'node':<20} {'type':<22} {'output':<26} {'parameters':>12} {'multiply-adds':>14} {'memory':>10}")
        for row in report.rows:
            text = "-" if row.shape is None else shape_text(row.shape, row.axes)
            adds = "?" if row.multiply_adds is None else f"{row.multiply_adds:,}"
            print(
                f"{row.node:<20} {row.kind.en:<22} {text:<26} {row.parameters:>12,} {adds:>14} "
                f"{row.memory / 2**20:>7.2f} MB"
            )
        print(f"{'total':<70} {report.parameters:>12,} {report.multiply_adds:>14,} {report.memory / 2**20:>7.2f} MB")
        for problem in report.problems:
            print(f"{problem.severity}: {_problem_line(lowered, problem)}")
        if not problems:
            print("No problems.")
    return 1 if report.errors else 0


def _with_settings(lowered: Lowered, args: argparse.Namespace) -> Program:
    program = sound_of(lowered)
    changes = {"epochs": args.epochs, "seed": args.seed, "device": args.device}
    return replace(program, **{key: value for key, value in changes.items() if value is not None})


def train(args: argparse.Namespace) -> int:
    _, _, lowered = lowered_of(args.project)
    from tqdm import tqdm

    from nnstudio.engine import events
    from nnstudio.engine.trainer import Trainer
    from nnstudio.session.run_folder import make_folder, write_run

    program = _with_settings(lowered, args)
    if args.out is not None:
        make_folder(args.out)
    trainer = Trainer(program, snapshots=False, threads=args.threads)
    lines = []
    end: events.Ended | None = None
    known = None
    with tqdm(total=program.epochs, unit="epoch", file=sys.stderr, dynamic_ncols=True) as bar:
        trainer.start()
        try:
            while end is None:
                try:
                    event = trainer.events.get(timeout=1.0)
                except queue.Empty:
                    continue
                if isinstance(event, events.Started):
                    known = event.fitted
                    if event.note is not None:
                        bar.write(event.note.render(), file=sys.stderr)
                elif isinstance(event, events.Refused):
                    bar.write(event.reason.render(), file=sys.stderr)
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
        write_run(args.out, end.weights, lines, known)
    if end.reason is not None:
        raise _Failure(end.reason)
    assert end.report is not None
    if args.json:
        print(json.dumps({**end.report, "history": lines}), file=out_of(args))
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


def trace(args: argparse.Namespace) -> int:
    _, parts, lowered = lowered_of(args.project)
    import torch

    from nnstudio.engine.experiment import load_parts, make_model
    from nnstudio.engine.record import batch_of, record
    from nnstudio.engine.trace import to_plain
    from nnstudio.explain.printed import card_text, cards_of, plain_cards
    from nnstudio.explain.spelling import explained

    program = sound_of(lowered)
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
    trace = record(program, state, *part.batch(places), rows, rows.index(args.sample), part=part_name, seed=seed)
    # A fused layer (LSTM, GRU) is written operation by operation: what it gives back itself is no one tensor.
    shown = explained(program, trace)
    if args.cards and not args.json:
        print("\n\n".join(card_text(card, args.language) for _, card in cards_of(shown, args.phase, args.language)))
        return 0
    plain = {
        **to_plain(shown, args.phase),
        **({"cards": plain_cards(shown, args.phase, args.language)} if args.json else {}),
    }
    print(json.dumps(plain) if args.json else json.dumps(plain, indent=2), file=out_of(args))
    return 0


def export(args: argparse.Namespace) -> int:
    _, parts, lowered = lowered_of(args.project)
    from nnstudio.engine.fitted import otherwise
    from nnstudio.engine.fitted_plain import from_plain
    from nnstudio.session.export import fit_weights
    from nnstudio.session.run_folder import read_fitted, read_weights
    from nnstudio.session.weights import FITTED

    program = sound_of(lowered)
    weights, known = dict(parts.weights), from_plain(parts.run.get(FITTED))
    if args.weights is not None:
        weights, known = read_weights(args.weights), from_plain(read_fitted(args.weights))
    if weights and known is not None and (note := otherwise(known, program)) is not None:
        print(note.render(), file=sys.stderr)
    there = [name for name in exports()[args.to].files if (args.out / name).exists()]
    if there and not args.replace:
        raise ExportError("export.there", path=args.out, names=", ".join(there))
    files = exports()[args.to].to(
        args.out,
        Leaving(
            program,
            fit_weights(program, weights, args.weights) if weights else None,
            threads=args.threads,
            known=known if weights else None,
        ),
    )
    if args.json:
        print(json.dumps({"files": [str(path) for path in files], "script": str(files[0])}), file=out_of(args))
    else:
        print("\n".join(str(path) for path in files))
    return 0
