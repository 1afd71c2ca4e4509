"""Crew planning in a process of its own, so that it can be ended at any moment and holds up nobody."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

from domain.crew import Crew, CrewPlan
from domain.errors import GiveUp, TryLater
from maintenance.crew_plan import plan
from maintenance.crew_ways import Ways
from maintenance.search.run import Effort, Progress
from truckroll.crew_outside import router_of, solvers_here


def planned(
    crew: Crew, seconds: float, seed: int, rounds: int | None = None, ways: str = ""
) -> Iterator[Progress | CrewPlan]:
    """Now and then the progress, at last the plan. Closing the iterator ends the process. Raises TryLater, GiveUp.

    The time is that of the search; with `rounds` the plan depends on the seed and on the solvers that are installed
    alone. `ways` is a routing server's address or a table's file; empty = straight lines.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    child = context.Process(
        target=work, args=(there, crew, seconds, seed, rounds), kwargs={"ways": ways}, name="crew-plan", daemon=True
    )
    child.start()
    there.close()
    try:
        while not isinstance(step := received(here), CrewPlan):
            yield step
        yield step
    finally:
        child.terminate()
        child.join()
        here.close()


def received(here: Connection) -> Progress | CrewPlan:
    """The child's next word."""
    try:
        step = here.recv()
    except EOFError as error:
        raise GiveUp("The planning process ended before its plan; run it again with fewer orders at a time.") from error
    if isinstance(step, Exception):
        raise step
    if not isinstance(step, (Progress, CrewPlan)):
        raise GiveUp("The planning process said something unknown; run it again.")
    return step


def work(there: Connection, crew: Crew, seconds: float, seed: int, rounds: int | None, *, ways: str) -> None:
    """Plan, and say how it goes at most ten times a second."""
    told = time.monotonic()
    effort = Effort(rounds=rounds, left=None if rounds is not None else share_left(seconds))
    try:
        for step in plan(crew, Ways(crew, router_of(ways)), seed, effort, solvers_here()):
            if isinstance(step, CrewPlan) or time.monotonic() - told > 0.1:
                told = time.monotonic()
                there.send(step)
    except (TryLater, GiveUp) as error:
        there.send(error)


def share_left(seconds: float) -> Callable[[], float]:
    """What is left of so much time; it runs from the first question on."""
    begin: list[float] = []

    def left() -> float:
        begin[:] = begin or [time.monotonic()]
        return 1 - (time.monotonic() - begin[0]) / seconds

    return left
