"""Trees that say how much life is left, by scikit-learn (extra `ml`), grown on one core so that they repeat."""

from typing import Any

from adapters.forecast_sklearn import columns, without_unknown_columns
from domain.batch import Floats
from domain.errors import GiveUp
from domain.ports import Arrays

SETTINGS: dict[str, Any] = {
    "learning_rate": 0.06,
    "max_iter": 150,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 20,
    "l2_regularization": 5.0,
    "early_stopping": False,
}
"""Chosen by five folds over training units; docs/benchmarks.md has what else was tried."""
GROWN_BY = "scikit-learn HistGradientBoostingRegressor " + " ".join(f"{k}={v}" for k, v in SETTINGS.items())


def grow(rows: Floats, goal: Floats, seed: int) -> Arrays:
    """Trees that say the goal (least squares), as columns: roots, feature, threshold, left, right, missing_left, …

    `rows` are [row, feature], NaN where a number is not known. Raises GiveUp where scikit-learn is not installed.
    """
    try:
        from sklearn.ensemble import HistGradientBoostingRegressor
        from threadpoolctl import threadpool_limits
    except ImportError:
        raise GiveUp(
            "Remaining life is learned with scikit-learn, which is not installed; run pip install 'truckroll[ml]'."
        ) from None
    model = HistGradientBoostingRegressor(random_state=seed, **SETTINGS)
    with threadpool_limits(limits=1):
        model.fit(without_unknown_columns(rows), goal)
    return columns([stage[0].nodes for stage in model._predictors], float(model._baseline_prediction.ravel()[0]))
