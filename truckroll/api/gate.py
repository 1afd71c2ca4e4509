"""The gate before every request: who may come in, how much they may bring, and what every answer carries."""

import re
from collections.abc import Iterable, MutableMapping
from contextlib import suppress
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.counts import Counts
from truckroll.api.problem import problem
from truckroll.api.token import Token

MOST_BODY_BYTES = 1 << 20
UPLOAD = re.compile(r"/api/v1/tickets/[^/]+/attachments/[a-z_]+")
"""The one path whose body is a picture."""
SURVEY = re.compile(r"/api/v1/survey/[A-Za-z0-9_-]+")
"""The one path that a customer reaches; its own token stands in it."""
WITHOUT_TOKEN = frozenset({"/healthz", "/readyz", "/report", "/intake/webhook"})
SECURITY_HEADERS = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


class TooLarge(Exception):
    """The body is larger than it may be."""


class Gate:
    """ASGI: asks for the token before anything else, bounds the body, counts answers, adds security headers.

    `counts` of requests: kept = answered with success, dropped = refused (4xx), failed = 5xx or broken off.
    """

    def __init__(self, app: ASGIApp, token: Token, counts: Counts, most_upload: int = MOST_BODY_BYTES) -> None:
        self.app = app
        self.token = token
        self.counts = counts
        self.most_upload = most_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self.counts.received += 1
        answer = Answer(send)
        try:
            await self.admit(scope, receive, answer)
        finally:
            self.count(answer.status)

    async def admit(self, scope: Scope, receive: Receive, answer: "Answer") -> None:
        """Let the request in, or say why not."""
        headers = Headers(scope=scope)
        is_free = scope["path"] in WITHOUT_TOKEN or SURVEY.fullmatch(scope["path"]) is not None
        if not is_free and not self.token.opens(bearer(headers)):
            refused = problem(
                401,
                "Send the token that the first start printed as `Authorization: Bearer …`.",
                headers={"WWW-Authenticate": 'Bearer realm="truckroll"'},
            )
            await refused(scope, receive, answer)
            return
        most = self.most_upload if UPLOAD.fullmatch(scope["path"]) else MOST_BODY_BYTES
        body = Body(receive, answer, most)
        if said_length(headers) <= most:
            with suppress(TooLarge):
                await self.app(scope, body, answer)
        if answer.status == 0:
            answer.is_muted = False
            sentence = f"The body is larger than {most >> 20} MiB; send less."
            too_large = problem(413, sentence, headers={"Connection": "close"})
            await too_large(scope, receive, answer)

    def count(self, status: int) -> None:
        """One more answer; 0 = none was begun."""
        if 100 <= status < 400:
            self.counts.kept += 1
        elif 400 <= status < 500:
            self.counts.dropped += 1
        else:
            self.counts.failed += 1


class Body:
    """What the client sends, up to the limit. Beyond it raises TooLarge and mutes whatever the app makes of that."""

    def __init__(self, receive: Receive, answer: "Answer", most: int) -> None:
        self.receive = receive
        self.answer = answer
        self.most = most
        self.taken = 0

    async def __call__(self) -> Message:
        message = await self.receive()
        self.taken += len(message.get("body", b""))
        if self.taken > self.most:
            self.answer.is_muted = self.answer.status == 0
            raise TooLarge
        return message


class Answer:
    """What goes to the client, with the headers that every answer has."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.status = 0
        self.is_muted = False

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if self.is_muted:
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = list(with_security(message.get("headers", ())))
        await self.send(message)


def with_security(headers: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[bytes, bytes]]:
    """The headers and those for security."""
    yield from headers
    yield from SECURITY_HEADERS


def bearer(headers: Headers) -> str:
    """The token that a request presents; empty without one."""
    scheme, _, text = headers.get("authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else ""


def said_length(headers: Headers) -> int:
    """The body's length as the request says it; 0 where it says none."""
    said = headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 20 else 0
