"""Backup and restore with the ledger in PostgreSQL: the dump has its place between the two halves."""

import os
import subprocess
from pathlib import Path
from typing import Self

import pytest

from adapters.ledger_dump import dump
from adapters.ledger_settings import LedgerSettings
from adapters.ledger_sql import SqlLedger
from domain.errors import ForeignEpoch, GiveUp
from tests import postgres
from tests.watching import START, Watching, crashes, message, told
from truckroll.backup import DUMP, Backup
from truckroll.manifest import read as manifest_of
from truckroll.restore import Restore
from truckroll.settings import General, Settings


class WatchingThere(Watching):
    """A watch whose ledger is elsewhere."""

    def __init__(self, home: Path, place: str) -> None:
        super().__init__(home)
        self.place = place

    def __enter__(self) -> Self:
        super().__enter__()
        self.ledger = self.stack.enter_context(SqlLedger(self.place))
        return self


def settings(home: Path, place: str) -> Settings:
    """A configuration with its ledger in PostgreSQL."""
    home.mkdir(exist_ok=True)
    return Settings(home=home, general=General(), ledger=LedgerSettings(url=place))


def take(chosen: Settings, to: Path) -> None:
    """One call of the backup."""
    Backup(chosen, to).take(START, lambda _: None)


def client(name: str, *words: str) -> None:
    """A program of PostgreSQL."""
    done = subprocess.run([postgres.program(name), *words], capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == 0, done.stderr


def work(world: Watching, first: int, last: int) -> None:
    """A ticket for each device, and a snapshot after it."""
    watch = world.begin()
    for device in range(first, last):
        world.append(crashes(f"tv-{device}", 3))
        world.catch_up(watch)
        watch.save_snapshot()


@pytest.fixture
def taken(tmp_path: Path) -> tuple[Path, str]:
    """A backup taken while work went on before, between and after the steps; and the address of the loaded dump."""
    place = postgres.server().new_database()
    chosen = settings(tmp_path / "first", place)
    with WatchingThere(chosen.data, place) as world:
        work(world, 0, 3)
        with pytest.MonkeyPatch.context() as here:
            here.setattr("truckroll.backup.dump_program", lambda: None)
            with pytest.raises(GiveUp, match="pg_dump"):
                take(chosen, tmp_path / "backup")
        work(world, 3, 5)
        client("pg_dump", "--format=custom", f"--file={tmp_path / 'backup.part' / DUMP}", place)
        work(world, 5, 7)
        take(chosen, tmp_path / "backup")
        work(world, 7, 9)
    return tmp_path / "backup", loaded(tmp_path / "backup")


def loaded(backup: Path) -> str:
    """The address of a new database with the dump in it."""
    place = postgres.server().new_database()
    client("pg_restore", "--no-owner", f"--dbname={place}", str(backup / DUMP))
    return place


def test_where_postgresql_has_its_programs_one_call_does_it_all(tmp_path: Path) -> None:
    """The dump is made at the right moment, private, and what it holds goes on elsewhere."""
    place = postgres.server().new_database()
    chosen, source = settings(tmp_path / "first", place), tmp_path / "backup"
    with WatchingThere(chosen.data, place) as world:
        work(world, 0, 3)
        take(chosen, source)

    assert 0o600 == (source / DUMP).stat().st_mode & 0o777
    elsewhere = settings(tmp_path / "second", loaded(source))
    Restore(elsewhere, source).run(START, lambda _: None)
    with WatchingThere(elsewhere.data, elsewhere.ledger.url) as world:
        world.catch_up(world.begin())
        assert {(f"tv-{n}", "crash-loop", 3, "new") for n in range(3)} == told(world.tickets())


def test_a_dump_that_fails_says_so_without_the_password(tmp_path: Path) -> None:
    """In the server's words, and leaves no half of one behind."""
    place = postgres.server().new_database()
    with pytest.raises(GiveUp, match="take the backup again") as caught:
        dump(place.replace("/db", "/nowhere"), tmp_path / DUMP)

    assert postgres.server().password not in str(caught.value)
    assert [] == list(tmp_path.iterdir())


def test_it_goes_on_after_the_restore(tmp_path: Path, taken: tuple[Path, str]) -> None:
    """What the journal has beyond the dump is watched; what came after the backup is gone; nothing disagrees."""
    source, place = taken
    chosen = settings(tmp_path / "second", place)
    Restore(chosen, source).run(START, lambda _: None)
    with WatchingThere(chosen.data, place) as world:
        watch = world.begin()
        behind = {f"tv-{n}" for n in range(5)}
        assert behind == {ticket.asset for ticket in world.tickets()}
        world.append([message("tv-last", f'{{"boot":1,"seq":{n},"event":"crash"}}', after=90 + n) for n in range(3)])
        world.catch_up(watch)

        names = [f"tv-{n}" for n in range(7)] + ["tv-last"]
        assert {(name, "crash-loop", 3, "new") for name in names} == told(world.tickets())
        assert 0 == watch.disagreements
        assert world.journal.epoch != manifest_of(source).epoch


def test_a_ledger_that_was_bound_anew_must_be_loaded_again(tmp_path: Path, taken: tuple[Path, str]) -> None:
    """A second restore onto the same database is refused: it has gone on since. Loaded again, it works."""
    source, place = taken
    Restore(settings(tmp_path / "second", place), source).run(START, lambda _: None)
    with pytest.raises(ForeignEpoch):
        Restore(settings(tmp_path / "third", place), source).run(START, lambda _: None)
    assert not (tmp_path / "third" / "data").exists()

    Restore(settings(tmp_path / "third", loaded(source)), source).run(START, lambda _: None)


def test_an_older_dump_is_not_taken_for_the_right_one(tmp_path: Path, taken: tuple[Path, str]) -> None:
    """One from before the snapshots would make the watch skip what lies between."""
    source, _ = taken
    place = postgres.server().new_database()
    client("pg_restore", "--no-owner", f"--dbname={place}", str(source / DUMP))
    with SqlLedger(place) as ledger, ledger.begin() as transaction:
        transaction.move_bookmark("watch", 2)

    with pytest.raises(GiveUp, match="do not belong together"):
        Restore(settings(tmp_path / "second", place), source).run(START, lambda _: None)


def test_the_kind_of_ledger_must_be_the_same(tmp_path: Path, taken: tuple[Path, str]) -> None:
    """A dump cannot become a file."""
    source, _ = taken
    with pytest.raises(GiveUp, match="kept in PostgreSQL"):
        Restore(Settings(home=tmp_path / "second"), source).run(START, lambda _: None)
