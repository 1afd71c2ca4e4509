"""A watch over real embedded stores, without a broker: what is appended to the journal is watched step by step."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Self

from adapters.data_directory import DataDirectory
from adapters.journal_sqlite import SqliteJournal
from adapters.ledger_sql import SqlLedger
from adapters.snapshot_files import SnapshotFiles
from adapters.sparkplug_wire import read
from detectors.engine import Engine
from detectors.rules import read_rules, rules_entry
from domain.entries import Entry, Kind
from domain.finding import Finding
from domain.instants import SECOND, Instant
from domain.ticket import Ticket
from ingest.decode import Decoder
from ingest.feed import Feed
from ingest.health import Health
from ingest.identity import Identities
from ingest.watch import Watch, WatchParts, WatchSettings
from ticketing.desk import ServiceDesk
from ticketing.suppression import Suppressions

START: Instant = 1_767_600_000 * SECOND
RULES = """
[[rule]]
id = "crash-loop"
name = { en = "Keeps crashing", zh = "反复死机" }
kind = "consecutive"
event = "crash"
reset = { event = "boot_ok" }
count = 3
within = "24h"
severity = "S2"
failure_mode = "crash-loop"
class = "tv-crash"
"""


@dataclass
class HandClock:
    """A clock that is moved by hand."""

    at: Instant = START

    def now(self) -> Instant:
        return self.at


class Watching:
    """One data directory; `begin` starts a watch over it as a process would, and may be called again after `crash`."""

    def __init__(
        self, home: Path, *, rules: str = RULES, settings: WatchSettings | None = None, most: int = 2_000
    ) -> None:
        self.home = home
        self.rules = rules
        self.most = most
        self.settings = settings or WatchSettings()
        self.clock = HandClock()
        self.stack = ExitStack()
        self.health = Health()

    def __enter__(self) -> Self:
        directory = self.stack.enter_context(DataDirectory(self.home))
        self.journal = self.stack.enter_context(SqliteJournal(directory.path))
        self.ledger = self.stack.enter_context(SqlLedger(directory.ledger))
        self.snapshots = directory.snapshots
        self.append([Entry(Kind.CONTROL, START, "rules", rules_entry(read_rules(self.rules, "rules.toml").rules))])
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def append(self, entries: Sequence[Entry]) -> None:
        """Into the journal, as one page."""
        self.journal.append(entries)

    def begin(self) -> Watch:
        """A watch that takes up where the last one was."""
        feed = Feed(self.journal, Decoder(self.journal.controls(), wire=read), most=self.most)
        parts = WatchParts(
            feed=feed,
            journal=self.journal,
            window=Identities(),
            detection=Engine(),
            desk=ServiceDesk(),
            suppressing=Suppressions(),
            ledger=self.ledger,
            snapshots=SnapshotFiles(self.snapshots),
            clock=self.clock,
            health=self.health,
        )
        watch = Watch(parts, self.settings)
        watch.load()
        return watch

    def catch_up(self, watch: Watch) -> None:
        """Watch everything that is journaled."""
        while watch.position < self.journal.last:
            watch.step(Event())

    def tickets(self) -> Sequence[Ticket]:
        """As recorded."""
        return self.ledger.tickets()

    def findings(self) -> Sequence[Finding]:
        """As recorded."""
        return self.ledger.findings()


def message(device: str, body: str, *, after: float = 0, channel: str = "events", retained: bool = False) -> Entry:
    """A message that arrives so many seconds after the start."""
    return Entry(Kind.MESSAGE, START + int(after * SECOND), f"devices/{device}/{channel}", body.encode(), retained)


def crash(device: str, seq: int, *, after: float = 0, boot: int = 1) -> Entry:
    """A numbered crash, dated by its arrival."""
    return message(device, f'{{"boot":{boot},"seq":{seq},"event":"crash"}}', after=after)


def crashes(device: str, count: int) -> list[Entry]:
    """So many crashes in a row, ten seconds apart."""
    return [crash(device, seq, after=10 * seq) for seq in range(1, count + 1)]


def told(tickets: Iterable[Ticket]) -> set[tuple[str, str, int, str]]:
    """What tickets say, apart from number and time."""
    return {(t.asset, t.failure_mode, t.evidence_count, t.state) for t in tickets}
