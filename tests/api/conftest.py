"""One service with data in it for all tests of a file; each test makes tickets of its own."""

from collections.abc import Iterator

import pytest

from tests.api.serving import Served, served


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service that has devices, readings, events, tickets and a quarantine."""
    with served(tmp_path_factory.mktemp("api")) as here:
        here.hear(
            [(f"devices/tv-{n}/telemetry", {"values": {"temp": 20.0 + n, "mode": "on"}}) for n in range(5)]
            + [("devices/tv-1/telemetry", b"\xff not JSON"), ("devices/tv-2/telemetry", {"values": 7})]
        )
        here.crash("tv-1", "tv-2", "tv-3")
        yield here
