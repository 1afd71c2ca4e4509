"""What other solvers say is tried and never believed."""

import math
from collections.abc import Sequence
from random import Random

import pytest

from domain.routing import Routing, Sequences
from maintenance.crew_start import apart, asked_of, best_start, followed, sequences
from maintenance.search.run import first_tours, solution
from tests.maintenance.test_search import CREW, VISITS, simulated, town


class Says:
    """A solver that says the same whatever it is asked."""

    def __init__(self, wanted: Sequences | None) -> None:
        self.wanted = wanted
        self.asked: list[tuple[Routing, Sequences]] = []

    def routes(self, problem: Routing, start: Sequences) -> Sequences | None:
        """Remember the question."""
        self.asked.append((problem, start))
        return self.wanted


def nonsense(seed: int) -> list[list[int]]:
    """Visits in any order, some twice, for whoever comes."""
    chance = Random(seed)
    return [[chance.randrange(VISITS) for _ in range(chance.randrange(12))] for _ in range(CREW)]


@pytest.mark.parametrize("seed", range(12))
def test_whatever_a_solver_says_the_tours_keep_every_rule(seed: int):
    """Windows, tools, parts and the depot's stock hold, and the cost is what driving costs."""
    field = town(seed)

    tours = followed(field, seed, nonsense(seed), is_filled=seed % 2 == 0)

    assert math.isclose(float(tours.real[tours.totals + 1]), simulated(field, solution(field, tours)), abs_tol=1e-6)


def test_good_tours_are_followed_as_they_are():
    """Insertion's tours, said by somebody else, cost the same again."""
    field = town(3)
    own = first_tours(field, 3)

    again = followed(field, 3, sequences(field, own), is_filled=False)

    assert sequences(field, own) == sequences(field, again)


@pytest.mark.parametrize("wanted", [None, [], nonsense(1)])
def test_a_start_is_never_worse_than_insertion(wanted: Sequence[Sequence[int]] | None):
    """Nothing, emptiness and nonsense do no harm."""
    field = town(4)

    start = best_start(field, 4, [Says(wanted)])

    own = first_tours(field, 4)
    assert start.real[start.totals + 1] <= own.real[own.totals + 1]


def test_a_solver_hears_who_may_come_when_and_what_leaving_out_costs():
    """Whole seconds, rounded so that what fits there fits here; the depot is not among the places."""
    field = town(5)

    problem = asked_of(field, is_late_allowed=True)

    one = problem.errands[6]
    assert frozenset(v for v in range(CREW) if (6 + v) % 5) == one.tours
    assert (600, 90_000) == (one.takes, one.worth)
    assert VISITS + CREW == len(problem.seconds)
    assert 0 <= problem.seconds[0][1] / 60 - field.real[field.travel + 1] < 1 / 60


@pytest.mark.parametrize(
    ("windows", "expected"),
    [([], ()), ([(0, 5), (5, 9)], ((0, 9),)), ([(0, 5), (2, 3)], ((0, 5),)), ([(0, 1), (4, 5)], ((0, 1), (4, 5)))],
)
def test_windows_that_touch_are_one(windows: list[tuple[int, int]], expected: tuple[tuple[int, int], ...]):
    """Solvers want them apart."""
    assert expected == apart(windows)


def test_each_solver_begins_with_the_best_so_far():
    """The second is told what the first one made of it, if that was better."""
    field = town(6)
    first, second = Says(None), Says(None)

    best_start(field, 6, [first, second])

    assert [sequences(field, first_tours(field, 6))] * 2 == [start for _, start in second.asked]
