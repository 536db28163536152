"""The Gaussian error linear unit."""

from __future__ import annotations

from nnstudio.catalog.entry import Activation, Call, elementwise
from nnstudio.catalog.known import known
from nnstudio.document.fields import OptionField
from nnstudio.document.text import Text
from nnstudio.document.values import Params

# z·Φ(z) and its derivative Φ(z) + z·φ(z), with φ(z) = e^(−z²/2) / √(2π).
EXACT = ("z*Phi(z)", "Phi(z) + z*exp(-(z**2 / 2)) / 2.5066282746310002")
# The tanh form of Hendrycks and Gimpel 2016; 0.79788… is √(2/π).
INSIDE = "tanh(0.7978845608028654*(z + 0.044715*z**3))"
TANH = (f"0.5*z*(1 + {INSIDE})", f"0.5*(1 + {INSIDE}) + 0.5*z*(1 - {INSIDE}**2)*0.7978845608028654*(1 + 0.134145*z**2)")


def _calls(p: Params) -> tuple[Call, ...]:
    exact = p["form"] == "none"
    forward, slope = (
        ("a = z·Φ(z)", "Φ(z) + z·φ(z)")
        if exact
        else (
            "a = ½·z·(1 + tanh(√(2/π)·(z + 0.044715·z³)))",
            "½·(1 + t) + ½·z·(1 − t²)·√(2/π)·(1 + 0.134145·z²), t the tanh of the rule",
        )
    )
    each = EXACT if exact else TANH
    return elementwise("torch.nn.functional.gelu", forward, slope, approximate=p["form"], each=each[0], slope=each[1])


ENTRY = Activation(
    id="gelu",
    title=Text("GELU"),
    help=Text(
        "z times the chance that a normal number lies below z: a smooth ReLU. Usual in transformers. The tanh form is "
        "a close, older approximation."
    ),
    formula="a = z·Φ(z)",
    derivative="Φ(z) + z·φ(z)",
    range="[−0.17, ∞)",
    fields=(
        OptionField(
            name="form",
            title=Text("Form"),
            default="none",
            advanced=True,
            options=(("none", Text("exact")), ("tanh", Text("tanh"))),
            help=Text("Exact, or with tanh in place of Φ."),
        ),
    ),
    tags=frozenset({"rectifier"}),
    calls=_calls,
    known_as=known("torch.nn.GELU", form="approximate"),
    order=60,
)
