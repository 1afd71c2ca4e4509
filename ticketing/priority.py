"""Priority: in which order tickets are worked on."""

from collections.abc import Mapping
from typing import Any

from domain.finding import Severity
from domain.ticket import Priority

LADDER = (Priority.URGENT, Priority.HIGH, Priority.MEDIUM, Priority.LOW)
STEP = {Severity.S1: 0, Severity.S2: 1, Severity.S3: 2}
RAISED_BY = {"criticality": "high", "tier": "gold"}


def priority_of(severity: Severity, facts: Mapping[str, Any]) -> Priority:
    """S1 urgent, S2 high, S3 medium; one step higher for a critical asset or a gold customer.

    Monotone: a worse severity, or one more reason to hurry, never lowers it.
    """
    hurry = any(str(facts.get(name, "")).casefold() == value for name, value in RAISED_BY.items())
    return LADDER[max(0, STEP[severity] - hurry)]


def worse(one: Severity, other: Severity) -> Severity:
    """The worse of two."""
    return min(one, other, key=lambda severity: STEP[severity])
