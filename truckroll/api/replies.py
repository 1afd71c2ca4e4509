"""Replies: canned answers with the device's facts, to be looked at before a person sends one as an answer."""

from fastapi import APIRouter

from ticketing import replies
from truckroll.api.parts import Running
from truckroll.api.problem import answers
from truckroll.api.shapes import Shape, TicketInPath
from truckroll.desk_files import load_classes

router = APIRouter(tags=["tickets"])


class Reply(Shape):
    """A canned answer; nothing of it has been sent."""

    id: str
    text: dict[str, str]


class Replies(Shape):
    """Those that suit the ticket as it stands."""

    items: list[Reply]


@router.get("/tickets/{number}/replies", summary="Canned replies", responses=answers(401, 404, 422, 503))
def canned(running: Running, number: TicketInPath) -> Replies:
    """In every language, with what is known of the device, to be looked at and changed."""
    ticket = running.ledger.ticket(number)
    kind = load_classes(running.settings).classes.get(ticket.ticket_class)
    return Replies(items=[Reply(id=one.id, text=dict(one.text)) for one in replies.replies(ticket, kind)])
