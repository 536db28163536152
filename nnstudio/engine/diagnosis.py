"""What goes wrong in a run, from its numbers: seen, why, what to try, and an edit that tries it.

The bounds are rules of thumb of the field; each finding tells the numbers it rests on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nnstudio.compile.findings.view import View, finding, mends
from nnstudio.compile.lower import Lowered
from nnstudio.compile.problems import Problem
from nnstudio.compile.program import Program
from nnstudio.document.edits import SetTraining
from nnstudio.document.text import Message
from nnstudio.engine.case import IN_A_ROW, OVERFIT_EPOCHS, Case
from nnstudio.engine.trivial import chance
from nnstudio.engine.unseen import unseen_categories
from nnstudio.engine.vitals import Vitals

VANISHED, HUGE_NORM = 1e-3, 1e3
HALF = 0.5
# ‖ΔW‖ / ‖W‖ of one update: about 10⁻³ is usual.
LARGE_STEP, SMALL_STEP = 0.1, 1e-6
PLATEAU_EPOCHS, PLATEAU_GAIN, FAR_FROM_LEARNT = 12, 0.005, 0.5
GONE_UP = 3.0
# Of the loss of saying the same of every sample; and the size of steps under which larger ones are worth a try.
LEARNT_NOTHING, SHORT_STEP = 0.95, 1e-3
SEPARATING_EPOCHS = 30
# After so many epochs, when it has been so for the last few.
WORSE_EPOCHS, STILL_WORSE = 15, 5
# Where there is hardly any signal R² is about 0, a little below it as well.
WORSE_R2 = -0.1
# Of the loss of saying the same of every sample; how little a loss falls in a few epochs; updates after which steps
# have their size.
STEADY, SETTLED = 0.75, 12
# Times the loss of equal chances for all classes.
FAR_OFF = 6.0
OVERFIT_GAP = 1.15
LEAK_EPOCHS, LEAK_SHARE = 5, 0.5
# Up to so many times what values far out account for, a training loss is theirs.
OUTLYING = 1.25
# A loss that fell to such a share in so many epochs is still on its way.
STILL, FALLING = 2, 0.95
LEARNT, CHANCE = 0.95, 1.25


def not_finite(case: Case) -> Iterator[Problem]:
    """The run ended because a number was none."""
    reason = case.reason
    if reason is None or reason.key != "run.diverged":
        return
    # The loss that was looked at, or the norm before it, tells whether numbers grew or were never good.
    norms = [v.clipped_from or v.norm for v in case.vitals if math.isfinite(v.norm)]
    grew = bool(norms) and norms[-1] > 10 * max(norms[0], 1e-12)
    losses = case.series("train_loss")
    grew = grew or (len(losses) > 1 and losses[-1] > 2 * min(losses))
    mend = case.rate(0.1)
    yield finding(
        "watch.nan_grew" if grew or len(norms) < 2 else "watch.nan",
        "",
        mend,
        "error",
        loss=reason.args.get("loss", "NaN"),
        epoch=reason.args.get("epoch", 1),
        where=reason.args.get("where", ""),
        rate=case.learning_rate,
    )


def out_of_memory(case: Case) -> Iterator[Problem]:
    """The run ended because memory ran out: half the batch, or the batch in parts."""
    reason = case.reason
    if reason is None or reason.key != "run.memory":
        return
    batch, half, parts = (reason.args[name] for name in ("batch", "half", "parts"))
    if batch > 1:
        yield finding("watch.memory", "", mends(SetTraining(("batch_size",), half)), "error", batch=batch, half=half)
        if case.program.parts < parts and not case.program.couples_samples and not case.program.data.graph:
            mend = mends(SetTraining(("parts",), parts))
            yield finding("watch.memory_parts", "", mend, "error", batch=batch, parts=parts)


def divergence(case: Case) -> Iterator[Problem]:
    """The training loss climbs far above where it was."""
    losses = case.series("train_loss")
    if case.homogeneous:
        return
    if (
        len(losses) >= 3
        and losses[-1] > GONE_UP * max(min(losses), 1e-9)
        and losses[-1] > losses[-2] > losses[-3]
        and losses[-1] > 0.5 * losses[0]
    ):
        yield finding("watch.diverging", "", case.rate(0.1), low=min(losses), high=losses[-1], rate=case.learning_rate)


def far_off(case: Case) -> Iterator[Problem]:
    """A loss far above that of saying nothing at all: the first steps threw the weights away."""
    losses, classes = case.series("train_loss"), len(case.program.data.classes)
    guessing = chance(case.view, classes) if case.view is not None and classes > 1 else None
    if losses and guessing is not None and losses[-1] > FAR_OFF * guessing:
        yield finding("watch.far_off", "", case.rate(0.1), loss=losses[-1], chance=guessing, rate=case.learning_rate)


def exploding(case: Case) -> Iterator[Problem]:
    """The gradient grows on its way back, or altogether."""
    names = case.weighted
    if not case.recent or len(names) < 2:
        return
    norms = [v.clipped_from if v.clipped_from is not None else v.norm for v in case.recent]
    if all(math.isfinite(n) and n > HUGE_NORM for n in norms) and case.program.clip_norm is None:
        last = case.recent[-1].layers
        worst = max(names, key=lambda n: last[n].gradient)
        yield finding("watch.exploding", worst, case.clip() or case.rate(0.1), norm=norms[-1], layer=case.title(worst))


def vanishing(case: Case) -> Iterator[Problem]:
    """Hardly any gradient reaches the first layer."""
    names = case.weighted
    if len(names) < 3 or not case.recent:
        return
    first, last = names[0], names[-1]
    ratios = [
        _ratio(v.layers[first].gradient, v.layers[last].gradient)
        for v in case.recent
        if first in v.layers and last in v.layers
    ]
    # Dead units stop the gradient as well; that is another finding.
    blocked = any((v.layers[n].dead or 0.0) >= HALF for v in case.recent for n in v.layers)
    if (
        len(ratios) == IN_A_ROW
        and all(r < VANISHED for r in ratios)
        and case.recent[-1].layers[last].gradient > 1e-9
        and not blocked
    ):
        yield finding(
            "watch.vanishing",
            first,
            case.activation("rectifier"),
            first=case.title(first),
            last=case.title(last),
            ratio=ratios[-1],
        )


def _ratio(a: float, b: float) -> float:
    return a / b if b > 0 and math.isfinite(a) and math.isfinite(b) else 1.0


def dead_units(case: Case) -> Iterator[Problem]:
    """Units that never answer to anything."""
    for node in case.vitals[-1].layers if case.vitals else ():
        if case.steadily(node, lambda v: v.dead is not None and v.dead >= HALF):
            share = case.vitals[-1].layers[node].dead or 0.0
            yield finding(
                "watch.dead", node, case.activation("leaks", node), layer=case.title(node), percent=round(100 * share)
            )


def saturated_units(case: Case) -> Iterator[Problem]:
    """Units at the flat ends of their activation."""
    for node in case.vitals[-1].layers if case.vitals else ():
        if case.steadily(node, lambda v: v.saturated is not None and v.saturated >= HALF):
            share = case.vitals[-1].layers[node].saturated or 0.0
            yield finding(
                "watch.saturated",
                node,
                case.activation("rectifier", node),
                layer=case.title(node),
                percent=round(100 * share),
            )


def collapse(case: Case) -> Iterator[Problem]:
    """One class for everything."""
    counts, losses = [v.said for v in case.recent], case.series("train_loss")
    if len(losses) <= STILL or losses[-1] < FALLING * losses[-1 - STILL]:
        # Where one class is far more frequent than the others a network begins with it.
        return
    if counts and all(c is not None and max(c[0]) == sum(c[0]) and sum(n > 0 for n in c[1]) > 1 for c in counts):
        last = counts[-1]
        assert last is not None
        place = last[0].index(max(last[0]))
        classes = case.program.data.classes
        yield finding(
            "watch.collapse",
            "",
            case.rate(0.1),
            name=classes[place] if place < len(classes) else str(place),
            count=sum(last[0]),
        )


def step_size(case: Case) -> Iterator[Problem]:
    """Updates that are far too large or far too small for the weights."""
    # The first steps of an adaptive rule are large for weights that begin small.
    settled = [v for v in case.vitals if v.updates >= SETTLED][-IN_A_ROW:]
    ratios = (
        [
            [v.layers[n].ratio for n in case.weighted if n in v.layers and math.isfinite(v.layers[n].ratio)]
            for v in settled
        ]
        if len(settled) == IN_A_ROW
        else []
    )
    if not ratios or not all(ratios):
        return
    middles = [sorted(row)[len(row) // 2] for row in ratios]
    if case.homogeneous:
        # Another rate gives the same answers, with larger or smaller weights.
        return
    if all(m > LARGE_STEP for m in middles):
        yield finding("watch.rate_large", "", case.rate(0.1), ratio=middles[-1], rate=case.learning_rate)
    elif all(m < SMALL_STEP for m in middles) and _far_from_learnt(case):
        yield finding("watch.rate_small", "", case.rate(10.0), ratio=middles[-1], rate=case.learning_rate)


def _far_from_learnt(case: Case) -> bool:
    losses, right = case.series("train_loss"), case.series("train_accuracy")
    if not losses:
        return True
    return losses[-1] > FAR_FROM_LEARNT * losses[0] and not (right and right[-1] > LEARNT)


def plateau(case: Case) -> Iterator[Problem]:
    """Training goes on and nothing is learnt.

    A loss that has come down and stays may stand at the noise of the data: only one that is still about that of saying
    the same of every sample is told.
    """
    losses = case.series("train_loss")
    if len(losses) < PLATEAU_EPOCHS + 1 or not _far_from_learnt(case) or case.homogeneous:
        return
    before, now = min(losses[:-PLATEAU_EPOCHS]), min(losses[-PLATEAU_EPOCHS:])
    mark = case.trivial if case.trivial is not None else losses[0]
    if now > (1 - PLATEAU_GAIN) * before and losses[-1] < GONE_UP * before and now > LEARNT_NOTHING * mark:
        steps = [
            sorted(row)[len(row) // 2]
            for v in case.recent
            if (row := [v.layers[n].ratio for n in case.weighted if n in v.layers and math.isfinite(v.layers[n].ratio)])
        ]
        # Larger steps help where steps are small.
        small = bool(steps) and all(step < SHORT_STEP for step in steps)
        yield finding("watch.plateau", "", case.rate(3.0) if small else None, epochs=PLATEAU_EPOCHS, loss=losses[-1])


def not_separable(case: Case) -> Iterator[Problem]:
    """A perceptron that goes on making mistakes: its rule ends with the first line that parts the classes, if there is
    one.
    """
    right = case.series("train_accuracy")
    if case.homogeneous and len(right) > SEPARATING_EPOCHS and max(right[-SEPARATING_EPOCHS:]) < 1.0:
        yield finding(
            "watch.not_separable", "", None, epochs=len(right), percent=round(100 * max(right[-SEPARATING_EPOCHS:]))
        )


def overfitting(case: Case) -> Iterator[Problem]:
    """The validation loss has turned while the training loss still falls."""
    held, own = case.series("val_loss"), case.series("train_loss")
    if len(held) != len(own) or len(held) < OVERFIT_EPOCHS + 2 or case.homogeneous:
        return
    best = held.index(min(held))
    last = held[-OVERFIT_EPOCHS:]
    # One bad epoch is no turn, and a loss that is next to nothing may double without meaning anything.
    turned = min(last) > OVERFIT_GAP * held[best] and min(last) > case.next_to_nothing
    if len(held) - 1 - best >= OVERFIT_EPOCHS and turned and own[-1] < own[best] and held[-1] > own[-1]:
        epoch = next((int(r["epoch"]) for r in case.records if r.get("val_loss") == held[best]), best + 1)
        yield finding("watch.overfit", "", case.drop(), best=held[best], epoch=epoch, now=held[-1], train=own[-1])


def too_good(case: Case) -> Iterator[Problem]:
    """Validation far better than training, with nothing in the network that would explain it; or labels that mean
    nothing.
    """
    held, own = case.series("val_loss")[-LEAK_EPOCHS:], case.series("train_loss")[-LEAK_EPOCHS:]
    enough = len(held) == LEAK_EPOCHS == len(own) and len(case.records) > 2 * LEAK_EPOCHS
    # The training loss is that of a whole epoch, the other one that of its end: while it falls fast it lags behind.
    enough = enough and own[-1] > STEADY * own[0] and own[-1] > case.next_to_nothing and not case.homogeneous
    far = (
        enough
        and not case.drops
        and case.program.l1 == 0
        and all(h < LEAK_SHARE * o for h, o in zip(held, own, strict=True))
    )
    # Asked only then: outliers that all stand in the training part explain it as well.
    if far and own[-1] > OUTLYING * case.outliers:
        yield finding("watch.leak", "", None, val=held[-1], train=own[-1])
        return
    right, seen = case.series("val_accuracy"), case.series("train_accuracy")
    classes = len(case.program.data.classes)
    if (
        right
        and seen
        and classes > 1
        and seen[-1] >= LEARNT
        and right[-1] <= CHANCE / classes
        and len(right) >= LEAK_EPOCHS
    ):
        yield finding("watch.shuffled", "", None, train=round(100 * seen[-1]), val=round(100 * right[-1]))


def worse_than_mean(case: Case) -> Iterator[Problem]:
    """The squared errors of what was held aside are larger than those of always saying the mean."""
    held, own = case.series("val_r2"), case.series("train_loss")
    if len(held) < WORSE_EPOCHS or max(held[-STILL_WORSE:]) >= WORSE_R2 or not own or case.homogeneous:
        return
    learnt = case.trivial is not None and own[-1] < HALF * case.trivial
    if learnt:
        yield finding("watch.worse_held", "", case.drop(), epochs=len(held), r2=held[-1])
        return
    unscaled = case.program.data.target_scaling == "none"
    data = case.view.data if case.view is not None else None
    scaled = mends(case.view.set(data, ("target_scaling",), "standard")) if case.view and data and unscaled else None
    yield finding("watch.worse_than_mean", "", scaled, epochs=len(held), r2=held[-1])


CHECKS = (
    not_finite,
    out_of_memory,
    far_off,
    divergence,
    exploding,
    dead_units,
    saturated_units,
    vanishing,
    step_size,
    collapse,
    too_good,
    overfitting,
    not_separable,
    worse_than_mean,
    unseen_categories,
    plateau,
)


def diagnose(
    program: Program,
    records: Sequence[Mapping[str, Any]],
    vitals: Sequence[Vitals],
    reason: Message | None,
    lowered: Lowered | None,
) -> tuple[Problem, ...]:
    """Return what goes wrong, the gravest first; one finding for each kind and layer."""
    case = Case(program, records, vitals, reason, View(lowered) if lowered is not None else None)
    found = [problem for check in CHECKS for problem in check(case)]
    keys = {problem.what.key for problem in found}
    # A run that blows up need not be told that its steps are large as well.
    hidden = (
        {"watch.plateau.what", "watch.rate_large.what"}
        if keys & {"watch.nan.what", "watch.nan_grew.what", "watch.diverging.what", "watch.far_off.what"}
        else set()
    )
    return tuple(problem for problem in found if problem.what.key not in hidden)
