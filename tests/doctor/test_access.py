"""The doctor at a broker with users and rights, at InfluxDB and at PostgreSQL."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from adapters.embedded_broker import shipped
from adapters.influx_settings import InfluxSettings
from adapters.ledger_settings import LedgerSettings
from adapters.ledger_sql import SqlLedger
from adapters.mqtt_settings import MqttSettings
from tests import postgres
from tests.brokers import Broker, write_passwords
from tests.certificates import Authority
from tests.influx_stores import FLAVOURS, servers
from tests.listening import listener, take_links
from truckroll.doctor import Line, Patient, Verdict
from truckroll.doctor.broker import access, anonymous
from truckroll.doctor.broker import broker as broker_check
from truckroll.doctor.check import run
from truckroll.doctor.influx import influx
from truckroll.doctor.stores import ledger
from truckroll.settings import Settings

USERS = {"truckroll": "s3rvice", "trial": "d3vice"}


def verdicts(lines: Iterator[Line] | list[Line]) -> dict[str, Verdict]:
    """How each thing stands."""
    return {line.what: line.verdict for line in lines}


class Field:
    """The production configuration with the service's user and one for trials."""

    def __init__(self, directory: Path, acl: str) -> None:
        authority = Authority(directory / "authority")
        server = authority.issue("broker")
        rights = directory / "acl"
        rights.touch(mode=0o600)
        rights.write_text(acl)
        self.ca = str(authority.ca)
        self.passwords = {}
        for user, password in USERS.items():
            self.passwords[user] = directory / f"{user}.password"
            self.passwords[user].write_text(password)
        self.broker = Broker(
            directory / "mosquitto",
            configuration="production.conf",
            settings={
                "cafile": self.ca,
                "certfile": str(server.cert),
                "keyfile": str(server.key),
                "password_file": str(write_passwords(directory / "passwords", USERS)),
                "acl_file": str(rights),
            },
        )
        self.mqtt = MqttSettings(
            port=self.broker.port,
            tls=True,
            ca_file=self.ca,
            username="truckroll",
            password_file=str(self.passwords["truckroll"]),
        )

    def patient(self, home: Path) -> Patient:
        """As the service, with the trial user's name at hand."""
        return Patient(
            settings=Settings(home=home, mqtt=self.mqtt),
            device_user="trial",
            device_password_file=str(self.passwords["trial"]),
        )


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    """A running broker of the field."""
    made = Field(tmp_path, shipped("acl").read_text())
    with made.broker:
        yield made


def test_the_shipped_rights_hold(tmp_path: Path, field: Field) -> None:
    """Nobody without a name, and no device for another."""
    own = field.patient(tmp_path)

    assert {"broker login": Verdict.RIGHT} == verdicts(anonymous(own))
    assert {"broker access rights": Verdict.RIGHT} == verdicts(access(own))


def test_rights_that_let_a_device_speak_for_another_are_wrong(tmp_path: Path) -> None:
    """They are found by trying."""
    field = Field(tmp_path, "pattern readwrite #\n")
    with field.broker:
        assert {"broker access rights": Verdict.WRONG} == verdicts(access(field.patient(tmp_path)))


def test_the_session_of_the_service_survives_a_visit_under_its_name(tmp_path: Path, field: Field) -> None:
    """The user name is the client id there: the doctor meets the service's session, and leaves it with its queue."""
    login = {"tls": True, "ca_file": field.ca, "username": "truckroll", "password": USERS["truckroll"]}
    with listener(field.broker.port, **login) as source:
        take_links(source, "connected")
    found = verdicts(broker_check(field.patient(tmp_path)))

    assert (Verdict.RIGHT, Verdict.UNKNOWN) == (found["broker session"], found["broker queue"])
    with listener(field.broker.port, parts={"expects_session": True}, **login) as source:
        (link,) = take_links(source, "connected")
    assert b"kept the session" in link.entry.payload


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_influxdb_takes_a_reading_and_gives_it_back(tmp_path: Path, flavour: str) -> None:
    """Retention and clock are told, and the trial's measurement is gone afterwards."""
    server, front, _ = servers()
    database = server.new_database()
    target = {"v1": {"database": database, "url": server.url}, "v2": {"bucket": database, "url": front}}[flavour]
    settings = InfluxSettings(**FLAVOURS[flavour], **target)
    found = list(influx(Patient(settings=Settings(home=tmp_path, influx=settings))))

    assert {Verdict.RIGHT} == set(verdicts(found).values()), found
    assert {"influx retention", "influx clock", "influx writing"} == {line.what for line in found}
    assert [] == server.rows(database, "SHOW MEASUREMENTS")


def test_influxdb_without_the_database_says_what_to_map(tmp_path: Path) -> None:
    """As it is with a bucket that has no DBRP mapping."""
    server, _, _ = servers()
    settings = InfluxSettings(flavour="v1", database="nowhere", url=server.url)
    own = Patient(settings=Settings(home=tmp_path, influx=settings))

    assert "nowhere" in run("influx", partial(influx, own), 10)[0].found


def test_what_is_read_only_is_not_written(tmp_path: Path) -> None:
    """Not even a trial."""
    server, _, _ = servers()
    database = server.new_database()
    settings = InfluxSettings(flavour="v1", database=database, url=server.url, mode="read-only")
    found = verdicts(influx(Patient(settings=Settings(home=tmp_path, influx=settings))))

    assert Verdict.RIGHT == found["influx writing"]
    assert [] == server.rows(database, "SHOW MEASUREMENTS")


def test_postgresql_is_tried_without_a_trace(tmp_path: Path) -> None:
    """Schema, rollback, the writers' lock and the server's clock."""
    place = postgres.new_place()
    own = Patient(settings=Settings(home=tmp_path, ledger=LedgerSettings(url=place)))
    own.settings.data.mkdir()
    assert {"ledger": Verdict.UNKNOWN} == verdicts(ledger(own))

    with SqlLedger(place):
        found = verdicts(ledger(replace(own)))
    assert {
        "ledger": Verdict.RIGHT,
        "ledger schema": Verdict.RIGHT,
        "ledger writing": Verdict.RIGHT,
        "ledger lock": Verdict.RIGHT,
        "ledger clock": Verdict.RIGHT,
    } == found
