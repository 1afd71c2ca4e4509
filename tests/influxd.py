"""InfluxDB for tests: a real server as a child of this process, and version 2's way of writing before it."""

import json
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import urllib3

from adapters.embedded_broker import LOOPBACK, accepts, dies_with_parent, free_port
from tests.conftest import need
from tests.http_server import Reply, Request

START_SECONDS = 30.0
ORG, TOKEN = "plant", "token-of-the-tests"
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
[continuous_queries]
enabled = false
[subscriber]
enabled = false
[http]
bind-address = "{host}:{port}"
log-enabled = false
[logging]
level = "warn"
"""


class Influxd:
    """A real influxd with files and loopback ports of its own; it keeps its port over restarts."""

    def __init__(self, directory: Path) -> None:
        self.program = need("influxd", "influxdb")
        self.directory = directory
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.databases = (f"db{number}" for number in count())
        self.pool = urllib3.PoolManager(retries=False, timeout=10.0)

    def start(self) -> None:
        """Returns once it accepts connections."""
        self.directory.mkdir(parents=True, exist_ok=True)
        file = self.directory / "influxdb.conf"
        places = {"host": LOOPBACK, "port": self.port, "backup_port": free_port(), "directory": self.directory}
        file.write_text(CONFIGURATION.format(**places))
        with (self.directory / "influxd.log").open("ab") as log:
            command = [*dies_with_parent(), self.program, "-config", str(file)]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        give_up_at = time.monotonic() + START_SECONDS
        while not accepts(self.port):
            assert self.process.poll() is None, (self.directory / "influxd.log").read_text()[-2000:]
            assert time.monotonic() < give_up_at, "influxd did not come up"
            time.sleep(0.01)

    def kill(self) -> None:
        """Ends it as a power cut would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None
        self.pool.clear()

    def query(self, text: str, database: str = "") -> list[dict[str, Any]]:
        """The series of the answer."""
        fields = {"q": text, "db": database, "epoch": "ns"}
        answer = self.pool.request("POST", f"{self.url}/query", fields=fields, encode_multipart=False)
        said = json.loads(answer.data)
        assert answer.status == 200, said
        assert "error" not in said["results"][0], said
        series: list[dict[str, Any]] = said["results"][0].get("series", [])
        return series

    def write(self, database: str, lines: str) -> None:
        """Lines as somebody else would write them."""
        answer = self.pool.request("POST", f"{self.url}/write?db={database}", body=lines.encode())
        assert answer.status == 204, answer.data

    def new_database(self, duration: str = "INF") -> str:
        """The name of a new, empty database."""
        name = next(self.databases)
        self.query(f"CREATE DATABASE {name} WITH DURATION {duration}")
        return name

    def rows(self, database: str, text: str) -> list[list[Any]]:
        """The rows of an answer that has at most one series."""
        found = self.query(text, database)
        return list(found[0]["values"]) if found else []


@contextmanager
def influxd(directory: Path) -> Iterator[Influxd]:
    """A running server; what it wrote goes with it."""
    server = Influxd(directory)
    server.start()
    try:
        yield server
    finally:
        server.kill()
        shutil.rmtree(directory, ignore_errors=True)


class Gate:
    """What stands before a server: lets through, refuses with 503, or takes and never answers."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.opened.set()
        self.refusing = False

    def refuse(self) -> None:
        """Answer 503 from now on."""
        self.refusing = True

    def stall(self) -> None:
        """Answer nothing from now on."""
        self.opened.clear()

    def open(self) -> None:
        """All is well again."""
        self.refusing = False
        self.opened.set()

    def reply(self) -> Reply | None:
        """What to answer instead of the server."""
        self.opened.wait()
        return Reply(503, b'{"code":"unavailable","message":"maintenance"}') if self.refusing else None


class Front:
    """Stands before a server, and lets through what the gate lets through."""

    def __init__(self, upstream: Influxd, gate: Gate) -> None:
        self.upstream = upstream
        self.gate = gate

    def __call__(self, request: Request) -> Reply:
        """The answer to a request."""
        return self.gate.reply() or self.answer(request)

    def answer(self, request: Request) -> Reply:
        """What the server says."""
        return self.forward(request.path, request, request.params)

    def forward(self, path: str, request: Request, params: Mapping[str, str]) -> Reply:
        """What the server behind says."""
        passed = {
            name: request.headers[name] for name in ("Content-Type", "Content-Encoding") if name in request.headers
        }
        url = f"{self.upstream.url}{path}?{'&'.join(f'{name}={value}' for name, value in params.items())}"
        answer = urllib3.request("POST", url, body=request.body, headers=passed, retries=False)
        return Reply(answer.status, answer.data)


class Shim(Front):
    """InfluxDB 2's way of writing before an InfluxDB 1: `/api/v2/write`, `/ping`, `/health`; the token must fit."""

    def answer(self, request: Request) -> Reply:
        """What an InfluxDB 2 would say."""
        match request.path:
            case "/ping":
                return Reply()
            case "/health":
                return Reply(200, b'{"name":"influxdb","status":"pass"}')
        if request.headers.get("Authorization") != f"Token {TOKEN}":
            return Reply(401, b'{"code":"unauthorized","message":"unauthorized access"}')
        match request.path:
            case "/query":
                return self.forward("/query", request, {})
            case "/api/v2/write" if request.params.get("org") == ORG:
                params = {"db": request.params["bucket"], "precision": request.params["precision"]}
                return in_v2(self.forward("/write", request, params))
        return Reply(404, b'{"code":"not found","message":"path or organization not found"}')


CODES = {400: "invalid", 404: "not found", 413: "request too large"}


def in_v2(reply: Reply) -> Reply:
    """An answer to a write of version 1 in the words of version 2."""
    if reply.status == 204:
        return reply
    said = {"code": CODES.get(reply.status, "internal error"), "message": json.loads(reply.body)["error"]}
    return Reply(reply.status, json.dumps(said).encode())
