"""Polishing a crew plan: PyVRP, where it is installed and the problem fits it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.routing import Routing, Sequences

FAR = 10_000_000
"""Seconds and money to a visit that a technician may not make."""
MOST_CELLS = 10_000_000
"""Of the tables of ways, one for each kind of technician."""


class PyVrp:
    """A `Solver` for visits with one window each; begins with what others found, with a short memory."""

    def __init__(self, rounds: int = 2_000, history: int = 50) -> None:
        import pyvrp
        import pyvrp.stop

        self.pyvrp, self.rounds, self.history = pyvrp, rounds, history

    def routes(self, problem: Routing, start: Sequences) -> Sequences | None:
        """None where a visit has several windows, or the tables would be too large."""
        visits = [c for c, one in enumerate(problem.errands) if one.windows and one.tours]
        homes = list(dict.fromkeys(trip.home for trip in problem.trips))
        kinds = self.kinds(problem, visits)
        one_window = all(len(problem.errands[c].windows) == 1 for c in visits)
        if not visits or not one_window or len(kinds) * (len(homes) + len(visits)) ** 2 > MOST_CELLS:
            return None
        pyvrp = self.pyvrp
        rows = [*homes, *visits]
        data = pyvrp.ProblemData(
            locations=[pyvrp.Location(0, 0) for _ in rows],
            depots=[pyvrp.Depot(k) for k in range(len(homes))],
            clients=[self.client(problem, len(homes) + k, c) for k, c in enumerate(visits)],
            vehicle_types=[self.vehicle(problem, v, homes, kinds, visits) for v in range(len(problem.trips))],
            distance_matrices=[table(problem.cost, rows, visits, able) for able in kinds],
            duration_matrices=[table(problem.seconds, rows, visits, able) for able in kinds],
        )
        place = {c: k for k, c in enumerate(visits)}
        first = pyvrp.Solution(
            data, [pyvrp.Route(data, [place[c] for c in tour], v) for v, tour in enumerate(start) if tour]
        )
        how = pyvrp.SolveParams(ils=pyvrp.IteratedLocalSearchParams(history_length=self.history))
        stop = pyvrp.stop.MaxIterations(self.rounds)
        best = pyvrp.solve(data, stop, seed=1, collect_stats=False, params=how, initial_solution=first).best
        tours: list[list[int]] = [[] for _ in problem.trips]
        for route in best.routes():
            tours[route.vehicle_type()] = [visits[one.idx] for one in route.schedule() if one.is_client()]
        return tours if best.is_feasible() else None

    def kinds(self, problem: Routing, visits: list[int]) -> list[frozenset[int]]:
        """What technicians may make, each kind once."""
        return list(dict.fromkeys(able(problem, v, visits) for v in range(len(problem.trips))))

    def client(self, problem: Routing, row: int, c: int) -> Any:
        """A visit as PyVRP sees it; it may be left out."""
        one = problem.errands[c]
        first, last = one.windows[0]
        return self.pyvrp.Client(
            row, service_duration=one.takes, tw_early=first, tw_late=last, prize=one.worth, required=False
        )

    def vehicle(
        self, problem: Routing, v: int, homes: list[int], kinds: list[frozenset[int]], visits: list[int]
    ) -> Any:
        """A trip as PyVRP sees it."""
        trip = problem.trips[v]
        home, kind = homes.index(trip.home), kinds.index(able(problem, v, visits))
        return self.pyvrp.VehicleType(
            1, start_depot=home, end_depot=home, tw_early=trip.begins, tw_late=trip.ends, profile=kind
        )


def able(problem: Routing, v: int, visits: list[int]) -> frozenset[int]:
    """The visits that a trip may make."""
    return frozenset(c for c in visits if v in problem.errands[c].tours)


def table(ways: Sequences, rows: list[int], visits: list[int], may: frozenset[int]) -> NDArray[np.int64]:
    """Ways between rows, very long to visits that may not be made."""
    made = np.array(ways, np.int64)[np.ix_(rows, rows)]
    first = len(rows) - len(visits)
    closed = [first + k for k, c in enumerate(visits) if c not in may]
    made[:, closed] = FAR
    np.fill_diagonal(made, 0)
    return made
