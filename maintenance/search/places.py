"""Places: where in a tour a visit costs least, every place tried exactly."""

from maintenance.search.compiled import inner
from maintenance.search.field import FAR, Field, Tours
from maintenance.search.segments import (
    earliest_of,
    joined,
    latest_of,
    own_reach,
    rebuild,
    store_suffices,
    time_cost,
    with_depot,
)


@inner
def best_place(field: Field, tours: Tours, c: int, v: int, late: int) -> tuple[float, int]:
    """What a visit adds to a tour's cost at its best place, and the place before it; FAR where there is none."""
    w, m, q, n = field.width, tours.whole[tours.size + v], field.places, field.n
    lo, hi = earliest_of(field, v, c, late), latest_of(field, v, c, late)
    if hi < lo or m + 3 > w:
        return FAR, -1
    reach = own_reach(field, tours, v, -1)
    reach_with = own_reach(field, tours, v, c)
    fixed = field.real[field.extra + v * n + c] - tours.real[tours.cost + v]
    if late == 1:
        fixed += field.real[field.breach + c]
    if reach_with < m:
        if field.depot < 0 or reach < 0:
            return FAR, -1
        if tours.whole[tours.deep + v] == 0:
            with_depot(field, tours, v)
        return place_with_depot(field, tours, c, v, late, reach, reach_with)
    base = v * w
    service = field.real[field.service + c]
    least, place = FAR, -1
    steady = steady_cost(field, tours, v)
    for i in range(m + 1):
        a, b = tours.whole[tours.at + base + i], tours.whole[tours.at + base + i + 1]
        way = field.real[field.travel + a * q + c]
        if tours.real[tours.pre_e + base + i] + tours.real[tours.pre_d + base + i] + way > hi + 1e-7:
            break
        d, e, last = joined(
            tours.real[tours.pre_d + base + i],
            tours.real[tours.pre_e + base + i],
            tours.real[tours.pre_l + base + i],
            way,
            service,
            lo,
            hi,
        )
        k = base + i + 1
        d, e, last = joined(
            d,
            e,
            last,
            field.real[field.travel + c * q + b],
            tours.real[tours.suf_d + k],
            tours.real[tours.suf_e + k],
            tours.real[tours.suf_l + k],
        )
        if d < 0.0:
            continue
        cost = time_cost(field, v, d, e) + steady + fixed
        if field.has_price:
            cost += field.real[field.price + a * q + c] + field.real[field.price + c * q + b]
            if m > 0:
                cost -= field.real[field.price + a * q + b]
        if cost < least:
            least, place = cost, i
    return least, place


@inner
def steady_cost(field: Field, tours: Tours, v: int) -> float:
    """What a tour costs beside its time, without a depot stop."""
    m, base, q = tours.whole[tours.size + v], v * field.width, field.places
    if m == 0:
        return 0.0
    if tours.whole[tours.stop + v] < 0:
        return tours.real[tours.cost + v] - time_cost(
            field, v, tours.real[tours.suf_d + base], tours.real[tours.suf_e + base]
        )
    cost = 0.0
    for i in range(m + 1):
        a = tours.whole[tours.at + base + i]
        if i > 0:
            cost += field.real[field.extra + v * field.n + a]
            if tours.whole[tours.late + a] == 1:
                cost += field.real[field.breach + a]
        if field.has_price:
            cost += field.real[field.price + a * q + tours.whole[tours.at + base + i + 1]]
    return cost


@inner
def place_with_depot(
    field: Field, tours: Tours, c: int, v: int, late: int, reach: int, reach_with: int
) -> tuple[float, int]:
    """The best place where the tour needs a depot stop, every place of the stop tried.

    A place where not even the tour without the stop would do is not looked at: ways keep to the triangle's rule.
    """
    w, m, q, n = field.width, tours.whole[tours.size + v], field.places, field.n
    base, service = v * w, field.real[field.service + c]
    lo, hi = earliest_of(field, v, c, late), latest_of(field, v, c, late)
    steady = steady_cost(field, tours, v) + field.real[field.extra + v * n + c] - tours.real[tours.cost + v]
    if late == 1:
        steady += field.real[field.breach + c]
    least, place = FAR, -1
    for i in range(m + 1):
        a, b = tours.whole[tours.at + base + i], tours.whole[tours.at + base + i + 1]
        k = base + i + 1
        to_next = field.real[field.travel + c * q + b]
        d1, e1, l1 = joined(
            tours.real[tours.pre_d + base + i],
            tours.real[tours.pre_e + base + i],
            tours.real[tours.pre_l + base + i],
            field.real[field.travel + a * q + c],
            service,
            lo,
            hi,
        )
        if d1 < 0.0:
            break
        d, e, last = joined(
            d1,
            e1,
            l1,
            to_next,
            tours.real[tours.suf_d + k],
            tours.real[tours.suf_e + k],
            tours.real[tours.suf_l + k],
        )
        if d < 0.0 or time_cost(field, v, d, e) + steady >= least:
            continue
        for j in range(min(i, reach) + 1):
            if not store_suffices(field, tours, v, j, c):
                continue
            row = (base + j) * w + i
            before = field.depot if j == i else a
            way = field.real[field.travel + before * q + c]
            d, e, last = joined(
                tours.real[tours.mid_d + row],
                tours.real[tours.mid_e + row],
                tours.real[tours.mid_l + row],
                way,
                service,
                lo,
                hi,
            )
            d, e, last = joined(
                d,
                e,
                last,
                to_next,
                tours.real[tours.suf_d + k],
                tours.real[tours.suf_e + k],
                tours.real[tours.suf_l + k],
            )
            if d >= 0.0:
                cost = time_cost(field, v, d, e) + steady
                if field.has_price:
                    cost += detour(field, tours, v, c, i, j, True)
                if cost < least:
                    least, place = cost, i
        for j in range(i, reach_with + 1):
            if not store_suffices(field, tours, v, j, -1):
                continue
            row = k * w + j
            way = field.real[field.travel + c * q + field.depot] if j == i else to_next
            d, e, last = joined(
                d1,
                e1,
                l1,
                way,
                tours.real[tours.end_d + row],
                tours.real[tours.end_e + row],
                tours.real[tours.end_l + row],
            )
            if d >= 0.0:
                cost = time_cost(field, v, d, e) + steady
                if field.has_price:
                    cost += detour(field, tours, v, c, i, j, False)
                if cost < least:
                    least, place = cost, i
    return least, place


@inner
def detour(field: Field, tours: Tours, v: int, c: int, i: int, j: int, is_after: bool) -> float:
    """The price of going by visit `c` after place `i` and by the depot after place `j`, over going straight on."""
    q, base, depot = field.places, v * field.width, field.depot
    a, b = tours.whole[tours.at + base + i], tours.whole[tours.at + base + i + 1]
    if i == j:
        first, second = (depot, c) if is_after else (c, depot)
        way = (
            field.real[field.price + a * q + first]
            + field.real[field.price + first * q + second]
            + field.real[field.price + second * q + b]
        )
        return way - field.real[field.price + a * q + b] if tours.whole[tours.size + v] > 0 else way
    stop, then = tours.whole[tours.at + base + j], tours.whole[tours.at + base + j + 1]
    way = (
        field.real[field.price + a * q + c] + field.real[field.price + c * q + b] - field.real[field.price + a * q + b]
    )
    return (
        way
        + field.real[field.price + stop * q + depot]
        + field.real[field.price + depot * q + then]
        - field.real[field.price + stop * q + then]
    )


@inner
def offer_of(field: Field, tours: Tours, c: int, v: int) -> tuple[float, int, int]:
    """The best place in time, else the best place at another time: cost, place before it, late or not."""
    cost, place = best_place(field, tours, c, v, 0)
    if place < 0 and is_wider(field, v, c):
        cost, place = best_place(field, tours, c, v, 1)
        return cost, place, 1
    return cost, place, 0


@inner
def is_wider(field: Field, v: int, c: int) -> bool:
    """A visit may be made at other times than it was asked or told."""
    k = v * field.n + c
    is_later = field.real[field.latest_late + k] > field.real[field.latest + k]
    return is_later or field.real[field.earliest_late + k] < field.real[field.earliest + k]


@inner
def offer_in(field: Field, tours: Tours, c: int, v: int) -> tuple[float, int, int]:
    """The same, remembered for tours that are as they were accepted last."""
    if field.is_store_limited or tours.whole[tours.stirred + field.whole[field.owner + v]] == 1:
        return offer_of(field, tours, c, v)
    k = c * field.tours + v
    if tours.whole[tours.known_version + k] != tours.whole[tours.version + v]:
        cost, place, late = offer_of(field, tours, c, v)
        tours.whole[tours.known_version + k] = tours.whole[tours.version + v]
        tours.real[tours.known_cost + k] = cost
        tours.whole[tours.known_place + k] = 2 * place + late
    known = tours.whole[tours.known_place + k]
    return tours.real[tours.known_cost + k], known >> 1, known & 1


@inner
def touch(field: Field, tours: Tours, v: int) -> None:
    """A tour differs from what was accepted last."""
    tours.whole[tours.touched + v] = 1
    tours.whole[tours.stirred + field.whole[field.owner + v]] = 1


@inner
def put_in(field: Field, tours: Tours, c: int, v: int, place: int, late: int) -> None:
    """Put a visit behind a place of a tour."""
    base, m = v * field.width, tours.whole[tours.size + v]
    for i in range(m + 1, place, -1):
        tours.whole[tours.at + base + i + 1] = tours.whole[tours.at + base + i]
    tours.whole[tours.at + base + place + 1] = c
    tours.whole[tours.size + v] = m + 1
    tours.whole[tours.where + c] = v
    tours.whole[tours.late + c] = late
    touch(field, tours, v)
    rebuild(field, tours, v, True)


@inner
def is_spare(field: Field, tours: Tours, v: int) -> bool:
    """An empty tour that has an empty twin before it need not be tried."""
    if tours.whole[tours.size + v] > 0:
        return False
    u = field.whole[field.twin + v]
    while u >= 0:
        if tours.whole[tours.size + u] == 0:
            return True
        u = field.whole[field.twin + u]
    return False
