"""What detection costs: false alarms of healthy devices, readings a second, bytes a series."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.healthy import A_YEAR, healthy, instants
from detectors.change import Change
from detectors.statistics.fleet import KINDS, FleetTier
from detectors.statistics.novelty import Novelty
from detectors.statistics.stream import Scorer, scores
from domain.instants import MINUTE
from truckroll.series_files import read_series

ALARM = 0.5
SERIES = 10_000


def tiers(slots: int) -> dict[str, Novelty | FleetTier]:
    """Every detector of single series."""
    fleet = {kind: FleetTier.empty(slots, views_of(kind)) for kind in KINDS}
    return {"novelty": Novelty.empty(slots), "fleet": FleetTier.empty(slots), **fleet}


def views_of(kind: str) -> tuple[str, ...]:
    """The views of a rule of this kind."""
    return Change.views if kind == "change" else (kind,)


def false_alarms(devices: int, folder: Path | None) -> dict[str, Any]:
    """Alarms per device-year of simulated healthy devices; alarms in the columns of an anomaly-free file."""
    at, values = instants(), healthy(devices)
    answer: dict[str, Any] = {"device_years": devices, "readings_a_device": A_YEAR}
    for name, tier in tiers(devices).items():
        answer[name] = {"false_alarms_a_device_year": round(beginnings(tier, at, values) / devices, 3)}
    for file in sorted(folder.glob("anomaly-free/*.csv")) if folder else ():
        table = read_series(file)
        for name, tier in tiers(len(table.names)).items():
            found = scores(tier, [(table.at, column) for column in table.values.T])
            answer[name]["alarms_in_anomaly_free_columns"] = sum(int(begins(score >= ALARM)) for score in found)
    return answer


def beginnings(tier: Scorer, at: Any, values: Any) -> int:
    """How many alarms begin."""
    slots = np.arange(values.shape[1])
    count, before = 0, np.zeros(len(slots), np.bool_)
    for row, instant in enumerate(at.tolist()):
        now = tier.step(slots, np.full(len(slots), instant), values[row]) >= ALARM
        count += int((now & ~before).sum())
        before = now
    return count


def begins(alarms: Any) -> int:
    """How many stretches of alarm there are."""
    return int((alarms[1:] & ~alarms[:-1]).sum()) + int(alarms[:1].sum())


def speed() -> dict[str, Any]:
    """Readings a CPU second and bytes a series: the fleet tier over 10,000 series, the novelty tier over 20."""
    answer = {}
    for kinds in (*(views_of(kind) for kind in KINDS), KINDS):
        answer["+".join(kinds)] = measured(FleetTier.empty(SERIES, kinds), SERIES, warm=40, rounds=40)
    answer["novelty"] = measured(Novelty.empty(20), 20, warm=2500, rounds=1000)
    answer["novelty, one series"] = measured(Novelty.empty(1), 1, warm=2500, rounds=4000)
    return answer


def measured(tier: Novelty | FleetTier, slots: int, *, warm: int, rounds: int) -> dict[str, Any]:
    """The rate after `warm` readings each."""
    chance = np.random.default_rng(1)
    values = chance.normal(20.0, 1.0, (warm + rounds, slots))
    every = np.arange(slots)
    times: list[float] = []
    for row, now in enumerate(values):
        started = time.process_time()
        tier.step(every, np.full(slots, row * 5 * MINUTE), now)
        times.append(time.process_time() - started)
    spent: Sequence[float] = times[warm:]
    return {"readings_a_second": round(slots * rounds / sum(spent)), "bytes_a_series": tier.bytes_a_slot()}
