"""The event log over HTTP: resumed without loss or repetition, by clients of any speed."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace

import httpx
import pytest

from domain.errors import TryLater
from domain.ticket import LedgerEvent
from tests.api.serving import Served, listening
from truckroll.api.broadcast import Broadcast, Closing, Listener, TooSlow
from truckroll.api.stream import EventStream

LINE = LedgerEvent(at=1_763_800_000_000_000_000, kind="moved", actor="anna", ticket="T-2026-000001")


class Log:
    """An event log in memory."""

    def __init__(self, length: int = 0) -> None:
        self.lines: list[LedgerEvent] = []
        self.grow(length)

    def grow(self, count: int) -> None:
        """More lines are committed."""
        for _ in range(count):
            self.lines.append(replace(LINE, position=len(self.lines) + 1))

    def read(self, after: int, most: int) -> Sequence[LedgerEvent]:
        """As the ledger reads it."""
        return self.lines[after : after + most]


async def take(stream: AsyncIterator[LedgerEvent | None], count: int) -> list[int]:
    """The positions of the next lines."""
    found: list[int] = []
    async for line in stream:
        found += [] if line is None else [line.position]
        if len(found) == count:
            break
    return found


def sse(address: str, token: str, **headers: str) -> httpx.Client:
    """A client that listens."""
    return httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}", **headers}, timeout=30)


def positions(lines: Iterator[str], count: int) -> list[int]:
    """The ids of the next events of a stream."""
    found: list[int] = []
    for line in lines:
        if line.startswith("id: "):
            found.append(int(line[4:]))
            if len(found) == count:
                break
    return found


def test_a_client_that_comes_back_misses_and_repeats_nothing(api: Served, capsys: pytest.CaptureFixture[str]) -> None:
    """Over a real socket: some events, a broken connection, more tickets meanwhile, and on from the last id."""
    api.crash("tv-sse-1", "tv-sse-2")
    log = [line["position"] for line in api.get("/log", limit=1000)["items"]]
    with listening(api) as address:
        token = capsys.readouterr().out.split("API token, shown this once: ", 1)[1].split()[0]
        with sse(address, token) as client, client.stream("GET", "/api/v1/stream", params={"after": 0}) as answer:
            seen = positions(answer.iter_lines(), 2)
        api.crash("tv-sse-3")
        last = {"Last-Event-ID": str(seen[-1])}
        with sse(address, token, **last) as client, client.stream("GET", "/api/v1/stream") as answer:
            assert "text/event-stream" in answer.headers["Content-Type"]
            lines = answer.iter_lines()
            seen += positions(lines, len(log) - 1)
            api.crash("tv-sse-4")
            seen += positions(lines, 1)

    assert list(range(1, len(log) + 3)) == seen


def test_without_a_place_it_begins_now_and_can_end_at_the_end(api: Served) -> None:
    """No id: only what comes; `follow=false`: what is there, then the end; a place beyond the log: 409."""
    whole = api.ask("GET", "/api/v1/stream?follow=false&after=0").text
    nothing = api.ask("GET", "/api/v1/stream?follow=false").text
    beyond = api.ask("GET", "/api/v1/stream", headers={"Last-Event-ID": "999999"})

    log = api.get("/log", limit=1000)["items"]
    assert log == [json.loads(line[6:]) for line in whole.split("\n") if line.startswith("data: ")]
    assert "retry: 1000\n\n" == nothing
    assert 409 == beyond.status_code


def test_lines_committed_while_a_client_catches_up_come_once() -> None:
    """Whatever is committed between its pages, at its joining and after it: every line once, in order."""

    async def story() -> list[int]:
        log = Log(1_200)
        broadcast = Broadcast(log.read)
        following = asyncio.create_task(broadcast.keep_following())
        stream = broadcast.listen(100, seconds=60)
        seen = await take(stream, 700)
        log.grow(300)
        other = broadcast.listen(1_499, seconds=60)
        seen += await take(stream, 700)
        log.grow(50)
        assert [1_500, *range(1_501, 1_551)] == await take(other, 51)
        seen += await take(stream, 50)
        following.cancel()
        await stream.aclose()
        await other.aclose()
        assert not broadcast.listeners
        return seen

    assert list(range(101, 1_551)) == asyncio.run(story())


def test_a_slow_client_is_let_go_and_the_quick_one_hears_everything() -> None:
    """Its queue is bounded: what does not fit ends its stream with TooSlow, and it comes back where it was."""

    async def story() -> None:
        log = Log()
        broadcast = Broadcast(log.read, most_waiting=10)
        slow, quick = broadcast.listen(0, 60), broadcast.listen(0, 60)
        first = [asyncio.create_task(take(stream, 1)) for stream in (slow, quick)]
        while len(broadcast.listeners) < 2:
            await asyncio.sleep(0)
        log.grow(1)
        await broadcast.follow()
        assert [[1], [1]] == await asyncio.gather(*first)
        heard = 1
        for _ in range(5):
            log.grow(4)
            await broadcast.follow()
            heard += len(await take(quick, 4))
        with pytest.raises(TooSlow):
            await take(slow, 30)
        again = broadcast.listen(1, 60)

        assert 21 == heard
        assert list(range(2, 22)) == await take(again, 20)
        for stream in (quick, again):
            await stream.aclose()

    asyncio.run(story())


def test_a_slow_client_is_told_so_in_a_comment() -> None:
    """The stream's last words are a comment, which no client takes for an event."""

    async def story() -> list[bytes]:
        log = Log(3)
        broadcast = Broadcast(log.read, most_waiting=2)
        stream = EventStream(broadcast, 0, follow=True).pieces()
        said = [await anext(stream) for _ in range(4)]
        waiting = asyncio.create_task(anext(stream))
        while not broadcast.listeners:
            await asyncio.sleep(0)
        log.grow(1)
        await broadcast.follow()
        said.append(await waiting)
        log.grow(3)
        await broadcast.follow()
        return [*said, *[piece async for piece in stream]]

    said = asyncio.run(story())
    assert [b"retry", b"id: 1", b"id: 2", b"id: 3", b"id: 4"] == [piece[:5] for piece in said[:5]]
    assert said[-1].startswith(b": you read too slowly")
    assert 6 == len(said)


def test_when_the_service_stops_every_stream_ends() -> None:
    """Also that of a client which comes at the last moment."""

    async def story() -> None:
        broadcast = Broadcast(Log().read)
        waiting = asyncio.create_task(take(broadcast.listen(0, 60), 1))
        while not broadcast.listeners:
            await asyncio.sleep(0)
        broadcast.close()
        for stream in (waiting, asyncio.create_task(take(broadcast.listen(0, 60), 1))):
            with pytest.raises(Closing):
                await stream

    asyncio.run(story())


def test_a_ledger_that_is_away_for_a_moment_ends_no_stream() -> None:
    """What follows the log waits and goes on."""

    async def story() -> list[int]:
        log, away = Log(), [TryLater("busy"), TryLater("busy")]

        def read(after: int, most: int) -> Sequence[LedgerEvent]:
            if broadcast.listeners and away:
                raise away.pop()
            return log.read(after, most)

        broadcast = Broadcast(read)
        following = asyncio.create_task(broadcast.keep_following())
        hearing = asyncio.create_task(take(broadcast.listen(0, 60), 2))
        log.grow(2)
        heard = await hearing
        following.cancel()
        return heard

    assert [1, 2] == asyncio.run(story())


def test_a_queue_gives_what_it_got_in_order() -> None:
    """And None when nothing comes in time."""

    async def story() -> list[int | None]:
        listener = Listener(2)
        said = [await listener.next(0.001)]
        heard = [listener.hear(replace(LINE, position=n)) for n in (1, 2, 3)]
        assert [True, True, False] == heard
        said += [await listener.next(1), await listener.next(1)]
        return [None if line is None else line.position for line in said]

    assert [None, 1, 2] == asyncio.run(story())
