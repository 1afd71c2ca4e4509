"""Survey: a customer's answer counts once, and a bad one reopens the ticket once."""

from dataclasses import replace

import pytest

from domain.closing import Survey
from domain.errors import IllegalMove, Unknown, WrongFormat
from domain.instants import DAY, HOUR
from domain.ticket import Ticket, TicketState
from tests.ticketing.promises import MONDAY, TICKET
from ticketing.survey import VALID, answered, asked, open_survey

CLOSED = replace(TICKET, state=TicketState.CLOSED, closed_at=MONDAY)
SURVEY = asked(CLOSED, "digest", MONDAY)


def said(
    rating: int,
    *,
    ticket: Ticket = CLOSED,
    survey: Survey = SURVEY,
    earlier: tuple[Survey, ...] = (),
    comment: str = "",
    occupant: Ticket | None = None,
):
    """The survey and the response after an answer an hour later."""
    return answered(
        ticket,
        survey,
        (*earlier, survey),
        rating=rating,
        comment=comment,
        now=MONDAY + HOUR,
        occupant=occupant,
        findings=(),
    )


@pytest.mark.parametrize(("rating", "reopens"), [(1, True), (2, True), (3, False), (4, False), (5, False)])
def test_two_stars_are_a_reason_to_look_again(rating: int, reopens: bool) -> None:
    """And three are not; the rating stands in the log before what follows from it."""
    survey, response = said(rating, comment="still noisy")
    assert (rating, reopens, MONDAY + HOUR) == (survey.rating, survey.reopened, survey.answered_at)
    assert ["rated", *(["reopened"] if reopens else [])] == [event.kind for event in response.events]
    assert {"customer"} == {event.actor for event in response.events}
    assert {"still noisy"} == {event.why for event in response.events}
    assert [TicketState.TRIAGED] * reopens == [ticket.state for ticket in response.tickets]


def test_a_second_bad_rating_reopens_nothing() -> None:
    """Once a ticket, whoever is asked again after it was closed again."""
    first, _ = said(1)
    second, response = said(1, earlier=(first,), survey=replace(SURVEY, digest="other"))
    assert not second.reopened
    assert () == response.tickets
    assert ["rated"] == [event.kind for event in response.events]


def test_what_is_open_already_is_only_rated() -> None:
    """A ticket that was taken up meanwhile is not reopened, and the answer does not use up the one time."""
    survey, response = said(1, ticket=replace(TICKET, state=TicketState.IN_PROGRESS))
    assert not survey.reopened
    assert () == response.tickets


def test_into_an_occupied_key_it_links() -> None:
    """Where another ticket is open for the same problem, there is never a second one."""
    other = replace(TICKET, number="T-2026-000002")
    survey, response = said(2, occupant=other)
    assert survey.reopened
    assert ["rated", "linked", "linked"] == [event.kind for event in response.events]


@pytest.mark.parametrize(
    ("survey", "after"),
    [
        (None, 0),
        (replace(SURVEY, answered_at=MONDAY), 0),
        (SURVEY, VALID),
        (SURVEY, VALID + DAY),
    ],
)
def test_a_link_works_once_and_not_for_ever(survey: Survey | None, after: int) -> None:
    """Unknown, answered and expired look the same from outside."""
    with pytest.raises(Unknown, match="answered or replaced, or has expired"):
        open_survey(survey, MONDAY + after)
    assert SURVEY == open_survey(SURVEY, MONDAY + VALID - 1)


@pytest.mark.parametrize(("rating", "comment"), [(0, ""), (6, ""), (-1, ""), (3, "x" * 2_001)])
def test_answers_have_bounds(rating: int, comment: str) -> None:
    """One to five stars, and a comment that ends."""
    with pytest.raises(WrongFormat):
        said(rating, comment=comment)


@pytest.mark.parametrize("state", [s for s in TicketState if s is not TicketState.CLOSED])
def test_only_what_is_closed_is_asked_about(state: TicketState) -> None:
    """Nobody rates what is not done."""
    with pytest.raises(IllegalMove):
        asked(replace(TICKET, state=state), "digest", MONDAY)
