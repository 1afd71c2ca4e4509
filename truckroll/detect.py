"""Detect: a file of readings scored row by row, as a live service would have scored it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detectors.statistics import fleet, novelty
from detectors.statistics.fleet import FleetTier
from detectors.statistics.joint import Joint
from detectors.statistics.novelty import Novelty
from domain.batch import Bools, Floats
from domain.errors import GiveUp
from truckroll.series_files import SeriesFile

TIERS = ("auto", "novelty", "fleet", *fleet.KINDS, "joint")
STEPS = 500
"""Progress is told every so many rows."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm, and what had most to say about it."""

    row: int
    score: float
    reasons: tuple[tuple[str, float], ...]
    """(view or column, its share), the strongest first."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Every row's score; the rows in alarm; where alarms begin."""

    scores: Floats
    alarms: Bools
    begins: tuple[Alarm, ...]


def tier_for(table: SeriesFile, tier: str) -> str:
    """What scores the file. Raises GiveUp where that does not fit its columns."""
    columns = len(table.names)
    if tier == "auto":
        return "novelty" if columns == 1 else "joint"
    if tier == "joint" and columns < 2:
        raise GiveUp("The joint detector needs two or more columns of numbers; choose novelty for one.")
    if tier != "joint" and columns > 1:
        raise GiveUp(f"The {tier} detector scores one column; ignore the others with --ignore, or choose joint.")
    return tier


def detect(table: SeriesFile, tier: str, threshold: float) -> Iterator[int | Scored]:
    """Rows done so far, every now and then; at the end what was found. Every row is judged by what came before it."""
    scorer, names = scorer_for(table, tier)
    rows = len(table.at)
    scores, begins = np.zeros(rows), list[Alarm]()
    alarms = np.zeros(rows, np.bool_)
    slot = np.zeros(1, np.int64)
    for row in range(rows):
        values = table.values[row]
        if np.isfinite(values).any():
            if isinstance(scorer, Joint):
                scores[row] = scorer.step(slot, table.at[row : row + 1], values[None, :])[0]
                alarms[row] = bool(scorer.away[0])
            else:
                scores[row] = scorer.step(slot, table.at[row : row + 1], values)[0]
                alarms[row] = scores[row] >= threshold
        if alarms[row] and not (row and alarms[row - 1]):
            begins.append(Alarm(row, float(scores[row]), reasons(scorer, names)))
        if row % STEPS == 0:
            yield row
    yield Scored(scores, alarms, tuple(begins))


def scorer_for(table: SeriesFile, tier: str) -> tuple[Novelty | FleetTier | Joint, Sequence[str]]:
    """The detector, and what its parts are called."""
    if tier == "joint":
        return Joint.empty(1, len(table.names)), table.names
    if tier == "novelty":
        return Novelty.empty(1), novelty.NAMES
    kinds = fleet.KINDS if tier == "fleet" else (tier,)
    return FleetTier.empty(1, kinds), fleet.names(kinds)


def reasons(scorer: Novelty | FleetTier | Joint, names: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """Who spoke up in the last row, by share."""
    power = scorer.shown[0] ** 4 if isinstance(scorer, Joint) else scorer.judgement.spoken[0].astype(np.float64)
    total = float(power.sum()) or 1.0
    order = np.argsort(-power, kind="stable")
    return tuple((names[n], round(float(power[n]) / total, 3)) for n in order.tolist() if power[n] > 0.0)


def out_file(out: Path, file: Path) -> Path:
    """Where a file's result goes. Raises GiveUp where it would replace the input."""
    target = out / file.name
    if target.resolve() == file.resolve():
        raise GiveUp(f"{target} is the input itself; choose another folder with --out.")
    return target
