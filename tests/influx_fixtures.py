"""Fixtures of the InfluxDB store's tests: a real server, and one that follows a script."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from adapters.influx import InfluxTelemetry
from tests.http_server import HttpServer
from tests.influx_stores import FLAVOURS, Open, servers, store
from tests.influxd import Influxd


@pytest.fixture
def server() -> Influxd:
    """One real server for all."""
    return servers()[0]


@pytest.fixture
def front() -> str:
    """The address of the same server, speaking version 2."""
    return servers()[1]


@pytest.fixture
def database(server: Influxd) -> str:
    """A new one."""
    return server.new_database()


@pytest.fixture(params=FLAVOURS)
def flavour(request: pytest.FixtureRequest) -> str:
    """Both ways of writing."""
    return str(request.param)


@pytest.fixture
def opened(server: Influxd, front: str, database: str, flavour: str, tmp_path: Path) -> Iterator[Open]:
    """Opens stores over the database, each with a bookmark of its own unless a directory is named."""
    numbers = count()
    with ExitStack() as stack:

        def opener(directory: Path | None = None, **extra: Any) -> InfluxTelemetry:
            url = server.url if flavour == "v1" else front
            place = directory or tmp_path / str(next(numbers))
            return stack.enter_context(store(place, url, database, flavour, **extra))

        yield opener


@pytest.fixture
def open_store(tmp_path: Path, flavour: str) -> Iterator[Open]:
    """Opens stores of one directory over a server that follows a script."""
    with ExitStack() as stack:

        def opener(server: HttpServer | str, **settings: Any) -> InfluxTelemetry:
            url = server if isinstance(server, str) else server.url
            return stack.enter_context(store(tmp_path / "state", url, "plant", flavour, **settings))

        yield opener
