"""Boosted trees by scikit-learn (extra `ml`): grown on one core so that the same data and seed give the same trees."""

from typing import Any

import numpy as np

from domain.batch import Floats
from domain.errors import GiveUp
from domain.ports import Arrays

SETTINGS: dict[str, Any] = {
    "learning_rate": 0.1,
    "max_iter": 120,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 5,
    "l2_regularization": 1.0,
    "early_stopping": False,
}


GROWN_BY = "scikit-learn HistGradientBoostingClassifier " + " ".join(f"{k}={v}" for k, v in SETTINGS.items())


def grow(rows: Floats, labels: Floats, seed: int) -> Arrays:
    """Trees that tell labels 1 from 0, as columns: roots, feature, threshold, left, right, missing_left, value, base.

    `rows` are [row, feature], NaN where a number is not known. Raises GiveUp where scikit-learn is not installed.
    """
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier
        from threadpoolctl import threadpool_limits
    except ImportError:
        raise GiveUp(
            "A forecast is trained with scikit-learn, which is not installed; run pip install 'truckroll[ml]'."
        ) from None
    model = HistGradientBoostingClassifier(random_state=seed, **SETTINGS)
    with threadpool_limits(limits=1):
        model.fit(without_unknown_columns(rows), labels.astype(np.int64))
    return columns([stage[0].nodes for stage in model._predictors], float(model._baseline_prediction.ravel()[0]))


def without_unknown_columns(rows: Floats) -> Floats:
    """The rows with 0 in columns of which nothing is known; no tree asks about such a column."""
    return np.where(np.isfinite(rows).any(0), rows, 0.0)


def columns(trees: list[Any], base: float) -> Arrays:
    """The nodes of all trees behind each other; children are numbered through."""
    sizes = [len(nodes) for nodes in trees]
    roots = np.cumsum([0, *sizes[:-1]])
    nodes = np.concatenate(trees)
    shift = np.repeat(roots, sizes)
    is_leaf = nodes["is_leaf"].astype(bool)
    return {
        "roots": roots.astype(np.int64),
        "feature": np.where(is_leaf, 0, nodes["feature_idx"]).astype(np.int64),
        "threshold": np.where(is_leaf, 0.0, np.minimum(nodes["num_threshold"], np.finfo(np.float64).max)),
        "left": np.where(is_leaf, -1, nodes["left"] + shift).astype(np.int64),
        "right": np.where(is_leaf, -1, nodes["right"] + shift).astype(np.int64),
        "missing_left": nodes["missing_go_to_left"].astype(bool),
        "value": np.where(is_leaf, nodes["value"], 0.0),
        "base": np.array(base),
    }
