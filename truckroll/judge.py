"""Judge: what rules find in a scenario, played in virtual time through the live engine and the live desk."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from domain.entries import Entry, Kind
from domain.errors import WrongFormat
from domain.finding import Finding, FindingState
from domain.instants import DAY, MINUTE, SECOND, Duration, Instant
from domain.ticket import Response, Situation, Ticket, TicketState
from firmware_sim.publication import Publication
from firmware_sim.recorded import read
from firmware_sim.scenario import Scenario
from firmware_sim.score import Alarm, Score, score
from firmware_sim.truth import Truth, truth_of
from firmware_sim.weather import OWN, WEATHERS
from ticketing.desk import ServiceDesk
from truckroll.backtest.entries import entries
from truckroll.backtest.run import Outcome, play
from truckroll.ruleset import RuleSet

SHORTEST_TICK, LONGEST_TICK = 5 * SECOND, 10 * MINUTE
TICKS = 2_000
"""A scenario is cut into so many ticks, where that keeps them between the shortest and the longest."""

Look = Callable[[float], None]
"""Is told the share of the scenario that has been played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One run: a scenario with a seed over a network."""

    scenario: str
    seed: int
    network: str
    score: Score
    messages: int

    def as_dict(self) -> dict[str, Any]:
        """By name, ready for JSON."""
        about = {"scenario": self.scenario, "seed": self.seed, "network": self.network, "messages": self.messages}
        return about | self.score.as_dict()


def judge(
    rules: RuleSet, scenario: Scenario, *, seed: int, network: str, tick: Duration = 0, look: Look = lambda _: None
) -> Verdict:
    """What the rules, all of them taken as live, make of the scenario with this seed over this network.

    Time passes every `tick`; 0 = as often as the scenario's length allows.
    """
    world = replace(scenario, seed=seed)
    if network != OWN:
        world = world.through(WEATHERS[network])
    desk = Noting()
    outcome = play(
        rules,
        entries(
            watched(arrivals(world), world, look),
            tick=tick or tick_of(world.duration),
            until=world.start + world.duration,
        ),
        desk=desk,
    )
    found = score(world.truth(), found_tickets(outcome), desk.alarms(outcome))
    return Verdict(scenario=world.name, seed=seed, network=network, score=found, messages=outcome.messages)


def judge_recorded(rules: RuleSet, traffic: Path, *, tick: Duration = 0, look: Look = lambda _: None) -> Verdict:
    """What the rules make of traffic on which faults were planted; the truth lies beside it.

    Raises WrongFormat where it does not, or where traffic or truth cannot be read.
    """
    truth = planted_truth(traffic)
    desk = Noting()
    outcome = play(rules, entries(read(traffic), tick=tick or tick_of(truth.duration)), desk=desk)
    look(1.0)
    found = score(truth, found_tickets(outcome), desk.alarms(outcome))
    return Verdict(scenario=traffic.stem, seed=0, network=OWN, score=found, messages=outcome.messages)


def planted_truth(traffic: Path) -> Truth:
    """The truth beside a file of planted traffic."""
    path = truth_beside(traffic)
    try:
        return truth_of(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise WrongFormat([f"{path}: the truth about {traffic.name} is missing; plant it again."]) from None
    except (ValueError, KeyError, TypeError) as error:
        raise WrongFormat([f"{path}: this is no truth of a scenario: {error}."]) from None


def truth_beside(traffic: Path) -> Path:
    """Where the truth about planted traffic lies."""
    return traffic.with_suffix(".truth.json")


def tick_of(duration: Duration) -> Duration:
    """How often time passes in a run: as in the service, more rarely where days are played."""
    return min(LONGEST_TICK, max(SHORTEST_TICK, duration // TICKS // SECOND * SECOND))


def arrivals(scenario: Scenario) -> Iterator[Publication | Entry]:
    """Messages and changes of the registry, in order of arrival."""
    controls = [Entry(Kind.CONTROL, at, "registry", payload) for at, payload in scenario.controls()]
    for publication in scenario.publications():
        while controls and controls[0].received_at <= publication.at:
            yield controls.pop(0)
        yield publication
    yield from controls


def watched(stream: Iterator[Publication | Entry], scenario: Scenario, look: Look) -> Iterator[Publication | Entry]:
    """The same, and about every day of the scenario it is told how far it is."""
    step = min(DAY, max(1, scenario.duration // 50))
    due = scenario.start + step
    for arrival in stream:
        yield arrival
        if moment(arrival) >= due:
            look((due - scenario.start) / scenario.duration)
            due += step


def moment(arrival: Publication | Entry) -> Instant:
    """When it arrives."""
    return arrival.received_at if isinstance(arrival, Entry) else arrival.at


def found_tickets(outcome: Outcome) -> list[tuple[str, str, str, Instant]]:
    """The tickets that stand, as (asset, component, failure mode, opened); one about a fleet is its incident's."""
    fleets = {finding.id for finding in outcome.findings if finding.scope}
    return [
        (ticket.asset, ticket.component, ticket.failure_mode, ticket.opened_at)
        for ticket in outcome.tickets
        if not is_withdrawn(ticket) and not fleets.intersection(ticket.findings)
    ]


def is_withdrawn(ticket: Ticket) -> bool:
    """The desk cancelled it, because late messages showed that there was no fault."""
    return ticket.state is TicketState.CANCELLED and ticket.reason == "withdrawn"


@dataclass(frozen=True)
class Noting(ServiceDesk):
    """The service's desk, which also notes when each finding about a fleet came."""

    opened: dict[str, Instant] = field(default_factory=dict)

    def respond(self, finding: Finding, situation: Situation, now: Instant) -> Response:
        """As the port says."""
        if finding.scope and finding.is_active:
            self.opened.setdefault(finding.id, finding.changed_at)
        return ServiceDesk.respond(self, finding, situation, now)

    def alarms(self, outcome: Outcome) -> list[Alarm]:
        """What they named, at the moments at which they came; withdrawn ones left out."""
        return [
            Alarm(finding.scope, self.opened[finding.id])
            for finding in outcome.findings
            if finding.id in self.opened and finding.state is not FindingState.WITHDRAWN
        ]
