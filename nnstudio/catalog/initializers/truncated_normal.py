"""A normal distribution without its tails."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Initializer, Ref, Stream
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Initializer(
    id="truncated_normal",
    title=Text("Truncated normal"),
    help=Text("Drawn from a bell curve, without what lies further out than the limits. Usual in transformers (0.02)."),
    formula="w ~ N(mean, std²), |w − mean| ≤ cut·std",
    fields=(
        FloatField(name="mean", title=Text("Mean"), default=0.0, minimum=-1e6, maximum=1e6),
        FloatField(name="std", title=Text("Standard deviation"), default=0.02, minimum=0.0, maximum=1e6, above=True),
        FloatField(
            name="cut",
            title=Text("Cut at"),
            default=2.0,
            minimum=0.1,
            maximum=10.0,
            help=Text("Limit in standard deviations."),
        ),
    ),
    call=lambda p: Call(
        "w",
        "torch.nn.init.trunc_normal_",
        (Ref("tensor"),),
        {
            "mean": p["mean"],
            "std": p["std"],
            "a": p["mean"] - p["cut"] * p["std"],
            "b": p["mean"] + p["cut"] * p["std"],
            "generator": Stream(),
        },
    ),
    variance="std**2*(1 - 2*cut*exp(-(cut**2 / 2)) / 2.5066282746310002 / (2*Phi(cut) - 1))",
    limit="abs(mean) + cut*std",
    order=45,
)
