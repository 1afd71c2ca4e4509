"""Receive: durable first, acknowledged after, and a full disk stops the acknowledgements only."""

from collections.abc import Sequence
from pathlib import Path
from threading import Event

from adapters.journal_sqlite import SqliteJournal
from domain.entries import Entry, Kind, Position
from domain.errors import DiskFull
from domain.instants import SECOND
from domain.ports import Delivery
from ingest.health import Health
from ingest.receive import Receiver, ReceiveSettings
from tests.watching import START, HandClock


class Wire:
    """A source that hands over what the test says, and tells what was acknowledged when."""

    def __init__(self, journal: SqliteJournal, *takes: Sequence[str]) -> None:
        self.journal = journal
        self.takes = [list(take) for take in takes]
        self.acknowledged: list[tuple[str, Position]] = []
        self.trouble = ""

    def take(self, seconds: float) -> Sequence[Delivery]:
        if not self.takes:
            return []
        return [Delivery(Entry(Kind.MESSAGE, START, topic), topic) for topic in self.takes.pop(0)]

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        self.acknowledged += [(str(delivery.token), self.journal.last) for delivery in deliveries]


def topics(journal: SqliteJournal) -> list[str]:
    """Topics of the messages in the journal, in order."""
    return [e.topic for page in journal.read(0, 1000) for e in page.entries if e.kind == Kind.MESSAGE]


def receiver(wire: Wire, journal: SqliteJournal, clock: HandClock, **more: object) -> Receiver:
    """A receiver with short waits."""
    settings = ReceiveSettings(retry_seconds=0, linger_seconds=0.01)
    return Receiver(source=wire, journal=journal, clock=clock, health=Health(), settings=settings, **more)  # type: ignore[arg-type]


def test_a_message_is_acknowledged_after_it_is_durable(tmp_path: Path) -> None:
    """In order, and the journal has reached them by then."""
    with SqliteJournal(tmp_path) as journal:
        wire = Wire(journal, ["a", "b"], ["c"])
        receiving = receiver(wire, journal, HandClock())
        receiving.step(Event())
        receiving.step(Event())

        assert ["a", "b", "c"] == topics(journal)
        assert ["a", "b", "c"] == [token for token, _ in wire.acknowledged]
        assert all(last >= 2 for _, last in wire.acknowledged)


def test_a_stream_shares_commits_and_a_lone_message_does_not_wait(tmp_path: Path) -> None:
    """After a take of several, the next commit lingers for more."""
    with SqliteJournal(tmp_path) as journal:
        wire = Wire(journal, ["a", "b"], ["c", "d"], ["e", "f"], [])
        receiving = receiver(wire, journal, clock := HandClock())
        receiving.step(Event())
        clock.at += 1
        receiving.step(Event())

        assert [2, 4] == [sum(token in "ab" for token, _ in wire.acknowledged), len(wire.acknowledged) - 2]


def test_a_full_disk_stops_acknowledging_and_everything_goes_on_by_itself(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """Health is red with a sentence; what was kept back comes first when there is space again."""
    with SqliteJournal(tmp_path) as journal:
        wire = Wire(journal, ["a"], ["b"])
        receiving = receiver(wire, journal, HandClock())
        with monkeypatch.context() as patch:
            patch.setattr(journal, "append", full)
            receiving.step(Event())
        assert [] == wire.acknowledged
        assert "free some space" in receiving.health.report()["journal"]
        receiving.step(Event())

        assert ["a", "b"] == topics(journal)
        assert ["a", "b"] == [token for token, _ in wire.acknowledged]
        assert receiving.health.is_green


def full(entries: Sequence[Entry]) -> Position:
    """A disk without space."""
    raise DiskFull("the journal")


def test_time_passes_in_the_journal_while_nothing_comes(tmp_path: Path) -> None:
    """A tick every five seconds, one at a time, also when the clock jumps."""
    with SqliteJournal(tmp_path) as journal:
        clock = HandClock()
        receiving = receiver(Wire(journal), journal, clock)
        for seconds in (0, 1, 5, 9, 3600, 3601):
            clock.at = START + seconds * SECOND
            receiving.step(Event())

        ticks = [e.received_at - START for page in journal.read(0, 100) for e in page.entries]
        assert [0, 5 * SECOND, 3600 * SECOND] == ticks


def test_a_clock_that_was_set_back_ticks_on(tmp_path: Path) -> None:
    """The next tick is not waited for until the old time comes again."""
    with SqliteJournal(tmp_path) as journal:
        clock = HandClock()
        receiving = receiver(Wire(journal), journal, clock)
        receiving.step(Event())
        clock.at = START - 3600 * SECOND
        receiving.step(Event())

        assert 2 == journal.last


def test_decisions_of_people_are_journaled_and_then_taken_from_the_inbox(tmp_path: Path) -> None:
    """After the append, not before."""
    with SqliteJournal(tmp_path) as journal:
        entry = Entry(Kind.CONTROL, START, "registry", b'{"installations":[]}')
        done: list[tuple[object, Position]] = []
        receiving = receiver(
            Wire(journal),
            journal,
            HandClock(),
            controls=lambda: [Delivery(entry, "one")],
            controlled=lambda deliveries: done.extend((d.token, journal.last) for d in deliveries),
        )
        receiving.step(Event())

        assert [(1, entry)] == list(journal.controls())
        assert [("one", 2)] == done
