"""Layers of Keras that work on rows and sequences, and what joins values."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnstudio.catalog.known import Unfit
from nnstudio.session.imports.keras_grids import UNBENT, Grids, Layer, named


class Rows(Grids):
    """Tells layers of rows."""

    def _dense(self, layer: Layer, names: list[str], weights: list[np.ndarray]) -> tuple[int, ...]:
        form = self.forms[names[0]]
        if len(form) > 2:
            raise Unfit("import.why.image")
        tensors = named(weights, lambda w: w.T)
        made = {"out_features": int(layer.get("units")), "bias": bool(layer.get("use_bias", True))}
        self._tell(layer, names, "torch.nn.Linear", made, tensors)
        return (*form[:-1], int(layer.get("units")))

    def _layer_normalization(self, layer: Layer, names: list[str], weights: list[np.ndarray]) -> tuple[int, ...]:
        form = self.forms[names[0]]
        if len(form) > 2:
            raise Unfit("import.why.image")
        tensors = dict(zip(("weight", "bias"), weights, strict=False))
        self._tell(layer, names, "torch.nn.LayerNorm", {"eps": float(layer.get("epsilon", 1e-3))}, tensors)
        return form

    def _embedding(self, layer: Layer, names: list[str], weights: list[np.ndarray]) -> tuple[int, ...]:
        if layer.get("mask_zero"):
            raise Unfit("import.why.mask")
        made = {"num_embeddings": int(layer.get("input_dim")), "embedding_dim": int(layer.get("output_dim"))}
        self._tell(layer, names, "torch.nn.Embedding", made, {"weight": weights[0]} if weights else {})
        return (*self.forms[names[0]], int(layer.get("output_dim")))

    def _dropout(self, layer: Layer, names: list[str], weights: Any) -> tuple[int, ...]:
        self._tell(layer, names, "torch.nn.Dropout", {"p": float(layer.get("rate", 0.5))})
        return self.forms[names[0]]

    def _spatial_dropout2d(self, layer: Layer, names: list[str], weights: Any) -> tuple[int, ...]:
        self._tell(layer, names, "torch.nn.Dropout2d", {"p": float(layer.get("rate", 0.5))})
        return self.forms[names[0]]

    def _activation(self, layer: Layer, names: list[str], weights: Any) -> tuple[int, ...]:
        self.values[layer.name] = self.values[names[0]]
        if layer.get("activation") != UNBENT:
            self._bend(layer, layer.get("activation"))
        return self.forms[names[0]]

    def _re_lu(self, layer: Layer, names: list[str], weights: Any) -> tuple[int, ...]:
        most, slope = layer.get("max_value"), float(layer.get("negative_slope", 0.0) or 0.0)
        if layer.get("threshold") not in (None, 0, 0.0) or (most is not None and (most != 6 or slope)):
            raise Unfit(f"max_value={most}")
        kind = "ReLU6" if most is not None else "LeakyReLU" if slope else "ReLU"
        self._tell(layer, names, f"torch.nn.{kind}", {"negative_slope": slope} if slope else {})
        return self.forms[names[0]]

    def _leaky_re_lu(self, layer: Layer, names: list[str], weights: Any) -> tuple[int, ...]:
        slope = float(layer.get("negative_slope", layer.get("alpha", 0.3)))
        self._tell(layer, names, "torch.nn.LeakyReLU", {"negative_slope": slope})
        return self.forms[names[0]]

    def _softmax(self, layer: Layer, names: list[str], weights: Any) -> tuple[int, ...]:
        if layer.get("axis", -1) not in (-1, len(self.forms[names[0]])):
            raise Unfit(f"axis={layer.get('axis')}")
        self._tell(layer, names, "torch.nn.Softmax", {"dim": -1})
        return self.forms[names[0]]

    def _flatten(self, layer: Layer, names: list[str], weights: Any) -> tuple[int, ...]:
        form = self.forms[names[0]]
        if len(form) == 3 and form[:2] != (1, 1):
            # Keras lays the channels out last: the axes are turned before.
            self._tell(layer, names, "torch.permute", {"dims": [0, 2, 3, 1]}, end="_turned")
            names = [layer.name]
        if len(form) > 1:
            self._tell(layer, names, "torch.flatten")
        else:
            self.values[layer.name] = self.values[names[0]]
        return (int(np.prod(form)),)

    def _add(self, layer: Layer, names: list[str], weights: Any) -> tuple[int, ...]:
        self._tell(layer, names, "torch.add")
        return self.forms[names[0]]

    def _multiply(self, layer: Layer, names: list[str], weights: Any) -> tuple[int, ...]:
        self._tell(layer, names, "torch.mul")
        return self.forms[names[0]]

    def _subtract(self, layer: Layer, names: list[str], weights: Any) -> tuple[int, ...]:
        self._tell(layer, names, "torch.sub")
        return self.forms[names[0]]

    def _concatenate(self, layer: Layer, names: list[str], weights: Any) -> tuple[int, ...]:
        forms = [self.forms[name] for name in names]
        if layer.get("axis", -1) not in (-1, len(forms[0])) or len(forms[0]) == 2:
            raise Unfit(f"axis={layer.get('axis')}")
        self._tell(layer, names, "torch.cat", {"dim": 1})
        return (*forms[0][:-1], sum(form[-1] for form in forms))

    def _lstm(self, layer: Layer, names: list[str], weights: list[np.ndarray]) -> tuple[int, ...]:
        # Keras has input, forget, candidate, output, as PyTorch does.
        return self._recurrent(layer, names, weights, "LSTM", (0, 1, 2, 3))

    def _gru(self, layer: Layer, names: list[str], weights: list[np.ndarray]) -> tuple[int, ...]:
        if not layer.get("reset_after", True):
            raise Unfit("reset_after=False")
        return self._recurrent(layer, names, weights, "GRU", (1, 0, 2))

    def _simple_rnn(self, layer: Layer, names: list[str], weights: list[np.ndarray]) -> tuple[int, ...]:
        return self._recurrent(layer, names, weights, "RNN", (0,))

    def _recurrent(
        self, layer: Layer, names: list[str], weights: list[np.ndarray], kind: str, gates: tuple[int, ...]
    ) -> tuple[int, ...]:
        units, form, every = int(layer.get("units")), self.forms[names[0]], bool(layer.get("return_sequences"))
        usual = {"activation": "Tanh", **({"recurrent_activation": "Sigmoid"} if kind != "RNN" else {})}
        odd = [name for name, value in usual.items() if layer.get(name, value.lower()) != value.lower()]
        if odd or layer.get("go_backwards"):
            raise Unfit("import.why.unlike")
        tensors: dict[str, np.ndarray] = {}
        if weights:

            def ordered(array: np.ndarray) -> np.ndarray:
                return np.concatenate([array[gate * units : (gate + 1) * units] for gate in gates])

            bias = weights[2] if len(weights) > 2 else np.zeros(len(gates) * units, dtype=np.float32)
            both = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
            tensors = {
                "weight_ih_l0": ordered(weights[0].T),
                "weight_hh_l0": ordered(weights[1].T),
                "bias_ih_l0": ordered(both[0]),
                "bias_hh_l0": ordered(both[1]),
            }
        made = {"hidden_size": units, "num_layers": 1, "bidirectional": False, "batch_first": True,
                "outputs": "all" if every else "last"}  # fmt: skip
        self._tell(layer, names, f"torch.nn.{kind}", made, tensors)
        return (form[0], units) if every else (units,)
