"""Trees grown by scikit-learn say the same when numpy walks them, and grow the same again."""

import sys

import numpy as np
import pytest

from adapters.forecast_sklearn import SETTINGS, grow
from detectors.learning.trees import Trees
from domain.batch import Floats
from domain.errors import GiveUp


def lesson(seed: int) -> tuple[Floats, Floats]:
    """Rows with unknown numbers, and labels that depend on them."""
    draw = np.random.default_rng(seed)
    rows = draw.normal(size=(600, 5))
    answer = (rows[:, 0] + rows[:, 1] * rows[:, 2] > 0.8).astype(float)
    rows[draw.random(rows.shape) < 0.2] = np.nan
    return rows, answer


@pytest.fixture(autouse=True)
def _few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn")
    monkeypatch.setitem(SETTINGS, "max_iter", 10)


def test_numpy_walks_the_trees_to_the_same_scores() -> None:
    """Unknown numbers included."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    rows, answer = lesson(1)
    fresh, _ = lesson(2)
    model = HistGradientBoostingClassifier(random_state=3, **SETTINGS).fit(rows, answer.astype(int))
    trees = Trees.of(grow(rows, answer, 3))

    assert "" == trees.mistake(5)
    np.testing.assert_allclose(trees.score(fresh), model.decision_function(fresh), rtol=1e-12, atol=1e-12)


def test_a_column_of_which_nothing_is_known_is_never_asked_about() -> None:
    """As happens when only machines left out of a fold have an age."""
    rows, answer = lesson(1)
    rows[:, 3] = np.nan

    assert 3 not in {f for f, left in zip(*trees_of(rows, answer), strict=True) if left >= 0}


def trees_of(rows: Floats, answer: Floats) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Features and left children of the nodes."""
    trees = Trees.of(grow(rows, answer, 3))
    return trees.feature, trees.left


def test_the_same_lesson_and_seed_grow_the_same_trees() -> None:
    """To the last bit."""
    assert Trees.of(grow(*lesson(1), 3)) == Trees.of(grow(*lesson(1), 3))


def test_without_scikit_learn_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else of Truckroll needs it."""
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)

    with pytest.raises(GiveUp, match=r"run pip install 'truckroll\[ml\]'"):
        grow(*lesson(1), 3)
