"""Part samples into those to learn from and those that are held aside."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Split:
    """How samples are parted. ``kind`` is "stratified" (each class alike), "random", "ordered" (the last are held
    aside), "grouped" (no group is in two parts) or "given" (0 training, 1 validation, 2 test).

    ``validation`` and ``test`` are shares. With ``folds`` validation is one of so many parts of what is no test part,
    the ``fold``-th from 1 on.
    """

    kind: str
    validation: float
    test: float = 0.0
    seed: int = 0
    folds: int = 0
    fold: int = 1

    def parts(
        self, count: int, labels: np.ndarray | None = None, keys: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the row numbers of training, validation and test, each in order.

        ``labels`` are class numbers, ``keys`` say the order, the group or the part of each row.
        """
        part = np.zeros(count, dtype=np.int64)
        if self.kind == "given" and keys is not None:
            part = keys.astype(np.int64)
            if not (part == 1).any():
                # The file says nothing of validation: it is drawn from what is left for training.
                rest = np.flatnonzero(part == 0)
                drawn = replace(self, test=0.0)._drawn([np.arange(len(rest))], len(rest))
                part[rest[drawn == 1]] = 1
        elif self.kind == "grouped" and keys is not None:
            part = self._grouped(keys)
        elif self.kind == "ordered":
            order = np.arange(count) if keys is None else np.argsort(keys, kind="stable")
            part[order] = self._cut(count, last=True)
        else:
            rows = np.arange(count)
            classes = labels if labels is not None and self.kind == "stratified" else rows * 0
            part = self._drawn([np.flatnonzero(classes == name) for name in np.unique(classes)], count)
        found = tuple(np.flatnonzero(part == number) for number in range(3))
        return found[0], found[1], found[2]

    def _cut(self, count: int, last: bool = False) -> np.ndarray:
        """Part so many rows as they stand: validation first and test last, or both at the end."""
        part = np.zeros(count, dtype=np.int64)
        held = round(count * self.validation)
        tested = min(round(count * self.test), count if self.folds else count - held)
        rest = count - tested
        part[rest:] = 2
        if self.folds:
            part[np.array_split(np.arange(rest), self.folds)[self.fold - 1]] = 1
        elif last:
            part[rest - held : rest] = 1
        else:
            part[:held] = 1
        return part

    def _drawn(self, groups: list[np.ndarray], count: int) -> np.ndarray:
        """Part each of these sets of rows alike, by chance."""
        draw = np.random.default_rng(self.seed)
        part = np.zeros(count, dtype=np.int64)
        begin = 0
        for group in groups:
            cut, order = self._cut(len(group)), draw.permutation(group)
            if self.folds:
                # What is left over of a class goes to the folds that come next, not always to the first.
                rest = int((cut < 2).sum())
                cut[:rest] = (begin + np.arange(rest)) % self.folds == self.fold - 1
                begin += rest
            part[order] = cut
        return part

    def _grouped(self, keys: np.ndarray) -> np.ndarray:
        """Part whole groups by chance until each part has its share of the rows."""
        names, place, sizes = np.unique(keys, return_inverse=True, return_counts=True)
        order = np.random.default_rng(self.seed).permutation(len(names))
        part = np.zeros(len(names), dtype=np.int64)
        left = round(len(keys) * self.test)
        for name in order[::-1]:
            # The group that comes nearest to the share is the last.
            if left < sizes[name] / 2 or (part == 0).sum() == 1:
                break
            part[name], left = 2, left - sizes[name]
        rest = [name for name in order if part[name] == 0]
        if self.folds:
            rows = np.zeros(self.folds)
            for name in sorted(rest, key=lambda name: -sizes[name]):
                smallest = int(rows.argmin())
                rows[smallest] += sizes[name]
                part[name] = 1 if smallest == self.fold - 1 else 0
            return np.asarray(part[place.reshape(-1)])
        left = round(len(keys) * self.validation)
        for name in rest:
            # One group at least is learnt from.
            if left < sizes[name] / 2 or (part == 0).sum() == 1:
                break
            part[name], left = 1, left - sizes[name]
        return np.asarray(part[place.reshape(-1)])


def split_rows(
    count: int, share: float, seed: int, labels: np.ndarray | None = None, ordered: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return the row numbers of the training and the validation part where there is no test part."""
    kind = "ordered" if ordered else "stratified"
    return Split(kind, share, seed=seed).parts(count, labels)[:2]
