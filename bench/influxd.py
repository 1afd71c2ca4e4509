"""A private InfluxDB 1 with files and loopback ports of its own, gone with the bench."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import urllib3

from adapters.embedded_broker import LOOPBACK, accepts, dies_with_parent, free_port

START_SECONDS = 30.0
CONFIGURATION = """
reporting-disabled = true
bind-address = "{host}:{backup_port}"
[meta]
dir = "{directory}/meta"
[data]
dir = "{directory}/data"
wal-dir = "{directory}/wal"
query-log-enabled = false
[monitor]
store-enabled = false
[http]
bind-address = "{host}:{port}"
log-enabled = false
[logging]
level = "warn"
"""


@dataclass(frozen=True)
class Influxd:
    """A running server."""

    pid: int
    url: str
    version: str

    def new_database(self, name: str) -> str:
        """An empty database of this name."""
        self.query(f"CREATE DATABASE {name}", "")
        return name

    def points(self, database: str) -> int:
        """How many points there are, all with the same fields."""
        found = self.query("SELECT count(*) FROM telemetry", database)
        return int(found["results"][0]["series"][0]["values"][0][1])

    def query(self, text: str, database: str) -> dict[str, list[dict[str, list[dict[str, list[list[int]]]]]]]:
        """The answer to InfluxQL. Raises RuntimeError for any but a good one."""
        fields = {"q": text, "db": database}
        pool = urllib3.PoolManager()
        answer = pool.request("POST", f"{self.url}/query", fields=fields, encode_multipart=False)
        if answer.status != 200 or b'"error"' in answer.data:
            raise RuntimeError(f"{text}: {answer.data!r}")
        return dict(json.loads(answer.data))


@contextmanager
def influxd(directory: Path) -> Iterator[Influxd | None]:
    """A server that answers; None where InfluxDB is not installed."""
    program = shutil.which("influxd")
    if program is None:
        yield None
        return
    directory.mkdir(parents=True)
    port, file = free_port(), directory / "influxdb.conf"
    file.write_text(CONFIGURATION.format(host=LOOPBACK, port=port, backup_port=free_port(), directory=directory))
    with (directory / "influxd.log").open("ab") as log:
        process = subprocess.Popen([*dies_with_parent(), program, "-config", str(file)], stdout=log, stderr=log)
    try:
        until = time.monotonic() + START_SECONDS
        while not accepts(port):
            if process.poll() is not None or time.monotonic() > until:
                raise TimeoutError(f"influxd did not come up: {(directory / 'influxd.log').read_text()[-1000:]}")
            time.sleep(0.02)
        url = f"http://{LOOPBACK}:{port}"
        version = urllib3.request("GET", f"{url}/ping").headers.get("X-Influxdb-Version", "")
        yield Influxd(process.pid, url, version)
    finally:
        process.kill()
        process.wait()
