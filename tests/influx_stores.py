"""InfluxDB stores for tests: impatient ones, so that nothing waits for seconds."""

from pathlib import Path
from typing import Any

from adapters.influx import InfluxSettings, InfluxTelemetry
from tests.influxd import ORG, TOKEN

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
