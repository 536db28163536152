"""Formulas written in plain text become LaTeX, and LaTeX becomes a picture (ziamath)."""

from __future__ import annotations

import re
from functools import lru_cache

from nnstudio.document import quoting

SUBS = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₚₛₜₓ", "0123456789+-aehijklmnpstx")
SUPERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀᵃᵇⁱʲᵏⁿᵗˣᶻ", "0123456789+-TabijkntxZ".replace("Z", "z"))
SIGNS = {
    "·": r"\cdot ",
    "⊙": r"\odot ",
    "←": r"\leftarrow ",
    "−": "-",
    "≤": r"\le ",
    "≥": r"\ge ",
    "±": r"\pm ",
    "→": r"\rightarrow ",
    "∂": r"\partial ",
    "Σ": r"\sum ",
    "∞": r"\infty ",
    "…": r"\dots ",
    "½": r"\tfrac{1}{2}",
    "′": "'",
    "⋆": r"\star ",
    "∏": r"\prod ",
    "α": r"\alpha ",
    "β": r"\beta ",
    "γ": r"\gamma ",
    "δ": r"\delta ",
    "ε": r"\varepsilon ",
    "η": r"\eta ",
    "λ": r"\lambda ",
    "μ": r"\mu ",
    "ρ": r"\rho ",
    "σ": r"\sigma ",
    "ψ": r"\psi ",
    "φ": r"\varphi ",
    "Φ": r"\Phi ",
    "ω": r"\omega ",
    "π": r"\pi ",
    "Δ": r"\Delta ",
    "⌊": r"\lfloor ",
    "⌋": r"\rfloor ",
    "|": r"\vert ",
}
FUNCTIONS = re.compile("tanh|ln|log|max|min|exp|sin|cos")
OPEN, CLOSE = {"(": ")", "[": "]"}, {")", "]"}
_SUB, _SUPER = "".join(map(chr, set(SUBS))), "".join(map(chr, set(SUPERS)))
_TOKEN = re.compile(
    rf"""
    (?P<number>\d+(?:,\d{{3}})*(?:\.\d+)?(?:e[-−+]?\d+)?)
  | (?P<sub>[{re.escape(_SUB)}]+(?:,[{re.escape(_SUB)}]+)*)
  | (?P<super>[{re.escape(_SUPER)}²³]+)
  | (?P<word>[A-Za-z\u4e00-\u9fff\u3001-\u303f\uff00-\uffef]
             [A-Za-z0-9_.\u4e00-\u9fff\u3001-\u303f\uff00-\uffef]*[\u0302]?)
  | (?P<space>\s+)
  | (?P<sign>.[\u0302]?)
""",
    re.VERBOSE,
)
_WORD = re.compile(r"\\text\{[^{}]*\}")


def to_latex(text: str) -> str:
    """Return a formula as LaTeX: a/b becomes a fraction of what stands directly on both sides, x₁ᵀ and x̂ what they
    look like.
    """
    # An operator at the beginning of a piece keeps its room to both sides.
    lead = "{}" if text[:2] in ("= ", "+ ", "− ", "← ") else ""
    return lead + _Writer(text).all()


class _Writer:
    """Reads tokens from left to right; an atom is what a fraction, an index or a power may hang on."""

    def __init__(self, text: str) -> None:
        self._tokens = [(m.lastgroup or "", m.group()) for m in _TOKEN.finditer(text.replace("x\u0302", "x\u0302"))]
        self._at = 0

    def all(self) -> str:
        parts: list[str] = []
        while self._at < len(self._tokens):
            parts += self._run(None)
            if self._at < len(self._tokens):  # a bracket that was never opened
                parts.append(self._next()[1])
        return "".join(parts).strip()

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._at += 1
        return token

    def _run(self, end: str | None) -> list[str]:
        """Parts up to a closing bracket; fractions put together."""
        parts: list[str] = []
        while self._at < len(self._tokens) and self._peek()[1] != end and self._peek()[1] not in CLOSE:
            kind, token = self._peek()
            if kind == "space":
                self._next()
                # Between words a formula would leave no room.
                beside = (self._tokens[self._at - 2][1] if self._at > 1 else "", self._peek()[1])
                room = all(word[:1].isalnum() for word in beside) and any(
                    len(word) > 1 and word.isalpha() for word in beside
                )
                parts.append(r"\ " if room and not any(FUNCTIONS.fullmatch(word) for word in beside) else " ")
            elif token == "/" and any(part.strip(" \\") for part in parts):
                self._next()
                while self._peek()[0] == "space":
                    self._next()
                while parts and not parts[-1].strip(" \\"):
                    parts.pop()
                above = parts.pop()
                if parts and parts[-1] == SIGNS["∂"]:
                    above = parts.pop() + above
                parts.append(rf"\frac{{{_bare(above)}}}{{{_bare(self._below())}}}")
            elif token == "−" and not any(part.strip() for part in parts):
                # A sign at the beginning belongs to its number: no room around it.
                self._next()
                parts.append("{-}")
            else:
                parts.append(self._atom())
        return parts

    def _below(self) -> str:
        sign = ""
        while self._peek()[1] in ("∂", "−"):
            sign += SIGNS[self._next()[1]]
        return sign + self._atom() if self._at < len(self._tokens) else sign

    def _atom(self) -> str:
        kind, token = self._next()
        if token in OPEN:
            inner = "".join(self._run(OPEN[token]))
            close = self._next()[1] if self._at < len(self._tokens) else OPEN[token]
            base = rf"\left{token}{inner}\right{close}"
        elif token == "√":
            base = rf"\sqrt{{{_bare(self._atom())}}}"
        elif kind in ("sub", "super"):
            self._at -= 1
            base = "{}"
        else:
            base = _symbol(kind, token)
        return base + self._marks()

    def _marks(self) -> str:
        """Indices and powers that follow an atom directly."""
        found = ""
        while True:
            kind, token = self._peek()
            if kind == "sub":
                found += f"_{{{self._next()[1].translate(SUBS)}}}"
            elif kind == "super":
                raised = self._next()[1].replace("²", "2").replace("³", "3").translate(SUPERS)
                found += f"^{{{raised}}}"
            elif token == "^":
                self._next()
                found += f"^{{{_bare(self._atom()) if self._at < len(self._tokens) else ''}}}"
            elif token == "′":
                self._next()
                found += "'"
            else:
                return found


def _symbol(kind: str, token: str) -> str:
    if token.endswith("\u0302"):
        return rf"\hat{{{_symbol('word', token[:-1]).strip()}}}"
    if kind == "number":
        if "e" in token:
            head, power = token.split("e")
            return rf"{head}\cdot 10^{{{int(power.replace('−', '-'))}}}"
        return token
    if kind == "word":
        if FUNCTIONS.fullmatch(token):
            return rf"\{token} "
        if len(token) == 1 and token.isascii():
            return token
        return rf"\text{{{quoting.latex(token)}}}"
    return SIGNS.get(token) or quoting.latex(token)


def _bare(part: str) -> str:
    """Take the brackets off that a fraction or a root makes needless."""
    left, right = r"\left(", r"\right)"
    if not (part.startswith(left) and part.endswith(right)):
        return part
    inner, depth = part[len(left) : -len(right)], 0
    for piece in re.split(r"(\\left\(|\\right\))", inner):
        depth += (piece == left) - (piece == right)
        if depth < 0:  # the first bracket does not belong to the last
            return part
    return inner


def settable(text: str) -> str:
    """Return a formula for ziamath: within a word it takes letters as they come, also the stroke that LaTeX wants with
    a mark.
    """
    return _WORD.sub(lambda found: found[0].replace(r"\_", "_"), to_latex(text))


@lru_cache(maxsize=600)
def svg_of(text: str, size: float, color: str) -> tuple[bytes, float, float] | None:
    """Return a formula as (SVG, width, height) in points; None where it cannot be set."""
    try:
        import ziamath

        ziamath.config.svg2 = False
        formula = ziamath.Latex(settable(text), size=size, color=color, inline=False)
        width, height = formula.getsize()
        return formula.svg().encode("utf-8"), float(width), float(height)
    except Exception:
        # Whatever a setter of formulas stumbles over, the plain text is there.
        return None
