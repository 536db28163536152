"""How losses write their numbers out: the error of each number of a sample, and the mean over the batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnstudio.catalog.arithmetic import evaluate, names
from nnstudio.document.numbers import number
from nnstudio.document.text import Said, phrase
from nnstudio.explain.look import (
    MAX_TERMS,
    Look,
    constants_of,
    factor,
    listed,
    must_agree,
    plus,
    sent_back,
    sub,
    with_numbers,
)


def total(look: Look) -> None:
    """The sum or the mean over an axis; without one over everything, the whole batch."""
    step = look.step
    x = look.trace.values[step.inputs[0]]
    y = float(look.out[look.index])
    if "dim" in step.options and x.ndim > 1:
        axis = int(step.options["dim"])
        axis = (axis if axis >= 0 else x.ndim + axis) - 1
        at: list[Any] = list(look.index) if look.out.shape != (1,) or x.ndim > 2 else []
        at.insert(axis, slice(None))
        terms = [float(v) for v in np.atleast_1d(look.input()[tuple(at)])]
    else:
        terms = [float(v) for v in x.reshape(-1)]
    shown = plus(terms[:MAX_TERMS]) + (" + …" if len(terms) > MAX_TERMS else "")
    mean = step.target.endswith(".mean") and len(terms) > 1
    must_agree(sum(terms) / (len(terms) if mean else 1), y, max(map(abs, terms), default=0.0))
    look.say(f"y{sub(look.index)} = {f'({shown}) / {len(terms)}' if mean else shown} = {number(y)}")
    look.fact("E" if look.moment.phase == "loss" and look.out.size == 1 else f"y{sub(look.index)}", y)
    many = (
        phrase("The mean of {count} numbers.", count=len(terms))
        if step.target.endswith(".mean")
        else phrase("{count} numbers are added up.", count=len(terms))
    )
    look.words = many if len(terms) > 1 else phrase("There is one number only: it stays as it is.")


def loss(look: Look) -> None:
    """The error of each number of the shown sample, and the mean over the batch."""
    if with_itself(look):
        return
    step, rule = look.step, look.step.rule
    prediction, target = look.trace.values[step.inputs[0]], look.trace.values[step.inputs[1]]
    a, t = look.value(step.inputs[0]).reshape(-1).astype(float), look.value(step.inputs[1]).reshape(-1).astype(float)
    assert rule is not None
    constants = constants_of(step)
    with np.errstate(all="ignore"):
        each = np.asarray(evaluate(rule.each, {"a": a, "t": t, **constants}, np), dtype=float)
        everything = np.asarray(
            evaluate(rule.each, {"a": prediction.astype(float), "t": target.astype(float), **constants}, np),
            dtype=float,
        )
    for k in range(min(len(a), MAX_TERMS)):
        with_ = {"a": float(a[k]), "t": float(t[k]), **constants}
        look.say(
            f"E{sub(k)} = {with_numbers(rule.each, {n: with_[n] for n in names(rule.each)})} = {number(float(each[k]))}"
        )
        look.fact(f"E{sub(k)}", float(each[k]))
    _mean(
        look,
        [float(v) for v in everything.reshape(len(prediction), -1).sum(axis=1)],
        len(prediction) if step.options.get("reduction") == "batchmean" else prediction.size,
    )


def class_loss(look: Look) -> None:
    """Minus the log of the share that the right class got, and the mean over the batch."""
    step = look.step
    if with_itself(look):
        return
    if (wanted := shares_wanted(look)) is not None:
        share_loss(look, *wanted)
        return
    scores, classes = look.trace.values[step.inputs[0]].astype(float), look.trace.values[step.inputs[1]].astype(int)
    scores, classes = scores.reshape(len(classes), -1), classes.reshape(-1)
    logs = scores
    if step.form == "score_loss":
        top = scores.max(axis=1, keepdims=True)
        logs = scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
    row = look.trace.row if len(classes) == len(look.trace.rows) else 0
    share, right = np.exp(logs[row]), int(classes[row])
    if logs is not scores:
        look.say(listed("softmax(z)", share))
        for k in range(min(len(share), MAX_TERMS)):
            look.fact(f"p{sub(k)}", float(share[k]))
    each = [-float(logs[n, c]) for n, c in enumerate(classes)]
    smoothing = float(step.options.get("label_smoothing", 0.0))
    if smoothing:
        each = [(1 - smoothing) * e - smoothing * float(logs[n].mean()) for n, e in enumerate(each)]
        look.notes.append(
            phrase("Label smoothing spreads {share} of the target over all classes.", share=f"{smoothing:g}")
        )
    weights = look.trace.values.get(step.inputs[2]) if len(step.inputs) > 2 else None
    if not smoothing:
        look.say(f"E = −ln {number(float(share[right]))} = {number(each[row])}")
    look.fact(phrase("E of this sample"), each[row])
    if weights is None:
        _mean(look, each, len(each))
    else:
        look.notes.append(phrase("Each sample counts by the weight of its class."))
        weight = weights.reshape(-1).astype(float)[classes]
        total = float(look.out.reshape(-1)[0])
        look.say(
            f"E = Σ w·Eₙ / Σ w = {number(float((weight * each).sum()))} / {number(float(weight.sum()))} = "
            f"{number(total)}"
        )
        look.fact("E", total)
    look.words = phrase(
        "The right class is {right}; it got {share}. The loss is small only when that is near 1.",
        right=class_name(look, right),
        share=number(float(share[right])),
    )
    if look.trace.classes:
        look.notes.append(phrase("Classes in this order: {names}", names=", ".join(look.trace.classes[:20])))


def with_itself(look: Look) -> bool:
    """Write what there is to say when one value is prediction and target at once; returns whether it is so."""
    step = look.step
    second = look.trace.values[step.inputs[1]] if len(step.inputs) > 1 else None
    # A second input that is one number per class is no target, but the weights of the classes.
    if second is not None and not (
        step.form == "score_loss" and len(step.inputs) == 2 and second.dtype.kind == "f" and second.ndim == 1
    ):
        return False
    total = float(np.asarray(look.out).reshape(-1)[0])
    look.say(f"E = {number(total)}")
    look.fact("E", total)
    look.words = phrase(
        "Prediction and target are the same value here, so nothing can be learnt. Wire the target to what the network "
        "should say."
    )
    return True


def shares_wanted(look: Look) -> tuple[np.ndarray, float] | None:
    """The target (rows, classes) where it is a share for each class, with label smoothing and class weights counted in,
    and what the sum is divided by.

    A class number is such a target too where smoothing meets class weights: of the class it is (1 − s)·w of the class,
    and every class k has s·wₖ/K besides; the mean is over the sum of the true classes' weights. None where a class
    number is all. Source: torch.nn.functional.cross_entropy, both forms of its target.
    """
    step = look.step
    target = look.trace.values[step.inputs[1]]
    scores = look.trace.values[step.inputs[0]]
    if step.form != "score_loss":
        return None
    smoothing = float(step.options.get("label_smoothing", 0.0))
    weights = look.trace.values[step.inputs[2]].reshape(-1).astype(float) if len(step.inputs) > 2 else None
    if target.dtype.kind != "f" and smoothing and weights is not None:
        classes = target.reshape(-1).astype(int)
        own = np.eye(len(weights))[classes] * (1 - smoothing)
        return (own + smoothing / len(weights)) * weights, float(weights[classes].sum())
    if target.dtype.kind != "f" or target.shape != scores.shape or target.ndim != 2:
        return None
    goals = target.astype(float) * (1 - smoothing) + smoothing / target.shape[1]
    return goals if weights is None else goals * weights, float(len(goals))


def share_loss(look: Look, goals: np.ndarray, count: float) -> None:
    """E = −Σ t ln p for each sample, and their sum divided by how much the samples count."""
    scores = look.trace.values[look.step.inputs[0]].astype(float)
    top = scores.max(axis=1, keepdims=True)
    logs = scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
    row = look.trace.row if len(goals) == len(look.trace.rows) else 0
    look.say(listed("softmax(z)", np.exp(logs[row])))
    look.say(listed("t", goals[row]))
    each = [-float((g * log).sum()) for g, log in zip(goals, logs, strict=True)]
    terms = [
        f"{number(float(g))}·ln {number(float(np.exp(log)))}"
        for g, log in zip(goals[row][:MAX_TERMS], logs[row][:MAX_TERMS], strict=True)
    ]
    look.say(f"E = −({plus_words(terms)}{' + …' if goals.shape[1] > MAX_TERMS else ''}) = {number(each[row])}")
    look.fact(phrase("E of this sample"), each[row])
    if count != len(each):
        look.notes.append(
            phrase(
                "Each sample counts by the weight of its class; label smoothing gives every class a share, by its own "
                "weight."
            )
        )
        total = float(look.out.reshape(-1)[0])
        look.say(f"E = Σ Eₙ / Σ w = {number(sum(each))} / {number(count)} = {number(total)}")
        look.fact("E", total)
    else:
        _mean(look, each, len(each))
    look.words = phrase(
        "The target is a share for every class. The loss is small when the shares of softmax come near to them."
    )


def plus_words(terms: list[str]) -> str:
    """Join terms by plus signs."""
    return " + ".join(terms)


def class_name(look: Look, place: int) -> str:
    """The data's name of a class."""
    return look.trace.classes[place] if place < len(look.trace.classes) else str(place)


def _mean(look: Look, each: list[float], count: int) -> None:
    total = float(look.out.reshape(-1)[0])
    shown = plus(each[:MAX_TERMS]) + (" + …" if len(each) > MAX_TERMS else "")
    if count > 1:
        look.say(f"E = ({shown}) / {count} = {number(total)}")
        look.notes.append(phrase("Mean over {count} numbers: {rows} samples.", count=count, rows=len(each)))
    look.fact("E", total)


def loss_back(look: Look) -> None:
    """The slope of the loss for each number of the prediction."""
    if with_itself(look):
        return
    step, rule = look.step, look.step.rule
    assert rule is not None
    prediction = look.trace.values[step.inputs[0]]
    a, t = look.value(step.inputs[0]).reshape(-1).astype(float), look.value(step.inputs[1]).reshape(-1).astype(float)
    count = len(prediction) if step.options.get("reduction") == "batchmean" else prediction.size
    sent = sent_back(look, 0)
    here = upstream(look)
    for k in range(min(len(a), MAX_TERMS)):
        values = {"a": float(a[k]), "t": float(t[k]), **constants_of(step)}
        by = f" / {count}" if count > 1 else ""
        times = f"{factor(here)}·" if here != 1.0 else ""
        text = with_numbers(rule.slope, {n: values[n] for n in names(rule.slope)})
        look.say(
            f"∂E/∂a{sub(k)} = {times}{text if by == '' else f'({text})'}{by}"
            + ("" if sent is None else f" = {number(float(sent[k]))}")
        )
        if sent is not None:
            look.fact(f"∂E/∂a{sub(k)}", float(sent[k]))
            if not look.result_name:
                look.gives(f"∂E/∂a{sub(k)}", float(sent[k]))
    look.words = _too_high(a, t)


def upstream(look: Look) -> float:
    """What arrives at a loss: 1, or its weight where there are several."""
    return float(np.atleast_1d(look.trace.gradients[look.step.name]).reshape(-1)[0])


def class_loss_back(look: Look) -> None:
    """Softmax and cross-entropy together: share minus target."""
    step = look.step
    if with_itself(look):
        return
    if (wanted := shares_wanted(look)) is not None:
        share_loss_back(look, *wanted)
        return
    scores = look.value(step.inputs[0]).reshape(-1).astype(float)
    right = int(np.asarray(look.value(step.inputs[1])).reshape(-1)[0])
    count = len(look.trace.values[step.inputs[1]].reshape(-1))
    sent, here = sent_back(look, 0), upstream(look)
    if step.form == "score_loss":
        share = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
        smoothing, k = float(step.options.get("label_smoothing", 0.0)), len(scores)
        goal = np.full(k, smoothing / k) + np.eye(k)[right] * (1 - smoothing)
        look.say(listed("p", share))
        look.say(listed("t", goal))
        for i in range(min(k, MAX_TERMS)):
            if sent is not None:
                by = f" / {count}" if count > 1 else ""
                before = f"{factor(here)}·" if here != 1.0 else ""
                if len(step.inputs) > 2:
                    # torch.nn.functional.cross_entropy: the mean is over the sum of the classes' weights.
                    weight = look.trace.values[step.inputs[2]].reshape(-1).astype(float)
                    rows = np.asarray(look.trace.values[step.inputs[1]]).reshape(-1).astype(int)
                    before, by = before + f"{factor(float(weight[right]))}·", f" / {number(float(weight[rows].sum()))}"
                left, ends = (f"{before}(", ")") if by or before else ("", "")
                look.say(
                    f"∂E/∂z{sub(i)} = {left}p{sub(i)} − t{sub(i)}{ends}{by} = {left}{number(float(share[i]))} − "
                    f"{number(float(goal[i]))}{ends}{by}"
                    f" = {number(float(sent[i]))}"
                )
                look.fact(f"∂E/∂z{sub(i)}", float(sent[i]))
                if i == right:
                    look.gives(f"∂E/∂z{sub(i)}", float(sent[i]))
        if len(step.inputs) > 2:
            look.notes.append(phrase("Each sample counts by the weight of its class."))
        look.notes.append(phrase("The Jacobian of softmax times the slope −1/p of the logarithm leaves just p − t."))
        look.words = phrase(
            "The score of class {right} has to go up, all others down, each by how far its share is off.",
            right=class_name(look, right),
        )
    else:
        look.say(
            f"∂E/∂a{sub(right)} = −{factor(here)} / {count}"
            + ("" if sent is None else f" = {number(float(sent[right]))}")
        )
        look.words = phrase("Only the right class's number has a slope here.")


def share_loss_back(look: Look, goals: np.ndarray, count: float) -> None:
    """Shares wanted instead of a class: ∂E/∂z = (p·Σt − t) / N, where N is how much all samples count."""
    row = look.trace.row if len(goals) == len(look.trace.rows) else 0
    scores, goal = look.value(look.step.inputs[0]).reshape(-1).astype(float), goals[row]
    share = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
    sent, here, total = sent_back(look, 0), upstream(look), float(goal.sum())
    look.say(listed("p", share))
    look.say(listed("t", goal))
    if sent is not None:
        by, before = f" / {number(count)}" if count != 1 else "", f"{factor(here)}·" if here != 1.0 else ""
        for i in range(min(len(scores), MAX_TERMS)):
            look.say(
                f"∂E/∂z{sub(i)} = {before}(p{sub(i)}·Σt − t{sub(i)}){by} = "
                f"{before}({number(float(share[i]))}·{number(total)} − "
                f"{number(float(goal[i]))}){by} = {number(float(sent[i]))}"
            )
            look.fact(f"∂E/∂z{sub(i)}", float(sent[i]))
            if not look.result_name:
                look.gives(f"∂E/∂z{sub(i)}", float(sent[i]))
    look.words = phrase("Each score goes up or down by how far its share is from the one that is wanted.")


def _too_high(a: np.ndarray, t: np.ndarray) -> Said:
    worst = int(np.argmax(np.abs(a - t)))
    if a[worst] == t[worst]:
        return phrase("The prediction is just right, so there is no gradient.")
    if a[worst] > t[worst]:
        return phrase(
            "Output {number} is too high ({value}, wanted {target}), so it should go down.",
            number=worst + 1,
            value=number(float(a[worst])),
            target=number(float(t[worst])),
        )
    return phrase(
        "Output {number} is too low ({value}, wanted {target}), so it should go up.",
        number=worst + 1,
        value=number(float(a[worst])),
        target=number(float(t[worst])),
    )
