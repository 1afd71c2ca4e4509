"""Public routing instances as the search sees them: Solomon's, and technician routing with skills, tools and parts.

Layouts: `NAME.txt` and `NAME.sol` (Solomon); `solutions/NAME.txt` and `pillac-et-al-2013-report.xml` (technicians).
"""

import ast
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maintenance.search.field import NEVER, Field, field_of
from maintenance.search.nearness import by_time, nearest_first

PENALTY = 5_000.0
TECHNICIANS = 25
ROW = re.compile(r"\s*(\d+)" + r"\s+([\d.]+)" * 5 + r"\s+(\[.*?\])" * 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A problem, its best known value, and how its solution is written."""

    name: str
    field: Field
    best: float
    written: Callable[[list[list[int]]], list[list[int]]]


def names_of(kind: str, folder: Path) -> list[str]:
    """All instances of a folder."""
    files = folder.glob("*.txt") if kind == "solomon" else (folder / "solutions").glob("*.txt")
    return sorted(file.stem for file in files if kind != "solomon" or file.with_suffix(".sol").exists())


def read(kind: str, folder: Path, name: str) -> Instance:
    """One instance."""
    return {"solomon": solomon, "trsp": trsp}[kind](folder, name)


def solomon(folder: Path, name: str) -> Instance:
    """One depot, identical vehicles, a capacity; the length of all ways counts, cut to one decimal."""
    lines = [line.split() for line in (folder / f"{name}.txt").read_text().splitlines() if line.split()]
    vehicles, capacity = next((int(one[0]), int(one[1])) for one in lines if len(one) == 2 and one[0].isdigit())
    rows = np.array([one for one in lines if len(one) == 7 and one[0].isdigit()], float)
    rows = np.concatenate([rows[1:], rows[:1]])
    n = len(rows) - 1
    travel = np.floor(10 * distances(rows[:, 1:3])) / 10
    earliest, latest = rows[:n, 4], rows[:n, 5]
    cost = re.search(r"Cost\s+([\d.]+)", (folder / f"{name}.sol").read_text())
    assert cost is not None
    real = {
        "travel": travel.ravel().tolist(),
        "price": travel.ravel().tolist(),
        "service": [*rows[:n, 6].tolist(), 0.0],
        "earliest": np.tile(earliest, vehicles).tolist(),
        "latest": np.tile(latest, vehicles).tolist(),
        "earliest_late": np.tile(earliest, vehicles).tolist(),
        "latest_late": np.tile(latest, vehicles).tolist(),
        "extra": [0.0] * (n * vehicles),
        "breach": [0.0] * n,
        "penalty": [PENALTY] * n,
        "begin": [rows[n, 4]] * vehicles,
        "end": [rows[n, 5]] * vehicles,
        "regular": [rows[n, 5]] * vehicles,
        "per_time": [0.0] * vehicles,
        "per_overtime": [0.0] * vehicles,
    }
    whole = {
        "home": [n] * vehicles,
        "parts": rows[:n, 3].astype(int).tolist(),
        "stock": [capacity] * vehicles,
        "owner": list(range(vehicles)),
        "store": [0],
        "needs": [0] * n,
        "has": [0] * vehicles,
        "twin": [v - 1 for v in range(vehicles)],
        "near": nearest_first(travel, earliest, latest),
        "when": by_time(earliest, latest)[0],
        "rank": by_time(earliest, latest)[1],
    }
    field = field_of(
        real,
        whole,
        n=n,
        tours=vehicles,
        width=min(n, capacity) + 3,
        kinds=1,
        places=n + 1,
        has_price=True,
        depot=-1,
        depot_opens=0.0,
        depot_closes=0.0,
        is_store_limited=False,
    )
    written = lambda routes: [[c + 1 for c in route] for route in routes if route]  # noqa: E731
    return Instance(name=name, field=field, best=float(cost[1]), written=written)


def trsp(folder: Path, name: str) -> Instance:
    """Technicians with homes, skills, tools and parts, one depot; the total working time counts."""
    matches = [ROW.match(line) for line in (folder / "solutions" / f"{name}.txt").read_text().splitlines()]
    cells = [match.groups() for match in matches if match]
    numbers = np.array([one[:6] for one in cells], float)
    skills, tools, parts = ([ast.literal_eval(one[k]) for one in cells] for k in (6, 7, 8))
    crew, n = TECHNICIANS, len(cells) - TECHNICIANS - 1
    order = [*range(crew + 1, len(cells)), *range(1, crew + 1), 0]
    travel = distances(numbers[order, 1:3])
    visits, homes = numbers[crew + 1 :], numbers[1 : crew + 1]
    may = [[set(skills[crew + 1 + c]) <= set(skills[v]) for c in range(n)] for v in range(1, crew + 1)]
    latest = np.where(np.array(may), visits[:, 4][None, :], NEVER)
    bits = [sum(1 << tool for tool in one) for one in tools]
    report = (folder / "pillac-et-al-2013-report.xml").read_text()
    best = float(dict(re.findall(r'instance="(\S+?)">([\d.]+)<', report))[name])
    when, rank = by_time(visits[:, 3], visits[:, 4])
    real = {
        "travel": travel.ravel().tolist(),
        "price": [0.0] * travel.size,
        "service": [*visits[:, 5].tolist(), *[0.0] * (crew + 1)],
        "earliest": np.tile(visits[:, 3], crew).tolist(),
        "latest": latest.ravel().tolist(),
        "earliest_late": np.tile(visits[:, 3], crew).tolist(),
        "latest_late": latest.ravel().tolist(),
        "extra": [0.0] * (n * crew),
        "breach": [0.0] * n,
        "penalty": [PENALTY] * n,
        "begin": homes[:, 3].tolist(),
        "end": homes[:, 4].tolist(),
        "regular": homes[:, 4].tolist(),
        "per_time": [1.0] * crew,
        "per_overtime": [0.0] * crew,
    }
    whole = {
        "home": list(range(n, n + crew)),
        "parts": [count for one in parts[crew + 1 :] for count in one],
        "stock": [count for one in parts[1 : crew + 1] for count in one],
        "owner": list(range(crew)),
        "store": [0] * len(parts[1]),
        "needs": bits[crew + 1 :],
        "has": bits[1 : crew + 1],
        "twin": [-1] * crew,
        "near": nearest_first(travel, visits[:, 3], visits[:, 4]),
        "when": when,
        "rank": rank,
    }
    field = field_of(
        real,
        whole,
        n=n,
        tours=crew,
        width=53,
        kinds=len(parts[1]),
        places=n + crew + 1,
        has_price=False,
        depot=n + crew,
        depot_opens=numbers[0, 3],
        depot_closes=numbers[0, 4],
        is_store_limited=False,
    )
    depot = n + crew
    written = lambda routes: [[0 if c == depot else c + crew + 1 for c in route] for route in routes]  # noqa: E731
    return Instance(name=name, field=field, best=best, written=written)


def distances(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Euclid's, between all."""
    gaps = points[:, None, :] - points[None, :, :]
    return np.vectorize(math.hypot)(gaps[..., 0], gaps[..., 1])
