"""Removal: which visits are taken out, so that there is something to do better."""

from maintenance.search.chance import draw, draw_below, draw_skewed
from maintenance.search.compiled import inner
from maintenance.search.field import Field, Tours
from maintenance.search.segments import joined, rebuild, time_cost

FEWEST, MOST = 3, 25
WAYS = 6


@inner
def take_out(field: Field, tours: Tours) -> int:
    """Take a few visits out, in one of six ways; they and all that were out stand in `pool` then. Returns how many."""
    n = field.n
    served = 0
    for c in range(n):
        if tours.whole[tours.where + c] >= 0:
            tours.whole[tours.pool + n + served] = c
            served += 1
    count = 0
    if served > 0:
        wanted = min(FEWEST + draw_skewed(tours, MOST - FEWEST + 1, 2.0), served)
        way = draw_below(tours, WAYS)
        seed = tours.whole[tours.pool + n + draw_below(tours, served)]
        if way == 0:
            count = at_random(field, tours, wanted, served)
        elif way == 1:
            count = alike(field, tours, wanted, seed)
        elif way == 2:
            count = worst(field, tours, wanted, served)
        elif way == 3:
            count = whole_tour(field, tours, seed)
        elif way == 4:
            count = strings(field, tours, wanted, seed)
        else:
            count = at_one_time(field, tours, wanted, seed)
    close_gaps(field, tours)
    for c in range(n):
        if tours.whole[tours.where + c] == -1:
            tours.whole[tours.pool + count] = c
            count += 1
        elif tours.whole[tours.where + c] == -2:
            tours.whole[tours.where + c] = -1
    return count


@inner
def mark(field: Field, tours: Tours, c: int, count: int) -> int:
    """Take one visit out, once; returns how many there are then."""
    v = tours.whole[tours.where + c]
    if v < 0:
        return count
    tours.whole[tours.where + c] = -2
    tours.whole[tours.touched + v] = 1
    tours.whole[tours.stirred + field.whole[field.owner + v]] = 1
    tours.whole[tours.pool + count] = c
    return count + 1


@inner
def close_gaps(field: Field, tours: Tours) -> None:
    """Tours without what was taken out of them."""
    for v in range(field.tours):
        if tours.whole[tours.touched + v] == 0:
            continue
        base, m = v * field.width, 0
        for i in range(1, tours.whole[tours.size + v] + 1):
            c = tours.whole[tours.at + base + i]
            if tours.whole[tours.where + c] == v:
                m += 1
                tours.whole[tours.at + base + m] = c
        tours.whole[tours.size + v] = m
        rebuild(field, tours, v, True)


@inner
def at_random(field: Field, tours: Tours, wanted: int, served: int) -> int:
    """Any."""
    count = 0
    for _ in range(wanted):
        count = mark(field, tours, tours.whole[tours.pool + field.n + draw_below(tours, served)], count)
    return count


@inner
def alike(field: Field, tours: Tours, wanted: int, seed: int) -> int:
    """Visits that are near a seed in place and time."""
    count = mark(field, tours, seed, 0)
    others = field.n - 1
    tries = 0
    while count < wanted and tries < 4 * wanted:
        tries += 1
        rank = draw_skewed(tours, min(others, 3 * wanted), 1.5)
        count = mark(field, tours, field.whole[field.near + seed * others + rank], count)
    return count


@inner
def worst(field: Field, tours: Tours, wanted: int, served: int) -> int:
    """Visits without which their tours would cost much less, with some luck."""
    n = field.n
    for v in range(field.tours):
        for i in range(1, tours.whole[tours.size + v] + 1):
            c = tours.whole[tours.at + v * field.width + i]
            tours.real[tours.offer + c] = saving(field, tours, v, i) * (0.6 + 0.8 * draw(tours))
    count = 0
    for _ in range(wanted):
        chosen, most = -1, -1e18
        for k in range(served):
            c = tours.whole[tours.pool + n + k]
            if tours.whole[tours.where + c] >= 0 and tours.real[tours.offer + c] > most:
                chosen, most = c, tours.real[tours.offer + c]
        if chosen >= 0:
            count = mark(field, tours, chosen, count)
    return count


@inner
def saving(field: Field, tours: Tours, v: int, i: int) -> float:
    """What a tour would cost less without one of its visits, depot stops left aside."""
    base, q = v * field.width, field.places
    a, c, b = (
        tours.whole[tours.at + base + i - 1],
        tours.whole[tours.at + base + i],
        tours.whole[tours.at + base + i + 1],
    )
    saved = 0.0
    if field.has_price:
        saved = (
            field.real[field.price + a * q + c]
            + field.real[field.price + c * q + b]
            - field.real[field.price + a * q + b]
        )
    if field.real[field.per_time + v] > 0.0:
        k, j = base + i - 1, base + i + 1
        way = field.real[field.travel + a * q + b]
        d, e, _ = joined(
            tours.real[tours.pre_d + k],
            tours.real[tours.pre_e + k],
            tours.real[tours.pre_l + k],
            way,
            tours.real[tours.suf_d + j],
            tours.real[tours.suf_e + j],
            tours.real[tours.suf_l + j],
        )
        if d >= 0.0 and tours.real[tours.suf_d + base] >= 0.0:
            now = time_cost(field, v, tours.real[tours.suf_d + base], tours.real[tours.suf_e + base])
            saved += now - time_cost(field, v, d, e) - field.real[field.per_time + v] * field.real[field.service + c]
        else:
            detour = field.real[field.travel + a * q + c] + field.real[field.travel + c * q + b] - way
            saved += field.real[field.per_time + v] * detour
    return saved


@inner
def whole_tour(field: Field, tours: Tours, seed: int) -> int:
    """All visits of a tour, and one more near it."""
    v = tours.whole[tours.where + seed]
    count = 0
    for i in range(1, min(tours.whole[tours.size + v], MOST) + 1):
        count = mark(field, tours, tours.whole[tours.at + v * field.width + i], count)
    if field.n > 1:
        count = mark(field, tours, field.whole[field.near + seed * (field.n - 1)], count)
    return count


@inner
def strings(field: Field, tours: Tours, wanted: int, seed: int) -> int:
    """A stretch of each tour that passes near a seed (after Christiaens and Vanden Berghe 2020)."""
    others = field.n - 1
    longest = max(2, wanted // 2)
    count = 0
    k = -1
    while count < wanted and k < min(others, 40):
        c = seed if k < 0 else field.whole[field.near + seed * others + k]
        k += 1
        v = tours.whole[tours.where + c]
        if v < 0 or tours.whole[tours.touched + v] == 1:
            continue
        base, m = v * field.width, tours.whole[tours.size + v]
        length = min(1 + draw_below(tours, longest), m, wanted - count)
        spot = 1
        while tours.whole[tours.at + base + spot] != c:
            spot += 1
        first = spot - draw_below(tours, length)
        first = max(1, min(first, m - length + 1))
        for i in range(first, first + length):
            count = mark(field, tours, tours.whole[tours.at + base + i], count)
    return count


@inner
def at_one_time(field: Field, tours: Tours, wanted: int, seed: int) -> int:
    """Visits that have to be made about the same time."""
    count = mark(field, tours, seed, 0)
    spread = min(field.n, 3 * wanted)
    first = field.whole[field.rank + seed] - spread // 2
    first = max(0, min(first, field.n - spread))
    tries = 0
    while count < wanted and tries < 4 * wanted:
        tries += 1
        count = mark(field, tours, field.whole[field.when + first + draw_below(tours, spread)], count)
    return count
