"""The outbox: what the event log and the ladder have for the world outside leaves, without anybody waiting for it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Event

from sqlalchemy import Connection

from adapters import ledger_log, ledger_notices, ledger_outbox
from adapters.ledger_notices import Sending
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from adapters.notify_formats import Said, accepted, written
from domain.errors import GiveUp, TruckrollError, TryLater
from domain.instants import MINUTE, Duration, Instant
from domain.outgoing import Address, Delivery, Letter, OutState, Patience, Webhook
from domain.ports import Clock, Notifier, Poster
from domain.text import in_language
from domain.ticket import LedgerEvent, Response, Ticket
from ingest.health import Health
from ticketing import outbox
from ticketing.addresses import IN_APP, reached_by

PART = "outbox"
LEASE: Duration = 2 * MINUTE
"""What was taken out to be sent comes back by itself after so long: whoever took it was killed."""
LOOK_SECONDS = 0.25
PACE_SECONDS = 0.1
"""So long at least between two transactions, so that many outcomes share one and writers of tickets hardly notice."""
MOST_LINES = 500
"""Lines of the log that a webhook takes in at once."""
MOST_WAITING = 5_000
"""A webhook with so much on its way takes in no more: the log keeps it."""
MOST_PARKED = 1_000
"""A webhook with so many dead letters is switched off, and goes on where it was once it is switched on."""
AT_ONCE = 8
"""Requests to one webhook, or letters on one channel, at the same time, so that one that hangs leaves room."""
PLACES = 32
"""Everything that is on its way at the same time; beyond that each receiver still has one place of its own."""
MOST_NOTICES = 200
"""Notices that are looked at in one turn."""
MOST_THREADS = 64
"""For whoever waits without the loop: letters to mail servers, names that are asked."""

NOTICE = "notice"
SHOWN = "Shown in the app."

Flight = tuple[str, str]
"""What is on its way: `webhook` or `notice`, and its key."""
Outcome = str | TruckrollError
"""What the receiver said, or why it did not work."""
Ready = dict[Flight, Callable[[], Awaitable[str]]]
"""What may leave, and how it is sent."""


@dataclass(slots=True)
class Outbox:
    """A worker of its own. It takes out under the writers' lock, sends outside of it, and records what came of it.

    Killed anywhere, what it had taken out is sent again under the same key.
    """

    ledger: SqlLedger
    clock: Clock
    health: Health
    poster: Poster
    notifiers: Mapping[str, Notifier] = field(default_factory=dict)
    """By channel."""
    addresses: Callable[[str], Address | None] = lambda person: None
    patience: Patience = field(default_factory=Patience)
    flying: dict[Flight, "asyncio.Task[Outcome]"] = field(default_factory=dict)
    taken: dict[Flight, Delivery | Sending] = field(default_factory=dict)
    reached: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By notice on its way: channel and address."""
    desk: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "outbox"))
    """The ledger's thread: it never waits for those that wait for somebody outside."""

    def run(self, stop: Event) -> None:
        """Work until `stop`; what is on its way then is sent again after the next start."""
        asyncio.run(self.work(stop))

    async def work(self, stop: Event) -> None:
        """The same, in a loop of its own."""
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(MOST_THREADS, "sending"))
        try:
            while not stop.is_set():
                await self.turn()
                await self.rest()
        finally:
            for task in self.flying.values():
                task.cancel()
            await asyncio.gather(*self.flying.values(), return_exceptions=True)

    async def turn(self) -> None:
        """Record what has landed, and let leave what may; a ledger that cannot be used is tried again."""
        landed = {key: task for key, task in self.flying.items() if task.done()}
        try:
            outcomes = {key: task.result() for key, task in landed.items()}
            ready = await asyncio.get_running_loop().run_in_executor(self.desk, self.exchange, outcomes)
        except TryLater as trouble:
            self.health.red(PART, str(trouble))
            return
        self.health.green(PART)
        for key in landed:
            del self.flying[key]
            if key not in ready:
                del self.taken[key]
                self.reached.pop(key[1], None)
        for key, send in ready.items():
            if key in self.flying:
                continue
            self.flying[key] = asyncio.create_task(self.tried(send), name=f"{key[0]} {key[1]}")

    async def rest(self) -> None:
        """A moment; longer while nothing has landed."""
        await asyncio.sleep(PACE_SECONDS)
        if self.flying:
            await asyncio.wait(self.flying.values(), timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(LOOK_SECONDS)

    async def tried(self, send: Callable[[], Awaitable[str]]) -> Outcome:
        """What came of it. What nobody foresaw is an outcome, too: it is tried again, and parked in the end."""
        try:
            return await send()
        except (TryLater, GiveUp) as trouble:
            return trouble
        except Exception as unforeseen:  # noqa: BLE001 - one letter must not end the service; its words are kept
            return TryLater(f"Something unforeseen went wrong ({type(unforeseen).__name__}: {unforeseen}).")

    # -- under the writers' lock

    def exchange(self, landed: Mapping[Flight, Outcome]) -> Ready:
        """One transaction: what has landed is recorded, what may leave is taken out. Raises TryLater."""
        now = self.clock.now()
        if not landed and not self.has_work(now):
            return {}
        with self.ledger.begin() as transaction:
            self.settle_all(transaction, landed, now)
            self.take_in(transaction, now)
            return self.take_out(transaction, now, self.flying.keys() - landed.keys())

    def has_work(self, now: Instant) -> bool:
        """There are lines to take in, or something may leave."""
        with self.ledger.reading() as connection:
            last = ledger_log.last_line(connection)
            return bool(ledger_notices.due(connection, now, 1)) or any(
                (one.position < last and ledger_outbox.waiting(connection, one.id) < MOST_WAITING)
                or ledger_outbox.due(connection, one.id, now, 1)
                for one in ledger_outbox.webhooks(connection)
                if one.is_enabled
            )

    def take_in(self, transaction: SqlTransaction, now: Instant) -> None:
        """Webhooks take in the next lines of the log."""
        connection = transaction.connection
        for webhook in ledger_outbox.webhooks(connection):
            if not webhook.is_enabled or ledger_outbox.waiting(connection, webhook.id) >= MOST_WAITING:
                continue
            if lines := ledger_log.lines_after(connection, webhook.position, MOST_LINES):
                tickets = ledger_outbox.tickets_of(connection, {line.ticket for line in lines})
                ledger_outbox.add(connection, outbox.taken_in(webhook, lines, tickets, now))
                ledger_outbox.move_to(connection, webhook.id, lines[-1].position)

    def take_out(self, transaction: SqlTransaction, now: Instant, flying: Collection[Flight]) -> Ready:
        """What leaves now, claimed for the length of a lease."""
        ready: Ready = {}
        self.take_notices(transaction, now, flying, ready)
        for webhook in ledger_outbox.webhooks(transaction.connection):
            if webhook.is_enabled:
                its = sum(kind == webhook.id for kind, _ in flying)
                free = min(AT_ONCE - its, PLACES - len(flying) - len(ready))
                self.take_deliveries(transaction.connection, webhook, now, max(1 - its, free, 0), ready)
        return ready

    def take_notices(self, transaction: SqlTransaction, now: Instant, flying: Collection[Flight], ready: Ready) -> None:
        """The next letters of every channel that has room."""
        busy = Counter(self.reached[name][0] for kind, name in flying if kind == NOTICE)
        full = [channel for channel in busy if busy[channel] >= AT_ONCE]
        for sending in ledger_notices.due(transaction.connection, now, MOST_NOTICES, without=full):
            self.take_notice(transaction, sending, now, ready, busy)

    def take_deliveries(
        self,
        connection: Connection,
        webhook: Webhook,
        now: Instant,
        most: int,
        ready: Ready,
    ) -> None:
        """The next lines for one webhook."""
        found = ledger_outbox.due(connection, webhook.id, now, most) if most else []
        lines = ledger_outbox.lines_at(connection, [one.position for one in found])
        tickets = ledger_outbox.tickets_of(connection, {one.ticket for one in found})
        epoch = ledger_outbox.epoch(connection)
        claimed = [replace(one, tries=one.tries + 1, next_try_at=now + LEASE) for one in found]
        ledger_outbox.claim(connection, claimed)
        for one in claimed:
            key = (webhook.id, str(one.position))
            self.taken[key] = one
            ready[key] = self.posting(webhook, lines[one.position], tickets.get(one.ticket), epoch)

    def take_notice(
        self,
        transaction: SqlTransaction,
        sending: Sending,
        now: Instant,
        ready: Ready,
        busy: Counter[str],
    ) -> None:
        """One notice, if its channel has room; what needs no sending has its outcome at once."""
        claimed = replace(sending, tries=sending.tries + 1, next_try_at=now + LEASE)
        known = self.addresses(sending.notice.to)
        try:
            channel, address = reached_by(sending.notice.to, sending.notice.channel, known)
            if busy[channel] >= AT_ONCE:
                return
            self.reached[sending.notice.id] = channel, address
            if channel == IN_APP:
                self.settle_notice(transaction, claimed, SHOWN, now)
                return
            if channel not in self.notifiers:
                raise GiveUp(f"No {channel} can be sent: fill in {SETTINGS[channel]}, then retry.")
        except GiveUp as trouble:
            self.settle_notice(transaction, claimed, trouble, now)
            return
        busy[channel] += 1
        ledger_notices.save(transaction.connection, claimed)
        letter = letter_of(sending, address, known, ledger_outbox.epoch(transaction.connection))
        key = (NOTICE, sending.notice.id)
        self.taken[key] = claimed
        ready[key] = self.writing(self.notifiers[channel], letter)

    # -- outcomes

    def settle_all(self, transaction: SqlTransaction, landed: Mapping[Flight, Outcome], now: Instant) -> None:
        """Record what came of tries."""
        accepted_ones: list[Delivery] = []
        for key, outcome in landed.items():
            one = self.taken[key]
            if isinstance(one, Sending):
                self.settle_notice(transaction, one, outcome, now)
            elif isinstance(outcome, str):
                accepted_ones.append(one)
            else:
                self.settle_failure(transaction, one, outcome, now)
        ledger_outbox.sent(transaction.connection, accepted_ones, now)

    def settle_failure(self, transaction: SqlTransaction, one: Delivery, trouble: TruckrollError, now: Instant) -> None:
        """Again later, or parked; a webhook with too many dead letters is switched off."""
        connection = transaction.connection
        webhook = next((each for each in ledger_outbox.webhooks(connection) if each.id == one.webhook), None)
        if webhook is None:
            return
        key = outbox.idempotency_key(one.webhook, one.position)
        after = outbox.failed(one, key, trouble, now, self.patience)
        ledger_outbox.save(connection, after)
        if after.state is OutState.PARKED and ledger_outbox.parked(connection, webhook.id) >= MOST_PARKED:
            why = f"{MOST_PARKED} dead letters; the last answer: {after.said}"
            ledger_outbox.save_webhook(connection, replace(webhook, is_enabled=False, why_not=why))
            details = {"webhook": webhook.id}
            line = LedgerEvent(at=now, kind="webhook_disabled", actor=outbox.ACTOR, why=why, details=details)
            transaction.record(Response(events=(line,)))

    def settle_notice(self, transaction: SqlTransaction, one: Sending, outcome: Outcome, now: Instant) -> None:
        """Sent, again later, or parked; what is final stands in the event log."""
        state, at, said = OutState.SENT, now, str(outcome)
        if not isinstance(outcome, str):
            state, at = outbox.after_failure(one.notice.id, one.tries, outcome, now, self.patience)
        said = outbox.in_short(said)
        ledger_notices.save(transaction.connection, replace(one, state=state, next_try_at=at, said=said))
        if state is not OutState.WAITING:
            way = self.reached.get(one.notice.id, (one.notice.channel, ""))
            line = outbox.notified(one.notice, way, state=state, tries=one.tries, said=said, now=now)
            transaction.record(Response(events=(line,)))

    # -- sending

    def posting(
        self, webhook: Webhook, line: LedgerEvent, ticket: Ticket | None, epoch: str
    ) -> Callable[[], Awaitable[str]]:
        """Send one line to a webhook, written and signed when it leaves."""

        async def send() -> str:
            said = said_of(webhook, line, ticket, epoch)
            reply = await self.poster.post(written(webhook, said, self.clock.now()))
            return accepted(reply, webhook.format, self.clock.now())

        return send

    def writing(self, notifier: Notifier, letter: Letter) -> Callable[[], Awaitable[str]]:
        """Send one letter to a person."""

        async def send() -> str:
            return await notifier.send(letter)

        return send


SETTINGS = {"email": "[mail]", "sms": "sms_url in [out]"}


def said_of(webhook: Webhook, line: LedgerEvent, ticket: Ticket | None, epoch: str) -> Said:
    """What a webhook is told of a line."""
    key = outbox.idempotency_key(epoch, line.position)
    return Said(
        key=key,
        envelope=outbox.envelope(line, ticket, key),
        sentence=outbox.sentence(line, ticket, webhook.language),
    )


def letter_of(sending: Sending, address: str, known: Address | None, epoch: str) -> Letter:
    """The letter that a notice becomes, in its receiver's language."""
    notice, language = sending.notice, known.language if known else "en"
    return Letter(
        key=outbox.idempotency_key(epoch, notice.id),
        at=notice.at,
        to=address,
        ticket=notice.ticket,
        subject=in_language(notice.subject, language),
        text=in_language(notice.body, language),
    )
