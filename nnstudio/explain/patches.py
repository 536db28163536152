"""How kernels and windows write their forward numbers out: the patch they lie on."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnstudio.document.numbers import number
from nnstudio.document.text import concat, phrase
from nnstudio.explain.look import MAX_TERMS, Look, factor, matrix, must_agree, plus, sub, sum_lines, weights_of

KERNEL_TERMS = 6


def pairs_of(value: Any, count: int) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (int(value),) * count


def window_of(look: Look) -> tuple[list[tuple[int, ...]], int, int]:
    """The places (channel, …) in the input that the kernel lies on at the looked-at place; −1s are padding.

    Also stride and groups.
    """
    step, x = look.step, look.input()
    axes = x.ndim - 1
    options = step.options
    kernel = _kernel(look, axes)
    # Of what was not given torch's own: a pooling goes on by its window, a convolution by one.
    stride = pairs_of(options.get("stride") or (kernel if "pool" in step.target.lower() else 1), axes)
    padding, dilation = pairs_of(options.get("padding", 0), axes), pairs_of(options.get("dilation", 1), axes)
    at = look.index[1:]
    found: list[tuple[int, ...]] = []
    for offset in np.ndindex(*kernel):
        place = tuple(at[i] * stride[i] - padding[i] + offset[i] * dilation[i] for i in range(axes))
        found.append(place if all(0 <= p < x.shape[i + 1] for i, p in enumerate(place)) else ())
    return found, int(options.get("groups", 1)), axes


def _kernel(look: Look, axes: int) -> tuple[int, ...]:
    """The extent of a window or kernel: what was given, or that of the weights of a convolution that is a function."""
    given = look.step.options.get("kernel_size")
    return pairs_of(given, axes) if given is not None else weights_of(look, look.step)[0].shape[2:]


def convolution(look: Look) -> None:
    """The kernel over the patch, product by product."""
    weight, bias = weights_of(look, look.step)
    places, groups, _ = window_of(look)
    k, x = look.index[0], look.input()
    first = k // (len(weight) // groups) * weight.shape[1]
    patch = np.array([[float(x[(first + c, *p)]) if p else 0.0 for p in places] for c in range(weight.shape[1])])
    kernel = weight[k].reshape(weight.shape[1], -1)
    z = float(look.out[look.index])
    pairs = [(float(w), float(v)) for w, v in zip(kernel.reshape(-1), patch.reshape(-1), strict=True)]
    look.lines += sum_lines(f"z{sub(look.index)}", pairs, None if bias is None else float(bias[k]), z)
    look.fact(f"z{sub(look.index)}", z)
    shape = weight.shape[2:] if weight.ndim == 4 else (1, weight.shape[2])
    strongest = int(np.argmax(np.abs(kernel * patch).sum(axis=1)))
    some = (
        ""
        if len(kernel) == 1
        else concat(" · ", phrase("input channel {channel} of {count}", channel=first + strongest + 1, count=len(x)))
    )
    look.matrices += [
        matrix(concat(phrase("kernel {number}", number=k + 1), some), kernel[strongest].reshape(shape)),
        matrix(concat(phrase("patch of the input"), some), patch[strongest].reshape(shape)),
        matrix(phrase("their products"), (kernel * patch)[strongest].reshape(shape)),
    ]
    look.notes.append(
        phrase("The kernel is laid on as it is (cross-correlation); mathematicians' convolution turns it round first.")
    )
    look.words = phrase(
        "Kernel {number} lies on one patch; products and bias are added up to one number of its feature map.",
        number=k + 1,
    )


def kernel_gradient(look: Look, delta: np.ndarray, place: tuple[int, ...], label: str, here: float) -> None:
    """∂E/∂W[k, c, u, v] = Σ δ[k, i, j]·x[c, i·s + u, j·s + v] over all places and samples: the greatest terms, and the
    rest.
    """
    step = look.step
    x, axes = look.trace.values[step.inputs[0]], delta.ndim - 2
    options = step.options
    stride, padding = pairs_of(options.get("stride", 1), axes), pairs_of(options.get("padding", 0), axes)
    dilation, groups = pairs_of(options.get("dilation", 1), axes), int(options.get("groups", 1))
    k = place[0]
    channel = k // (delta.shape[1] // groups) * (x.shape[1] // groups) + place[1]
    padded = np.pad(x[:, channel].astype(float), [(0, 0), *((p, p) for p in padding)])
    cut: list[slice] = [slice(None)]
    for axis in range(axes):
        start = place[2 + axis] * dilation[axis]
        cut.append(slice(start, start + stride[axis] * (delta.shape[2 + axis] - 1) + 1, stride[axis]))
    terms = np.stack([delta[:, k].astype(float).reshape(-1), padded[tuple(cut)].reshape(-1)])
    products = terms[0] * terms[1]
    order = sorted(np.argsort(-np.abs(products), kind="stable")[:KERNEL_TERMS])
    text = " + ".join(f"{factor(float(terms[0, i]))}·{factor(float(terms[1, i]))}" for i in order)
    rest = float(products.sum() - products[order].sum())
    if products.size > KERNEL_TERMS:
        text += " + " + factor(rest)
        look.notes.append(
            phrase(
                "The {count} largest of {total} products are written out; "
                "the last number is what the others add up to.",
                count=KERNEL_TERMS,
                total=products.size,
            )
        )
    look.say(f"{label} = Σ δ·x = {text} = {number(here)}")
    look.words = phrase(
        "This number of the kernel was used at every place of every sample: each adds δ times what lay under it."
    )


def _window(look: Look) -> tuple[list[tuple[int, ...]], np.ndarray]:
    step, x = look.step, look.input()
    if "adaptive" in step.target:
        given = step.args[1]
        sizes = pairs_of(given, x.ndim - 1)
        ranges = [
            range(i * n // size, -(-(i + 1) * n // size))
            for i, n, size in zip(look.index[1:], x.shape[1:], sizes, strict=True)
        ]
        places = [
            tuple(r[i] for r, i in zip(ranges, where, strict=True)) for where in np.ndindex(*(len(r) for r in ranges))
        ]
        shape: tuple[int, ...] = tuple(len(r) for r in ranges)
    else:
        places, _, axes = window_of(look)
        shape = _kernel(look, axes)
    c = look.index[0]
    numbers = np.array([float(x[(c, *p)]) if p else np.nan for p in places])
    return places, numbers.reshape(shape)


def max_pool(look: Look) -> None:
    """The greatest number of the window."""
    places, window = _window(look)
    winner = int(np.nanargmax(window))
    y = float(look.out[look.index])
    must_agree(float(np.nanmax(window)), y)
    inside = [number(float(v)) for v in window.reshape(-1) if v == v]
    look.say(
        f"y{sub(look.index)} = max({', '.join(inside[:MAX_TERMS])}{', …' if len(inside) > MAX_TERMS else ''}) = "
        f"{number(y)}"
    )
    look.fact(f"y{sub(look.index)}", y)
    table = np.atleast_2d(np.nan_to_num(window))
    look.matrices.append(matrix(phrase("window"), table, (winner // table.shape[1], winner % table.shape[1])))
    look.words = phrase(
        "The greatest number of the window wins, at place {place} of its channel; the others leave no trace.",
        place=", ".join(str(p + 1) for p in places[winner]),
    )


def average_pool(look: Look) -> None:
    """The mean of the window; padding counts as zeros."""
    _, window = _window(look)
    inside = [float(v) for v in np.nan_to_num(window).reshape(-1)]
    y = float(look.out[look.index])
    must_agree(sum(inside) / len(inside), y, max(map(abs, inside)))
    shown = plus(inside[:MAX_TERMS]) + (" + …" if len(inside) > MAX_TERMS else "")
    look.say(f"y{sub(look.index)} = ({shown}) / {len(inside)} = {number(y)}")
    look.fact(f"y{sub(look.index)}", y)
    look.matrices.append(matrix(phrase("window"), np.atleast_2d(np.nan_to_num(window))))
    look.words = phrase("The mean of the window; each number in it counts the same.")
