"""A report: what a person tells the desk about a device, on whichever way it came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b

from domain.finding import Finding, Severity
from domain.incident import Incident
from domain.instants import Instant
from domain.registry import Facts
from domain.ticket import Ticket


class Channel(StrEnum):
    """The way it came."""

    FORM = "form"
    API = "api"
    MAIL = "mail"
    WEBHOOK = "webhook"
    CSV = "csv"


class Taken(StrEnum):
    """What became of it."""

    OPENED = "opened"
    """A ticket of its own."""
    JOINED = "joined"
    """The device's open ticket for the same failure mode, with a response clock of its own."""
    LET_OUT = "let_out"
    """A member of an incident got a ticket of its own."""
    CONTINUED = "continued"
    """It goes on with a conversation about an open ticket."""


def report_id(channel: Channel, name: str) -> str:
    """The id of what a channel calls `name`; the same again is the same report."""
    return "R-" + blake2b(f"{channel.value}\x00{name}".encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Something that came with it: noted, never opened."""

    name: str
    kind: str
    """What the sender calls its type."""
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report as it came. What its sender set himself no reading of the text replaces."""

    id: str
    channel: Channel
    at: Instant
    """When it reached the desk."""
    reporter: str = ""
    """Who reports: a name or an address."""
    subject: str = ""
    text: str = ""
    device: str = ""
    """The device or asset that the sender named."""
    component: str = ""
    failure_mode: str = ""
    ticket_class: str = ""
    severity: Severity | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    """What the class asks for and whatever else was said, by name."""
    attachments: tuple[Attachment, ...] = ()
    continues: str = ""
    """The ticket whose conversation it goes on with."""

    @property
    def words(self) -> str:
        """Subject and text."""
        return "\n".join(part for part in (self.subject, self.text) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the words of a report seem to say."""

    ticket_class: str = ""
    """Only where it is sure enough."""
    suggested: tuple[tuple[str, float], ...] = ()
    """Classes with the probability of each, the likeliest first."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """`device`, `order`, `code`, `address`, as far as they were found."""
    severity: Severity | None = None
    """S1 where the words tell of danger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A report in the ledger: where it went."""

    report: Report
    reading: Reading
    ticket: str
    taken: Taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the ledger knows around a report, read under its lock."""

    facts: Facts | None = None
    """Of the device; None where the report names none that is registered."""
    open_tickets: Sequence[Ticket] = ()
    """Of the asset."""
    recent: Sequence[Ticket] = ()
    """The asset's last tickets, newest first."""
    continued: Ticket | None = None
    """The ticket whose conversation the report goes on with."""
    home: Incident | None = None
    """The open incident of the same failure mode that the asset is a member of."""
    template: Ticket | None = None
    """The incident's ticket."""
    held: Sequence[Finding] = ()
    """What the incident holds back of the asset, of one component."""
