"""The crew's schedule: the live problem planned, as it is or as it would be if something happened."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from adapters import ledger_crew, ledger_people
from adapters.ledger_sql import SqlLedger
from domain.crew import Crew, CrewPlan, Span
from domain.crew_proposal import Proposal, Relief
from domain.errors import Unknown
from domain.instants import DAY, Instant, instant_text
from maintenance.crew_cost import cost_of
from maintenance.crew_offers import savings
from maintenance.crew_proposing import Made, proposed
from maintenance.crew_ways import Ways
from maintenance.crew_whatif import with_one_more, without_part
from maintenance.joint_live import Together, together, with_left
from maintenance.search.run import Progress
from truckroll.crew_outside import router_of
from truckroll.crew_planning import Planning, asked_for, made_here
from truckroll.crew_world import Looked, look
from truckroll.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be planned."""

    days: int = 5
    seconds: float = 10.0
    seed: int = 1
    rounds: int | None = None
    ill: tuple[str, ...] = ()
    ill_from: Instant | None = None
    """None = from now on."""
    ill_until: Instant | None = None
    """None = as far as is planned."""
    one_more: bool = False
    more_skills: tuple[str, ...] = ()
    """What one more can do; none: everything."""
    late_parts: tuple[str, ...] = ()
    joint: bool = False
    """Pieces of short parts that are there or on their way are given out together with dates and routes."""
    moves_promises: bool = False
    """Promises that nobody can keep may be moved, at a price."""

    @property
    def why(self) -> str:
        """What is asked, for the record; empty for the usual plan."""
        said = [f"{name} ill" for name in self.ill] + [f"{part} late" for part in self.late_parts]
        said += ["one more technician"] if self.one_more else []
        said += [f"from {instant_text(self.ill_from)}"] if self.ill and self.ill_from is not None else []
        return ", ".join(said)


@dataclass(slots=True)
class Schedule:
    """One plan of the live ledger that is being made."""

    settings: Settings
    wanted: Wanted
    now: Instant
    looked: Looked
    crew: Crew
    before: CrewPlan | None = None
    """The plan that was shown last: it stands where nothing cheaper is found."""
    together: Together | None = None
    """What is decided together, where that is wanted."""
    planning: Planning | None = None

    @property
    def asked(self) -> dict[str, Any]:
        """How the plan is wanted."""
        price = self.looked.terms.moved_promise_cost
        return asked_for(
            seconds=self.wanted.seconds,
            seed=self.wanted.seed,
            rounds=self.wanted.rounds,
            ways=self.settings.crew.ways,
            zone=self.looked.terms.zone,
            price=price if self.wanted.moves_promises else None,
            before=self.before,
            lots=self.together.lots if self.together else (),
        )

    @property
    def problem(self) -> Crew:
        """What the planner is given."""
        return self.together.crew if self.together else self.crew

    def steps(self) -> Generator[Progress | Proposal, None, None]:
        """Now and then the progress, at last the proposal, from a process of its own.

        Closing it ends the process. Where there is nothing to plan it takes none. Raises TryLater, GiveUp.
        """
        if not self.problem.visits:
            yield self.here()
            return
        self.planning = Planning(self.problem, **self.asked)
        for step in self.planning.steps():
            yield self.proposal(step, self.planning.reliefs) if isinstance(step, CrewPlan) else step

    def here(self) -> Proposal:
        """The proposal, made in this process. Raises TryLater, GiveUp."""
        reliefs: Mapping[str, Relief] = {}
        made = CrewPlan()
        for step in made_here(self.problem, self.asked, lambda: False):
            made = step if isinstance(step, CrewPlan) else made
            reliefs = step if isinstance(step, dict) else reliefs
        return self.proposal(made, reliefs)

    def be_content(self) -> None:
        """The best so far is wanted."""
        if self.planning is not None:
            self.planning.be_content()

    def end(self) -> None:
        """No plan is wanted any more."""
        if self.planning is not None:
            self.planning.kill()

    def proposal(self, made: CrewPlan, reliefs: Mapping[str, Relief]) -> Proposal:
        """What is shown."""
        made = with_left(made, self.together) if self.together else made
        ways = Ways(self.crew, router_of(self.settings.crew.ways))
        return proposed(
            replace(self.looked.world, crew=self.crew),
            Made(
                plan=made,
                cost=cost_of(self.crew, made, ways),
                reliefs=reliefs,
                saved=savings(self.crew, made, self.looked.world.extra, ways),
            ),
            now=self.now,
            price=self.looked.terms.moved_promise_cost,
            why=self.wanted.why,
            said=(*self.looked.said, *(self.together.said if self.together else ())),
        )


def schedule(ledger: SqlLedger, settings: Settings, wanted: Wanted, now: Instant) -> Schedule:
    """Look at the ledger and begin to plan. Raises Unknown for a technician who is not there, TryLater, GiveUp."""
    check_people(ledger, wanted)
    begin = now if wanted.ill_from is None else wanted.ill_from
    until = now + (wanted.days + 1) * DAY if wanted.ill_until is None else wanted.ill_until
    looked = look(ledger, settings, now, wanted.days, {name: Span(begin, until) for name in wanted.ill})
    with ledger.reading() as connection:
        last = next(iter(ledger_crew.proposals(connection, 1)), None)
    crew = changed(looked.world.crew, wanted)
    return Schedule(
        settings=settings,
        wanted=wanted,
        now=now,
        looked=looked,
        crew=crew,
        before=last.plan if last else None,
        together=together(crew, [lot for lot in looked.arrivals if lot.part not in wanted.late_parts])
        if wanted.joint
        else None,
    )


def changed(crew: Crew, wanted: Wanted) -> Crew:
    """The problem as it would be."""
    crew = with_one_more(crew, wanted.more_skills) if wanted.one_more else crew
    for part in wanted.late_parts:
        crew = without_part(crew, part)
    return crew


def check_people(ledger: SqlLedger, wanted: Wanted) -> None:
    """Nothing, or Unknown."""
    with ledger.reading() as connection:
        people = ledger_people.staff(connection).people
    for name in wanted.ill:
        if name not in people:
            raise Unknown("technician", name)
