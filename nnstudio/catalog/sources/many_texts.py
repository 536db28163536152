"""Text columns with more different texts than anything can be made of: the texts themselves are not kept in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

# More different texts than this are neither categories nor classes; as Python objects they take ten times their file.
MOST = 100_000
MARK = "…"


class ManyTexts:
    """Counts the texts of each column piece by piece; ``columns`` are those that have too many, by their place."""

    def __init__(self) -> None:
        self.columns: set[int] = set()
        self._seen: dict[int, set[Any]] = {}

    def thin(self, piece: pd.DataFrame, before: list[Any], spare: int | None = None) -> pd.DataFrame:
        """Return a piece, and change those ``before`` it, with a mark for every text of such a column; one column may
        be spared.
        """
        for place in range(piece.shape[1]):
            if place == spare or piece.dtypes.iloc[place].kind not in "OT":
                continue
            if place not in self.columns:
                seen = self._seen.setdefault(place, set())
                seen.update(piece.iloc[:, place].dropna().unique())
                if len(seen) <= MOST:
                    continue
                self.columns.add(place)
                seen.clear()
                before[:] = [self._marked(other) for other in before]
        return self._marked(piece) if self.columns else piece

    def _marked(self, piece: pd.DataFrame) -> pd.DataFrame:
        """The piece with marks, in columns of its own: one that was put into it would keep the old ones alive."""
        import numpy as np
        import pandas as pd

        def column(place: int) -> pd.Series:
            found = piece.iloc[:, place]
            if place not in self.columns:
                return found.copy()
            # numpy's own filling would make the mark anew for every row.
            marks = np.empty(len(found), dtype=object)
            marks.fill(MARK)
            marks[found.isna().to_numpy()] = np.nan
            return pd.Series(marks, index=found.index, name=found.name, dtype=object)

        return pd.concat([column(place) for place in range(piece.shape[1])], axis=1)
