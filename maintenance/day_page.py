"""Day sheet: one technician's day on paper: where to be when, what to do there, what to bring, and room to sign."""

from collections.abc import Iterable, Sequence
from datetime import date
from html import escape

from domain.text import in_language
from maintenance.catalogue_crew import PAGE
from maintenance.plan_dates import day_of
from maintenance.printed import Printed, page, parts_of, said, time_text


def on_day(orders: Iterable[Printed], who: str, day: date) -> list[Printed]:
    """A technician's orders that begin on a day, or go on into it, by time."""
    mine = [one for one in orders if who in one.order.technicians and one.order.starts_at is not None]
    there = [one for one in mine if day_of(begin_of(one), one.zone) <= day <= day_of(end_of(one), one.zone)]
    return sorted(there, key=begin_of)


def begin_of(one: Printed) -> int:
    """When work begins."""
    return one.order.starts_at or 0


def end_of(one: Printed) -> int:
    """The last moment of the work."""
    return max((one.order.ends_at or 0) - 1, begin_of(one))


def day_page(who: str, day: date, orders: Iterable[Printed], language: str) -> str:
    """The sheet. Text from orders is never taken for HTML."""
    mine = on_day(orders, who, day)
    title = PAGE["day"][language].format(who=who, day=day)
    body = f"<h1>{escape(title)}</h1>"
    if not mine:
        body += f"<p>{said(PAGE['nothing'], language)}</p>"
    return page(title, body + "".join(visit(one, who, language) for one in mine), language)


def visit(one: Printed, who: str, language: str) -> str:
    """One stop."""
    order = one.order
    times = f"{time_text(order.starts_at, one.zone)[-5:]} – {time_text(order.ends_at, one.zone)[-5:]}"
    head = f"{times} · {order.number} · {order.asset}"
    tasks = "".join(f"<li>{said(task, language)}</li>" for task in order.tasks)
    return (
        f'<section class="order"><h2>{escape(head)}</h2><p><b>{said(order.title, language)}</b><br>'
        f"{said(order.why, language)}</p>{facts(one, who, language)}"
        + (f'<ul class="check">{tasks}</ul>' if tasks else "")
        + f'<div class="box">{said(PAGE["notes"], language)}</div></section>'
    )


def facts(one: Printed, who: str, language: str) -> str:
    """Where it is, with whom, by when, and with what; lines that say something."""
    order = one.order
    with_whom = ", ".join(name for name in order.technicians if name != who)
    window = " – ".join(time_text(at, one.zone) for at in (order.promised_from, order.promised_until) if at is not None)
    lines = {
        "where": escape(", ".join(part for part in (one.site, position(one)) if part)),
        "with": escape(with_whom),
        "promised": escape(window),
        "due": escape(time_text(order.due_at, one.zone)),
        "parts": parts_of(one, language),
        "tools": escape(", ".join(order.tools)),
        "certificates": escape(", ".join(order.certificates)),
    }
    return "<p>" + "<br>".join(f"{label(name, language)}: {text}" for name, text in lines.items() if text) + "</p>"


def position(one: Printed) -> str:
    """Degrees north and east."""
    known = one.facts
    return "" if known is None or known.lat is None or known.lon is None else f"{known.lat:.5f}, {known.lon:.5f}"


def label(name: str, language: str) -> str:
    """What a line is about, as HTML."""
    return escape(in_language(PAGE[name], language))


def names_in(orders: Sequence[Printed]) -> list[str]:
    """Everybody who is sent anywhere."""
    return sorted({name for one in orders for name in one.order.technicians})
