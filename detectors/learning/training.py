"""Training: a forecast from a fleet's past. Nothing that happened after the end of the training is seen."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from detectors.learning.calibration import best_line, calibrate, folds
from detectors.learning.features import Plan, features, plan_of
from detectors.learning.fleet import Fleet, Questions, daily_questions, labels
from detectors.learning.forecast import Forecast, Mode
from detectors.learning.history import Records
from detectors.learning.trees import Trees
from domain.batch import Floats, Ints
from domain.instants import DAY, HOUR, Duration, Instant
from domain.ports import Arrays

FOLDS = 5
LEAST = 10
"""A mode with fewer failures cannot be forecast."""

Grow = Callable[[Floats, Floats, int], Arrays]
"""`grow(rows, labels, seed)`: trees as columns."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What to learn from."""

    fleet: Fleet
    failures: Records
    modes: tuple[str, ...]
    since: Instant
    until: Instant
    """The end of what is seen: a question is asked only where its horizon ends by then."""
    horizon: Duration = DAY
    hour: Duration = 6 * HOUR
    seed: int = 0

    @property
    def questions(self) -> Questions:
        """Every machine once a day."""
        last = self.until - self.horizon + 1
        return daily_questions(len(self.fleet.assets), self.since, last, self.hour)


def train(
    lesson: Lesson, grow: Grow, grown_by: str, progress: Progress = lambda done, of: None
) -> tuple[Forecast, tuple[str, ...]]:
    """The forecast, and the modes of failure that were too rare to learn. The same lesson gives the same bytes."""
    questions, plan = lesson.questions, plan_of(lesson.fleet, lesson.until)
    rows = features(plan, lesson.fleet, questions)
    answers = [labels(questions, lesson.failures, mode, lesson.horizon) for mode in range(len(lesson.modes))]
    frequent = [mode for mode, answer in enumerate(answers) if answer.sum() >= LEAST]
    fold = folds(len(lesson.fleet.assets), FOLDS, lesson.seed)[questions.asset]
    learned = []
    for number, mode in enumerate(frequent):
        progress(number, len(frequent))
        learned.append(learn(lesson.modes[mode], rows, answers[mode], fold, lambda x, y: grow(x, y, lesson.seed)))
    progress(len(frequent), len(frequent))
    forecast = Forecast(
        horizon=lesson.horizon,
        hour=lesson.hour,
        plan=plan,
        modes=tuple(learned),
        seed=lesson.seed,
        trained_since=lesson.since,
        trained_until=lesson.until,
        data=fingerprint(plan, rows, answers),
        grown_by=grown_by,
    )
    return forecast, tuple(name for mode, name in enumerate(lesson.modes) if mode not in frequent)


def learn(name: str, rows: Floats, answer: Floats, fold: Ints, grow: Callable[[Floats, Floats], Arrays]) -> Mode:
    """One mode: trees on everything, probabilities and line from machines that the trees had not seen."""
    unseen = np.zeros(len(answer))
    for number in np.unique(fold).tolist():
        here = fold == number
        unseen[here] = Trees.of(grow(rows[~here], answer[~here])).score(rows[here])
    calibration = calibrate(unseen, answer)
    return Mode(
        name=name,
        trees=Trees.of(grow(rows, answer)),
        calibration=calibration,
        line=best_line(calibration.probability(unseen), answer),
        failures=int(answer.sum()),
    )


def fingerprint(plan: Plan, rows: Floats, answers: list[Floats]) -> str:
    """A hash of what is learned from."""
    digest = blake2b("\x00".join(plan.names).encode(), digest_size=16)
    for column in (rows, *answers):
        digest.update(np.ascontiguousarray(column + 0.0).tobytes())
    return digest.hexdigest()
