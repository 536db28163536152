"""A small network in numpy alone, every line of forward, backward and update written out."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnstudio.compile.files import NUMBERS, SCRATCH
from nnstudio.document.disk import write_atomically
from nnstudio.document.errors import ExportError
from nnstudio.document.text import Text
from nnstudio.session.exports import Export, Leaving

if TYPE_CHECKING:
    from nnstudio.compile.program import Program

# As many updates of both are compared, and how near the two have to be: both compute with 64 bits.
UPDATES, NEAR, LEAST = 3, 1e-8, 1e-11
# Some of torch's rules keep a factor with 32 bits whatever the weights have.
LEAST_STEP = 1e-9


class Cancelled(Exception):
    """Nobody wants the text any more."""


def rates_of(program: Program, cancelled: Callable[[], bool] = lambda: False) -> list[list[float]]:
    """Return the learning rate of every updater by epoch; raises Cancelled when it is no longer wanted.

    Raises:
        ExportError: a rate hangs on how the training goes, or layers have rates and schedules of their own.
    """
    import torch

    from nnstudio.engine.experiment import make_model
    from nnstudio.engine.runtime.training import WarmUp, step_schedule
    from nnstudio.engine.updating import make_optimizer, make_schedule, parts_of, schedules_of

    model, _ = make_model(program, program.seed, torch.device("cpu"))
    optimizer = make_optimizer(program, model)
    schedule = make_schedule(program, optimizer, max(1, program.epochs - program.warmup))
    parts = parts_of(optimizer)
    for part in schedules_of(schedule, len(parts)):
        if isinstance(part, torch.optim.lr_scheduler.ReduceLROnPlateau):
            raise ExportError("scratch.plateau")
    if (schedule is not None or program.warmup) and any(
        "lr" in group.overrides for updater in program.updaters for group in updater.groups
    ):
        raise ExportError("scratch.extras")
    warm = WarmUp(optimizer, program.warmup)
    found: list[list[float]] = [[] for _ in parts]
    for epoch in range(1, program.epochs + 1):
        if cancelled():
            raise Cancelled
        warm.set(epoch)
        for rates, part in zip(found, parts, strict=True):
            rates.append(float(part.param_groups[0]["lr"]))
        if schedule is not None and epoch > program.warmup:
            # Without gradients nothing is moved; torch wants a step before its schedule's.
            optimizer.step()
            step_schedule(schedule, float("nan"))
    return found


def text_of(program: Program, rates: list[list[float]] | None = None) -> str:
    """Return the script.

    Raises:
        ExportError: something in the network is not written out in numpy.
    """
    from nnstudio.compile.scratch import scratch

    return scratch(program, rates or rates_of(program))


def checked(
    program: Program, weights: Mapping[str, np.ndarray] | None = None, cancelled: Callable[[], bool] = lambda: False
) -> tuple[str, bytes]:
    """Return the script and its numbers, compared with the program.

    Raises:
        ExportError: something is not written out in numpy, or would compute something else.
    """
    rates = rates_of(program, cancelled)
    text = text_of(program, rates)
    raw, arrays = _numbers(program, weights, rates)
    try:
        with np.errstate(all="ignore"):
            check(program, text, arrays)
    except ExportError as error:
        raise ExportError("scratch.differs", what=error.message.args.get("what", "")) from None
    except (ValueError, IndexError) as error:
        raise ExportError("scratch.differs", what=str(error)[:80]) from None
    except Exception as error:
        raise ExportError("export.script", detail=f"{type(error).__name__}: {error}") from error
    return text, raw


def _numbers(
    program: Program, weights: Mapping[str, np.ndarray] | None, rates: list[list[float]]
) -> tuple[bytes, dict[str, np.ndarray]]:
    """The file beside the script, and what it holds."""
    import torch

    from nnstudio.engine.experiment import load_parts, make_model

    cpu = torch.device("cpu")
    model, _ = make_model(program, program.seed, cpu)
    data, _ = load_parts(program, cpu)
    (x,), (t,) = data.batch(slice(0, len(data)))
    given = weights or {start.parameter: model.get_parameter(start.parameter) for start in program.starts}
    arrays = {f"w:{start.parameter}": _plain(given[start.parameter]) for start in program.starts}
    arrays |= {"x": _plain(x), "t": _plain(t), "rates": np.array(rates).T}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue(), arrays


def _plain(values: Any) -> np.ndarray:
    array = np.asarray(values.detach() if hasattr(values, "detach") else values)
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def check(program: Program, text: str, arrays: Mapping[str, np.ndarray]) -> None:
    """Compare loss, gradients and some updates with torch's, from the same weights and rows, with 64 bits.

    Raises:
        ExportError: something differs.
    """
    import torch

    from nnstudio.compile.gate import load_script
    from nnstudio.engine.experiment import limits_of, make_model
    from nnstudio.engine.runtime.metrics import forward
    from nnstudio.engine.updating import make_optimizer, parts_of

    script = load_script(text)
    model, criterion = make_model(program, program.seed, torch.device("cpu"))
    model, criterion = model.double().train(), criterion.double() if hasattr(criterion, "double") else criterion
    with torch.no_grad():
        for start in program.starts:
            model.get_parameter(start.parameter).copy_(torch.from_numpy(arrays[f"w:{start.parameter}"]))
    for part in model.modules():
        if isinstance(part, torch.nn.Dropout):
            # Its random numbers are torch's own.
            part.eval()
    optimizer = make_optimizer(program, model)
    weights = {start.parameter: arrays[f"w:{start.parameter}"].copy() for start in program.starts}
    memory: dict[Any, Any] = {}
    size = min(program.batch_size, len(arrays["x"]))
    rates = arrays["rates"][0]
    for part, rate in zip(parts_of(optimizer), rates, strict=True):
        for group in part.param_groups:
            if program.warmup:
                group["lr"] = rate
    for number in range(UPDATES):
        first = min(number * size, len(arrays["x"]) - size)
        x, t = (arrays[name][first : first + size] for name in ("x", "t"))
        v = script["forward"](weights, x, t)
        g = script["backward"](weights, v)
        loss = forward(model, criterion, (torch.from_numpy(x),), (torch.from_numpy(t),))[0]
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        _near(getattr(v, program.criterion.outputs[0]), loss, "loss")
        theirs = {
            start.parameter: _plain(model.get_parameter(start.parameter).grad)
            for start in program.starts
            if model.get_parameter(start.parameter).grad is not None
        }
        # A gradient that is 0 but for rounding (a bias before a norm) has no digits to compare.
        scale = max((float(np.abs(d).max(initial=0.0)) for d in theirs.values()), default=0.0)
        for name, gradient in theirs.items():
            _near(g[name] if name in g else np.zeros_like(gradient), gradient, f"gradient of {name}", scale)
        limits = limits_of(program)
        limits.clip(optimizer)
        limits.pull(optimizer)
        optimizer.step()
        # Each rule is tried on the very same gradients: Adam makes whole steps of what is rounding.
        script["update"](weights, {name: theirs[name] for name in g if name in theirs}, memory, rates, number + 1)
        for start in program.starts:
            now = _plain(model.get_parameter(start.parameter))
            _near(weights[start.parameter], now, start.parameter, LEAST_STEP / LEAST)
            weights[start.parameter] = now


def _near(ours: Any, theirs: Any, what: str, scale: float = 1.0) -> None:
    if not np.allclose(_plain(ours), _plain(theirs), rtol=NEAR, atol=LEAST * max(scale, 1.0), equal_nan=True):
        raise ExportError("export.differs", what=what)


def _write(leaving: Leaving, folder: Path) -> list[Path]:
    text, raw = checked(leaving.program, leaving.weights)
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for name, content in ((SCRATCH, text.encode("utf-8")), (NUMBERS, raw)):
        write_atomically(folder / name, content)
        found.append(folder / name)
    return found


EXPORT = Export(
    "scratch",
    Text("NumPy from scratch, nothing hidden …"),
    _write,
    (SCRATCH, NUMBERS),
    reproduces=False,
    order=25,
    purpose=Text("A small network in numpy alone, every line of forward, backward and update written out: to be read."),
)
