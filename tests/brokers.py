"""Real brokers for tests: a Mosquitto on a free loopback port that can be killed, restarted and wiped."""

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest

from adapters.embedded_broker import LOOPBACK, MosquittoChild, free_port
from tests.conftest import need

PATIENCE = 10.0
Message = tuple[str, bytes]


class Broker(MosquittoChild):
    """A Mosquitto in a directory of its own; skips the test (or fails it) where none is installed."""

    host = LOOPBACK

    def __init__(
        self,
        directory: Path,
        *,
        configuration: str = "mosquitto.conf",
        settings: Mapping[str, str] | None = None,
    ) -> None:
        program = need("mosquitto", "mosquitto")
        super().__init__(program, directory, free_port(), configuration=configuration, settings=settings)

    def restart(self) -> None:
        """Stop in peace and start again on the same port."""
        self.stop()
        self.start()

    def reload(self) -> None:
        """Read passwords and access rights again."""
        self.signal(signal.SIGHUP)

    def save(self) -> None:
        """Write sessions and queues now, as it does every so often by itself; returns once they are on the disk."""
        store = self.directory / "mosquitto.db"
        before = store.stat().st_mtime_ns if store.exists() else 0
        self.signal(signal.SIGUSR1)
        until(lambda: store.exists() and store.stat().st_mtime_ns > before)

    def wipe(self) -> None:
        """Forget every session and queue; only while it does not run."""
        assert self.pid is None
        shutil.rmtree(self.directory)

    def __enter__(self) -> "Broker":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A running Mosquitto with the shipped loopback configuration."""
    with Broker(tmp_path / "mosquitto") as running:
        yield running


def write_passwords(path: Path, users: Mapping[str, str]) -> Path:
    """A password file as Mosquitto reads it."""
    program = need("mosquitto_passwd", "mosquitto")
    path.touch(mode=0o600)
    for user, password in users.items():
        subprocess.run([program, "-b", str(path), user, password], check=True, capture_output=True)
    return path


@contextmanager
def device(port: int, *, client_id: str = "", version: str = "3.1.1", **login: Any) -> Iterator[mqtt.Client]:
    """A connected client with paho's own thread, for talking to the broker as a device does.

    `login`: `username`, `password`, `tls` (an SSLContext).
    """
    protocol = mqtt.MQTTv5 if version == "5" else mqtt.MQTTv311
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id, protocol=protocol)
    client.max_inflight_messages_set(1_000)
    if "username" in login:
        client.username_pw_set(login["username"], login.get("password"))
    if "tls" in login:
        client.tls_set_context(login["tls"])
    client.connect(LOOPBACK, port)
    client.loop_start()
    try:
        until(client.is_connected)
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


def publish(port: int, messages: Iterable[Message], *, qos: int = 1, retain: bool = False, **how: Any) -> None:
    """Publish as a device; returns once the broker has acknowledged everything. `how`: see `device`."""
    with device(port, **how) as client:
        for handed_over in [client.publish(topic, payload, qos, retain) for topic, payload in messages]:
            handed_over.wait_for_publish(PATIENCE)


def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait for a condition that becomes true by itself; fails when it does not."""
    give_up_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up_at, f"not within {seconds} s"
        time.sleep(0.01)
