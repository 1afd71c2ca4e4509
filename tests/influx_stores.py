"""InfluxDB stores for tests: impatient ones, so that nothing waits for seconds."""

import atexit
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from adapters.influx import InfluxSettings, InfluxTelemetry
from tests.http_server import serving
from tests.influxd import ORG, TOKEN, Gate, Influxd, Shim, influxd

EPOCH = "11111111-1111-1111-1111-111111111111"
IMPATIENT: dict[str, Any] = {"linger_seconds": 0, "max_backoff_seconds": 0.01, "timeout_seconds": 5}
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
