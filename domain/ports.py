"""The ports: what the rooms ask of the world, each with the contract that every adapter keeps.

The contract suites in `tests/contracts/` run over every adapter of a port.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from domain.batch import Batch, DeviceEvent, Reading, Reject
from domain.crew import Legs, Place
from domain.entries import Entry, Page, Position
from domain.finding import Finding
from domain.gap import Gap, Losses
from domain.incident import Hold, HoldKind, Incident
from domain.instants import Duration, Instant
from domain.outgoing import Letter, Post, Reply
from domain.registry import Facts
from domain.ticket import LedgerEvent, OpenKey, Pinned, Response, Situation, Ticket, TicketWithFindings

Arrays = Mapping[str, NDArray[Any]]
"""Named arrays: the state of a detector or of a window of identities, or a part of it."""


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> Instant:
        """The instant. Never used to decide anything that a replay must decide again."""
        ...


class Router(Protocol):
    """How long the ways between places are."""

    def legs(self, places: Sequence[Place]) -> Legs:
        """From each place to each; to itself it is nothing. Raises TryLater or GiveUp where nobody can say."""
        ...


class Notifier(Protocol):
    """One way to reach a person, such as mail."""

    async def send(self, letter: Letter) -> str:
        """Hand the letter over and return what the receiver said; the same key again is the same letter.

        Bounded in time. Raises TryLater (NotBefore: the receiver says when) or GiveUp.
        """
        ...


class Poster(Protocol):
    """One HTTP request to somebody outside."""

    async def post(self, post: Post) -> Reply:
        """Send it and return what came back, whatever the status; never follows a redirect, bounded in time and size.

        Raises TryLater when nobody answers, GiveUp when the address may not be reached.
        """
        ...


class Delivery(NamedTuple):
    """An entry from a source, with what the source needs to acknowledge it."""

    entry: Entry
    token: object = None
    """None: nothing to acknowledge (a link entry)."""


class Source(Protocol):
    """Where messages come from; hands over lists, so that a faster reader can take its place."""

    def take(self, seconds: float) -> Sequence[Delivery]:
        """What has arrived, in order of arrival, waiting up to `seconds` for the first. Empty: nothing came.

        Called from one thread. Raises nothing for a lost connection: that is a LINK entry.
        """
        ...

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the sender that these are durable, in the order taken. Those of a connection that is gone are dropped:

        the broker sends them again.
        """
        ...

    @property
    def trouble(self) -> str:
        """Why nothing comes and what to do about it, in one sentence; empty while connected."""
        ...


class JournalView(Protocol):
    """Raw entries in arrival order, to read. Any number of readers, in any processes."""

    @property
    def epoch(self) -> str:
        """UUID of this journal; a bookmark of another epoch means nothing here."""
        ...

    @property
    def last(self) -> Position:
        """Position of the last durable entry; 0 when empty."""
        ...

    @property
    def oldest(self) -> Position:
        """Position of the first message entry that is still kept; `last + 1` when none is. CONTROL entries stay."""
        ...

    def read(self, after: Position, most: int) -> Sequence[Page]:
        """Entries after a position, at least one if there is one, whole pages until `most` entries are reached.

        The first page is cut to start at `after + 1`, or at `oldest` where that is later.
        """
        ...

    def wait(self, after: Position, seconds: float) -> bool:
        """Wait until `last > after`; False when `seconds` passed first."""
        ...

    def controls(self) -> Sequence[tuple[Position, Entry]]:
        """Every CONTROL entry since the beginning; retention leaves them alone."""
        ...


class Journal(JournalView, Protocol):
    """The journal for its one writer: durable before anybody is told so."""

    def append(self, entries: Sequence[Entry]) -> Position:
        """Make them durable together, in order; returns the last position.

        Raises DiskFull and keeps nothing of them; the same call may be repeated.
        """
        ...

    def retain(self, now: Instant, sacred: Position) -> int:
        """Drop whole pages beyond the age and size limits but nothing after `sacred`; returns entries dropped."""
        ...


class TelemetryStore(Protocol):
    """Readings and events by device and time; writing the same again changes nothing."""

    def bookmark(self, epoch: str) -> Position:
        """How far the journal has been written here; 0 at first. Raises ForeignEpoch."""
        ...

    def write(self, batch: Batch, epoch: str) -> int:
        """Keep the batch's readings and events and move the bookmark to `batch.upto`, all or nothing; returns how

        many readings were kept. Batches come in order. Raises TryLater (DiskFull) and keeps nothing.
        """
        ...

    def readings(
        self, device: str, since: Instant, until: Instant, metrics: Iterable[str] | None = None
    ) -> Sequence[Reading]:
        """`since <= at < until`, in order of time; one value a metric and instant, the last one written."""
        ...

    def events(self, device: str, since: Instant, until: Instant) -> Sequence[DeviceEvent]:
        """`since <= at < until`, in order of time, duplicates once. `item` and `flags` are 0."""
        ...


class Detection(Protocol):
    """Batches in, changed findings out; deterministic in journal order however the journal is cut."""

    def observe(self, batch: Batch) -> Sequence[Finding]:
        """What changed, in order of position; at most one state a finding and entry. Duplicates are out already."""
        ...

    def control(self, position: Position, topic: str, payload: bytes) -> None:
        """Take in a CONTROL entry that lies before the state to be restored; emits nothing."""
        ...

    def changed(self) -> Mapping[str, Arrays]:
        """State by part, only slots changed since the last call of `changed` or `whole`."""
        ...

    def whole(self) -> Mapping[str, Arrays]:
        """The whole state by part, in the same form."""
        ...

    def restore(self, state: Mapping[str, Arrays]) -> None:
        """Take in what `whole` or `changed` gave; later calls overwrite slots of earlier ones."""
        ...


class Window(Protocol):
    """The identities seen lately, by which duplicates are known."""

    def fresh(self, batch: Batch) -> tuple[NDArray[np.bool_], Sequence[str], Sequence[Reject]]:
        """One boolean an item (False = duplicate or refused), devices seen for the first time, and what was refused."""
        ...

    def changed(self) -> Arrays:
        """The rows changed since the last call of `changed` or `whole`."""
        ...

    def whole(self) -> Arrays:
        """All rows, in the same form."""
        ...

    def restore(self, state: Arrays) -> None:
        """Take in what `whole` or `changed` gave."""
        ...


class LossMeter(Protocol):
    """What devices sent and never arrived, by the numbers they give their messages."""

    def look(self, batch: Batch) -> Losses:
        """What the batch, without duplicates, says about losses; each gap once, and again when it is filled late."""
        ...

    def changed(self) -> Arrays:
        """The rows changed since the last call of `changed` or `whole`."""
        ...

    def whole(self) -> Arrays:
        """All rows, in the same form."""
        ...

    def restore(self, state: Arrays) -> None:
        """Take in what `whole` or `changed` gave."""
        ...


class Desk(Protocol):
    """Findings to tickets; pure."""

    def respond(self, finding: Finding, situation: Situation, now: Instant) -> Response:
        """What to record for a finding that changed."""
        ...

    def release(self, finding: Finding, situation: Situation, now: Instant) -> Response:
        """What to record for a finding as it was recorded, once nothing holds it back any more."""
        ...

    def wind_up(self, incident: Incident, ticket: Ticket, now: Instant, *, has_members: bool) -> Response:
        """What to record for an open incident as time passes; `ticket` is its own."""
        ...


class Suppressing(Protocol):
    """What keeps findings from opening tickets: decisions of people and what the rules say, folded from the journal."""

    def control(self, topic: str, payload: bytes) -> None:
        """Take in a CONTROL entry; the same again changes nothing."""
        ...

    def decided(self, finding: Finding, at: Instant) -> Hold | None:
        """What people decided that holds the finding back at an instant of arrival."""
        ...

    def holds(self, name: str, at: Instant) -> bool:
        """The decision of that id is in force at an instant of arrival."""
        ...

    def causes(self) -> Mapping[str, str]:
        """Rules whose findings hold back those of `children` or of a whole `site`, by rule."""
        ...

    def most(self, rule: str) -> tuple[int, Duration] | None:
        """So many tickets in so long a rule may open; None = any number."""
        ...


class Snapshots(Protocol):
    """Where watch keeps its state between restarts: one whole state and the changes after it."""

    def save(self, position: Position, state: Mapping[str, Arrays], *, whole: bool) -> None:
        """Durable when it returns. `whole` starts anew; otherwise the state is laid over the earlier ones.

        Raises DiskFull and keeps the earlier ones.
        """
        ...

    def load(self) -> tuple[Position, Sequence[Mapping[str, Arrays]]]:
        """The position of the last save and the states to restore, in order; (0, []) at first."""
        ...


class Transaction(Protocol):
    """One all-or-nothing change of the ledger; holds the writers' lock from its beginning."""

    def expect(self, findings: Sequence[Finding]) -> None:
        """These findings will be asked about and saved: may be used to do it together, and changes no answer."""
        ...

    def situation(self, finding: Finding) -> Situation:
        """What is known of the finding's subject."""
        ...

    def revisions(self, findings: Iterable[str]) -> Mapping[str, Position]:
        """Of the findings that are recorded: the `position` of their recorded state."""
        ...

    def save_finding(self, finding: Finding, pinned: Iterable[Pinned]) -> None:
        """Record the finding's new state and pin raw entries; what is pinned already stays."""
        ...

    def record(self, response: Response) -> Sequence[Ticket]:
        """Write tickets and events; a new ticket gets its number. Raises Conflict if two open ones share a key."""
        ...

    def ticket(self, number: str) -> Ticket:
        """One ticket. Raises Unknown."""
        ...

    def findings(self, ids: Iterable[str]) -> Sequence[Finding]:
        """The recorded findings of these ids."""
        ...

    def free_findings(self, ticket: Ticket) -> Sequence[Finding]:
        """The ticket's findings that no other open ticket lists."""
        ...

    def open_ticket(self, key: OpenKey) -> Ticket | None:
        """The ticket that occupies the key."""
        ...

    def tickets_of_rule(self, rule: str, version: str) -> Sequence[TicketWithFindings]:
        """Open tickets that list a finding of the rule version, in order of number."""
        ...

    def free_rule(self, rule: str, version: str) -> None:
        """Nothing that the rule version found is held back for later any more."""
        ...

    def opened_since(self, rule: str, at: Instant) -> int:
        """How many tickets findings of the rule opened after an instant."""
        ...

    def incident(self, name: str) -> Incident:
        """One incident. Raises Unknown."""
        ...

    def open_incidents(self) -> Sequence[Incident]:
        """Incidents that take members, oldest first."""
        ...

    def incident_of_ticket(self, number: str) -> Incident | None:
        """The newest incident whose ticket it is."""
        ...

    def has_members(self, incident: str) -> bool:
        """Somebody is a member of it now."""
        ...

    def is_known_member(self, incident: str, asset: str) -> bool:
        """The asset is or was a member of it."""
        ...

    def holders(self) -> Sequence[tuple[HoldKind, str]]:
        """What holds findings back: each kind and id once, in a fixed order."""
        ...

    def held_by(self, kind: HoldKind, by: str, asset: str = "", *, most: int = 1000) -> Sequence[Finding]:
        """The first findings that it holds back, of one asset or of all, in order of first firing."""
        ...

    def active_of(self, rules: Collection[str], asset: str | None = None) -> Sequence[Finding]:
        """Findings of the rules whose condition holds, of one asset or of all, in order of first firing."""
        ...

    def quarantine(self, rejects: Iterable[Reject]) -> None:
        """Keep what could not be used; beyond the limit the oldest go, and are counted."""
        ...

    def save_gaps(self, losses: Losses) -> None:
        """Record gaps, and who numbers messages. A gap known already keeps its `noticed_at` and learns `arrived`."""
        ...

    def install(self, facts: Iterable[Facts], since: Instant) -> None:
        """Write assets and installations; the same again changes nothing. Unclaimed never replaces claimed."""
        ...

    def pin_texts(self, texts: Mapping[str, bytes]) -> None:
        """Keep the texts that a proof needs, by name (`rule:ID@VERSION`, `sources:VERSION`). The same again changes

        nothing.
        """
        ...

    def bookmark(self, reader: str) -> Position:
        """How far a reader has got; 0 at first."""
        ...

    def move_bookmark(self, reader: str, position: Position) -> None:
        """Set it; seen with everything else of this transaction or not at all."""
        ...


class Ledger(Protocol):
    """The operational database: tickets, findings, assets, the event log."""

    def begin(self) -> AbstractContextManager[Transaction]:
        """A transaction that commits at the end of the `with` and leaves nothing behind after an exception.

        Waits for other writers. Raises TryLater when the database cannot be reached, DiskFull when it is full.
        """
        ...

    def bind(self, epoch: str) -> None:
        """Tie the ledger to a journal's epoch the first time; later raises ForeignEpoch for another one."""
        ...

    def tickets(self, *, open_only: bool = False) -> Sequence[Ticket]:
        """Tickets in order of number."""
        ...

    def events(self, after: int, most: int) -> Sequence[LedgerEvent]:
        """The event log after a position, in order, without a gap."""
        ...

    def findings(self, ids: Iterable[str] | None = None) -> Sequence[Finding]:
        """Recorded findings, all or by id, in order of first firing."""
        ...

    def pinned(self, finding: str) -> Sequence[Pinned]:
        """The raw entries kept with a finding, in journal order."""
        ...

    def text(self, name: str) -> bytes:
        """A text that was pinned. Raises Unknown."""
        ...

    def gaps(self, most: int, device: str | None = None) -> Sequence[Gap]:
        """What was lost before us, noticed last first; of one device or of all."""
        ...

    def unnumbered(self) -> Sequence[str]:
        """Devices whose losses cannot be measured, because they never numbered a message; in order of name."""
        ...
