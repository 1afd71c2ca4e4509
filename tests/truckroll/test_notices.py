"""Notices over a real ledger: each by its channel, in its receiver's language, with evidence of what became of it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from adapters import ledger_notices, ledger_sla
from adapters.ledger_sql import SqlLedger
from adapters.notify_sms import SmsGateway
from adapters.notify_smtp import MailSettings, SmtpNotifier
from adapters.notify_webhook import WebPoster
from domain.errors import TryLater
from domain.instants import HOUR
from domain.outgoing import Address, Letter
from domain.sla import Notice
from tests.http_server import scripted
from tests.ledgers import ENGINES
from tests.outbox import LOOPBACK, SECRET, HandClock, drain, opened, outbox
from tests.smtp_server import Mailbox, mail_server
from tests.ticketing.promises import MONDAY

PEOPLE = {
    "lee": Address(person="lee", email="lee@example.com", sms="+861", prefers="sms", language="zh"),
    "kim": Address(person="kim", email="kim@example.com"),
}


@pytest.fixture(params=ENGINES)
def ledger(request, tmp_path) -> Iterator[SqlLedger]:
    """An empty ledger on each engine."""
    with SqlLedger(ENGINES[request.param](tmp_path)) as found:
        found.bind("epoch-1")
        yield found


def due(ledger: SqlLedger, *told: tuple[str, str]) -> str:
    """A ticket, and notices about it by channel and receiver."""
    (number,) = opened(ledger, "tv-1")
    notices = [
        Notice(
            id=f"{number}/response//{nth}",
            at=MONDAY,
            channel=channel,
            to=to,
            ticket=number,
            subject={"en": "an answer is due", "zh": "须响应"},
            body={"en": "Acknowledge it.", "zh": "请确认。"},
        )
        for nth, (channel, to) in enumerate(told)
    ]
    with ledger.begin() as transaction:
        ledger_sla.add_notices(transaction.connection, notices)
    return number


def became(ledger: SqlLedger) -> list[tuple[str, str, int]]:
    """State, words and tries of each notice, in order."""
    with ledger.reading() as connection:
        found = ledger_notices.listed(connection, most=100)
    return [(one.state.value, one.said, one.tries) for one in reversed(found)]


def evidence(ledger: SqlLedger) -> list[tuple[str, str, str, str]]:
    """Channel, receiver, address and outcome, as the event log has them."""
    lines = [line.details for line in ledger.events(0, 100) if line.kind == "notified"]
    return [(said["channel"], said["to"], said["address"], said["outcome"]) for said in lines]


def test_each_channel_has_its_way_and_every_send_its_evidence(ledger: SqlLedger) -> None:
    """Mail, short message, app, and for a supervisor what that person prefers."""
    clock, box = HandClock(), Mailbox()
    with mail_server(box) as port, scripted() as gateway:
        mail = SmtpNotifier(MailSettings(host="localhost", port=port, encryption="none", sender="desk@example.com"))
        sms = SmsGateway(f"{gateway.url}/sms", SECRET, WebPoster(LOOPBACK), clock)
        number = due(ledger, ("email", "kim"), ("sms", "lee"), ("in_app", "max"), ("supervisor", "lee"))
        drain(outbox(ledger, clock, notifiers={"email": mail, "sms": sms}, addresses=PEOPLE.get))
        said = [json.loads(request.body) for request in gateway.requests]

    assert ["sent"] * 4 == [state for state, _, _ in became(ledger)]
    assert [("kim@example.com", "an answer is due")] == [(m["To"], m["Subject"]) for m in box.messages]
    assert {("+861", "须响应", number)} == {(one["to"], one["text"], one["ticket"]) for one in said}
    assert {f"epoch-1:{number}/response//1", f"epoch-1:{number}/response//3"} == {one["id"] for one in said}
    assert sorted(
        [
            ("in_app", "max", "max", "sent"),
            ("email", "kim", "kim@example.com", "sent"),
            ("sms", "lee", "+861", "sent"),
            ("sms", "lee", "+861", "sent"),
        ]
    ) == sorted(evidence(ledger))


def test_what_cannot_be_sent_is_parked_with_what_to_do(ledger: SqlLedger) -> None:
    """Nobody on call, no address, no gateway: each says so, and goes once that is mended."""
    due(ledger, ("sms", ""), ("sms", "kim"), ("email", "kim"))
    box = outbox(ledger, HandClock(), addresses=PEOPLE.get)
    drain(box)

    assert [
        ("parked", "Nobody is on call for this; name a duty in the file of promises.", 1),
        ("parked", "kim has no address for sms; add it to the file of addresses, then retry.", 1),
        ("parked", "No email can be sent: fill in [mail], then retry.", 1),
    ] == became(ledger)
    assert ["parked"] * 3 == [outcome for *_, outcome in evidence(ledger)]

    box.notifiers = {"email": Kind([])}
    with ledger.begin() as transaction:
        assert 3 == ledger_notices.retry(transaction.connection, MONDAY)
    drain(box)
    assert ["parked", "parked", "sent"] == [state for state, _, _ in became(ledger)]


class Kind:
    """A notifier that fails as often as it is told to."""

    def __init__(self, troubles: list[Exception]) -> None:
        self.troubles = troubles
        self.letters: list[Letter] = []

    async def send(self, letter: Letter) -> str:
        """One letter."""
        self.letters.append(letter)
        if self.troubles:
            raise self.troubles.pop(0)
        return "Thank you."


@pytest.mark.parametrize(("fails", "state"), [(2, "sent"), (3, "parked")])
def test_a_letter_is_tried_again_under_the_same_key_until_it_is_parked(
    ledger: SqlLedger, fails: int, state: str
) -> None:
    """Also when what went wrong was foreseen by nobody."""
    clock = HandClock()
    troubles: list[Any] = [ValueError("odd"), TryLater("busy"), TryLater("busy")]
    notifier = Kind(troubles[:fails])
    due(ledger, ("email", "kim"))
    box = outbox(ledger, clock, notifiers={"email": notifier}, addresses=PEOPLE.get)
    for _ in range(5):
        drain(box)
        clock.at += HOUR

    assert [(state, {"sent": "Thank you.", "parked": "busy"}[state], 3)] == became(ledger)
    assert 3 == len(notifier.letters)
    assert 1 == len({letter.key for letter in notifier.letters})
    assert [state] == [outcome for *_, outcome in evidence(ledger)]


def test_a_notice_is_marked_as_read_once(ledger: SqlLedger) -> None:
    """Whoever asks for what nobody read does not see it any more."""
    due(ledger, ("in_app", "kim"), ("in_app", "lee"))
    with ledger.begin() as transaction:
        connection = transaction.connection
        for moment in (MONDAY, MONDAY + HOUR):
            ledger_notices.mark_read(connection, ledger_notices.at(connection, 1), moment, "kim")
        unread = ledger_notices.listed(connection, unread=True, most=10)
        read = ledger_notices.listed(connection, to="kim", most=10)

    assert (["lee"], [MONDAY]) == ([one.notice.to for one in unread], [one.read_at for one in read])
