"""Survey: a customer says how good it was; who is unhappy gets the ticket taken up again, once."""

import re
from collections.abc import Sequence
from dataclasses import replace

from domain.closing import BAD_RATING, Survey
from domain.errors import IllegalMove, Unknown, WrongFormat
from domain.finding import Finding
from domain.instants import DAY, Duration, Instant
from domain.report import Report
from domain.sla import Notice
from domain.text import LANGUAGES
from domain.ticket import Response, Ticket, TicketState
from ticketing.apart import reopen
from ticketing.catalogue_closing import SURVEY, SURVEY_SUBJECT
from ticketing.moves import line

CUSTOMER = "customer"
"""Who acts by a survey: a person, whose name nobody asks for."""
VALID: Duration = 30 * DAY
"""So long a link works."""
MOST_COMMENT = 2_000
RATINGS = range(1, 6)
ADDRESS = re.compile(r"[^\s@,;<>\"()]{1,64}@[^\s@,;<>\"()]{1,190}")
"""One plain mail address, and nothing else."""


def asked(ticket: Ticket, digest: str, now: Instant) -> Survey:
    """A survey about a ticket that is closed. Raises IllegalMove for another."""
    if ticket.state is not TicketState.CLOSED:
        raise IllegalMove(f"Ticket {ticket.number}", ticket.state, "rated", [TicketState.CLOSED])
    return Survey(ticket=ticket.number, digest=digest, asked_at=now, expires_at=now + VALID)


def open_survey(found: Survey | None, now: Instant) -> Survey:
    """The survey, if it can be answered now; else Unknown, which does not say which of the reasons it is."""
    if found is None or found.answered_at is not None or now >= found.expires_at:
        raise Unknown("open survey behind", "this link: it was answered or replaced, or has expired")
    return found


def answered(
    ticket: Ticket,
    survey: Survey,
    all_surveys: Sequence[Survey],
    *,
    rating: int,
    comment: str,
    now: Instant,
    occupant: Ticket | None,
    findings: Sequence[Finding],
) -> tuple[Survey, Response]:
    """The survey with its answer, and what to record. A bad rating reopens a closed ticket, unless one did before.

    `occupant` and `findings` as in `apart.reopen`. Raises Unknown, WrongFormat.
    """
    open_survey(survey, now)
    if rating not in RATINGS:
        raise WrongFormat([f"rating must be a whole number from {RATINGS.start} to {RATINGS.stop - 1}, not {rating}."])
    if len(comment) > MOST_COMMENT:
        raise WrongFormat([f"comment has at most {MOST_COMMENT:,} characters; make it shorter."])
    reopens = is_unhappy(rating) and ticket.state is TicketState.CLOSED and not any(s.reopened for s in all_surveys)
    said = replace(survey, answered_at=now, rating=rating, comment=comment, reopened=reopens)
    event = line("rated", ticket, now, CUSTOMER, comment, rating=rating, reopens=reopens)
    if not reopens:
        return said, Response(events=(event,))
    why = comment.strip() or f"rated {rating} of {RATINGS.stop - 1}"
    again = reopen(ticket, occupant, findings, by=CUSTOMER, now=now, revision=ticket.revision, why=why)
    return said, replace(again, events=(event, *again.events))


def receiver_of(reports: Sequence[Report]) -> str:
    """The address of the first who reported with one; empty where nobody did."""
    return next((each.reporter for each in reports if ADDRESS.fullmatch(each.reporter)), "")


def notice_id(number: str) -> str:
    """The id of the letter that asks about a ticket: there is one."""
    return f"{number}/survey"


def invitation(number: str, to: str, link: str, now: Instant) -> Notice:
    """The letter with the link, in both languages: nobody knows which one its receiver reads.

    It repeats nothing that was reported, so that nobody can have us write his words to somebody else.
    """
    said = {language: SURVEY[language].format(number=number, link=link) for language in LANGUAGES}
    subject = {language: SURVEY_SUBJECT[language].format(number=number) for language in LANGUAGES}
    return Notice(
        id=notice_id(number),
        at=now,
        channel="email",
        to=to,
        ticket=number,
        subject={language: " · ".join(subject.values()) for language in LANGUAGES},
        body={language: "\n\n".join(said.values()) for language in LANGUAGES},
    )


def is_unhappy(rating: int) -> bool:
    """So few points that somebody looks at it again."""
    return rating <= BAD_RATING
