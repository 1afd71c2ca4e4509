"""Printed orders: what a page says of one, and how pages look on the screen and on paper; nothing is fetched."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from zoneinfo import ZoneInfo

from domain.instants import SECOND, Instant
from domain.part import Reservation
from domain.registry import Facts
from domain.text import Text, in_language
from domain.work_order import WorkOrder
from maintenance import catalogue_review as catalogue

STYLE = """
@page { margin: 14mm }
body { font: 14px/1.45 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; color: #16202a;
  margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
h1 { font-size: 1.5rem; margin: 0 0 .2rem } h2 { font-size: 1.1rem; margin: 1.4rem 0 .4rem } h3 { font-size: .95rem;
  margin: .8rem 0 .2rem; color: #44535f }
table { border-collapse: collapse; width: 100% }
th, td { border: 1px solid #b9c4cd; padding: .3rem .45rem; text-align: left; vertical-align: top }
th { background: #eef2f5; font-weight: 600 }
thead { display: table-header-group } tr, section.order, .box { break-inside: avoid }
td.number { white-space: nowrap } .missing { color: #a12622; font-weight: 600 } .quiet { color: #5b6a76 }
.box { border: 1px solid #b9c4cd; min-height: 5rem; padding: .3rem .5rem; margin: .4rem 0 }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: .8rem }
li { margin: .3rem 0 } ul.check { list-style: "\\2610\\00a0\\00a0" }
@media print { body { margin: 0; max-width: none; padding: 0; font-size: 11px } th { background: none } }
"""
ARRIVAL_BOXES = ("arrived", "left")


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """An order with what a page says of it."""

    order: WorkOrder
    zone: str
    """In whose days and hours its times are said."""
    facts: Facts | None = None
    """What the registry says of its asset."""
    reservations: Sequence[Reservation] = ()
    missing: Mapping[str, int] = field(default_factory=dict)
    """Parts of its kit that are neither reserved nor there."""
    names: Mapping[str, Text] = field(default_factory=dict)
    """Of parts."""

    @property
    def site(self) -> str:
        """Where its asset stands; empty where nobody said."""
        return self.facts.site if self.facts else ""


def page(title: str, body: str, language: str) -> str:
    """One HTML text that needs nothing else. `body` is HTML."""
    return (
        f'<!doctype html><html lang="{"zh-Hans" if language == "zh" else "en"}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title><style>{STYLE}</style>'
        f"</head><body>{body}</body></html>\n"
    )


def word(name: str, language: str) -> str:
    """A word of the pages, escaped."""
    return escape(in_language(catalogue.WORDS[name], language))


def said(text: Text, language: str) -> str:
    """A text, escaped."""
    return escape(in_language(text, language))


def table(heads: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose head stands on every page; the cells are HTML."""
    head = "".join(f"<th>{each}</th>" for each in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def parts_of(one: Printed, language: str) -> str:
    """The kit, where it comes from, and what is missing."""
    lines = []
    for part, pieces in sorted(one.order.kit.items()):
        places = from_where(one, part)
        line = f"{pieces} × {escape(name_of(one, part, language))}"
        line += f' <span class="quiet">{escape(places)}</span>' if places else ""
        if many := one.missing.get(part):
            line += f' <span class="missing">{said_missing(many, language)}</span>'
        lines.append(line)
    return "<br>".join(lines)


def said_missing(pieces: int, language: str) -> str:
    """So many are missing."""
    return escape(catalogue.MISSING[language].format(pieces=pieces))


def name_of(one: Printed, part: str, language: str) -> str:
    """What people call a part, with its id."""
    name = in_language(one.names[part], language) if part in one.names else ""
    return f"{part} ({name})" if name and name != part else part


def from_where(one: Printed, part: str) -> str:
    """The places where a part of the kit is reserved; a substitute is named."""
    found = [each for each in one.reservations if each.need == part]
    return ", ".join(
        f"{each.pieces} {each.location}" + (f" ({each.part})" if each.part != part else "") for each in found
    )


def source_of(order: WorkOrder) -> str:
    """What made it: its plan, campaign or tickets."""
    return ", ".join(each for each in (order.plan, order.campaign, *order.tickets) if each)


def time_text(at: Instant | None, zone: str) -> str:
    """Day and time in a zone; the day alone at midnight; empty for none."""
    if at is None:
        return ""
    local = datetime.fromtimestamp(at // SECOND, UTC).astimezone(ZoneInfo(zone))
    return f"{local:%Y-%m-%d}" if (local.hour, local.minute) == (0, 0) else f"{local:%Y-%m-%d %H:%M}"
