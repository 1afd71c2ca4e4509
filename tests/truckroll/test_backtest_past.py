"""The same days give the same tickets whether they are read from the journal, the store or from files."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from adapters.telemetry_sqlite import SqliteTelemetry
from detectors.rules import read_rules
from domain.batch import Batch
from domain.entries import Entry
from domain.errors import GiveUp
from domain.instants import DAY, HOUR, MINUTE, SECOND
from ingest.decode import Decoder
from ingest.feed import Feed
from tests.watching import RULES, START, Watching, crash, message, told
from truckroll.backtest.asked import CONFIGURED, Asked
from truckroll.backtest.columns import Recording, batches
from truckroll.backtest.entries import ticked
from truckroll.backtest.past import EARLIEST, LATEST, Past, of_files, of_journal, of_store
from truckroll.backtest.run import Outcome, play
from truckroll.backtest.trial import trial
from truckroll.settings import load

HOT = """
[[rule]]
id = "hot"
kind = "threshold"
metric = "temp"
above = 80.0
clear_below = 70.0
for = "5m"
failure_mode = "overheating"
"""
THE_RULES = read_rules(RULES + HOT, "rules.toml").rules


def played(past: Past) -> Outcome:
    """What the rules make of it."""
    return play(THE_RULES, (batch for _, batch in past.steps), controls=past.controls)


def two_days() -> Iterator[Entry]:
    """Two devices report every five minutes; one gets hot, the other crashes, also over midnight."""
    for minute in range(0, 48 * 60, 5):
        for device in ("tv-1", "tv-2"):
            temp = 90 if device == "tv-1" and 300 <= minute < 400 else 40 + minute % 7
            body = f'{{"ts":{(START + minute * MINUTE) // 1_000_000},"values":{{"temp":{temp},"fan":"on"}}}}'
            yield message(device, body, after=minute * 60, channel="telemetry")
        if minute in (900, 905, 910, 1730, 1735, 1740):
            yield crash("tv-2", minute, after=minute * 60 + 1)
            yield crash("tv-2", minute, after=minute * 60 + 2)


def kept(world: Watching, store: SqliteTelemetry) -> None:
    """The recorder's work."""
    feed, position = Feed(world.journal, Decoder(world.journal.controls())), 0
    while (batch := feed.after(position)) is not None:
        store.write(batch, world.journal.epoch)
        position = batch.upto


def instants(outcome: Outcome) -> set[tuple[str, str, int]]:
    """What was found, and when it began."""
    return {(f.rule, f.asset, f.started_at) for f in outcome.findings}


def test_journal_and_store_of_the_same_days_agree(tmp_path: Path) -> None:
    """The same findings and merged tickets; duplicates in the journal do not count, the store has none."""
    with Watching(tmp_path) as world, SqliteTelemetry(tmp_path / "telemetry") as store:
        world.append(list(ticked(two_days(), 5 * MINUTE, START + 2 * DAY)))
        kept(world, store)

        of_the_journal = played(of_journal(world.journal, EARLIEST, LATEST))
        of_the_store = played(
            of_store(store, ["tv-1", "tv-2"], (), since=START, until=START + 2 * DAY, tick=5 * MINUTE)
        )

        assert {"hot", "crash-loop"} == {f.rule for f in of_the_journal.findings}
        assert instants(of_the_journal) == instants(of_the_store)
        assert told(of_the_journal.tickets) == told(of_the_store.tickets)


def test_a_part_of_the_journal_is_found_by_its_times(tmp_path: Path) -> None:
    """The second day has one hot hour less."""
    with Watching(tmp_path) as world:
        world.append(list(two_days()))

        outcome = played(of_journal(world.journal, START + DAY, START + 2 * DAY))
        nothing = played(of_journal(world.journal, START + 9 * DAY, LATEST))

        assert ["crash-loop"] == [f.rule for f in outcome.findings]
        assert START + DAY == outcome.begins
        assert [] == list(nothing.findings)


def test_files_say_the_same_as_the_journal(tmp_path: Path) -> None:
    """Events and readings of the same two days in CSV."""
    events, telemetry = tmp_path / "events.csv", tmp_path / "telemetry.csv"
    lines, said = ["ts,device,event"], ["ts,device,temp"]
    for minute in (900, 905, 910, 1730, 1735, 1740):
        lines.append(f"{(START + (minute * 60 + 1) * SECOND) // 1_000_000},tv-2,crash")
    for minute in range(0, 48 * 60, 5):
        temp = 90 if 300 <= minute < 400 else 40 + minute % 7
        said.append(f"{(START + minute * MINUTE) // 1_000_000},tv-1,{temp}")
    events.write_text("\n".join(lines))
    telemetry.write_text("\n".join(said))
    with Watching(tmp_path / "data") as world:
        world.append(list(ticked(two_days(), MINUTE, None)))
        past = of_files([events], [telemetry], {}, registry=None, since=EARLIEST, until=LATEST)

        assert told(played(of_journal(world.journal, EARLIEST, LATEST)).tickets) == told(played(past).tickets)


def test_a_store_is_asked_about_days_and_devices() -> None:
    """Without them a sentence says what to give."""
    with pytest.raises(GiveUp, match="--from and --to"):
        of_store(NO_STORE, ["tv-1"], (), since=EARLIEST, until=LATEST)
    with pytest.raises(GiveUp, match="--registry"):
        of_store(NO_STORE, [], (), since=START, until=START + DAY)


NO_STORE = None  # type: ignore[var-annotated]


def recording(minutes: range) -> Recording:
    """One device's temperature."""
    at = np.array([START + minute * MINUTE for minute in minutes], np.int64)
    zeros = np.zeros(len(at), np.int64)
    return Recording(devices=("d",), metrics=("temp",), device=zeros, metric=zeros, at=at, value=zeros + 1.0)


def entries_of(parts: list[Batch]) -> list[tuple[int, int]]:
    """(position, arrival) of every entry."""
    items = [(p, at) for b in parts for p, at in zip(b.position.tolist(), b.received_at.tolist(), strict=True)]
    return sorted(items + [(mark.position, mark.received_at) for b in parts for mark in b.marks])


@pytest.mark.parametrize("page", [1, 3, 1000])
def test_recordings_that_follow_each_other_are_one(page: int) -> None:
    """Positions and ticks go on as if it were one recording, however it is cut."""
    whole = [b for _, b in batches(recording(range(0, 120, 7)), tick=10 * MINUTE)]
    parts = (recording(range(0, 63, 7)), recording(range(63, 120, 7)))
    cut = [b for _, b in batches(parts, tick=10 * MINUTE, page=page)]

    assert entries_of(whole) == entries_of(cut)
    assert list(range(1, whole[-1].upto + 1)) == [position for position, _ in entries_of(cut)]
    assert START + HOUR in [at for _, at in entries_of(cut)]


def test_the_configured_store_is_asked_about_the_devices_that_the_service_knows(tmp_path: Path) -> None:
    """Beside the data directory of a service that runs; its journal gives the same tickets, also by --journal."""
    (tmp_path / "truckroll.toml").write_text('data = "data"\n')
    (tmp_path / "rules.toml").write_text(RULES + HOT)
    settings = load(tmp_path / "truckroll.toml")
    with Watching(tmp_path / "data") as world:
        world.append(list(ticked(two_days(), HOUR, None)))
        world.catch_up(world.begin())
        with SqliteTelemetry(settings.data / "telemetry") as store:
            kept(world, store)

        rules, hourly = (tmp_path / "rules.toml",), HOUR
        days = {"since": START, "until": START + 2 * DAY}
        of_the_store = trial(Asked(settings=settings, rules=rules, store=CONFIGURED, tick=hourly, **days), print)
        of_a_folder = trial(
            Asked(settings=settings, rules=rules, store=str(settings.data / "telemetry"), tick=hourly, **days), print
        )
        of_the_journal = trial(Asked(settings=settings, rules=rules, journal=settings.data), print)

        assert 2 == of_the_journal["a"]["tickets"] == of_the_store["a"]["tickets"] == of_a_folder["a"]["tickets"]
        assert ["arrival", "duplicates", "firmware"] == of_the_store["unknown"]
