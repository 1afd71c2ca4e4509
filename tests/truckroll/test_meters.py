"""Meters over a real journal and ledger: fed exactly once, whatever is killed, moved, swapped or redefined."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from adapters import ledger_meters
from adapters.journal_sqlite import SqliteJournal
from adapters.ledger_sql import SqlLedger
from adapters.sparkplug_wire import read
from domain.entries import Entry, Kind
from domain.errors import Unknown, WrongFormat
from domain.instants import DAY, HOUR, MINUTE, SECOND, Instant
from domain.meter import Meter, MeterKind
from domain.registry import Facts, Installation, registry_entry
from ingest.decode import Decoder
from ingest.feed import Feed
from ingest.limits import Limits
from tests.ledgers import ENGINES
from tests.ticketing.promises import MONDAY
from truckroll.meter_deeds import (
    Read,
    Standing,
    import_meters,
    meter_due,
    meter_forecast,
    of_asset,
    record_reading,
    standings,
)
from truckroll.meters import Meters

PAGES = Meter(
    name="pages", unit="pages", kind=MeterKind.COUNTER, metric="pages", most_per_hour=600.0, where={"model": ("P*",)}
)
HOURS = Meter(name="hours", unit="h", kind=MeterKind.GAUGE, metric="on", most_per_hour=1.0)
KM = Meter(name="km", unit="km", kind=MeterKind.MANUAL)
KILLS = int(os.environ.get("METER_KILLS", "3"))


def feeding(journal: SqliteJournal, most: int = 2_000) -> Feed:
    """A new feed."""
    return Feed(journal, Decoder(journal.controls(), Limits(), read), most=most)


class Plant:
    """Printers that print, and the service that counts."""

    def __init__(self, ledger: SqlLedger, journal: SqliteJournal) -> None:
        self.ledger, self.journal = ledger, journal
        self.now = MONDAY
        self.most = 2_000
        import_meters(ledger, [PAGES, HOURS, KM], by="lee", now=MONDAY)
        self.hangs("p-1", "lobby")
        self.started()

    def started(self) -> None:
        """As after a start."""
        self.meters = Meters(self.ledger, self.journal, lambda: feeding(self.journal, self.most))

    def hangs(self, device: str, asset: str, since: Instant | None = None, **facts: Any) -> None:
        """A device hangs on an asset from now on."""
        known = Facts(device=device, asset=asset, model="P9", **facts)
        entry = registry_entry([Installation(self.now if since is None else since, known)])
        self.journal.append([Entry(Kind.CONTROL, self.now, "registry", entry)])
        with self.ledger.begin() as transaction:
            transaction.install([known], self.now)

    def says(self, device: str, values: Mapping[str, Any], *, after: int = HOUR, ago: int = 0) -> None:
        """A device says something, some time after what was said before."""
        self.now += after
        payload = {"ts": (self.now - ago) // 1_000_000, "values": values}
        topic = f"devices/{device}/telemetry"
        self.journal.append([Entry(Kind.MESSAGE, self.now, topic, json.dumps(payload).encode())])

    def prints(self, device: str, *pages: float, after: int = HOUR) -> None:
        """The printer's counter, again and again."""
        for many in pages:
            self.says(device, {"pages": many}, after=after)

    def counts(self) -> None:
        """The chore's turn."""
        self.meters.keep(self.now)

    def meter(self, asset: str, name: str = "pages") -> Standing:
        """How a meter stands once everything has been read."""
        self.counts()
        return of_asset(self.ledger, asset, name)[0]

    def value(self, asset: str, name: str = "pages") -> float:
        """Its value."""
        return self.meter(asset, name).forecast.value


@pytest.fixture(params=ENGINES)
def plant(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Plant]:
    """On each engine."""
    with SqlLedger(ENGINES[request.param](tmp_path)) as ledger, SqliteJournal(tmp_path) as journal:
        yield Plant(ledger, journal)


def test_a_swapped_device_goes_on_counting_for_the_same_asset(plant: Plant) -> None:
    """The meter belongs to the asset; the old device counts for its own next place."""
    plant.prints("p-1", 5_000, 5_100)
    plant.hangs("p-1", "attic")
    plant.hangs("p-2", "lobby")
    plant.prints("p-2", 40, 70)
    plant.prints("p-1", 5_105, 5_125)

    assert 5_130 == plant.value("lobby")
    assert 5_125 == plant.value("attic")
    assert ["p-1", "p-2"] == [source.key.device for source in plant.meter("lobby").sources]


def test_a_device_that_comes_back_counts_what_it_counts_there(plant: Plant) -> None:
    """What it counted elsewhere in between is not this asset's."""
    plant.prints("p-1", 100, 150)
    plant.hangs("p-1", "attic")
    plant.prints("p-1", 160, 400)
    plant.hangs("p-1", "lobby")
    plant.prints("p-1", 410, 430)

    assert (170, 400) == (plant.value("lobby"), plant.value("attic"))


def test_what_is_learnt_of_a_device_does_not_break_its_count(plant: Plant) -> None:
    """A corrected row of the registry, the same asset."""
    plant.prints("p-1", 100, 150)
    plant.hangs("p-1", "lobby", owner="acme")
    plant.prints("p-1", 180)

    assert 180 == plant.value("lobby")
    assert 1 == len(plant.meter("lobby").sources)


def test_a_meter_is_only_for_the_devices_it_is_defined_for(plant: Plant) -> None:
    """A device of another model that says the same metric; a device that nobody registered has no model."""
    plant.prints("x-1", 7)
    plant.says("x-1", {"on": True})
    plant.says("x-1", {"on": False}, after=10 * MINUTE)

    assert [("hours", 1 / 6)] == [(each.meter, each.forecast.value) for each in standing(plant, "x-1")]


def standing(plant: Plant, asset: str) -> list[Standing]:
    """All meters of an asset."""
    plant.counts()
    return of_asset(plant.ledger, asset)


def test_what_cannot_be_is_kept_aside_and_shown(plant: Plant) -> None:
    """The count goes on."""
    plant.prints("p-1", 100, 9_000_000, 150, 180)
    plant.says("p-1", {"pages": "many"})
    source = plant.meter("lobby").sources[0]
    with plant.ledger.reading() as connection:
        slips = ledger_meters.slips_of(connection, [source.id], 10)

    assert 180 == plant.value("lobby")
    assert [9_000_000.0] == [slip.value for _, slip in slips]


def test_a_thousand_slips_are_counted_and_the_newest_hundred_kept(plant: Plant) -> None:
    """A broken device does not fill the ledger."""
    plant.prints("p-1", 100, *[-nth for nth in range(1, 131)], 110, 120)
    source = plant.meter("lobby").sources[0]
    with plant.ledger.reading() as connection:
        slips = ledger_meters.slips_of(connection, [source.id], 1_000)

    assert (130, 100, -130.0) == (source.count.slips, len(slips), slips[0][1].value)


def test_a_day_is_one_row_and_use_is_what_the_days_say(plant: Plant) -> None:
    """Ten pages an hour for a month: 240 a day, and so much until the next thousand."""
    for nth in range(31 * 12):
        plant.prints("p-1", 20 * nth, after=2 * HOUR)
    meter = plant.meter("lobby")
    with plant.ledger.reading() as connection:
        days = ledger_meters.days_of(connection, [meter.sources[0].id])
        due = meter_due(connection, "lobby", "pages", meter.forecast.value + 2_400)
        told = meter_forecast(connection, "lobby", "pages")

    assert 31 <= len(days[meter.sources[0].id]) <= 32
    assert told is not None
    assert told.per_day == pytest.approx(240, rel=0.01)
    assert told.low <= 240.1 <= told.high + 1  # type: ignore[operator]
    assert due is not None
    assert (due.at - meter.forecast.at) / DAY == pytest.approx(10, rel=0.02)


def test_a_person_sets_the_meter_right_and_a_correction_is_one_more_reading(plant: Plant) -> None:
    """Devices count on from there; both readings stay, and the log has a line for each."""
    plant.prints("p-1", 100, 150)
    plant.counts()
    wrong = record_reading(plant.ledger, said("lobby", "pages", 51_150, plant.now), plant.now)
    plant.prints("p-1", 160)
    assert 51_160 == plant.value("lobby")
    record_reading(plant.ledger, said("lobby", "pages", 5_150, wrong.at, corrects=wrong.id), plant.now)

    assert 5_160 == plant.value("lobby")
    assert [51_150, 5_150] == [reading.value for reading in plant.meter("lobby").readings]
    assert 2 == sum(event.kind == "meter_read" for event in plant.ledger.events(0, 100))


def said(asset: str, meter: str, value: float, at: Instant, **more: Any) -> Read:
    """A reading by lee."""
    return Read(asset=asset, meter=meter, value=value, at=at, by="lee", **more)


def test_a_meter_that_only_people_read_has_a_use_too(plant: Plant) -> None:
    """Every ten days; sent twice it is there once; what is wrong gets a sentence."""
    for nth in range(7):
        at = MONDAY + 10 * nth * DAY
        for _ in range(2):
            record_reading(plant.ledger, said("lobby", "km", 1_000 + 50 * nth, at, key=f"k{nth}"), at)
    meter = plant.meter("lobby", "km")

    assert (1_300, 7) == (meter.forecast.value, len(meter.readings))
    assert meter.forecast.per_day == pytest.approx(5)
    with pytest.raises(WrongFormat, match="stood at 1300 already, 900 is less"):
        record_reading(plant.ledger, said("lobby", "km", 900, at + DAY), at + DAY)
    with pytest.raises(Unknown, match="did you mean km"):
        record_reading(plant.ledger, said("lobby", "kms", 900, at), at)
    with pytest.raises(Unknown, match="no asset cellar"):
        record_reading(plant.ledger, said("cellar", "km", 900, at), at)


def test_definitions_change_and_what_was_counted_stays(plant: Plant) -> None:
    """A dry run changes nothing; a meter never begins to count something else under its name."""
    plant.prints("p-1", 100, 150)
    plant.counts()
    trial = import_meters(plant.ledger, [HOURS], by="lee", now=plant.now, dry_run=True)
    assert {"added": 0, "changed": 0, "retired": 2, "unchanged": 1} == trial.counts
    import_meters(plant.ledger, [HOURS], by="lee", now=plant.now)
    plant.prints("p-1", 170)
    assert (150, "") == (plant.value("lobby"), plant.meter("lobby").unit)
    import_meters(plant.ledger, [PAGES, HOURS], by="lee", now=plant.now)
    plant.prints("p-1", 200)
    assert 200 == plant.value("lobby")

    with pytest.raises(WrongFormat, match="hours is a gauge and cannot become a counter"):
        import_meters(plant.ledger, [Meter(name="hours", unit="h", kind=MeterKind.COUNTER, metric="h")], by="", now=0)


def test_what_the_journal_dropped_is_said(plant: Plant) -> None:
    """A reader that was away for too long; the counter knows what it missed."""
    plant.prints("p-1", 100, 150)
    plant.counts()
    plant.prints("p-1", *range(160, 200))
    keep_only_last(plant)
    plant.started()
    plant.prints("p-1", 300, after=SECOND)

    assert 300 == plant.value("lobby")
    kinds = [event.kind for event in plant.ledger.events(0, 100)]
    assert 1 == kinds.count("meters_missed")


def keep_only_last(plant: Plant) -> None:
    """Retention, long after."""
    plant.now += 30 * DAY
    plant.journal.append([Entry(Kind.TICK, plant.now, "", b"")])
    plant.journal.retain(plant.now, plant.journal.last)


def test_it_does_not_matter_when_the_chore_looks(plant: Plant, tmp_path: Path) -> None:
    """In one go, or after every other entry and restarted now and then: the same counts, days and slips."""
    chance = Random(3)
    for _ in range(60):
        plant.says(
            "p-1",
            {"pages": chance.choice([1, 5, 9, 0, 7_000_000]), "on": chance.random() < 0.5},
            ago=chance.randrange(30) * MINUTE,
        )
        if chance.random() < 0.1:
            plant.hangs("p-1", chance.choice(["lobby", "attic"]))
    with SqlLedger(tmp_path / "other.db") as other:
        import_meters(other, [PAGES, HOURS, KM], by="lee", now=MONDAY)
        in_one_go = Meters(other, plant.journal, lambda: feeding(plant.journal))
        in_one_go.keep(plant.now)
        plant.most = 2
        while plant.meters.feed is None or plant.meters.step(plant.now):
            if plant.meters.feed is None or chance.random() < 0.3:
                plant.started()
                plant.meters.feed = feeding(plant.journal, 1 + chance.randrange(3))
        assert everything(other) == everything(plant.ledger)


def test_two_schedulers_count_once_and_both_learn_where_devices_hang(plant: Plant) -> None:
    """What the other one has counted is not counted again, and what it has read of the registry is known to both."""
    plant.counts()
    other = Meters(plant.ledger, plant.journal, lambda: feeding(plant.journal))
    plant.prints("p-1", 100, 150)
    plant.hangs("p-1", "attic")
    plant.prints("p-1", 160)
    other.keep(plant.now)
    plant.prints("p-1", 175)

    assert 175 == plant.value("attic")
    assert 150 == plant.value("lobby")


def everything(ledger: SqlLedger) -> Any:
    """All that is kept of what devices counted."""
    with ledger.reading() as connection:
        sources = ledger_meters.sources_of(connection, ["lobby", "attic"])
        ids = [source.id for source in sources.values()]
        days = ledger_meters.days_of(connection, ids)
        slips = ledger_meters.slips_of(connection, ids, 10_000)
    return sources, dict(days), slips


CHILD = """
import sys
from pathlib import Path
from adapters.journal_reader import JournalReader
from adapters.ledger_sql import SqlLedger
from tests.truckroll.test_meters import feeding
from tests.ticketing.promises import MONDAY
from truckroll.meters import Meters
with SqlLedger(sys.argv[1]) as ledger, JournalReader(Path(sys.argv[2])) as journal:
    work = Meters(ledger, journal, lambda: None)
    work.feed = feeding(journal, 3)
    print("ready", flush=True)
    while work.step(MONDAY):
        print("done", flush=True)
"""


@pytest.mark.slow
def test_killed_again_and_again_every_reading_counts_once(tmp_path: Path) -> None:
    """The gauge would show a reading that counts twice or never."""
    chance = Random(9)
    with SqliteJournal(tmp_path) as journal, SqlLedger(tmp_path / "ledger.db") as ledger:
        plant = Plant(ledger, journal)
        for nth in range(90):
            plant.says("p-1", {"pages": nth, "on": nth % 3 < 2}, after=10 * MINUTE)
    for _ in range(KILLS):
        run_and_kill(tmp_path, chance.randrange(1, 8))
    with SqliteJournal(tmp_path) as journal, SqlLedger(tmp_path / "ledger.db") as ledger:
        meters = Meters(ledger, journal, lambda: feeding(journal))
        meters.keep(MONDAY + DAY)
        by_name = {each.meter: each.forecast.value for each in of_asset(ledger, "lobby")}

    assert {"hours": pytest.approx(10.0), "pages": 89} == by_name


def run_and_kill(home: Path, after: int) -> None:
    """Let a process count, and kill it after so many transactions."""
    words = [sys.executable, "-c", CHILD, str(home / "ledger.db"), str(home)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for _ in range(after + 1):
            child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        child.wait()


def test_a_meter_says_the_same_whoever_is_asked_for_beside_it(plant: Plant) -> None:
    """One that nobody has read for a year makes no other look further back."""
    plant.hangs("p-2", "attic")
    plant.prints("p-2", 10, 20)
    plant.prints("p-1", *range(0, 9_000, 300), after=12 * DAY)
    plant.counts()

    with plant.ledger.reading() as connection:
        alone = standings(connection, [("lobby", "pages")])
        beside = standings(connection, [("attic", "pages"), ("lobby", "pages")])

    assert alone == beside[1:]
    assert 8 == len(alone[0].line)
    assert 25.0 == alone[0].forecast.per_day
