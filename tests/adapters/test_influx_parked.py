"""Parked lines: what a server would not have is found, kept with its words, and holds up nothing else."""

import pytest

from adapters.influx import InfluxAway
from tests.http_server import Reply, Request, scripted, serving
from tests.influx_stores import EPOCH, Open, lines, numbered, patiently

pytest_plugins = ["tests.influx_fixtures"]


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
