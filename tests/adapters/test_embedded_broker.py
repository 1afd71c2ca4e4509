"""A broker of one's own comes up, says what it can promise, and never outlives who started it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from adapters import embedded_broker as embedded
from adapters.embedded_broker import MosquittoChild, accepts, embedded_broker, free_port, with_settings
from domain.errors import GiveUp
from tests.brokers import Broker, publish, until
from tests.conftest import need
from tests.listening import listener, payloads, take_links, take_messages

ROOT = Path(__file__).resolve().parents[2]
STARTS_AND_WAITS = """
import sys
from pathlib import Path
from adapters.embedded_broker import embedded_broker

with embedded_broker(Path(sys.argv[1])) as broker:
    print(broker.port, flush=True)
    sys.stdin.read()
"""


def test_an_installed_mosquitto_is_preferred(tmp_path: Path) -> None:
    """MQTT 5 on loopback, on a free port, with its files in the directory."""
    need("mosquitto", "mosquitto")
    with embedded_broker(tmp_path) as broker, listener(broker.port, version=broker.version) as source:
        take_links(source, "connected")
        publish(broker.port, [("devices/d/telemetry", b"1")])

        assert ("mosquitto", "127.0.0.1", "5") == (broker.name, broker.host, broker.version)
        assert [b"1"] == payloads(take_messages(source, 1))
        assert (tmp_path / "mosquitto.conf").is_file()
    assert not accepts(broker.port)


def test_without_mosquitto_amqtt_serves_and_says_what_it_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process; MQTT 3.1.1 only, and it forgets."""
    monkeypatch.setattr(embedded, "mosquitto_program", lambda: None)
    with embedded_broker(tmp_path) as broker, listener(broker.port, version=broker.version) as source:
        take_links(source, "connected")
        publish(broker.port, [("devices/d/telemetry", b"1")])

        assert ("amqtt", "3.1.1") == (broker.name, broker.version)
        assert "forgets every session" in broker.promises
        assert [b"1"] == payloads(take_messages(source, 1))
    with socket.socket() as probe:
        assert 0 != probe.connect_ex((broker.host, broker.port))


def test_a_broker_dies_with_who_started_it(tmp_path: Path) -> None:
    """`kill -9` leaves no broker behind."""
    need("mosquitto", "mosquitto")
    need("setpriv", "util-linux")
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTS_AND_WAITS, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert starter.stdin is not None
    assert starter.stdout is not None
    with starter.stdin, starter.stdout:
        port = int(starter.stdout.readline())
        assert accepts(port)
        starter.send_signal(signal.SIGKILL)
        starter.wait()
        until(lambda: not accepts(port))


def test_a_port_in_use_is_a_sentence(tmp_path: Path) -> None:
    """Another broker there is not taken for one's own."""
    with (
        Broker(tmp_path / "first") as first,
        pytest.raises(GiveUp, match=f"Port {first.port} is in use"),
        embedded_broker(tmp_path / "second", first.port),
    ):
        pass


def test_a_configuration_that_mosquitto_refuses_is_a_sentence(tmp_path: Path) -> None:
    """In the broker's own words; a stop afterwards does nothing."""
    child = MosquittoChild(need("mosquitto", "mosquitto"), tmp_path, free_port(), settings={"no_such_setting": "1"})
    with pytest.raises(GiveUp, match="no_such_setting"):
        child.start()
    child.stop()

    assert child.pid is None


def test_a_port_that_amqtt_cannot_have_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread ends by itself."""
    monkeypatch.setattr(embedded, "mosquitto_program", lambda: None)
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(GiveUp, match="amqtt did not start"),
        embedded_broker(tmp_path, taken.getsockname()[1]),
    ):
        pass


def test_settings_are_replaced_where_they_stand() -> None:
    """What is not there yet is added; comments stay."""
    text = "# listener is loopback\nlistener 1883 127.0.0.1\npersistence true\n"

    assert "# listener is loopback\nlistener 9 ::1\npersistence true\nuser root\n" == (
        with_settings(text, {"listener": "9 ::1", "user": "root"})
    )


def test_the_shipped_files_are_found_in_an_installation_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wheel keeps them beside the console's files."""
    static = tmp_path / "truckroll" / "static" / "mosquitto"
    shutil.copytree(embedded.shipped("mosquitto.conf").parent, static)
    (tmp_path / "adapters").mkdir()
    monkeypatch.setattr(embedded, "__file__", os.fspath(tmp_path / "adapters" / "embedded_broker.py"))

    assert static / "acl" == embedded.shipped("acl")
    with pytest.raises(GiveUp, match=r"nothing\.conf"):
        embedded.shipped("nothing.conf")
