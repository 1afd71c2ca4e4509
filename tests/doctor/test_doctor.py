"""The doctor finds what is wrong by trying it, and leaves nothing behind."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event

import pytest

from adapters.journal_reader import JournalReader
from adapters.mqtt_settings import MqttSettings
from domain.entries import Kind
from domain.errors import GiveUp
from tests.brokers import Broker, broker
from tests.listening import listener, take_links
from tests.services import RULES, ServiceProcess
from tests.watching import Watching
from truckroll.doctor import Line, Patient, Verdict, examine, rounds
from truckroll.doctor.broker import QUEUED
from truckroll.doctor.broker import broker as broker_check
from truckroll.doctor.check import right, run
from truckroll.doctor.machine import data_directory, disk, rules
from truckroll.doctor.stores import journal, ledger, telemetry
from truckroll.settings import General, Settings

__all__ = ["broker"]


def patient(home: Path, **mqtt: object) -> Patient:
    """A configuration in a folder of its own."""
    (home / "rules.toml").write_text(RULES)
    general = General(rules=("rules.toml",))
    return Patient(settings=Settings(home=home, general=general, mqtt=MqttSettings(**mqtt)))


def verdicts(lines: Iterator[Line] | list[Line]) -> dict[str, Verdict]:
    """How each thing stands."""
    return {line.what: line.verdict for line in lines}


def test_the_shipped_broker_is_right_in_everything(tmp_path: Path, broker: Broker) -> None:
    """Session, queue beyond Mosquitto's default, receive maximum and packet size, each tried."""
    found = list(broker_check(patient(tmp_path, port=broker.port)))

    assert {
        "broker": Verdict.RIGHT,
        "broker session": Verdict.RIGHT,
        "broker receive maximum": Verdict.RIGHT,
        "broker queue": Verdict.RIGHT,
        "broker packet size": Verdict.RIGHT,
    } == verdicts(found), found


def test_on_mqtt_3_what_it_cannot_tell_is_not_checked(tmp_path: Path, broker: Broker) -> None:
    """Session and queue are tried all the same."""
    found = verdicts(broker_check(patient(tmp_path, port=broker.port, version="3.1.1")))

    assert (Verdict.RIGHT, Verdict.RIGHT) == (found["broker session"], found["broker queue"])
    assert (Verdict.UNKNOWN, Verdict.UNKNOWN) == (found["broker receive maximum"], found["broker packet size"])


def test_a_short_queue_is_found_by_filling_it(tmp_path: Path) -> None:
    """Mosquitto's own default keeps a thousand."""
    with Broker(tmp_path / "mosquitto", settings={"max_queued_messages": "1000"}) as short:
        (line,) = [
            line for line in broker_check(patient(tmp_path, port=short.port)) if line.verdict is not Verdict.RIGHT
        ]

    assert ("broker queue", Verdict.WRONG) == (line.what, line.verdict)
    assert f"of {QUEUED:,} messages" in line.found
    assert "max_queued_messages" in line.todo


def test_a_broker_without_a_packet_limit_is_worth_a_note(tmp_path: Path) -> None:
    """One device could fill its memory."""
    with Broker(tmp_path / "mosquitto", settings={"max_packet_size": "268435455"}) as endless:
        found = verdicts(broker_check(patient(tmp_path, port=endless.port)))

    assert Verdict.NOTE == found["broker packet size"]


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_no_session_and_no_message_is_left_in_the_broker(tmp_path: Path, broker: Broker, version: str) -> None:
    """The broker's own file, written afterwards, knows nothing of the visit."""
    list(broker_check(patient(tmp_path, port=broker.port, version=version)))
    broker.save()

    assert b"truckroll-doctor" not in (broker.directory / "mosquitto.db").read_bytes()


def test_a_broker_on_another_machine_is_only_looked_at(tmp_path: Path, broker: Broker) -> None:
    """Nothing is published there, unless --thorough allows it."""

    class Foreign(Patient):
        """A patient whose broker counts as another machine's."""

        @property
        def may_publish(self) -> bool:
            return self.thorough

    own = patient(tmp_path, port=broker.port)
    with listener(broker.port, topics=("#",)) as source:
        take_links(source, "connected")
        found = list(broker_check(Foreign(settings=own.settings)))
        heard = [delivery for delivery in source.take(0.3) if delivery.entry.payload]

    assert Verdict.UNKNOWN == verdicts(found)["broker queue"]
    assert [] == heard
    allowed = verdicts(broker_check(Foreign(settings=own.settings, thorough=True)))
    assert Verdict.RIGHT == allowed["broker queue"]


def test_nobody_at_the_address_is_a_sentence(tmp_path: Path) -> None:
    """And no traceback, and the other checks go on."""
    with Broker(tmp_path / "mosquitto") as gone:
        port = gone.port
    (line,) = run("broker", partial(broker_check, patient(tmp_path, port=port)), 10)

    assert Verdict.WRONG == line.verdict
    assert "start the broker" in line.found


def hangs() -> Iterator[Line]:
    """Says something and never comes back."""
    yield right("first", "said")
    Event().wait()


def breaks() -> Iterator[Line]:
    """What nobody foresaw."""
    raise ZeroDivisionError("nobody foresaw it")
    yield


def gives_up() -> Iterator[Line]:
    """An error of ours."""
    raise GiveUp("Do this.")
    yield


def test_a_check_that_hangs_breaks_or_gives_up_is_a_line_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are told all the same, in their order."""
    checks = {"hangs": hangs, "breaks": breaks, "gives up": gives_up, "last": lambda: iter([right("last", "fine")])}
    monkeypatch.setattr(rounds, "CHECKS", {name: lambda _, check=check: check() for name, check in checks.items()})
    begun: list[str] = []
    found = list(examine(patient(tmp_path), begins=begun.append, seconds=0.1))

    assert list(checks) == begun
    assert [
        ("first", Verdict.RIGHT),
        ("hangs", Verdict.WRONG),
        ("breaks", Verdict.WRONG),
        ("gives up", Verdict.WRONG),
        ("last", Verdict.RIGHT),
    ] == [(line.what, line.verdict) for line in found]
    assert "Do this." == found[3].found


def test_stores_at_work_are_right(tmp_path: Path) -> None:
    """While a writer has them open; nothing of the trials stays."""
    with Watching(tmp_path / "data") as world:
        world.begin()
        before = sorted(path.name for path in (tmp_path / "data").iterdir())
        found = [line for check in (journal, telemetry, ledger) for line in check(patient(tmp_path))]
        after = sorted(path.name for path in (tmp_path / "data").iterdir())

    assert {Verdict.RIGHT, Verdict.UNKNOWN} == set(verdicts(found).values()), found
    assert {"ledger", "ledger schema", "ledger writing", "ledger lock", "journal", "telemetry store"} <= {
        line.what for line in found if line.verdict is Verdict.RIGHT
    }
    assert before == after


def test_before_the_first_start_nothing_is_made(tmp_path: Path) -> None:
    """What is not there yet is not wrong."""
    found = [line for check in (journal, telemetry, ledger, data_directory) for line in check(patient(tmp_path))]

    assert Verdict.WRONG not in verdicts(found).values()
    assert ["rules.toml"] == [path.name for path in tmp_path.iterdir()]


def test_a_data_directory_that_others_may_read_is_wrong(tmp_path: Path) -> None:
    """With the command that mends it."""
    own = patient(tmp_path)
    own.settings.data.mkdir(mode=0o755)
    (line,) = data_directory(own)

    assert (Verdict.WRONG, f"chmod 0700 {own.settings.data}") == (line.verdict, line.todo)


def test_mistakes_in_rules_are_told(tmp_path: Path) -> None:
    """As `truckroll rules check` tells them; no rules at all is worth a note."""
    own = patient(tmp_path)
    (tmp_path / "rules.toml").write_text("[[rule]]\nid = 3\n")
    assert Verdict.WRONG == verdicts(rules(own))["rules"]

    (tmp_path / "rules.toml").unlink()
    assert Verdict.NOTE == verdicts(rules(own))["rules"]


def test_a_disk_that_cannot_take_what_may_be_kept_is_worth_a_note(tmp_path: Path) -> None:
    """The journal may grow to its limit."""
    own = patient(tmp_path)
    greedy = replace(own.settings, journal=replace(own.settings.journal, most_gib=1e9))

    assert Verdict.RIGHT == verdicts(disk(replace(own, settings=replace(greedy, journal=own.settings.journal))))["disk"]
    assert Verdict.NOTE == verdicts(disk(replace(own, settings=greedy)))["disk"]


@pytest.mark.slow
def test_a_running_service_is_not_disturbed(tmp_path: Path, broker: Broker) -> None:
    """The command ends with 0, prints JSON, and the service never loses its connection."""
    service = ServiceProcess(tmp_path / "service", broker.port)
    service.start()
    service.ready()
    said = service.run("doctor")
    assert 0 == service.stop()
    with JournalReader(service.data) as found:
        entries = [entry for page in found.read(0, 10_000) for entry in page.entries]

    assert said["well"], said
    assert any("a service works in it" in line["found"] for line in said["lines"])
    assert {"what", "verdict", "found", "todo"} == set(said["lines"][0])
    assert ["connected"] == [entry.topic for entry in entries if entry.kind is Kind.LINK]


def test_mistakes_in_the_configuration_end_the_visit(tmp_path: Path) -> None:
    """Each is a line, and the exit code is 1."""
    (tmp_path / "truckroll.toml").write_text("[mqtt]\nprot = 1883\nhost = 3\n")
    done = subprocess.run(
        [sys.executable, "-m", "truckroll", "doctor", "--json", "--config", str(tmp_path / "truckroll.toml")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert 1 == done.returncode
    assert 2 == len(json.loads(done.stdout)["lines"])
