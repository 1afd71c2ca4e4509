"""Labels: what closing codes say about the detection, and how often each rule version was right."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.errors import WrongFormat
from domain.finding import Finding
from domain.instants import DAY, Instant
from domain.ticket import LedgerEvent, Ticket, TicketState
from domain.ticket_class import LABELS
from ticketing.classes import Classes
from truckroll.backtest.csv_events import checked
from truckroll.backtest.csv_header import header_of
from truckroll.backtest.truth import Failure
from truckroll.backtest.weekly import share

RIGHT, WRONG = frozenset({"true", "wrong_part"}), frozenset({"nff"})
"""A wrong part is no mistake of saying that something is broken; planned work says nothing."""
NOISE = "noise"

Code = Mapping[str, str]
"""By ticket's number or finding's id, the closing code."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A ticket and what its closing said about the detection, one of LABELS."""

    ticket: Ticket
    label: str


@dataclass(frozen=True, slots=True)
class Precision:
    """How often a rule version was right, of the tickets whose closing says so."""

    rule: str
    counts: Mapping[str, int]
    """By label; `unknown`: the class has no remedy for the code, `open`: no code yet."""

    @property
    def right(self) -> int:
        """Labels that say that something was there."""
        return sum(self.counts.get(label, 0) for label in RIGHT)

    @property
    def judged(self) -> int:
        """Labels that say anything about it."""
        return self.right + sum(self.counts.get(label, 0) for label in WRONG)

    def as_dict(self) -> dict[str, Any]:
        """By name, ready for JSON."""
        return {
            "rule": self.rule,
            "labels": dict(self.counts),
            "judged": self.judged,
            "precision": self.right / self.judged if self.judged else None,
            "interval": share(self.right, self.judged),
        }


def codes_in(file: Path, columns: Mapping[str, str]) -> dict[str, str]:
    """A file's closing codes: a column `ticket` or `finding`, and `code`. Raises WrongFormat."""
    header = header_of(file)
    subject, code = header.place("ticket", columns), header.needed("remedy", columns)
    if subject is None:
        subject = header.place("finding", columns)
    if subject is None:
        raise WrongFormat([f"{file}:1: no column ticket or finding; say whose closing code each row is."])
    return {row[subject].strip(): row[code].strip() for row in checked(file, header, len) if row[code].strip()}


def codes_of(events: Iterable[LedgerEvent]) -> dict[str, str]:
    """The closing codes in the ledger's event log, the last of each ticket."""
    return {event.ticket: str(event.details["code"]) for event in events if event.details.get("code")}


def labelled(tickets: Iterable[Ticket], codes: Code, classes: Classes) -> Iterator[Labelled]:
    """Every ticket with its label, `unknown` or `open`. What a person cancelled as noise is `nff`."""
    for ticket in tickets:
        code = codes.get(ticket.number) or next((codes[f] for f in ticket.findings if f in codes), "")
        yield Labelled(ticket, label_of(ticket, code, classes))


def label_of(ticket: Ticket, code: str, classes: Classes) -> str:
    """What a closing says: as the class's remedies have it, or as the code itself is called."""
    if ticket.state is TicketState.CANCELLED and ticket.reason == NOISE:
        return "nff"
    if not code:
        return "open"
    known = classes.classes.get(ticket.ticket_class)
    meant = known.remedies.get(code) if known is not None else None
    return meant or (code if code in LABELS else "unknown")


def precision(said: Iterable[Labelled], findings: Iterable[Finding]) -> list[Precision]:
    """Rule version by rule version; a ticket counts for each version that has a finding in it."""
    rule_of = {finding.id: f"{finding.rule}@{finding.version}" for finding in findings if not finding.shadow}
    counts: dict[str, Counter[str]] = {}
    for one in said:
        for rule in {rule_of[finding] for finding in one.ticket.findings if finding in rule_of}:
            counts.setdefault(rule, Counter())[one.label] += 1
    return [Precision(rule, dict(sorted(counted.items()))) for rule, counted in sorted(counts.items())]


def as_truth(said: Sequence[Labelled], rule_mode: str) -> tuple[list[Failure], list[Failure]]:
    """Of one failure mode: what was really there, and what was not, from the fault to a day after the ticket."""
    here = [one for one in said if one.ticket.failure_mode == rule_mode]
    there = [failure_of(one.ticket) for one in here if one.label in RIGHT]
    return there, [failure_of(one.ticket) for one in here if one.label in WRONG]


def failure_of(ticket: Ticket) -> Failure:
    """The time that a ticket is about."""
    until: Instant = max(ticket.opened_at, ticket.closed_at or 0) + DAY
    return Failure(min(ticket.fault_at, ticket.opened_at), until, ticket.asset, ticket.failure_mode, ticket.component)
