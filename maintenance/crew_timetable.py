"""The timetable: when a technician who makes these stops in this order is where, breaks among them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

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

    Breaks are taken where they break the fewest due dates, and of these places where the route ends soonest. `meets`
    says when visits of two begin. None where the calls cannot be made in one turn.
    """
    drive = Drive(crew=crew, turn=turn, calls=calls, ways=ways, fixed=meets or {})
    owed = sorted(turn.shift.breaks)
    free = left_late(drive, [])
    if free is None or not owed or not calls:
        return left_late(drive, owed) if free is not None else None
    found = (left_late(drive, owed, after) for after in product(*(range(*spots_for(free, one)) for one in owed)))
    return min(
        (one for one in found if one is not None),
        key=lambda one: (breaches(calls, one), one.returns_at, -one.leaves_at),
        default=None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """Calls that a turn makes in order."""

    crew: Crew
    turn: Turn
    calls: Sequence[Call]
    ways: Ways
    fixed: Mapping[str, Instant]


def spots_for(free: Route, owed: Break) -> tuple[int, int]:
    """After how many calls a break may be taken, from and up to: by the route without any break."""
    before = sum(stop.starts_at <= owed.begins.begin for stop in free.stops)
    in_time = sum(stop.ends_at <= owed.begins.end for stop in free.stops)
    return min(before, in_time), in_time + 1


def breaches(calls: Sequence[Call], route: Route) -> float:
    """What the broken due dates of a route cost."""
    ends = {stop.order: stop.ends_at for stop in route.stops}
    visits = (call for call in calls if isinstance(call, Visit) and call.due_at is not None)
    return sum(visit.breach_cost for visit in visits if ends[visit.order] > (visit.due_at or 0))


def left_late(drive: Drive, owed: Sequence[Break], after: Sequence[int] = ()) -> Route | None:
    """The route, leaving home as late as its first call allows."""
    leaves = drive.turn.span.begin
    made = driven(drive, leaves, owed, after)
    if made is None or not made.stops or made.stops[0].kind is StopKind.BREAK:
        return made
    way = drive.ways.between(drive.turn.technician.home, place_of(drive.calls[0])).duration
    return driven(drive, max(leaves, made.stops[0].starts_at - way), owed, after)


def driven(drive: Drive, leaves: Instant, owed: Sequence[Break], after: Sequence[int] = ()) -> Route | None:
    """The calls from a departure on; each break comes after at least so many calls, unless that is too late for it."""
    crew, turn, ways = drive.crew, drive.turn, drive.ways
    stops: list[Stop] = []
    here, free = turn.technician.home, leaves
    rests = [
        (one, least)
        for one, least in zip(owed, after or [0] * len(owed), strict=True)
        if leaves < one.begins.begin + one.duration
    ]
    for nth, call in enumerate(drive.calls):
        place = place_of(call)
        way = ways.between(here, place).duration
        start, arrival = begin_of(crew, call, free + way, drive.fixed), free + way
        while start is not None and rests and rests_before(rests[0][0], start, duration_of(call), nth >= rests[0][1]):
            owing = rests.pop(0)[0]
            rest = max(free, owing.begins.begin)
            if rest > owing.begins.end:
                return None
            stops.append(Stop(kind=StopKind.BREAK, arrives_at=free, starts_at=rest, ends_at=rest + owing.duration))
            free = rest + owing.duration
            arrival = free + way
            start = begin_of(crew, call, arrival, drive.fixed)
        if start is None:
            return None
        kind = StopKind.VISIT if isinstance(call, Visit) else StopKind.DEPOT
        ends = start + duration_of(call)
        order = call.order if isinstance(call, Visit) else ""
        stops.append(Stop(kind=kind, order=order, arrives_at=arrival, starts_at=start, ends_at=ends))
        here, free = place, ends
    back = ways.between(here, turn.technician.home).duration
    for one, _ in rests:
        if free + back > one.begins.end:
            rest = max(free, one.begins.begin)
            if rest > one.begins.end:
                return None
            stops.append(Stop(kind=StopKind.BREAK, arrives_at=free, starts_at=rest, ends_at=rest + one.duration))
            free = rest + one.duration
    if free + back > turn.span.end:
        return None
    return Route(technician=turn.technician.id, leaves_at=leaves, returns_at=free + back, stops=tuple(stops))


def rests_before(owed: Break, start: Instant, takes: Duration, is_wanted: bool) -> bool:
    """The break comes before a call that would begin after its time has come, or end when it is too late for it."""
    return (is_wanted and start > owed.begins.begin) or start + takes > owed.begins.end


def begin_of(crew: Crew, call: Call, at: Instant, fixed: Mapping[str, Instant]) -> Instant | None:
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
