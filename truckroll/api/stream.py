"""`/stream`: the ledger's event log as server-sent events, resumable at any line."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Header, Query
from pydantic import Field
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from adapters import ledger_lists
from domain.errors import Conflict, TryLater
from domain.ticket import LedgerEvent
from truckroll.api.broadcast import Broadcast, Closing, TooSlow
from truckroll.api.log import MOST_POSITION, LogLine
from truckroll.api.parts import Here
from truckroll.api.problem import answers
from truckroll.api.shapes import Absent, Asked

MEDIA_TYPE = "text/event-stream"
SIGN_OF_LIFE_SECONDS = 15.0
SEND_SECONDS = 30.0
"""A client that takes nothing for so long is cut off."""
RETRY_MS = 1_000
POSITION = r"^[0-9]{1,18}$"

router = APIRouter(tags=["event log"])


class StreamAsked(Asked):
    """What part of the log a client wants."""

    after: int | Absent = Field(None, ge=0, lt=MOST_POSITION, description="Lines after this position.")
    follow: bool = True


class EventStream(Response):
    """The answer: lines as they come, a comment as a sign of life, until client or service ends it."""

    def __init__(self, broadcast: Broadcast, after: int, *, follow: bool) -> None:
        super().__init__(media_type=MEDIA_TYPE, headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self.broadcast = broadcast
        self.after = after
        self.follow = follow

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gone = asyncio.ensure_future(left(receive))
        sending = asyncio.ensure_future(self.run(send))
        try:
            await asyncio.wait((gone, sending), return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            sending.cancel()
            await asyncio.gather(gone, sending, return_exceptions=True)

    async def run(self, send: Send) -> None:
        """Send everything; returns when the client must come back or takes nothing more."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async with aclosing(self.pieces()) as pieces:
            async for piece in pieces:
                async with asyncio.timeout(SEND_SECONDS):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The stream's bytes, piece by piece."""
        yield b"retry: %d\n\n" % RETRY_MS
        try:
            async with aclosing(self.lines()) as lines:
                async for line in lines:
                    yield b": still here\n\n" if line is None else event_bytes(line)
        except TooSlow:
            yield b": you read too slowly; come back with Last-Event-ID and nothing is lost\n\n"
        except Closing:
            yield b": truckroll stops; come back with Last-Event-ID and nothing is lost\n\n"
        except TryLater as trouble:
            yield f": {trouble}\n\n".encode()

    def lines(self) -> AsyncGenerator[LedgerEvent | None, None] | AsyncGenerator[LedgerEvent, None]:
        """Lines and, where none came for a while, None."""
        if self.follow:
            return self.broadcast.listen(self.after, SIGN_OF_LIFE_SECONDS)
        return self.broadcast.past(self.after)


async def left(receive: Receive) -> None:
    """Returns once the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def event_bytes(line: LedgerEvent) -> bytes:
    """One line of the log as a server-sent event."""
    said = LogLine.model_validate(line).model_dump_json()
    return f"id: {line.position}\ndata: {said}\n\n".encode()


@router.get(
    "/stream",
    summary="The event log, line by line as it grows",
    response_class=Response,
    responses={
        200: {"description": "Server-sent events; `id` is the position.", "content": {MEDIA_TYPE: {}}},
        **answers(401, 409, 422, 503),
    },
)
async def stream(
    here: Here,
    asked: Annotated[StreamAsked, Query()],
    last_event_id: Annotated[str | Absent, Header(alias="Last-Event-ID", pattern=POSITION)] = None,
) -> Response:
    """Every line after `Last-Event-ID`, else after `after`, else from now on.

    With `follow=false` the answer ends with the last line there is. A client that reads too slowly is cut off with a
    comment; it comes back with the last `id` that it got, and misses and repeats nothing.
    """
    if here.broadcast.is_full:
        raise TryLater("Too many clients listen already; try again when one has gone.")
    last = await asyncio.to_thread(ledger_lists.last_event, here.running.ledger)
    wanted = int(last_event_id) if last_event_id is not None else asked.after
    if wanted is not None and wanted > last:
        raise Conflict(f"The event log has only got to {last}, so {wanted} is of another log: it")
    return EventStream(here.broadcast, last if wanted is None else wanted, follow=asked.follow)
