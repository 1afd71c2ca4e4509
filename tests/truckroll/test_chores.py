"""Chores: done when they are due, told when they cannot be done, and backups that come and go by the clock."""

from datetime import datetime
from pathlib import Path
from threading import Event

import pytest

from adapters import ticking
from adapters.system_clock import SystemClock
from domain.errors import DiskFull, TryLater
from domain.instants import DAY, HOUR, SECOND, Instant
from ingest.health import Health
from tests.watching import START, Watching, crashes
from truckroll.backups import Backups
from truckroll.chores import Chore, Chores
from truckroll.manifest import FILE
from truckroll.settings import BackupSettings, General, Settings

SOON = 120.0


@pytest.fixture
def backups(tmp_path: Path) -> Backups:
    """Of a data directory with a ticket; three are kept."""
    with Watching(tmp_path / "data") as world:
        watch = world.begin()
        world.append(crashes("tv-1", 3))
        world.catch_up(watch)
        watch.save_snapshot()
    wanted = BackupSettings(folder="backups", every="24h", keep=3)
    return Backups(Settings(home=tmp_path, general=General(data="data"), backup=wanted))


def taken(backups: Backups, *moments: Instant) -> list[bool]:
    """Whether each look took one."""
    return [backups.take_if_due(now) is not None for now in moments]


def test_a_backup_is_taken_when_the_last_is_old_enough(backups: Backups) -> None:
    """The first at once; how long the service was away meanwhile makes no difference."""
    moments = (START, START + HOUR, START + DAY - 1, START + DAY, START + DAY + HOUR, START + 5 * DAY)

    assert [True, False, False, True, False, True] == taken(backups, *moments)


def test_a_clock_that_was_set_back_does_not_stop_backups(backups: Backups) -> None:
    """One from the future is not waited for."""
    assert [True, True] == taken(backups, START + 3 * DAY, START)


def test_the_oldest_goes_when_there_are_enough(backups: Backups) -> None:
    """Only folders of this chore, and only once the new one is whole."""
    (backups.folder / "mine").mkdir(parents=True)
    taken(backups, *(START + n * DAY for n in range(5)))

    kept = sorted(path.name for path in backups.folder.iterdir())
    assert ["mine", "truckroll-2026-01-07", "truckroll-2026-01-08", "truckroll-2026-01-09"] == [n[:20] for n in kept]


def test_what_a_killed_backup_left_goes(backups: Backups) -> None:
    """It would never be finished, and fills the disk."""
    left = backups.folder / "truckroll-2026-11-01T00-00-00.000Z.part"
    left.mkdir(parents=True)
    new = backups.take_if_due(START)

    assert new is not None
    assert (new / FILE).is_file()
    assert [new] == list(backups.folder.iterdir())


def test_a_chore_that_cannot_be_done_now_is_told_and_tried_again(tmp_path: Path) -> None:
    """Its trouble is gone with the next turn that works."""
    told: list[tuple[str, str]] = []
    stop, turns = Event(), 0

    def act(now: Instant) -> None:
        nonlocal turns
        turns += 1
        if turns == 1:
            raise DiskFull("the disk")
        stop.set()

    health = Health(lambda part, trouble: told.append((part, trouble)))
    Chores([Chore("backup", SECOND // 100, act)], SystemClock(), health).run(stop)

    assert [("backup", True), ("backup", False)] == [(part, "is full" in trouble) for part, trouble in told]


def test_what_nobody_foresaw_ends_the_chores(tmp_path: Path) -> None:
    """It is raised where the service sees it, and the service is told to stop."""

    def act(now: Instant) -> None:
        raise ZeroDivisionError("no way")

    stop = Event()
    with pytest.raises(ZeroDivisionError):
        Chores([Chore("odd", SECOND, act)], SystemClock(), Health()).run(stop)

    assert stop.is_set()


def test_a_clock_that_was_set_back_does_not_eat_the_backups(backups: Backups) -> None:
    """With one from the future there, the next comes when its time has come, and not at every look."""
    moments = (
        START,
        START + DAY,
        START + 30 * DAY,
        START + 2 * DAY,
        START + 2 * DAY + HOUR,
        START + 2 * DAY + 2 * HOUR,
    )

    assert [True, True, True, True, False, False] == taken(backups, *moments)


def test_a_damaged_backup_is_no_backup_and_ends_nothing(backups: Backups) -> None:
    """A manifest that cannot be read: another is taken, and the damaged one is left for a person to look at."""
    first = backups.take_if_due(START)
    assert first is not None
    (first / FILE).write_text("{")

    assert [True, False] == taken(backups, START + HOUR, START + 2 * HOUR)
    assert first.is_dir()


def test_a_backup_folder_that_cannot_be_used_is_told(backups: Backups) -> None:
    """It may be there again later; the service goes on without."""
    backups.folder.write_text("a file in its place")

    with pytest.raises(TryLater, match="repair that"):
        backups.take_if_due(START)


def test_a_long_chore_keeps_no_other_waiting(tmp_path: Path) -> None:
    """A backup takes minutes; promises are looked after every second meanwhile."""
    stop, turns = Event(), iter(range(3))

    def quick(now: Instant) -> None:
        if next(turns) == 2:
            stop.set()

    def slow(now: Instant) -> None:
        assert stop.wait(SOON)

    Chores([Chore("slow", SECOND, slow), Chore("quick", SECOND // 100, quick)], SystemClock(), Health()).run(stop)

    assert stop.is_set()


def test_a_clock_that_is_set_back_stops_no_chore(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns that were planned for later than now are planned anew."""
    planned: list[str] = []

    class Job:
        def modify(self, *, next_run_time: datetime) -> None:
            planned.append("anew")

    class Scheduler:
        def get_jobs(self) -> list[Job]:
            return [Job(), Job()]

    looks = iter([100.0, 100.1, -3500.0, -3500.0])
    stop = Event()

    def offset() -> float:
        ahead = next(looks)
        if ahead < 0 and planned:
            stop.set()
        return ahead

    monkeypatch.setattr(ticking, "offset", offset)
    monkeypatch.setattr(ticking, "LOOK_SECONDS", 0.001)
    ticking.watch_the_clock(Scheduler(), stop)

    assert ["anew", "anew"] == planned
