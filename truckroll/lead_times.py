"""Lead times: until the next free crew and the part on the shelf or from its supplier, as the ledger knows them now."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from adapters import ledger_crew, ledger_parts, ledger_people
from domain.crew import Span
from domain.instants import DAY, Duration, Instant
from domain.work_order import WorkOrder
from maintenance.condition import Lead
from maintenance.crew_live import PLANNED, Live, Terms, span_of, technician_of, technicians
from maintenance.lead import Free, free_of, lead_of
from truckroll.maintenance_settings import MaintenanceSettings
from truckroll.stock import shelves_of

AHEAD: Duration = 30 * DAY
"""So far ahead a free crew is looked for."""


def leads(connection: Connection, settings: MaintenanceSettings) -> Callable[[WorkOrder, Instant], Lead]:
    """For an order that would be made now. Who is free is looked up once, when it is first asked."""
    crews: dict[Instant, Sequence[Free]] = {}

    def lead(order: WorkOrder, now: Instant) -> Lead:
        if now not in crews:
            crews.clear()
            crews[now] = crew_of(connection, settings, now)
        site = ledger_parts.site_of(connection, order.asset)
        return lead_of(order, crews[now], shelves_of(connection, order), site, now)

    return lead


def crew_of(connection: Connection, settings: MaintenanceSettings, now: Instant) -> list[Free]:
    """Everybody who goes to assets, with the time that no order has yet."""
    staff = ledger_people.staff(connection)
    people, span = technicians(staff), Span(now, now + AHEAD)
    live, terms = Live(now=now, days=1, orders=(), staff=staff), Terms(zone=settings.zone)
    busy: dict[str, list[Span]] = defaultdict(list)
    for order in ledger_crew.orders_in(connection, sorted(PLANNED)) if people else ():
        if order.starts_at is not None:
            for who in order.technicians:
                busy[who].append(span_of(order))
    found = []
    for person in people:
        known = technician_of(live, person, terms, span)
        shifts = [shift.span for shift in known.shifts]
        found.append(Free(person, free_of(shifts, [*known.leave, *busy[person.id]], now)))
    return found
