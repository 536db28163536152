"""Shapes from running the real operators on the meta device; nothing here knows a layer's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import torch

from nnstudio.catalog.entry import Apply, Call, Layer, Numbers, Ref, Shape, Weight
from nnstudio.catalog.plugins import own_failure, where_it_failed
from nnstudio.catalog.registry import family, node_kinds
from nnstudio.compile.resolve import NoDefaultDraw, make_module, resolve
from nnstudio.document.errors import StudioError
from nnstudio.document.text import Message, render
from nnstudio.document.values import Params

# Two rows, so that a result that lost or broadcast its batch axis shows.
BATCH = 2


@dataclass(frozen=True)
class Inferred:
    """What running a node's calls told: its calls with activations written in, shapes, or why it failed."""

    calls: tuple[Call, ...] = ()
    output: Ref | None = None
    shapes: Mapping[str, Shape] | None = None
    weights: Mapping[tuple[str, str], Shape] | None = None
    own: tuple[Weight, ...] = ()
    error: str = ""
    refusal: Message | None = None


def expand(steps: tuple[Call | Apply, ...], params: Params) -> tuple[tuple[Call, ...], Ref, tuple[Weight, ...]]:
    """Write the chosen activations into the calls; returns them, where the result is, and the activations' weights."""
    calls: list[Call] = []
    weights: list[Weight] = []
    renamed: dict[str, Ref] = {}
    result = Ref("x")

    def local(value: Any) -> Any:
        if isinstance(value, Ref) and value.index is None:
            return renamed.get(value.name, value)
        return tuple(local(item) for item in value) if isinstance(value, tuple) else value

    for step in steps:
        if isinstance(step, Call):
            calls.append(replace(step, args=local(step.args), kwargs={k: local(v) for k, v in step.kwargs.items()}))
            result = Ref(step.out)
            continue
        choice = params[step.field]
        source = local(Ref(step.x))
        activation = family("activations")[choice.kind]
        inner = activation.calls(choice.params)
        names = {call.out: f"{step.out}_{call.out}" for call in inner[:-1]} | {
            call.out: step.out for call in inner[-1:]
        }
        weights += [replace(weight, module=names[weight.module]) for weight in activation.weights(choice.params)]
        for call in inner:

            def swap(value: Any, source: Ref = source, names: dict[str, str] = names) -> Any:
                if isinstance(value, Ref):
                    return source if value.name == "z" else Ref(names[value.name])
                return tuple(swap(item) for item in value) if isinstance(value, tuple) else value

            calls.append(replace(call, out=names[call.out], args=swap(call.args)))
        result = Ref(step.out) if inner else source
        renamed[step.out] = result
    return tuple(calls), result, tuple(weights)


def run_calls(
    calls: tuple[Call, ...], inputs: Mapping[str, tuple[Any, ...]]
) -> tuple[dict[str, Any], dict[tuple[str, str], Shape]]:
    """Run calls on the meta device; returns values by name and parameter shapes by (call, name)."""
    values: dict[str, Any] = {}
    weights: dict[tuple[str, str], Shape] = {}

    def fill(value: Any) -> Any:
        if isinstance(value, Ref):
            if value.name in values:
                return values[value.name]
            return inputs[value.name][value.index or 0]
        if isinstance(value, Numbers):
            return torch.tensor(value.values)
        return [fill(item) for item in value] if isinstance(value, tuple) else value

    for call in calls:
        function: Any
        if call.make is not None:
            module = make_module(call.target, call.make, "meta", torch.float32)
            for name, parameter in module.named_parameters():
                weights[call.out, name] = tuple(parameter.shape)
            function = module
        else:
            function = resolve(call.target)
        with torch.device("meta"), NoDefaultDraw():
            values[call.out] = function(*fill(call.args), **{k: fill(v) for k, v in call.kwargs.items()})
    return values, weights


def _refused(error: Exception) -> Inferred:
    where = where_it_failed(error)
    if where is not None:
        return Inferred(refusal=own_failure(error, *where))
    return Inferred(error=str(error).strip().split("\n")[0] or type(error).__name__)


@lru_cache(maxsize=4096)
def infer_layer(kind: str, params: Params, shapes: tuple[tuple[str, tuple[Shape, ...]], ...]) -> Inferred:
    """Run one layer with batch 2 on the meta device. ``shapes`` are the input shapes by port, batch included."""
    # A port's tokens stand beside its shapes as "port.tokens".
    named = {port.removesuffix(".tokens") for port, _ in shapes if port.endswith(".tokens")}
    entry = node_kinds()[kind]
    assert isinstance(entry, Layer)
    try:
        calls, output, own = expand(entry.calls(params, dict(shapes)), params)
        inputs = {
            port: tuple(
                torch.empty(s, device="meta", dtype=torch.int64 if port in named else torch.float32) for s in given
            )
            for port, given in shapes
        }
        values, weights = run_calls(calls, inputs)
    except StudioError as error:
        return Inferred(refusal=error.message)
    except Exception as error:
        # Torch refuses in many ways, and an entry that was brought may fail in any.
        return _refused(error)
    found = {name: tuple(value.shape) for name, value in values.items() if isinstance(value, torch.Tensor)}
    return Inferred(calls, output, found, weights, own)


@lru_cache(maxsize=512)
def infer_loss(kind: str, params: Params, prediction: Shape, target: Shape, index: bool) -> str:
    """Run a loss on the meta device; returns torch's complaint, or "" when it gives one number."""
    entry = family("losses")[kind]
    inputs = {
        "prediction": (torch.empty(prediction, device="meta"),),
        "target": (torch.empty(target, device="meta", dtype=torch.int64 if index else torch.float32),),
    }
    try:
        values, _ = run_calls(entry.calls(params), inputs)
    except Exception as error:
        refused = _refused(error)
        return refused.error or render(refused.refusal)
    result = list(values.values())[-1]
    return "" if result.ndim == 0 else f"the loss has shape {tuple(result.shape)} instead of one number"
