"""Relief: the cheapest that would give a left-out order its place; each is tried on the plan before it is said."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from domain.crew import Crew, CrewPlan, Shift, Span, StopKind, Technician, Visit
from domain.crew_proposal import Easing, Relief
from domain.instants import HOUR, SECOND, Instant
from domain.person import FOR_EVER
from domain.text import Text
from maintenance.catalogue_crew import DAYS, RELIEF
from maintenance.crew_cost import cost_of, hours
from maintenance.crew_insert import with_visit
from maintenance.crew_ways import Ways
from maintenance.crew_words import listed

ONE_MORE = "+1"
"""The person who is not there."""
TROUBLE: Mapping[Easing, float] = {
    Easing.PIN: 25.0,
    Easing.PART: 60.0,
    Easing.WINDOW: 40.0,
    Easing.PROMISE: 150.0,
    Easing.OVERTIME: 25.0,
    Easing.PERSON: 100.0,
}
"""What it takes to arrange it, beside what it costs in the plan; of overtime for each hour."""
MOST_OVERTIME = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Eased:
    """A problem in which something is eased."""

    easing: Easing
    crew: Crew
    trouble: float
    words: Mapping[str, object]


def relief_for(crew: Crew, plan: CrewPlan, order: str, ways: Ways, zone: str) -> tuple[Relief, Crew] | None:
    """The cheapest easing with which the plan holds the order, and the problem with it; None where none of them helps.

    What it says was done: there is a plan with it that sends somebody to the order and to all that it sent somebody
    to before, and keeps every rule.
    """
    visit = next(one for one in crew.visits if one.order == order)
    paid = spent(crew, plan, ways)
    best: tuple[Relief, Crew] | None = None
    for eased in easings(crew, visit):
        wanted = next(one for one in eased.crew.visits if one.order == order)
        made = with_visit(eased.crew, plan, wanted, ways)
        if made is None:
            continue
        tight = tightened(crew, eased, made, wanted, zone)
        cost = round(spent(tight.crew, made, ways) - paid + tight.trouble, 2)
        if best is None or cost < best[0].cost:
            best = Relief(easing=tight.easing, cost=cost, said=sentence(tight)), tight.crew
    return best


def spent(crew: Crew, plan: CrewPlan, ways: Ways) -> float:
    """What a plan costs, without the price of leaving something out."""
    cost = cost_of(crew, plan, ways)
    return cost.travel + cost.work + cost.overtime


def sentence(eased: Eased) -> Text:
    """What people read; the name of a day is in their language."""
    day = eased.words.get("day")
    told = {name: value for name, value in eased.words.items() if name != "day"}
    return {
        language: text.format(**told, day=named(str(day), language) if day else "")
        for language, text in RELIEF[eased.easing].items()
    }


def easings(crew: Crew, visit: Visit) -> Iterator[Eased]:
    """Everything that is tried for one order; first, that it may be dear."""
    yield Eased(easing=Easing.PRICE, crew=crew, trouble=0.0, words={})
    if visit.pins:
        free = with_one(crew, replace(visit, pins=()))
        yield Eased(easing=Easing.PIN, crew=free, trouble=TROUBLE[Easing.PIN], words={"who": listed(visit.pins)})
    if visit.parts:
        yield from with_parts(crew, visit)
    if visit.windows or visit.promised:
        yield later(crew, visit)
    yield from with_overtime(crew)
    yield from with_person(crew, visit)


def with_one(crew: Crew, visit: Visit) -> Crew:
    """The problem with one visit as it is wanted."""
    return replace(crew, visits=tuple(visit if one.order == visit.order else one for one in crew.visits))


def with_parts(crew: Crew, visit: Visit) -> Iterator[Eased]:
    """Its parts in the depot, or in somebody's van where there is none."""
    what = ", ".join(f"{count} × {part}" for part, count in sorted(visit.parts.items()))
    trouble = TROUBLE[Easing.PART]
    if crew.depot is not None and crew.depot.stock is not None:
        depot = replace(crew.depot, stock=added(crew.depot.stock, visit.parts))
        yield Eased(easing=Easing.PART, crew=replace(crew, depot=depot), trouble=trouble, words={"what": what})
    elif crew.depot is None:
        for one in crew.technicians:
            full = replace(one, stock=added(one.stock, visit.parts))
            yield Eased(easing=Easing.PART, crew=with_technician(crew, full), trouble=trouble, words={"what": what})


def added(stock: Mapping[str, int], parts: Mapping[str, int]) -> Mapping[str, int]:
    """A stock with more in it."""
    return {part: stock.get(part, 0) + parts.get(part, 0) for part in (*stock, *parts)}


def later(crew: Crew, visit: Visit) -> Eased:
    """Its window, or what the customer was promised, does not end."""
    begins = [one.begin for one in (*visit.windows, *([visit.promised] if visit.promised else []))]
    easing = Easing.PROMISE if visit.promised else Easing.WINDOW
    wanted = replace(visit, windows=(Span(min(begins), FOR_EVER),), promised=None)
    return Eased(easing=easing, crew=with_one(crew, wanted), trouble=TROUBLE[easing], words={})


def with_overtime(crew: Crew) -> Iterator[Eased]:
    """Everybody may work longer; who does is said afterwards."""
    for more in range(1, MOST_OVERTIME + 1):
        people = tuple(
            replace(one, shifts=tuple(replace(shift, overtime=shift.overtime + more * HOUR) for shift in one.shifts))
            for one in crew.technicians
        )
        words = {"hours": more}
        trouble = more * TROUBLE[Easing.OVERTIME]
        yield Eased(easing=Easing.OVERTIME, crew=replace(crew, technicians=people), trouble=trouble, words=words)


def with_person(crew: Crew, visit: Visit) -> Iterator[Eased]:
    """Somebody more with all that the order needs, in one of the crew's shifts."""
    spans = sorted({(one.span, one.breaks) for person in crew.technicians for one in person.shifts})
    if not spans:
        return
    home = crew.depot.place if crew.depot else crew.technicians[0].home
    rate = crew.technicians[0].hour_cost
    visit = replace(visit, pins=(*visit.pins, ONE_MORE) if visit.pins else ())
    for span, breaks in spans:
        if span.end <= crew.now + crew.freeze:
            continue
        person = Technician(
            id=ONE_MORE,
            home=home,
            shifts=(Shift(span=span, breaks=breaks),),
            skills=visit.skills,
            certificates=dict.fromkeys(visit.certificates, FOR_EVER),
            works_holidays=True,
            tools=visit.tools,
            hour_cost=rate,
        )
        wider = with_one(replace(crew, technicians=(*crew.technicians, person)), visit)
        needs = listed((*visit.skills, *visit.certificates))
        yield Eased(easing=Easing.PERSON, crew=wider, trouble=TROUBLE[Easing.PERSON], words={"needs": needs})


def tightened(crew: Crew, eased: Eased, made: CrewPlan, visit: Visit, zone: str) -> Eased:
    """No more than the plan made of it, with the words for it."""
    route, stop = next(
        (route, stop) for route in made.routes for stop in route.stops
        if stop.kind is StopKind.VISIT and stop.order == visit.order
    )  # fmt: skip
    words: dict[str, object] = {
        "order": visit.order,
        "day": day_of(stop.starts_at, zone),
        "until": clock(stop.starts_at, zone),
        **eased.words,
    }
    if eased.easing in (Easing.WINDOW, Easing.PROMISE):
        begin = min(one.begin for one in visit.windows)
        narrow = replace(visit, windows=(Span(begin, stop.starts_at),))
        return replace(eased, crew=with_one(crew, narrow), words=words)
    if eased.easing is Easing.OVERTIME:
        return replace(eased, words=words | {"who": listed(longer(crew, made))})
    if eased.easing is Easing.PERSON:
        paid = next(one.shifts[0].span for one in eased.crew.technicians if one.id == ONE_MORE)
        used = sum(one.returns_at - one.leaves_at for one in made.routes if one.technician == ONE_MORE)
        idle = max(hours(paid.end - paid.begin - used), 0.0) * crew.technicians[0].hour_cost
        skilled = with_skill(str(words["needs"]))
        return replace(eased, trouble=eased.trouble + idle, words=words | {"with_skill": skilled})
    return replace(eased, words=words | {"technician": route.technician})


def with_skill(needs: str) -> str:
    """What the person must have, where it is anything."""
    return f" ({needs})" if needs else ""


def longer(crew: Crew, made: CrewPlan) -> Iterable[str]:
    """Whose route does not fit their shift as it was."""
    people = {one.id: one for one in crew.technicians}
    return {
        route.technician
        for route in made.routes
        if not any(Span(one.span.begin, one.until).holds(route.span) for one in people[route.technician].shifts)
    } or {"—"}


def with_technician(crew: Crew, person: Technician) -> Crew:
    """The problem with one of the crew changed."""
    return replace(crew, technicians=tuple(person if one.id == person.id else one for one in crew.technicians))


def day_of(at: Instant, zone: str) -> str:
    """The local day, as a date."""
    return f"{local(at, zone):%Y-%m-%d}"


def clock(at: Instant, zone: str) -> str:
    """The local time of the day."""
    return f"{local(at, zone):%H:%M}"


def local(at: Instant, zone: str) -> datetime:
    """An instant on the wall's clock."""
    return datetime.fromtimestamp(at // SECOND, UTC).astimezone(ZoneInfo(zone))


def named(day: str, language: str) -> str:
    """A day by its name and date."""
    weekday = datetime.fromisoformat(day).weekday()
    return f"{DAYS[language].split(',')[weekday]} {day}"
