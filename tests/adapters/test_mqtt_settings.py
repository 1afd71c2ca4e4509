"""Settings are checked as a whole, without a connection, and keep their secret."""

from pathlib import Path
from typing import Any

import pytest

from adapters.mqtt import MqttSettings, MqttSource
from domain.errors import WrongFormat
from tests.listening import CountingClock

PASSWORD = "open sesame"


def mistakes(**settings: Any) -> list[str]:
    """What is wrong with these settings."""
    with pytest.raises(WrongFormat) as caught:
        MqttSettings(**settings)
    return list(caught.value.mistakes)


def test_the_defaults_are_a_broker_on_this_machine() -> None:
    """With no settings at all it runs: MQTT 5, and a queue that the broker keeps for two weeks."""
    settings = MqttSettings()

    assert ("127.0.0.1:1883", "5", 14 * 86_400) == (settings.address, settings.version, settings.session_expiry_seconds)


def test_all_mistakes_are_told_at_once() -> None:
    """Each names its setting."""
    told = mistakes(
        host="", port=0, version="4", client_id="", receive_maximum=0, keepalive_seconds=0, topics=["a/#/b"]
    )

    for key in ("host", "port", "version", "client_id", "receive_maximum", "keepalive_seconds", "a/#/b"):
        assert 1 == len([mistake for mistake in told if key in mistake]), key


@pytest.mark.parametrize("topic", ["", "a#", "a+/b", "#/a", "a\0b", "x" * 70_000])
def test_a_subscription_filter_that_mqtt_does_not_know_is_a_mistake(topic: str) -> None:
    """Said before any broker refuses it."""
    assert 1 == len(mistakes(topics=("devices/#", topic)))


@pytest.mark.parametrize("topic", ["#", "+", "a/+/b", "/a/#", "$share/group/a/#", "tele/+/SENSOR", "温度/#"])
def test_the_filters_of_the_standard_are_accepted(topic: str) -> None:
    """Wildcards stand alone in their level."""
    assert (topic,) == MqttSettings(topics=(topic,)).topics


def test_a_password_is_in_no_text(tmp_path: Path) -> None:
    """Neither in the settings' repr nor in a mistake."""
    shown = repr(MqttSettings(username="u", password=PASSWORD))
    told = mistakes(
        host="broker.example", username="u", password=PASSWORD, password_file=str(tmp_path / "none"), port=0
    )

    assert PASSWORD not in shown + "".join(told)


def test_a_password_does_not_travel_readably() -> None:
    """Without TLS it stays on this machine, unless somebody trusts the network in writing."""
    far: dict[str, Any] = {"host": "broker.example", "username": "u", "password": PASSWORD}

    assert [
        "mqtt: the password would travel readably to broker.example; set tls = true (or trusted_network = true)"
    ] == mistakes(**far)
    assert PASSWORD == MqttSettings(**far, tls=True).read_password()
    assert PASSWORD == MqttSettings(**far, trusted_network=True).read_password()
    assert PASSWORD == MqttSettings(**far | {"host": "localhost"}).read_password()


def test_a_password_file_is_read_anew_at_every_connect(tmp_path: Path) -> None:
    """The line's end does not belong to the password."""
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    settings = MqttSettings(username="u", password_file=str(file))
    before = settings.read_password()
    file.write_text("changed\r\n")

    assert (PASSWORD, "changed") == (before, settings.read_password())


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"username": "u", "password_file": "/nowhere/secret"}, "password_file /nowhere/secret cannot be read"),
        ({"password": PASSWORD}, "add username"),
        ({"ca_file": "/nowhere/ca.crt"}, "set tls = true"),
        ({"tls": True, "ca_file": "/nowhere/ca.crt"}, "ca_file cannot be used"),
        ({"tls": True, "key_file": "/nowhere/key"}, "add cert_file"),
    ],
)
def test_files_are_tried_before_anybody_connects(settings: dict[str, Any], word: str) -> None:
    """A missing file is found at the start, not at night."""
    assert word in "\n".join(mistakes(**settings))


def test_a_source_needs_a_topic() -> None:
    """The settings may leave topics to the sources; the adapter may not."""
    with pytest.raises(WrongFormat, match="topics is empty"):
        MqttSource(MqttSettings(), CountingClock())
