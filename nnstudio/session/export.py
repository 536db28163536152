"""Take the network home: script, data and weights in a folder, written only after the gate has passed."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save as save_tensors

from nnstudio.compile import gate
from nnstudio.compile.files import ABOUT, REPLAY, RUNTIME, SCRIPT, SPARING, WEIGHTS
from nnstudio.compile.program import Program
from nnstudio.compile.source import Source, write_source
from nnstudio.document.errors import ExportError
from nnstudio.engine.experiment import limits_of, load_parts, make_model, sparing_of
from nnstudio.engine.fitted import Fitted, fitted
from nnstudio.engine.runtime.metrics import forward
from nnstudio.engine.runtime.training import train, update
from nnstudio.engine.updating import make_optimizer, make_schedule
from nnstudio.resources import runtime_source
from nnstudio.session.about import about
from nnstudio.session.beside import files_beside, lay_beside
from nnstudio.session.exports import Leaving
from nnstudio.session.parcel import write_all
from nnstudio.session.predicting import predicting_files


def source_of(
    program: Program, journal: tuple[str, ...] = (), threads: int | None = None, replay: bool = False
) -> Source:
    """Return the script of a program, with the training functions in it, and those that ``replay`` updates."""
    more = SPARING if program.spares else REPLAY if replay else ()
    names = (*RUNTIME[:-1], *more, *RUNTIME[-1:])
    return write_source(program, [runtime_source(name) for name in names], journal, threads, replay)


def check_source(program: Program, text: str, weights: Mapping[str, np.ndarray] | None = None) -> None:
    """Run the gate on a script's text.

    Raises:
        ExportError: the script would not reproduce the program.
    """
    with tempfile.TemporaryDirectory() as folder:
        # The script reads from beside itself, so the gate gives it the very files that will lie there.
        for name, content in files_beside(program).items():
            if isinstance(content, Path):
                lay_beside(content, Path(folder) / name)
            else:
                (Path(folder) / name).write_bytes(content)
        try:
            _check_script(program, gate.load_script(text, folder), weights)
        except ExportError as error:
            if program.has_own_code and error.message.key in ("export.differs", "export.script"):
                detail = error.message.args.get("what") or error.message.args.get("detail", "")
                raise ExportError("own.differs", detail=detail) from None
            raise


def _check_script(program: Program, script: dict[str, Any], weights: Mapping[str, np.ndarray] | None) -> None:
    """Compare a loaded script with the application: network, updates, data and the training loop."""
    cpu = torch.device("cpu")
    data, _ = load_parts(program, cpu)
    size = min(program.batch_size, len(data))
    if program.couples_samples and size < 2:
        size = min(2, len(data))
    batches = []
    for number in range(gate.UPDATES):
        start = min(number * size, len(data) - size)
        rows = slice(start, start + size)
        batches.append(data.batch(rows))
    _, criterion = make_model(program, program.seed, cpu)
    ours = gate.Side(
        lambda: make_model(program, program.seed, cpu)[0],
        criterion,
        lambda model: make_optimizer(program, model),
        forward,
        update,
        limits_of(program),
    )
    try:
        theirs = gate.Side(
            lambda: script["make_model"](program.seed, cpu),
            script["criterion"],
            script["make_optimizer"],
            script["forward"],
            script["update"],
            script["Limits"](script["CLIP_NORM"], script["CLIP_VALUE"], script["L1"]),
        )
        tensors = None if weights is None else {name: torch.from_numpy(np.array(v)) for name, v in weights.items()}
        gate.check(ours, theirs, batches, tensors)
        _check_loop(program, script)
    except ExportError:
        raise
    except Exception as error:
        raise ExportError("export.script", detail=f"{type(error).__name__}: {error}") from error


# How many batches of each part go through both training loops.
LOOP_BATCHES = 3
# Of samples in a file so many are compared.
COMPARED = 256
# As many epochs; updates are replayed after more of them.
LOOP_EPOCHS, REPLAYED_EPOCHS = 2, 14


def _check_loop(program: Program, script: dict[str, Any]) -> None:
    """Compare the data that the script loads, its settings, and an epoch or two of its own training loop."""
    cpu = torch.device("cpu")
    wanted = {
        "EPOCHS": program.epochs,
        "BATCH_SIZE": program.batch_size,
        "SEED": program.seed,
        "SHUFFLE": program.shuffle,
        "CLIP_NORM": program.clip_norm,
        "CLIP_VALUE": program.clip_value,
        "L1": program.l1,
        "WARMUP": program.warmup,
        "PATIENCE": program.patience,
        "COUPLES_SAMPLES": program.couples_samples,
        "DEVICE": program.device,
        **({"PARTS": program.parts, "HALF": program.half, "COMPILED": program.compiled} if program.spares else {}),
    }
    for name, value in wanted.items():
        gate.expect(script[name] == value, name)
    ours, theirs = load_parts(program, cpu), script["load_data"](cpu)
    for mine, other in zip(ours, theirs, strict=True):
        gate.expect(mine.rows == other.rows, "split of the data")
        for one, two in zip(
            (*mine.shared, *mine.inputs, *mine.targets), (*other.shared, *other.inputs, *other.targets), strict=True
        ):
            some = slice(0, COMPARED) if program.data.streamed else slice(None)
            gate.same(one[some], two[some], "data")
    count = LOOP_BATCHES * program.batch_size + 1
    results = []
    with gate.kept_random():
        for side, parts in ((None, ours), (script, theirs)):
            model, criterion = (
                make_model(program, program.seed, cpu)
                if side is None
                else (side["make_model"](program.seed, cpu), side["criterion"])
            )
            optimizer = make_optimizer(program, model) if side is None else side["make_optimizer"](model)
            planned = max(1, program.epochs - program.warmup)
            schedule = (
                make_schedule(program, optimizer, planned)
                if side is None
                else side["make_schedule"](optimizer, planned)
            )
            loop: Any = train if side is None else side["train"]
            limits: Any = (
                limits_of(program)
                if side is None
                else side["Limits"](program.clip_norm, program.clip_value, program.l1)
            )
            short = [_first(part, count) for part in parts]
            seen: list[Any] = []
            try:
                for event in loop(
                    model,
                    criterion,
                    optimizer,
                    schedule,
                    *short,
                    epochs=LOOP_EPOCHS if "Stepper" not in script else REPLAYED_EPOCHS,
                    batch_size=program.batch_size,
                    seed=program.seed,
                    shuffle=program.shuffle,
                    limits=limits,
                    couples_samples=program.couples_samples,
                    warmup=program.warmup,
                    patience=program.patience,
                    **_ways(program, side),
                ):
                    seen.append(float(event.loss) if hasattr(event, "loss") else dataclasses.astuple(event))
            except Exception as error:
                # A run that diverges has to diverge at home as well, at the same place.
                if type(error).__name__ != "Diverged":
                    raise
                seen.append("diverged")
            results.append((repr(seen), model))
    gate.expect(results[0][0] == results[1][0], "losses of the training loop")
    for (name, one), two in zip(results[0][1].state_dict().items(), results[1][1].state_dict().values(), strict=True):
        gate.same(one, two, f"{name} after training")


def _ways(program: Program, script: dict[str, Any] | None) -> dict[str, Any]:
    """What makes updates and measures, in the program or a script. Fusing operations changes how, not what; it would
    take a minute.
    """
    if program.spares:
        ours = sparing_of(dataclasses.replace(program, compiled=False), torch.device("cpu")) or update
        return {"step": script["Sparing"](script["PARTS"], script["HALF"]) if script is not None else ours}
    if script is not None and "Stepper" in script:
        return {"step": script["Stepper"](), "judge": script["Judge"]()}
    return {}


def _first(part: Any, count: int) -> Any:
    """A part cut down to its first rows."""
    return dataclasses.replace(
        part,
        inputs=tuple(t[:count] for t in part.inputs),
        targets=tuple(t[:count] for t in part.targets),
        rows=part.rows[:count],
    )


def start_weights(program: Program, seed: int | None = None) -> dict[str, np.ndarray]:
    """Return the start weights of a program as arrays."""
    model, _ = make_model(program, program.seed if seed is None else seed, torch.device("cpu"))
    return {name: tensor.detach().numpy().copy() for name, tensor in model.state_dict().items()}


def export_python(
    program: Program,
    folder: Path,
    weights: Mapping[str, np.ndarray] | None = None,
    journal: tuple[str, ...] = (),
    threads: int | None = None,
    replay: bool = False,
    known: Fitted | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Path]:
    """Write the scripts, data and weights into a folder; the start weights when there are no trained ones. With
    ``replay`` the script trains as quickly as the program does. ``known`` is what the weights were fitted with; without
    it that is what the data gives now.

    Raises:
        ExportError: the gate found a difference, code of own files is to be replayed, the folder cannot be written, or
            it is no longer wanted.
    """
    if replay and program.has_own_code:
        raise ExportError("export.own_replay")
    text = source_of(program, journal, threads, replay).text
    check_source(program, text, weights)
    numbers = weights or start_weights(program)
    tensors = {name: torch.from_numpy(np.array(value)) for name, value in numbers.items()}
    contents: dict[str, bytes | str | Path] = {
        SCRIPT: text.encode("utf-8"),
        **files_beside(program),
        WEIGHTS: save_tensors(tensors),
        **predicting_files(program, known or fitted(program), tensors, text),
    }
    if cancelled():
        raise ExportError("export.cancelled")
    return write_all(folder, contents)


def export_leaving(leaving: Leaving, folder: Path, replay: bool = False) -> list[Path]:
    """Write the scripts, data and weights of a network that goes home, and what is to be said of it.

    Raises:
        ExportError: as of :func:`export_python`.
    """
    found = export_python(
        leaving.program,
        folder,
        leaving.weights,
        leaving.journal,
        leaving.threads,
        replay,
        leaving.known,
        leaving.cancelled,
    )
    return [*found, *write_all(folder, {ABOUT: json.dumps(about(leaving), ensure_ascii=False, indent=1) + "\n"})]


def fit_weights(program: Program, weights: Mapping[str, Any], path: object) -> dict[str, np.ndarray]:
    """Check that weights belong to a program.

    Raises:
        ExportError: names or shapes differ.
    """
    wanted = start_weights(program)
    if set(wanted) != set(weights):
        odd = sorted(set(wanted) ^ set(weights))[0]
        raise ExportError("weights.unfit", path=path, detail=odd)
    for name, array in wanted.items():
        if np.shape(weights[name]) != array.shape:
            raise ExportError("weights.unfit", path=path, detail=f"{name} {np.shape(weights[name])}")
    return {name: np.asarray(weights[name], dtype=wanted[name].dtype) for name in wanted}
