"""Webhooks, as people look after them: made, listed, tried out, switched off, replayed; by API and command line."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from adapters import ledger_log, ledger_outbox
from adapters.ledger_sql import SqlLedger
from adapters.notify_formats import accepted, written
from adapters.notify_webhook import WebPoster
from domain.errors import GiveUp, TryLater, Unknown, WrongFormat
from domain.instants import Instant
from domain.outgoing import EVERY_FILTER, Webhook, WebhookFormat
from domain.text import LANGUAGES
from domain.ticket import LedgerEvent
from ticketing.outbox import ACTOR
from truckroll.outbox import said_of

MOST_WEBHOOKS = 50
SECRET_BYTES = 32
TEST = "webhook_test"
LOOKUP_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody asks for."""

    url: str
    format: WebhookFormat = WebhookFormat.TRUCKROLL
    kinds: Sequence[str] = ("*",)
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    language: str = "en"
    secret: str = ""
    """Empty: one is made for Truckroll's own format; chat robots then have none."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a test."""

    ok: bool
    said: str


def made(ledger: SqlLedger, poster: WebPoster, wanted: Wanted, now: Instant) -> Webhook:
    """A new webhook, checked and saved; it hears what happens from now on. Whoever makes it shows its secret, once.

    Raises WrongFormat, TryLater.
    """
    check(wanted, poster)
    is_own = wanted.format is WebhookFormat.TRUCKROLL
    webhook = Webhook(
        id=f"W-{secrets.token_hex(6)}",
        url=wanted.url,
        format=wanted.format,
        kinds=tuple(wanted.kinds),
        filters={name: tuple(values) for name, values in wanted.filters.items()},
        language=wanted.language,
        secret=wanted.secret or (secrets.token_urlsafe(SECRET_BYTES) if is_own else ""),
        created_at=now,
    )
    with ledger.begin() as transaction:
        if len(ledger_outbox.webhooks(transaction.connection)) >= MOST_WEBHOOKS:
            raise WrongFormat([f"There are {MOST_WEBHOOKS} webhooks; remove one first."])
        last = ledger_log.last_line(transaction.connection)
        ledger_outbox.save_webhook(transaction.connection, replace(webhook, position=last))
    return replace(webhook, position=last)


def check(wanted: Wanted, poster: WebPoster) -> None:
    """Nothing, or WrongFormat with every mistake."""
    mistakes = [
        f"filters: {name} is unknown; there are: {', '.join(EVERY_FILTER)}"
        for name in wanted.filters
        if name not in EVERY_FILTER
    ]
    if not wanted.kinds:
        mistakes.append('kinds is empty; write "*" for all')
    if wanted.language not in LANGUAGES:
        mistakes.append(f"language must be one of {', '.join(LANGUAGES)}")
    try:
        asyncio.run(resolved(wanted.url, poster))
    except (GiveUp, TryLater) as trouble:
        mistakes.append(f"url: {trouble}")
    except TimeoutError:
        mistakes.append("url: its name cannot be resolved; check it, or try again later.")
    if mistakes:
        raise WrongFormat(mistakes)


async def resolved(url: str, poster: WebPoster) -> None:
    """The guard lets it through. Raises GiveUp, TryLater, TimeoutError."""
    async with asyncio.timeout(LOOKUP_SECONDS):
        await poster.guard.address_of(url)


def tried(ledger: SqlLedger, poster: WebPoster, name: str, now: Instant) -> Tried:
    """Send a test message now, past the queue. Raises Unknown."""
    with ledger.reading() as connection:
        webhook = ledger_outbox.webhook(connection, name)
        epoch = ledger_outbox.epoch(connection)
    line = LedgerEvent(at=now, kind=TEST, actor=ACTOR, details={"webhook": name})
    said = said_of(webhook, line, None, epoch)
    said = replace(said, key=f"test:{secrets.token_hex(8)}")
    try:
        reply = asyncio.run(poster.post(written(webhook, said, now)))
        return Tried(True, accepted(reply, webhook.format, now))
    except (GiveUp, TryLater) as trouble:
        return Tried(False, str(trouble))


def switched(ledger: SqlLedger, name: str, *, on: bool, why: str = "") -> Webhook:
    """Switch it on or off; what is on its way waits meanwhile, and the log keeps the rest. Raises Unknown."""
    with ledger.begin() as transaction:
        webhook = ledger_outbox.webhook(transaction.connection, name)
        webhook = replace(webhook, is_enabled=on, why_not="" if on else why or "A person switched it off.")
        ledger_outbox.save_webhook(transaction.connection, webhook)
    return webhook


def removed(ledger: SqlLedger, name: str) -> Webhook:
    """Forget it with all that was on its way. Raises Unknown."""
    with ledger.begin() as transaction:
        webhook = ledger_outbox.webhook(transaction.connection, name)
        ledger_outbox.remove_webhook(transaction.connection, name)
    return webhook


def replayed(ledger: SqlLedger, name: str, position: int) -> Webhook:
    """It hears everything after a position of the event log again. Raises Unknown, WrongFormat."""
    with ledger.begin() as transaction:
        connection = transaction.connection
        ledger_outbox.webhook(connection, name)
        if position > (last := ledger_log.last_line(connection)):
            raise WrongFormat([f"The event log ends at {last}; write a position up to there."])
        ledger_outbox.replay(connection, name, position)
        return ledger_outbox.webhook(connection, name)


def retried(ledger: SqlLedger, name: str, now: Instant, position: int | None = None) -> int:
    """Dead letters are tried again; how many. Raises Unknown."""
    with ledger.begin() as transaction:
        ledger_outbox.webhook(transaction.connection, name)
        many = ledger_outbox.retry(transaction.connection, name, now, position)
    if position is not None and not many:
        raise Unknown("dead letter", str(position))
    return many


def place_of(webhook: Webhook) -> str:
    """Where it goes, without what may be secret: chat robots have their key in the query or the path."""
    parts = urlsplit(webhook.url)
    path = parts.path if webhook.format is WebhookFormat.TRUCKROLL else "/…"
    return f"{parts.scheme}://{parts.netloc}{path}{'?…' if parts.query else ''}"
