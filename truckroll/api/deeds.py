"""Deeds: what people do to a ticket. Each names the revision it saw, and can be sent twice without being done twice."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Depends, Header

from adapters.ledger_lists import events_with_key
from adapters.ledger_write import SqlTransaction
from domain.instants import Instant
from domain.ticket import LedgerEvent, Response, Ticket
from truckroll.api.parts import Parts
from truckroll.api.problem import NoRevision, OtherRequest, Stale
from truckroll.api.shapes import Absent
from truckroll.wiring import Service

ETAG = re.compile(r'(?:^|,)\s*"(\d{1,18})"\s*(?=,|$)')
KEY, REQUEST = "idempotency_key", "request"

Act = Callable[[SqlTransaction, Ticket, Instant], Response]
"""What to record for a ticket as it is under the ledger's lock."""


class Once:
    """The headers under which a deed is done at most once, and only to the ticket that was seen."""

    def __init__(self, if_match: str | None, key: str | None) -> None:
        self.if_match = if_match
        self.key = key

    def check_seen(self, ticket: Ticket) -> None:
        """Nothing, or Stale when the person saw another ticket than the one that is there; NoRevision."""
        if self.if_match is None:
            raise NoRevision
        seen = self.if_match.strip()
        if seen != "*" and str(ticket.revision) not in ETAG.findall(seen):
            raise Stale(f"Ticket {ticket.number}")


IfMatch = Annotated[
    str | Absent, Header(alias="If-Match", description='The `ETag` of the ticket that was seen, such as `"3"`.')
]
IdempotencyKey = Annotated[
    str | Absent,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,128}$",
        description="Makes it safe to send the same request again.",
    ),
]


def once(if_match: IfMatch = None, idempotency_key: IdempotencyKey = None) -> Once:
    """From the request's headers."""
    return Once(if_match, idempotency_key)


Guarded = Annotated[Once, Depends(once)]


class Done:
    """A ticket after a deed, and the other tickets that it changed."""

    def __init__(self, ticket: Ticket, also: Sequence[Ticket]) -> None:
        self.ticket = ticket
        self.also = also


def perform(here: Parts, number: str, guard: Once, request: Any, act: Act) -> Done:
    """Do it under the ledger's lock. The same key with the same request again changes nothing.

    Raises Unknown, Stale, Conflict, IllegalMove, OtherRequest, NoRevision.
    """
    running: Service = here.running
    with running.ledger.begin() as transaction:
        ticket = transaction.ticket(number)
        digest = digest_of(request)
        if guard.key and (before := events_with_key(transaction, number, guard.key)):
            check_same(before, digest, guard.key)
            others = sorted({event.ticket for event in before} - {number})
            return Done(ticket, [transaction.ticket(other) for other in others])
        guard.check_seen(ticket)
        response = act(transaction, ticket, here.clock.now())
        changed = transaction.record(keyed(response, guard.key, digest))
    after = next((each for each in changed if each.number == number), ticket)
    return Done(after, [each for each in changed if each.number != number])


def digest_of(request: Any) -> str:
    """What tells a request from any other to the same path."""
    return sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()[:32]


def check_same(before: Sequence[LedgerEvent], digest: str, key: str) -> None:
    """Nothing, or OtherRequest."""
    if any(event.details.get(REQUEST) != digest for event in before):
        raise OtherRequest(key)


def keyed(response: Response, key: str | None, digest: str) -> Response:
    """The response, whose lines in the event log bear the key."""
    if key is None:
        return response
    events = [replace(event, details={**event.details, KEY: key, REQUEST: digest}) for event in response.events]
    return replace(response, events=tuple(events))
