"""Lead: how long it takes from an order until the work can be done, for its crew and for its parts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from domain.crew import Span
from domain.instants import DAY, HOUR, Duration, Instant
from domain.person import Person
from domain.work_order import WorkOrder
from maintenance.condition import Lead
from maintenance.crew_live import covers
from maintenance.stock_kits import Shelves, missing


@dataclass(frozen=True, slots=True)
class Free:
    """Somebody who goes to assets, and when nothing is planned for them yet."""

    person: Person
    spans: Sequence[Span] = field(default_factory=tuple)
    """In order of time."""


def free_of(shifts: Iterable[Span], busy: Iterable[Span], now: Instant) -> tuple[Span, ...]:
    """What is left of shifts from now on, without leave and work that has its time."""
    left = [Span(max(each.begin, now), each.end) for each in shifts if each.end > now]
    for taken in sorted(busy):
        left = [part for span in left for part in without(span, taken)]
    return tuple(sorted(left))


def without(span: Span, taken: Span) -> Iterable[Span]:
    """What is left of a stretch."""
    if not span.meets(taken):
        return [span]
    parts = [Span(span.begin, taken.begin), Span(taken.end, span.end)]
    return [part for part in parts if part.end > part.begin]


def lead_of(order: WorkOrder, crew: Iterable[Free], shelves: Shelves, site: str, now: Instant) -> Lead:
    """What an order that is made now must wait for.

    Nobody who may do the work, or a part that the stock does not know, is nothing that can be waited for: 0.
    """
    begin = next_free(order, crew, site, now)
    lacks = [each.arrives_at for each in missing(order, shelves, now) if each.arrives_at is not None]
    return Lead(
        crew=0.0 if begin is None else (begin - now) / DAY,
        part=max([0.0, *((arrives - now) / DAY for arrives in lacks)]),
    )


def next_free(order: WorkOrder, crew: Iterable[Free], site: str, now: Instant) -> Instant | None:
    """When so many who may do the work are next free together for as long as it takes; None: not as far as is known.

    Ways are not looked at: the crew plan does that.
    """
    able = [each for each in crew if may(each.person, order, site)]
    lasts = duration_of(order)
    begins = sorted({span.begin for each in able for span in each.spans})
    return next((at for at in begins if sum(is_free(each, at, lasts) for each in able) >= order.crew), None)


def may(person: Person, order: WorkOrder, site: str) -> bool:
    """They have what the work needs, for ever or as long as is known, and go to the site."""
    has = set(order.skills) <= set(person.skills) and set(order.certificates) <= set(person.certificates)
    return has and covers(person, site) and (not order.pins or person.id in order.pins)


def is_free(one: Free, at: Instant, lasts: Duration) -> bool:
    """Nothing else is planned then."""
    return any(span.begin <= at and at + lasts <= span.end for span in one.spans)


def duration_of(order: WorkOrder) -> Duration:
    """How long the whole crew is there; work of more than a shift begins with what a morning holds."""
    return min(round(order.hours * HOUR / max(order.crew, 1)), 4 * HOUR)


def lead_grounds(lead: Lead) -> Mapping[str, float]:
    """What the lead time was, in days."""
    return {"crew_days": round(lead.crew, 2), "part_days": round(lead.part, 2)}
