"""Writing to InfluxDB: what each answer of a server means, told by one that follows a script."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email.utils import formatdate
from pathlib import Path
from time import time
from typing import Any

import pytest

from adapters.embedded_broker import LOOPBACK, free_port
from adapters.influx import InfluxAway, InfluxTelemetry
from adapters.influx_answers import seconds_asked
from adapters.influx_write import FIRST_PAUSE, LONGEST_ASKED, Pause
from domain.batch import Batch
from domain.errors import ForeignEpoch, GiveUp, TryLater
from tests.batches import batch_of
from tests.http_server import HttpServer, Reply, Request, scripted, serving
from tests.influx_stores import EPOCH, FLAVOURS, store

Open = Callable[..., InfluxTelemetry]


@pytest.fixture(params=FLAVOURS)
def flavour(request: pytest.FixtureRequest) -> str:
    """Both ways of writing."""
    return str(request.param)


@pytest.fixture
def open_store(tmp_path: Path, flavour: str) -> Iterator[Open]:
    """Opens stores of one directory, and closes them at the end."""
    with ExitStack() as stack:

        def opened(server: HttpServer | str, **settings: Any) -> InfluxTelemetry:
            url = server if isinstance(server, str) else server.url
            return stack.enter_context(store(tmp_path / "state", url, "plant", flavour, **settings))

        yield opened


def numbered(first: int, last: int) -> Batch:
    """A reading an entry, its value the entry's position."""
    return batch_of(
        [("d", position, {"x": position}, position) for position in range(first, last + 1)], after=first - 1
    )


def lines(first: int, last: int) -> list[bytes]:
    return [b"telemetry,device=d x=%d.0 %d" % (position, position) for position in range(first, last + 1)]


def patiently(written: InfluxTelemetry, batch: Batch) -> int:
    """Write as the recorder does: again and again."""
    while True:
        try:
            return written.write(batch, EPOCH)
        except TryLater:
            threading.Event().wait(written.sender.pause.seconds)


def test_a_batch_is_one_request_with_the_secret_and_compressed(open_store: Open, flavour: str) -> None:
    """Joined lines, in nanoseconds, to the address of the flavour."""
    with scripted() as server:
        assert 3 == open_store(server).write(numbered(1, 3), EPOCH)

        (request,) = server.requests
        assert lines(1, 3) == request.lines
        expected = {
            "v1": ("/write", {"db": "plant", "precision": "ns"}),
            "v2": ("/api/v2/write", {"org": "plant", "bucket": "plant", "precision": "ns"}),
        }
        assert expected[flavour] == (request.path, request.params)
        assert "gzip" == request.headers["Content-Encoding"]
        if flavour == "v2":
            assert "Token token-of-the-tests" == request.headers["Authorization"]


def test_what_is_on_this_machine_needs_no_compression(open_store: Open) -> None:
    """The same lines, as they are."""
    with scripted() as server:
        open_store(server, gzip=False).write(numbered(1, 3), EPOCH)

        assert b"\n".join(lines(1, 3)) == server.requests[0].body


def test_one_connection_serves_all_requests(open_store: Open) -> None:
    """Answered and parked lines alike."""
    with scripted(bad=b"x=5.0") as server:
        written = open_store(server)
        for first in range(1, 30, 3):
            written.write(numbered(first, first + 2), EPOCH)

        assert 1 == server.connections


def test_a_request_has_only_so_many_lines_and_bytes(open_store: Open) -> None:
    """Larger batches become several requests; the bookmark is behind all of them."""
    with scripted() as server:
        written = open_store(server, request_lines=4, request_bytes=1_024)
        written.write(numbered(1, 10), EPOCH)
        written.write(batch_of([("d", 11, {"x": "a" * 900}), ("d", 12, {"x": "b" * 900})], after=10), EPOCH)

        assert [4, 4, 2, 1, 1] == [len(sent) for sent in server.writes]
        assert 12 == written.bookmark(EPOCH)


def test_small_batches_travel_together(open_store: Open) -> None:
    """They wait for each other, up to the linger; nothing is told to be durable meanwhile."""
    with scripted() as server:
        written = open_store(server, request_lines=6, linger_seconds=60)
        for first in (1, 3, 5):
            durable = written.state.position if written.state else None
            assert (0, []) == (durable, server.writes)
            written.write(numbered(first, first + 1), EPOCH)

        assert [lines(1, 6)] == server.writes
        assert 6 == written.bookmark(EPOCH)


def test_what_waits_is_sent_in_time_although_nothing_more_comes(open_store: Open) -> None:
    """By the clock, not by the next batch."""
    arrived = threading.Event()

    def answer(request: Request) -> Reply:
        arrived.set()
        return Reply()

    with serving(answer) as server:
        written = open_store(server, linger_seconds=0.05)
        written.write(numbered(1, 2), EPOCH)

        assert arrived.wait(10)
        written.close()
        assert [lines(1, 2)] == server.writes


def test_closing_sends_what_waits(open_store: Open) -> None:
    """A store that is opened again goes on behind it."""
    with scripted() as server:
        open_store(server, linger_seconds=60).write(numbered(1, 2), EPOCH)
        again = open_store(server)

        assert 0 == again.bookmark(EPOCH)
        again.close()
    with scripted() as server:
        first = open_store(server, linger_seconds=60)
        first.write(numbered(1, 2), EPOCH)
        first.close()

        assert ([lines(1, 2)], 2) == (server.writes, open_store(server).bookmark(EPOCH))


def test_entries_without_readings_move_the_bookmark_without_a_request(open_store: Open) -> None:
    """Ticks and links are nothing to a telemetry store."""
    with scripted() as server:
        written = open_store(server)

        assert 0 == written.write(batch_of(after=0, upto=7), EPOCH)
        assert ([], 7) == (server.requests, written.bookmark(EPOCH))


def test_the_bookmark_belongs_to_one_journal(open_store: Open) -> None:
    """Another journal's positions mean nothing here."""
    with scripted() as server:
        written = open_store(server)
        written.write(numbered(1, 1), EPOCH)

        with pytest.raises(ForeignEpoch):
            written.bookmark("another")
        with pytest.raises(ForeignEpoch):
            written.write(numbered(2, 2), "another")


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


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_refused_request_is_halved_until_the_bad_lines_are_alone(open_store: Open, status: int) -> None:
    """The good ones arrive, each bad one is parked with the server's words, and the bookmark moves on."""
    bad = {17, 18, 400, 999}

    def answer(request: Request) -> Reply:
        if bad & {int(line.rsplit(b" ", 1)[1]) for line in request.lines}:
            return Reply(status, b'{"message":"no such thing"}')
        arrived.update(request.lines)
        return Reply()

    arrived: set[bytes] = set()
    with serving(answer) as server:
        written = open_store(server)
        written.write(numbered(1, 1000), EPOCH)

        assert set(lines(1, 1000)) - arrived == {line for n in bad for line in lines(n, n)}
        assert 1000 == written.bookmark(EPOCH)
        assert [999, 400, 18, 17] == [parked.position for parked in written.parked(10)]
        assert ("telemetry,device=d x=999.0 999", "no such thing") == written.parked(1)[0][2:]
        assert {"received": 1000, "kept": 996, "dropped": 4, "failed": 0} == written.counts.as_dict()
        assert len(server.requests) < 90


def test_a_server_that_says_it_dropped_all_is_not_asked_again(open_store: Open) -> None:
    """Thousands of lines of a wrong type cost one request, not twice their number."""
    words = b'{"error":"partial write: field type conflict: input field x is type float dropped=500"}'
    with scripted([Reply(400, words)]) as server:
        written = open_store(server)
        written.write(numbered(1, 500), EPOCH)

        assert (1, (500, 0)) == (len(server.requests), written.parked_counts())


def test_nothing_is_parked_before_the_whole_request_is_through(open_store: Open) -> None:
    """A server that goes away among the halves gets all of it again, and a line is parked once."""

    def answer(request: Request) -> Reply:
        asked.append(len(request.lines))
        if len(asked) == 6:
            return Reply(503)
        return Reply(400, b'{"error":"bad"}') if any(b" x=3.0" in line for line in request.lines) else Reply()

    asked: list[int] = []
    with serving(answer) as server:
        written = open_store(server)
        with pytest.raises(InfluxAway):
            written.write(numbered(1, 16), EPOCH)
        assert (0, 0) == written.parked_counts()

        assert 16 == patiently(written, numbered(1, 16))
        assert [3] == [parked.position for parked in written.parked(10)]


def test_a_store_that_is_closed_does_not_try_lines_to_the_end(open_store: Open) -> None:
    """Ten thousand bad lines must not keep the service from stopping."""

    def answer(request: Request) -> Reply:
        if len(request.lines) < 3_000:
            written.stop.set()
        return Reply(400)

    with serving(answer) as server:
        written = open_store(server)
        with pytest.raises(InfluxAway):
            written.write(numbered(1, 5_000), EPOCH)

        assert 3 > len(server.requests)


def test_parked_lines_survive_and_the_oldest_go_first(open_store: Open) -> None:
    """Up to their size; how many had to go is counted."""
    with scripted(bad=b"x=") as server:
        first = open_store(server, parked_bytes=1_000)
        first.write(numbered(1, 20), EPOCH)
        first.close()
        again = open_store(server, parked_bytes=1_000)
        kept, evicted = again.parked_counts()

        assert (20, kept) == (kept + evicted, len(again.parked(100)))
        assert list(range(20, 20 - kept, -1)) == [parked.position for parked in again.parked(100)]
        assert 5 < kept < 12


def test_a_batch_that_failed_in_its_middle_goes_on_where_it_stopped(open_store: Open) -> None:
    """Requests that were kept are not sent again, not even after a restart."""
    with scripted([Reply(), Reply(), Reply(503)]) as server:
        first = open_store(server, request_lines=3)
        with pytest.raises(InfluxAway):
            first.write(numbered(1, 10), EPOCH)
        first.held.clear()  # as a kill -9 would
        again = open_store(server, request_lines=3)

        assert 6 == again.bookmark(EPOCH)
        again.write(numbered(7, 10), EPOCH)
        assert [lines(1, 3), lines(4, 6), lines(7, 9), lines(7, 9), lines(10, 10)] == server.writes


def test_an_outage_holds_one_request_in_memory_and_no_more(open_store: Open) -> None:
    """However long it is: the journal keeps the rest."""
    with scripted([Reply(503)] * 50) as server:
        written = open_store(server, request_lines=100)
        for _ in range(50):
            with pytest.raises(InfluxAway):
                written.write(numbered(1, 1000), EPOCH)
            written.sender.pause.worked()

        assert 100 == len(written.held)
        assert 1000 == written.write(numbered(1, 1000), EPOCH)
        assert lines(1, 1000) == [line for sent in server.writes[50:] for line in sent]


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
