"""Settings of the InfluxDB store: every mistake is told at once, and no secret shows."""

from pathlib import Path
from typing import Any

import pytest

from adapters.influx_settings import InfluxSettings
from domain.errors import WrongFormat

V1: dict[str, Any] = {"flavour": "v1", "database": "plant"}
V2: dict[str, Any] = {"org": "plant", "bucket": "devices"}


def mistakes(**settings: Any) -> tuple[str, ...]:
    with pytest.raises(WrongFormat) as refused:
        InfluxSettings(**settings)
    return refused.value.mistakes


def test_a_bucket_or_a_database_is_enough() -> None:
    """Nothing is asked for that has a sensible default, and building connects nowhere."""
    assert ("devices", "plant") == (InfluxSettings(**V2).queried, InfluxSettings(**V1).queried)
    assert "archive" == InfluxSettings(**V2, database="archive").queried
    assert "http://127.0.0.1:8086" == InfluxSettings(**V2, url="http://127.0.0.1:8086/").url


@pytest.mark.parametrize(
    ("settings", "mistake"),
    [
        ({"flavour": "v3"}, 'flavour is "v3"; write v2 or v1'),
        ({**V2, "mode": "write"}, 'mode is "write"; write read-write or read-only'),
        ({"org": "plant"}, "bucket is missing; write the bucket to use"),
        ({"bucket": "devices"}, "org is missing; write the organization that owns the bucket"),
        ({"flavour": "v1"}, "database is missing; write the database to use"),
        ({**V1, "bucket": "b"}, "bucket and org belong to v2; write database (and retention_policy) for v1"),
        ({**V2, "token": "a", "token_file": "/dev/null"}, "token and token_file are both given; keep token_file"),
        ({**V1, "username": "u"}, "username and password belong together; give both or none"),
        ({**V1, "token": "t", "username": "u", "password": "p"}, "a token and a user are both given; keep one of them"),
        ({**V2, "username": "u", "password": "p"}, "username belongs to v1; v2 wants a token"),
        (
            {**V2, "url": "http://influx.example:8086", "token": "t"},
            "the secret would travel readably; use an https url (or set trusted_network = true)",
        ),
        (
            {**V2, "token_file": "/nowhere/token"},
            "token_file /nowhere/token cannot be read (No such file or directory); correct path and rights",
        ),
        (
            {**V2, "measurement": "{metric}", "field": "{metric}"},
            "measurement and field are both {metric}; name one of them",
        ),
        (
            {**V2, "measurement": "event"},
            "measurement and event_measurement are the same; choose another event_measurement",
        ),
        (
            {**V2, "measurement": "all_{metric}"},
            'measurement is "all_{metric}"; write a name without braces, backslashes and control characters',
        ),
        ({**V2, "text_suffix": ""}, 'text_suffix is ""; write some of the characters A-Z a-z 0-9 _ . -'),
        (
            {**V2, "field": "value", "metric_tag": "device"},
            "metric_tag and device_tag are the same; choose another metric_tag",
        ),
        ({**V2, "tags": {"device": "x"}}, 'tags: "device" cannot be the name of a tag here; choose another'),
        ({**V2, "tags": {"time": "x"}}, 'tags: "time" cannot be the name of a tag here; choose another'),
        ({**V2, "tags": {"site": ""}}, 'tags: "site" has no text; give it one in quotes or leave it out'),
        ({**V2, "tags": {"line": 7}}, 'tags: "line" has no text; give it one in quotes or leave it out'),
        ({**V2, "request_lines": 0}, "request_lines is 0; write a number from 1 to 50000"),
    ],
)
def test_a_mistake_is_told_with_what_to_do(settings: dict[str, Any], mistake: str) -> None:
    """Each by itself, so that the sentence can be trusted."""
    assert (f"influx: {mistake}",) == mistakes(**settings)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8086",
        "ftp://host",
        "http://",
        "http://a:b@host",
        "http://host?db=x",
        "http://ho st",
        "http://host:x",
    ],
)
def test_an_address_is_http_or_https_and_nothing_else(url: str) -> None:
    """A user in the address would stand in every message."""
    assert (
        "influx: url is no address of a server; write it like http://127.0.0.1:8086, without user, ? and #",
    ) == mistakes(**V2, url=url)


def test_all_mistakes_are_told_at_once() -> None:
    """Nobody has to start five times."""
    assert 3 == len(mistakes(flavour="v1", mode="x", field="a{b"))


def test_a_secret_is_in_no_repr_and_in_no_mistake() -> None:
    """Not even where it is the mistake."""
    settings = InfluxSettings(**V1, username="u", password="hidden-word")
    told = mistakes(**V2, url="http://far.example", token="hidden-word", request_lines=0)

    assert "hidden-word" not in repr(settings) + "".join(told)


def test_a_secret_file_is_read_each_time(tmp_path: Path) -> None:
    """So that a token can be changed while the service runs."""
    file = tmp_path / "token"
    file.write_text("first\n")
    settings = InfluxSettings(**V2, token_file=str(file))
    first = settings.read_token()
    file.write_text("second\n")

    assert ("first", "second") == (first, settings.read_token())
    assert not settings.has_metric_tag


def test_a_secret_may_travel_over_tls_and_where_the_operator_says_so() -> None:
    """https anywhere, http on this machine, http elsewhere only if told."""
    for extra in ({"url": "https://far.example"}, {"url": "http://far.example", "trusted_network": True}, {}):
        assert "t" == InfluxSettings(**V2, **extra, token="t").read_token()
