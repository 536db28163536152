"""The Data node: which samples, how they are split and scaled."""

from __future__ import annotations

from nnstudio.catalog.entry import Node, Port
from nnstudio.catalog.training import labels_field
from nnstudio.document.fields import ChoiceField, FloatField, IntField, OptionField
from nnstudio.document.text import Text
from nnstudio.document.values import Choice

ENTRY = Node(
    id="data",
    title=Text("Data"),
    help=Text(
        "Where the samples come from. Part of them is kept aside for validation; scaling is fitted on the training "
        "part only."
    ),
    role="data",
    group="data",
    single=True,
    outputs=(Port("x", Text("samples", about="port")), Port("y", Text("target"))),
    fields=(
        ChoiceField(name="dataset", title=Text("Data set"), family="datasets", default=Choice("xor")),
        FloatField(
            name="validation",
            title=Text("Validation share"),
            default=0.2,
            minimum=0.0,
            maximum=0.9,
            help=Text("Share of the samples that is kept aside to measure, never to learn."),
        ),
        FloatField(
            name="test",
            title=Text("Test share"),
            default=0.0,
            minimum=0.0,
            maximum=0.9,
            help=Text(
                "Share of the samples that is looked at once, at the very end: neither learnt from nor tuned by."
            ),
        ),
        OptionField(
            name="split",
            title=Text("Split"),
            default="stratified",
            options=(
                ("stratified", Text("stratified (each class alike)")),
                ("random", Text("random")),
                ("ordered", Text("in order (the last rows)")),
                ("grouped", Text("by group (none in two parts)")),
                ("given", Text("as a column says")),
            ),
            help=Text(
                "How validation and test are picked. Without classes stratified is random; for readings in time take "
                "them in order; rows of one patient or one house belong in one part."
            ),
        ),
        OptionField(
            name="scaling",
            title=Text("Scaling"),
            default="standard",
            options=(
                ("standard", Text("standard (mean 0, spread 1)")),
                ("minmax", Text("min-max (0 to 1)")),
                ("none", Text("none")),
            ),
            help=Text("Fitted on the training part, applied to both parts."),
        ),
        OptionField(
            name="target_scaling",
            title=Text("Target scaling"),
            default="auto",
            options=(
                ("auto", Text("automatic (standard, unless they are near 0 ± 1)")),
                ("standard", Text("standard (mean 0, spread 1)")),
                ("minmax", Text("min-max (0 to 1)")),
                ("none", Text("none")),
            ),
            help=Text(
                "For targets that are numbers: fitted on the training part. The loss is that of the scaled targets; "
                "answers, MAE and RMSE are in the data's own units again."
            ),
        ),
        IntField(
            name="split_seed",
            title=Text("Split seed"),
            default=0,
            minimum=0,
            maximum=2**31 - 1,
            advanced=True,
            help=Text("Another seed holds other samples aside."),
        ),
        IntField(
            name="folds",
            title=Text("Folds"),
            default=0,
            minimum=0,
            maximum=50,
            advanced=True,
            help=Text(
                "For cross-validation: validation is one of so many equal parts instead of the share above; 0 is none."
            ),
        ),
        IntField(
            name="fold",
            title=Text("Fold"),
            default=1,
            minimum=1,
            maximum=50,
            advanced=True,
            help=Text("Which of the folds is validation."),
        ),
        labels_field(
            "names",
            Text("Input names"),
            Text("What the inputs are called on the canvas, in formulas and in the code; else x₁, x₂ …"),
        ),
    ),
    summary=("dataset",),
    order=0,
)
