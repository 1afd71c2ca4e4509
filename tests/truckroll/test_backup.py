"""Backup and restore: taken from a working service, and going on as if nothing but the time between were missing."""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from adapters.backup_ledger import former_epochs
from adapters.journal_reader import JournalReader
from adapters.ledger_sql import SqlLedger
from adapters.telemetry_sqlite import SqliteTelemetry
from domain.entries import Kind
from domain.errors import ForeignEpoch, GiveUp, WrongFormat
from tests.brokers import Broker, broker, until
from tests.brokers import publish as send
from tests.services import ServiceProcess
from tests.watching import START, Watching, crashes, message, told
from truckroll.backup import Backup
from truckroll.manifest import FILE
from truckroll.manifest import read as manifest_of
from truckroll.restore import Restore
from truckroll.settings import General, Settings

__all__ = ["broker"]

RULES = """
[[rule]]
id = "crash-loop"
name = "Keeps crashing"
kind = "consecutive"
event = "crash"
count = 3
severity = "S2"
failure_mode = "crash-loop"
class = "tv-crash"
"""


def settings(home: Path) -> Settings:
    """A configuration whose data directory is `home/data`."""
    return Settings(home=home, general=General(data="data"))


def back_up(home: Path, to: Path) -> None:
    """A backup of the data directory below `home`."""
    Backup(settings(home), to).take(START, lambda _: None)


def bring_back(source: Path, home: Path) -> str:
    """The backup as the data directory below `home`; returns the new epoch."""
    home.mkdir(exist_ok=True)
    return Restore(settings(home), source).run(START, lambda _: None)


def worked(home: Path, devices: int = 3) -> None:
    """A data directory in which every device has a ticket, a device more has two crashes, and snapshots lie."""
    with Watching(home / "data") as world:
        watch = world.begin()
        for device in range(devices):
            world.append(crashes(f"tv-{device}", 3))
            world.catch_up(watch)
            watch.save_snapshot()
        world.append(crashes("tv-last", 2))
        world.catch_up(watch)
        with SqliteTelemetry(home / "data" / "telemetry") as telemetry:
            batch = watch.parts.feed.after(0)
            assert batch is not None
            telemetry.write(batch, world.journal.epoch)


@pytest.fixture
def taken(tmp_path: Path) -> Path:
    """A backup of a data directory with three tickets."""
    worked(tmp_path / "first")
    back_up(tmp_path / "first", tmp_path / "backup")
    return tmp_path / "backup"


def test_what_is_restored_goes_on_where_it_was(tmp_path: Path, taken: Path) -> None:
    """The tickets are there, and a third crash after two before the backup opens another one."""
    bring_back(taken, tmp_path / "second")
    with Watching(tmp_path / "second" / "data") as world:
        watch = world.begin()
        before = told(world.tickets())
        world.append([message("tv-last", '{"boot":1,"seq":3,"event":"crash"}', after=90)])
        world.catch_up(watch)

        assert {(f"tv-{n}", "crash-loop", 3, "new") for n in range(3)} == before
        assert before | {("tv-last", "crash-loop", 3, "new")} == told(world.tickets())
        assert 0 == watch.disagreements


def test_a_restored_journal_has_an_epoch_of_its_own_everywhere(tmp_path: Path, taken: Path) -> None:
    """Journal, ledger, telemetry and snapshots share it, and the chain still holds from the first page on."""
    former = manifest_of(taken).epoch
    epoch = bring_back(taken, tmp_path / "second")
    data = tmp_path / "second" / "data"
    with Watching(data) as world, SqliteTelemetry(data / "telemetry") as telemetry:
        world.begin()

        assert epoch != former
        assert epoch == world.journal.epoch
        assert telemetry.bookmark(epoch) > 0
        assert world.journal.verify() == world.journal.last
        with pytest.raises(ForeignEpoch):
            world.ledger.bind(former)


def test_events_before_the_backup_keep_the_epoch_they_were_sent_under(tmp_path: Path, taken: Path) -> None:
    """So their idempotency keys stay; those after it get keys that nobody has seen, also after a second restore."""
    former = manifest_of(taken).epoch
    epoch = bring_back(taken, tmp_path / "second")
    with SqlLedger(tmp_path / "second" / "data" / "ledger.db") as ledger:
        last = ledger.events(0, 1000)[-1].position
        assert {last: former} == former_epochs(ledger)

    back_up(tmp_path / "second", tmp_path / "again")
    bring_back(tmp_path / "again", tmp_path / "third")
    with SqlLedger(tmp_path / "third" / "data" / "ledger.db") as ledger:
        assert {last: former} == former_epochs(ledger)
        assert epoch not in former_epochs(ledger).values()


def test_the_loss_stands_in_the_journal(tmp_path: Path, taken: Path) -> None:
    """Nobody can take the silence between backup and restore for a device that was quiet."""
    bring_back(taken, tmp_path / "second")
    with JournalReader(tmp_path / "second" / "data") as journal:
        (page,) = journal.read(journal.last - 1, 1)

    assert (Kind.LINK, "session_lost") == (page.entries[0].kind, page.entries[0].topic)
    assert "restored from the backup" in json.loads(page.entries[0].payload)["reason"]


def test_the_same_backup_restored_twice_gives_two_epochs(tmp_path: Path, taken: Path) -> None:
    """Neither can be taken for the other by whoever remembers its keys."""
    assert bring_back(taken, tmp_path / "one") != bring_back(taken, tmp_path / "two")


def test_nobody_else_can_read_a_backup(tmp_path: Path, taken: Path) -> None:
    """Folders 0700, files 0600, in the backup as well as restored."""
    bring_back(taken, tmp_path / "second")
    for root in (taken, tmp_path / "second" / "data"):
        assert 0o700 == root.stat().st_mode & 0o777
        assert {0} == {path.stat().st_mode & 0o077 for path in root.rglob("*")}


def test_decisions_that_wait_in_the_inbox_are_part_of_it(tmp_path: Path) -> None:
    """What was dropped and not collected yet is collected after the restore."""
    worked(tmp_path / "first")
    inbox = tmp_path / "first" / "data" / "inbox"
    (inbox / "00000000000000000001-0123456789ab.registry").write_bytes(b"{}")
    back_up(tmp_path / "first", tmp_path / "backup")
    bring_back(tmp_path / "backup", tmp_path / "second")

    assert ["00000000000000000001-0123456789ab.registry"] == [
        path.name for path in (tmp_path / "second" / "data" / "inbox").iterdir()
    ]


def alter(path: Path) -> None:
    """One bit."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


TAMPERINGS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a bit of the journal": (lambda b: alter(b / "journal.db"), "journal.db was altered"),
    "a bit of the ledger": (lambda b: alter(b / "ledger.db"), "ledger.db was altered"),
    "a day that is gone": (lambda b: next(b.glob("telemetry/2*.db")).unlink(), "is missing"),
    "a file more": (lambda b: (b / "extra").write_text("x"), "extra is not part of the backup"),
    "a link": (lambda b: (b / "extra").symlink_to("/etc/passwd"), "extra is not part of the backup"),
    "no manifest": (lambda b: (b / FILE).unlink(), "is no finished backup"),
    "no JSON": (lambda b: (b / FILE).write_text("{"), "cannot be read"),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_a_backup_that_was_tampered_with_is_refused(tmp_path: Path, taken: Path, what: str) -> None:
    """With a sentence, and nothing is left behind."""
    tamper, sentence = TAMPERINGS[what]
    tamper(taken)

    with pytest.raises((WrongFormat, GiveUp), match=sentence):
        bring_back(taken, tmp_path / "second")
    assert not (tmp_path / "second" / "data").exists()


@pytest.mark.parametrize("part", ["journal.db", "ledger.db"])
def test_parts_of_two_backups_do_not_fit(tmp_path: Path, taken: Path, part: str) -> None:
    """Even with a manifest made to match: the epochs differ."""
    worked(tmp_path / "other")
    back_up(tmp_path / "other", tmp_path / "foreign")
    shutil.copyfile(tmp_path / "foreign" / part, taken / part)
    forged = json.loads((taken / FILE).read_text())
    forged["files"][part] = json.loads((tmp_path / "foreign" / FILE).read_text())["files"][part]
    (taken / FILE).write_text(json.dumps(forged))

    with pytest.raises(ForeignEpoch):
        bring_back(taken, tmp_path / "second")


def test_a_directory_with_something_in_it_is_not_restored_into(tmp_path: Path, taken: Path) -> None:
    """Whatever it is, it stays."""
    precious = tmp_path / "second" / "data" / "precious"
    precious.parent.mkdir(parents=True)
    precious.write_text("mine")

    with pytest.raises(GiveUp, match="is not empty"):
        bring_back(taken, tmp_path / "second")
    assert "mine" == precious.read_text()


def test_a_backup_is_not_written_over_another(tmp_path: Path, taken: Path) -> None:
    """Nor into the data directory itself."""
    with pytest.raises(GiveUp, match="not empty"):
        back_up(tmp_path / "first", taken)
    with pytest.raises(GiveUp, match="another disk"):
        back_up(tmp_path / "first", tmp_path / "first" / "data" / "backup")


def test_an_interrupted_backup_or_restore_can_be_repeated(tmp_path: Path) -> None:
    """What it left is no backup, and does not stand in the way."""
    worked(tmp_path / "first")
    (tmp_path / "backup.part" / "telemetry").mkdir(parents=True)
    (tmp_path / "second" / "data.restoring" / "telemetry").mkdir(parents=True)
    with pytest.raises(GiveUp, match="no finished backup"):
        bring_back(tmp_path / "backup.part", tmp_path / "second")

    back_up(tmp_path / "first", tmp_path / "backup")
    bring_back(tmp_path / "backup", tmp_path / "second")
    assert ["data"] == [path.name for path in (tmp_path / "second").iterdir()]


def test_under_load_each_backup_is_a_moment_of_the_journal(tmp_path: Path, loaded: Callable[[], None]) -> None:
    """Five backups while another thread journals, watches and saves snapshots as fast as it can."""
    for number in range(5):
        loaded()
        back_up(tmp_path / "first", tmp_path / f"backup-{number}")
        bring_back(tmp_path / f"backup-{number}", tmp_path / f"copy-{number}")
        with Watching(tmp_path / f"copy-{number}" / "data") as world:
            watch = world.begin()
            world.catch_up(watch)
            assert 0 == watch.disagreements
            crashed = {e.topic.split("/")[1] for _, e in messages(world)}
            assert {(device, "crash-loop", 3, "new") for device in crashed} == told(world.tickets())


def messages(world: Watching) -> Iterator[tuple[int, object]]:
    """Every message of the journal with its position."""
    position = 0
    while pages := world.journal.read(position, 10_000):
        for page in pages:
            yield from ((n, e) for n, e in enumerate(page.entries, page.first) if e.kind == Kind.MESSAGE)
        position = pages[-1].last


@pytest.fixture
def loaded(tmp_path: Path) -> Iterator[Callable[[], None]]:
    """A service's heart at work in a thread; the function waits until it has done some more."""
    stop, done = Event(), [0]

    def work() -> None:
        with Watching(tmp_path / "first" / "data") as world:
            watch = world.begin()
            while not stop.is_set():
                for device in range(done[0], done[0] + 10):
                    world.append(crashes(f"tv-{device}", 3))
                world.catch_up(watch)
                watch.save_snapshot()
                done[0] += 10

    def more() -> None:
        before = done[0]
        until(lambda: done[0] > before)

    thread = Thread(target=work, name="load")
    thread.start()
    yield more
    stop.set()
    thread.join()


@pytest.mark.slow
def test_a_service_under_load_is_backed_up_lost_and_restored(tmp_path: Path, broker: Broker) -> None:
    """Half of the fleet's third crashes come before the backup and half while the service is dead: after the restore

    every device has exactly one ticket, and judging the journal again agrees.
    """
    devices = 100
    service = ServiceProcess(tmp_path / "service", broker.port, rules=RULES)
    service.start()
    service.ready()
    send(broker.port, [crash(device, seq) for seq in (1, 2) for device in range(devices)])
    loading = Thread(target=send, args=(broker.port, [crash(d, 3) for d in range(0, devices, 2)]), name="load")
    loading.start()
    until(lambda: service.status().get("watched_messages", 0) >= 2 * devices)
    back_up(service.home, tmp_path / "under-load")
    loading.join()
    until(lambda: service.status().get("watched_messages", 0) >= 2.5 * devices)
    second = service.run("backup", str(tmp_path / "backup"))
    service.kill()
    shutil.rmtree(service.data)
    send(broker.port, [crash(d, 3) for d in range(1, devices, 2)])

    service.run("restore", str(tmp_path / "backup"))
    service.start()
    service.ready()
    until(lambda: service.status().get("connected") and open_tickets(service) == devices, 30)
    assert 0 == service.stop()
    with service.ledger() as ledger:
        counted = Counter(t.asset for t in ledger.tickets())
    assert {f"tv-{n}": 1 for n in range(devices)} == dict(counted)
    first = manifest_of(tmp_path / "under-load").positions
    assert first.snapshot <= (first.ledger or 0) <= first.last <= second["journal"]
    replayed = service.run("replay")
    assert ([], []) == (replayed["missing"], replayed["extra"])


def open_tickets(service: ServiceProcess) -> int:
    """How many there are."""
    with service.ledger() as ledger:
        return len(ledger.tickets(open_only=True))


def crash(device: int, seq: int) -> tuple[str, bytes]:
    """One crash message."""
    return f"devices/tv-{device}/events", b'{"boot":1,"seq":%d,"event":"crash"}' % seq
