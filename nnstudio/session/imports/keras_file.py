"""Networks of Keras (``.keras``): a zip of a description in JSON and weights in HDF5. Nothing in it is run; layers with
code of their own are refused.
"""

from __future__ import annotations

import itertools
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nnstudio.catalog.known import Unfit
from nnstudio.document.errors import ImportRefused
from nnstudio.document.text import message
from nnstudio.session.imports.draft import GIVEN, Draft
from nnstudio.session.imports.finish import Brought, finish
from nnstudio.session.imports.keras_grids import IN_TRAINING, UNBENT, Layer, called, layers_of
from nnstudio.session.imports.keras_rows import Rows
from nnstudio.session.imports.keras_weights import snake, weights_of

MOST_BYTES, MOST_TEXT, MOST_LAYERS = 1500 * 2**20, 20 * 2**20, 2000
DROPS = "Dropout".lower()
RECURRENT = ("LSTM", "GRU", "SimpleRNN")
CONFIG, WEIGHTS = "config.json", "model.weights.h5"


def brought_from_keras(path: Path, title: str = "") -> Brought:
    """Return the project of a network that Keras saved.

    Raises:
        ImportRefused: it is none, or holds what has no counterpart; all of that is said.
    """
    config, stored = _read(path)
    reader = _Reader(config)
    result = reader.read(
        weights_of(stored, [(layer.of, layer.kind) for layer in reader.layers if layer.name == layer.of])
    )
    name = config.get("config", {}).get("name")
    return finish(reader.draft, result, title or (name if isinstance(name, str) else path.stem))


def _read(path: Path) -> tuple[dict[str, Any], bytes]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ImportRefused(
                "data.large_file", path=path, size=path.stat().st_size // 2**20, high=MOST_BYTES // 2**20
            )
        with zipfile.ZipFile(path) as archive:
            sizes = {info.filename: info.file_size for info in archive.infolist()}
            if CONFIG not in sizes or sizes[CONFIG] > MOST_TEXT or sizes.get(WEIGHTS, 0) > MOST_BYTES:
                raise ImportRefused("import.keras_broken", path=path)
            config = json.loads(archive.read(CONFIG))
            stored = archive.read(WEIGHTS) if WEIGHTS in sizes else b""
    except ImportRefused:
        raise
    except OSError as error:
        raise ImportRefused("data.unreadable_file", path=path, detail=error.strerror or str(error)) from None
    except Exception:
        # What a broken archive makes zipfile and json raise is of many kinds.
        raise ImportRefused("import.keras_broken", path=path) from None
    if not isinstance(config, dict) or not isinstance(config.get("config"), dict):
        raise ImportRefused("import.keras_broken", path=path)
    return config, stored


class _Reader(Rows):
    """Goes through the layers and tells a draft what they are."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        inside = config["config"]
        if config.get("class_name") not in ("Sequential", "Functional", "Model"):
            raise ImportRefused("import.keras_kind", kind=str(config.get("class_name"))[:80])
        plain = inside.get("layers")
        if not isinstance(plain, list) or not plain or len(plain) > MOST_LAYERS:
            raise ImportRefused("import.empty")
        calls = (call for one in plain if isinstance(one, dict) for call in layers_of(one))
        self.layers = list(itertools.islice(calls, MOST_LAYERS + 1))
        names = [layer.name for layer in self.layers]
        if len(names) > MOST_LAYERS:
            raise ImportRefused("import.keras_many", high=MOST_LAYERS)
        if len(set(names)) < len(names):
            # What is called twice could not be told from what is named so.
            raise ImportRefused("import.keras_names", name=max(names, key=names.count))
        shape = self._input(inside)
        tokens = next((int(layer.get("input_dim", 2)) for layer in self.layers if layer.kind == "Embedding"), 0)
        # Images have their channels in front here.
        self.draft = Draft((shape[-1], *shape[:-1]) if len(shape) == 3 else shape, tokens)
        self.values: dict[str, str] = {}
        self.forms: dict[str, tuple[int, ...]] = {}
        self.given = shape
        # The nodes of every layer's first call.
        self._made: dict[str, list[str]] = {}
        self.ends = _first_names(inside.get("output_layers"))
        if len(self.ends) > 1:
            self.draft.notes.append(message("import.one_output", count=len(self.ends)))

    def _input(self, inside: Mapping[str, Any]) -> tuple[int, ...]:
        inputs = [layer for layer in self.layers if layer.kind == "InputLayer"]
        if len(inputs) > 1:
            raise ImportRefused("import.one_input", count=len(inputs))
        shape = inputs[0].get("batch_shape", inputs[0].get("batch_input_shape")) if inputs else None
        shape = shape or inside.get("build_input_shape") or self.layers[0].get("batch_input_shape")
        if not isinstance(shape, list) or len(shape) < 2 or not all(isinstance(n, int) and n > 0 for n in shape[1:]):
            raise ImportRefused("import.onnx_input", shape=str(shape))
        return tuple(shape[1:])

    def read(self, weights: Mapping[str, list[np.ndarray]]) -> str:
        """Return the value that is the result."""
        before = ""
        for layer in self._in_order():
            if layer.kind == "InputLayer":
                self.values[layer.name], self.forms[layer.name] = GIVEN, self.given
                before = layer.name
                continue
            if not self.values:
                self.values["(input)"], self.forms["(input)"] = GIVEN, self.given
                before = "(input)"
            names = layer.inputs or [before]
            try:
                if any(name not in self.values for name in names):
                    raise Unfit("import.why.nothing")
                self._called(layer, names, weights.get(layer.of, []))
            except Unfit as error:
                self.draft.refuse(layer.name, layer.kind, str(error))
                self.values[layer.name] = self.values.get(names[0], GIVEN)
                self.forms[layer.name] = self.forms.get(names[0], self.given)
            except (KeyError, IndexError, TypeError, ValueError, AttributeError, ZeroDivisionError, OverflowError):
                # A description that is not as Keras writes it.
                self.draft.refuse(layer.name, layer.kind, "import.why.unlike")
                self.values[layer.name], self.forms[layer.name] = GIVEN, self.given
            before = layer.name
        end = self.ends[0] if self.ends and self.ends[0] in self.values else before
        return self.values.get(end, GIVEN)

    def _in_order(self) -> Iterator[Layer]:
        """Every call behind those whose results it takes, as far as there is such an order."""
        missing = {layer.name for layer in self.layers}
        waiting = list(self.layers)
        while waiting:
            rest = []
            for layer in waiting:
                if missing.isdisjoint(layer.inputs):
                    missing.discard(layer.name)
                    yield layer
                else:
                    rest.append(layer)
            if len(rest) == len(waiting):
                yield from rest
                return
            waiting = rest

    def _called(self, layer: Layer, names: list[str], weights: list[np.ndarray]) -> None:
        """Tell of one call; a layer that is called again stays one, with the weights that it has."""
        before = len(self.draft.nodes)
        self._layer(layer, names, weights)
        told = self.draft.nodes[before:]
        first = self._made.setdefault(layer.of, [one.id for one in told])
        for one, other in zip(told, first, strict=False):
            if one.id != other and one.tensors:
                one.share(other)

    def _layer(self, layer: Layer, names: list[str], weights: list[np.ndarray]) -> None:
        reader: Callable[..., tuple[int, ...]] | None = getattr(self, f"_{snake(layer.kind)}", None)
        if reader is None:
            raise Unfit("import.why.no_layer")
        if layer.get("data_format") not in (None, "channels_last"):
            raise Unfit(f"data_format={layer.get('data_format')}")
        for name in (*IN_TRAINING, *((DROPS,) if layer.kind in RECURRENT else ())):
            if layer.get(name):
                self.draft.notes.append(message("import.left_out", where=layer.name, name=name))
        form = reader(layer, names, weights)
        self.forms[layer.name] = form
        function = layer.get("activation")
        if function not in (None, UNBENT) and layer.kind not in (*RECURRENT, "Activation"):
            self._bend(layer, function)


def _first_names(plain: Any) -> list[str]:
    if isinstance(plain, list) and plain and isinstance(plain[0], str):
        return [called(plain[0][:60], plain[1] if len(plain) > 1 and isinstance(plain[1], int) else 0)]
    return [name for part in plain for name in _first_names(part)] if isinstance(plain, list) else []
