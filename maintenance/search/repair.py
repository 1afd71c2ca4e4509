"""Repair: visits that are out are put back where that costs least, the most urgent first."""

from maintenance.search.chance import draw, draw_below
from maintenance.search.compiled import inner
from maintenance.search.field import FAR, Field, Tours
from maintenance.search.places import is_spare, offer_in, put_in
from maintenance.search.segments import earliest_of, latest_of

BLINK = 0.05
LEVELS = (1, 2, 3, 5)


@inner
def put_back(field: Field, tours: Tours, count: int, noise: float) -> None:
    """Put the pool's visits back in one of five ways; what has no place stays out."""
    way = draw_below(tours, 5)
    if way == 4:
        greedy(field, tours, count)
        return
    amount = noise if draw(tours) < 0.5 else 0.0
    regret(field, tours, count, LEVELS[way], amount)


@inner
def greedy(field: Field, tours: Tours, count: int) -> None:
    """One after the other in an order of chance, each where it costs least, now and then overlooking a tour."""
    by_time = draw(tours) < 0.5
    for k in range(count):
        c = tours.whole[tours.pool + k]
        key = float(field.whole[field.rank + c]) if by_time else draw(tours)
        tours.real[tours.offer + k] = key
    for k in range(1, count):
        c, key = tours.whole[tours.pool + k], tours.real[tours.offer + k]
        i = k - 1
        while i >= 0 and tours.real[tours.offer + i] > key:
            tours.whole[tours.pool + i + 1], tours.real[tours.offer + i + 1] = (
                tours.whole[tours.pool + i],
                tours.real[tours.offer + i],
            )
            i -= 1
        tours.whole[tours.pool + i + 1], tours.real[tours.offer + i + 1] = c, key
    for k in range(count):
        c = tours.whole[tours.pool + k]
        least, tour, place, is_late = field.real[field.penalty + c], -1, -1, 0
        for v in range(field.tours):
            if latest_of(field, v, c, 1) < earliest_of(field, v, c, 1) or is_spare(field, tours, v):
                continue
            if draw(tours) < BLINK:
                continue
            cost, spot, late = offer_in(field, tours, c, v)
            if spot >= 0 and cost < least:
                least, tour, place, is_late = cost, v, spot, late
        if tour >= 0:
            put_in(field, tours, c, tour, place, is_late)


@inner
def ask(field: Field, tours: Tours, k: int, v: int, noise: float) -> None:
    """What the pool's visit number `k` adds to a tour."""
    c = tours.whole[tours.pool + k]
    cost = FAR
    if latest_of(field, v, c, 1) >= earliest_of(field, v, c, 1) and not is_spare(field, tours, v):
        cost, _, _ = offer_in(field, tours, c, v)
        if noise > 0.0 and cost < FAR:
            cost += noise * (2.0 * draw(tours) - 1.0)
    tours.real[tours.offer + k * field.tours + v] = cost


@inner
def regret(field: Field, tours: Tours, count: int, level: int, noise: float) -> None:
    """The visit that would lose most by waiting comes first: its best places compared with each other."""
    for k in range(count):
        for v in range(field.tours):
            ask(field, tours, k, v, noise)
    while count > 0:
        chosen, tour, most = -1, -1, -FAR * 10
        for k in range(count):
            v, loss = loss_of(field, tours, k, level)
            if v >= 0 and loss > most:
                chosen, tour, most = k, v, loss
        if chosen < 0:
            return
        c = tours.whole[tours.pool + chosen]
        cost, place, late = offer_in(field, tours, c, tour)
        if place < 0 or cost > field.real[field.penalty + c] + noise:
            tours.real[tours.offer + chosen * field.tours + tour] = FAR
            continue
        was_empty = tours.whole[tours.size + tour] == 0
        put_in(field, tours, c, tour, place, late)
        count -= 1
        tours.whole[tours.pool + chosen] = tours.whole[tours.pool + count]
        for v in range(field.tours):
            tours.real[tours.offer + chosen * field.tours + v] = tours.real[tours.offer + count * field.tours + v]
        for v in range(field.tours):
            if v == tour or (was_empty and field.whole[field.twin + v] >= 0 and tours.whole[tours.size + v] == 0):
                for k in range(count):
                    ask(field, tours, k, v, noise)


@inner
def loss_of(field: Field, tours: Tours, k: int, level: int) -> tuple[int, float]:
    """The cheapest tour of the pool's visit number `k` (-1 = none), and what it would lose without it."""
    row = k * field.tours
    penalty = field.real[field.penalty + tours.whole[tours.pool + k]]
    best, tour = penalty, -1
    second, third, fourth, fifth = penalty, penalty, penalty, penalty
    for v in range(field.tours):
        cost = tours.real[tours.offer + row + v]
        if cost >= fifth:
            continue
        if cost < best:
            best, second, third, fourth, fifth = cost, best, second, third, fourth
            tour = v
        elif cost < second:
            second, third, fourth, fifth = cost, second, third, fourth
        elif cost < third:
            third, fourth, fifth = cost, third, fourth
        elif cost < fourth:
            fourth, fifth = cost, fourth
        else:
            fifth = cost
    if level == 1:
        return tour, -best
    loss = second - best
    if level > 2:
        loss += third - best
    if level > 3:
        loss += fourth + fifth - 2.0 * best
    return tour, loss
