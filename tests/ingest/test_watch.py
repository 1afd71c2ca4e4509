"""Watch: the journal becomes tickets, exactly once, whatever happens to the process."""

from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.entries import Entry, Kind
from domain.errors import ForeignEpoch, LedgerBehind, TryLater
from domain.finding import FindingState
from domain.instants import SECOND
from domain.ticket import TicketState
from ingest.watch import READER, Watch, WatchSettings
from tests.watching import START, Watching, crash, crashes, message, told


def test_three_crashes_in_a_row_open_one_ticket(tmp_path: Path) -> None:
    """With the evidence counted, the raw messages pinned and the rule's severity."""
    with Watching(tmp_path) as world:
        world.append(crashes("tv-1", 3))
        world.catch_up(world.begin())

        (ticket,) = world.tickets()
        (finding,) = world.findings()
        assert ("tv-1", "crash-loop", 3, TicketState.NEW) == next(iter(told([ticket])))
        assert [2, 3, 4] == [pin.position for pin in world.ledger.pinned(finding.id)]
        assert FindingState.OPEN == finding.state


def test_a_duplicated_crash_does_not_count(tmp_path: Path) -> None:
    """Two crashes, the second one delivered twice."""
    with Watching(tmp_path) as world:
        world.append([*crashes("tv-1", 2), crash("tv-1", 2, after=30)])
        watch = world.begin()
        world.catch_up(watch)

        assert [] == list(world.tickets())
        assert 1 == watch.duplicates


def test_three_identical_crashes_without_ts_and_seq_are_three(tmp_path: Path) -> None:
    """What has no identity is never a duplicate."""
    with Watching(tmp_path) as world:
        world.append([message("tv-1", '{"event":"crash"}', after=n) for n in range(3)])
        world.catch_up(world.begin())

        assert {("tv-1", "crash-loop", 3, "new")} == told(world.tickets())


def test_a_clock_that_says_1970_after_each_crash_is_counted(tmp_path: Path) -> None:
    """Identical bytes with the same unbelievable time are three crashes."""
    with Watching(tmp_path) as world:
        world.append([message("tv-1", '{"ts":5000,"event":"crash"}', after=n) for n in range(3)])
        world.catch_up(world.begin())

        assert {("tv-1", "crash-loop", 3, "new")} == told(world.tickets())


def test_a_late_ok_takes_the_ticket_back(tmp_path: Path) -> None:
    """Nobody has touched it, so it is withdrawn; its number is not used again."""
    with Watching(tmp_path) as world:
        world.append(crashes("tv-1", 3))
        watch = world.begin()
        world.catch_up(watch)
        late = f'{{"ts":{(START + 25 * SECOND) // 1_000_000},"boot":1,"seq":9,"event":"boot_ok"}}'
        world.append([message("tv-1", late, after=60), *crashes("tv-2", 3)])
        world.catch_up(watch)

        assert {("tv-1", "crash-loop", 0, "cancelled"), ("tv-2", "crash-loop", 3, "new")} == {
            (asset, mode, 0 if state == "cancelled" else count, state)
            for asset, mode, count, state in told(world.tickets())
        }
        assert 2 == len({ticket.number for ticket in world.tickets()})


def test_a_retained_crash_is_no_event(tmp_path: Path) -> None:
    """What the broker keeps for newcomers has been told before."""
    with Watching(tmp_path) as world:
        body = '{"event":"crash"}'
        world.append([message("tv-1", body, after=n, retained=True) for n in range(3)])
        world.catch_up(world.begin())

        assert [] == list(world.tickets())


def test_what_cannot_be_used_is_kept_with_its_reason(tmp_path: Path) -> None:
    """Once, with the original bytes, and the good messages beside it count."""
    with Watching(tmp_path) as world:
        world.append([*crashes("tv-1", 2), message("tv-1", "{broken"), crash("tv-1", 3, after=30)])
        world.catch_up(world.begin())

        assert [(4, b"{broken")] == [(r.position, r.payload) for r in world.ledger.quarantined(10)]
        assert 1 == len(world.tickets())


def test_a_device_that_nobody_registered_becomes_an_unclaimed_asset(tmp_path: Path) -> None:
    """It appears in the ledger the first time it speaks."""
    with Watching(tmp_path) as world:
        world.append([message("tv-9", '{"values":{"temp":1}}', channel="telemetry")])
        world.catch_up(world.begin())

        assert [("tv-9", False)] == [(facts.asset, facts.claimed) for facts in world.ledger.assets()]


def test_after_a_crash_what_is_recorded_is_only_compared(tmp_path: Path) -> None:
    """The snapshot is older than the ledger's bookmark: the replay opens nothing again."""
    with Watching(tmp_path) as world:
        world.append(crashes("tv-1", 3))
        world.catch_up(world.begin())
        events = len(world.ledger.events(0, 100))
        again = world.begin()
        world.append([crash("tv-1", 4, after=50)])
        world.catch_up(again)

        assert {("tv-1", "crash-loop", 4, "new")} == told(world.tickets())
        assert 0 == again.disagreements
        assert events + 1 == len(world.ledger.events(0, 100))


def test_a_ledger_from_another_history_is_noticed(tmp_path: Path) -> None:
    """Findings that a replay concludes and the ledger does not have turn the health red."""
    with Watching(tmp_path) as world:
        world.append(crashes("tv-1", 3))
        with world.ledger.begin() as transaction:
            transaction.move_bookmark(READER, world.journal.last)
        watch = world.begin()
        world.catch_up(watch)

        assert 1 == watch.disagreements
        assert "restore journal and ledger" in world.health.report()["replay"]


def test_a_ledger_behind_its_snapshot_is_refused(tmp_path: Path) -> None:
    """Going on would skip what lies between."""
    with Watching(tmp_path) as world:
        world.append(crashes("tv-1", 3))
        watch = world.begin()
        world.catch_up(watch)
        watch.save_snapshot()
        with world.ledger.begin() as transaction:
            transaction.move_bookmark(READER, 1)

        with pytest.raises(LedgerBehind, match="restore both from the same backup"):
            world.begin()


def test_a_snapshot_of_another_journal_is_refused(tmp_path: Path) -> None:
    """Positions of one journal mean nothing in another."""
    with Watching(tmp_path / "one") as one, Watching(tmp_path / "two") as two:
        one.append(crashes("tv-1", 3))
        watch = one.begin()
        one.catch_up(watch)
        watch.save_snapshot()
        two.snapshots = one.snapshots

        with pytest.raises(ForeignEpoch):
            two.begin()


def test_a_ledger_that_asks_to_try_later_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped while the ledger was away, the next start records the ticket."""
    with Watching(tmp_path) as world:
        world.append(crashes("tv-1", 3))
        watch, stop = world.begin(), Event()
        stop.set()
        with monkeypatch.context() as patch:
            patch.setattr(world.ledger, "begin", away)
            assert not watch.step(stop)
        assert "gone for a moment" in world.health.report()["ledger"]
        world.catch_up(world.begin())

        assert {("tv-1", "crash-loop", 3, "new")} == told(world.tickets())


class StopAtFirstTry(Event):
    """Nobody stops it until it waits for its second try."""

    def wait(self, timeout: float | None = None) -> bool:
        self.set()
        return True


def test_stopped_amid_a_batch_it_saves_no_state_that_the_ledger_has_not_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger goes between the second and the third crash, and does not come back before the stop."""
    with Watching(tmp_path) as world:
        watch = world.begin()
        for one in crashes("tv-1", 2):
            world.append([one])
            world.clock.at += 2 * SECOND
            world.catch_up(watch)
        assert watch.saved < watch.position == watch.recorded
        world.append(crashes("tv-1", 3)[2:])
        with monkeypatch.context() as patch:
            patch.setattr(world.ledger, "begin", away)
            watch.run(StopAtFirstTry())
        world.catch_up(world.begin())

        assert {("tv-1", "crash-loop", 3, "new")} == told(world.tickets())


def test_a_replay_waits_for_a_ledger_that_asks_to_try_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It compares once the ledger is back."""
    with Watching(tmp_path) as world:
        world.append(crashes("tv-1", 3))
        world.catch_up(world.begin())
        watch, stop = world.begin(), Event()
        stop.set()
        with monkeypatch.context() as patch:
            patch.setattr(world.ledger, "begin", away)
            assert not watch.step(stop)
        world.catch_up(world.begin())

        assert {("tv-1", "crash-loop", 3, "new")} == told(world.tickets())


def away() -> None:
    """A ledger that cannot be reached."""
    raise TryLater("The ledger is gone for a moment.")


DEVICES = ("tv-1", "tv-2", "tv-3")
STEP = st.tuples(st.sampled_from(DEVICES), st.sampled_from(("crash", "crash", "crash", "boot_ok", "tick", "reading")))


@settings(max_examples=40, deadline=None)
@given(
    story=st.lists(STEP, min_size=5, max_size=40),
    cuts=st.lists(st.integers(1, 7), min_size=1, max_size=40),
    crashes_at=st.sets(st.integers(0, 20), max_size=6),
    saves_at=st.sets(st.integers(0, 20), max_size=6),
)
def test_however_it_is_cut_and_killed_the_tickets_are_the_same(
    story: list[tuple[str, str]], cuts: list[int], crashes_at: set[int], saves_at: set[int]
) -> None:
    """Any pages, any batch size, killed and restarted anywhere, with or without snapshots: the same ledger."""
    entries = [entry_of(n, device, what) for n, (device, what) in enumerate(story)]
    with TemporaryDirectory() as folder, Watching(Path(folder) / "a") as calm, Watching(Path(folder) / "b") as wild:
        calm.append(entries)
        calm.catch_up(calm.begin())
        wild.most = cuts[0]
        wild.settings = WatchSettings(bookmark_seconds=0, snapshot_seconds=3600, changes_a_whole=2)
        watch = wild.begin()
        for nth, page in enumerate(pages_of(entries, cuts)):
            wild.append(page)
            watch = disturbed(wild, watch, killed=nth in crashes_at, saved=nth in saves_at)
        wild.catch_up(watch)

        assert told(calm.tickets()) == told(wild.tickets())
        assert [(f.id, f.state, f.count, f.position) for f in calm.findings()] == [
            (f.id, f.state, f.count, f.position) for f in wild.findings()
        ]
        assert [e.kind for e in calm.ledger.events(0, 1000)] == [e.kind for e in wild.ledger.events(0, 1000)]
        assert 0 == watch.disagreements


def disturbed(wild: Watching, watch: Watch, *, killed: bool, saved: bool) -> Watch:
    """One step, and then perhaps a snapshot, and perhaps a death."""
    watch.step(Event())
    if saved:
        watch.save_snapshot()
    return wild.begin() if killed else watch


def entry_of(n: int, device: str, what: str) -> Entry:
    """The nth thing that happens."""
    if what == "tick":
        return Entry(Kind.TICK, START + n * SECOND)
    if what == "reading":
        return message(device, f'{{"boot":1,"seq":{n},"values":{{"temp":{n}}}}}', after=n, channel="telemetry")
    return message(device, f'{{"boot":1,"seq":{n},"event":"{what}"}}', after=n)


def pages_of(entries: list[Entry], cuts: list[int]) -> list[list[Entry]]:
    """The entries in pages of these sizes, again and again."""
    pages, start, nth = [], 0, 0
    while start < len(entries):
        size = cuts[nth % len(cuts)]
        pages.append(entries[start : start + size])
        start, nth = start + size, nth + 1
    return pages
