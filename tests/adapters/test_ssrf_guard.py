"""The guard: nobody inside is hit by an address that somebody wrote down, whatever the name service says later."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import pytest

from adapters.notify_webhook import MOST_ANSWER_BYTES, WebPoster
from adapters.ssrf_guard import Guard
from domain.errors import GiveUp, TryLater
from domain.outgoing import Post, Reply
from tests.http_server import Reply as Answer
from tests.http_server import Request, scripted, serving

INSIDE = [
    *("127.0.0.1", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
    *("255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:db8::1", "fe80::1%eth0"),
    *("fec0::1", "3fff::1", "192.88.99.1", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1", "2001:0:7f00:1::"),
]


def names(*answers: Sequence[str]) -> Guard:
    """A guard whose name service gives these answers in turn."""
    said = iter(answers)

    async def lookup(host: str, port: int) -> Sequence[str]:
        return next(said)

    return Guard(allow_http=True, lookup=lookup)


def posted(poster: WebPoster, url: str) -> Reply:
    """One request."""
    return asyncio.run(poster.post(Post(url=url, body=b"{}", headers={})))


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_inside_are_refused(address: str) -> None:
    """However they are written, also in IPv6 clothes."""
    with pytest.raises(GiveUp, match="not a public address"):
        asyncio.run(names([address]).address_of("https://example.com/"))


def test_public_addresses_are_let_through() -> None:
    """The first answer is the one to connect to."""
    assert "93.184.216.34" == asyncio.run(names(["93.184.216.34", "2606:2800:21f::1"]).address_of("http://a.example/"))


def test_one_answer_inside_among_public_ones_is_enough_to_refuse() -> None:
    """Else the next connection might take it."""
    with pytest.raises(GiveUp):
        asyncio.run(names(["93.184.216.34", "10.0.0.7"]).address_of("https://example.com/"))


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "localhost", "[::1]", "017700000001"])
def test_names_for_this_machine_are_refused_whatever_they_look_like(host: str) -> None:
    """This machine's own name service is asked, as the connection would."""
    with pytest.raises((GiveUp, TryLater)):
        asyncio.run(Guard(allow_http=True).address_of(f"http://{host}/"))


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.com/", "ftp://example.com/", "file:///etc/passwd", "//example.com/", "example.com", ""),
        *("https://user:secret@example.com/", "https:///path", "https://example.com:0/", "https://example.com:99999/"),
        *("https://example.com/\r\nX: y", "https://exa mple.com/", "https://[::1", "https://example.com/#a"),
        *("https://ex\u00e4mple.com/", "https://example.com/" + "a" * 2_000),
    ],
)
def test_what_is_no_plain_https_address_is_refused(url: str) -> None:
    """Before anybody is asked for it."""
    with pytest.raises(GiveUp):
        Guard().check_form(url)


def test_a_network_may_be_allowed() -> None:
    """And nothing beside it."""
    guard = Guard(networks=("10.1.0.0/16",))
    assert [True, False, True] == [guard.allows(ip) for ip in ("10.1.2.3", "10.2.0.1", "::ffff:10.1.2.3")]


def test_a_name_that_changes_between_the_look_and_the_connection_is_connected_where_it_was_looked_at() -> None:
    """DNS rebinding: the name is resolved once a request, and the socket goes to that very address."""
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    with scripted([Answer(200, b"ok")]) as server:
        guard = Guard(networks=("127.0.0.1/32",), allow_http=True, lookup=rebinding)
        poster = WebPoster(guard, seconds=2)
        url = f"http://hook.example:{server.server_address[1]}/x"
        assert 200 == posted(poster, url).status
        (request,) = server.requests
        assert f"hook.example:{server.server_address[1]}" == request.headers["Host"]
        assert ["hook.example"] == asked

        with pytest.raises(GiveUp, match=r"127\.0\.0\.2"):
            posted(poster, url)
        assert 1 == len(server.requests)


def test_a_redirect_is_not_followed() -> None:
    """Not even to an address that would be allowed."""
    with scripted() as other, scripted([Answer(307, b"", {"Location": other.url})]) as server:
        reply = posted(WebPoster(Guard(networks=("127.0.0.0/8",), allow_http=True)), server.url)

        assert (307, 0) == (reply.status, len(other.requests))


def test_of_an_endless_answer_only_the_beginning_is_read() -> None:
    """And of one that never ends, not for long."""

    def endless(request: Request) -> Answer:
        return Answer(200, b"x" * 10_000_000)

    with serving(endless) as server:
        reply = posted(WebPoster(Guard(networks=("127.0.0.0/8",), allow_http=True)), server.url)

    assert MOST_ANSWER_BYTES == len(reply.body)


def test_a_receiver_that_drips_is_left_when_its_time_is_over() -> None:
    """The time is for everything together, not for each byte."""

    async def scene() -> None:
        async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\n")
            with suppress(ConnectionError):
                while True:
                    writer.write(b"X: y\r\n")
                    await writer.drain()
                    await asyncio.sleep(0.02)
            writer.close()
            gone.set()

        gone = asyncio.Event()
        server = await asyncio.start_server(drip, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        poster = WebPoster(Guard(networks=("127.0.0.0/8",), allow_http=True), seconds=0.3)
        with pytest.raises(TryLater, match="did not answer"):
            await poster.post(Post(url=f"http://127.0.0.1:{port}/", body=b"", headers={}))
        await gone.wait()
        server.close()

    asyncio.run(scene())


def test_nobody_there_is_tried_again() -> None:
    """Also a name that nobody knows."""

    async def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("Name or service not known")

    with scripted() as server:
        url = server.url
    with pytest.raises(TryLater, match="cannot be reached"):
        posted(WebPoster(Guard(networks=("127.0.0.0/8",), allow_http=True)), url)
    with pytest.raises(TryLater, match="cannot be resolved"):
        posted(WebPoster(Guard(lookup=unknown)), "https://nowhere.example/")
