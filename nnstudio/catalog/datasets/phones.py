"""Mobile phones with a price class: made up, so that nobody's licence is asked for."""

from __future__ import annotations

from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.fields import FloatField, IntField
from nnstudio.document.text import Text
from nnstudio.document.values import Params

# Name, least, most, and how much it is worth in the price; what has two values is there or not.
FEATURES: tuple[tuple[str, float, float, float], ...] = (
    ("ram_mb", 256, 8192, 1.0),
    ("storage_gb", 16, 512, 0.16),
    ("battery_mah", 1800, 5500, 0.22),
    ("pixels_wide", 480, 1440, 0.2),
    ("pixels_high", 800, 3200, 0.2),
    ("camera_mp", 5, 108, 0.12),
    ("front_camera_mp", 2, 32, 0.0),
    ("cores", 2, 8, 0.06),
    ("clock_ghz", 1.0, 3.2, 0.05),
    ("screen_inch", 4.5, 7.0, 0.0),
    ("weight_g", 130, 230, -0.05),
    ("thickness_mm", 6.5, 11.0, 0.0),
    ("talk_hours", 8, 30, 0.0),
    ("age_months", 0, 36, 0.0),
    ("bluetooth", 0, 1, 0.0),
    ("dual_sim", 0, 1, 0.0),
    ("fast_charging", 0, 1, 0.04),
    ("five_g", 0, 1, 0.05),
    ("nfc", 0, 1, 0.0),
    ("wifi", 0, 1, 0.0),
)
CLASSES = ("low", "medium", "high", "very high")


def _make(params: Params) -> Table:
    import numpy as np

    draw = np.random.default_rng(params["seed"])
    count = params["rows"]
    share = draw.random((count, len(FEATURES)))
    for place, (_, low, high, _) in enumerate(FEATURES):
        if (low, high) == (0, 1):
            share[:, place] = share[:, place] >= 0.5
    least, most, worth = (np.array([feature[part] for feature in FEATURES], dtype=float) for part in (1, 2, 3))
    x = least + share * (most - least)
    # Only a clock, a screen and a thickness are measured in parts of a unit.
    fine = np.array([high - low < 5 and (low, high) != (0, 1) for _, low, high, _ in FEATURES])
    x = np.where(fine, np.round(x, 1), np.round(x))
    price = ((x - least) / (most - least) - 0.5) @ worth + params["noise"] * draw.standard_normal(count)
    label = np.searchsorted(np.quantile(price, (0.25, 0.5, 0.75)), price)
    return Table(tuple(feature[0] for feature in FEATURES), x, label, CLASSES)


ENTRY = Dataset(
    id="phones",
    title=Text("Phone prices"),
    help=Text(
        "2,000 made-up phones with 20 features of very different size, and one of four price classes, as many of each."
    ),
    fields=(
        IntField(
            name="rows",
            title=Text("Rows"),
            default=2000,
            minimum=40,
            maximum=1_000_000,
            help=Text("How many phones are made up."),
        ),
        FloatField(
            name="noise",
            title=Text("Noise"),
            default=0.015,
            minimum=0.0,
            maximum=10.0,
            help=Text("How far a price strays from what the features are worth."),
        ),
        IntField(
            name="seed",
            title=Text("Data seed"),
            default=0,
            minimum=0,
            maximum=2**31 - 1,
            advanced=True,
            help=Text("Another seed draws other phones."),
        ),
    ),
    make=_make,
    order=47,
)
