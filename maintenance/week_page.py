"""Week page: the orders of a week by day and site, to be printed and pinned to the wall."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from html import escape
from re import compile as pattern

from domain.errors import WrongFormat
from domain.instants import Instant
from domain.text import in_language
from maintenance import catalogue_review as catalogue
from maintenance.plan_dates import day_of
from maintenance.printed import Printed, page, parts_of, said, source_of, table, time_text, word
from maintenance.review import by_due, stands_at

WEEK = pattern(r"(\d{4})-W(\d{1,2})")
COLUMNS = ("order", "asset", "work", "parts", "skills", "hours", "due", "who", "state")


def monday_of(week: str) -> date:
    """The first day of an ISO week such as `2026-W48`. Raises WrongFormat."""
    found = WEEK.fullmatch(week)
    try:
        if found:
            return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:
        pass
    raise WrongFormat([f"{week} is no week; write it as 2026-W48."])


def week_page(week: str, orders: Iterable[Printed], today: date, language: str) -> str:
    """The page. Orders that stand before the week are in it while that is not over yet; those after it never.

    Raises WrongFormat for a week that is none.
    """
    monday = monday_of(week)
    days, earlier = placed(orders, monday, has_earlier=today >= monday)
    shown = [one for some in days.values() for one in some] + earlier
    title = catalogue.WEEK[language].format(week=week)
    span = catalogue.SPAN[language].format(begin=monday, end=monday + timedelta(days=6))
    hours = f"{sum(one.order.hours for one in shown):g}"
    counted = catalogue.COUNTED[language].format(orders=len(shown), hours=hours, day=today)
    body = f'<h1>{escape(title)}</h1><p class="quiet">{escape(span)} · {escape(counted)}</p>'
    names = in_language(catalogue.WEEKDAYS, language).split(",")
    if earlier:
        body += section(catalogue.EARLIER[language], earlier, language)
    for day, some in sorted(days.items()):
        body += section(f"{names[day.weekday()]} {day}", some, language)
    return page(title, body if shown else body + f"<p>{said(catalogue.NO_ORDERS, language)}</p>", language)


def placed(
    orders: Iterable[Printed], monday: date, *, has_earlier: bool
) -> tuple[Mapping[date, list[Printed]], list[Printed]]:
    """The week's orders by day, and those from before."""
    days: dict[date, list[Printed]] = {}
    earlier: list[Printed] = []
    for one in orders:
        day = day_on(stands_at(one.order), one.zone)
        if day is None or day >= monday + timedelta(days=7):
            continue
        if day >= monday:
            days.setdefault(day, []).append(one)
        elif has_earlier:
            earlier.append(one)
    return days, earlier


def day_on(at: Instant | None, zone: str) -> date | None:
    """The day of an instant in a zone."""
    return None if at is None else day_of(at, zone)


def section(head: str, orders: Sequence[Printed], language: str) -> str:
    """A day, site by site; in a site who is due first stands first."""
    found = f"<h2>{escape(head)}</h2>"
    for site in sorted({one.site for one in orders}, key=lambda name: (not name, name)):
        there = sorted((one for one in orders if one.site == site), key=lambda one: by_due(one.order))
        name = escape(site) if site else said(catalogue.NO_SITE, language)
        rows = [row(one, language) for one in there]
        found += f"<h3>{name}</h3>{table((word(each, language) for each in COLUMNS), rows)}"
    return found


def row(one: Printed, language: str) -> list[str]:
    """An order's cells, as HTML."""
    order = one.order
    facts = escape(one.facts.model) if one.facts else ""
    begins = time_text(order.starts_at, one.zone)
    return [
        f'{escape(order.number)}<br><span class="quiet">{escape(source_of(order))}</span>',
        f'{escape(order.asset)}<br><span class="quiet">{facts}</span>',
        f'{said(order.title, language)}<br><span class="quiet">{said(order.why, language)}</span>',
        parts_of(one, language),
        escape(", ".join((*order.skills, *order.certificates))),
        f"{order.hours:g}" + (f" ({order.crew} ×)" if order.crew > 1 else ""),
        escape(time_text(order.due_at, one.zone)),
        escape(", ".join((*order.technicians, *([begins] if begins else [])))),
        said(catalogue.STATES[order.state], language),
    ]
