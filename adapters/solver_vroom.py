"""A crew plan in a second: VROOM, where pyvroom is installed."""

from datetime import timedelta

from domain.routing import Routing, Sequences

HIGHEST = 100
"""VROOM's highest priority."""
MOST = 30_000
"""Visits times trips that it plans in about ten seconds."""


class Vroom:
    """A `Solver`: knows who may come when, ways, and what is dear to leave out; neither parts nor the depot.

    It holds the interpreter while it thinks, so it belongs into a process that can be ended.
    """

    def __init__(self, exploration: int = 1, seconds: float | None = None) -> None:
        """With `seconds` it takes problems of any size and ends by the clock."""
        import vroom

        self.vroom, self.exploration = vroom, exploration
        self.timeout = None if seconds is None else timedelta(seconds=seconds)

    def routes(self, problem: Routing, start: Sequences) -> Sequences | None:
        """It begins with nothing, whatever `start` says. None for what takes it long, or nobody can make."""
        vroom, size = self.vroom, len(problem.errands) * len(problem.trips)
        is_any = any(one.windows and one.tours for one in problem.errands)
        if size == 0 or not is_any or (size > MOST and self.timeout is None):
            return None
        given = vroom.Input()
        given.set_durations_matrix(profile="car", matrix_input=[list(row) for row in problem.seconds])
        given.set_costs_matrix(profile="car", matrix_input=[list(row) for row in problem.cost])
        kinds = {who: kind for kind, who in enumerate(dict.fromkeys(one.tours for one in problem.errands))}
        dearest = max(1, *(one.worth for one in problem.errands))
        for v, trip in enumerate(problem.trips):
            skills = {kind for who, kind in kinds.items() if v in who}
            window = vroom.TimeWindow(trip.begins, trip.ends)
            given.add_vehicle(
                vroom.Vehicle(v, start=trip.home, end=trip.home, skills=skills, time_window=window, profile="car")
            )
        for c, one in enumerate(problem.errands):
            if one.windows and one.tours:
                windows = [vroom.TimeWindow(*window) for window in one.windows]
                priority = round(HIGHEST * min(one.worth, dearest) / dearest)
                skills = {kinds[one.tours]}
                given.add_job(
                    vroom.Job(c, c, default_service=one.takes, skills=skills, priority=priority, time_windows=windows)
                )
        found = given.solve(self.exploration, nb_threads=1, timeout=self.timeout)
        tours: list[list[int]] = [[] for _ in problem.trips]
        steps = found.routes
        for v, kind, c in zip(steps["vehicle_id"], steps["type"], steps["id"], strict=True):
            if kind == "job":
                tours[int(v)].append(int(c))
        return tours
