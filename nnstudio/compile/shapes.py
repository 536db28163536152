"""Shapes from running the real operators on the meta device; nothing here knows a layer's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import torch

from nnstudio.catalog.entry import Apply, Call, Layer, Numbers, Ref, Shape, Weight
from nnstudio.catalog.own import is_own
from nnstudio.catalog.plugins import FAILURES, origin, own_failure, where_it_failed
from nnstudio.catalog.registry import family, node_kinds
from nnstudio.compile.resolve import NoDefaultDraw, make_module, resolve
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import ChoiceField
from nnstudio.document.text import Message, message, render
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
    own_fault: Message | None = None


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
        args, kwargs = fill(call.args), {k: fill(v) for k, v in call.kwargs.items()}
        with torch.device("meta"), NoDefaultDraw():
            if is_own(call.target):
                values[call.out] = _of_own_code(function, args, kwargs)
            else:
                values[call.out] = function(*args, **kwargs)
    return values, weights


def _of_own_code(function: Any, args: Any, kwargs: Any) -> Any:
    """Run own code; what it gives has to be one tensor of floats, and what it is given has to stay as it is.

    Raises:
        StudioError: it is not so.
    """
    given = [value for value in (*args, *kwargs.values()) if isinstance(value, torch.Tensor)]
    before = [value._version for value in given]
    name = getattr(function, "__name__", type(function).__name__)
    result = function(*args, **kwargs)
    if [value._version for value in given] != before:
        raise StudioError("own.in_place", name=name)
    if not isinstance(result, torch.Tensor):
        raise StudioError("own.no_tensor_out", name=name, found=type(result).__name__)
    if (
        (result.dtype != torch.get_default_dtype() and result.is_floating_point())
        or result.dtype.is_complex
        or result.dtype == torch.bool
    ):
        raise StudioError("own.dtype", name=name, found=str(result.dtype).removeprefix("torch."))
    return result


def _brought_for(entry: Any, params: Params) -> str:
    """The file that brought an entry or an activation chosen in it; "" where both ship with the program."""
    chosen = [
        family(field.family).get(params[field.name].kind)
        for field in entry.fields
        if isinstance(field, ChoiceField) and field.family == "activations" and params.get(field.name) is not None
    ]
    return next((found for found in map(origin, (entry, *chosen)) if found), "")


def _refused(error: BaseException, brought: str = "") -> Inferred:
    where = where_it_failed(error) or ((brought, 0) if brought else None)
    if where is not None:
        return Inferred(own_fault=own_failure(error, *where))
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
        if error.message.key.startswith("own."):
            return Inferred(own_fault=error.message)
        return Inferred(refusal=error.message)
    except FAILURES as error:
        # Torch refuses in many ways, and an entry that was brought may fail in any.
        return _refused(error, _brought_for(entry, params))
    found = {name: tuple(value.shape) for name, value in values.items() if isinstance(value, torch.Tensor)}
    if output.name in values and (output.name not in found or not found[output.name]):
        # What goes along a wire is a tensor with the batch in front.
        shape = "()" if output.name in found else type(values[output.name]).__name__
        return Inferred(own_fault=message("own.no_tensor_out", name=entry.title, found=shape))
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
    except FAILURES as error:
        refused = _refused(error, origin(entry))
        return refused.error or render(refused.own_fault)
    result = list(values.values())[-1] if values else None
    if not isinstance(result, torch.Tensor):
        return f"the loss is {type(result).__name__} instead of a tensor of one number"
    return "" if result.ndim == 0 else f"the loss has shape {tuple(result.shape)} instead of one number"
