"""What a backtest gets through: readings a second from columns, from CSV, and from a journal.

python -m bench.backtest [--devices 10000] [--readings 3000000]
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from detectors.rules import read_rules
from domain.instants import DAY, MINUTE
from truckroll.backtest.columns import Recording, batches
from truckroll.backtest.csv_telemetry import read_telemetry
from truckroll.backtest.run import Outcome, play

BEGIN = 20_454 * DAY
RULES = """
[[rule]]
id = "hot"
kind = "threshold"
metric = "temp"
above = 69.9
clear_below = 60.0
for = "3m"
failure_mode = "overheating"
"""
CSV_ROWS = 1_000_000


def recording(devices: int, readings: int) -> Recording:
    """Each device says its temperature once a minute; a few get hot now and then."""
    rounds = readings // devices
    device = np.tile(np.arange(devices), rounds)
    at = BEGIN + np.repeat(np.arange(rounds) * MINUTE, devices) + device * 1000
    chance = np.random.default_rng(7)
    value = np.round(50 + 5 * np.sin(at / DAY * 6.28 + device) + chance.normal(size=len(at)), 2)
    value[device % 1000 == 1] += 20.0 * (at[device % 1000 == 1] // (60 * MINUTE) % 3 == 1)
    names = tuple(f"dev-{n:06d}" for n in range(devices))
    zeros = np.zeros(len(at), np.int64)
    return Recording(devices=names, metrics=("temp",), device=device, metric=zeros, at=at, value=value)


def write_csv(file: Path, said: Recording) -> None:
    """The first rows as `ts,device,metric,value`."""
    times = np.datetime_as_string(said.at[:CSV_ROWS].astype("datetime64[ns]"), unit="ms").tolist()
    columns = zip(times, said.device[:CSV_ROWS].tolist(), said.value[:CSV_ROWS].tolist(), strict=True)
    with file.open("w", encoding="utf-8") as out:
        out.write("ts,device,metric,value\n")
        out.writelines(f"{at}Z,{said.devices[device]},temp,{value}\n" for at, device, value in columns)


def timed(work: Callable[[], object]) -> tuple[object, float]:
    """What comes out, and the processor seconds that it took: other programs do not count."""
    begin = time.process_time()
    return work(), time.process_time() - begin


def main() -> None:
    """Measure and print."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--devices", type=int, default=10_000)
    words.add_argument("--readings", type=int, default=3_000_000)
    given = words.parse_args()
    rules = read_rules(RULES, "bench").rules
    said = recording(given.devices, given.readings)
    count = len(said.at)
    _, cut = timed(lambda: sum(len(batch.item) for _, batch in batches(said)))
    found, played = timed(lambda: play(rules, (batch for _, batch in batches(said))))
    assert isinstance(found, Outcome)
    print(f"columns into batches     {count / cut:12,.0f} readings/s")
    print(f"columns to tickets       {count / played:12,.0f} readings/s, {len(found.tickets)} tickets")
    with TemporaryDirectory() as home:
        file = Path(home) / "telemetry.csv"
        write_csv(file, said)
        read, parsed = timed(lambda: read_telemetry([file], {}))
        assert isinstance(read, Recording)
        rows = len(read.at)
        print(
            f"CSV into columns         {rows / parsed:12,.0f} readings/s, {file.stat().st_size / parsed / 1e6:.0f} MB/s"
        )
        print(f"CSV to tickets           {1 / (parsed / rows + played / count):12,.0f} readings/s")


if __name__ == "__main__":
    main()
