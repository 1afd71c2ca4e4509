"""Retraction: what a rule version opened and nobody touched is taken back, in one change of the ledger."""

from domain.errors import WrongFormat
from domain.instants import Instant
from domain.ports import Ledger
from ticketing import retraction
from ticketing.incidents import ended
from ticketing.retraction import Retraction

__all__ = ["Retraction", "retract"]


def retract(ledger: Ledger, name: str, by: str, now: Instant) -> Retraction:
    """Cancel every open ticket that only `ID@VERSION` opened and nobody touched; the others are listed, unchanged.

    Its incidents end with their tickets, and nothing that it found is held back for later any more. Raises
    WrongFormat for a name that is none.
    """
    rule, _, version = name.rpartition("@")
    if not rule or not version:
        raise WrongFormat([f"{name!r} names no rule version; write ID@VERSION, such as tv-crash-loop@0a1b2c3d4e5f."])
    with ledger.begin() as transaction:
        tickets = transaction.tickets_of_rule(rule, version)
        response, done = retraction.retract(tickets, rule, version, by=by, now=now)
        transaction.record(response)
        gone = set(done.cancelled)
        for incident in transaction.open_incidents():
            if incident.ticket in gone:
                transaction.record(ended(incident, now, why="retracted"))
        transaction.free_rule(rule, version)
    return done
