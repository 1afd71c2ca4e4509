"""Tomorrow's crew plan in `bench.loop`: the product's search, with its checker, over the machines to be visited."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bench.loop_desk import BEGIN
from bench.loop_world import Fleet, World
from domain.crew import Break, Crew, CrewCost, CrewPlan, Depot, Place, Shift, Span, StopKind, Technician, Visit
from domain.instants import DAY, HOUR, MINUTE, Instant
from domain.work_order import Waiting
from maintenance.crew_cost import cost_of
from maintenance.crew_plan import plan
from maintenance.crew_ways import StraightLine, Ways
from maintenance.search.run import Effort

SET_UP = 30 * MINUTE
ROUNDS = 40
WEEKEND = 5
NEVER_LEFT = 20_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Parts to be replaced on one machine in one go."""

    machine: int
    parts: tuple[int, ...]
    is_down: bool
    waiting: tuple[Waiting, ...]


class Made(NamedTuple):
    """A visit that will be made."""

    job: Job
    starts_at: Instant
    ends_at: Instant


def weekday(day: int) -> int:
    """Of a day of the year, 0 = Monday; the first is a Thursday."""
    return (day + 3) % 7


def is_working(day: int) -> bool:
    """The whole crew works; else one is on call for machines that stand still."""
    return weekday(day) < WEEKEND


def crew_lead(day: int) -> float:
    """Days until the next regular visit, counted from the midnight before `day`, until about noon."""
    ahead = 0
    while not is_working(day + ahead):
        ahead += 1
    return ahead + 0.5


class CrewRoom:
    """Who works, where everything is, and the plan of a day."""

    def __init__(self, world: World, fleet: Fleet, seed: int) -> None:
        self.world = world
        self.seed = seed
        self.sites, self.homes, depot = fleet.places()
        self.depot = depot

    def planned(self, day: int, jobs: Sequence[Job], stock: Mapping[str, int]) -> tuple[list[Made], CrewCost]:
        """The visits of a day and what they cost; what stands on the shelf goes to whom the plan gives it."""
        if not is_working(day):
            jobs = [job for job in jobs if job.is_down]
        if not jobs:
            return [], CrewCost()
        crew = self.crew(day, jobs, stock)
        ways = Ways(crew, StraightLine())
        made: CrewPlan | None = None
        for step in plan(crew, ways, self.seed, Effort(rounds=ROUNDS)):
            if isinstance(step, CrewPlan):
                made = step
        assert made is not None
        by_name = {self.world.names[job.machine]: job for job in jobs}
        visits = [
            Made(by_name[stop.order], stop.starts_at, stop.ends_at)
            for route in made.routes
            for stop in route.stops
            if stop.kind is StopKind.VISIT
        ]
        return visits, cost_of(crew, made, ways)

    def crew(self, day: int, jobs: Iterable[Job], stock: Mapping[str, int]) -> Crew:
        """The problem of a day, as it stands at the midnight before."""
        begin = BEGIN + day * DAY
        on_duty = self.homes if is_working(day) else self.homes[day // 7 % len(self.homes) :][:1]
        return Crew(
            now=begin,
            visits=tuple(self.visit(job) for job in jobs),
            technicians=tuple(
                self.technician(f"t{nth}", home, shift_of(begin, is_regular=is_working(day)))
                for nth, home in enumerate(on_duty)
            ),
            depot=Depot(place=self.depot, stock=dict(stock)),
            km_cost=self.world.km_cost,
        )

    def technician(self, name: str, home: Place, shift: Shift) -> Technician:
        """With an empty van: parts are fetched at the depot."""
        return Technician(
            id=name,
            home=home,
            shifts=(shift,),
            hour_cost=self.world.hour_cost,
            overtime_cost=self.world.overtime_cost,
        )

    def visit(self, job: Job) -> Visit:
        """One machine, all its parts."""
        kinds = [self.world.parts[part] for part in job.parts]
        return Visit(
            order=self.world.names[job.machine],
            place=self.sites[job.machine],
            duration=SET_UP + int(sum(kind.hours for kind in kinds) * HOUR),
            parts={kind.id: 1 for kind in kinds},
            waiting=job.waiting,
            unassigned_cost=NEVER_LEFT if job.is_down else NEVER_LEFT / 10.0,
        )


def shift_of(begin: Instant, *, is_regular: bool) -> Shift:
    """From eight to half past four with two hours of overtime at most; on call, every hour is overtime."""
    opens = begin + 8 * HOUR
    if not is_regular:
        return Shift(span=Span(opens, opens + MINUTE), overtime=10 * HOUR)
    lunch = Break(Span(opens + 3 * HOUR, opens + 5 * HOUR), 30 * MINUTE)
    return Shift(span=Span(opens, opens + 8 * HOUR + 30 * MINUTE), overtime=2 * HOUR, breaks=(lunch,))
