"""Sheet: one order on paper, with tasks, parts, tools and evidence, and room for what was found and for signatures."""

from collections.abc import Iterator
from html import escape

from domain.text import in_language
from maintenance import catalogue_review as catalogue
from maintenance.printed import Printed, from_where, name_of, page, said, said_missing, table, time_text, word


def sheet_page(one: Printed, language: str, currency: str) -> str:
    """The page."""
    order = one.order
    title = f"{order.number} {in_language(order.title, language)}"
    facts = "".join(f"<tr><th>{word(name, language)}</th><td>{cell}</td></tr>" for name, cell in lines(one, language))
    body = f"<h1>{escape(title)}</h1><p>{said(order.why, language)}</p><table><tbody>{facts}</tbody></table>"
    if order.waiting:
        body += f'<p class="quiet">{word("waiting", language)}: {costs(one, language, currency)}</p>'
    if order.tasks:
        steps = "".join(f"<li>{said(task, language)}</li>" for task in order.tasks)
        body += f'<h2>{word("tasks", language)}</h2><ul class="check">{steps}</ul>'
    body += kit(one, language)
    for name, items in (("tools", order.tools), ("certificates", order.certificates)):
        if items:
            ticks = "".join(f"<li>{escape(item)}</li>" for item in items)
            body += f'<h2>{word(name, language)}</h2><ul class="check">{ticks}</ul>'
    if order.gates:
        shown = "".join(f"<li>{gate_name(gate, language)}</li>" for gate in order.gates)
        body += f'<h2>{word("evidence", language)}</h2><ul class="check">{shown}</ul>'
    return page(title, body + room(language), language)


def lines(one: Printed, language: str) -> Iterator[tuple[str, str]]:
    """The order's facts, as a word and HTML; those that say something."""
    order, zone = one.order, one.zone
    place = ""
    if one.facts is not None and one.facts.lat is not None and one.facts.lon is not None:
        place = f"{one.facts.lat:.5f}, {one.facts.lon:.5f}"
    window = " – ".join(time_text(at, zone) for at in (order.promised_from, order.promised_until) if at is not None)
    start = time_text(order.starts_at, zone)
    found = {
        "asset": order.asset,
        "model": one.facts.model if one.facts else "",
        "site": one.site,
        "place": place,
        "ticket": ", ".join(order.tickets),
        "plan": order.plan,
        "campaign": order.campaign,
        "job_plan": order.job_plan,
        "priority": in_language(catalogue.PRIORITIES[order.priority], language),
        "state": in_language(catalogue.STATES[order.state], language),
        "ready": time_text(order.ready_at, zone),
        "ideal": time_text(order.ideal_at, zone),
        "due": time_text(order.due_at, zone),
        "window": window,
        "hours": f"{order.hours:g}",
        "crew": str(order.crew),
        "who": ", ".join((*order.technicians, *([start] if start else []))),
        "skills": ", ".join(order.skills),
    }
    yield from ((name, escape(text)) for name, text in found.items() if text)


def costs(one: Printed, language: str, currency: str) -> str:
    """What waiting costs, and whether that is assumed."""
    pattern = catalogue.DAYS_COST[language]
    found = "; ".join(
        pattern.format(days=each.days, cost=f"{each.cost:.2f}", currency=currency) for each in one.order.waiting
    )
    is_assumed = any(each.is_assumed for each in one.order.waiting)
    return escape(f"{found} ({catalogue.ASSUMED[language]})" if is_assumed else found)


def kit(one: Printed, language: str) -> str:
    """The parts, with room for what was used."""
    if not one.order.kit:
        return ""
    rows = []
    for part, pieces in sorted(one.order.kit.items()):
        missing = one.missing.get(part)
        lack = f' <span class="missing">{said_missing(missing, language)}</span>' if missing else ""
        rows.append(
            [escape(name_of(one, part, language)), str(pieces), escape(from_where(one, part)) + lack, "&nbsp;" * 12]
        )
    heads = [word(name, language) for name in ("parts", "needed", "from", "used")]
    return f"<h2>{word('parts', language)}</h2>{table(heads, rows)}"


def gate_name(gate: str, language: str) -> str:
    """What people call a piece of evidence, as HTML."""
    return said(catalogue.GATES[gate], language) if gate in catalogue.GATES else escape(gate)


def room(language: str) -> str:
    """Empty boxes."""

    def box(name: str) -> str:
        return f'<div class="box">{word(name, language)}</div>'

    return (
        f'<div class="two">{box("arrived")}{box("left")}</div>{box("found")}'
        f'<div class="two">{box("technician")}{box("customer")}</div>'
    )
