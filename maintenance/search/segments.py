"""Segments: how long a stretch of a tour takes and when it can begin, put together in constant time.

After Vidal, Crainic, Gendreau and Prins (2013): duration, earliest and latest start of a sequence with time windows.
"""

from maintenance.search.compiled import inner
from maintenance.search.field import FAR, Field, Tours

SLACK = 1e-7
BROKEN = (-1.0, 0.0, 0.0)


@inner
def joined(d1: float, e1: float, l1: float, way: float, d2: float, e2: float, l2: float) -> tuple[float, float, float]:
    """Two segments one after the other; a duration of -1 where the second cannot be reached in time."""
    if d1 < 0.0 or d2 < 0.0:
        return BROKEN
    gone = d1 + way
    if e1 + gone > l2 + SLACK:
        return BROKEN
    wait = e2 - gone - l1
    if wait < 0.0:
        wait = 0.0
    earliest = e2 - gone
    if earliest < e1:
        earliest = e1
    latest = l2 - gone
    if latest > l1:
        latest = l1
    return gone + d2 + wait, earliest - wait, latest


@inner
def time_cost(field: Field, v: int, d: float, e: float) -> float:
    """What a tour's time costs."""
    cost = field.real[field.per_time + v] * d
    over = e + d - field.real[field.regular + v]
    if over > 0.0:
        cost += field.real[field.per_overtime + v] * over
    return cost


@inner
def latest_of(field: Field, v: int, c: int, late: int) -> float:
    """The latest start of a visit on a tour."""
    return field.real[field.latest_late + v * field.n + c] if late == 1 else field.real[field.latest + v * field.n + c]


@inner
def earliest_of(field: Field, v: int, c: int, late: int) -> float:
    """The earliest start of a visit on a tour."""
    k = v * field.n + c
    return field.real[field.earliest_late + k] if late == 1 else field.real[field.earliest + k]


@inner
def rebuild(field: Field, tours: Tours, v: int, choose: bool) -> None:
    """All that is derived from a tour's places; with `choose` the depot stop gets its best place."""
    w, m = field.width, tours.whole[tours.size + v]
    base = v * w
    for p in range(field.kinds):
        tours.whole[tours.left + field.whole[field.owner + v] * field.kinds + p] += tours.whole[
            tours.used + v * field.kinds + p
        ]
        tours.whole[tours.rest + p] += tours.whole[tours.taken + v * field.kinds + p]
        tours.whole[tours.used + v * field.kinds + p] = 0
        tours.whole[tours.taken + v * field.kinds + p] = 0
    heads_and_tails(field, tours, v)
    loads(field, tours, v)
    tours.whole[tours.deep + v] = 0
    if choose:
        tours.whole[tours.stop + v] = best_stop(field, tours, v)
    tours.real[tours.cost + v] = route_cost(field, tours, v, tours.whole[tours.stop + v])
    upto = tours.whole[tours.stop + v] if tours.whole[tours.stop + v] >= 0 else m
    for p in range(field.kinds):
        own = tours.whole[tours.load + (base + upto) * field.kinds + p]
        tours.whole[tours.used + v * field.kinds + p] = own
        tours.whole[tours.left + field.whole[field.owner + v] * field.kinds + p] -= own
        fetched = tours.whole[tours.load + (base + m) * field.kinds + p] - own
        tours.whole[tours.taken + v * field.kinds + p] = fetched
        tours.whole[tours.rest + p] -= fetched


@inner
def heads_and_tails(field: Field, tours: Tours, v: int) -> None:
    """The segments from home up to each place, and from each place home."""
    w, m, q = field.width, tours.whole[tours.size + v], field.places
    base = v * w
    tours.whole[tours.at + base] = field.whole[field.home + v]
    tours.whole[tours.at + base + m + 1] = field.whole[field.home + v]
    d, e, last = 0.0, field.real[field.begin + v], field.real[field.end + v]
    tours.real[tours.pre_d + base], tours.real[tours.pre_e + base], tours.real[tours.pre_l + base] = d, e, last
    for i in range(1, m + 2):
        c = tours.whole[tours.at + base + i]
        way = field.real[field.travel + tours.whole[tours.at + base + i - 1] * q + c]
        if i <= m:
            late = tours.whole[tours.late + c]
            lo, hi = earliest_of(field, v, c, late), latest_of(field, v, c, late)
            d, e, last = joined(d, e, last, way, field.real[field.service + c], lo, hi)
        else:
            d, e, last = joined(d, e, last, way, 0.0, field.real[field.begin + v], field.real[field.end + v])
        tours.real[tours.pre_d + base + i], tours.real[tours.pre_e + base + i], tours.real[tours.pre_l + base + i] = (
            d,
            e,
            last,
        )
    d, e, last = 0.0, field.real[field.begin + v], field.real[field.end + v]
    k = base + m + 1
    tours.real[tours.suf_d + k], tours.real[tours.suf_e + k], tours.real[tours.suf_l + k] = d, e, last
    for i in range(m, -1, -1):
        c = tours.whole[tours.at + base + i]
        way = field.real[field.travel + c * q + tours.whole[tours.at + base + i + 1]]
        if i > 0:
            late = tours.whole[tours.late + c]
            lo, hi = earliest_of(field, v, c, late), latest_of(field, v, c, late)
            d, e, last = joined(field.real[field.service + c], lo, hi, way, d, e, last)
        else:
            d, e, last = joined(0.0, field.real[field.begin + v], field.real[field.end + v], way, d, e, last)
        tours.real[tours.suf_d + base + i], tours.real[tours.suf_e + base + i], tours.real[tours.suf_l + base + i] = (
            d,
            e,
            last,
        )


@inner
def loads(field: Field, tours: Tours, v: int) -> None:
    """Parts needed up to each place, and the first place whose tools are missing."""
    base, kinds, m = v * field.width, field.kinds, tours.whole[tours.size + v]
    for p in range(kinds):
        tours.whole[tours.load + base * kinds + p] = 0
    tours.whole[tours.lacks + v] = m + 1
    for i in range(1, m + 1):
        c = tours.whole[tours.at + base + i]
        for p in range(kinds):
            before = tours.whole[tours.load + (base + i - 1) * kinds + p]
            tours.whole[tours.load + (base + i) * kinds + p] = before + field.whole[field.parts + c * kinds + p]
        if tours.whole[tours.lacks + v] == m + 1 and field.whole[field.needs + c] & ~field.whole[field.has + v]:
            tours.whole[tours.lacks + v] = i


@inner
def with_depot(field: Field, tours: Tours, v: int) -> None:
    """The segments through a depot stop: from home up to each place, and from each place home."""
    w, m, q, depot = field.width, tours.whole[tours.size + v], field.places, field.depot
    base, loading = v * w, field.real[field.service + field.depot]
    opens, closes = field.depot_opens, field.depot_closes
    tours.whole[tours.deep + v] = 1
    for j in range(m + 1):
        b = tours.whole[tours.at + base + j]
        row = (base + j) * w
        way = field.real[field.travel + b * q + depot]
        d, e, last = (
            tours.real[tours.pre_d + base + j],
            tours.real[tours.pre_e + base + j],
            tours.real[tours.pre_l + base + j],
        )
        d, e, last = joined(d, e, last, way, loading, opens, closes)
        tours.real[tours.mid_d + row + j], tours.real[tours.mid_e + row + j], tours.real[tours.mid_l + row + j] = (
            d,
            e,
            last,
        )
        before = depot
        for i in range(j + 1, m + 1):
            c = tours.whole[tours.at + base + i]
            late = tours.whole[tours.late + c]
            lo, hi = earliest_of(field, v, c, late), latest_of(field, v, c, late)
            d, e, last = joined(
                d, e, last, field.real[field.travel + before * q + c], field.real[field.service + c], lo, hi
            )
            tours.real[tours.mid_d + row + i], tours.real[tours.mid_e + row + i], tours.real[tours.mid_l + row + i] = (
                d,
                e,
                last,
            )
            before = c
        k = base + j + 1
        way = field.real[field.travel + depot * q + tours.whole[tours.at + k]]
        d, e, last = joined(
            loading,
            opens,
            closes,
            way,
            tours.real[tours.suf_d + k],
            tours.real[tours.suf_e + k],
            tours.real[tours.suf_l + k],
        )
        row = (base + j + 1) * w + j
        tours.real[tours.end_d + row], tours.real[tours.end_e + row], tours.real[tours.end_l + row] = d, e, last
        after = depot
        for i in range(j, 0, -1):
            c = tours.whole[tours.at + base + i]
            late = tours.whole[tours.late + c]
            lo, hi = earliest_of(field, v, c, late), latest_of(field, v, c, late)
            d, e, last = joined(
                field.real[field.service + c], lo, hi, field.real[field.travel + c * q + after], d, e, last
            )
            row = (base + i) * w + j
            tours.real[tours.end_d + row], tours.real[tours.end_e + row], tours.real[tours.end_l + row] = d, e, last
            after = c


@inner
def own_reach(field: Field, tours: Tours, v: int, c: int) -> int:
    """The last place up to which the van's own parts and tools last, with visit `c` on board too unless it is -1."""
    kinds, base = field.kinds, v * field.width
    if c >= 0 and field.whole[field.needs + c] & ~field.whole[field.has + v]:
        return -1
    reach = tours.whole[tours.lacks + v] - 1
    for p in range(kinds):
        room = (
            tours.whole[tours.left + field.whole[field.owner + v] * kinds + p] + tours.whole[tours.used + v * kinds + p]
        )
        if c >= 0:
            room -= field.whole[field.parts + c * kinds + p]
            if room < 0:
                return -1
        while tours.whole[tours.load + (base + reach) * kinds + p] > room:
            reach -= 1
            if reach < 0:
                return -1
    return reach


@inner
def store_suffices(field: Field, tours: Tours, v: int, j: int, c: int) -> bool:
    """The depot can give what is needed after place `j`, and visit `c` unless it is -1."""
    if not field.is_store_limited:
        return True
    kinds, base, m = field.kinds, v * field.width, tours.whole[tours.size + v]
    for p in range(kinds):
        need = tours.whole[tours.load + (base + m) * kinds + p] - tours.whole[tours.load + (base + j) * kinds + p]
        if c >= 0:
            need += field.whole[field.parts + c * kinds + p]
        if need > tours.whole[tours.rest + p] + tours.whole[tours.taken + v * kinds + p]:
            return False
    return True


@inner
def best_stop(field: Field, tours: Tours, v: int) -> int:
    """After which place the depot stop costs least; -1 = none is needed."""
    m = tours.whole[tours.size + v]
    reach = own_reach(field, tours, v, -1)
    if reach >= m:
        return -1
    best, least = 0, FAR
    if field.depot >= 0:
        for j in range(reach + 1):
            d, e = by_depot(field, tours, v, j)
            if d < 0.0:
                continue
            cost = time_cost(field, v, d, e) + price_of_stop(field, tours, v, j)
            if cost < least and store_suffices(field, tours, v, j, -1):
                best, least = j, cost
    return best


@inner
def by_depot(field: Field, tours: Tours, v: int, stop: int) -> tuple[float, float]:
    """Duration (-1 where it cannot be made) and earliest start of a tour with a depot stop after a place."""
    k, q, depot = v * field.width + stop, field.places, field.depot
    d, e, last = joined(
        tours.real[tours.pre_d + k],
        tours.real[tours.pre_e + k],
        tours.real[tours.pre_l + k],
        field.real[field.travel + tours.whole[tours.at + k] * q + depot],
        field.real[field.service + depot],
        field.depot_opens,
        field.depot_closes,
    )
    k += 1
    d, e, _ = joined(
        d,
        e,
        last,
        field.real[field.travel + depot * q + tours.whole[tours.at + k]],
        tours.real[tours.suf_d + k],
        tours.real[tours.suf_e + k],
        tours.real[tours.suf_l + k],
    )
    return d, e


@inner
def price_of_stop(field: Field, tours: Tours, v: int, stop: int) -> float:
    """The price of going by the depot after a place, over going straight on."""
    if not field.has_price:
        return 0.0
    base, q = v * field.width, field.places
    a, b = tours.whole[tours.at + base + stop], tours.whole[tours.at + base + stop + 1]
    return (
        field.real[field.price + a * q + field.depot]
        + field.real[field.price + field.depot * q + b]
        - field.real[field.price + a * q + b]
    )


@inner
def route_cost(field: Field, tours: Tours, v: int, stop: int) -> float:
    """The whole tour with a depot stop after a place, or without one (-1); FAR where it cannot be made."""
    base, m, q = v * field.width, tours.whole[tours.size + v], field.places
    if m == 0:
        return 0.0
    if stop < 0:
        d, e = tours.real[tours.suf_d + base], tours.real[tours.suf_e + base]
    else:
        d, e = by_depot(field, tours, v, stop)
    if d < 0.0:
        return FAR
    cost = time_cost(field, v, d, e)
    for i in range(1, m + 1):
        c = tours.whole[tours.at + base + i]
        cost += field.real[field.extra + v * field.n + c]
        if tours.whole[tours.late + c] == 1:
            cost += field.real[field.breach + c]
    if field.has_price:
        for i in range(m + 1):
            a, b = tours.whole[tours.at + base + i], tours.whole[tours.at + base + i + 1]
            cost += field.real[field.price + a * q + b]
        if stop >= 0:
            cost += price_of_stop(field, tours, v, stop)
    return cost
