"""Closing: what a repair must show before its ticket is closed, and how it turned out afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from domain.instants import DAY, Duration, Instant

SLOTS = ("photo_before", "photo_after", "signature", "photo")
"""What an attachment shows; `photo` is any other picture."""
CODES = ("problem", "cause", "remedy")
REPEAT_WITHIN: Duration = 30 * DAY
"""Coming back within this time counts against the quality of the repair."""
ENOUGH_TENTHS = 850
"""A quality score below this opens an improvement task."""
BAD_RATING = 2
"""A customer who gives so few points, or fewer, is unhappy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """What was wrong, why, and what was done about it, as words of the ticket's class."""

    problem: str
    cause: str
    remedy: str

    def as_dict(self) -> dict[str, str]:
        """By name, as the event log keeps them."""
        return {"problem": self.problem, "cause": self.cause, "remedy": self.remedy}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What was written down for the closing of a ticket."""

    ticket: str
    codes: Codes | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    """Texts for the fields that the class requires, by name."""
    at: Instant = 0
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """All that there is to show for a repair, of a ticket or of a work order."""

    slots: frozenset[str] = frozenset()
    """What its attachments show."""
    codes: Codes | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Whether a ticket may be closed, and what its closing says."""

    missing: tuple[str, ...] = ()
    """Gates and required fields that are still open."""
    said: Mapping[str, str] = field(default_factory=dict)
    """The codes, and the label that they give the detection."""
    wants_reason: bool = False
    """The device would confirm the repair: a person who does not wait for that says why."""


NOTHING_ASKED = Readiness()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture as it is stored."""

    digest: str
    """SHA-256 of its bytes, which is also its name."""
    media_type: str
    size: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A picture that belongs to a ticket. Its row stays when the picture is removed."""

    id: int = 0
    """Given by the ledger."""
    ticket: str
    slot: str
    picture: Picture
    at: Instant
    by: str
    removed_at: Instant | None = None
    removed_by: str = ""
    removed_why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A repair on its way to be confirmed by the device itself."""

    ticket: str
    since: Instant
    """When it was said to be repaired."""
    soak: Duration
    ask_after: Duration
    heard_from: Instant | None = None
    """Where the stretch without long silences begins that lasts until now."""
    heard_until: Instant | None = None
    """The device's last sign of life since the repair."""
    listened_until: Instant | None = None
    """So far its telemetry has been looked through."""
    asked_at: Instant | None = None
    """A person was asked: once a repair."""
    next_at: Instant
    """When somebody looks again."""

    @property
    def longest_silence(self) -> Duration:
        """A longer one breaks the stretch: nobody knows what was in it."""
        return self.soak // 4

    @property
    def healthy_for(self) -> Duration:
        """How long the device has been heard without a long silence."""
        return 0 if self.heard_from is None or self.heard_until is None else self.heard_until - self.heard_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is known of a closed ticket; None = does not apply, or is not known yet."""

    fixed_first_time: bool | None = None
    sla_kept: bool | None = None
    evidence_complete: bool | None = None
    no_repeat: bool | None = None
    """Known once REPEAT_WITHIN has passed, or sooner when it came back."""
    rating: int | None = None
    """From 1 to 5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How good the closing of a ticket was, as far as it is known."""

    ticket: str
    closing: int
    """The line of the event log that closed it: a ticket that is closed again has another one."""
    closed_at: Instant
    outcome: Outcome
    tenths: int | None
    """The score in tenths of a point, rounded down; None where nothing applies."""
    settles_at: Instant | None
    """When it is known that it did not come back; None once that is settled."""

    @property
    def score(self) -> float | None:
        """In points, to one place."""
        return None if self.tenths is None else float(Fraction(self.tenths, 10))


@dataclass(frozen=True, slots=True, kw_only=True)
class Improvement:
    """A task: find out why a closing was not good enough, and what to do better."""

    ticket: str
    closing: int
    opened_at: Instant
    tenths: int
    """The score that opened it."""
    weak: tuple[str, ...]
    """The terms that lost points."""
    closed_at: Instant | None = None
    closed_by: str = ""
    lesson: str = ""
    """What is done differently from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A question to the customer, behind a link that works once. The link itself is kept nowhere but in a letter."""

    ticket: str
    digest: str
    """SHA-256 of the link's token."""
    asked_at: Instant
    expires_at: Instant
    answered_at: Instant | None = None
    rating: int | None = None
    comment: str = ""
    reopened: bool = False
    """The answer reopened the ticket: at most one of a ticket does."""
