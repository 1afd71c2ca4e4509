"""The outbox over a real ledger: at least once, in order, with patience, and nothing is lost by a kill."""

import asyncio
import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from adapters import ledger_outbox
from adapters.ledger_sql import SqlLedger
from adapters.notify_formats import signature
from adapters.outbox_tables import delivery
from domain.errors import TryLater
from domain.instants import HOUR, MINUTE, SECOND
from domain.outgoing import Post, Reply
from tests.http_server import scripted
from tests.ledgers import ENGINES
from tests.outbox import HandClock, Scripted, drain, happened, hook, letters, opened, outbox
from tests.ticketing.promises import MONDAY
from truckroll import outbox as module


@pytest.fixture(params=ENGINES)
def ledger(request, tmp_path) -> Iterator[SqlLedger]:
    """An empty ledger on each engine, tied to a journal."""
    with SqlLedger(ENGINES[request.param](tmp_path)) as found:
        found.bind("epoch-1")
        yield found


def left(ledger: SqlLedger) -> list[tuple[int, str, int]]:
    """What is kept of deliveries: position, state, tries."""
    with ledger.reading() as connection:
        rows = connection.execute(select(delivery).order_by(delivery.c.position))
        return [(row.position, row.state, row.tries) for row in rows]


def keys(posts: list[Post]) -> list[str]:
    """The idempotency keys of requests, in order."""
    return [post.headers["Idempotency-Key"] for post in posts]


def test_a_line_reaches_its_receiver_signed_and_under_its_key(ledger: SqlLedger) -> None:
    """The receiver can check who sent it, when, and whether it came before."""
    clock = HandClock(MONDAY + SECOND)
    with scripted() as server:
        made = hook(ledger, f"{server.url}/hook?team=7")
        (number,) = opened(ledger, "tv-1")
        drain(outbox(ledger, clock))
        (request,) = server.requests

    said, headers = json.loads(request.body), request.headers
    assert ("/hook", {"team": "7"}) == (request.path, dict(request.params))
    assert ("epoch-1:1", "epoch-1:1") == (headers["Idempotency-Key"], said["id"])
    assert (1, "opened", number, "tv-1") == (said["position"], said["kind"], said["ticket"], said["now"]["asset"])
    timestamp = int(headers["Truckroll-Timestamp"])
    assert clock.at // SECOND == timestamp
    assert signature(made.secret, timestamp, request.body) == headers["Truckroll-Signature"]
    assert [] == left(ledger)
    with ledger.reading() as connection:
        kept = ledger_outbox.webhook(connection, "W-1")
    assert (1, 1, clock.at) == (kept.position, kept.sent, kept.last_sent_at)


def test_lines_of_a_ticket_come_in_order_and_those_of_others_do_not_wait(ledger: SqlLedger) -> None:
    """While the first line of a ticket fails, its later ones are held; another ticket goes on."""
    stuck, free = opened(ledger, "tv-1", "tv-2")
    is_down = [True]

    def answer(post: Post) -> Reply:
        return Reply(status=500 if is_down[0] and json.loads(post.body)["ticket"] == stuck else 200)

    poster, clock = Scripted(answer, []), HandClock()
    hook(ledger, "https://example.com/")
    box = outbox(ledger, clock, poster)
    happened(ledger, stuck, "moved", "edited")
    happened(ledger, free, "moved")
    drain(box)
    assert ["epoch-1:1", "epoch-1:2", "epoch-1:5"] == keys(poster.posts)

    is_down[0] = False
    clock.at += 10 * SECOND
    drain(box)
    drain(box)
    assert ["epoch-1:1", "epoch-1:3", "epoch-1:4"] == keys(poster.posts)[3:]
    assert [] == left(ledger)


def test_what_fails_is_tried_with_growing_pauses_then_parked_with_the_answers_words(ledger: SqlLedger) -> None:
    """Then the next line of the ticket has its turn; a person lets the dead letter go again."""
    poster, clock = Scripted(lambda post: Reply(status=503, body=b"down for\nrepairs"), []), HandClock()
    hook(ledger, "https://example.com/")
    (number,) = opened(ledger, "tv-1")
    box = outbox(ledger, clock, poster)
    pauses = []
    for _ in range(2):
        drain(box)
        with ledger.reading() as connection:
            waits = connection.execute(select(delivery.c.next_try_at)).scalar_one() - clock.at
        pauses.append(waits)
        clock.at += waits - 1
        drain(box)
        clock.at += 1
    assert 2 == len(poster.posts)
    drain(box)

    assert [True, True] == [2.5 * SECOND <= pauses[0] <= 5 * SECOND, 5 * SECOND <= pauses[1] <= 10 * SECOND]
    assert [(1, 3, "The receiver answered 503: down for repairs")] == letters(ledger)
    happened(ledger, number, "moved")
    poster.answer = lambda post: Reply(status=200)
    drain(box)
    with ledger.begin() as transaction:
        assert 1 == ledger_outbox.retry(transaction.connection, "W-1", clock.at)
    drain(box)
    assert ["epoch-1:2", "epoch-1:1"] == keys(poster.posts)[3:]
    assert [] == left(ledger)


def test_a_receiver_says_when_to_come_again(ledger: SqlLedger) -> None:
    """`Retry-After` is kept to, in seconds or as a date."""
    for answer in ("1800", "Mon, 23 Nov 2026 08:30:00 GMT"):
        poster, clock = Scripted(lambda post, said=answer: Reply(status=429, retry_after=said), []), HandClock()
        with ledger.begin() as transaction:
            ledger_outbox.remove_webhook(transaction.connection, "W-1")
        hook(ledger, "https://example.com/")
        opened(ledger, "tv-" + answer[:3])
        drain(outbox(ledger, clock, poster))
        with ledger.reading() as connection:
            at = connection.execute(select(delivery.c.next_try_at)).scalars().first()

        assert MONDAY + 30 * MINUTE == at


def test_a_redirect_and_a_refusal_are_parked_at_once(ledger: SqlLedger) -> None:
    """They would be the same however often they are tried; the receiver hears nothing at the other address."""
    hook(ledger, "https://example.com/")
    for status, asset in ((302, "tv-1"), (422, "tv-2")):
        opened(ledger, asset)
        drain(outbox(ledger, HandClock(), Scripted(lambda post, code=status: Reply(status=code), [])))

    assert [1, 1] == [tries for _, tries, _ in letters(ledger)]
    assert "Redirects are not followed" in letters(ledger)[0][2]


def test_what_was_taken_out_by_somebody_who_was_killed_leaves_again_under_the_same_key(ledger: SqlLedger) -> None:
    """Before the answer was recorded: at least once. After the lease it is due again."""
    clock = HandClock()
    hook(ledger, "https://example.com/")
    opened(ledger, "tv-1")
    killed = outbox(ledger, clock, Scripted(lambda post: Reply(status=200), []))
    killed.exchange({})
    poster = Scripted(lambda post: Reply(status=200), [])
    drain(outbox(ledger, clock, poster))
    assert [] == poster.posts

    clock.at += module.LEASE
    drain(outbox(ledger, clock, poster))
    assert ["epoch-1:1"] == keys(poster.posts)
    assert [] == left(ledger)


def test_a_replay_sends_again_from_a_position(ledger: SqlLedger) -> None:
    """Under the same keys, so that a receiver knows what it has."""
    poster, clock = Scripted(lambda post: Reply(status=200), []), HandClock()
    hook(ledger, "https://example.com/")
    opened(ledger, "tv-1", "tv-2", "tv-3")
    box = outbox(ledger, clock, poster)
    drain(box)
    with ledger.begin() as transaction:
        ledger_outbox.replay(transaction.connection, "W-1", 1)
    drain(box)

    assert ["epoch-1:1", "epoch-1:2", "epoch-1:3", "epoch-1:2", "epoch-1:3"] == keys(poster.posts)


def test_a_webhook_hears_only_what_it_asked_for(ledger: SqlLedger) -> None:
    """Kinds and the ticket's fields, both with `*`."""
    poster, clock = Scripted(lambda post: Reply(status=200), []), HandClock()
    hook(ledger, "https://example.com/", kinds=("moved", "sla_*"), filters={"asset": ("tv-*",), "severity": ("S1",)})
    tv, pump = opened(ledger, "tv-1", "pump-1")
    for number in (tv, pump):
        happened(ledger, number, "moved", "edited", "sla_warned")
    drain(outbox(ledger, clock, poster))

    heard = [(said["kind"], said["ticket"]) for said in (json.loads(post.body) for post in poster.posts)]
    assert [("moved", tv), ("sla_warned", tv)] == heard


def test_a_receiver_that_is_gone_is_switched_off_and_goes_on_where_it_was(ledger: SqlLedger, monkeypatch) -> None:
    """Its dead letters are bounded; the log keeps the rest until somebody switches it on."""
    monkeypatch.setattr(module, "MOST_PARKED", 3)
    monkeypatch.setattr(module, "MOST_LINES", 2)
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    hook(ledger, "https://example.com/")
    opened(ledger, *(f"tv-{n}" for n in range(9)))
    clock = HandClock()
    box = outbox(ledger, clock, Scripted(lambda post: TryLater("nobody answers"), []))
    for _ in range(8):
        drain(box)
        clock.at += HOUR
    with ledger.reading() as connection:
        webhook = ledger_outbox.webhook(connection, "W-1")

    assert (False, "3 dead letters; the last answer: nobody answers") == (webhook.is_enabled, webhook.why_not)
    assert "webhook_disabled" == ledger.events(0, 100)[-1].kind
    assert webhook.position < 9


def test_a_webhook_that_hangs_leaves_room_for_the_others(ledger: SqlLedger) -> None:
    """No more than a few of its requests are on their way at once."""

    async def scene() -> tuple[int, int]:
        never = asyncio.Event()

        class Half:
            async def post(self, post: Post) -> Reply:
                if "slow" in post.url:
                    await never.wait()
                return Reply(status=200)

        box = outbox(ledger, HandClock(), Half())
        for _ in range(12):
            await box.turn()
            await asyncio.sleep(0)
        on_its_way = len(box.flying)
        for task in box.flying.values():
            task.cancel()
        with ledger.reading() as connection:
            return on_its_way, ledger_outbox.webhook(connection, "W-quick").sent

    hook(ledger, "https://slow.example.com/", "W-slow")
    hook(ledger, "https://quick.example.com/", "W-quick")
    opened(ledger, *(f"tv-{n}" for n in range(20)))
    on_its_way, sent = asyncio.run(scene())

    assert (True, 20) == (on_its_way <= 2 * module.AT_ONCE, sent)
