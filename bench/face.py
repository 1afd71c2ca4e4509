"""The whole service as a process, with an API that a client can time."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from adapters.embedded_broker import free_port
from bench.spine import wait_for
from bench.stages import RULE
from truckroll.api.token import token_in

CONFIG = """
data = "data"
rules = ["rules.toml"]
[mqtt]
port = {broker}
[api]
port = {port}
"""
Figures = dict[str, float]


def in_ms(delays: Sequence[float]) -> Figures:
    """How long it took, from seconds."""
    ordered = sorted(delays)
    return {
        "count": len(ordered),
        "p50_ms": ordered[len(ordered) // 2] * 1e3,
        "p95_ms": ordered[int(len(ordered) * 0.95)] * 1e3,
        "max_ms": ordered[-1] * 1e3,
    }


def timed(work: Callable[[], object]) -> float:
    """Seconds on the clock."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


@dataclass(frozen=True)
class Face:
    """The running service, as a client sees it."""

    url: str
    token: str
    data: Path

    @property
    def headers(self) -> dict[str, str]:
        """What opens it."""
        return {"Authorization": f"Bearer {self.token}"}


@contextmanager
def serving(home: Path) -> Iterator[Face]:
    """`truckroll serve` in `home`, whose data directory is there already and whose broker is nowhere."""
    port = free_port()
    (home / "truckroll.toml").write_text(CONFIG.format(broker=free_port(), port=port))
    (home / "rules.toml").write_text(RULE)
    (home / "data" / "token").unlink(missing_ok=True)
    _, token = token_in(home / "data")
    face = Face(f"http://127.0.0.1:{port}/api/v1", token, home / "data")
    with (home / "log").open("ab") as log:
        words = [sys.executable, "-m", "truckroll", "serve", "--config", str(home / "truckroll.toml")]
        process = subprocess.Popen(words, stdout=log, stderr=log)
    try:
        wait_for(lambda: process.poll() is not None or answers(face), "the API", 60)
        if process.poll() is not None:
            raise RuntimeError((home / "log").read_text()[-2000:])
        yield face
    finally:
        process.terminate()
        process.wait(30)


def answers(face: Face) -> bool:
    """The API is up."""
    try:
        return httpx.get(f"{face.url}/tickets?limit=1", headers=face.headers).status_code == 200
    except httpx.TransportError:
        return False
