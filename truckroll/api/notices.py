"""Notices: what people are told when a promise is about to break, and what became of it."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from adapters import ledger_notices
from adapters.ledger_notices import Sending
from domain.errors import Unknown
from domain.outgoing import OutState
from truckroll.api.acts import Actor
from truckroll.api.parts import Here, Running
from truckroll.api.problem import answers
from truckroll.api.shapes import Absent, Asked, At, MaybeAt, Page, Shape, Word, page

MOST_PLACE = 2**62

router = APIRouter(tags=["notices"])

Place = Annotated[int, Path(ge=1, lt=MOST_PLACE, description="The notice's place.")]


class Notice(Shape):
    """Something that somebody is told."""

    place: int
    id: str
    """Also the key of its idempotency."""
    at: At
    channel: str
    to: str
    ticket: str
    subject: dict[str, str]
    body: dict[str, str]
    late: bool
    state: OutState
    tries: int
    said: str
    """The receiver's words, or why it did not work."""
    read_at: MaybeAt


class NoticesAsked(Asked):
    """Which notices."""

    to: Word | Absent = None
    state: OutState | Absent = None
    unread: bool = False
    cursor: int | Absent = Field(None, ge=1, lt=MOST_PLACE, description="Notices before this place.")
    limit: int = Field(50, ge=1, le=200)


class Reading(Asked):
    """Who saw it."""

    by: Actor = "operator"


def shown(one: Sending) -> Notice:
    """A notice as it travels."""
    told = one.notice
    names = ("id", "at", "channel", "to", "ticket", "subject", "body")
    said = {name: getattr(told, name) for name in names} | {"late": told.is_late}
    beside = {name: getattr(one, name) for name in ("place", "state", "tries", "said", "read_at")}
    return Notice.model_validate(said | beside)


@router.get("/notices", summary="Notices, newest first", responses=answers(401, 422, 503))
def notices(running: Running, asked: Annotated[NoticesAsked, Query()]) -> Page[Notice]:
    """Of one person or of all, whichever way they went; `unread` are those that nobody marked as read."""
    with running.ledger.reading() as connection:
        found = ledger_notices.listed(
            connection,
            to=asked.to or "",
            unread=asked.unread,
            state=asked.state.value if asked.state else "",
            before=asked.cursor or MOST_PLACE,
            most=asked.limit + 1,
        )
    return page(Page[Notice], [shown(one) for one in found], asked.limit, lambda one: one.place)


@router.post("/notices/{place}/read", summary="Mark one as read", responses=answers(401, 404, 413, 422, 503))
def read(here: Here, place: Place, said: Reading) -> Notice:
    """The first time counts."""
    with here.running.ledger.begin() as transaction:
        one = ledger_notices.at(transaction.connection, place)
        ledger_notices.mark_read(transaction.connection, one, here.clock.now(), said.by)
        return shown(ledger_notices.at(transaction.connection, place))


@router.post("/notices/{place}/retry", summary="Send a parked one again", responses=answers(401, 404, 422, 503))
def retry(here: Here, place: Place) -> Notice:
    """It begins anew."""
    with here.running.ledger.begin() as transaction:
        if not ledger_notices.retry(transaction.connection, here.clock.now(), place):
            raise Unknown("parked notice", str(place))
        return shown(ledger_notices.at(transaction.connection, place))
