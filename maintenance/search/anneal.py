"""Annealing: what was tried is kept when it costs less, and while the search is warm also when it costs more."""

from math import log

from maintenance.search.chance import draw
from maintenance.search.compiled import compiled, inner
from maintenance.search.field import FAR, Field, Tours
from maintenance.search.places import put_in
from maintenance.search.removal import take_out
from maintenance.search.repair import put_back, regret
from maintenance.search.segments import earliest_of, latest_of, own_reach, rebuild, store_suffices


@compiled
def total_of(field: Field, tours: Tours) -> float:
    """The cost of the solution as it stands."""
    total = 0.0
    for v in range(field.tours):
        total += tours.real[tours.cost + v]
    for c in range(field.n):
        if tours.whole[tours.where + c] < 0:
            total += field.real[field.penalty + c]
    return total


@compiled
def begin(field: Field, tours: Tours) -> None:
    """Fill empty tours by insertion alone, each visit that would lose most by waiting first."""
    for v in range(field.tours):
        rebuild(field, tours, v, True)
        tours.whole[tours.touched + v] = 1
    for c in range(field.n):
        tours.whole[tours.pool + c] = c
    regret(field, tours, field.n, 2, 0.0)
    settle(field, tours)


@compiled
def follow(field: Field, tours: Tours, is_filled: bool) -> None:
    """Fill empty tours as `kept_at` wants them, from 0 on; the rest, too, by insertion, if they are to be filled."""
    for v in range(field.tours):
        rebuild(field, tours, v, True)
        tours.whole[tours.touched + v] = 1
    for v in range(field.tours):
        for i in range(tours.whole[tours.kept_size + v]):
            c, m = tours.whole[tours.kept_at + v * field.width + i], tours.whole[tours.size + v]
            if tours.whole[tours.where + c] >= 0:
                continue
            late = 0
            if is_open(field, tours, v, c, 0):
                put_in(field, tours, c, v, m, 0)
                late = 1 if breaks(field, tours, v) else 0
            else:
                late = 1
            if late == 1 and is_open(field, tours, v, c, 1):
                put_in(field, tours, c, v, m, 1)
                breaks(field, tours, v)
    count = 0
    for c in range(field.n):
        if is_filled and tours.whole[tours.where + c] < 0:
            tours.whole[tours.pool + count] = c
            count += 1
    regret(field, tours, count, 2, 0.0)
    settle(field, tours)


@inner
def is_open(field: Field, tours: Tours, v: int, c: int, late: int) -> bool:
    """A tour may make a visit, and its parts and tools are in the van or in the depot."""
    if latest_of(field, v, c, late) < earliest_of(field, v, c, late):
        return False
    return field.depot >= 0 or own_reach(field, tours, v, c) >= tours.whole[tours.size + v]


@inner
def breaks(field: Field, tours: Tours, v: int) -> bool:
    """A tour cannot be made with its last visit, which is taken out again."""
    stop = tours.whole[tours.stop + v]
    if tours.real[tours.cost + v] < FAR and (stop < 0 or store_suffices(field, tours, v, stop, -1)):
        return False
    take_last(field, tours, v)
    return True


@inner
def take_last(field: Field, tours: Tours, v: int) -> None:
    """A tour without its last visit."""
    m = tours.whole[tours.size + v]
    c = tours.whole[tours.at + v * field.width + m]
    tours.whole[tours.where + c] = -1
    tours.whole[tours.late + c] = 0
    tours.whole[tours.size + v] = m - 1
    rebuild(field, tours, v, True)


@inner
def settle(field: Field, tours: Tours) -> None:
    """What stands is accepted, and the best so far."""
    keep(field, tours)
    remember(field, tours)
    total = total_of(field, tours)
    tours.real[tours.totals] = total
    tours.real[tours.totals + 1] = total


@compiled
def try_again(field: Field, tours: Tours, rounds: int, warmth: float, noise: float) -> None:
    """Take out and put back so many times at one temperature."""
    for _ in range(rounds):
        count = take_out(field, tours)
        put_back(field, tours, count, noise)
        total = total_of(field, tours)
        if total < tours.real[tours.totals] - warmth * log(draw(tours) + 1e-12):
            keep(field, tours)
            tours.real[tours.totals] = total
            if total < tours.real[tours.totals + 1] - 1e-6:
                remember(field, tours)
                tours.real[tours.totals + 1] = total
        else:
            go_back(field, tours)


@inner
def keep(field: Field, tours: Tours) -> None:
    """Accept the solution as it stands."""
    w = field.width
    for v in range(field.tours):
        if tours.whole[tours.stirred + field.whole[field.owner + v]] == 1:
            tours.whole[tours.version + v] += 1
        if tours.whole[tours.touched + v] == 1:
            for i in range(1, tours.whole[tours.size + v] + 1):
                tours.whole[tours.kept_at + v * w + i] = tours.whole[tours.at + v * w + i]
            tours.whole[tours.kept_size + v] = tours.whole[tours.size + v]
            tours.whole[tours.kept_stop + v] = tours.whole[tours.stop + v]
            tours.whole[tours.touched + v] = 0
    for v in range(field.tours):
        tours.whole[tours.stirred + field.whole[field.owner + v]] = 0
    for c in range(field.n):
        tours.whole[tours.kept_late + c] = tours.whole[tours.late + c]


@inner
def remember(field: Field, tours: Tours) -> None:
    """The accepted solution is the best so far."""
    w = field.width
    for v in range(field.tours):
        for i in range(1, tours.whole[tours.size + v] + 1):
            tours.whole[tours.best_at + v * w + i] = tours.whole[tours.at + v * w + i]
        tours.whole[tours.best_size + v] = tours.whole[tours.size + v]
        tours.whole[tours.best_stop + v] = tours.whole[tours.stop + v]
    for c in range(field.n):
        tours.whole[tours.best_late + c] = tours.whole[tours.late + c]


@inner
def go_back(field: Field, tours: Tours) -> None:
    """Back to what was accepted last."""
    w = field.width
    for v in range(field.tours):
        if tours.whole[tours.touched + v] == 1:
            for i in range(1, tours.whole[tours.size + v] + 1):
                tours.whole[tours.where + tours.whole[tours.at + v * w + i]] = -1
    for c in range(field.n):
        tours.whole[tours.late + c] = tours.whole[tours.kept_late + c]
    for v in range(field.tours):
        if tours.whole[tours.touched + v] == 1:
            tours.whole[tours.size + v] = tours.whole[tours.kept_size + v]
            tours.whole[tours.stop + v] = tours.whole[tours.kept_stop + v]
            for i in range(1, tours.whole[tours.size + v] + 1):
                c = tours.whole[tours.kept_at + v * w + i]
                tours.whole[tours.at + v * w + i] = c
                tours.whole[tours.where + c] = v
            rebuild(field, tours, v, False)
            tours.whole[tours.touched + v] = 0
            tours.whole[tours.stirred + field.whole[field.owner + v]] = 0
