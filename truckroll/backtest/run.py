"""Run: the live engine and the live desk over recorded or simulated batches, in the time that these tell.

It is the service's own watch with a ledger that is thrown away, so merging, reopening and withdrawing are the desk's.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sqlalchemy.event import listen

from adapters.ledger_sql import SqlLedger
from detectors.engine import Engine
from detectors.rule import Rule
from detectors.rules import rules_entry
from domain.batch import Batch, Mark
from domain.entries import Entry, Kind, Page, Position
from domain.finding import Finding
from domain.gap import Losses
from domain.instants import DAY, Instant
from domain.ports import Arrays, Desk
from domain.ticket import LedgerEvent, Ticket
from ingest.feed import Feed
from ingest.health import Health
from ingest.identity import Identities
from ingest.watch import Watch, WatchParts, Work
from ticketing.desk import ServiceDesk
from ticketing.suppression import Suppressions
from truckroll.backtest.heartbeats import vouched_for
from truckroll.ruleset import RuleSet

RULES = "rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the rules made of it."""

    findings: Sequence[Finding]
    """Each in its last state, in order of first firing; withdrawn ones too."""
    tickets: Sequence[Ticket]
    """As the desk merged them, cancelled ones too, in order of number."""
    events: Sequence[LedgerEvent]
    """The desk's event log."""
    heard: dict[str, Instant]
    """When each device was first heard."""
    begins: Instant
    """Arrival of the first message; 0 where there was none …"""
    ends: Instant
    """… and of the last entry."""
    readings: int
    messages: int

    @property
    def device_days(self) -> float:
        """The life that was watched: of each device from its first message to the end."""
        return sum(self.ends - first for first in self.heard.values()) / DAY


def play(
    rules: RuleSet | Iterable[Rule],
    batches: Iterable[Batch],
    *,
    controls: Iterable[tuple[str, bytes]] = (),
    desk: Desk | None = None,
) -> Outcome:
    """What the rules, all of them taken as live, find in the batches, and the tickets that the desk makes of it.

    Batches follow each other without a gap in position; time is what they tell, by arrival and by their ticks.
    `controls` (topic, payload) hold from the beginning, such as the registry; `rules` among the batches' own are left
    out. Raises WrongFormat for rules that this program cannot build.
    """
    with Stage(rules, controls, desk or ServiceDesk()) as stage:
        for batch in batches:
            stage.show(batch)
        return stage.outcome()


class Stage:
    """One run. Enter it, show it batches in order, ask for the outcome at any time."""

    def __init__(self, rules: RuleSet | Iterable[Rule], controls: Iterable[tuple[str, bytes]], desk: Desk) -> None:
        listed = rules.rules if isinstance(rules, RuleSet) else rules
        self.controls = [*controls, (RULES, rules_entry([replace(rule, life="live") for rule in listed]))]
        self.desk = desk
        self.stack = ExitStack()
        self.clock = Moment()
        self.heard: dict[str, Instant] = {}
        self.begins: Instant = 0
        self.readings = 0
        self.messages = 0

    def __enter__(self) -> "Stage":
        home = Path(self.stack.enter_context(TemporaryDirectory(prefix="truckroll-backtest-")))
        (home / "ledger.db").write_bytes(empty_ledger())
        self.ledger = SqlLedger(home / "ledger.db")
        listen(self.ledger.engine, "connect", thrown_away)
        self.stack.enter_context(self.ledger)
        journal = Decided(self.controls)
        self.watch = Watch(
            WatchParts(
                feed=Feed(journal, Undecoded()),
                journal=journal,
                window=Identities(),
                gaps=NoLosses(),
                detection=Engine(),
                desk=self.desk,
                suppressing=Suppressions(),
                ledger=self.ledger,
                snapshots=Unsaved(),
                clock=self.clock,
                health=Health(),
            )
        )
        self.watch.load()
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def show(self, batch: Batch) -> Sequence[Finding]:
        """Let the batch happen: what it concludes is answered at the instants at which it was concluded."""
        batch = replace(batch, marks=[m for m in batch.marks if (m.kind, m.topic) != (Kind.CONTROL, RULES)])
        if len(batch.received_at) and not self.begins:
            self.begins = int(batch.received_at[0])
        end = max([self.clock.at, *batch.received_at[-1:].tolist(), *(m.received_at for m in batch.marks)])
        work = replace(self.watch.conclude(batch), rejects=())
        self.greet(batch, work.newcomers)
        unsent = vouched_for(batch)
        self.readings += len(batch.item) - unsent
        self.messages += batch.messages - unsent
        for at, piece in moments(work, end):
            self.clock.at = max(self.clock.at, at)
            self.watch.apply(piece)
        return work.findings

    def greet(self, batch: Batch, newcomers: Sequence[str]) -> None:
        """Note when devices were first heard."""
        if not newcomers:
            return
        first = np.full(len(batch.devices), -1, np.int64)
        first[batch.device[::-1]] = batch.received_at[::-1]
        arrival = dict(zip(batch.devices, first.tolist(), strict=True))
        self.heard |= {device: arrival[device] for device in newcomers}

    def outcome(self) -> Outcome:
        """What came of everything shown so far."""
        return Outcome(
            findings=self.ledger.findings(),
            tickets=self.ledger.tickets(),
            events=self.ledger.events(0, -1),
            heard=dict(self.heard),
            begins=self.begins,
            ends=self.clock.at,
            readings=self.readings,
            messages=self.messages,
        )


@cache
def empty_ledger() -> bytes:
    """The file of a ledger with nothing in it; to make it takes longer than to play a day."""
    with TemporaryDirectory(prefix="truckroll-backtest-") as home:
        path = Path(home) / "ledger.db"
        with SqlLedger(path):
            pass
        return path.read_bytes()


def thrown_away(connection: Any, _record: Any) -> None:
    """This ledger need not outlive a power cut."""
    connection.execute("PRAGMA synchronous = OFF").close()


@dataclass(slots=True)
class Moment:
    """The clock of a run: it stands where the batches are."""

    at: Instant = 0

    def now(self) -> Instant:
        """The arrival of the last entry shown."""
        return self.at


def moments(work: Work, end: Instant) -> Iterator[tuple[Instant, Work]]:
    """The work in pieces: one for all findings that changed with one entry, and a last one for the rest."""
    marks = deque(work.batch.marks)
    bare = replace(work.batch, events=(), rejects=(), marks=())
    after = bare.after
    for position, group in groupby(work.findings, key=attrgetter("position")):
        found = list(group)
        yield found[0].changed_at, replace(work, batch=stretch(bare, marks, after, position), findings=found)
        work, after = replace(work, newcomers=()), position
    yield end, replace(work, batch=stretch(bare, marks, after, bare.upto), findings=())


def stretch(bare: Batch, marks: deque[Mark], after: Position, upto: Position) -> Batch:
    """What stands between two positions, as far as the desk looks at it: marks, and one arrival for who is new."""
    passed = []
    while marks and marks[0].position <= upto:
        passed.append(marks.popleft())
    return replace(bare.cut(0, min(1, len(bare.position)), after=after, upto=upto), marks=passed)


class Decided:
    """A journal of nothing but what was decided before its beginning: a run keeps no raw messages."""

    epoch = "backtest"
    last: Position = 0
    oldest: Position = 1

    def __init__(self, controls: Iterable[tuple[str, bytes]]) -> None:
        self.entries = [(0, Entry(Kind.CONTROL, 0, topic, payload)) for topic, payload in controls]

    def read(self, after: Position, most: int) -> Sequence[Page]:
        """Nothing."""
        return ()

    def wait(self, after: Position, seconds: float) -> bool:
        """Nothing will come."""
        return False

    def controls(self) -> Sequence[tuple[Position, Entry]]:
        """What was decided."""
        return self.entries


class Undecoded:
    """Never asked: a run is shown batches."""

    def decode(self, pages: Sequence[Page]) -> Batch:
        """Raises ValueError: there are no pages."""
        raise ValueError("a run is shown batches and reads no pages")


class NoLosses:
    """Losses before the journal are no matter of a run."""

    def look(self, batch: Batch) -> Losses:
        """None."""
        return Losses()

    def changed(self) -> Arrays:
        """No state."""
        return {}

    whole = changed

    def restore(self, state: Arrays) -> None:
        """No state."""


@dataclass(slots=True)
class Unsaved:
    """A run is not taken up again, so nothing of it is saved."""

    states: list[Any] = field(default_factory=list)

    def save(self, position: Position, state: Any, *, whole: bool) -> None:
        """Nothing is kept."""

    def load(self) -> tuple[Position, Sequence[Any]]:
        """Nothing was kept."""
        return 0, []
