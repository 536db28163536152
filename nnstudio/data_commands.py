"""Sub-commands that ask a trained network: about new samples, and about the test part."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from nnstudio.document.disk import write_atomically
from nnstudio.document.errors import ProjectFileError, StudioError, TrainError
from nnstudio.document.values import Document, Parts
from nnstudio.subcommands import lowered_of, out_of, sound_of

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from nnstudio.document.text import Message
    from nnstudio.engine.fitted import Trained
    from nnstudio.session.imports.matches import Match


def _trained(args: argparse.Namespace) -> Trained:
    """A project's network with its trained weights, or with those that ``--weights`` names.

    Raises:
        TrainError: there are none.
    """
    document, parts, lowered = lowered_of(args.project)
    from nnstudio.engine.fitted import Trained, fitted
    from nnstudio.engine.fitted_plain import from_plain
    from nnstudio.session.export import fit_weights
    from nnstudio.session.run_folder import read_fitted, read_weights
    from nnstudio.session.weights import FITTED, lowered_alone

    known = from_plain(read_fitted(args.weights) if args.weights is not None else parts.run.get(FITTED))
    whole = lowered.program is not None or known is None
    if known is not None and not whole:
        lowered = lowered_alone(document, known)
    weights = read_weights(args.weights) if args.weights is not None else dict(parts.weights)
    if not weights:
        raise TrainError("predict.no_weights")
    where = args.weights or args.project
    program = sound_of(lowered)
    try:
        fitting = fit_weights(program, weights, where)
    except StudioError:
        # Its columns go in otherwise by now, perhaps: the network as it was trained is known.
        alone = lowered_alone(document, known).program if known is not None and whole else None
        if alone is None:
            raise
        assert known is not None
        return Trained(alone, fit_weights(alone, weights, where), known, False, "fitted.columns")
    return Trained(program, fitting, known or fitted(program), whole)


def predict(args: argparse.Namespace) -> int:
    from nnstudio.engine.predict import measures_of, predict
    from nnstudio.session.predict import answers_csv, plain_answers, read_samples

    trained = _trained(args)
    if trained.note is not None:
        print(trained.note.render(), file=sys.stderr)
    truth: list[np.ndarray] = []
    x = None
    if args.data is not None:
        x, names = read_samples(
            trained.known,
            args.data,
            graph=trained.program.data.graph,
            said=lambda note: print(note.render(), file=sys.stderr),
            truth=truth.append,
        )
    answers = predict(trained.program, trained.weights, x, trained.known)
    if x is None:
        names = tuple(str(row) for row in range(len(answers.numbers)))
    measures = measures_of(answers, truth[0]) if truth else None
    text = answers_csv(answers, names)
    if args.out is not None:
        write_atomically(args.out, text.encode("utf-8"))
    if args.json:
        found = {"answers": plain_answers(answers, names), "file": str(args.out) if args.out else None}
        print(json.dumps(found | ({"metrics": measures} if measures else {}), ensure_ascii=False), file=out_of(args))
        return 0
    print(args.out if args.out is not None else text, end="\n" if args.out is not None else "")
    if measures:
        print(f"the file has the answers: {_line(measures)}", file=sys.stderr)
    return 0


def test(args: argparse.Namespace) -> int:
    """Measure the test part: a look that is meant to be the last."""
    from nnstudio.engine.testing import measure_test

    found = measure_test(_trained(args))
    print(json.dumps(found) if args.json else f"test  {_line(found)}", file=out_of(args))
    return 0


def _line(measures: dict[str, object]) -> str:
    """Measures in one line."""
    return "  ".join(f"{name} {value:.6g}" for name, value in measures.items() if isinstance(value, int | float))


def bring(args: argparse.Namespace) -> int:
    """Bring a network in, or weights into one that is drawn."""
    from nnstudio.document import storage

    out = args.out or args.file.with_suffix(".nns")
    if out.exists() and not args.replace:
        raise ProjectFileError("file.exists", path=out)
    if args.into is not None:
        document, parts, notes, table = _with_weights(args.into, args.file)
    else:
        from nnstudio.session.imports.networks import brought_from_file

        found = brought_from_file(args.file)
        document, parts, notes, table = found.document, found.parts, found.notes, ()
    storage.save(out, document, parts)
    said = [note.render() for note in notes]
    if args.json:
        matches = [{"name": m.name, "found": m.found, "by": m.how} for m in table]
        print(json.dumps({"file": str(out), "notes": said, "matches": matches}, ensure_ascii=False), file=out_of(args))
        return 0
    for match in table:
        print(f"{match.name:40} {match.shape!s:20} {match.found or '-'}" + (f"  ({match.how})" if match.how else ""))
    print(*said, sep="\n", file=sys.stderr)
    print(out)
    return 0


def _with_weights(project: Path, file: Path) -> tuple[Document, Parts, tuple[Message, ...], tuple[Match, ...]]:
    """A project that begins with the weights of a file."""
    from nnstudio.catalog.registry import CATALOG
    from nnstudio.catalog.sources.copies import copies_of
    from nnstudio.session.imports.start import beginning_with
    from nnstudio.session.imports.weights_file import matched, read_state, said_of, start_file

    document, parts, lowered = lowered_of(project)
    program, state = sound_of(lowered), read_state(file)
    matches = matched(program, state)
    document = beginning_with(start_file(program, state, matches)).apply(document, CATALOG)
    return document, Parts(view=parts.view, data=copies_of(document)), (said_of(matches, file),), matches
