"""SLA: what is promised for a ticket, the clocks that measure it, and who hears before a promise breaks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.finding import Severity
from domain.instants import Duration, Instant
from domain.text import Text

Span = tuple[int, int]
"""From and to, in minutes of the day; 1440 is the next midnight."""

ROUND_THE_CLOCK = ""
"""The id of the calendar that is always open."""
WARN_SHARE = 0.2
CHANNELS = ("sms", "email", "in_app", "supervisor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When work is done: a week, and days that differ from it."""

    id: str
    zone: str
    """IANA name; the hours are local."""
    week: tuple[tuple[Span, ...], ...]
    """Seven days, Monday first."""
    days: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    """By date (`2026-10-01`): holidays are closed, moved working days are open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is promised for one severity, in working time of a calendar."""

    response: Duration
    resolution: Duration
    calendar: str = ROUND_THE_CLOCK


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One step of the ladder."""

    channel: str
    after: float
    """As a share of the time that was left when the ladder began: 0 = at once, 1 = when it is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A set of promises; classes name one."""

    id: str
    name: Text
    targets: Mapping[Severity, Target]
    ladder: tuple[Rung, ...]
    warn_share: float = WARN_SHARE
    """With less than this share left a clock is orange."""
    duty: str = ""
    """Who is told of a ticket that nobody has."""


class ClockKind(StrEnum):
    """What is measured."""

    RESPONSE = "response"
    """From the ticket (or a person's report) to a person's acknowledgement."""
    RESOLUTION = "resolution"
    """From the ticket to its resolution, without the time it waits."""


class SlaColour(StrEnum):
    """How a promise stands. Colour never stands alone: the time left stands beside it."""

    BLUE = "blue"
    ORANGE = "orange"
    RED = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch in which a clock ran, and the working time in it, by the calendar as it was then."""

    since: Instant
    until: Instant
    worked: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One time goal of one ticket. Changed only through `ticketing.clocks` and `ticketing.ladder`."""

    ticket: str
    kind: ClockKind
    report: str = ""
    """A person's report that keeps a response clock of its own; empty: the ticket's."""
    policy: str
    severity: Severity
    target: Duration
    calendar: str
    started_at: Instant
    stretches: tuple[Stretch, ...] = ()
    """What is over; the running one is not among them."""
    since: Instant | None = None
    """When the running stretch began; None while it does not run."""
    paused: str = ""
    """Why it does not run; empty once stopped."""
    stopped_at: Instant | None = None
    kept: bool | None = None
    """Once stopped: whether the promise was kept; None where it no longer mattered (withdrawn, duplicate, noise)."""
    due_at: Instant | None = None
    """While it runs."""
    orange_at: Instant | None = None
    """When it turns orange; None while it does not run."""
    is_warned: bool = False
    """The supervisor was told that it turned orange: once a clock."""
    rung: int = 0
    """Steps of the ladder that were taken."""
    is_known: bool = False
    """A person acknowledged while the ladder was under way: it is over, whatever is promised later."""
    rung_at: Instant | None = None
    """When the next step is due; None: the ladder has not begun, or is over, or somebody knows."""

    @property
    def worked(self) -> Duration:
        """Working time in the stretches that are over."""
        return sum(stretch.worked for stretch in self.stretches)

    @property
    def is_running(self) -> bool:
        """Time counts."""
        return self.since is not None

    @property
    def next_at(self) -> Instant | None:
        """When somebody has to look at it again."""
        warn_at = None if self.is_warned else self.orange_at
        return min((at for at in (warn_at, self.rung_at) if at is not None), default=None)

    def colour(self, now: Instant) -> SlaColour | None:
        """How it stands while it runs; None otherwise."""
        if self.due_at is None or self.orange_at is None:
            return None
        if now >= self.due_at:
            return SlaColour.RED
        return SlaColour.ORANGE if now >= self.orange_at else SlaColour.BLUE


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Who is on call in turn, and when one hands over to the next."""

    id: str
    people: tuple[str, ...]
    begins: Instant
    """The first turn of the first person."""
    turn: Duration
    away: Mapping[str, tuple[tuple[Instant, Instant], ...]] = field(default_factory=dict)
    """By person; the next in turn stands in."""

    def on_call(self, at: Instant) -> str:
        """Who is called at an instant; empty where everybody is away."""
        turn = (at - self.begins) // self.turn
        order = (self.people[(turn + n) % len(self.people)] for n in range(len(self.people)))
        return next((p for p in order if not any(a <= at < b for a, b in self.away.get(p, ()))), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaBook:
    """All of it, as one file says."""

    calendars: Mapping[str, Calendar]
    policies: Mapping[str, Policy]
    duties: Mapping[str, Duty] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    """The policy of each class of tickets."""
    supervisor: str = ""
    """The duty that is told when a clock turns orange."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something somebody is to be told; sent at least once, with its id as the key by which twice is once."""

    id: str
    """Fixed by what it is about, so that the same step never becomes two notices."""
    at: Instant
    channel: str
    to: str
    """A person, a duty or an address; the sender knows which."""
    ticket: str
    subject: Text
    body: Text
    is_late: bool = False
    """It should have gone out long before: nobody was there to send it."""
