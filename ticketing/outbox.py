"""Outbox: which lines of the event log somebody outside wants, when a failed try is repeated, and what is said."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import Any

from domain import actors
from domain.errors import GiveUp, TruckrollError
from domain.instants import DAY, Duration, Instant
from domain.outgoing import Delivery, NotBefore, OutState, Patience, Webhook
from domain.sla import Notice
from domain.text import Text, in_language
from domain.ticket import LedgerEvent, Ticket
from ticketing import catalogue_out

ACTOR = actors.OUTBOX
MOST_WORDS = 500
MOST_SAID = 120
"""Letters of each part of a sentence: a robot refuses a long one for good."""
LONGEST_PAUSE: Duration = DAY
"""Later than this nobody is tried again, whatever they ask for."""


def wants(webhook: Webhook, line: LedgerEvent, ticket: Ticket | None) -> bool:
    """A webhook is to hear a line. Its filters are about the ticket as it stands when the line is taken in."""
    if not any(fnmatchcase(line.kind, kind) for kind in webhook.kinds):
        return False
    if not webhook.filters:
        return True
    return ticket is not None and all(
        any(fnmatchcase(str(getattr(ticket, name)), value) for value in values)
        for name, values in webhook.filters.items()
    )


def taken_in(
    webhook: Webhook, lines: Sequence[LedgerEvent], tickets: Mapping[str, Ticket], now: Instant
) -> Iterable[Delivery]:
    """What a webhook gets of a stretch of the log."""
    return (
        Delivery(webhook=webhook.id, position=line.position, ticket=line.ticket, next_try_at=now)
        for line in lines
        if wants(webhook, line, tickets.get(line.ticket))
    )


def idempotency_key(epoch: str, position: int | str) -> str:
    """The same for every try of the same thing, and never used for another one."""
    return f"{epoch or 'unbound'}:{position}"


def pause(key: str, tries: int, patience: Patience) -> Duration:
    """How long to wait after so many tries: twice as long each time, spread over its upper half by the key, so that

    what failed together does not come again together.
    """
    whole = min(patience.first << min(tries - 1, 40), patience.longest)
    chance = int.from_bytes(sha256(f"{key}/{tries}".encode()).digest()[:4]) / 2**32
    return int(whole * (0.5 + chance / 2))


def after_failure(
    key: str, tries: int, trouble: TruckrollError, now: Instant, patience: Patience
) -> tuple[OutState, Instant]:
    """What a failed try leads to: another one, and when; or none."""
    if isinstance(trouble, GiveUp) or tries >= patience.tries:
        return OutState.PARKED, now
    asked = trouble.after if isinstance(trouble, NotBefore) else 0
    return OutState.WAITING, now + min(max(asked, pause(key, tries, patience)), LONGEST_PAUSE)


def failed(delivery: Delivery, key: str, trouble: TruckrollError, now: Instant, patience: Patience) -> Delivery:
    """A delivery after a try that failed."""
    state, at = after_failure(key, delivery.tries, trouble, now, patience)
    return replace(delivery, state=state, next_try_at=at, said=in_short(str(trouble)))


def in_short(words: str) -> str:
    """As much of an answer as is kept, in one line."""
    return " ".join(words.split())[:MOST_WORDS]


def notified(
    notice: Notice, way: tuple[str, str], *, state: OutState, tries: int, said: str, now: Instant
) -> LedgerEvent:
    """The line that says what became of a notice; `way` is the channel and the address that it took."""
    channel, address = way
    details = {
        "notice": notice.id,
        "channel": channel,
        "to": notice.to,
        "address": address,
        "outcome": state.value,
        "tries": tries,
        "said": said,
        "late": notice.is_late,
    }
    return LedgerEvent(at=now, kind="notified", ticket=notice.ticket, actor=ACTOR, details=details)


def envelope(line: LedgerEvent, ticket: Ticket | None, key: str) -> dict[str, Any]:
    """What a receiver of Truckroll's own format reads: the line, and the ticket as it stands when it leaves."""
    said: dict[str, Any] = {
        "id": key,
        "position": line.position,
        "at": line.at,
        "kind": line.kind,
        "ticket": line.ticket,
        "actor": line.actor,
        "why": line.why,
        "details": dict(line.details),
        "now": None,
    }
    if ticket is not None:
        names = ("number", "asset", "component", "failure_mode", "state", "severity", "priority", "ticket_class")
        said["now"] = {name: str(getattr(ticket, name)) for name in names} | {
            "title": dict(ticket.title),
            "assignee": ticket.assignee,
            "linked_to": ticket.linked_to,
        }
    return said


def sentence(line: LedgerEvent, ticket: Ticket | None, language: str) -> str:
    """A line as people read it in a chat: one line, and short enough for every one of them."""
    title = in_language(ticket.title, language) if ticket else ""
    named = {
        "number": line.ticket,
        "title": title,
        "asset": ticket.asset if ticket else "",
        "severity": ticket.severity.value if ticket else "",
        "state": in_language(catalogue_out.STATES[ticket.state.value], language) if ticket else "",
        "what": in_language(what(line.kind), language),
        "actor": line.actor,
        "why": f" ({shortened(line.why)})" if line.why else "",
    }
    told = {name: words if name == "why" else shortened(words) for name, words in named.items()}
    return in_language(catalogue_out.LINE if ticket else catalogue_out.LINE_WITHOUT, language).format(**told)


def shortened(words: str) -> str:
    """Words in one line; what is too long ends in dots."""
    line = " ".join(words.split())
    return line if len(line) <= MOST_SAID else f"{line[: MOST_SAID - 1]}…"


def what(kind: str) -> Text:
    """What a kind of line is called; its own word where it has no other."""
    return catalogue_out.KINDS.get(kind) or {"en": kind.replace("_", " ")}
