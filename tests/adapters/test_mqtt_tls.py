"""Over TLS the source knows the broker, and the broker the source, by their certificates."""

import json
import ssl
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest

from adapters.mqtt_lane import LaneClient
from tests.brokers import Broker, publish
from tests.certificates import Authority
from tests.listening import listener, payloads, take_links, take_messages

VERSIONS = ("5", "3.1.1")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Vouches for the broker and its clients."""
    return Authority(tmp_path_factory.mktemp("authority"))


def tls_broker(directory: Path, authority: Authority, *, asks_for_certificate: bool = False) -> Broker:
    """A Mosquitto with a certificate for 127.0.0.1."""
    broker = authority.issue("broker")
    settings = {"cafile": str(authority.ca), "certfile": str(broker.cert), "keyfile": str(broker.key)}
    if asks_for_certificate:
        settings |= {"require_certificate": "true", "use_identity_as_username": "true"}
    return Broker(directory, settings=settings)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", [LaneClient, mqtt.Client])
def test_messages_arrive_over_tls(tmp_path: Path, authority: Authority, version: str, kind: type[mqtt.Client]) -> None:
    """With a certificate of our own, because this broker asks for one; also long messages and long lists."""
    service = authority.issue("truckroll")
    context = ssl.create_default_context(cafile=str(authority.ca))
    context.load_cert_chain(service.cert, service.key)
    sent = [b"%d " % n * (1 + n % 50) for n in range(1_000)] + [b"x" * 100_000]
    with (
        tls_broker(tmp_path, authority, asks_for_certificate=True) as broker,
        listener(
            broker.port,
            version=version,
            tls=True,
            ca_file=str(authority.ca),
            cert_file=str(service.cert),
            key_file=str(service.key),
            parts={"client": kind},
        ) as source,
    ):
        take_links(source, "connected")
        publish(broker.port, [("devices/d/telemetry", payload) for payload in sent], tls=context)
        taken = take_messages(source, len(sent))
        source.acknowledge(taken)

        assert sent == payloads(taken)


def why_not(broker: Broker, **settings: object) -> str:
    """What the source says when it is not let in."""
    with listener(broker.port, **settings) as source:
        told = take_links(source, "disconnected")
        return str(json.loads(told[-1].entry.payload)["reason"])


def test_a_broker_that_nobody_vouches_for_is_not_spoken_to(tmp_path: Path, authority: Authority) -> None:
    """A stranger's certificate: the sentence says where to look."""
    stranger = Authority(tmp_path / "stranger")
    with tls_broker(tmp_path / "mosquitto", authority) as broker:
        why = why_not(broker, tls=True, ca_file=str(stranger.ca))

        assert f"The certificate of 127.0.0.1:{broker.port} does not convince" in why
        assert "check host and ca_file" in why


def test_a_missing_certificate_of_ours_is_a_sentence(tmp_path: Path, authority: Authority) -> None:
    """The broker hangs up without a word; we guess what it wanted."""
    with tls_broker(tmp_path, authority, asks_for_certificate=True) as broker:
        why = why_not(broker, tls=True, ca_file=str(authority.ca))

        assert "ended the connection at once" in why
        assert "cert_file and key_file" in why


def test_tls_to_a_port_without_it_is_a_sentence(tmp_path: Path, authority: Authority) -> None:
    """And the other way round."""
    with Broker(tmp_path / "plain") as plain, tls_broker(tmp_path / "tls", authority) as encrypted:
        assert "check that this port speaks TLS" in why_not(plain, tls=True, ca_file=str(authority.ca))
        assert "tls, if it asks for TLS" in why_not(encrypted)
