"""Write networks of Keras with samples and answers into a folder: a script of its own, run with the backend torch."""

from __future__ import annotations

import sys
from pathlib import Path

import keras
import numpy as np
from keras import layers as L


def zoo() -> dict[str, keras.Model]:
    """Sequential and functional models of the common layers."""
    found = {
        "rows": keras.Sequential(
            [L.Input((5,)), L.Dense(8, activation="relu"), L.Dropout(0.2), L.Dense(3, activation="softmax")]
        ),
        "pictures": keras.Sequential(
            [
                L.Input((28, 28, 1)),
                L.Conv2D(6, 5, activation="tanh", padding="same"),
                L.AveragePooling2D(2),
                L.Conv2D(16, 5),
                L.BatchNormalization(),
                L.ReLU(),
                L.MaxPooling2D(2),
                L.Flatten(),
                L.Dense(20, activation="relu"),
                L.Dense(10),
            ]
        ),
        "lstm": keras.Sequential([L.Input((9, 4)), L.LSTM(6, return_sequences=True), L.LSTM(5), L.Dense(2)]),
        "gru": keras.Sequential([L.Input((9, 4)), L.GRU(6), L.Dense(2, activation="softmax")]),
        "words": keras.Sequential(
            [
                L.Input((7,), dtype="int32"),
                L.Embedding(20, 8),
                L.GlobalAveragePooling1D(),
                L.Dense(1, activation="sigmoid"),
            ]
        ),
        "line": keras.Sequential(
            [L.Input((12, 3)), L.Conv1D(5, 3, activation="relu"), L.GlobalAveragePooling1D(), L.Dense(2)]
        ),
    }
    given = L.Input((8, 8, 3))
    first = L.Conv2D(4, 3, padding="same", name="first")(given)
    side = L.DepthwiseConv2D(3, padding="same")(first)
    joined = L.Concatenate()([L.Add()([first, side]), first])
    found["functional"] = keras.Model(given, L.Dense(3)(L.GlobalAveragePooling2D()(joined)))
    # Layers that are called again: one behind the other, and in two branches of other sizes.
    given = L.Input((6,))
    again = L.Dense(6, activation="tanh", name="again")
    once = again(given)
    found["twice"] = keras.Model(given, L.Dense(2)(L.Add()([again(again(once)), once])))
    given = L.Input((8, 8, 3))
    seen, even = L.Conv2D(3, 3, padding="same", activation="relu", name="seen"), L.BatchNormalization(name="even")
    near, far = even(seen(given)), even(seen(L.AveragePooling2D(2)(given)))
    ends = [L.GlobalAveragePooling2D()(near), L.GlobalMaxPooling2D()(far)]
    found["branches"] = keras.Model(given, L.Dense(2)(L.Concatenate()(ends)))
    given = L.Input((7, 4))
    steps = L.LSTM(4, return_sequences=True, name="steps")
    found["steps"] = keras.Model(given, L.Dense(2)(L.GlobalAveragePooling1D()(steps(steps(given)))))
    return found


def main(folder: Path) -> None:
    """Write them."""
    keras.utils.set_random_seed(0)
    draw = np.random.default_rng(0)
    for name, model in zoo().items():
        for layer in model.layers:
            if isinstance(layer, L.BatchNormalization):
                layer.set_weights([draw.random(weight.shape).astype("float32") + 0.5 for weight in layer.get_weights()])
        model.save(folder / f"{name}.keras")
        shape = (4, *model.input_shape[1:])
        x = draw.integers(0, 20, shape) if name == "words" else draw.standard_normal(shape).astype("float32")
        np.savez(folder / f"{name}.npz", x=x, y=np.asarray(model.predict(x, verbose=0)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
