"""Every solver knows who may come when, and says the same thing twice."""

from importlib.util import find_spec

import pytest

from domain.routing import Errand, Routing, Solver, Trip

DAY = 28_800
LINE = (0, 1, 2, 10, 11, 12, 0, 11)
"""Six visits on a line and two homes."""
TABLE = [[600 * abs(a - b) for b in LINE] for a in LINE]
WINDOWS = [((0, DAY),)] * 5 + [((20_000, 25_000),)]


def problem(**changes: object) -> Routing:
    """Two technicians; the second may not make the first visit; the fifth cannot be made at all."""
    errands = [
        Errand(takes=600, windows=WINDOWS[c], tours=frozenset({0} if c == 0 else {0, 1}), worth=50_000)
        for c in range(6)
    ]
    errands[4] = errands[4]._replace(windows=(), tours=frozenset())
    trips = (Trip(home=6, begins=0, ends=DAY), Trip(home=7, begins=0, ends=DAY))
    return Routing(seconds=TABLE, cost=TABLE, errands=tuple(errands), trips=trips)._replace(**changes)


def solver(name: str) -> Solver:
    """One that is installed."""
    if find_spec(name) is None:
        pytest.skip(f"{name} is not installed (extra plan)")
    if name == "vroom":
        from adapters.solver_vroom import Vroom

        return Vroom()
    from adapters.solver_pyvrp import PyVrp

    return PyVrp(rounds=50)


@pytest.mark.parametrize("name", ["vroom", "pyvrp"])
def test_visits_go_to_those_who_are_near_and_may(name: str):
    """Three near one home, two near the other; what nobody may make is left out."""
    found = solver(name).routes(problem(), [[0, 1, 2, 3, 5], []])

    assert found is not None
    assert [[0, 1, 2], [3, 5]] == [sorted(tour) for tour in found]


@pytest.mark.parametrize("name", ["vroom", "pyvrp"])
def test_the_same_question_has_the_same_answer(name: str):
    """Neither clock nor threads decide."""
    first, second = (solver(name).routes(problem(), [[0, 1, 2, 3, 5], []]) for _ in range(2))

    assert first == second


@pytest.mark.parametrize("name", ["vroom", "pyvrp"])
def test_nothing_to_do_is_no_question(name: str):
    """Without visits there is no answer, nor where nobody can make one."""
    nobody = (problem().errands[4],)
    assert [None, None] == [
        solver(name).routes(problem(errands=some, seconds=TABLE, cost=TABLE), [[], []]) for some in ((), nobody)
    ]


def test_pyvrp_leaves_what_does_not_fit_it():
    """Visits with two windows are not in its model."""
    errands = (Errand(takes=60, windows=((0, 5), (9, 20)), tours=frozenset({0}), worth=1),)

    assert solver("pyvrp").routes(problem(errands=errands), [[], []]) is None
