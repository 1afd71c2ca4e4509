"""What it costs to write a point: our stores and the official client's two ways, the same readings in one run.

Everybody begins with decoded readings in memory: ours with columns, the client with rows of Python values. CPU is
that of this process with all its threads; the server's own CPU stands beside it. Whatever does not arrive fails
the bench.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from influxdb_client import InfluxDBClient, Point, WriteOptions, WritePrecision
from influxdb_client.client.write_api import SYNCHRONOUS

from adapters.influx import InfluxSettings, InfluxTelemetry
from adapters.telemetry_sqlite import SqliteTelemetry
from bench.fleet_rows import Rounds, Row, rows_of
from bench.influxd import Influxd
from bench.spine import cpu_seconds, tell
from domain.batch import Batch
from domain.instants import SECOND, Instant

BEGIN: Instant = 1_795_334_400 * SECOND
LINES = 5_000
"""In one request, for everybody."""
Figures = dict[str, float]


def cost(rounds: Rounds, work: Callable[[], None], server: Influxd | None = None) -> Figures:
    """What writing the readings costs, by point (= item) and by reading."""
    there = cpu_seconds(server.pid) if server else 0.0
    begun, used = time.monotonic(), time.process_time()
    work()
    used, seconds = time.process_time() - used, time.monotonic() - begun
    there = cpu_seconds(server.pid) - there if server else 0.0
    return {
        "points_per_second": rounds.items / seconds,
        "us_per_point": used / rounds.items * 1e6,
        "us_per_reading": used / rounds.readings * 1e6,
        "server_us_per_point": there / rounds.items * 1e6,
    }


def into_sqlite(rounds: Rounds, batches: Sequence[Batch], home: Path) -> Figures:
    """Our embedded store, closed at the end."""

    def work() -> None:
        with SqliteTelemetry(home) as store:
            write_all(store, batches)

    return cost(rounds, work)


def into_influx(rounds: Rounds, batches: Sequence[Batch], home: Path, server: Influxd, *, gzip: bool) -> Figures:
    """Our store in InfluxDB 1, until the last line is acknowledged."""
    database = server.new_database(home.name)
    settings = InfluxSettings(flavour="v1", url=server.url, database=database, gzip=gzip, request_lines=LINES)
    home.mkdir()

    def work() -> None:
        with InfluxTelemetry(settings, home) as store:
            write_all(store, batches)

    figures = cost(rounds, work, server)
    check(rounds, server, database)
    return figures


def write_all(store: SqliteTelemetry | InfluxTelemetry, batches: Iterable[Batch]) -> None:
    """Batch by batch."""
    for batch in batches:
        store.write(batch, "bench")


def check(rounds: Rounds, server: Influxd, database: str) -> None:
    """Nothing, or RuntimeError where points are missing."""
    if (found := server.points(database)) != rounds.items:
        raise RuntimeError(f"{database} has {found} points instead of {rounds.items}")


class ToVersion1:
    """The client's pool, its writes led to where InfluxDB 1.6 takes them, so that no proxy costs anything."""

    def __init__(self, pool: Any, database: str) -> None:
        self.pool = pool
        self.database = database

    def request(self, method: str, url: str, **how: Any) -> Any:
        """The request, to `/write`."""
        server, _, _ = url.partition("/api/v2/write")
        return self.pool.request(method, f"{server}/write?{urlencode({'db': self.database, 'precision': 'ns'})}", **how)

    def clear(self) -> None:
        """Let go of connections."""
        self.pool.clear()


def point_of(row: Row) -> Point:
    """A row as the client's own object."""
    device, at, said = row
    point = Point("telemetry").tag("device", device)
    for metric, value in said:
        point.field(metric, value)
    return point.time(at, WritePrecision.NS)


def client_of(server: Influxd, database: str, *, gzip: bool) -> InfluxDBClient:
    """The official client, before version 1."""
    client = InfluxDBClient(url=server.url, token="", org="bench", enable_gzip=gzip)
    rest = client.api_client.rest_client
    rest.pool_manager = ToVersion1(rest.pool_manager, database)
    return client


def synchronous(rounds: Rounds, rows: Sequence[Row], database: str, server: Influxd, *, gzip: bool) -> Figures:
    """`Point` objects, written synchronously, 5,000 at once."""
    server.new_database(database)

    def work() -> None:
        with client_of(server, database, gzip=gzip) as client:
            api = client.write_api(write_options=SYNCHRONOUS)
            for start in range(0, len(rows), LINES):
                api.write(database, record=[point_of(row) for row in rows[start : start + LINES]])

    figures = cost(rounds, work, server)
    check(rounds, server, database)
    return figures


def batching(rounds: Rounds, rows: Sequence[Row], database: str, server: Influxd, *, gzip: bool) -> Figures:
    """`Point` objects, handed to the batching WriteApi one by one."""
    server.new_database(database)

    def work() -> None:
        options = WriteOptions(batch_size=LINES, flush_interval=1_000)
        with client_of(server, database, gzip=gzip) as client, client.write_api(write_options=options) as api:
            for row in rows:
                api.write(database, record=point_of(row))

    figures = cost(rounds, work, server)
    check(rounds, server, database)
    return figures


def writes(home: Path, server: Influxd | None, *, scale: float, runs: int) -> dict[str, dict[str, Figures]]:
    """By load and by way: the cheapest of some runs, everybody in turn."""
    found: dict[str, dict[str, Figures]] = {}
    for metrics, rounds_in_all in ((1, 200), (10, 50)):
        rounds = Rounds(
            begin=BEGIN, every=10 * SECOND, rounds=max(5, int(rounds_in_all * scale)), devices=1_000, metrics=metrics
        )
        name = f"{metrics} reading{'s' if metrics > 1 else ''} a point"
        batches = list(rounds.batches())
        rows = [row for batch in batches for row in rows_of(batch)]
        for run in range(runs):
            tell(f"writes, {name}, run {run + 1} of {runs}")
            for way, figures in one_run(rounds, batches, rows, home, run=f"r{metrics}x{run}", server=server).items():
                best = found.setdefault(name, {}).setdefault(way, figures)
                found[name][way] = min(best, figures, key=lambda each: each["us_per_point"])
    return found


def one_run(
    rounds: Rounds, batches: Sequence[Batch], rows: Sequence[Row], home: Path, *, run: str, server: Influxd | None
) -> dict[str, Figures]:
    """Each way once."""
    found = {"SqliteTelemetry": into_sqlite(rounds, batches, home / f"{run}s")}
    if server is None:
        return found
    for gzip in (False, True):
        tail, zipped = f"{run}{'z' if gzip else 'p'}", ", gzip" if gzip else ""
        found |= {
            f"InfluxTelemetry{zipped}": into_influx(rounds, batches, home / f"own{tail}", server, gzip=gzip),
            f"Point, synchronous{zipped}": synchronous(rounds, rows, f"sync{tail}", server, gzip=gzip),
            f"Point, batching WriteApi{zipped}": batching(rounds, rows, f"batch{tail}", server, gzip=gzip),
        }
    return found
