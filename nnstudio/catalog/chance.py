"""What layers that draw by chance while they train call beside torch's modules; ``compile/bare.py`` has the code."""

from __future__ import annotations

from nnstudio.catalog.entry import BARE

# A row of numbers for each picture: mirrored (0 or 1), pixels to the right, pixels down, degrees to the left, times as
# large. In evaluation nothing is drawn: 0, 0, 0, 0, 1.
MOVES = BARE + "RandomMoves"
# Pictures, moved by such rows; in evaluation as they are.
MOVED = BARE + "Moved"
# Numbers with normal noise of some spread on them; in evaluation as they are.
NOISE = BARE + "GaussianNoise"
