"""InfluxDB stores for tests: impatient ones, so that nothing waits for seconds."""

import atexit
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from adapters.influx import InfluxSettings, InfluxTelemetry
from domain.batch import Batch, Reading
from domain.errors import TryLater
from domain.instants import DAY, SECOND, Instant
from tests.batches import batch_of
from tests.http_server import serving
from tests.influxd import ORG, TOKEN, Gate, Influxd, Shim, influxd

EPOCH = "11111111-1111-1111-1111-111111111111"
NOON = 1_795_348_800 * SECOND
IMPATIENT: dict[str, Any] = {"linger_seconds": 0, "max_backoff_seconds": 0.01, "timeout_seconds": 5}
Open = Callable[..., InfluxTelemetry]
"""Opens a store; what it opened is closed at the end of the test."""

FLAVOURS: dict[str, dict[str, Any]] = {
    "v1": {"flavour": "v1"},
    "v2": {"flavour": "v2", "org": ORG, "token": TOKEN},
}


def store(directory: Path, url: str, database: str, flavour: str = "v1", **settings: Any) -> InfluxTelemetry:
    """A store over a database (or bucket) of a server."""
    target = {"v1": {"database": database}, "v2": {"bucket": database}}[flavour]
    return InfluxTelemetry(
        InfluxSettings(**(IMPATIENT | FLAVOURS[flavour] | {"url": url} | target | settings)), directory
    )


@cache
def servers() -> tuple[Influxd, str, str]:
    """A real server for the whole run, the address of its version 2, and a database; ended with this process."""
    stack = ExitStack()
    atexit.register(stack.close)
    server = stack.enter_context(influxd(Path(mkdtemp(prefix="influxd-"))))
    return server, stack.enter_context(serving(Shim(server, Gate()))).url, server.new_database()


def store_of(directory: Path, flavour: str, **layout: str) -> InfluxTelemetry:
    """The store that belongs to a directory: it has measurements of its own."""
    server, front, database = servers()
    own = blake2b(f"{directory} {flavour}".encode(), digest_size=6).hexdigest()
    names = {"event_measurement": f"event{own}"} | ({"measurement": f"telemetry{own}"} | layout)
    return store(directory, server.url if flavour == "v1" else front, database, flavour, **names)


CONTRACT_STORES: dict[str, Callable[[Path], InfluxTelemetry]] = {
    "influx v1": partial(store_of, flavour="v1"),
    "influx v2": partial(store_of, flavour="v2"),
    "influx, a tag with the metric": partial(store_of, flavour="v1", field="value"),
}
"""For the contract suite of telemetry stores."""


def numbered(first: int, last: int) -> Batch:
    """A reading an entry, its value the entry's position."""
    return batch_of(
        [("d", position, {"x": position}, position) for position in range(first, last + 1)], after=first - 1
    )


def lines(first: int, last: int) -> list[bytes]:
    """The same as lines."""
    return [b"telemetry,device=d x=%d.0 %d" % (position, position) for position in range(first, last + 1)]


def patiently(written: InfluxTelemetry, batch: Batch) -> int:
    """Write as the recorder does: again and again."""
    while True:
        try:
            return written.write(batch, EPOCH)
        except TryLater:
            threading.Event().wait(written.sender.pause.seconds)


def told(readings: Iterable[Reading]) -> list[tuple[str, Instant, float | str]]:
    """Readings as rows that compare."""
    return [(r.metric, r.at, r.value if r.state is None else r.state) for r in readings]


def all_of(written: InfluxTelemetry, device: str = "d", metrics: list[str] | None = None) -> list[tuple[str, int, Any]]:
    """The rows of a device."""
    return told(written.readings(device, 0, NOON + DAY, metrics))
