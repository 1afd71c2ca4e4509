"""Attacks on watch: what goes wrong amid a transaction, a restart or a change of mind costs no ticket and no proof."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from detectors.rules import read_rules, rules_entry
from domain.entries import Entry, Kind
from domain.errors import DiskFull, TryLater
from domain.instants import DAY, SECOND, Instant
from domain.ports import Delivery, Transaction
from domain.registry import Facts, Installation, registry_entry
from ingest import watch as watching
from ingest.health import Health
from ingest.receive import RETENTION_PART, Receiver
from tests.watching import RULES, START, Watching, crash, crashes, message, told
from ticketing.desk import ServiceDesk
from truckroll.proof import prove

FOUR = RULES.replace("count = 3", "count = 4")


def rules(text: str, *, after: float) -> Entry:
    """Other rules come into force."""
    return Entry(Kind.CONTROL, START + int(after * SECOND), "rules", rules_entry(read_rules(text, "rules.toml").rules))


def objections(world: Watching) -> list[str]:
    """What speaks against the tickets."""
    return [o for t in world.tickets() for proof in prove(world.ledger, ServiceDesk(), t) for o in proof.objections]


def fail_once(world: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger's next transaction is lost at its end, the following ones are not."""
    begin, failures = world.ledger.begin, [TryLater("The disk is full for a moment.")]

    @contextmanager
    def failing() -> Iterator[Transaction]:
        with begin() as transaction:
            yield transaction
            if failures:
                raise failures.pop()

    monkeypatch.setattr(watching, "RETRY_SECONDS", 0)
    monkeypatch.setattr(world.ledger, "begin", failing)


def test_a_transaction_that_failed_once_costs_the_proof_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of the evidence is pinned, under the rule that fired, although other rules stand in the same batch."""
    with Watching(tmp_path) as world:
        watch = world.begin()
        world.append([*crashes("tv-1", 3), rules(FOUR, after=60)])
        fail_once(world, monkeypatch)
        world.catch_up(watch)

        assert [] == objections(world)
        assert 1 == watch.tickets


def test_a_ledger_away_during_a_replay_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Comparing is tried again, as applying is."""
    with Watching(tmp_path) as world:
        world.append(crashes("tv-1", 3))
        world.catch_up(world.begin())
        for snapshot in world.snapshots.iterdir():
            snapshot.unlink()
        again = world.begin()
        fail_once(world, monkeypatch)
        world.catch_up(again)

        assert 0 == again.disagreements
        assert 1 == len(world.tickets())


def test_a_clock_that_was_set_back_holds_no_snapshot_up(tmp_path: Path) -> None:
    """A server that woke up in the wrong year would otherwise keep its whole journal until then."""
    with Watching(tmp_path) as world:
        watch = world.begin()
        world.clock.at = START + 365 * DAY
        world.append(crashes("tv-1", 1))
        world.catch_up(watch)
        world.clock.at = START
        world.append([Entry(Kind.TICK, START)])
        world.catch_up(watch)

        assert world.journal.last == watch.saved == watch.recorded


def test_rules_older_than_the_journal_are_in_force_without_a_snapshot(tmp_path: Path) -> None:
    """Retention has dropped the messages, somebody has deleted the snapshots: decisions of people are still there."""
    with Watching(tmp_path) as world:
        world.append(crashes("tv-9", 1))
        world.catch_up(world.begin())
        world.journal.retain(world.clock.now() + 30 * DAY, world.journal.last)
        for snapshot in world.snapshots.iterdir():
            snapshot.unlink()
        again = world.begin()
        world.append(crashes("tv-1", 3))
        world.catch_up(again)

        assert {("tv-1", "crash-loop", 3, "new")} == told(world.tickets())


def test_new_firmware_after_the_firing_leaves_the_proof_alone(tmp_path: Path) -> None:
    """What was known of the device at the firing stays with the finding when it ends."""
    old_firmware = RULES.replace("kind =", 'where = { fw = "2.4.1" }\nkind =')
    with Watching(tmp_path, rules=old_firmware) as world:
        first = message("tv-1", '{"boot":1,"seq":0,"fw":"2.4.1","values":{"t":1}}', channel="telemetry")
        later = message("tv-1", '{"boot":2,"seq":0,"fw":"2.5.0","values":{"t":1}}', channel="telemetry", after=40)
        world.append([first, *crashes("tv-1", 3), later, rules(RULES, after=60)])
        world.catch_up(world.begin())

        assert ["resolved"] == [finding.state for finding in world.findings()]
        assert [] == objections(world)


def test_a_device_registered_after_its_finding_leaves_the_finding_where_it_was(tmp_path: Path) -> None:
    """The finding's asset is that of its firing for the whole episode, as its id is."""
    moved = registry_entry([Installation(START + 60 * SECOND, Facts(device="tv-1", asset="TV-17"))])
    with Watching(tmp_path) as world:
        registered = Entry(Kind.CONTROL, START + 60 * SECOND, "registry", moved)
        world.append([*crashes("tv-1", 3), registered, rules(FOUR, after=61)])
        world.catch_up(world.begin())

        assert [("resolved", "tv-1")] == [(finding.state, finding.asset) for finding in world.findings()]
        assert [] == objections(world)


def test_evidence_that_counts_only_since_a_late_message_is_pinned(tmp_path: Path) -> None:
    """A crash left out for being too close to another one counts once a late one moves the count."""

    def dated(seq: int, seconds: float) -> Entry:
        at = int((START + seconds * SECOND) // 1_000_000)
        return message("tv-1", f'{{"boot":1,"seq":{seq},"ts":{at},"event":"crash"}}', after=60 + seq)

    with Watching(tmp_path, rules=RULES.replace("count = 3", 'count = 3\nmin_gap = "1s"')) as world:
        watch = world.begin()
        world.append([dated(1, 1), dated(2, 3), dated(3, 5), dated(4, 5.5), dated(5, 8)])
        world.catch_up(watch)
        world.append([dated(6, 4.4)])
        world.catch_up(watch)

        assert [2, 3, 5, 6, 7] == sorted(e.position for finding in world.findings() for e in finding.evidence)
        assert [] == objections(world)


def test_a_rule_given_up_and_taken_up_again_begins_anew_also_after_a_restart(tmp_path: Path) -> None:
    """What it remembered the first time comes back neither to the same device nor to another one."""
    with Watching(tmp_path) as world:
        watch = world.begin()
        world.append(crashes("tv-1", 2))
        world.catch_up(watch)
        watch.save_snapshot()
        world.append([rules(FOUR, after=21), rules(RULES, after=22), crash("tv-2", 1), crash("tv-1", 3, after=30)])
        world.catch_up(watch)
        watch.save_snapshot()
        again = world.begin()
        world.append([crash("tv-1", 4, after=40), crash("tv-2", 2, after=42), crash("tv-2", 3, after=44)])
        world.catch_up(again)

        assert {("tv-2", "crash-loop", 3, "new")} == told(world.tickets())


def test_many_episodes_in_ten_minutes_take_no_more_room_each(tmp_path: Path) -> None:
    """The state before each firing is kept with it, but not inside the next one: that would double every time."""
    flickering = RULES.replace("count = 3", 'count = 1\nresolve = { event = "ok" }')
    with Watching(tmp_path, rules=flickering) as world:
        pairs = [
            (crash("tv-1", n, after=n), message("tv-1", f'{{"boot":1,"seq":{n + 1},"event":"ok"}}', after=n + 1))
            for n in range(0, 40, 2)
        ]
        world.append([entry for pair in pairs for entry in pair])
        world.catch_up(world.begin())

        assert 20 == len(world.findings())
        assert max(len(finding.before) for finding in world.findings()) < 20_000
        assert [] == objections(world)


def test_a_disk_too_full_to_drop_old_pages_stops_nothing(tmp_path: Path) -> None:
    """Receiving goes on, and the next tick tries again."""
    source, health, troubles = Silence(), Health(), [DiskFull("journal.db")]
    with Watching(tmp_path) as world:

        def housekeeping(_now: Instant) -> None:
            if troubles:
                raise troubles.pop()

        receiver = Receiver(
            source=source, journal=world.journal, clock=world.clock, health=health, housekeeping=housekeeping
        )
        receiver.step(Event())
        assert "full" in health.report()[RETENTION_PART]
        world.clock.at += 5 * SECOND
        receiver.step(Event())

        assert "" == health.report()[RETENTION_PART]


class Silence:
    """A source from which nothing comes."""

    trouble = ""

    def take(self, seconds: float) -> Sequence[Delivery]:
        return []

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        assert not deliveries
