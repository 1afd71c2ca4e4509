"""The timetable: when a technician who makes these stops in this order is where, breaks among them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.crew import Break, Crew, Depot, Place, Route, Shift, Span, Stop, StopKind, Technician, Visit
from domain.instants import Duration, Instant
from maintenance.crew_ways import Ways

Call = Visit | Depot
"""A stop that is to be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One stretch in which a technician can be on the way: a shift, or what leave and holidays leave of it."""

    technician: Technician
    shift: Shift
    span: Span
    """With overtime."""


def turns_of(crew: Crew) -> Iterator[Turn]:
    """Every technician's turns from the end of the freeze on, in order of time."""
    for technician in crew.technicians:
        away = technician.leave if technician.works_holidays else (*technician.leave, *crew.holidays)
        for shift in sorted(technician.shifts, key=lambda one: one.span.begin):
            for span in without(Span(max(shift.span.begin, crew.now), shift.until), away):
                yield Turn(technician=technician, shift=shift, span=span)


def without(span: Span, away: Sequence[Span]) -> Iterator[Span]:
    """What is left of a span."""
    begin = span.begin
    for gone in sorted(away):
        if gone.meets(Span(begin, span.end)):
            if gone.begin > begin:
                yield Span(begin, gone.begin)
            begin = gone.end
    if begin < span.end:
        yield Span(begin, span.end)


def starts_of(crew: Crew, visit: Visit, from_at: Instant) -> Instant | None:
    """The first instant from `from_at` on at which a visit may begin, or None."""
    if visit.frozen is not None:
        return visit.frozen.starts_at if from_at <= visit.frozen.starts_at else None
    at = max(from_at, crew.now + crew.freeze)
    promised = visit.promised or Span(at, at)
    at = max(at, promised.begin)
    for window in sorted(visit.windows):
        if at <= window.end:
            at = max(at, window.begin)
            break
    else:
        if visit.windows:
            return None
    return at if visit.promised is None or at <= promised.end else None


def timetable(
    crew: Crew, turn: Turn, calls: Sequence[Call], ways: Ways, meets: dict[str, Instant] | None = None
) -> Route | None:
    """The route that makes the calls in order, as early as it can and leaving home as late as that allows.

    A break is taken as soon as its time has come and the technician is free. `meets` says when visits of two begin.
    None where the calls cannot be made in one turn.
    """
    fixed = meets or {}
    leaves, owed = turn.span.begin, list(turn.shift.breaks)
    for _ in range(2):
        made = driven(crew, turn, calls=calls, ways=ways, fixed=fixed, leaves=leaves, owed=list(owed))
        if made is None or not made.stops:
            return made
        first = made.stops[0]
        way = ways.between(turn.technician.home, place_of(calls[0]) or turn.technician.home).duration
        leaves = max(leaves, first.starts_at - way) if first.kind is not StopKind.BREAK else leaves
    return made


def driven(
    crew: Crew,
    turn: Turn,
    *,
    calls: Sequence[Call],
    ways: Ways,
    fixed: dict[str, Instant],
    leaves: Instant,
    owed: list[Break],
) -> Route | None:
    """The calls from a departure on."""
    stops: list[Stop] = []
    here, free = turn.technician.home, leaves
    owed = [one for one in owed if leaves < one.begins.begin + one.duration]
    for call in calls:
        place = place_of(call)
        way = ways.between(here, place).duration
        start, arrival = begin_of(crew, call, free + way, fixed), free + way
        while start is not None and owed and rests_before(owed[0], start, duration_of(call)):
            rest = max(free, owed[0].begins.begin)
            if rest > owed[0].begins.end:
                return None
            stops.append(Stop(kind=StopKind.BREAK, arrives_at=free, starts_at=rest, ends_at=rest + owed[0].duration))
            free = rest + owed.pop(0).duration
            arrival = free + way
            start = begin_of(crew, call, arrival, fixed)
        if start is None:
            return None
        kind = StopKind.VISIT if isinstance(call, Visit) else StopKind.DEPOT
        ends = start + duration_of(call)
        order = call.order if isinstance(call, Visit) else ""
        stops.append(Stop(kind=kind, order=order, arrives_at=arrival, starts_at=start, ends_at=ends))
        here, free = place, ends
    back = ways.between(here, turn.technician.home).duration
    for one in owed:
        if free + back > one.begins.end:
            rest = max(free, one.begins.begin)
            if rest > one.begins.end:
                return None
            stops.append(Stop(kind=StopKind.BREAK, arrives_at=free, starts_at=rest, ends_at=rest + one.duration))
            free = rest + one.duration
    if free + back > turn.span.end:
        return None
    return Route(technician=turn.technician.id, leaves_at=leaves, returns_at=free + back, stops=tuple(stops))


def rests_before(owed: Break, start: Instant, takes: Duration) -> bool:
    """The break comes before a call that would begin after its time has come, or end when it is too late for it."""
    return start > owed.begins.begin or start + takes > owed.begins.end


def begin_of(crew: Crew, call: Call, at: Instant, fixed: dict[str, Instant]) -> Instant | None:
    """When a call that is reached at an instant begins, or None."""
    if isinstance(call, Depot):
        start = max(at, call.opens.begin)
        return start if start + call.loading <= call.opens.end else None
    meeting = fixed.get(call.order)
    if meeting is not None:
        return meeting if at <= meeting and starts_of(crew, call, meeting) == meeting else None
    return starts_of(crew, call, at)


def duration_of(call: Call) -> Duration:
    """How long a call takes."""
    return call.duration if isinstance(call, Visit) else call.loading


def place_of(call: Call) -> Place:
    """Where a call is."""
    return call.place
