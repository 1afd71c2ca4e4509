"""Meters in numbers: what counting costs for a large fleet, and how often a limit is reached within its interval.

python bench/meters.py --devices 100000 --days 3 --readings 4
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from adapters.journal_sqlite import SqliteJournal
from adapters.ledger_sql import SqlLedger
from adapters.sparkplug_wire import read
from domain.batch import Floats
from domain.entries import Entry, Kind
from domain.instants import DAY, SECOND
from domain.meter import Meter, MeterKind, Point
from ingest.decode import Decoder
from ingest.feed import Feed
from ingest.limits import Limits
from maintenance.meter_use import due_at, use_per_day
from truckroll.meter_deeds import import_meters
from truckroll.meters import Meters

START = 20_000 * DAY
CYCLES = Meter(name="cycles", unit="cycles", kind=MeterKind.COUNTER, metric="cycles", most_per_hour=10_000.0)

Uses = Callable[[np.random.Generator, int], Floats]
WORLDS: dict[str, Uses] = {
    "every day alike": lambda random, days: random.gamma(20.0, 2.0, days),
    "from day to day very different": lambda random, days: random.gamma(1.0, 40.0, days),
    "five days a week": lambda random, days: random.gamma(4.0, 14.0, days) * (np.arange(days) % 7 < 5),
    "one day in ten idle, holidays": lambda random, days: (
        random.gamma(4.0, 10.0, days) * (random.random(days) > 0.1) * (np.arange(days) % 120 > 10)
    ),
    "10 % more each month": lambda random, days: random.gamma(4.0, 10.0, days) * 1.1 ** (np.arange(days) / 30),
}


def main() -> None:
    """Both parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--readings", type=int, default=4, help="a day")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limits", type=int, default=2_000, help="of each world and history")
    asked = parser.parse_args()
    counting(asked.devices, asked.days, asked.readings)
    intervals(asked.seed, asked.limits)


def counting(devices: int, days: int, readings: int) -> None:
    """Journal to ledger, as the scheduler does it."""
    with (
        tempfile.TemporaryDirectory() as home,
        SqliteJournal(Path(home)) as journal,
        SqlLedger(Path(home) / "ledger.db") as ledger,
    ):
        import_meters(ledger, [CYCLES], by="bench", now=START)
        decoder = Decoder([], Limits(), read)
        meters = Meters(ledger, journal, lambda: Feed(journal, decoder, most=100_000, remembered=1))
        sizes, spent = [], 0.0
        for day in range(days):
            for nth in range(readings):
                speak(journal, devices, START + day * DAY + nth * DAY // readings, day * readings + nth)
            begun = time.process_time()
            meters.keep(START + day * DAY)
            spent += time.process_time() - begun
            with ledger.reading() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            sizes.append((Path(home) / "ledger.db").stat().st_size)
            print(f"day {day + 1}: {spent:.1f} s so far, ledger {sizes[-1] / 1e6:.1f} MB", flush=True)
        many = devices * days * readings
        print(f"{many} readings of {devices} devices: {spent / many * 1e6:.1f} µs of a core each, decoding included")
        if days > 2:
            print(f"a meter takes {(sizes[-1] - sizes[-2]) / devices:.0f} bytes a day more")


def speak(journal: SqliteJournal, devices: int, at: int, value: int) -> None:
    """Every device says its counter."""
    payload = json.dumps({"ts": at // 1_000_000, "values": {"cycles": value * 3}}).encode()
    for first in range(0, devices, 5_000):
        names = range(first, min(first + 5_000, devices))
        journal.append([Entry(Kind.MESSAGE, at + SECOND, f"devices/d{n:06d}/telemetry", payload) for n in names])


def intervals(seed: int, limits: int) -> None:
    """How often the limit is reached between `earliest` and `latest`; the promise is nine times in ten."""
    print("| use | history | limits | within | too early | too late | no latest |")
    print("|---|---|---|---|---|---|---|")
    for name, uses in WORLDS.items():
        for days in (7, 21, 60, 180):
            print("| " + " | ".join([name, f"{days} d", *judged(uses, days, seed, limits)]) + " |", flush=True)


def judged(uses: Uses, days: int, seed: int, limits: int) -> list[str]:
    """One line of the table."""
    random = np.random.default_rng(seed)
    early = late = openly = said = 0
    for _ in range(limits):
        begin = int(random.integers(0, 120))
        daily = uses(random, begin + days + 400)[begin:]
        line = [Point(START + n * DAY, float(v)) for n, v in enumerate(np.cumsum([0.0, *daily[:days]]))]
        ahead = float(random.uniform(10, 90))
        limit = line[-1].value + 40 * ahead
        due = due_at(line[-1], use_per_day(line), limit)
        if due is None:
            continue
        said += 1
        reached = int(np.searchsorted(np.cumsum(daily[days:]), limit - line[-1].value)) + 1
        at = line[-1].at + reached * DAY
        early += at < due.earliest
        late += due.latest is not None and at > due.latest + DAY
        openly += due.latest is None
    shares = [f"{100 * share / max(1, said):.1f} %" for share in (said - early - late, early, late, openly)]
    return [str(said), *shares]


if __name__ == "__main__":
    main()
