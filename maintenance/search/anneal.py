"""Annealing: what was tried is kept when it costs less, and while the search is warm also when it costs more."""

from math import log

from maintenance.search.chance import draw
from maintenance.search.compiled import compiled
from maintenance.search.field import Field, Tours
from maintenance.search.removal import take_out
from maintenance.search.repair import put_back
from maintenance.search.segments import rebuild


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


@compiled
def keep(field: Field, tours: Tours) -> None:
    """Accept the solution as it stands."""
    w = field.width
    for v in range(field.tours):
        if tours.whole[tours.touched + v] == 1:
            for i in range(1, tours.whole[tours.size + v] + 1):
                tours.whole[tours.kept_at + v * w + i] = tours.whole[tours.at + v * w + i]
            tours.whole[tours.kept_size + v] = tours.whole[tours.size + v]
            tours.whole[tours.kept_stop + v] = tours.whole[tours.stop + v]
            tours.whole[tours.touched + v] = 0
    for c in range(field.n):
        tours.whole[tours.kept_late + c] = tours.whole[tours.late + c]


@compiled
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


@compiled
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


@compiled
def return_to_best(field: Field, tours: Tours) -> None:
    """Go on from the best solution so far."""
    w = field.width
    for c in range(field.n):
        tours.whole[tours.where + c] = -1
        tours.whole[tours.late + c] = tours.whole[tours.best_late + c]
    for v in range(field.tours):
        tours.whole[tours.size + v] = tours.whole[tours.best_size + v]
        tours.whole[tours.stop + v] = tours.whole[tours.best_stop + v]
        for i in range(1, tours.whole[tours.size + v] + 1):
            c = tours.whole[tours.best_at + v * w + i]
            tours.whole[tours.at + v * w + i] = c
            tours.whole[tours.where + c] = v
        rebuild(field, tours, v, False)
        tours.whole[tours.touched + v] = 1
    keep(field, tours)
    tours.real[tours.totals] = tours.real[tours.totals + 1]
