"""Intake: a person's report goes to the right ticket, whichever way it came."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.errors import WrongFormat
from domain.finding import Severity
from domain.incident import Incident
from domain.instants import Instant
from domain.registry import Facts
from domain.report import Reading, Report, Surroundings, Taken
from domain.ticket import LedgerEvent, OpenKey, Priority, Response, Ticket, TicketState
from ticketing.classes import Classes
from ticketing.evidence import THOUGHT_REPAIRED
from ticketing.moves import birth, line, moved, revised
from ticketing.opening import glimpse
from ticketing.priority import weighed, worse
from ticketing.report_told import MOST_SUMMARY, summary_of, title_of, with_words, words_of
from ticketing.visits import Need, ticket_for_member

REPORTER = "reporter"
"""The actor in the event log; who it was stands in the report."""
UNKNOWN_ASSET = "report:"
"""What a ticket is about whose device nobody knows yet: this and the report's id."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What to record for a report, and what became of it."""

    response: Response
    taken: Taken


@dataclass(frozen=True, slots=True)
class Intake:
    """The desk's door for people's reports."""

    classes: Classes
    modes: Mapping[str, Sequence[str]]
    """The failure modes that the rules find for each class."""

    def take(self, report: Report, reading: Reading, around: Surroundings, now: Instant) -> Answer:
        """The conversation goes on, the device's open ticket is joined, a member is let out, or a ticket is opened."""
        continued = around.continued
        if continued is not None and continued.is_open:
            return Answer(goes_on(continued, report, now), Taken.CONTINUED)
        same = self.same_trouble(report, reading, around)
        if same is not None:
            return Answer(joined(same, report, reading, now), Taken.JOINED)
        if around.home is not None and around.template is not None and around.facts is not None:
            member = (around.facts, around.home, around.template)
            return Answer(let_out(report, reading, around, member, now), Taken.LET_OUT)
        ticket = self.opened(report, reading, around, now)
        details = {"report": report.id, "channel": report.channel.value}
        return Answer(Response(tickets=(ticket,), events=(birth(ticket, now, REPORTER, **details),)), Taken.OPENED)

    def same_trouble(self, report: Report, reading: Reading, around: Surroundings) -> Ticket | None:
        """The asset's open ticket for the failure mode of the report; none where that is not known."""
        modes = self.modes_of(report, reading)
        return next((ticket for ticket in around.open_tickets if ticket.failure_mode in modes), None)

    def modes_of(self, report: Report, reading: Reading) -> Sequence[str]:
        """The failure modes that a report can mean; none where neither its sender nor its words say."""
        if report.failure_mode:
            return (report.failure_mode,)
        kind = report.ticket_class or reading.ticket_class
        return (*self.modes.get(kind, ()), kind) if kind else ()

    def mode_of(self, report: Report, reading: Reading) -> str:
        """The failure mode of a ticket made for it. What nobody knows yet is the same as nothing else."""
        kind = report.ticket_class or reading.ticket_class
        if report.failure_mode or not kind:
            return report.failure_mode or f"unclear:{report.id}"
        known = self.modes.get(kind, ())
        return known[0] if len(known) == 1 else kind

    def opened(self, report: Report, reading: Reading, around: Surroundings, now: Instant) -> Ticket:
        """A new ticket, with the device as it is and what its class asks for."""
        facts = around.facts
        asset, component, mode = self.key_of(report, reading, facts)
        kind = report.ticket_class or reading.ticket_class
        severity = report.severity or reading.severity or Severity.S3
        dossier = self.dossier_of(report, reading, around)
        ticket = Ticket(
            asset=asset,
            component=component,
            failure_mode=mode,
            state=TicketState.NEW,
            severity=severity,
            priority=Priority.LOW,
            title=title_of(report, facts),
            summary=summary_of(report, dossier),
            ticket_class=kind,
            opened_at=now,
            fault_at=report.at,
            changed_at=now,
            dossier=dossier,
            held=held_by_sender(report),
            touched=True,
            linked_to=around.continued.number if around.continued else "",
        )
        return weighed(ticket)

    def key_of(self, report: Report, reading: Reading, facts: Facts | None) -> OpenKey:
        """What it is about; a device that nobody knows yet is one of its own."""
        asset = facts.asset if facts else f"{UNKNOWN_ASSET}{report.id}"
        component = report.component or (facts.component if facts else "")
        return (asset, component, self.mode_of(report, reading))

    def dossier_of(self, report: Report, reading: Reading, around: Surroundings) -> dict[str, Any]:
        """The device as it is, the report, what its class still wants to know, and the parts of its job plan."""
        facts = around.facts.as_dict() if around.facts else {}
        firmware = next((str(t.dossier["firmware"]) for t in around.recent if t.dossier.get("firmware")), "")
        return {
            "facts": facts,
            "firmware": firmware,
            "recent": [glimpse(ticket) for ticket in around.recent],
            **self.asked_by_class(report, reading),
            **words_of(report, reading),
            "fields": {**reading.fields, **report.fields},
        }

    def asked_by_class(self, report: Report, reading: Reading) -> dict[str, Any]:
        """The mandatory fields that are missing, and the parts that a visit would take along."""
        kind = report.ticket_class or reading.ticket_class
        plan = self.classes.plan_of(kind)
        return {"missing": list(self.missing(report, kind)), "parts": dict(plan.kit) if plan else {}}

    def missing(self, report: Report, kind: str) -> Iterable[str]:
        """The mandatory fields of a class that a report leaves empty."""
        known = self.classes.classes.get(kind)
        return (name for name in (known.required if known else ()) if not report.fields.get(name, "").strip())

    def check(self, report: Report) -> None:
        """Nothing, or WrongFormat with the mandatory fields that are missing for the class that the sender chose."""
        mistakes = [
            f"{name} is missing; the class {report.ticket_class} asks for it."
            for name in self.missing(report, report.ticket_class)
        ]
        if not report.words.strip():
            mistakes.append("The report says nothing; write in subject or text what is wrong.")
        if mistakes:
            raise WrongFormat(mistakes)


def let_out(
    report: Report, reading: Reading, around: Surroundings, member: tuple[Facts, Incident, Ticket], now: Instant
) -> Response:
    """The own ticket of an asset that is a member of an incident (with its ticket), and the report on it."""
    facts, home, template = member
    component = around.held[0].component if around.held else ""
    key = (facts.asset, component, home.failure_mode)
    occupant = next((ticket for ticket in around.open_tickets if ticket.open_key == key), None)
    response = ticket_for_member(
        home, template, facts.asset, around.held, occupant, need=Need.REPORTED, by=REPORTER, now=now
    )
    if occupant is not None:
        return with_report(response, response.tickets[0], report, reading, now)
    first, *rest = response.events
    told = replace(first, details={**first.details, "report": report.id, "channel": report.channel.value})
    ticket = with_words(response.tickets[0], report, reading)
    return replace(response, tickets=(ticket,), events=(told, *rest))


def goes_on(ticket: Ticket, report: Report, now: Instant) -> Response:
    """The ticket's conversation goes on; nobody else's edit is disturbed."""
    told = line("replied", ticket, now, REPORTER, report=report.id, text=report.text[:MOST_SUMMARY])
    return Response(tickets=(replace(ticket, touched=True),), events=(told,))


def joined(ticket: Ticket, report: Report, reading: Reading, now: Instant) -> Response:
    """The report is one more sign of what the ticket is about, and waits for an answer of its own.

    A ticket that was thought repaired is taken up again: its device may be healthy enough to close it over the report.
    """
    response = with_report(Response(), ticket, report, reading, now)
    if ticket.state not in THOUGHT_REPAIRED:
        return response
    again = moved(response.tickets[0], TicketState.TRIAGED, now)
    told = line("reopened", ticket, now, REPORTER, "reported again", was=ticket.state.value)
    return replace(response, tickets=(again,), events=(told, *response.events))


def with_report(response: Response, ticket: Ticket, report: Report, reading: Reading, now: Instant) -> Response:
    """The response, in which the ticket has the report; a worse severity counts for the ticket too."""
    severity = worse(ticket.severity, report.severity or reading.severity or Severity.S3)
    events: list[LedgerEvent] = [
        line(
            "reported",
            ticket,
            now,
            REPORTER,
            report=report.id,
            channel=report.channel.value,
            severity=severity.value,
            **{"class": ticket.ticket_class},
        )
    ]
    grown = replace(with_words(ticket, report, reading), touched=True)
    if severity is not ticket.severity and "severity" not in ticket.held:
        grown, told = raised(grown, severity, now)
        events.append(told)
    others = tuple(other for other in response.tickets if other.number != ticket.number)
    return replace(response, tickets=(grown, *others), events=(*response.events, *events))


def raised(ticket: Ticket, severity: Severity, now: Instant) -> tuple[Ticket, LedgerEvent]:
    """The ticket under a worse severity."""
    worse_off = weighed(revised(ticket, now), severity)
    told = {"was": ticket.severity.value, "severity": severity.value, "priority": worse_off.priority.value}
    terms = worse_off.dossier["priority"]
    return worse_off, line("severity", ticket, now, why="reported", terms=terms, **told)


def held_by_sender(report: Report) -> frozenset[str]:
    """What the sender set himself stays his."""
    return frozenset({"ticket_class"} if report.ticket_class else ()) | ({"severity"} if report.severity else set())
