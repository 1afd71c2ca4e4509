"""Survey: a customer rates a closed ticket behind a link that works once; no token but the link's own."""

from collections import OrderedDict
from threading import Lock
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import AfterValidator, Field, StringConstraints

from domain.instants import MINUTE, Instant
from truckroll.api.parts import Here
from truckroll.api.problem import TooMany, answers
from truckroll.api.shapes import Asked, At, Shape, TicketInPath, prose
from truckroll.survey import answer, invite, look_up

invitations = APIRouter(tags=["closing"])
router = APIRouter(tags=["survey"])

MOST_A_MINUTE = 60
"""Requests of one client."""
MOST_CLIENTS = 10_000
TokenInPath = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_-]{43}$", description="The token of the link, such as the invitation gave it.")
]
Comment = Annotated[str, StringConstraints(max_length=2_000), AfterValidator(prose)]


class Pace:
    """How often clients have asked in this minute. Beyond MOST_CLIENTS those that came first are forgotten."""

    def __init__(self) -> None:
        self.turn = Lock()
        self.asked: OrderedDict[tuple[str, int], int] = OrderedDict()

    def take(self, client: str, now: Instant) -> None:
        """Nothing, or TooMany."""
        key = (client, now // MINUTE)
        with self.turn:
            self.asked[key] = self.asked.get(key, 0) + 1
            while len(self.asked) > MOST_CLIENTS:
                self.asked.popitem(last=False)
            if self.asked[key] > MOST_A_MINUTE:
                raise TooMany


pace = Pace()


class Invitation(Shape):
    """A link for the customer; shown only here, because only its hash is kept."""

    token: str
    path: str
    """To be put behind the service's address."""
    expires_at: At


class Question(Shape):
    """What the customer is asked about."""

    title: dict[str, str]
    asset: str
    expires_at: At


class Rating(Asked):
    """What the customer thinks."""

    rating: int = Field(ge=1, le=5)
    comment: Comment = ""


class Thanks(Shape):
    """The answer was taken in."""

    rating: int
    reopened: bool
    """Somebody will look at it again."""


@invitations.post("/tickets/{number}/survey", summary="Invite the customer", responses=answers(401, 404, 409, 422, 503))
def invited(here: Here, number: TicketInPath) -> Invitation:
    """A link that works once and for 30 days. Links given before that nobody used end."""
    with here.running.ledger.begin() as transaction:
        token, survey = invite(transaction, number, here.clock.now())
    return Invitation.model_validate(
        {"token": token, "path": f"/api/v1/survey/{token}", "expires_at": survey.expires_at}
    )


def paced(here: Here, request: Request) -> None:
    """Nothing, or TooMany."""
    pace.take(request.client.host if request.client else "", here.clock.now())


@router.get("/survey/{token}", summary="What is asked", responses=answers(404, 422, 429, 503))
def question(here: Here, request: Request, token: TokenInPath) -> Question:
    """A link that was used, replaced, or is too old, is as unknown as one that never was."""
    paced(here, request)
    survey, ticket = look_up(here.running.ledger, token, here.clock.now())
    said = {"title": dict(ticket.title), "asset": ticket.asset, "expires_at": survey.expires_at}
    return Question.model_validate(said)


@router.post("/survey/{token}", summary="Rate it", responses=answers(404, 413, 422, 429, 503))
def rate(here: Here, request: Request, token: TokenInPath, said: Rating) -> Thanks:
    """From 1 to 5; with 1 or 2 the ticket is taken up again, once."""
    paced(here, request)
    survey = answer(here.running.ledger, token, rating=said.rating, comment=said.comment, now=here.clock.now())
    return Thanks(rating=said.rating, reopened=survey.reopened)
