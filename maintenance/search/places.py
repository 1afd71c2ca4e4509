"""Places: where in a tour a visit costs least, every place tried exactly."""

from maintenance.search.chance import draw
from maintenance.search.compiled import compiled
from maintenance.search.field import FAR, Field, Tours
from maintenance.search.segments import joined, latest_of, own_reach, rebuild, store_suffices, time_cost


@compiled
def best_place(field: Field, tours: Tours, c: int, v: int, late: int, blink: float) -> tuple[float, int]:
    """What a visit adds to a tour's cost at its best place, and the place before it; FAR where there is none.

    Each place is overlooked with the chance `blink`.
    """
    w, m, q, n = field.width, tours.whole[tours.size + v], field.places, field.n
    lo, hi = field.real[field.earliest + v * n + c], latest_of(field, v, c, late)
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
        return place_with_depot(field, tours, c, v, lo, hi, reach, reach_with, blink)
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
        if cost < least and (blink == 0.0 or draw(tours) >= blink):
            least, place = cost, i
    return least, place


@compiled
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


@compiled
def place_with_depot(
    field: Field, tours: Tours, c: int, v: int, lo: float, hi: float, reach: int, reach_with: int, blink: float
) -> tuple[float, int]:
    """The best place where the tour needs a depot stop, every place of the stop tried."""
    w, m, q, n = field.width, tours.whole[tours.size + v], field.places, field.n
    base, service = v * w, field.real[field.service + c]
    steady = steady_cost(field, tours, v) + field.real[field.extra + v * n + c] - tours.real[tours.cost + v]
    if hi > field.real[field.latest + v * n + c]:
        steady += field.real[field.breach + c]
    least, place = FAR, -1
    for i in range(m + 1):
        a, b = tours.whole[tours.at + base + i], tours.whole[tours.at + base + i + 1]
        if blink > 0.0 and draw(tours) < blink:
            continue
        k = base + i + 1
        to_next = field.real[field.travel + c * q + b]
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
            continue
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


@compiled
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


@compiled
def offer_of(field: Field, tours: Tours, c: int, v: int, blink: float) -> tuple[float, int, int]:
    """The best place in time, else the best place after the deadline: cost, place before it, late or not."""
    cost, place = best_place(field, tours, c, v, 0, blink)
    if place < 0 and field.real[field.latest_late + v * field.n + c] > field.real[field.latest + v * field.n + c]:
        cost, place = best_place(field, tours, c, v, 1, blink)
        return cost, place, 1
    return cost, place, 0


@compiled
def put_in(field: Field, tours: Tours, c: int, v: int, place: int, late: int) -> None:
    """Put a visit behind a place of a tour."""
    base, m = v * field.width, tours.whole[tours.size + v]
    for i in range(m + 1, place, -1):
        tours.whole[tours.at + base + i + 1] = tours.whole[tours.at + base + i]
    tours.whole[tours.at + base + place + 1] = c
    tours.whole[tours.size + v] = m + 1
    tours.whole[tours.where + c] = v
    tours.whole[tours.late + c] = late
    tours.whole[tours.touched + v] = 1
    rebuild(field, tours, v, True)


@compiled
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
