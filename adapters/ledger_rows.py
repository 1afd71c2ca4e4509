"""Rows of the ledger and the values they stand for: what goes in comes out equal."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import Row

from domain.batch import Reject
from domain.finding import Evidence, Finding, FindingState, Severity
from domain.incident import Hold, HoldKind, Incident, IncidentState, Member
from domain.registry import Facts
from domain.ticket import LedgerEvent, OpenKey, Pinned, Priority, Ticket, TicketState

AnyRow = Row[Any]

FINDING_FIELDS = tuple(f.name for f in fields(Finding) if f.name not in ("joined", "left"))
"""Who belongs to a fleet's finding has a table of its own."""
TICKET_FIELDS = tuple(f.name for f in fields(Ticket))
COMPACT = json.JSONEncoder(separators=(",", ":"))
RANKS_A_YEAR = 1_000_000_000


def dumps(value: Any) -> str:
    """JSON in pure ASCII, which every database keeps as it is."""
    return COMPACT.encode(value)


def key_text(key: OpenKey | None) -> str | None:
    """The one text that a key has."""
    return None if key is None else dumps(key)


def rank_of(year: int, nth: int) -> int:
    """The order of ticket numbers as one whole number."""
    return year * RANKS_A_YEAR + nth


def number_of(rank: int) -> str:
    """`T-2026-000123`."""
    year, nth = divmod(rank, RANKS_A_YEAR)
    return f"T-{year}-{nth:06d}"


def ticket_row(ticket: Ticket) -> dict[str, Any]:
    """The columns of a ticket, without its rank."""
    row = {name: getattr(ticket, name) for name in TICKET_FIELDS}
    return row | {
        "open_key": key_text(ticket.open_key),
        "state": ticket.state.value,
        "severity": ticket.severity.value,
        "priority": ticket.priority.value,
        "title": dumps(dict(ticket.title)),
        "summary": dumps(dict(ticket.summary)),
        "findings": dumps(ticket.findings),
        "active": dumps(ticket.active),
        "dossier": dumps(dict(ticket.dossier)),
        "held": dumps(sorted(ticket.held)),
    }


def ticket_of(row: AnyRow) -> Ticket:
    """The ticket of a row."""
    values: dict[str, Any] = dict(row._mapping)
    del values["rank"], values["open_key"]
    values["state"] = TicketState(values["state"])
    values["severity"] = Severity(values["severity"])
    values["priority"] = Priority(values["priority"])
    values["title"] = json.loads(values["title"])
    values["summary"] = json.loads(values["summary"])
    values["findings"] = tuple(json.loads(values["findings"]))
    values["active"] = tuple(json.loads(values["active"]))
    values["dossier"] = json.loads(values["dossier"])
    values["held"] = frozenset(json.loads(values["held"]))
    return Ticket(**values)


def finding_row(finding: Finding) -> dict[str, Any]:
    """The columns of a finding."""
    row = {name: getattr(finding, name) for name in FINDING_FIELDS}
    return row | {
        "state": finding.state.value,
        "severity": finding.severity.value,
        "key": dumps(finding.key),
        "title": dumps(dict(finding.title)),
        "facts": dumps(dict(finding.facts)),
        "evidence": dumps(finding.evidence),
        "scope": dumps(dict(finding.scope)),
        "details": dumps(dict(finding.details)),
    }


def finding_of(row: AnyRow) -> Finding:
    """The finding of a row."""
    values: dict[str, Any] = dict(row._mapping)
    values["state"] = FindingState(values["state"])
    values["severity"] = Severity(values["severity"])
    values["key"] = tuple((name, value) for name, value in json.loads(values["key"]))
    values["title"] = json.loads(values["title"])
    values["facts"] = json.loads(values["facts"])
    values["evidence"] = tuple(Evidence(*piece) for piece in json.loads(values["evidence"]))
    values["scope"] = json.loads(values["scope"])
    values["details"] = json.loads(values["details"])
    return Finding(**values)


def event_row(event: LedgerEvent, position: int, ticket: str) -> dict[str, Any]:
    """The columns of an event that got its position, and its ticket's number."""
    return {
        "position": position,
        "at": event.at,
        "kind": event.kind,
        "ticket": ticket,
        "actor": event.actor,
        "why": event.why,
        "details": dumps(dict(event.details)),
    }


def event_of(row: AnyRow) -> LedgerEvent:
    """The event of a row."""
    values: Mapping[str, Any] = row._mapping
    return LedgerEvent(**{**values, "details": json.loads(values["details"])})


def pinned_row(pin: Pinned) -> dict[str, Any]:
    """The columns of a pinned entry."""
    return {f.name: getattr(pin, f.name) for f in fields(Pinned)}


def pinned_of(row: AnyRow) -> Pinned:
    """The pinned entry of a row."""
    return Pinned(**row._mapping)


def reject_of(row: AnyRow) -> Reject:
    """The message in quarantine of a row."""
    return Reject(**row._mapping)


def facts_text(facts: Facts) -> str:
    """All of the facts."""
    return dumps(facts.as_dict())


def facts_of(row: AnyRow) -> Facts:
    """The facts of a row."""
    return Facts(**json.loads(row.facts))


def incident_row(incident: Incident) -> dict[str, Any]:
    """The columns of an incident."""
    row = {f.name: getattr(incident, f.name) for f in fields(Incident)}
    return row | {
        "state": incident.state.value,
        "scope": dumps(dict(incident.scope)),
        "details": dumps(dict(incident.details)),
    }


def incident_of(row: AnyRow) -> Incident:
    """The incident of a row."""
    values: dict[str, Any] = dict(row._mapping)
    values["state"] = IncidentState(values["state"])
    values["scope"] = json.loads(values["scope"])
    values["details"] = json.loads(values["details"])
    return Incident(**values)


def member_row(member: Member) -> dict[str, Any]:
    """The columns of a member."""
    return {f.name: getattr(member, f.name) for f in fields(Member)}


def member_of(row: AnyRow) -> Member:
    """The member of a row."""
    return Member(**row._mapping)


def hold_row(hold: Hold) -> dict[str, Any]:
    """The columns of what holds a finding back."""
    return {f.name: getattr(hold, f.name) for f in fields(Hold)} | {"kind": hold.kind.value}


def hold_of(row: AnyRow) -> Hold:
    """What holds a finding back, of a row."""
    values: dict[str, Any] = dict(row._mapping)
    return Hold(**values | {"kind": HoldKind(values["kind"])})
