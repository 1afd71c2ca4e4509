"""Real brokers for tests: a Mosquitto on a free loopback port that can be killed, restarted and wiped."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from adapters.embedded_broker import LOOPBACK, MosquittoChild, free_port
from tests.conftest import need


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
