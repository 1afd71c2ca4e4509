"""Priority: in which order tickets are worked on, and the terms that make it so."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from domain.finding import Severity
from domain.ticket import Priority, Ticket

LADDER = (Priority.URGENT, Priority.HIGH, Priority.MEDIUM, Priority.LOW)
STEP = {Severity.S1: 0, Severity.S2: 1, Severity.S3: 2}
CRITICALITY = {"high": 1, "low": -1}
TIER = {"gold": 1}
WIDE, WIDER = 10, 100
"""So many devices affected raise it by one step, by two."""


def priority_of(severity: Severity, facts: Mapping[str, Any], reach: int = 1) -> Priority:
    """S1 urgent, S2 high, S3 medium; a step higher for a critical asset or a gold customer, a step lower for an asset

    that hardly matters, higher the more devices are affected. Monotone: a worse severity, or one more reason to hurry,
    never lowers it.
    """
    return rung_of(terms_of(severity, facts, reach))


def terms_of(severity: Severity, facts: Mapping[str, Any], reach: int = 1) -> dict[str, Any]:
    """What the priority is made of: the steps that each reason lifts it, and what the reasons are."""
    return {
        "severity": severity.value,
        "criticality": CRITICALITY.get(said(facts, "criticality"), 0),
        "tier": TIER.get(said(facts, "tier"), 0),
        "reach": reach,
        "blast_radius": (reach >= WIDE) + (reach >= WIDER),
    }


def rung_of(terms: Mapping[str, Any]) -> Priority:
    """The priority that terms make: importance of asset and customer together count one step, the radius up to two."""
    important = max(-1, min(1, terms["criticality"] + terms["tier"]))
    place = STEP[Severity(terms["severity"])] - important - terms["blast_radius"]
    return LADDER[max(0, min(len(LADDER) - 1, place))]


def said(facts: Mapping[str, Any], name: str) -> str:
    """A fact in small letters."""
    return str(facts.get(name, "")).casefold()


def weighed(ticket: Ticket, severity: Severity | None = None, reach: int | None = None) -> Ticket:
    """The ticket under a severity and a blast radius, with its priority and the terms of it in the dossier.

    What is left out stays; so does what a person holds.
    """
    severe = ticket.severity if severity is None or "severity" in ticket.held else severity
    wide = reach_of(ticket) if reach is None else reach
    terms = terms_of(severe, ticket.dossier.get("facts", {}), wide)
    priority = ticket.priority if "priority" in ticket.held else rung_of(terms)
    return replace(ticket, severity=severe, priority=priority, dossier={**ticket.dossier, "priority": terms})


def reach_of(ticket: Ticket) -> int:
    """How many devices it affects, as it was weighed last."""
    return int(ticket.dossier.get("priority", {}).get("reach", 1))


def worse(one: Severity, other: Severity) -> Severity:
    """The worse of two."""
    return min(one, other, key=lambda severity: STEP[severity])


def worst(severities: Iterable[Severity]) -> Severity | None:
    """The worst of them; None of none."""
    return min(severities, key=lambda severity: STEP[severity], default=None)


def severity_now(ticket: Ticket) -> Severity:
    """The worst of what still holds: of active findings as each was seen last, and of people's reports.

    Where nothing holds any more, or it is not known how bad it is, the severity stays as it is.
    """
    known = ticket.dossier.get("severities", {})
    reported = [Severity(report["severity"]) for report in ticket.dossier.get("reports", ())]
    found = [Severity(known[finding]) if finding in known else ticket.severity for finding in ticket.active]
    return (worst([*found, *reported]) or ticket.severity) if found else ticket.severity
