"""A function of two numbers, written by the student: the surface on which optimizers race."""

from __future__ import annotations

from nnstudio.catalog.entry import Layer, Port, Shapes, Steps
from nnstudio.catalog.written_out import written_out
from nnstudio.document.errors import EditError
from nnstudio.document.fields import OptionField, TextField
from nnstudio.document.text import Message, Text
from nnstudio.document.values import Params

OWN = "own"
# A well known test function each; the saddle has its two lowest places at y = ±1.
SURFACES = {
    "bowl": (Text("Bowl"), "(x**2 + y**2) / 2"),
    "valley": (Text("Narrow valley"), "25*x**2 + 0.25*y**2"),
    "rosenbrock": (Text("Rosenbrock's bent valley"), "(1 - x)**2 + 100*(y - x**2)**2"),
    "saddle": (Text("Saddle"), "0.5*x**2 + 0.25*y**4 - 0.5*y**2"),
    "dents": (Text("Many dents"), "0.15*(x**2 + y**2) + 0.4 - 0.2*cos(3*x) - 0.2*cos(3*y)"),
}


def _expression(p: Params) -> str:
    return SURFACES[p["surface"]][1] if p["surface"] in SURFACES else str(p["expression"])


def _check(p: Params) -> Message | None:
    try:
        written_out(_expression(p))
    except EditError as error:
        return error.message
    return None


def _calls(p: Params, shapes: Shapes) -> Steps:
    if shapes["x"][0][-1] != 2:
        raise EditError("formula.two", count=shapes["x"][0][-1])
    return written_out(_expression(p))


ENTRY = Layer(
    id="formula_of_two",
    title=Text("Formula of two numbers"),
    help=Text(
        "Computes f(x, y) of its two inputs. Behind a layer of two weights it is a surface to go down: the loss "
        "is the height, the weights are the place."
    ),
    formula="z = f(x, y)",
    fields=(
        OptionField(
            name="surface",
            title=Text("Surface"),
            default="bowl",
            options=(*((name, title) for name, (title, _) in SURFACES.items()), (OWN, Text("My own expression"))),
            help=Text("Test functions that optimizers are measured on, or an expression of one's own."),
        ),
        TextField(
            name="expression",
            title=Text("Expression of x and y"),
            default="x**2 + 3*y**2",
            maximum=400,
            help=Text(
                "For an own one: + − * / ** and sqrt, exp, log, sin, cos, tanh, abs. Powers have a number on top."
            ),
        ),
    ),
    inputs=(Port("x", Text("two numbers"), ranks=(2,)),),
    calls=_calls,
    check=_check,
    summary=("surface",),
    group="join",
    order=208,
)
