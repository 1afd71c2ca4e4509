"""Broadcast: new lines of the ledger's event log, read once and handed to every client that listens."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence

from domain.errors import TryLater
from domain.ticket import LedgerEvent

log = logging.getLogger(__name__)

MOST_CLIENTS = 200
MOST_WAITING = 1_000
"""Lines that wait for one client; when they are more, it is slow and has to come back."""
PAGE = 500
LOOK_SECONDS = 0.1

Read = Callable[[int, int], Sequence[LedgerEvent]]
"""The event log after a position, at most so many lines; may block."""


class TooSlow(Exception):
    """The client took its lines more slowly than they came."""


class Closing(Exception):
    """The service stops."""


class Listener:
    """One client's bounded queue. When it is full, the client is let go: it resumes where it was."""

    def __init__(self, most: int) -> None:
        self.lines: asyncio.Queue[LedgerEvent] = asyncio.Queue(most)
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def hear(self, line: LedgerEvent) -> bool:
        """Queue a line; False when the queue is full."""
        try:
            self.lines.put_nowait(line)
        except asyncio.QueueFull:
            return False
        return True

    def end(self, reason: Exception) -> None:
        """No more lines will come."""
        if not self.ended.done():
            self.ended.set_exception(reason)
            self.ended.exception()

    async def next(self, seconds: float) -> LedgerEvent | None:
        """The next line; None when none came within `seconds`. Raises TooSlow, Closing, with what waited dropped."""
        if self.ended.done():
            self.ended.result()
        if not self.lines.empty():
            return self.lines.get_nowait()
        coming = asyncio.ensure_future(self.lines.get())
        try:
            await asyncio.wait((coming, self.ended), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            coming.cancel()
        if self.ended.done():
            self.ended.result()
        return coming.result() if coming.done() and not coming.cancelled() else None


class Broadcast:
    """Follows the event log while anybody listens; one read serves all."""

    def __init__(self, read: Read, *, most_waiting: int = MOST_WAITING) -> None:
        self.read = read
        self.most_waiting = most_waiting
        self.listeners: set[Listener] = set()
        self.position = 0
        self.is_heard = asyncio.Event()
        self.is_closing = False

    @property
    def is_full(self) -> bool:
        """No more clients are taken."""
        return len(self.listeners) >= MOST_CLIENTS

    async def keep_following(self) -> None:
        """Look for new lines until cancelled, and rest while nobody listens."""
        while True:
            await self.is_heard.wait()
            try:
                has_more = await self.follow()
            except TryLater as trouble:
                log.warning("the event log cannot be followed just now: %s", trouble)
                has_more = False
            if not has_more:
                await asyncio.sleep(LOOK_SECONDS)

    async def follow(self) -> bool:
        """Hand over what is new; False when nothing was."""
        lines = await asyncio.to_thread(self.read, self.position, PAGE)
        for line in lines:
            self.position = line.position
            for listener in [each for each in self.listeners if not each.hear(line)]:
                self.let_go(listener, TooSlow())
        return bool(lines)

    async def listen(self, after: int, seconds: float) -> AsyncGenerator[LedgerEvent | None, None]:
        """Lines after a position, in order, without loss or repetition; None whenever `seconds` passed without one.

        What is there already is read from the ledger at the client's own pace. Raises TooSlow, Closing.
        """
        async for known in self.past(after):
            yield known
            after = known.position
        listener = self.join(after)
        try:
            async for line in self.live(listener, after, seconds):
                yield line
        finally:
            self.leave(listener)

    async def past(self, after: int) -> AsyncGenerator[LedgerEvent, None]:
        """The lines after a position that are there already."""
        while page := await asyncio.to_thread(self.read, after, PAGE):
            for line in page:
                yield line
            after = page[-1].position

    async def live(self, listener: Listener, after: int, seconds: float) -> AsyncGenerator[LedgerEvent | None, None]:
        """What the queue brings; what the broadcast had passed before the client joined is read again."""
        while True:
            line = await listener.next(seconds)
            if line is None:
                yield None
            elif line.position > after:
                for missed in await self.between(after, line.position):
                    yield missed
                yield line
                after = line.position

    async def between(self, after: int, before: int) -> Sequence[LedgerEvent]:
        """The lines between two positions; positions have no gaps, so mostly there is nothing to read."""
        if before == after + 1:
            return []
        return await asyncio.to_thread(self.read, after, before - after - 1)

    def join(self, after: int) -> Listener:
        """One more client, which has everything up to `after`."""
        listener = Listener(self.most_waiting)
        if self.is_closing:
            listener.end(Closing())
            return listener
        # Others may be further back or ahead: reading from the client's place repeats lines for them, which they skip.
        self.position = min(self.position, after) if self.listeners else after
        self.listeners.add(listener)
        self.is_heard.set()
        return listener

    def leave(self, listener: Listener) -> None:
        """The client has gone."""
        self.listeners.discard(listener)
        if not self.listeners:
            self.is_heard.clear()

    def let_go(self, listener: Listener, reason: Exception) -> None:
        """End a client's stream."""
        self.leave(listener)
        listener.end(reason)

    def close(self) -> None:
        """End every stream; those who come now end at once."""
        self.is_closing = True
        for listener in list(self.listeners):
            self.let_go(listener, Closing())
