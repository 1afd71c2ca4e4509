"""Clocks: what each line of the event log does to a ticket's SLA clocks. Pure: the log alone says how they stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.actors import MACHINES
from domain.finding import Severity
from domain.instants import Duration, Instant
from domain.sla import Clock, ClockKind, Policy, SlaBook, Stretch
from domain.ticket import LedgerEvent, TicketState
from ticketing.business_time import BusinessTime

STANDARD = "standard"
"""The policy of tickets whose class names none."""
DOES_NOT_MATTER = frozenset({"withdrawn", "duplicate", "noise"})
TAKEN_BACK = {"retracted": "withdrawn", "taken_in": "duplicate"}
"""Lines that cancel their ticket, and as what."""
RUNS_IN = frozenset({TicketState.NEW, TicketState.TRIAGED, TicketState.ASSIGNED, TicketState.IN_PROGRESS})
OURS = frozenset({"visit"})
"""What a ticket may wait for that is our own doing: the clock runs on."""
TAKEN_UP = frozenset({TicketState.IN_PROGRESS, TicketState.RESOLVED})
"""A person who moves a ticket there has answered."""


@dataclass(frozen=True, slots=True)
class Clockmaker:
    """The promises in force, and the time by which they are measured."""

    book: SlaBook
    time: BusinessTime

    def fold(self, clocks: Sequence[Clock], event: LedgerEvent) -> Sequence[Clock]:
        """A ticket's clocks after one line of the log about it, in order; the same clocks where it changes nothing."""
        match event.kind:
            case "opened":
                return self.opened(clocks, event)
            case "reported":
                return self.reported(clocks, event)
            case "acknowledged":
                return self.answered(clocks, event)
            case "answered":
                return self.answered(clocks, event, report=str(event.details["report"]))
            case "severity" | "edited":
                return self.revalued(clocks, event)
            case "moved" | "reopened" | "withdrawn" | "retracted" | "taken_in":
                return self.moved(clocks, event)
            case "sla_warned" | "escalated":
                return [self.told(clock, event) if is_about(clock, event) else clock for clock in clocks]
        return clocks

    def opened(self, clocks: Sequence[Clock], event: LedgerEvent) -> Sequence[Clock]:
        """The ticket's own clocks start, also where a report stands before it in the log."""
        is_known = any(not clock.report for clock in clocks)
        return clocks if is_known else [*(self.begun(kind, event) for kind in ClockKind), *clocks]

    def reported(self, clocks: Sequence[Clock], event: LedgerEvent) -> Sequence[Clock]:
        """A person's report that joins the ticket keeps a response clock of its own, as old as the report is."""
        report = str(event.details["report"])
        is_known = any(clock.report == report for clock in clocks)
        since = min(event.at, int(event.details.get("since", event.at)))
        return clocks if is_known else [*clocks, self.begun(ClockKind.RESPONSE, replace(event, at=since), report)]

    def begun(self, kind: ClockKind, event: LedgerEvent, report: str = "") -> Clock:
        """A clock that starts with a line of the log: when the ticket is committed, however old the fault is."""
        chosen = self.policy_of(str(event.details.get("class", "")))
        severity = severity_in(event.details, Severity.S3)
        clock = Clock(
            ticket=event.ticket,
            kind=kind,
            report=report,
            policy=chosen.id,
            severity=severity,
            target=promised(chosen, severity, kind),
            calendar=chosen.targets[severity].calendar,
            started_at=event.at,
        )
        return self.run(clock, event.at)

    def policy(self, name: str) -> Policy:
        """The policy of that name; the standard one where there is none."""
        return self.book.policies.get(name) or self.book.policies[STANDARD]

    def policy_of(self, ticket_class: str) -> Policy:
        """The policy of a class."""
        return self.policy(self.book.classes.get(ticket_class, STANDARD))

    # -- running

    def run(self, clock: Clock, at: Instant) -> Clock:
        """It runs from now on: when it is due, and when it turns orange; a ladder that had begun goes on."""
        left = clock.target - clock.worked
        blue = left - int(clock.target * self.policy(clock.policy).warn_share)
        running = replace(
            clock,
            since=at,
            paused="",
            stopped_at=None,
            kept=None,
            due_at=self.time.after(clock.calendar, at, left),
            orange_at=self.time.after(clock.calendar, at, blue),
        )
        return self.climbing(running, at) if clock.is_warned else running

    def climbing(self, clock: Clock, at: Instant) -> Clock:
        """The next step of the ladder is due after its share of the time that is left at an instant."""
        ladder = self.policy(clock.policy).ladder
        if clock.is_known or clock.rung >= len(ladder) or clock.due_at is None:
            return replace(clock, rung_at=None)
        left = self.time.between(clock.calendar, at, clock.due_at)
        return replace(clock, rung_at=self.time.after(clock.calendar, at, int(left * ladder[clock.rung].after)))

    def halt(self, clock: Clock, at: Instant, *, paused: str = "") -> Clock:
        """It does not run any more."""
        stretches = clock.stretches
        if clock.since is not None:
            worked = self.time.between(clock.calendar, clock.since, at)
            stretches = joined(stretches, Stretch(since=clock.since, until=max(at, clock.since), worked=worked))
        return replace(clock, stretches=stretches, since=None, paused=paused, due_at=None, orange_at=None, rung_at=None)

    def stop(self, clock: Clock, at: Instant, *, matters: bool = True) -> Clock:
        """It is over: kept, or not."""
        halted = self.halt(clock, at)
        return replace(halted, stopped_at=at, kept=halted.worked <= halted.target if matters else None)

    # -- what happens to a ticket

    def answered(self, clocks: Sequence[Clock], event: LedgerEvent, report: str | None = None) -> Sequence[Clock]:
        """A person has answered: the ticket itself and all reports, or one of them."""
        return clocks if event.actor in MACHINES else [self.heard(clock, event.at, report) for clock in clocks]

    def heard(self, clock: Clock, at: Instant, report: str | None) -> Clock:
        """One clock after a person's answer: the response is given, a ladder that is under way is over."""
        if clock.stopped_at is not None or report not in (None, clock.report):
            return clock
        if clock.kind is ClockKind.RESPONSE:
            return self.stop(clock, at)
        return replace(clock, is_known=True, rung_at=None) if clock.is_warned else clock

    def revalued(self, clocks: Sequence[Clock], event: LedgerEvent) -> Sequence[Clock]:
        """Another severity or class: new targets, counted from the original start; what has stopped stays as it was."""
        said = event.details.get("set", event.details)
        if not {"severity", "ticket_class"} & said.keys():
            return clocks
        return [self.with_promise(clock, said, event.at) for clock in clocks]

    def with_promise(self, clock: Clock, said: Mapping[str, Any], at: Instant) -> Clock:
        """One clock under another promise."""
        if clock.stopped_at is not None:
            return clock
        severity = severity_in(said, clock.severity)
        policy = self.policy_of(str(said["ticket_class"])) if "ticket_class" in said else self.policy(clock.policy)
        calendar = policy.targets[severity].calendar
        halted = self.halt(clock, at, paused=clock.paused)
        changed = replace(
            halted,
            policy=policy.id,
            severity=severity,
            target=promised(policy, severity, clock.kind),
            calendar=calendar,
            stretches=tuple(
                replace(stretch, worked=self.time.between(calendar, stretch.since, stretch.until))
                for stretch in halted.stretches
            ),
        )
        return self.run(changed, at) if clock.is_running else changed

    def moved(self, clocks: Sequence[Clock], event: LedgerEvent) -> Sequence[Clock]:
        """The ticket is in another state."""
        state, reason = state_after(event)
        return clocks if state is None else [self.in_state(clock, state, reason, event) for clock in clocks]

    def in_state(self, clock: Clock, state: TicketState, reason: str, event: LedgerEvent) -> Clock:
        """One clock of a ticket in a state."""
        if clock.kind is ClockKind.RESPONSE:
            return self.response_in(clock, state, reason, event)
        waits = state is TicketState.WAITING
        if state in RUNS_IN or (waits and reason in OURS):
            return clock if clock.is_running else self.run(clock, event.at)
        if clock.stopped_at is not None:
            return clock
        if waits:
            return self.halt(clock, event.at, paused=reason or state.value)
        return self.stop(clock, event.at, matters=reason not in DOES_NOT_MATTER)

    def response_in(self, clock: Clock, state: TicketState, reason: str, event: LedgerEvent) -> Clock:
        """A response clock waits for a person and for nothing else."""
        if clock.stopped_at is not None:
            return clock
        if state is TicketState.CANCELLED:
            return self.stop(clock, event.at, matters=reason not in DOES_NOT_MATTER)
        is_answer = state in TAKEN_UP and event.actor not in MACHINES
        return self.stop(clock, event.at) if is_answer else clock

    # -- what the clocks themselves have said

    def told(self, clock: Clock, event: LedgerEvent) -> Clock:
        """The supervisor was told, and the ladder begins; or a step of it was taken, and the next is waited for."""
        due = int(event.details["due"])
        if event.kind == "sla_warned":
            return self.climbing(replace(clock, is_warned=True), due)
        ladder = self.policy(clock.policy).ladder
        taken = int(event.details["rung"]) + 1
        if taken >= len(ladder) or clock.due_at is None:
            return replace(clock, rung=taken, rung_at=None)
        past, share = ladder[taken - 1].after, ladder[taken].after
        left = self.time.between(clock.calendar, due, clock.due_at)
        step = int(left * (share - past) / (1 - past)) if past < 1 else 0
        return replace(clock, rung=taken, rung_at=self.time.after(clock.calendar, due, step))

    # -- another book

    def changed_over(self, clock: Clock, at: Instant, former: "Clockmaker") -> Clock:
        """The clock goes on by this book; what the former has counted until now stays. One that stopped is history."""
        if clock.stopped_at is not None or self.promises_as(clock, former):
            return clock
        halted, policy = former.halt(clock, at, paused=clock.paused), self.policy(clock.policy)
        changed = replace(
            halted,
            policy=policy.id,
            target=promised(policy, clock.severity, clock.kind),
            calendar=policy.targets[clock.severity].calendar,
        )
        return self.run(changed, at) if clock.is_running else changed

    def promises_as(self, clock: Clock, former: "Clockmaker") -> bool:
        """For this clock nothing is different in the former book."""
        policy, calendar = self.policy(clock.policy), self.book.calendars.get(clock.calendar)
        return policy == former.policy(clock.policy) and calendar == former.book.calendars.get(clock.calendar)


def joined(stretches: tuple[Stretch, ...], last: Stretch) -> tuple[Stretch, ...]:
    """The stretches with one more; it goes on with the one before where there was no pause."""
    if not stretches or stretches[-1].until != last.since:
        return (*stretches, last)
    before = stretches[-1]
    return (*stretches[:-1], Stretch(since=before.since, until=last.until, worked=before.worked + last.worked))


def severity_in(said: Mapping[str, Any], otherwise: Severity) -> Severity:
    """The severity that a line names; `otherwise` where it names none, or one that this release does not know."""
    named = said.get("severity", otherwise)
    return Severity(named) if named in list(Severity) else otherwise


def promised(policy: Policy, severity: Severity, kind: ClockKind) -> Duration:
    """The working time that a policy gives."""
    target = policy.targets[severity]
    return target.response if kind is ClockKind.RESPONSE else target.resolution


def is_about(clock: Clock, event: LedgerEvent) -> bool:
    """The line is about this clock of its ticket."""
    return (clock.kind.value, clock.report) == (event.details.get("clock"), event.details.get("report", ""))


def state_after(event: LedgerEvent) -> tuple[TicketState | None, str]:
    """The state in which a line of the log leaves its ticket, with the reason; None where it says nothing of it."""
    details: Mapping[str, object] = event.details
    if event.kind == "reopened":
        return TicketState.TRIAGED, ""
    if event.kind in TAKEN_BACK:
        return TicketState.CANCELLED, TAKEN_BACK[event.kind]
    if event.kind == "withdrawn":
        is_over = details.get("ticket_state") == TicketState.CANCELLED.value
        return (TicketState.CANCELLED, "withdrawn") if is_over else (None, "")
    return TicketState(str(details["state"])), str(details.get("reason", ""))
