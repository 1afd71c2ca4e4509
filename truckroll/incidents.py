"""Incidents: a person gives a member a ticket of its own, in one change of the ledger."""

from domain.errors import Unknown
from domain.incident import HoldKind
from domain.instants import Instant
from domain.ports import Ledger
from domain.ticket import Ticket
from ticketing.visits import Need, ticket_for_member


def give_ticket(ledger: Ledger, name: str, asset: str, *, need: Need, by: str, now: Instant, why: str = "") -> Ticket:
    """The member's own ticket, linked to the incident's; the same again answers the one that is there.

    Raises Unknown for an incident that is none, and for an asset that never was a member.
    """
    with ledger.begin() as transaction:
        incident = transaction.incident(name)
        if not transaction.is_known_member(name, asset):
            raise Unknown(f"member of incident {name} called", asset)
        held = transaction.held_by(HoldKind.INCIDENT, name, asset)
        component = held[0].component if held else ""
        findings = [finding for finding in held if finding.component == component]
        occupant = transaction.open_ticket((asset, component, incident.failure_mode))
        if occupant is not None and occupant.linked_to == incident.ticket and not findings:
            return occupant
        template = transaction.ticket(incident.ticket)
        response = ticket_for_member(incident, template, asset, findings, occupant, need=need, by=by, now=now, why=why)
        return transaction.record(response)[0]
