"""Let a network that knows the next token go on writing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from nnstudio.catalog.sources.tokenizing import Cutter, cutter
from nnstudio.compile.build import build
from nnstudio.document.errors import TrainError
from nnstudio.engine.fitted import Trained

# The form of an answer that says of every step which token comes next.
STEPS = "steps"
# The letter between two words that are samples of their own.
EDGE = "·"


@dataclass(frozen=True)
class Manner:
    """How a token is drawn: scores are divided by ``temperature`` (0 takes the most probable), of the ``top`` most
    probable ones (0: all).
    """

    temperature: float = 1.0
    top: int = 0
    seed: int = 0


def chances(scores: np.ndarray, manner: Manner) -> np.ndarray:
    """Return the probabilities that scores (K,) give: softmax(z/T) over the ``top`` largest, 0 for all others.

    Raises:
        TrainError: a score is no number: the run went out of bounds.
    """
    if not np.isfinite(scores).all():
        raise TrainError("text.no_numbers")
    if manner.temperature == 0:
        found = np.zeros(len(scores))
        found[int(scores.argmax())] = 1.0
        return found
    z = scores.astype(np.float64) / manner.temperature
    if 0 < manner.top < len(z):
        # Of equal scores the first ones stay.
        kept = np.argsort(-z, kind="stable")[: manner.top]
        masked = np.full(len(z), -np.inf)
        masked[kept] = z[kept]
        z = masked
    weights = np.exp(z - z.max())
    return np.asarray(weights / weights.sum())


class Writer:
    """A trained network that goes on with a text; it is built once."""

    def __init__(self, trained: Trained) -> None:
        """Raises TrainError where the network does not tell the next token."""
        program = trained.program
        if program.answer.form != STEPS or not trained.known.tokenizer:
            raise TrainError("text.no_writer")
        self.cutter: Cutter = cutter(trained.known.tokenizer)
        self._window, self._output = trained.known.shape[0], program.answer.output
        self._model, _ = build(program)
        self._model.load_state_dict(
            {name: torch.from_numpy(np.array(value)) for name, value in trained.weights.items()}
        )
        self._model.eval()
        # A sample begins with it: what stood before is another word.
        self._edge = self.cutter.names.index(EDGE) if EDGE in self.cutter.names else -1

    @torch.no_grad()
    def scores(self, tokens: Sequence[int]) -> np.ndarray:
        """Return the scores (K,) of what follows the last tokens; the network sees as many as a sample has."""
        begun = len(tokens) - 1 - tokens[::-1].index(self._edge) if self._edge in tokens else 0
        given = torch.tensor([list(tokens[begun:][-self._window :])], dtype=torch.int64)
        out = self._model(given)
        return np.asarray((out[self._output] if isinstance(out, tuple) else out)[0, -1].to(torch.float64).numpy())

    def begin(self, prompt: str) -> list[int]:
        """Return the tokens that a text begins with; an empty one begins as the first sample does."""
        tokens = self.cutter.encode(prompt)
        if self._edge >= 0:
            return [self._edge, *tokens]
        line = self.cutter.names.index("\n") if "\n" in self.cutter.names else 0
        return tokens or [line]

    def write(self, prompt: str, count: int, manner: Manner) -> Iterator[tuple[int, float]]:
        """Yield ``count`` tokens that follow a text, each with the probability that it was drawn with."""
        draw = np.random.default_rng(manner.seed)
        tokens = self.begin(prompt)
        for _ in range(count):
            found = chances(self.scores(tokens), manner)
            token = int(draw.choice(len(found), p=found))
            tokens.append(token)
            yield token, float(found[token])
