"""Watch: the journal's batches become findings, findings become tickets, and a restart is not noticed.

The ledger's bookmark moves in the transaction that writes what it covers. A snapshot is saved only at a position
that the ledger's bookmark has reached. So after a crash the snapshot is loaded and the journal replayed from
there: up to the bookmark what comes out is only compared with what is recorded, after it, it is applied.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import itemgetter
from threading import Event

import numpy as np

from domain.batch import Batch, Mark, Reject
from domain.entries import Kind, Position
from domain.errors import DiskFull, ForeignEpoch, LedgerBehind, TryLater
from domain.finding import Finding
from domain.gap import Losses
from domain.instants import SECOND, Duration, Instant
from domain.ports import (
    Arrays,
    Clock,
    Desk,
    Detection,
    JournalView,
    Ledger,
    LossMeter,
    Snapshots,
    Suppressing,
    Transaction,
    Window,
)
from domain.registry import Facts, Registry, unclaimed
from domain.ticket import Pinned
from ingest.aliases import ALIASES, pinned_aliases
from ingest.feed import Feed
from ingest.gaps import Gaps
from ingest.health import Health
from ingest.holding import Holding, NothingSuppressed
from ingest.pins import Pins, name_of

READER = "watch"
LEDGER_PART = "ledger"
REPLAY_PART = "replay"
SNAPSHOT_PART = "snapshots"
IDENTITIES = "identities"
GAPS = "gaps"
ABOUT = "watch"
IDLE_SECONDS = 0.5
RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """How often watch makes its progress durable."""

    bookmark_seconds: float = 1.0
    """The ledger's bookmark is moved at least so often, also when there is nothing to record."""
    snapshot_seconds: float = 5.0
    """A snapshot of what changed is saved so often."""
    changes_a_whole: int = 60
    """After so many snapshots of changes, a whole one is saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one batch asks the ledger to record."""

    batch: Batch
    findings: Sequence[Finding]
    rejects: Sequence[Reject]
    newcomers: Sequence[str]
    losses: Losses

    @property
    def is_empty(self) -> bool:
        """Nothing but the bookmark."""
        return not (
            self.findings
            or self.rejects
            or self.newcomers
            or self.losses
            or any(m.kind == Kind.CONTROL for m in self.batch.marks)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchParts:
    """What watch is made of."""

    feed: Feed
    journal: JournalView
    window: Window
    gaps: LossMeter = field(default_factory=Gaps)
    detection: Detection
    desk: Desk
    suppressing: Suppressing = field(default_factory=NothingSuppressed)
    ledger: Ledger
    snapshots: Snapshots
    clock: Clock
    health: Health


class Watch:
    """Journal to ledger. One thread runs it."""

    def __init__(self, parts: WatchParts, settings: WatchSettings | None = None) -> None:
        self.parts = parts
        self.settings = settings or WatchSettings()
        self.registry = Registry()
        self.texts: dict[str, bytes] = {"rules": b"", "sources": b""}
        self.position: Position = 0
        self.recorded: Position = 0
        """The ledger's bookmark."""
        self.saved: Position = 0
        """The last snapshot's position; the journal must keep what is after it."""
        self.changes_saved = -1
        self.is_between = True
        """The state is that of `position`: no batch is under way."""
        self.bookmark_due: Instant = 0
        self.snapshot_due: Instant = 0
        self.pins = Pins(parts.journal)
        self.holding = Holding(parts.desk, parts.suppressing, self.registry)
        self.findings = 0
        self.quarantined = 0
        self.duplicates = 0
        self.disagreements = 0
        self.tickets = 0
        self.messages = 0
        self.target: Position = 0
        """What the journal held at the start."""

    # -- beginning

    def load(self) -> None:
        """Take up where the last run was. Raises ForeignEpoch when ledger or snapshot are of another journal."""
        parts = self.parts
        parts.ledger.bind(parts.journal.epoch)
        self.saved, states = parts.snapshots.load()
        self.check_epoch(states)
        begin = max(self.saved, parts.journal.oldest - 1)
        for position, entry in parts.journal.controls():
            if position <= begin:
                parts.detection.control(position, entry.topic, entry.payload)
                self.take_in(position, entry.topic, entry.payload)
        for state in states:
            parts.window.restore(state[IDENTITIES])
            if GAPS in state:
                parts.gaps.restore(state[GAPS])
            own = (IDENTITIES, GAPS, ABOUT)
            parts.detection.restore({part: arrays for part, arrays in state.items() if part not in own})
        self.position, self.target = begin, parts.journal.last
        with parts.ledger.begin() as transaction:
            self.recorded = transaction.bookmark(READER)
            self.holding.look(transaction)
        if self.recorded < self.saved:
            raise LedgerBehind(self.recorded, self.saved)

    def check_epoch(self, states: Sequence[Mapping[str, Arrays]]) -> None:
        """Nothing, or ForeignEpoch."""
        epoch = self.parts.journal.epoch
        for state in states:
            found = bytes(state[ABOUT]["epoch"]).decode()
            if found != epoch:
                raise ForeignEpoch("The snapshot", found, epoch)

    @property
    def has_caught_up(self) -> bool:
        """Everything that was in the journal at the start has been watched."""
        return self.position >= self.target

    # -- going on

    def run(self, stop: Event) -> None:
        """Watch until `stop`, then save a snapshot so that the next start is quick."""
        while not stop.is_set():
            self.parts.feed.wait(self.position, IDLE_SECONDS)
            self.step(stop)
        self.save_snapshot()

    def step(self, stop: Event) -> bool:
        """One batch; False when there was none."""
        batch = self.parts.feed.after(self.position)
        if batch is not None:
            if self.position < self.recorded:
                batch = batch.until(self.recorded)
            self.is_between = False
            if not self.settle(self.conclude(batch), stop):
                return False
            self.position, self.is_between = batch.upto, True
            self.messages += batch.messages
        self.keep_up()
        return batch is not None

    def conclude(self, batch: Batch) -> Work:
        """What the batch means: duplicates out, detectors over the rest."""
        fresh, newcomers, refused = self.parts.window.fresh(batch)
        self.duplicates += len(fresh) - int(np.count_nonzero(fresh)) - len(refused)
        new = batch.only(fresh)
        findings, losses = self.parts.detection.observe(new), self.parts.gaps.look(new)
        rejects = [*batch.rejects, *refused]
        return Work(batch=batch, findings=findings, rejects=rejects, newcomers=newcomers, losses=losses)

    def settle(self, work: Work, stop: Event) -> bool:
        """Compare what is recorded already, or apply; retried until it works. False: stopped before it did."""
        is_recorded = work.batch.upto <= self.recorded
        if not is_recorded and self.is_idle(work) and self.waits(self.bookmark_due, self.settings.bookmark_seconds):
            return True
        act = self.compare if is_recorded else self.apply
        while True:
            try:
                act(work)
            except TryLater as trouble:
                self.parts.health.red(LEDGER_PART, str(trouble))
                if stop.wait(RETRY_SECONDS):
                    return False
            else:
                self.parts.health.green(LEDGER_PART)
                return True

    def is_idle(self, work: Work) -> bool:
        """There is nothing to record; and time that passes means nothing where nothing is held back."""
        return work.is_empty and not (self.holding.is_holding and any(m.kind == Kind.TICK for m in work.batch.marks))

    # -- the ledger

    def apply(self, work: Work) -> None:
        """What the batch means goes into the ledger; where it does not, nothing of it is remembered here either."""
        texts = dict(self.texts) if any(mark.kind == Kind.CONTROL for mark in work.batch.marks) else self.texts
        self.holding.keep()
        try:
            self.record(work)
        except BaseException:
            self.texts = texts
            self.holding.undo()
            self.pins.forget()
            raise

    def record(self, work: Work) -> None:
        """Registry, findings, tickets, quarantine and bookmark in one transaction, in the journal's order."""
        now, opened = self.parts.clock.now(), 0
        for mark in work.batch.marks:
            if mark.kind == Kind.CONTROL:
                self.pins.note(mark.position, mark.topic, mark.payload)
        pins = {(finding.id, finding.position): self.pins.of(finding) for finding in work.findings}
        marks = deque(mark for mark in work.batch.marks if mark.kind in (Kind.CONTROL, Kind.TICK))
        newcomers = [unclaimed(device) for device in work.newcomers if device not in self.registry]
        with self.parts.ledger.begin() as transaction:
            if newcomers:
                transaction.install(newcomers, int(work.batch.received_at[0]))
            transaction.expect(work.findings)
            for finding in work.findings:
                opened += self.enter(transaction, marks, now, until=finding.position - 1)
                opened += self.respond(transaction, finding, pins[finding.id, finding.position], now)
            opened += self.enter(transaction, marks, now, until=work.batch.upto)
            transaction.quarantine([self.original(reject) for reject in work.rejects])
            transaction.save_gaps(work.losses)
            transaction.move_bookmark(READER, work.batch.upto)
        self.recorded = work.batch.upto
        self.bookmark_due = now + int(self.settings.bookmark_seconds * SECOND)
        self.findings += len(work.findings)
        self.tickets += opened
        self.quarantined += len(work.rejects)

    def respond(self, transaction: Transaction, finding: Finding, pinned: Sequence[Pinned], now: Instant) -> int:
        """Record a finding and what the desk makes of it; returns how many tickets that opened."""
        if finding.position == finding.fired_position:
            sources = name_of("sources", self.texts["sources"])
            finding = replace(finding, sources=sources)
            transaction.pin_texts(
                {f"rule:{finding.rule}@{finding.version}": self.texts["rules"], sources: self.texts["sources"]}
                | self.aliases_for(finding)
            )
        if sources_then := self.pins.texts(pinned):
            transaction.pin_texts(sources_then)
        finding, response = self.holding.respond(transaction, finding, now)
        transaction.save_finding(finding, pinned)
        transaction.record(response)
        return sum(not ticket.number for ticket in response.tickets)

    def aliases_for(self, finding: Finding) -> dict[str, bytes]:
        """What Sparkplug's births had fixed for the devices of the evidence, by the name under which it is pinned."""
        return {
            pinned_aliases(finding, device): self.texts[ALIASES + device]
            for device in {evidence.device for evidence in finding.evidence}
            if ALIASES + device in self.texts
        }

    def original(self, reject: Reject) -> Reject:
        """The reject with its message as it came; what was refused after decoding has lost it."""
        if reject.topic:
            return reject
        pages = self.parts.journal.read(reject.position - 1, 1)
        entry = pages[0].entries[0]
        return reject._replace(topic=entry.topic, payload=entry.payload, received_at=entry.received_at)

    def enter(self, transaction: Transaction, marks: deque[Mark], now: Instant, *, until: Position) -> int:
        """Decisions of people and the time up to a position; returns how many tickets that opened."""
        opened = 0
        while marks and marks[0].position <= until:
            mark = marks.popleft()
            if mark.kind == Kind.TICK:
                opened += self.holding.pass_time(transaction, mark.received_at, now)
                continue
            for since, installed in groupby(self.take_in(*decision_in(mark)), key=itemgetter(1)):
                transaction.install([facts for facts, _ in installed], since)
        return opened

    def take_in(self, position: Position, topic: str, payload: bytes) -> list[tuple[Facts, Instant]]:
        """A decision of people, into memory; returns what it installed."""
        self.pins.note(position, topic, payload)
        self.holding.suppressing.control(topic, payload)
        if topic == "registry":
            return [(i.facts, i.since) for i in self.registry.apply(payload)]
        self.texts[topic] = payload
        return []

    def compare(self, work: Work) -> None:
        """What a replay concludes must be what is recorded."""
        for mark in work.batch.marks:
            if mark.kind == Kind.CONTROL:
                self.take_in(*decision_in(mark))
        if not work.findings:
            return
        with self.parts.ledger.begin() as transaction:
            recorded = transaction.revisions({finding.id for finding in work.findings})
        missing = [f for f in work.findings if recorded.get(f.id, 0) < f.position]
        self.disagreements += len(missing)
        if missing:
            self.parts.health.red(
                REPLAY_PART,
                f"A replay found {missing[0].id} at position {missing[0].position}, which the ledger does not have; "
                "restore journal and ledger from the same backup.",
            )

    # -- snapshots

    def keep_up(self) -> None:
        """Save a snapshot when one is due."""
        if not self.waits(self.snapshot_due, self.settings.snapshot_seconds):
            self.snapshot_due = self.parts.clock.now() + int(self.settings.snapshot_seconds * SECOND)
            self.save_snapshot()

    def waits(self, due: Instant, seconds: float) -> bool:
        """It is not due yet; what lies further ahead than that many seconds is due, for the clock was set back."""
        period: Duration = int(seconds * SECOND)
        return due - period <= self.parts.clock.now() < due

    def save_snapshot(self) -> None:
        """Make the state at `position` durable, once the ledger's bookmark has got there; nothing amid a batch."""
        if not self.is_between or self.position <= self.saved or not self.reach_bookmark():
            return
        whole = not 0 <= self.changes_saved < self.settings.changes_a_whole
        detection, window, gaps = self.parts.detection, self.parts.window, self.parts.gaps
        state = {
            **(detection.whole() if whole else detection.changed()),
            IDENTITIES: window.whole() if whole else window.changed(),
            GAPS: gaps.whole() if whole else gaps.changed(),
            ABOUT: {"epoch": np.frombuffer(self.parts.journal.epoch.encode(), np.uint8)},
        }
        try:
            self.parts.snapshots.save(self.position, state, whole=whole)
        except DiskFull as trouble:
            self.changes_saved = -1
            self.parts.health.red(SNAPSHOT_PART, str(trouble))
            return
        self.changes_saved = 0 if whole else self.changes_saved + 1
        self.saved = self.position
        self.parts.health.green(SNAPSHOT_PART)

    def reach_bookmark(self) -> bool:
        """Move the ledger's bookmark to `position` if it is behind; False when the ledger asked to try later."""
        if self.recorded >= self.position:
            return True
        try:
            with self.parts.ledger.begin() as transaction:
                transaction.move_bookmark(READER, self.position)
        except TryLater as trouble:
            self.parts.health.red(LEDGER_PART, str(trouble))
            return False
        self.recorded = self.position
        return True


def decision_in(mark: Mark) -> tuple[Position, str, bytes]:
    """Where it stands and what it says."""
    return mark.position, mark.topic, mark.payload
