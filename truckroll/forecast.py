"""Forecasting: a model trained from files, kept in one file, and asked about machines; answers are findings."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from detectors.learning.fleet import Fleet, Questions, daily_questions
from detectors.learning.forecast import Forecast, findings, read_forecast, written
from detectors.learning.history import records
from detectors.learning.training import LEAST, Grow, Lesson, train
from domain.errors import GiveUp, WrongFormat
from domain.finding import Finding
from domain.instants import DAY, Duration, Instant, instant_text
from truckroll.fleet_files import begins_at, ends_at
from truckroll.record_files import Record

Progress = Callable[[int, int], None]


def learn(
    fleet: Fleet, failures: Iterable[Record], grow: tuple[Grow, str], progress: Progress, **asked: Any
) -> tuple[Forecast, tuple[str, ...]]:
    """A model of these failures, and the modes too rare to learn; `asked`: horizon, hour, seed, until.

    Raises GiveUp where none can be learned.
    """
    rows = list(failures)
    modes = tuple(sorted({row.what for row in rows}))
    until = asked.pop("until", None) or max([ends_at(fleet), *(row.at for row in rows)])
    lesson = Lesson(
        fleet=fleet,
        failures=records(rows, fleet.assets, modes),
        modes=modes,
        since=begins_at(fleet),
        until=until,
        **asked,
    )
    if not len(lesson.questions):
        raise GiveUp("The files hold no whole day before the end of the training; give more of the past.")
    forecast, rare = train(lesson, *grow, progress)
    if not forecast.modes:
        raise GiveUp(f"No mode of failure happened {LEAST} times or more in the training; give more of the past.")
    return forecast, rare


def save(forecast: Forecast, file: Path) -> None:
    """Write the model; a file that is there is replaced as a whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(file.name + ".part")
    part.write_bytes(written(forecast))
    part.replace(file)


def load(file: Path) -> Forecast:
    """The model of a file. Raises WrongFormat."""
    return read_forecast(file.read_bytes(), str(file))


def asked(forecast: Forecast, fleet: Fleet, since: Instant | None, until: Instant | None) -> Questions:
    """Once a day about every machine, from `since` until before `until`; without them on the last day of the files."""
    end = ends_at(fleet) + 1 if until is None else until
    begin = end - DAY if since is None else since
    questions = daily_questions(len(fleet.assets), begin, end, forecast.hour)
    if not len(questions):
        raise GiveUp(
            f"No question falls between {instant_text(begin)} and {instant_text(end)}; the model is asked "
            f"at {instant_text(forecast.hour)[11:16]} UTC, so give a span that holds this hour."
        )
    return questions


def foretell(forecast: Forecast, fleet: Fleet, questions: Questions) -> Iterator[Finding]:
    """What will probably fail, by time and machine."""
    return findings(forecast, fleet.assets, questions, forecast.chances(fleet, questions))


def write_findings(found: Iterable[Finding], file: Path) -> int:
    """One JSON object a line, instants in nanoseconds; how many there are."""
    file.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with file.open("w", encoding="utf-8") as lines:
        for finding in found:
            lines.write(json.dumps(msgspec.to_builtins(finding, enc_hook=plain), ensure_ascii=False) + "\n")
            count += 1
    return count


def plain(value: Any) -> Any:
    """What stands in a finding beside texts and numbers."""
    return value.item() if isinstance(value, np.generic) else dict(value)


def read_findings(file: Path) -> list[Finding]:
    """The findings of such a file. Raises WrongFormat with every line that is none."""
    found, mistakes = list[Finding](), list[str]()
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            found.append(msgspec.json.decode(line, type=Finding))
        except msgspec.MsgspecError as error:
            mistakes.append(f"{file}:{number}: this is no finding: {error}.")
    if mistakes:
        raise WrongFormat(mistakes[:20])
    return found


def clock_hour(text: str) -> Duration:
    """`"06:00"` as time since midnight. Raises ValueError with a sentence."""
    hour, _, minute = text.partition(":")
    if not (hour.isdigit() and minute.isdigit() and int(hour) < 24 and int(minute) < 60):
        raise ValueError(f'"{text}" is no time of day; write it as 06:00')
    return (int(hour) * 60 + int(minute)) * DAY // 1440
