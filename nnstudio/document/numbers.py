"""How numbers are written for a reader: four digits at a glance, eight where results are compared."""

from __future__ import annotations


def exact(value: float) -> str:
    """Write a number with eight significant digits, for results that are compared with a worked sheet."""
    # A zero has no sign.
    value = value or 0.0
    return f"{value:.8g}".replace("-", "−") if value == value and abs(value) != float("inf") else number(value)


def few(value: float) -> str:
    """Write a number in as few letters as tell it apart."""
    if value != value or value in (float("inf"), float("-inf"), 0):
        return number(value) if value else "0"
    size = abs(value)
    if 0.001 <= size < 99.995:
        text = f"{value:.3f}" if size < 0.01 else f"{value:.2f}"
    else:
        # From a hundred on the whole number; very large and very small ones by their power of ten.
        text = f"{value:.0f}" if 99 < size < 1e5 else f"{value:.0e}"
    return text.replace("-", "−")


def apart(first: float, second: float) -> tuple[str, str]:
    """Write two numbers with as many digits as tell them apart, four at least; equal ones alike."""
    found = number(first), number(second)
    for digits in range(5, 13):
        if found[0] != found[1] or first == second or first != first or second != second:
            break
        found = tuple(f"{value:.{digits}g}".replace("-", "−") for value in (first, second))  # type: ignore[assignment]
    return found


def number(value: float) -> str:
    """Write a number with four significant digits and a true minus sign."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0.000"
    if not 1e-4 <= abs(value) < 1e6:
        text = f"{value:.3e}"
    elif abs(value) >= 9999.5:
        # A price reads better than a power of ten.
        text = f"{float(f'{value:.4g}'):.0f}"
    else:
        text = f"{value:.4g}" if abs(value) >= 1000 else f"{value:#.4g}".rstrip(".")
    return text.replace("-", "−")


def as_number(text: str) -> float | None:
    """Read a number as it is typed: decimal comma or point, a true minus sign, a fraction such as 3/4, a per cent."""
    plain = text.strip().replace(",", ".").replace("−", "-").replace("\u2009", "").replace(" ", "")
    scale = 1.0
    if plain.endswith("%"):
        plain, scale = plain[:-1], 0.01
    above, _, below = plain.partition("/")
    try:
        found = float(above) / (float(below) if below else 1.0) * scale
    except (ValueError, ZeroDivisionError):
        return None
    return found if abs(found) != float("inf") and found == found else None
