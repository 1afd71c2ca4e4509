"""Crew planning in a process of its own, so that it can be ended at any moment and holds up nobody."""

import multiprocessing
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection
from typing import Any

from domain.crew import Crew, CrewPlan
from domain.crew_proposal import Relief
from domain.errors import GiveUp, TryLater
from maintenance.crew_plan import plan
from maintenance.crew_promises import as_told, movable
from maintenance.crew_relief import relief_for
from maintenance.crew_ways import Ways
from maintenance.joint import Decision, Lot, decisions, waiting_for
from maintenance.search.run import Effort, Progress
from truckroll.crew_child import begin
from truckroll.crew_outside import router_of, solvers_here

Reliefs = dict[str, Relief]
ENOUGH = "enough"
"""Said to the child: the best so far is the plan."""
TURNS = 4
"""Plans that are made where pieces are given out, each with a share of the time."""
LOOKED_FOR_RELIEF = 15.0
"""Seconds at most that are spent on what would give left-out orders a place."""


def asked_for(
    *,
    seconds: float = 10.0,
    seed: int = 1,
    rounds: int | None = None,
    ways: str = "",
    zone: str = "",
    price: float | None = None,
    before: CrewPlan | None = None,
    lots: Sequence[Lot] = (),
) -> dict[str, Any]:
    """How a plan is wanted, by name.

    `zone`: also look for relief for what is left out, told in days of this zone; `price`: promises may be moved where
    that pays at that price. With `rounds` the plan depends on the seed and on the solvers that are installed alone.
    `ways` is a routing server's address or a table's file; empty = straight lines. A plan from `before` stands where
    nothing cheaper is found. With `lots` it is decided together who gets which piece, and when they go.
    """
    names = ("seconds", "seed", "rounds", "ways", "zone", "price", "before", "lots")
    return dict(zip(names, (seconds, seed, rounds, ways, zone, price, before, lots), strict=True))


class Planning:
    """A plan that is being made: `steps` says how it goes, at last the plan; it can be told that it is good enough."""

    def __init__(self, crew: Crew, **wanted: Any) -> None:
        """`wanted` as `asked_for` reads it."""
        self.reliefs: Mapping[str, Relief] = {}
        context = multiprocessing.get_context("spawn")
        self.here, there = context.Pipe()
        self.child = context.Process(
            target=begin, args=(there, crew, asked_for(**wanted)), name="crew-plan", daemon=True
        )
        self.child.start()
        there.close()

    def steps(self) -> Iterator[Progress | CrewPlan]:
        """Now and then the progress, at last the plan. Closing it ends the process. Raises TryLater, GiveUp."""
        try:
            while True:
                step = received(self.here)
                if isinstance(step, dict):
                    self.reliefs = step
                    continue
                yield step
                if isinstance(step, CrewPlan):
                    return
        finally:
            self.end()

    def be_content(self) -> None:
        """The best so far is wanted; the plan comes at once."""
        try:
            self.here.send(ENOUGH)
        except OSError:
            return  # It is over already, and what it said is being read.

    def kill(self) -> None:
        """The process ends; `steps` then says that it has no plan."""
        self.child.terminate()

    def end(self) -> None:
        """No plan is wanted any more; the process is over when this returns."""
        self.child.terminate()
        self.child.join()
        self.here.close()


def planned(
    crew: Crew, seconds: float, seed: int, rounds: int | None = None, ways: str = ""
) -> Iterator[Progress | CrewPlan]:
    """Now and then the progress, at last the plan. Closing the iterator ends the process. Raises TryLater, GiveUp.

    The time is that of the search; with `rounds` the plan depends on the seed and on the solvers that are installed
    alone. `ways` is a routing server's address or a table's file; empty = straight lines.
    """
    return Planning(crew, seconds=seconds, seed=seed, rounds=rounds, ways=ways).steps()


def received(here: Connection) -> Progress | CrewPlan | Reliefs:
    """The child's next word."""
    try:
        step = here.recv()
    except EOFError as error:
        raise GiveUp("The planning process ended before its plan; run it again with fewer orders at a time.") from error
    if isinstance(step, Exception):
        raise step
    if not isinstance(step, (Progress, CrewPlan, dict)):
        raise GiveUp("The planning process said something unknown; run it again.")
    return step


def work(there: Connection, crew: Crew, **asked: Any) -> None:
    """Plan, and say how it goes at most ten times a second; at last what would relieve, then the plan."""
    told = time.monotonic()
    try:
        for step in made_here(crew, asked, there.poll):
            if not isinstance(step, Progress) or time.monotonic() - told > 0.1:
                told = time.monotonic()
                there.send(step)
    except (TryLater, GiveUp) as error:
        there.send(error)


def made_here(
    crew: Crew, asked: Mapping[str, Any], is_enough: Callable[[], bool]
) -> Iterator[Progress | Reliefs | CrewPlan]:
    """The same in this process: the progress, what would relieve, the plan. Raises TryLater, GiveUp."""
    ways = Ways(crew, router_of(asked["ways"]))
    crew = crew if asked["price"] is None else movable(crew, asked["price"])
    if asked["lots"]:
        crew, made = yield from decided_on(crew, ways, asked, is_enough)
    else:
        made = yield from searched(crew, ways, asked, is_enough)
    yield reliefs_for(as_told(crew, made), made, ways, asked["zone"], is_enough) if asked["zone"] else {}
    yield made


def searched(
    crew: Crew, ways: Ways, asked: Mapping[str, Any], is_enough: Callable[[], bool]
) -> Generator[Progress, None, CrewPlan]:
    """The progress of one search; its plan is returned."""
    effort = effort_of(asked, asked["seconds"], is_enough)
    made = CrewPlan()
    for step in plan(crew, ways, asked["seed"], effort, solvers_here(), before=asked["before"]):
        if isinstance(step, CrewPlan):
            made = step
        else:
            yield step
    return made


def decided_on(
    crew: Crew, ways: Ways, asked: Mapping[str, Any], is_enough: Callable[[], bool]
) -> Generator[Progress, None, tuple[Crew, CrewPlan]]:
    """The progress of all together; the problem with its pieces given out is returned, and its plan."""
    lots, best = asked["lots"], Decision(plan=CrewPlan(), lots={}, cost=0.0)
    for step in decisions(
        crew,
        lots,
        ways,
        seed=asked["seed"],
        turns=TURNS,
        effort=lambda: effort_of(asked, asked["seconds"] / TURNS, is_enough),
        solvers=solvers_here(),
        before=asked["before"],
    ):
        if isinstance(step, Decision):
            best = step
        else:
            yield step
    return waiting_for(crew, best.lots), best.plan


def effort_of(asked: Mapping[str, Any], seconds: float, is_enough: Callable[[], bool]) -> Effort:
    """So many rounds, or so many seconds from the first question on; none more once the best so far is enough."""
    rounds, share = asked["rounds"], share_left(seconds)
    return Effort(rounds=rounds, left=None if rounds is not None else lambda: 0.0 if is_enough() else share())


def reliefs_for(crew: Crew, made: CrewPlan, ways: Ways, zone: str, is_enough: Callable[[], bool]) -> Reliefs:
    """What would give each left-out order a place, as far as there is time."""
    found: Reliefs = {}
    share = share_left(LOOKED_FOR_RELIEF)
    for one in made.unassigned:
        if share() <= 0 or is_enough():
            break
        relief = relief_for(crew, made, one.order, ways, zone)
        if relief is not None:
            found[one.order] = relief[0]
    return found


def share_left(seconds: float) -> Callable[[], float]:
    """What is left of so much time; it runs from the first question on."""
    begin: list[float] = []

    def left() -> float:
        begin[:] = begin or [time.monotonic()]
        return 1 - (time.monotonic() - begin[0]) / seconds

    return left
