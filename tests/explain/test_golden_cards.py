"""What cards say, word for word, for every layer, loss and optimizer: a change of any sentence, index or figure shows.

That the figures are right is tested elsewhere, against autograd and finite differences; this holds what is around them.
After a wanted change: NNSTUDIO_GOLDEN=1 python -m pytest tests/explain/test_golden_cards.py, and read the difference.
"""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from nnstudio.catalog.registry import family
from nnstudio.document.edits import SetTraining
from nnstudio.document.values import Document
from nnstudio.engine.trace import Trace, fine_moments
from nnstudio.explain.cards import Card, make_card
from nnstudio.explain.spelling import explained
from nnstudio.explain.typeset import to_latex
from tests.catalog.test_contract import CATALOG, LAYERS, document_with, forms_of
from tests.helpers import chain, choice, sound
from tests.properties.test_cards import recorded

pytestmark = pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="other processors round the fifth digit otherwise"
)
GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "cards"
# Of every operation and parameter in every phase one card, and of the long ones no more than these in all.
MOST = 24


def text_of(card: Card) -> str:
    """A card as text; figures with the six digits that every machine agrees on."""
    lines = [f"? {card.question}", f"  {card.words}"]
    lines += [f"  rule {rule}  |  {to_latex(rule)}" for rule in card.rules]
    lines += [f"  {line}" for line in card.lines]
    lines += [
        f"  {card.unit_name} {card.unit} of {card.units}, place {card.place} of {card.places}, {card.result_name}"
    ]
    lines += [f"  fact {name} {value:.5g}" for name, value in card.facts]
    lines += [
        f"  table {matrix.title} {matrix.numbers.shape} lit {matrix.lit} left out {matrix.left_out}"
        for matrix in card.matrices
    ]
    lines += [f"  note {note}" for note in card.notes]
    lines += [f"  curve {card.curve.__class__.__name__}"] if card.curve is not None else []
    return "\n".join(lines)


def cards_of(trace: Trace, nodes: tuple[str, ...], phases: tuple[str, ...]) -> str:
    """Of some nodes and phases the first card of every operation and parameter, for its first number and its last."""
    seen: set[tuple[str, str, str]] = set()
    said = []
    for fine in (False, True):
        shown = replace(trace, moments=fine_moments(trace)) if fine else trace
        for moment in shown.moments:
            key = (moment.phase, moment.step, moment.parameter + str(fine))
            if key in seen or len(seen) >= MOST or not (moment.node in nodes or moment.phase in phases):
                continue
            seen.add(key)
            card = make_card(shown, moment)
            said.append(text_of(card))
            if not fine:
                said.append(text_of(make_card(shown, moment, card.units - 1, card.places - 1)))
    return "\n\n".join(said) + "\n"


def compare(name: str, document: Document, *nodes: str, phases: tuple[str, ...] = (), count: int = 3) -> None:
    program = sound(SetTraining(("dtype",), "float64").apply(document, CATALOG))
    found = cards_of(explained(program, recorded(program, count, steps=1)), nodes, phases)
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("NNSTUDIO_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, encoding="utf-8", newline="\n")
    assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", LAYERS)
def test_layers(kind: str) -> None:
    compare(f"layer-{kind}", document_with(kind, form=forms_of(kind)[0]), "it")


def small(**more: object) -> Document:
    """Two layers on few columns."""
    return chain(
        ("linear", "h", {"units": 2, "activation": choice("tanh")}),
        ("linear", "out", {"units": 3}),
        **{"data": choice("iris"), "loss": choice("cross_entropy"), **more},
    )


@pytest.mark.parametrize("kind", family("optimizers"))
def test_optimizers(kind: str) -> None:
    own = {field.name for field in family("optimizers")[kind].fields}
    settings = {"weight_decay": 0.01} if "weight_decay" in own else {}
    if kind == "sgd":
        settings["momentum"] = 0.9
    compare(
        f"optimizer-{kind}",
        small(optimizer=choice(kind, **settings), optimizer_params={"clip_norm": 0.5, "l1": 0.01}),
        phases=("update",),
    )


@pytest.mark.parametrize("kind", family("activations"))
def test_activations(kind: str) -> None:
    # RReLU draws its slope.
    if kind != "rrelu":
        compare(
            f"activation-{kind}",
            chain(
                ("linear", "h", {"units": 2, "activation": choice(kind)}),
                ("linear", "out", {"units": 3}),
                data=choice("iris"),
                loss=choice("cross_entropy"),
            ),
            "h",
            count=1,
        )


LOSSES = {
    "cross_entropy": ("iris", 3, {"smoothing": 0.1, "class_weights": ((1.0, 2.0, 3.0),)}),
    "nll": ("iris", 3, {}),
    "bce": ("xor", 1, {}),
    "bce_logits": ("xor", 1, {}),
    "hinge": ("xor", 1, {}),
    "perceptron": ("xor", 1, {}),
    "kl_divergence": ("iris", 3, {}),
}


@pytest.mark.parametrize("kind", family("losses"))
def test_losses(kind: str) -> None:
    data, units, settings = LOSSES.get(kind, ("sine", 1, {}))
    last = {"bce": "sigmoid", "nll": "log_softmax", "kl_divergence": "log_softmax"}.get(kind, "identity")
    network = chain(
        ("linear", "h", {"units": 2, "activation": choice("tanh")}),
        ("linear", "out", {"units": units, "activation": choice(last)}),
        data=choice(data),
        loss=choice(kind, **settings),
    )
    compare(f"loss-{kind}", network, "loss", phases=("loss",))


def test_more_than_can_be_written_out() -> None:
    """Sums of more terms than a card has room for: the largest are named, the others added up."""
    network = chain(
        ("linear", "h", {"units": 16, "activation": choice("relu")}),
        ("linear", "out", {"units": 10, "activation": choice("softmax")}),
        data=choice("digits"),
        loss=choice("mse"),
    )
    compare("wide", network, "h", "out", phases=("loss", "update"), count=1)
    compare("wide-batch", network, "h", "out", phases=("loss", "update"), count=3)
