"""Surveys: links that work once, of which only the hash is kept."""

import secrets
from hashlib import sha256

from adapters import ledger_closing
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.closing import Survey
from domain.instants import Instant
from domain.ticket import Ticket
from ticketing.survey import answered, asked, open_survey


def digest_of(token: str) -> str:
    """What is kept of a link's token. It is 256 random bits, so a plain hash cannot be guessed back."""
    return sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def invite(transaction: SqlTransaction, number: str, now: Instant) -> tuple[str, Survey]:
    """A new link about a closed ticket: its token, shown only here, and its survey. Links that nobody used end.

    Raises Unknown, IllegalMove.
    """
    token = secrets.token_urlsafe(32)
    survey = asked(transaction.ticket(number), digest_of(token), now)
    for former in ledger_closing.surveys_of(transaction.connection, number):
        if former.answered_at is None:
            ledger_closing.drop_survey(transaction.connection, former.digest)
    ledger_closing.save_survey(transaction.connection, survey)
    return token, survey


def look_up(ledger: SqlLedger, token: str, now: Instant) -> tuple[Survey, Ticket]:
    """The open survey behind a link, and its ticket. Raises Unknown."""
    with ledger.reading() as connection:
        survey = open_survey(ledger_closing.survey(connection, digest_of(token)), now)
    return survey, ledger.ticket(survey.ticket)


def answer(ledger: SqlLedger, token: str, *, rating: int, comment: str, now: Instant) -> Survey:
    """Take in an answer, once. Raises Unknown, WrongFormat."""
    with ledger.begin() as transaction:
        connection = transaction.connection
        survey = open_survey(ledger_closing.survey(connection, digest_of(token)), now)
        ticket = transaction.ticket(survey.ticket)
        said, response = answered(
            ticket,
            survey,
            ledger_closing.surveys_of(connection, ticket.number),
            rating=rating,
            comment=comment,
            now=now,
            occupant=transaction.open_ticket((ticket.asset, ticket.component, ticket.failure_mode)),
            findings=transaction.free_findings(ticket),
        )
        ledger_closing.save_survey(connection, said)
        transaction.record(response)
    return said
