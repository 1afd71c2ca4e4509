"""A forecast learns from the past only, says the same again, and a file of it runs nothing."""

import json
from functools import cache
from typing import Any

import numpy as np
import pytest

from detectors.learning.calibration import best_line, calibrate, folds
from detectors.learning.fleet import daily_questions, labels
from detectors.learning.forecast import Forecast, findings, read_forecast, written
from detectors.learning.scores import brier, calibration_table, score
from detectors.learning.training import Lesson, train
from domain.errors import WrongFormat
from domain.instants import DAY, HOUR
from tests.detectors.learning.wearing import DAYS, MACHINES, START, failed, stump, wearing

UNTIL = START + 70 * DAY


@cache
def trained() -> Forecast:
    """A forecast of the wearing fleet by stumps."""
    fleet, failures = wearing(5)
    lesson = Lesson(fleet=fleet, failures=failed(failures, fleet), modes=("fan",), since=START, until=UNTIL)
    return train(lesson, stump, "stumps")[0]


def test_a_forecast_tells_failures_that_it_has_never_seen() -> None:
    """On the month after the training: most failures, few others."""
    fleet, failures = wearing(5)
    asked = daily_questions(MACHINES, UNTIL, START + (DAYS - 1) * DAY, 6 * HOUR)
    chances = trained().chances(fleet, asked)[:, 0]
    truth = labels(asked, failed(failures, fleet), 0, DAY) > 0.5
    found = score(asked.asset, chances >= trained().modes[0].line, truth)

    assert truth.sum() > 5
    assert found.f1 > 0.8
    assert found.interval.low <= found.f1 <= found.interval.high
    assert brier(chances, truth) < truth.mean() * (1 - truth.mean())


def test_what_comes_after_the_training_changes_nothing_in_the_model() -> None:
    """With failures, events and readings of the future taken away, the file is the same byte for byte."""
    fleet, failures = wearing(5)
    past = [row for row in failures if row[2] <= UNTIL]
    lesson = Lesson(fleet=fleet, failures=failed(past, fleet), modes=("fan",), since=START, until=UNTIL)

    assert written(train(lesson, stump, "stumps")[0]) == written(trained())


def test_no_question_of_the_training_reaches_beyond_its_end() -> None:
    """The horizon of the last question ends by then: a label that is not known yet is not used."""
    fleet, failures = wearing(5)
    lesson = Lesson(fleet=fleet, failures=failed(failures, fleet), modes=("fan",), since=START, until=UNTIL)

    assert int(lesson.questions.at.max()) + DAY <= UNTIL < int(lesson.questions.at.max()) + 2 * DAY


def test_a_rare_failure_is_not_forecast() -> None:
    """Nine failures are too few to learn from; it is said which."""
    fleet, failures = wearing(5)
    lesson = Lesson(fleet=fleet, failures=failed(failures[:9], fleet), modes=("fan",), since=START, until=UNTIL)
    forecast, rare = train(lesson, stump, "stumps")

    assert ((), ("fan",)) == (forecast.modes, rare)


def test_a_model_is_the_same_after_a_file() -> None:
    """Read back: the same version and the same probabilities."""
    fleet, _ = wearing(5)
    asked = daily_questions(MACHINES, UNTIL, UNTIL + 5 * DAY, 6 * HOUR)
    again = read_forecast(written(trained()), "m.json")

    assert again == trained()
    assert again.version == trained().version
    np.testing.assert_array_equal(again.chances(fleet, asked), trained().chances(fleet, asked))


def test_a_finding_says_how_likely_until_when_and_by_which_model() -> None:
    """Maintenance reads horizon and probability; the id stays the same when it is asked again."""
    fleet, _ = wearing(5)
    forecast = trained()
    asked = daily_questions(MACHINES, UNTIL, START + (DAYS - 1) * DAY, 6 * HOUR)
    chances = forecast.chances(fleet, asked)
    found = list(findings(forecast, fleet.assets, asked, chances))
    first = found[0]

    assert len(found) == (chances >= forecast.modes[0].line).sum()
    assert len({finding.id for finding in found}) == len(found)
    assert [finding.id for finding in findings(forecast, fleet.assets, asked, chances)] == [f.id for f in found]
    assert (first.rule, first.component, first.failure_mode) == ("forecast-fan", "fan", "fan")
    assert first.score == first.details["probability"] >= forecast.modes[0].line
    assert (first.details["horizon"], first.details["model"]) == ("1d", forecast.version)


def changed(**parts: Any) -> bytes:
    """A model file with something else in its only mode's trees, or above them."""
    whole = json.loads(written(trained()))
    trees = whole["modes"][0]["trees"]
    for name, value in parts.items():
        (trees if name in trees else whole)[name] = value
    return json.dumps(whole).encode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\x80\x04\x95pickle", "m.json is no forecast model; make one with: truckroll forecast train"),
        (b'{"format": "other"}', "m.json is no forecast model"),
        (changed(layout=2), "m.json has layout 2, this program reads 1; train the model anew."),
        (changed(seed="seven"), "m.json is damaged: Expected `int`"),
        (changed(left=[0, -1, -1]), "m.json: fan: node 0 leads nowhere"),
        (changed(left=[9, -1, -1]), "m.json: fan: node 0 leads nowhere"),
        (changed(feature=[999, 0, 0]), "m.json: fan: node 0 leads nowhere"),
        (changed(roots=[7]), "m.json: fan: a tree begins outside of the nodes"),
        (changed(value=[0.0]), "m.json: fan: the columns of its trees are of different lengths"),
    ],
)
def test_a_file_that_is_no_good_model_is_refused(content: bytes, sentence: str) -> None:
    """With what to do; a tree that would lead round in circles is found before it is walked."""
    with pytest.raises(WrongFormat, match=sentence.replace(".", r"\.").replace("`", ".")):
        read_forecast(content, "m.json")


def test_probabilities_come_true_as_often_as_they_say() -> None:
    """Scores three times too sure are brought back to what they are worth."""
    draw = np.random.default_rng(1)
    honest = draw.normal(-1.0, 1.5, 20_000)
    came = (draw.random(20_000) < 1 / (1 + np.exp(-honest))).astype(float)
    found = calibrate(3.0 * honest + 2.0, came)
    table = calibration_table(found.probability(3.0 * honest + 2.0), came > 0.5)

    assert found.slope == pytest.approx(1 / 3, abs=0.02)
    assert found.offset == pytest.approx(-2 / 3, abs=0.06)
    assert all(abs(said - share) < 0.05 for _, _, said, share in table)
    assert 20_000 == sum(count for _, count, _, _ in table)


def test_scores_that_divide_everything_stay_finite() -> None:
    """No probability is quite 0 or 1, however few failures there were."""
    found = calibrate(np.array([-5.0, -5.0, -5.0, 5.0]), np.array([0.0, 0.0, 0.0, 1.0]))
    chances = found.probability(np.array([-5.0, 5.0]))

    assert 0.0 < chances[0] < 0.3
    assert 0.6 < chances[1] < 1.0


@pytest.mark.parametrize(
    ("chances", "truth", "line"),
    [
        ([0.9, 0.8, 0.2, 0.1], [1, 1, 0, 0], 0.5),
        ([0.9, 0.8, 0.8, 0.1], [1, 1, 0, 0], 0.45),
        ([0.9, 0.8], [1, 1], 0.4),
    ],
    ids=["between", "equals stay together", "all of them"],
)
def test_the_line_is_where_f1_is_greatest(chances: list[float], truth: list[float], line: float) -> None:
    """Midway to the next lower probability."""
    assert best_line(np.array(chances), np.array(truth)) == pytest.approx(line)


def test_a_machine_is_in_one_fold() -> None:
    """Each in one, folds of nearly equal size, the same for the same seed."""
    found = folds(12, 5, 3)

    assert [2, 2, 2, 3, 3] == sorted(np.bincount(found).tolist())
    np.testing.assert_array_equal(found, folds(12, 5, 3))


def test_a_score_counts_right_false_and_missed() -> None:
    """F1 by hand; its interval is drawn over machines."""
    told, truth = np.array([1, 1, 0, 1, 0], bool), np.array([1, 0, 1, 1, 0], bool)
    found = score(np.array([0, 0, 1, 1, 2]), told, truth)

    assert (found.right, found.false, found.missed) == (2, 1, 1)
    assert found.f1 == pytest.approx(2 / 3)
    assert found.interval.low < found.f1 <= found.interval.high
