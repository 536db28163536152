"""The point sets of TensorFlow Playground: discs with a gap around them, quadrants with a gap along the axes, and the
rest.

Source of the shapes and ranges: tensorflow/playground, src/dataset.ts (Smilkov and Carter 2016).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnstudio.catalog.drawn import SEED, points
from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.fields import IntField, OptionField
from nnstudio.document.text import Text
from nnstudio.document.values import Params

if TYPE_CHECKING:
    import numpy as np

# Half the side of the square that points lie in, for classes and for values; the gap along the axes.
SIDE, WIDE, GAP = 5.0, 6.0, 0.3
NAMES = ("orange", "blue")
# Middles of the hills, and whether they rise or fall.
HILLS = ((-4.0, 2.5, 1.0), (0.0, 2.5, -1.0), (4.0, 2.5, 1.0), (-4.0, -2.5, -1.0), (0.0, -2.5, 1.0), (4.0, -2.5, -1.0))


def _polar(draw: np.random.Generator, low: float, high: float, count: int) -> np.ndarray:
    import numpy as np

    radius, angle = draw.uniform(low, high, count), draw.uniform(0.0, 2.0 * np.pi, count)
    return np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)


def _make(params: Params) -> Table:
    import numpy as np

    draw = np.random.default_rng(params["seed"])
    count, noise, shape = params["points"], params["noise"] / 100.0, params["shape"]
    half = count // 2
    if shape == "gauss":
        # Variance from 0.5 without noise to 4 at 50 %.
        spread = np.sqrt(0.5 + noise * 7.0)
        x = np.concatenate([draw.normal(2.0, spread, (half, 2)), draw.normal(-2.0, spread, (count - half, 2))])
        blue = np.arange(count) < half
    elif shape == "spiral":
        along = np.concatenate([np.arange(half) / half, np.arange(count - half) / (count - half)])
        blue = np.arange(count) < half
        angle = 1.75 * along * 2.0 * np.pi + np.where(blue, 0.0, np.pi)
        x = (
            SIDE * along[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
            + draw.uniform(-1.0, 1.0, (count, 2)) * noise
        )
    else:
        reach = SIDE if shape in ("circle", "quadrants") else WIDE
        if shape == "circle":
            x = np.concatenate([_polar(draw, 0.0, 0.5 * SIDE, half), _polar(draw, 0.7 * SIDE, SIDE, count - half)])
        else:
            x = draw.uniform(-reach, reach, (count, 2))
            x = x + np.where(x > 0, GAP, -GAP) if shape == "quadrants" else x
        # Noise does not move a point: it asks for the answer somewhere beside it.
        asked = x + draw.uniform(-reach, reach, (count, 2)) * noise
        if shape in ("plane", "hills"):
            return Table(("x1", "x2"), x, _height(asked, shape)[:, None], (), ("height",))
        blue = np.hypot(*asked.T) < 0.5 * SIDE if shape == "circle" else asked[:, 0] * asked[:, 1] >= 0
    order = draw.permutation(count)
    return Table(("x1", "x2"), x[order], blue.astype(np.int64)[order], NAMES)


def _height(place: np.ndarray, shape: str) -> np.ndarray:
    """The plane (x1 + x2) / 10, or of six hills of radius 2 the one that is highest or lowest."""
    import numpy as np

    if shape == "plane":
        return np.asarray(place.sum(axis=1) / 10.0)
    each = np.stack(
        [sign * np.clip(1.0 - np.hypot(place[:, 0] - a, place[:, 1] - b) / 2.0, 0.0, 1.0) for a, b, sign in HILLS]
    )
    return np.asarray(each[np.abs(each).argmax(axis=0), np.arange(len(place))])


ENTRY = Dataset(
    id="playground",
    title=Text("Playground sets"),
    help=Text(
        "The point sets of TensorFlow Playground, drawn as it draws them; leave the scaling off to have its numbers."
    ),
    fields=(
        OptionField(
            name="shape",
            title=Text("Set"),
            default="circle",
            options=(
                ("circle", Text("disc and ring")),
                ("quadrants", Text("quadrants (XOR)")),
                ("gauss", Text("two clouds")),
                ("spiral", Text("spiral")),
                ("plane", Text("plane (values)")),
                ("hills", Text("six hills (values)")),
            ),
            help=Text("Disc and ring with a gap between them; quadrants with a gap along the axes."),
        ),
        points(500),
        IntField(
            name="noise",
            title=Text("Noise"),
            default=0,
            minimum=0,
            maximum=50,
            unit=Text("%"),
            help=Text("As in Playground, from 0 to 50 %."),
        ),
        SEED,
    ),
    make=_make,
    order=27,
)
