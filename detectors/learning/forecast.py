"""Forecast: how likely each machine fails within the horizon, by mode of failure; a model is plain columns and JSON."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from detectors.learning.calibration import Calibration
from detectors.learning.features import Plan, features
from detectors.learning.fleet import Fleet, Questions
from detectors.learning.trees import Trees
from domain.batch import Floats
from domain.errors import WrongFormat
from domain.finding import Finding, FindingState, Key, Severity, finding_id
from domain.instants import SECOND, Duration, Instant, duration_text, instant_text

FORMAT, LAYOUT = "truckroll-forecast", 1


class Mode(Struct, frozen=True):
    """What is known of one mode of failure."""

    name: str
    trees: Trees
    calibration: Calibration
    line: float
    """From this probability on a failure is told."""
    failures: int
    """How many questions of the training were answered with yes."""


class Forecast(Struct, frozen=True, kw_only=True):
    """A trained model. It holds numbers and names only: reading it runs nothing."""

    format: str = FORMAT
    layout: int = LAYOUT
    horizon: Duration
    hour: Duration
    """Of the day in UTC at which it was trained to be asked."""
    plan: Plan
    modes: tuple[Mode, ...]
    seed: int
    trained_since: Instant
    trained_until: Instant
    """Nothing after it was seen, labels included."""
    data: str
    """Hash of the features and labels that it was trained on."""
    grown_by: str
    """The program that grew the trees, and its settings."""

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits that say which model it is."""
        return blake2b(written(self), digest_size=6).hexdigest()

    def chances(self, fleet: Fleet, questions: Questions) -> Floats:
        """[question, mode]: the probability of a failure after the question and within the horizon."""
        rows = features(self.plan, fleet, questions)
        if not self.modes:
            return np.zeros((len(questions), 0))
        return np.stack([mode.calibration.probability(mode.trees.score(rows)) for mode in self.modes], axis=1)


def written(forecast: Forecast) -> bytes:
    """The model as a file; the same model gives the same bytes."""
    return msgspec.json.encode(forecast)


def read_forecast(content: bytes, name: str) -> Forecast:
    """The model of a file. Raises WrongFormat where it is none, or of a layout that this program does not know."""
    try:
        kind = msgspec.json.decode(content, type=Kind)
    except msgspec.MsgspecError:
        kind = Kind()
    if kind.format != FORMAT:
        raise WrongFormat([f"{name} is no forecast model; make one with: truckroll forecast train"])
    if kind.layout != LAYOUT:
        raise WrongFormat([f"{name} has layout {kind.layout}, this program reads {LAYOUT}; train the model anew."])
    try:
        forecast = msgspec.json.decode(content, type=Forecast)
    except msgspec.MsgspecError as error:
        raise WrongFormat([f"{name} is damaged: {error}; train the model anew."]) from None
    wrong = [f"{name}: {mode.name}: {why}; train the model anew." for mode, why in mistakes(forecast)]
    if wrong:
        raise WrongFormat(wrong)
    return forecast


class Kind(Struct, frozen=True):
    """What a file says that it is."""

    format: str = ""
    layout: int = 0


def mistakes(forecast: Forecast) -> Iterator[tuple[Mode, str]]:
    """Modes whose trees cannot be walked."""
    width = len(forecast.plan.names)
    return ((mode, why) for mode in forecast.modes if (why := mode.trees.mistake(width)))


def findings(forecast: Forecast, assets: Sequence[str], questions: Questions, chances: Floats) -> Iterator[Finding]:
    """A finding for every question and mode whose probability reaches the mode's line, by time, machine and mode."""
    version, lines = forecast.version, np.array([mode.line for mode in forecast.modes])
    for row, number in np.argwhere(chances >= lines):
        asset, at, mode = assets[int(questions.asset[row])], int(questions.at[row]), forecast.modes[int(number)]
        details = {
            "horizon": duration_text(forecast.horizon),
            "until": instant_text(at + forecast.horizon),
            "probability": round(float(chances[row, number]), 6),
            "line": round(mode.line, 6),
            "model": version,
        }
        part = mode.name if mode.name in forecast.plan.components else ""
        yield finding(mode.name, (("asset", asset), ("component", part)), at, details)


def finding(mode: str, key: Key, at: Instant, details: Mapping[str, Any]) -> Finding:
    """One forecast as a finding. No journal entry brought it: its positions are 0, its id rests on its instant."""
    rule, version, named = f"forecast-{mode}", str(details["model"]), dict(key)
    return Finding(
        state=FindingState.OPEN,
        severity=Severity.S3,
        started_at=at,
        last_at=at,
        changed_at=at,
        fired_position=0,
        position=0,
        count=1,
        score=float(details["probability"]),
        id=finding_id(rule, version, key, 0, at // SECOND),
        rule=rule,
        version=version,
        key=key,
        asset=named["asset"],
        component=named["component"],
        failure_mode=mode,
        title={"en": f"{mode} will probably fail within {details['horizon']}"},
        details=details,
    )
