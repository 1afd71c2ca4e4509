"""Posting: one HTTP request to an address that the guard has let through, never another one."""

import asyncio
import logging
import ssl
from dataclasses import dataclass, field

import httpx

from adapters.ssrf_guard import Guard
from domain.counts import Counts
from domain.errors import GiveUp, TryLater
from domain.outgoing import Post, Reply

MOST_ANSWER_BYTES = 4_096
"""Of a longer answer no more is read."""
AGENT = "Truckroll"
logging.getLogger("httpx").setLevel(logging.WARNING)
"""It would write every address into the log, and those of chat robots are secrets."""


class PinnedTransport(httpx.AsyncBaseTransport):
    """Connects to the very address that the guard looked at; certificates are still those of the name."""

    def __init__(self, guard: Guard, tls: ssl.SSLContext) -> None:
        self.guard = guard
        self.inner = httpx.AsyncHTTPTransport(verify=tls, trust_env=False, limits=httpx.Limits(max_connections=64))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One request; its `Host` stays what it was."""
        name = request.url.host
        request.url = request.url.copy_with(host=await self.guard.address_of(str(request.url)))
        request.extensions = {**request.extensions, "sni_hostname": name}
        return await self.inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Let go of connections."""
        await self.inner.aclose()


@dataclass(slots=True)
class WebPoster:
    """The port `domain.ports.Poster` over HTTP. A connection is used for one request: the next one asks the guard."""

    guard: Guard
    seconds: float = 10.0
    """For everything together: name, connection, request and answer."""
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    counts: Counts = field(default_factory=Counts)

    async def post(self, post: Post) -> Reply:
        """Send it and return what came back. Raises TryLater, GiveUp."""
        host = self.guard.check_form(post.url).hostname
        self.counts.received += 1
        try:
            async with asyncio.timeout(self.seconds):
                reply = await self.ask(post)
        except TimeoutError:
            self.counts.failed += 1
            raise TryLater(f"{host} did not answer within {self.seconds:g} s.") from None
        except httpx.HTTPError as trouble:
            self.counts.failed += 1
            raise TryLater(f"{host} cannot be reached ({trouble or type(trouble).__name__}).") from None
        except (GiveUp, TryLater):
            self.counts.failed += 1
            raise
        self.counts.kept += 1
        return reply

    async def ask(self, post: Post) -> Reply:
        """One request over a connection of its own."""
        headers = {"User-Agent": AGENT, "Accept-Encoding": "identity", "Connection": "close", **post.headers}
        transport = PinnedTransport(self.guard, self.tls)
        async with (
            httpx.AsyncClient(transport=transport, follow_redirects=False, timeout=None, trust_env=False) as client,
            client.stream("POST", post.url, content=post.body, headers=headers) as answer,
        ):
            body = b""
            async for piece in answer.aiter_raw(MOST_ANSWER_BYTES):
                body += piece
                if len(body) >= MOST_ANSWER_BYTES:
                    break
            return Reply(
                status=answer.status_code,
                body=body[:MOST_ANSWER_BYTES],
                retry_after=answer.headers.get("Retry-After", ""),
            )
