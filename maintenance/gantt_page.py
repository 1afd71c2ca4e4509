"""Week chart: who is where when, a row for each technician and a picture for each day; nothing is fetched."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from html import escape
from itertools import pairwise

from domain.instants import HOUR, Instant
from domain.text import in_language
from domain.work_order import OrderState
from maintenance.catalogue_crew import DAYS, PAGE
from maintenance.catalogue_review import STATES
from maintenance.crew_shifts import instant_at
from maintenance.day_page import begin_of, end_of, names_in
from maintenance.printed import Printed, page, said, table, time_text
from maintenance.week_page import monday_of

S = OrderState
HOUR_WIDTH, ROW, LEFT, TOP = 46, 34, 110, 24
LOOKS = {
    S.IN_REVIEW: ("?", "#f1f3f5", "3 3"),
    S.APPROVED: ("○", "#dfe9f3", "6 3"),
    S.RELEASED: ("●", "#c4dbf0", ""),
    S.DISPATCHED: ("▶", "#f6dfae", ""),
    S.IN_PROGRESS: ("■", "#bfe3c4", ""),
}
"""Each state by its sign, its colour and its outline: nobody has to tell colours apart."""
LATE = "!"


def gantt_page(week: str, orders: Sequence[Printed], zone: str, language: str) -> str:
    """The page of an ISO week. Text from orders is never taken for HTML. Raises WrongFormat for what is no week."""
    monday = monday_of(week)
    shown = [one for one in orders if one.order.technicians and one.order.starts_at is not None]
    title = PAGE["week"][language].format(week=week)
    body = f"<h1>{escape(title)}</h1>{legend(language)}"
    for day in (monday + timedelta(days=nth) for nth in range(7)):
        there = [one for one in shown if meets(one, day, zone)]
        if there:
            name = in_language(DAYS, language).split(",")[day.weekday()]
            body += f"<h2>{escape(name)} {day}</h2>{chart(there, day, zone, language)}{listing(there, zone, language)}"
    if not any(meets(one, monday + timedelta(days=nth), zone) for one in shown for nth in range(7)):
        body += f"<p>{said(PAGE['nothing'], language)}</p>"
    return page(title, body, language)


def bounds(day: date, zone: str) -> tuple[Instant, Instant]:
    """A local day; it is as long as it really is."""
    return instant_at(day, 0, zone), instant_at(day + timedelta(days=1), 0, zone)


def meets(one: Printed, day: date, zone: str) -> bool:
    """The order has time on a day."""
    begin, end = bounds(day, zone)
    return begin_of(one) < end and end_of(one) >= begin


def legend(language: str) -> str:
    """What the signs mean."""
    signs = [f"{sign} {in_language(STATES[state], language)}" for state, (sign, _, _) in LOOKS.items()]
    return f'<p class="quiet">{escape(" · ".join([*signs, LATE + " " + in_language(PAGE["late"], language)]))}</p>'


def chart(orders: Sequence[Printed], day: date, zone: str, language: str) -> str:
    """A picture of the day, from the first full hour of work to the last."""
    begin, end = bounds(day, zone)
    first = max(min(map(begin_of, orders)), begin) // HOUR * HOUR
    last = -(-min(max(map(end_of, orders)) + 1, end) // HOUR) * HOUR
    people = names_in(orders)
    width, height = LEFT + (last - first) // HOUR * HOUR_WIDTH + 10, TOP + ROW * len(people) + 6
    marks = "".join(mark(at, first, height, zone) for at in range(first, last + 1, HOUR))
    rows = "".join(row(name, nth, orders, (first, last), language) for nth, name in enumerate(people))
    return (
        f'<svg role="img" aria-label="{escape(str(day))}" viewBox="0 0 {width} {height}" width="100%" '
        f'style="max-width:{width}px" font-size="12">{marks}{rows}</svg>'
    )


def mark(at: Instant, first: Instant, height: int, zone: str) -> str:
    """A full hour."""
    x = across(at, first)
    return (
        f'<line x1="{x}" y1="{TOP - 6}" x2="{x}" y2="{height}" stroke="#d5dce2"/>'
        f'<text x="{x + 2}" y="{TOP - 8}" fill="#44535f">{clock(at, zone)}</text>'
    )


def clock(at: Instant, zone: str) -> str:
    """The hour on the wall's clock."""
    text = time_text(at, zone)
    return text[11:13] if len(text) > 10 else "00"


def across(at: Instant, first: Instant) -> int:
    """How far to the right an instant is."""
    return LEFT + round((at - first) / HOUR * HOUR_WIDTH)


def row(name: str, nth: int, orders: Iterable[Printed], span: tuple[Instant, Instant], language: str) -> str:
    """A technician's line; where two bars overlap, the second is lower."""
    y = TOP + nth * ROW
    mine = sorted((one for one in orders if name in one.order.technicians), key=begin_of)
    lower = {later.order.number for earlier, later in pairwise(mine) if begin_of(later) <= end_of(earlier)}
    bars = "".join(bar(one, y + (4 if one.order.number in lower else 0), span, language) for one in mine)
    return f'<text x="2" y="{y + 19}">{escape(name)}</text>{bars}'


def bar(one: Printed, y: int, span: tuple[Instant, Instant], language: str) -> str:
    """An order, with its sign, its number and, for who points at it, all of it in words."""
    first, last = span
    x, to = across(max(begin_of(one), first), first), across(min(end_of(one) + 1, last), first)
    sign, colour, dashes = LOOKS.get(one.order.state, ("", "#ffffff", ""))
    text = f"{sign}{LATE if is_late(one) else ''} {one.order.number[-6:].lstrip('0')}"
    words = f"{one.order.number} {one.order.asset} {in_language(one.order.title, language)}"
    return (
        f"<g><title>{escape(words)}</title>"
        f'<rect x="{x}" y="{y}" width="{max(to - x, 4)}" height="{ROW - 8}" rx="3" fill="{colour}" stroke="#34495e" '
        f'stroke-dasharray="{dashes}"/><text x="{x + 3}" y="{y + 18}">{escape(text)}</text></g>'
    )


def is_late(one: Printed) -> bool:
    """It ends after it is due."""
    return one.order.due_at is not None and (one.order.ends_at or 0) > one.order.due_at


def listing(orders: Iterable[Printed], zone: str, language: str) -> str:
    """The same in words, for whoever cannot see the picture."""
    heads = [said(PAGE[name], language) for name in ("time", "who", "order", "asset", "state")]
    rows = [
        [
            escape(f"{time_text(one.order.starts_at, zone)} – {time_text(one.order.ends_at, zone)[-5:]}"),
            escape(", ".join(one.order.technicians)),
            escape(one.order.number) + (f" {LATE}" if is_late(one) else ""),
            escape(one.order.asset),
            said(STATES[one.order.state], language),
        ]
        for one in sorted(orders, key=lambda one: (begin_of(one), one.order.number))
    ]
    return table(heads, rows)
