"""What other solvers are asked, and what becomes of their answer: tours that keep every rule of the field."""

from collections.abc import Sequence
from math import ceil

from domain.routing import Errand, Routing, Sequences, Solver, Trip
from maintenance.search.anneal import follow
from maintenance.search.field import Field, Tours
from maintenance.search.run import empty_tours, first_tours

SECONDS = 60
"""In one unit of the field's time."""
CENTS = 100
ROUNDING = 1e-3
"""Seconds by which reckoning may miss a whole one."""


def asked_of(field: Field, is_late_allowed: bool) -> Routing:
    """The field as others can read it: without parts, tools, the depot, and what differs between technicians' pay."""
    q, rows = field.places, range(field.places - (1 if field.depot >= 0 else 0))
    per_time = sum(field.real[field.per_time : field.per_time + field.tours]) / max(field.tours, 1)
    travel = [[field.real[field.travel + a * q + b] for b in rows] for a in rows]
    price = [[field.real[field.price + a * q + b] if field.has_price else 0.0 for b in rows] for a in rows]
    return Routing(
        seconds=[[ceil(way * SECONDS) for way in row] for row in travel],
        cost=[
            [round(CENTS * (money + per_time * way)) for money, way in zip(*pair, strict=True)]
            for pair in zip(price, travel, strict=True)
        ],
        errands=tuple(errand(field, c, is_late_allowed) for c in range(field.n)),
        trips=tuple(
            Trip(
                home=int(field.whole[field.home + v]),
                begins=ceil(field.real[field.begin + v] * SECONDS),
                ends=int(field.real[field.end + v] * SECONDS),
            )
            for v in range(field.tours)
        ),
    )


def errand(field: Field, c: int, is_late_allowed: bool) -> Errand:
    """One visit of the field."""
    windows = {}
    for v in range(field.tours):
        k = v * field.n + c
        first, last = field.real[field.earliest + k], field.real[field.latest + k]
        if is_late_allowed or last < first:
            first, last = field.real[field.earliest_late + k], field.real[field.latest_late + k]
        if last >= first:
            windows[v] = (ceil(first * SECONDS - ROUNDING), int(last * SECONDS + ROUNDING))
    return Errand(
        takes=ceil(field.real[field.service + c] * SECONDS),
        windows=apart(sorted(window for window in windows.values() if window[0] <= window[1])),
        tours=frozenset(v for v, window in windows.items() if window[0] <= window[1]),
        worth=round(CENTS * field.real[field.penalty + c]),
    )


def apart(windows: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Windows in order, those that touch made one."""
    made: list[tuple[int, int]] = []
    for first, last in windows:
        if made and first <= made[-1][1]:
            made[-1] = (made[-1][0], max(last, made[-1][1]))
        else:
            made.append((first, last))
    return tuple(made)


def followed(field: Field, seed: int, wanted: Sequences, is_filled: bool) -> Tours:
    """Somebody's tours with their depot stops; what breaks a rule is left out, or put where there is room for it."""
    tours = empty_tours(field, seed)
    for v, tour in enumerate(wanted):
        for i, c in enumerate(tour[: field.width - 3]):
            tours.whole[tours.kept_at + v * field.width + i] = c
        tours.whole[tours.kept_size + v] = min(len(tour), field.width - 3)
    follow(field, tours, is_filled)
    return tours


def best_start(field: Field, seed: int, solvers: Sequence[Solver], standing: Sequences = ()) -> Tours:
    """The cheapest of insertion's tours, of those that stand, and of each solver's, who begins with the best so far."""
    best = first_tours(field, seed)
    if standing:
        best = min(best, followed(field, seed, standing, True), key=cost_so_far)
    for solver in solvers:
        for is_late_allowed in (False, True):
            asked = asked_of(field, is_late_allowed)
            wanted = solver.routes(asked, sayable(asked, sequences(field, best)))
            if wanted is not None:
                best = min(best, followed(field, seed, wanted, True), key=cost_so_far)
    return best


def sayable(asked: Routing, tours: Sequences) -> Sequences:
    """The tours without what may not be made in whole seconds."""
    return [[c for c in tour if v in asked.errands[c].tours] for v, tour in enumerate(tours)]


def cost_so_far(tours: Tours) -> float:
    """What the best tours cost."""
    return float(tours.real[tours.totals + 1])


def sequences(field: Field, tours: Tours) -> Sequences:
    """The visits of the best tours."""
    begins = [tours.best_at + v * field.width + 1 for v in range(field.tours)]
    sizes = tours.whole[tours.best_size : tours.best_size + field.tours]
    return [[int(c) for c in tours.whole[begin : begin + int(size)]] for begin, size in zip(begins, sizes, strict=True)]
