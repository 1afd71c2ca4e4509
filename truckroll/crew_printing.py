"""The crew's papers: a technician's day, the week's chart, and the calendar that a technician subscribes to."""

from collections.abc import Sequence
from datetime import date

from adapters import ledger_crew, ledger_people
from adapters.calendar_ics import Entry, feed
from adapters.ledger_sql import SqlLedger
from domain.errors import Unknown, WrongFormat
from domain.instants import DAY, Instant
from domain.text import in_language
from domain.work_order import OrderState
from maintenance.day_page import begin_of, day_page
from maintenance.gantt_page import gantt_page
from maintenance.printed import Printed
from truckroll.maintenance_settings import MaintenanceSettings
from truckroll.printing import printed

S = OrderState
SHOWN = (S.IN_REVIEW, S.APPROVED, S.RELEASED, S.DISPATCHED, S.IN_PROGRESS)
PAST = 30 * DAY
"""So long a visit stays in a calendar."""


def booked(ledger: SqlLedger, settings: MaintenanceSettings, now: Instant) -> list[Printed]:
    """Every order that the crew plan gave people and a time, and whose work is not done."""
    with ledger.reading() as connection:
        orders = [each for each in ledger_crew.orders_in(connection, SHOWN) if each.technicians and each.starts_at]
        return printed(connection, orders, settings.zone, now)


def day(ledger: SqlLedger, who: str, on: str, settings: MaintenanceSettings, now: Instant, *, language: str) -> str:
    """A technician's day, such as `2026-11-28`. Raises Unknown, WrongFormat."""
    check_known(ledger, who)
    try:
        local = date.fromisoformat(on)
    except ValueError:
        raise WrongFormat([f"{on} is no day; write it as 2026-11-28."]) from None
    return day_page(who, local, booked(ledger, settings, now), language)


def gantt(ledger: SqlLedger, week: str, settings: MaintenanceSettings, now: Instant, *, language: str) -> str:
    """The chart of an ISO week such as `2026-W48`. Raises WrongFormat."""
    return gantt_page(week, booked(ledger, settings, now), settings.zone, language)


def calendar(ledger: SqlLedger, who: str, settings: MaintenanceSettings, now: Instant, *, language: str) -> bytes:
    """A technician's calendar. Raises Unknown."""
    check_known(ledger, who)
    mine = [one for one in booked(ledger, settings, now) if who in one.order.technicians]
    recent = sorted((one for one in mine if begin_of(one) > now - PAST), key=begin_of)
    return feed(who, entries(recent, who, language))


def entries(visits: Sequence[Printed], who: str, language: str) -> list[Entry]:
    """Visits as a calendar shows them."""
    return [
        Entry(
            id=f"{one.order.number}.{who}",
            revision=one.order.revision,
            begin=begin_of(one),
            end=one.order.ends_at or begin_of(one),
            changed_at=one.order.changed_at,
            title=f"{one.order.asset}: {in_language(one.order.title, language)}",
            words=f"{one.order.number}\n{in_language(one.order.why, language)}",
            where=one.site,
            lat=one.facts.lat if one.facts else None,
            lon=one.facts.lon if one.facts else None,
        )
        for one in visits
    ]


def check_known(ledger: SqlLedger, who: str) -> None:
    """Nothing, or Unknown."""
    with ledger.reading() as connection:
        if who not in ledger_people.staff(connection).people:
            raise Unknown("technician", who)
