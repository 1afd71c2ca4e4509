"""Answers of InfluxDB: what each means for what was sent, told by a server that follows a script."""

import threading
from email.utils import formatdate
from pathlib import Path
from time import time
from typing import Any

import pytest

from adapters.embedded_broker import LOOPBACK, free_port
from adapters.influx import InfluxAway
from adapters.influx_answers import seconds_asked
from adapters.influx_write import FIRST_PAUSE, LONGEST_ASKED, Pause
from domain.errors import GiveUp
from tests.http_server import Reply, Request, scripted, serving
from tests.influx_stores import EPOCH, Open, lines, numbered, patiently

pytest_plugins = ["tests.influx_fixtures"]


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (Reply(429, b"", {"Retry-After": "7"}), "is too busy (429); give it time, or a larger machine."),
        (Reply(503, b'{"error":"maintenance"}'), "is too busy (503) (maintenance); give it time, or a larger machine."),
        (Reply(500, b"{}"), "has a trouble of its own (500) ({}); its log says more; work goes on by itself."),
        (Reply(403, b'{"message":"no rights"}'), "forbids it (no rights); give token the right to read and write"),
        (Reply(404, b'{"error":"database not found"}'), "does not have"),
        (
            Reply(200, b"<html>Welcome!"),
            "answers 200, as InfluxDB does not",
        ),
        (
            Reply(307, b"", {"Location": "http://elsewhere.example/"}),
            "answers 307, as InfluxDB does not; check that url",
        ),
    ],
)
def test_only_204_keeps_anything(open_store: Open, reply: Reply, sentence: str) -> None:
    """Every other answer leaves bookmark and lines where they are, and says what a person can do."""
    with scripted([reply]) as server:
        written = open_store(server)
        with pytest.raises(InfluxAway) as away:
            written.write(numbered(1, 3), EPOCH)

        assert f"InfluxDB at {server.url} {sentence}" in str(away.value)
        assert str(away.value) == written.trouble
        assert written.state is not None
        assert 0 == written.state.position

        written.sender.pause.worked()
        assert 3 == written.write(numbered(1, 3), EPOCH)
        assert ("", 3, lines(1, 3)) == (written.trouble, written.bookmark(EPOCH), server.writes[-1])
        assert {"received": 3, "kept": 3, "dropped": 0, "failed": 0} == written.counts.as_dict()


def test_a_server_that_asks_to_wait_is_left_alone_as_long(open_store: Open) -> None:
    """The recorder asks every second; the server hears of it after its own time."""
    with scripted([Reply(429, b"", {"Retry-After": "1000"})]) as server:
        written = open_store(server)
        waits = []
        for _ in range(3):
            with pytest.raises(InfluxAway) as away:
                written.write(numbered(1, 3), EPOCH)
            waits.append(away.value.seconds)

        assert 1 == len(server.requests)
        assert all(900 < seconds <= 1100 for seconds in waits)


def test_a_server_that_is_not_there_costs_nothing_but_time(open_store: Open) -> None:
    """The sentence names it, and says that nothing is to be done here."""
    url = f"http://{LOOPBACK}:{free_port()}"
    written = open_store(url)
    with pytest.raises(InfluxAway) as away:
        written.write(numbered(1, 3), EPOCH)

    expected = (
        f"InfluxDB at {url} does not answer (Connection refused); start it, or correct url; work goes on by itself."
    )
    assert expected == str(away.value)


def test_a_server_that_does_not_answer_is_left(open_store: Open) -> None:
    """A request that may have worked is sent again: it overwrites itself."""
    release = threading.Event()

    def answer(request: Request) -> Reply:
        release.wait()
        return Reply()

    with serving(answer) as server:
        written = open_store(server, timeout_seconds=0.05)
        with pytest.raises(InfluxAway, match="it took too long"):
            written.write(numbered(1, 3), EPOCH)
        release.set()

        assert 3 == patiently(written, numbered(1, 3))
        assert {tuple(lines(1, 3))} == {tuple(sent) for sent in server.writes}


def test_a_secret_is_in_no_message(open_store: Open, flavour: str) -> None:
    """Not even where a server repeats it."""
    user = {"username": "u", "password": "hidden-word"} if flavour == "v1" else {"token": "hidden-word"}
    with scripted([Reply(401, b"hidden-word is wrong")] * 2 + [Reply(400, b"hidden-word again")]) as server:
        written = open_store(server, **user)
        with pytest.raises(InfluxAway) as away:
            written.write(numbered(1, 1), EPOCH)
        with pytest.raises(InfluxAway) as unread:
            written.readings("d", 0, 10)
        written.sender.pause.worked()
        written.write(numbered(1, 1), EPOCH)
        words = written.parked(1)[0].words

        assert "does not know us (*** is wrong)" in str(away.value)
        assert "hidden-word" not in f"{away.value} {unread.value} {words} {written.trouble} {written.settings!r}"


def test_a_secret_file_that_has_gone_is_told_by_name(open_store: Open, flavour: str, tmp_path: Path) -> None:
    """And is read anew when it is back."""
    file = tmp_path / "secret"
    file.write_text("s")
    secret: dict[str, Any] = {"token": "", "token_file": str(file)}
    with scripted() as server:
        written = open_store(server, **secret)
        file.unlink()
        with pytest.raises(InfluxAway, match=f"{file} cannot be read: No such file or directory"):
            written.write(numbered(1, 1), EPOCH)
        file.write_text("new")

        assert 1 == patiently(written, numbered(1, 1))
        assert ["Token new"] == [request.headers["Authorization"] for request in server.requests]


def test_a_read_only_store_writes_nothing_and_keeps_no_file(open_store: Open, tmp_path: Path) -> None:
    """Somebody else's data stays somebody else's."""
    with scripted() as server:
        written = open_store(server, mode="read-only")
        with pytest.raises(GiveUp, match='is used read-only; set mode = "read-write" to keep readings there'):
            written.write(numbered(1, 1), EPOCH)

        assert (0, [], (0, 0)) == (written.bookmark(EPOCH), written.parked(5), written.parked_counts())
        assert ([], False) == (server.requests, (tmp_path / "state").exists())


def test_a_pause_grows_with_jitter_up_to_its_limit_and_honours_what_was_asked() -> None:
    """Many stores that lost one server do not come back at one moment."""
    calm, hasty = Pause(60.0, chance=lambda: 1.0), Pause(60.0, chance=lambda: 0.0)
    grown = []
    for _ in range(12):
        for pause in (calm, hasty):
            pause.failed(None)
        grown.append((calm.seconds, hasty.seconds))

    for pair, expected in zip(grown, [(FIRST_PAUSE, FIRST_PAUSE / 2), (1.0, 0.5), (2.0, 1.0)], strict=False):
        assert pytest.approx(expected, abs=0.1) == pair
    assert pytest.approx((60.0, 30.0), abs=0.1) == grown[-1]
    calm.failed(1e9)
    assert LONGEST_ASKED * 1.1 >= calm.seconds
    calm.worked()
    assert 0 == calm.seconds


@pytest.mark.parametrize(("header", "low", "high"), [("7", 7, 7), ("0", 0, 0), ("-3", 0, 0), ("nan", 0, 0)])
def test_seconds_to_wait_are_a_number(header: str, low: float, high: float) -> None:
    """Or nothing that could hurt."""
    assert low <= (seconds_asked(header) or 0) <= high


def test_seconds_to_wait_may_be_a_date() -> None:
    """As HTTP allows; what is neither says nothing."""
    asked = seconds_asked(formatdate(time() + 100, usegmt=True))

    assert asked is not None
    assert 90 < asked <= 101
    assert (0, None, None) == (seconds_asked(formatdate(0)), seconds_asked("soon"), seconds_asked(None))
