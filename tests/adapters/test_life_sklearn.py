"""Trees of remaining life grown by scikit-learn say the same when numpy walks them, and grow the same again."""

import sys

import numpy as np
import pytest

from adapters.life_sklearn import SETTINGS, grow
from domain.batch import Floats
from domain.errors import GiveUp
from domain.trees import Trees


def lesson(seed: int) -> tuple[Floats, Floats]:
    """Rows with unknown numbers, and goals that depend on them."""
    draw = np.random.default_rng(seed)
    rows = draw.normal(size=(600, 5))
    goal = rows[:, 0] + rows[:, 1] * rows[:, 2]
    rows[draw.random(rows.shape) < 0.2] = np.nan
    return rows, goal


@pytest.fixture(autouse=True)
def _few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn")
    monkeypatch.setitem(SETTINGS, "max_iter", 10)


def test_numpy_walks_the_trees_to_the_same_numbers() -> None:
    """Unknown numbers included."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    rows, goal = lesson(1)
    fresh, _ = lesson(2)
    model = HistGradientBoostingRegressor(random_state=3, **SETTINGS).fit(rows, goal)
    trees = Trees.of(grow(rows, goal, 3))

    assert "" == trees.mistake(5)
    np.testing.assert_allclose(trees.score(fresh), model.predict(fresh), rtol=1e-12, atol=1e-12)


def test_the_same_lesson_and_seed_grow_the_same_trees() -> None:
    """To the last bit."""
    assert Trees.of(grow(*lesson(1), 3)) == Trees.of(grow(*lesson(1), 3))


def test_without_scikit_learn_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one sentence."""
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)

    with pytest.raises(GiveUp, match=r"pip install 'truckroll\[ml\]'"):
        grow(*lesson(1), 3)
