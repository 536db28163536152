"""The settings of a training run, and those that every layer with weights shares."""

from __future__ import annotations

from nnstudio.document.fields import (
    BoolField,
    ChoiceField,
    Field,
    FloatField,
    IntField,
    NamesField,
    OptionField,
    TextField,
)
from nnstudio.document.text import Text
from nnstudio.document.values import Choice

# Every sample is learnt from once an epoch.
SAMPLE = "each"

TRAINING_FIELDS: tuple[Field, ...] = (
    IntField(
        name="epochs",
        title=Text("Epochs"),
        default=50,
        minimum=1,
        maximum=1_000_000,
        help=Text("How many times the training part is gone through."),
    ),
    IntField(
        name="batch_size",
        title=Text("Batch size"),
        default=32,
        minimum=1,
        maximum=1_000_000,
        help=Text("Samples whose gradients are averaged for one update."),
    ),
    BoolField(
        name="shuffle",
        title=Text("Shuffle every epoch"),
        default=True,
        help=Text("Draw a new order of the samples for each epoch."),
    ),
    OptionField(
        name="sampling",
        title=Text("Sampling"),
        default=SAMPLE,
        options=(
            (SAMPLE, Text("every sample once an epoch")),
            ("classes", Text("every class as often (oversampling)")),
        ),
        advanced=True,
        help=Text(
            "Of classes with few samples these come several times an epoch, of the others some do not come. Measures "
            "of validation are of the samples as they are."
        ),
    ),
    IntField(
        name="patience",
        title=Text("Early stopping"),
        default=0,
        minimum=0,
        maximum=1_000_000,
        advanced=True,
        help=Text(
            "Epochs without a better validation loss after which training ends and the best weights come back; 0 never "
            "stops early."
        ),
    ),
    IntField(
        name="seed",
        title=Text("Seed"),
        default=0,
        minimum=0,
        maximum=2**31 - 1,
        help=Text("Governs start weights, shuffling and dropout; the same seed gives the same run."),
    ),
    TextField(
        name="start_file",
        title=Text("Start weights"),
        default="",
        kind="file",
        patterns="*.safetensors",
        advanced=True,
        help=Text(
            "A file of weights that training begins with; empty draws all of them. Tensors are found by their names, "
            "and those of another shape are drawn."
        ),
    ),
    TextField(
        name="start_mark",
        title=Text("Fingerprint"),
        default="",
        maximum=64,
        hidden=True,
        help=Text("Tells whether the file is still the one that was chosen."),
    ),
    OptionField(
        name="device",
        title=Text("Device"),
        default="auto",
        options=(
            ("auto", Text("automatic")),
            ("cpu", Text("CPU")),
            ("cuda", Text("CUDA GPU")),
            ("mps", Text("Apple GPU")),
        ),
        help=Text(
            "Where the network is trained; automatic takes a CUDA GPU when there is one. Which of several is chosen in "
            "the program's settings."
        ),
    ),
    OptionField(
        name="dtype",
        title=Text("Number format"),
        default="float32",
        advanced=True,
        options=(
            ("float32", Text("float32")),
            ("float64", Text("float64")),
            ("bfloat16", Text("float32, products in bfloat16")),
            ("float16", Text("float32, products in float16")),
        ),
        help=Text(
            "float64 shows worked figures to all digits; float32 is faster. Mixed precision multiplies with fewer "
            "digits, on recent GPUs several times as fast: bfloat16 keeps about 2 of them, float16 about 3 but no "
            "large or tiny number, so the loss is scaled. Weights, loss and updates stay float32; what is measured and "
            "stepped through is worked out in float32."
        ),
    ),
    IntField(
        name="parts",
        title=Text("Parts of a batch"),
        default=1,
        minimum=1,
        maximum=4096,
        advanced=True,
        help=Text(
            "Gradient accumulation: a batch goes through the network in so many parts, whose gradients are added up. "
            "The update is the same but for rounding; it takes less memory and more time."
        ),
    ),
    BoolField(
        name="compiled",
        title=Text("Fuse operations"),
        default=False,
        advanced=True,
        help=Text(
            "torch.compile writes code of its own for this network. That takes up to a minute at the start, helps "
            "large networks, and may change the last digits. It needs a C++ compiler, or Triton on a GPU; where there "
            "is none the run says so and goes on as usual."
        ),
    ),
)

# How many digits products have, by number format; all else is worked out in float32.
MIXED = ("bfloat16", "float16")

# Of more neurons or weights nobody gives each a name.
MOST_NAMES = 256


def labels_field(name: str, title: Text, help: Text) -> NamesField:
    """The field that takes names of the student's own."""
    return NamesField(name=name, title=title, kind="labels", maximum=MOST_NAMES, default=(), advanced=True, help=help)


# The layer whose weights a layer uses as well.
SHARES = "shares"
OVERRIDES: tuple[Field, ...] = (
    NamesField(
        name=SHARES,
        title=Text("Same weights as"),
        kind="layer",
        maximum=1,
        default=(),
        advanced=True,
        help=Text(
            "A layer whose weights this one uses as well: there is one set of them, and the gradients of all uses add "
            "up."
        ),
    ),
    ChoiceField(
        name="optimizer",
        title=Text("Optimizer"),
        family="optimizers",
        default=None,
        optional=True,
        advanced=True,
        help=Text("This layer's own optimizer, with settings of its own; all optimizers step together."),
    ),
    ChoiceField(
        name="schedule",
        title=Text("Schedule"),
        family="schedules",
        default=None,
        optional=True,
        advanced=True,
        help=Text("This layer's own schedule of the learning rate."),
    ),
    FloatField(
        name="learning_rate",
        title=Text("Learning rate"),
        default=None,
        optional=True,
        minimum=0.0,
        maximum=1e6,
        advanced=True,
        help=Text("This layer's own learning rate; empty takes the optimizer's."),
    ),
    FloatField(
        name="weight_decay",
        title=Text("Weight decay"),
        default=None,
        optional=True,
        minimum=0.0,
        maximum=1e6,
        advanced=True,
        help=Text("This layer's own weight decay; empty takes the optimizer's."),
    ),
    BoolField(
        name="frozen",
        title=Text("Frozen"),
        default=False,
        advanced=True,
        help=Text("Keep this layer's weights as they are."),
    ),
    labels_field(
        "names",
        Text("Neuron names"),
        Text("What its neurons are called on the canvas, in formulas and in the code: h₁, h₂ …"),
    ),
)

# What the weights of a layer that is one matrix are called.
WEIGHT_NAMES = labels_field(
    "weight_names",
    Text("Weight names"),
    Text("What its weights are called, neuron by neuron: w₁, w₂ …; those without a name are numbered."),
)


def activation_field(default: str = "identity") -> ChoiceField:
    """The field that picks a layer's activation."""
    return ChoiceField(
        name="activation",
        title=Text("Activation"),
        family="activations",
        default=Choice(default),
        help=Text("The function put on the layer's linear output z."),
    )


def initializer_field(name: str, title: Text, *, vector: bool = False) -> ChoiceField:
    """The field that picks an initializer; those that need a matrix are not offered for a vector."""
    return ChoiceField(
        name=name,
        title=title,
        family="initializers",
        default=Choice("default"),
        exclude=frozenset({"matrix"}) if vector else frozenset(),
        help=Text("How the start values are drawn."),
    )
