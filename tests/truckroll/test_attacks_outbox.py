"""Attacks on the outbox: whoever hangs keeps nobody else waiting, and no words of a stranger call everybody."""

import asyncio
import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from adapters import ledger_outbox, ledger_sla
from adapters.ledger_sql import SqlLedger
from adapters.notify_formats import written
from domain.outgoing import Address, Letter, Post, Reply, Webhook, WebhookFormat
from domain.sla import Notice
from domain.ticket import LedgerEvent
from tests.outbox import HandClock, hook, opened, outbox
from tests.ticketing.promises import MONDAY, TICKET
from truckroll.outbox import AT_ONCE, PLACES, Outbox, said_of

FULL = 5
TAGGED = (WebhookFormat.FEISHU, WebhookFormat.SLACK)
"""Chats that read tags in a text."""


@pytest.fixture
def ledger(tmp_path) -> Iterator[SqlLedger]:
    """An empty ledger."""
    with SqlLedger(tmp_path / "ledger.db") as found:
        yield found


@dataclass
class Hanging:
    """Receivers that never answer where their address says so."""

    never: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(self, post: Post) -> Reply:
        """One request."""
        if "slow" in post.url:
            await self.never.wait()
        return Reply(status=200)

    async def send(self, letter: Letter) -> str:
        """One letter."""
        await self.never.wait()
        return "sent"


class Heard:
    """Takes every letter."""

    def __init__(self) -> None:
        self.letters: list[str] = []

    async def send(self, letter: Letter) -> str:
        """One letter."""
        self.letters.append(letter.key)
        return "sent"


class Blocking:
    """A mail server that keeps a thread waiting for each letter."""

    def __init__(self) -> None:
        self.end = threading.Event()

    async def send(self, letter: Letter) -> str:
        """One letter."""
        await asyncio.to_thread(self.end.wait)
        return "sent"


async def turns(box: Outbox, many: int) -> None:
    """So many turns, then whatever still hangs is let go."""
    for _ in range(many):
        await box.turn()
        await asyncio.sleep(0)
    for task in box.flying.values():
        task.cancel()


def notices(ledger: SqlLedger, channel: str, many: int) -> None:
    """Letters that are to go on a channel."""
    number = opened(ledger, f"tv-{channel}")[0]
    said = {"en": "x"}
    made = [
        Notice(id=f"{channel}-{n}", at=MONDAY, channel=channel, to="lee", ticket=number, subject=said, body=said)
        for n in range(many)
    ]
    with ledger.begin() as transaction:
        ledger_sla.add_notices(transaction.connection, made)


def lee(person: str) -> Address:
    """Everybody is reached under the same address."""
    return Address(person=person, email="lee@example.com", sms="+860000")


def sent(ledger: SqlLedger, name: str) -> int:
    """How much a webhook has had."""
    with ledger.reading() as connection:
        return ledger_outbox.webhook(connection, name).sent


def test_many_receivers_that_hang_leave_room_for_one_that_answers(ledger: SqlLedger) -> None:
    """The older ones had taken every place, again and again, for as long as they had something to get."""
    for n in range(FULL):
        hook(ledger, "https://slow.example.com/", f"W-{n}")
    hook(ledger, "https://quick.example.com/", "W-quick")
    opened(ledger, *(f"tv-{n}" for n in range(PLACES)))
    box = outbox(ledger, HandClock(), Hanging())
    asyncio.run(turns(box, PLACES + 5))

    assert PLACES == sent(ledger, "W-quick")


def test_a_mail_server_that_hangs_delays_neither_webhooks_nor_short_messages(ledger: SqlLedger) -> None:
    """Letters have as many places as one webhook, on each channel."""
    hook(ledger, "https://quick.example.com/", "W-quick")
    notices(ledger, "email", 2 * PLACES)
    notices(ledger, "sms", 1)
    phones = Heard()
    box = outbox(ledger, HandClock(), Hanging(), notifiers={"email": Hanging(), "sms": phones}, addresses=lee)
    asyncio.run(turns(box, 10))

    assert 1 == len(phones.letters)
    assert AT_ONCE == len(box.flying)
    assert 2 <= sent(ledger, "W-quick")


def test_threads_that_wait_for_a_mail_server_do_not_keep_the_ledger_waiting(ledger: SqlLedger) -> None:
    """What has landed is recorded, and webhooks go on, while every letter holds a thread."""
    hook(ledger, "https://quick.example.com/", "W-quick")
    notices(ledger, "email", PLACES)
    server = Blocking()
    box = outbox(ledger, HandClock(), Hanging(), notifiers={"email": server}, addresses=lee)

    async def scene() -> None:
        loop = asyncio.get_running_loop()
        stop = threading.Event()
        working = asyncio.create_task(box.work(stop))
        try:
            async with asyncio.timeout(30):
                while await loop.run_in_executor(None, sent, ledger, "W-quick") < 1:
                    await asyncio.sleep(0.01)
        finally:
            server.end.set()
            stop.set()
            await working

    asyncio.run(scene())


def test_addresses_of_robots_stay_out_of_the_log() -> None:
    """The library that asks them writes every one of them down, if it is let."""
    assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)


STRANGER = '<at user_id="all"></at> <!channel> ' + "black\n" * 2_000


@pytest.mark.parametrize("kind", [kind for kind in WebhookFormat if kind is not WebhookFormat.TRUCKROLL])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_strangers_words_call_nobody_and_reach_the_chat(kind: WebhookFormat, language: str) -> None:
    """No tag stays one, and a sentence is never so long that a robot refuses it for good (2,048 bytes)."""
    ticket = replace(TICKET, number="T-2026-000001", title={"en": STRANGER, "zh": STRANGER}, asset="屏" * 999)
    line = LedgerEvent(at=MONDAY, kind="moved", ticket=ticket.number, actor="lee", why="因" * 9_000)
    hears = Webhook(id="W-1", url="https://chat.example.com/robot", format=kind, language=language)
    body = json.loads(written(hears, said_of(hears, line, ticket, "epoch"), MONDAY).body)
    (text,) = [words for words in (body.get("text"), body.get("content", {})) if words]
    sentence = text if isinstance(text, str) else str(text.get("content") or text.get("text"))

    assert len(sentence.encode()) <= 2_048
    assert "\n" not in sentence
    assert kind not in TAGGED or "<" not in sentence
