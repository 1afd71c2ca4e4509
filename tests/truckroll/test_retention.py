"""Retention: days of readings that are older than the settings say are dropped while the service works."""

import asyncio
from pathlib import Path

from adapters.data_directory import DataDirectory
from domain.instants import DAY
from tests.batches import Item, batch_of
from tests.watching import START, HandClock
from truckroll.settings import Settings, TelemetryLimits
from truckroll.wiring import keep_house, service


def test_old_days_of_readings_are_dropped_and_young_ones_stay(tmp_path: Path) -> None:
    """By the day's end, as seen from the service's clock."""
    settings = Settings(home=tmp_path, telemetry=TelemetryLimits(most_age="30d"))

    async def lived() -> list[float]:
        async with service(settings, clock=HandClock(START)) as running:
            items = [Item("tv-1", START - 40 * DAY, {"t": 1.0}), Item("tv-1", START, {"t": 2.0})]
            running.telemetry.write(batch_of(items, [], after=running.journal.last), running.journal.epoch)
            keep_house(running, DataDirectory(settings.data, read_only=True), START)
            return [r.value for r in running.telemetry.readings("tv-1", 0, START + DAY)]

    assert [2.0] == asyncio.run(lived())
