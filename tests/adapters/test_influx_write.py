"""Writing to InfluxDB: what travels together, when, and where the bookmark stands."""

import threading

import pytest

from adapters.influx import InfluxAway
from domain.errors import ForeignEpoch
from tests.batches import batch_of
from tests.http_server import Reply, Request, scripted, serving
from tests.influx_stores import EPOCH, Open, lines, numbered

pytest_plugins = ["tests.influx_fixtures"]


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
