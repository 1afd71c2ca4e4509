"""Outgoing: what leaves for the world outside, to whom, and how far it has got."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.errors import TryLater
from domain.instants import MINUTE, SECOND, Duration, Instant

ANYTHING = "*"
EVERY_FILTER = ("ticket_class", "severity", "priority", "asset", "failure_mode")
"""Fields of a ticket by which a webhook may choose."""


class WebhookFormat(StrEnum):
    """What a receiver understands."""

    TRUCKROLL = "truckroll"
    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"
    SLACK = "slack"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Somebody who wants to hear what happens."""

    id: str
    url: str
    format: WebhookFormat = WebhookFormat.TRUCKROLL
    kinds: tuple[str, ...] = (ANYTHING,)
    """Kinds of lines of the event log; `*` stands for any letters (`sla_*`)."""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By field of the ticket, the values that are wanted; `*` stands for any letters."""
    language: str = "en"
    secret: str = field(default="", repr=False)
    created_at: Instant = 0
    is_enabled: bool = True
    why_not: str = ""
    """Why it is switched off."""
    position: int = 0
    """How far it has taken in the event log."""
    sent: int = 0
    """Deliveries that it accepted."""
    last_sent_at: Instant = 0


class OutState(StrEnum):
    """How far something has got."""

    WAITING = "waiting"
    SENT = "sent"
    PARKED = "parked"
    """Nobody tries any more until a person says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One line of the event log on its way to one webhook."""

    webhook: str
    position: int
    ticket: str
    state: OutState = OutState.WAITING
    tries: int = 0
    next_try_at: Instant = 0
    said: str = ""
    """The last answer's words, or what went wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One HTTP request, ready to leave."""

    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back: as much of it as is looked at."""

    status: int
    body: bytes = b""
    retry_after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one person is told, in that person's language."""

    key: str
    """The same for every try, so that a receiver can tell twice from two."""
    at: Instant
    to: str
    """An address of the channel."""
    ticket: str
    subject: str
    text: str


class NotBefore(TryLater):
    """The receiver said when to come again."""

    def __init__(self, sentence: str, after: Duration) -> None:
        super().__init__(sentence)
        self.after = after


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often something is tried, and how long the pauses in between grow."""

    tries: int = 16
    first: Duration = 5 * SECOND
    longest: Duration = 60 * MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """How one person can be reached."""

    person: str
    email: str = ""
    sms: str = ""
    prefers: str = ""
    """The channel of what goes to a supervisor; empty: the first that is known, else in_app."""
    language: str = "en"
