"""Trees: a boosted forest as plain columns, walked by numpy alone; whoever grew it is not needed to ask it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.batch import Floats
from domain.ports import Arrays


@dataclass(frozen=True, slots=True)
class Trees:
    """Nodes of all trees in columns. A leaf has no children (-1). Children stand behind their parent."""

    roots: tuple[int, ...]
    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    left: tuple[int, ...]
    """Where a number at most the threshold goes."""
    right: tuple[int, ...]
    missing_left: tuple[bool, ...]
    """An unknown number goes left."""
    value: tuple[float, ...]
    """What a leaf adds to the score."""
    base: float
    """The score before any tree."""

    @classmethod
    def of(cls, columns: Arrays) -> "Trees":
        """From columns of the same names."""
        lists: Mapping[str, Any] = {name: tuple(column.tolist()) for name, column in columns.items() if name != "base"}
        return cls(**lists, base=float(columns["base"]))

    def mistake(self, features: int) -> str:
        """Why these are no trees over so many features, in words; empty where they are."""
        nodes = len(self.feature)
        columns = (self.threshold, self.left, self.right, self.missing_left, self.value)
        if any(len(column) != nodes for column in columns):
            return "the columns of its trees are of different lengths"
        if not all(0 <= root < nodes for root in self.roots):
            return "a tree begins outside of the nodes"
        for node, (left, right, feature) in enumerate(zip(self.left, self.right, self.feature, strict=True)):
            if left == right == -1:
                continue
            if not (node < left < nodes and node < right < nodes and 0 <= feature < features):
                return f"node {node} leads nowhere"
        return ""

    def score(self, rows: Floats) -> Floats:
        """The sum of leaves that each row reaches: log-odds of a chance, or the number that was learned."""
        walk = Walk(self)
        total = np.full(len(rows), self.base)
        for root in self.roots:
            total += walk.values(rows, root)
        return total


class Walk:
    """The columns as arrays."""

    def __init__(self, trees: Trees) -> None:
        self.feature = np.array(trees.feature, np.int64)
        self.threshold = np.array(trees.threshold, np.float64)
        self.left = np.array(trees.left, np.int64)
        self.right = np.array(trees.right, np.int64)
        self.missing_left: NDArray[np.bool_] = np.array(trees.missing_left, np.bool_)
        self.value = np.array(trees.value, np.float64)

    def values(self, rows: Floats, root: int) -> Floats:
        """The leaf of one tree that each row reaches."""
        node = np.full(len(rows), root, np.int64)
        moving = np.flatnonzero(self.left[node] >= 0)
        while len(moving):
            here = node[moving]
            number = rows[moving, self.feature[here]]
            goes_left = np.where(np.isnan(number), self.missing_left[here], number <= self.threshold[here])
            node[moving] = np.where(goes_left, self.left[here], self.right[here])
            moving = moving[self.left[node[moving]] >= 0]
        return self.value[node]
