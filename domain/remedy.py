"""Remote remedies: what can be tried from afar before somebody drives there, and how far one has got."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from domain.instants import MINUTE, Duration, Instant
from domain.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most so many in so long."""

    most: int
    within: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What a device says once it has done it: an event, or a reading."""

    event: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    """What the event's details must say."""
    metric: str = ""
    least: float | None = None
    most: float | None = None
    state: str = ""
    """The text that a reading must be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One `[[remedy]]` table, checked."""

    id: str
    name: Text
    command: str
    """`devices/{device}/commands/{command}`."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    confirm: Confirmation
    timeout: Duration = 10 * MINUTE
    """Without the device's word after so long it has failed."""
    undo: str = ""
    """The remedy that takes it back; empty: it leaves nothing behind (`lasting = false`)."""
    per_device: Rate | None = None
    per_fleet: Rate | None = None


class RemedyState(StrEnum):
    """How far a command has got."""

    ASKED = "asked"
    """It waits for a person's approval."""
    APPROVED = "approved"
    """It leaves as soon as the fleet's rate lets it."""
    SENDING = "sending"
    """It may have left: after a crash it leaves again, with the same id."""
    SENT = "sent"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    REFUSED = "refused"


OPEN = frozenset({RemedyState.ASKED, RemedyState.APPROVED, RemedyState.SENDING, RemedyState.SENT})
"""A device has at most one command in these."""
UNDER_WAY = frozenset({RemedyState.SENDING, RemedyState.SENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One remedy for one device. Changed only through `ticketing.remedy`."""

    id: str
    ticket: str
    device: str
    remedy: Remedy
    """As the file had it when it was asked for."""
    state: RemedyState
    asked_at: Instant
    asked_by: str
    why: str = ""
    approved_by: str = ""
    sent_at: Instant = 0
    due_at: Instant | None = None
    """Failed if nothing has come by then; None while it waits for approval, and once it is over."""
    position: int = -1
    """The journal up to which the device's word was looked for; -1 before it leaves."""
    ended_at: Instant = 0
    said: str = ""
    """What confirmed it, or why it failed."""
    undoes: str = ""
    """The command that it takes back."""
    undone_by: str = ""
