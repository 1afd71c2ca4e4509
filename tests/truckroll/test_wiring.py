"""Wiring: what a process has depends on its role and on the stores of the configuration."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.embedded_broker import free_port
from adapters.influx import InfluxTelemetry
from adapters.telemetry_sqlite import SqliteTelemetry
from domain.entries import Entry, Kind
from domain.errors import GiveUp, WrongFormat
from domain.instants import SECOND
from ingest.health import Health
from tests.services import ServiceProcess
from truckroll.elsewhere import Hearsay, Neighbour, SourceElsewhere
from truckroll.roles import Role
from truckroll.settings import Settings, load
from truckroll.status import status
from truckroll.stores import ledger_of
from truckroll.wiring import Service, service

INFLUX = '[influx]\nflavour = "v1"\nurl = "http://127.0.0.1:9"\ndatabase = "plant"\n'
READING = Entry(Kind.MESSAGE, 1_763_800_000 * SECOND, "devices/d1/telemetry", b'{"boot":1,"seq":1,"values":{"t":1}}')


def configured(folder: Path, extra: str = "") -> Settings:
    """A service whose broker is far away."""
    return load(ServiceProcess(folder, free_port(), extra=extra).config)


def seen(settings: Settings, look: Callable[[Service], object], role: Role = Role.ALL) -> object:
    """What there is to see in a running service, as soon as there is something."""

    async def run() -> object:
        async with asyncio.timeout(60), service(settings, role=role) as running:
            while not (found := look(running)):
                await asyncio.sleep(0.02)
            return found

    return asyncio.run(run())


def test_without_more_words_readings_and_ledger_lie_in_the_data_directory(tmp_path: Path) -> None:
    """Nothing else is needed."""
    settings = configured(tmp_path)
    kinds = seen(settings, lambda running: (type(running.telemetry), running.ledger.is_file))

    assert (SqliteTelemetry, True) == kinds
    assert (settings.data / "ledger.db").exists()


def test_an_influx_table_says_where_readings_go(tmp_path: Path) -> None:
    """A server that is away is said so, and costs nothing."""
    settings = configured(tmp_path, INFLUX + "linger_seconds = 0\n")

    def trouble(running: Service) -> str:
        if running.journal.last < 20:
            running.journal.append([READING])
        return str(status(running)["troubles"].get("telemetry store", ""))

    assert "InfluxDB at http://127.0.0.1:9" in str(seen(settings, trouble))
    assert (InfluxTelemetry,) == seen(settings, lambda running: (type(running.telemetry),))


def test_of_a_store_that_is_only_read_nothing_is_asked(tmp_path: Path) -> None:
    """Somebody else keeps the readings; the recorder is always done."""
    settings = configured(tmp_path, INFLUX + 'mode = "read-only"\n')

    def look(running: Service) -> tuple[int, bool]:
        last = running.journal.append([READING])
        return running.recorder.stored, running.recorder.position >= last

    assert (0, True) == seen(settings, look)


def test_a_ledger_that_cannot_be_reached_at_the_start_is_waited_for(tmp_path: Path) -> None:
    """The journal is there meanwhile."""
    settings = configured(tmp_path, f'[ledger]\nurl = "postgresql://u:secret@127.0.0.1:{free_port()}/truckroll"\n')

    def look(running: Service) -> str:
        assert running.journal.append([READING])
        return str(status(running)["troubles"].get("ledger", ""))

    for role in (Role.ALL, Role.DETECT):
        trouble = str(seen(settings, look if role is Role.ALL else said_of_ledger, role))
        assert "connection failed" in trouble
        assert "secret" not in trouble


def said_of_ledger(running: Service) -> str:
    """The ledger's trouble."""
    return str(status(running)["troubles"].get("ledger", ""))


def test_a_role_has_what_it_needs_and_nothing_else(tmp_path: Path) -> None:
    """Ingest asks no ledger for anything, detect has no broker and no readings."""
    settings = configured(tmp_path, f'[ledger]\nurl = "postgresql://u@127.0.0.1:{free_port()}/truckroll"\n')
    parts = ("ledger", "telemetry", "source", "receiver", "recorder", "watch")

    def has(running: Service) -> set[str]:
        return {part for part in parts if getattr(running, part) is not None}

    assert {"telemetry", "source", "receiver", "recorder"} == seen(settings, has, Role.INGEST)
    assert {"ledger", "watch"} == seen(settings, has, Role.DETECT)
    assert set(parts) - {"receiver"} == seen(settings, has, Role.API)


def test_mistakes_in_the_stores_are_named_with_all_others(tmp_path: Path) -> None:
    """The table and the setting."""
    with pytest.raises(WrongFormat) as caught:
        configured(tmp_path, '[ledger]\nurl = "ledger.db"\n[influx]\nbuket = "b"\n')

    assert "[ledger] url is no address" in str(caught.value)
    assert "there is no setting 'buket'; did you mean 'bucket'?" in str(caught.value)


def test_a_ledgers_address_may_stand_in_a_file(tmp_path: Path) -> None:
    """And its password shows nowhere."""
    (tmp_path / "url").write_text("postgresql://u:rumpelstiltskin@localhost/truckroll\n")
    settings = configured(tmp_path, f'[ledger]\nurl_file = "{tmp_path / "url"}"\n')

    assert settings.ledger.is_shared
    assert "rumpelstiltskin" not in repr(settings)
    with pytest.raises(GiveUp, match="serve without --role"):
        Role.DETECT.check(configured(tmp_path))


def test_what_a_neighbour_says_is_believed_until_it_falls_silent(tmp_path: Path) -> None:
    """Its troubles are ours, and its silence is one."""
    ingest = Neighbour(Role.INGEST, tmp_path)
    source, health = SourceElsewhere(ingest), Health()
    hearsay = Hearsay(health, ingest)
    hearsay.listen()
    assert "start `truckroll serve --role ingest`" in health.report()["ingest"]

    say(ingest, connected=True, troubles={"broker": "It is away."}, counts={"mqtt": {"received": 3}})
    hearsay.listen()
    assert {"ingest": "", "broker": "It is away."} == health.report()
    assert (True, 3) == (source.is_connected, source.counts.received)

    say(ingest, connected=True, troubles={})
    hearsay.listen()
    assert health.is_green

    os.utime(ingest.path, (0, 0))
    hearsay.listen()
    assert not source.is_connected
    assert not health.is_green


def say(neighbour: Neighbour, **words: object) -> None:
    """What its process writes; to be heard at once."""
    neighbour.path.write_text(json.dumps(words))
    neighbour.looked_at = float("-inf")


def test_a_command_beside_the_service_finds_its_ledger(tmp_path: Path) -> None:
    """Where the configuration says it is."""
    settings = configured(tmp_path)
    seen(settings, lambda running: running.journal.last)
    with ledger_of(settings) as ledger:
        assert settings.data / "ledger.db" == Path(ledger.where)
