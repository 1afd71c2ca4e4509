"""An outbox for tests: a ledger with tickets, a clock that is moved by hand, and receivers that do as they are told."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adapters import ledger_outbox
from adapters.ledger_sql import SqlLedger
from adapters.notify_webhook import WebPoster
from adapters.ssrf_guard import Guard
from domain.instants import SECOND, Instant
from domain.outgoing import Patience, Post, Reply, Webhook
from domain.ticket import LedgerEvent, Response
from ingest.health import Health
from tests.ticketing.promises import MONDAY, TICKET
from truckroll.outbox import Outbox

LOOPBACK = Guard(networks=("127.0.0.0/8",), allow_http=True)
SECRET = "s3cret"
PATIENCE = Patience(tries=3, first=5 * SECOND, longest=60 * SECOND)


@dataclass(slots=True)
class HandClock:
    """Shows what it is set to."""

    at: Instant = MONDAY

    def now(self) -> Instant:
        """The instant."""
        return self.at


@dataclass(slots=True)
class Scripted:
    """A poster that answers what a function says."""

    answer: Callable[[Post], Reply | Exception]
    posts: list[Post]

    async def post(self, post: Post) -> Reply:
        """One request."""
        self.posts.append(post)
        answer = self.answer(post)
        if isinstance(answer, Exception):
            raise answer
        return answer


def outbox(ledger: SqlLedger, clock: HandClock, poster: Any = None, **parts: Any) -> Outbox:
    """An outbox whose requests may reach this machine."""
    poster = poster or WebPoster(LOOPBACK, seconds=1.0)
    return Outbox(ledger, clock, Health(), poster, patience=PATIENCE, **parts)


async def settled(box: Outbox) -> None:
    """Turns until nothing is on its way and nothing may leave."""
    await box.turn()
    while box.flying:
        await asyncio.wait(box.flying.values())
        await box.turn()


def drain(box: Outbox) -> None:
    """The same, waited for."""
    asyncio.run(settled(box))


def hook(ledger: SqlLedger, url: str, name: str = "W-1", **words: Any) -> Webhook:
    """A webhook that hears everything from now on."""
    made = Webhook(id=name, url=url, secret=SECRET, created_at=MONDAY, **words)
    with ledger.begin() as transaction:
        ledger_outbox.save_webhook(transaction.connection, made)
    return made


def opened(ledger: SqlLedger, *assets: str) -> list[str]:
    """A ticket for each asset."""
    numbers = []
    with ledger.begin() as transaction:
        for asset in assets:
            ticket = replace(TICKET, number="", asset=asset, opened_at=MONDAY)
            line = LedgerEvent(at=MONDAY, kind="opened", actor="desk", details={"severity": "S1", "class": ""})
            numbers += [new.number for new in transaction.record(Response(tickets=(ticket,), events=(line,)))]
    return numbers


def happened(ledger: SqlLedger, number: str, *kinds: str, at: Instant = MONDAY) -> None:
    """Lines of the log about a ticket."""
    lines = [LedgerEvent(at=at, kind=kind, ticket=number, actor="operator", why="so") for kind in kinds]
    with ledger.begin() as transaction:
        transaction.record(Response(events=tuple(lines)))


def letters(ledger: SqlLedger, name: str = "W-1") -> Sequence[tuple[int, int, str]]:
    """The dead letters of a webhook: position, tries, words."""
    with ledger.reading() as connection:
        return [(d.position, d.tries, d.said) for d in ledger_outbox.dead_letters(connection, name, most=100)]
