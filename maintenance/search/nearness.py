"""Nearness: which visits are alike in place and time, so that they are taken out together."""

import numpy as np
from numpy.typing import NDArray

TIME_SHARE = 0.4


def nearest_first(travel: NDArray[np.float64], earliest: NDArray[np.float64], latest: NDArray[np.float64]) -> list[int]:
    """For each visit all others, the most alike first: the way there and the time that windows keep them apart."""
    n = len(earliest)
    way = (travel[:n, :n] + travel[:n, :n].T) / 2
    middle = (earliest + latest) / 2
    apart = np.abs(middle[:, None] - middle[None, :])
    spread = way.mean() / max(apart.mean(), 1e-9) if n > 1 else 1.0
    distance = way + TIME_SHARE * spread * apart
    np.fill_diagonal(distance, -1.0)
    order = np.argsort(distance, axis=1, kind="stable")[:, 1:]
    return [int(one) for one in order.ravel()]


def by_time(earliest: NDArray[np.float64], latest: NDArray[np.float64]) -> tuple[list[int], list[int]]:
    """Visits by the middle of their time, and where each stands among them."""
    when = np.argsort((earliest + latest) / 2, kind="stable")
    rank = np.empty(len(when), np.int64)
    rank[when] = np.arange(len(when))
    return [int(one) for one in when], [int(one) for one in rank]
