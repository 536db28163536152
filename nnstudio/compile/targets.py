"""Lower the loss nodes: which target each compares with, in which form, and how correct answers are counted."""

from __future__ import annotations

from typing import Any

from nnstudio.catalog.entry import Loss, Ref
from nnstudio.catalog.labels import labelled, labels_of
from nnstudio.catalog.registry import family
from nnstudio.compile.context import Context
from nnstudio.compile.mends import give, may_be, threshold_of
from nnstudio.compile.program import Answer, Graph, Shape, Step, Value
from nnstudio.compile.shapes import BATCH, infer_loss
from nnstudio.compile.sizes import shape_text
from nnstudio.compile.target_forms import target_form
from nnstudio.compile.target_scaling import AUTO, NONE, wanted_scaling
from nnstudio.document.values import Node as DocumentNode

FORM_NAMES = {"index": "y", "steps": "y", "values": "y", "one_hot": "y_one_hot", "column": "y_column", "input": "x"}


class TargetFinder:
    """Builds the criterion graph; ``outputs`` and ``targets`` name what it is called with."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.outputs: list[str] = []
        self.targets: dict[str, str] = {}
        self.answer = Answer(0, "values", 0.5)
        self._steps: list[Step] = []
        self._verdict: tuple[str, str] | None = None
        self._exact = False
        self.labels = ""

    def _label(self, losses: list[DocumentNode]) -> None:
        """Take values for the classes that they mean, where every loss that compares with them wants such."""
        context = self.context
        table, data = context.table, context.of_role("data")
        entries = [
            family("losses")[context.params[node.id]["loss"].kind]
            for node in losses
            if node.id in context.params and self._own(node)
        ]
        if (
            table is None
            or table.classes
            or not entries
            or not data
            or context.params[data[0].id]["target_scaling"] not in (NONE, AUTO)
        ):
            return
        labels = labels_of(table.y)
        bounded = all(entry.bounds == (0.0, 1.0) or entry.target == "index" for entry in entries)
        yes_or_no = bounded and (labels == "sign" or (labels == "number" and float(table.y.max()) == 1.0))
        if yes_or_no or (labels and all(entry.target == "index" for entry in entries)):
            context.problem(losses[0].id, f"loss.labels_{labels}", severity="note")
            self.labels = labels
            context.table = labelled(table, labels)
            context.shapes[data[0].id]["y"] = (BATCH,) if context.table.classes else (BATCH, *context.table.y.shape[1:])

    def _scale(self, losses: list[DocumentNode]) -> None:
        """Know how targets are scaled."""
        context, data = self.context, self.context.of_role("data")
        if context.table is not None and data and data[0].id in context.params:
            own = [node for node in losses if node.id in context.params and self._own(node)]
            entries = [family("losses")[context.params[node.id]["loss"].kind] for node in own]
            setting = context.params[data[0].id]["target_scaling"]
            context.target_scaling = wanted_scaling(setting, context.table, entries)

    def _own(self, node: DocumentNode) -> bool:
        """Whether a loss compares with the data's own target."""
        wire = next((wire for wire in self.context.document.wires_into[node.id] if wire.target_port == "target"), None)
        return wire is None or self.context.values.get((wire.source, wire.source_port)) == "y"

    def criterion(self, losses: list[DocumentNode]) -> Graph | None:
        """Return the graph from outputs and targets to (loss, said, truth), or None when a loss has a problem."""
        totals: list[str] = []
        self._label(losses)
        self._scale(losses)
        for node in losses:
            total = self._loss(node) if node.id in self.context.params else None
            if total is None:
                return None
            totals.append(total)
        if not totals:
            return None
        total = totals[0]
        for other in totals[1:]:
            name = self.context.new_name("losses", "losses")
            self._steps.append(Step(name, losses[0].id, "torch.add", (Value(total), Value(other)), {}))
            total = name
        if "x" in self.outputs:
            # The samples are a prediction of another loss already; they are handed over once.
            self.targets.pop("x", None)
        assert self._verdict is not None
        inputs = tuple(dict.fromkeys((*self.outputs, *self.targets)))
        return Graph(inputs, tuple(self._steps), (total, *self._verdict))

    def _loss(self, node: DocumentNode) -> str | None:
        context = self.context
        params = context.params[node.id]
        entry: Loss = family("losses")[params["loss"].kind]
        wires = {wire.target_port: wire for wire in context.document.wires_into[node.id]}
        if "prediction" not in wires:
            context.problem(node.id, "loss.unwired")
            return None
        source = wires["prediction"]
        prediction = context.values.get((source.source, source.source_port))
        if prediction is None or context.table is None:
            return None
        if prediction == "y":
            context.problem(node.id, "loss.target_as_prediction")
            return None
        shape = context.shapes[source.source][source.source_port]
        target = self._target(node, entry, shape, source.source, wires.get("target"))
        if target is None:
            return None
        name, form, target_shape = target
        if form == "steps":
            return self._of_steps(node, entry, prediction, name, shape)
        if entry.expects == "probabilities" and not may_be(context, source.source, "probabilities"):
            context.problem(
                node.id,
                "loss.needs_probabilities",
                loss=entry.title,
                mend=give(context, source.source, "probabilities"),
            )
            return None
        weights = params["loss"].params.get("class_weights")
        given = sum(len(row) if isinstance(row, tuple) else 1 for row in weights) if weights is not None else 0
        if weights is not None and given != shape[-1]:
            context.problem(node.id, "loss.class_weights", given=given, wanted=shape[-1])
            return None
        complaint = infer_loss(entry.id, params["loss"].params, shape, target_shape, form == "index")
        if complaint:
            context.problem(node.id, "shape.refused", detail=complaint, shapes=shape_text(shape))
            return None
        if context.table.adjacency is not None:
            if form == "input":
                context.problem(node.id, "loss.graph_input")
                return None
            prediction = self._picked(prediction)
        if prediction not in self.outputs:
            self.outputs.append(prediction)
        context.shapes[node.id] = {"loss": ()}
        result = self._emit(node, entry, prediction, name)
        classes = form in ("index", "one_hot", "column")
        # What is said and measured is the first loss with classes, else the first loss.
        if self._verdict is None or (classes and not self._exact):
            threshold = threshold_of(context, source.source, entry)
            asked = entry.probabilities(shape[-1]) if entry.probabilities is not None else None
            if form == "values" and side_by_side(self.context, entry):
                self._verdict, self._exact = judge_labels(self.context, self._steps, prediction, name, threshold), True
            elif asked and form == "values":
                # What is measured is what is answered: shares and chances, not the scores in front of them.
                said = context.new_name("said", "said")
                self._steps.append(Step(said, "", asked.target, (Value(prediction),), dict(asked.kwargs)))
                self._verdict, self._exact = (said, name), False
            else:
                self._verdict, self._exact = (
                    judge(self.context, self._steps, prediction, name, form, threshold),
                    classes,
                )
            self.answer = Answer(
                self.outputs.index(prediction),
                form,
                threshold,
                asked.target if asked else "",
                dict(asked.kwargs) if asked else {},
            )
        return result

    def _picked(self, name: str) -> str:
        """Of a graph the model computes every node; the loss sees the rows of the batch."""
        context = self.context
        known = next((step.name for step in context.picks if step.args[0] == Value(name)), None)
        if known is not None:
            return known
        picked = context.new_name(f"{name}_of_batch", "of_batch")
        context.picks.append(Step(picked, "", "torch.index_select", (Value(name), 0, Value("rows")), {}))
        return picked

    def _target(
        self, node: DocumentNode, entry: Loss, shape: Shape, source: str, wire: Any
    ) -> tuple[str, str, Shape] | None:
        """Find the target's name, form and shape."""
        context, table = self.context, self.context.table
        assert table is not None
        if wire is not None:
            name = context.values.get((wire.source, wire.source_port))
            if name is None:
                return None
            if name != "y":
                found = context.shapes[wire.source][wire.source_port]
                if found != shape:
                    context.problem(node.id, "loss.shapes", prediction=shape_text(shape), target=shape_text(found))
                    return None
                if name == "x":
                    self.targets["x"] = "input"
                elif name not in self.outputs:
                    self.outputs.append(name)
                return name, "input", found
        form = target_form(context, node, entry, shape, source)
        if form is None:
            return None
        self.targets[FORM_NAMES[form]] = form
        return FORM_NAMES[form], form, (BATCH,) if form == "index" else shape[:2] if form == "steps" else shape

    def _of_steps(self, node: DocumentNode, entry: Loss, prediction: str, target: str, shape: Shape) -> str | None:
        """Compare every step of a sequence with a class of its own: each counts as a sample does."""
        context = self.context
        complaint = infer_loss(entry.id, context.params[node.id]["loss"].params, (BATCH, shape[-1]), (BATCH,), True)
        if complaint:
            context.problem(node.id, "shape.refused", detail=complaint, shapes=shape_text(shape))
            return None
        if prediction not in self.outputs:
            self.outputs.append(prediction)
        context.shapes[node.id] = {"loss": ()}
        flat, truth = context.new_name(f"{prediction}_steps", "steps"), context.new_name("y_steps", "y_steps")
        self._steps.append(Step(flat, "", "torch.flatten", (Value(prediction), 0, 1), {}))
        self._steps.append(Step(truth, "", "torch.flatten", (Value(target),), {}))
        if context.table is not None and context.table.recipe:
            # Texts are filled up in front: what has no label is not compared.
            flat, truth = with_label(context, self._steps, flat, truth)
        result = self._emit(node, entry, flat, truth)
        if self._verdict is None or not self._exact:
            asked = entry.probabilities(shape[-1]) if entry.probabilities is not None else None
            self._verdict, self._exact = judge(self.context, self._steps, flat, truth, "index", 0.0), True
            self.answer = Answer(
                self.outputs.index(prediction),
                "steps",
                0.0,
                asked.target if asked else "",
                dict(asked.kwargs) if asked else {},
            )
        return result

    def _emit(self, node: DocumentNode, entry: Loss, prediction: str, target: str) -> str:
        """Write the loss's calls as steps; returns the name of its (weighted) result."""
        context, params = self.context, self.context.params[node.id]
        base = context.new_name(node.name or node.id, "loss")
        names = {"prediction": prediction, "target": target}

        def globally(value: Any) -> Any:
            if isinstance(value, Ref):
                return Value(names[value.name])
            return tuple(globally(item) for item in value) if isinstance(value, tuple) else value

        calls = entry.calls(params["loss"].params)
        for number, call in enumerate(calls):
            last = number == len(calls) - 1
            name = base if last else context.new_name(f"{base}_{call.out}", base)
            self._steps.append(
                Step(
                    name,
                    node.id,
                    call.target,
                    globally(call.args),
                    {k: globally(v) for k, v in call.kwargs.items()},
                    form=call.form,
                    rule=call.rule,
                )
            )
            names[call.out] = name
        if params["weight"] == 1.0:
            return base
        weighted = context.new_name(f"{base}_weighted", base)
        self._steps.append(Step(weighted, node.id, "torch.mul", (Value(base), params["weight"]), {}))
        return weighted


def judge(
    context: Context, steps: list[Step], prediction: str, target: str, form: str, threshold: float
) -> tuple[str, str]:
    """Write what is said and the truth: class numbers, or the values themselves; these steps belong to no node."""

    def step(name: str, function: str, *args: Any) -> str:
        steps.append(Step(name, "", function, args, {}))
        return name

    if form == "column":
        yes = step(context.new_name("yes", "yes"), "torch.ge", Value(prediction), threshold)
        true = step(context.new_name("truly", "truly"), "torch.gt", Value(target), 0.5)
        said = step("said_class", "torch.Tensor.long", Value(yes))
        return said, step("true_class", "torch.Tensor.long", Value(true))
    if form in ("index", "one_hot"):
        said = step("said_class", "torch.argmax", Value(prediction), 1)
        return said, step("true_class", "torch.argmax", Value(target), 1) if form == "one_hot" else target
    return prediction, target


def with_label(context: Context, steps: list[Step], flat: str, truth: str) -> tuple[str, str]:
    """Pick the steps of sequences that have a class: their rows of scores, and the classes."""

    def step(name: str, function: str, *args: Any) -> str:
        steps.append(Step(context.new_name(name, name), "", function, args, {}))
        return steps[-1].name

    known = step("has_label", "torch.ge", Value(truth), 0)
    at = step("labelled", "torch.flatten", Value(step("place_of_label", "torch.nonzero", Value(known))))
    rows, classes = (
        step(f"{name}_labelled", "torch.index_select", Value(name), 0, Value(at)) for name in (flat, truth)
    )
    return rows, classes


def side_by_side(context: Context, entry: Loss) -> bool:
    """Whether several labels stand side by side, each yes or no for itself."""
    table = context.table
    if table is None or entry.bounds != (0.0, 1.0) or table.y.ndim != 2 or table.y.shape[1] < 2:
        return False
    return context.target_scaling == "none" and bool(((table.y == 0) | (table.y == 1)).all())


def judge_labels(
    context: Context, steps: list[Step], prediction: str, target: str, threshold: float
) -> tuple[str, str]:
    """Write what is said and true of every label: each counts by itself."""
    said, truth = judge(context, steps, prediction, target, "column", threshold)
    flat = context.new_name("said_labels", "said"), context.new_name("true_labels", "true")
    steps.append(Step(flat[0], "", "torch.flatten", (Value(said),), {}))
    steps.append(Step(flat[1], "", "torch.flatten", (Value(truth),), {}))
    return flat
