"""Dates, stock and routes together, or one after the other: `python -m bench.joint [--weeks 20] [--json]`.

Each seed is a week of a region: machines that failed, parts whose wear has been seen (their chance of failing rises by
the day), parts whose best age comes this week or next, one piece each from a shelf that has fewer than are wanted, more
arrives in the week, and express costs a fee. One after the other: pieces go to whoever loses most by waiting, and one
is sent express where that alone saves its order more than the fee; every order takes the day that is cheapest for
itself once its piece is there; then routes are planned day by day, what finds no room may go on any later day; what is
best next week waits, and costs a visit as they cost in this plan. Together: `maintenance.joint` on the same cost. Both
may try equally often, with equally many rounds; the sequential way keeps its best. Every plan is checked. "dates free"
is in between: the same pieces, all days open, nothing given out anew.
"""

import argparse
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np
from rich.console import Console
from rich.progress import Progress

from bench.crew_synthetic import NOW, shift
from domain.crew import Crew, Depot, Place, Span, Technician, Visit
from domain.errors import GiveUp
from domain.instants import DAY, HOUR, MINUTE
from domain.work_order import Waiting
from maintenance.age import best_age
from maintenance.condition import Failing
from maintenance.crew_check import check
from maintenance.crew_cost import cost_of, end_of, waiting_cost
from maintenance.crew_ways import StraightLine, Ways
from maintenance.joint import Allotment, Decision, Lot, decide, decided, first_come
from maintenance.life import Weibull
from maintenance.waiting import Costs
from maintenance.wear import Wear
from truckroll.cli.options import print_table

PARTS = ("fan", "board", "seal")
COSTS = Costs(250.0, 2_500.0, is_assumed=False)
LIFE = Weibull(3.0, 300.0)
WEAR = Wear(begins_at=0.1, fails_at=1.0, pace=0.006, spread=0.002, jitter=6e-5, noise=0.03)
DOWN_A_DAY = 600.0
EXPRESS = 60.0
DAYS = 5


def main() -> None:
    """Run and print."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--weeks", type=int, default=20)
    words.add_argument("--first-seed", type=int, default=0)
    words.add_argument("--orders", type=int, default=30)
    words.add_argument("--technicians", type=int, default=2)
    words.add_argument("--rounds", type=int, default=50, help="of the crew search, each time")
    words.add_argument("--turns", type=int, default=4, help="plans that each way may make")
    words.add_argument("--json", action="store_true")
    args = words.parse_args()
    rows = []
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("weeks", total=args.weeks)
        for seed in range(args.first_seed, args.first_seed + args.weeks):
            rows.append(compared(seed, args))
            bar.advance(task)
    found = summary(rows)
    if args.json:
        print(json.dumps({"weeks": rows, "summary": found}))
        return
    print_table(list(rows[0]), [[f"{value:,.0f}" for value in row.values()] for row in rows], "weeks")
    print_table(list(found), [[f"{value:.3f}" for value in found.values()]], "together, by the sequential way")


def compared(seed: int, args: argparse.Namespace) -> dict[str, float]:
    """What a week costs each way."""
    crew, lots = week(seed, args.orders, args.technicians)
    ways = Ways(crew, StraightLine())
    allotted = with_express(crew, first_come(crew, lots))
    crew = with_price_of_later(crew, in_turn(crew, allotted, ways, seed, args.rounds), ways)
    kept = {visit.order for visit in crew.visits}
    allotted = {order: lot for order, lot in allotted.items() if order in kept}
    tries = range(seed, seed + args.turns)
    one_by_one = best_of(in_turn(crew, allotted, ways, nth, args.rounds) for nth in tries)
    free = best_of(decided(crew, allotted, ways, seed=nth, rounds=args.rounds) for nth in tries)
    together = best_of(decide(crew, lots, ways, seed=seed, rounds=args.rounds, turns=args.turns))
    for each in (one_by_one, free, together):
        confirm(crew, each, ways)
    return {
        "seed": seed,
        "orders": len(crew.visits),
        "in turn": one_by_one.cost,
        "dates free": free.cost,
        "together": together.cost,
        "visits in turn": len(crew.visits) - len(one_by_one.plan.unassigned),
        "visits together": len(crew.visits) - len(together.plan.unassigned),
        "express in turn": sum(lot.fee > 0 for lot in one_by_one.lots.values()),
        "express together": sum(lot.fee > 0 for lot in together.lots.values()),
    }


def summary(rows: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """By the sequential way."""
    listed = list(rows)
    ratios = np.array([row["together"] / row["in turn"] for row in listed])
    free = np.array([row["dates free"] / row["in turn"] for row in listed])
    return {
        "mean": float(ratios.mean()),
        "least": float(ratios.min()),
        "most": float(ratios.max()),
        "deviation": float(ratios.std(ddof=1)) if len(ratios) > 1 else 0.0,
        "dates free, mean": float(free.mean()),
        "by dates free, mean": float(np.mean([row["together"] / row["dates free"] for row in listed])),
        "better weeks": float((ratios < 1.0).sum()),
    }


def best_of(found: Iterable[Decision]) -> Decision:
    """The cheapest."""
    return min(found, key=lambda each: each.cost)


def confirm(crew: Crew, found: Decision, ways: Ways) -> None:
    """Every rule is kept and nobody went before the piece was there. Raises GiveUp."""
    begins = {stop.order: stop.starts_at for route in found.plan.routes for stop in route.stops if stop.order}
    early = [order for order, lot in found.lots.items() if begins.get(order, lot.ready_at) < lot.ready_at]
    used = [lot for order, lot in found.lots.items() if order in begins]
    if early or check(crew, found.plan, ways):
        raise GiveUp(f"A plan of {len(used)} visits breaks a rule or comes before its part; this is a mistake of ours.")


# -- a week


def week(seed: int, orders: int, technicians: int) -> tuple[Crew, list[Lot]]:
    """The same for the same seed: half a degree across, a depot in the middle."""
    chance = np.random.default_rng([seed, 7])

    def place() -> Place:
        return Place(*(round(float(x), 5) for x in chance.uniform((52.3, 13.1), (52.7, 13.7))))

    people = tuple(
        Technician(id=f"t{k}", home=place(), shifts=tuple(shift(day) for day in range(1, DAYS + 1)))
        for k in range(technicians)
    )
    curves: tuple[Callable[[np.random.Generator], tuple[Waiting, ...]], ...] = (stands, wears, wears, ages, ages, ages)
    visits = tuple(
        Visit(
            order=f"W-{nth:03d}",
            place=place(),
            duration=int(chance.integers(3, 9)) * 10 * MINUTE,
            parts={str(chance.choice(PARTS)): 1},
            waiting=curves[nth % len(curves)](chance),
            unassigned_cost=2_000.0 if nth % len(curves) == 0 else 75.0,
        )
        for nth in range(orders)
    )
    crew = Crew(now=NOW, visits=visits, technicians=people, depot=Depot(place=Place(52.5, 13.4)))
    return crew, list(lots_of(crew, chance))


def lots_of(crew: Crew, chance: np.random.Generator) -> Iterable[Lot]:
    """A fifth of what is wanted lies there, the rest arrives in the week; express, as many as wanted on Tuesday."""
    for part in PARTS:
        wanted = sum(part in visit.parts for visit in crew.visits)
        for nth in range(wanted):
            day = 0 if nth < wanted // 5 else int(chance.integers(2, DAYS + 1))
            yield Lot(part, NOW + day * DAY)
        yield from [Lot(part, NOW + 2 * DAY, EXPRESS)] * wanted


def stands(chance: np.random.Generator) -> tuple[Waiting, ...]:
    """A machine that failed: its down time."""
    return tuple(Waiting(days=day, cost=DOWN_A_DAY * day, is_assumed=False) for day in range(1, DAYS + 3))


def wears(chance: np.random.Generator) -> tuple[Waiting, ...]:
    """A part whose wear is seen, some days from its limit: the chance of a failure, less the life that is used."""
    level = float(chance.uniform(0.88, 0.97))
    failing = Failing(WEAR, level, WEAR.pace, 2e-4, 0.0, 1e-6)
    a_day = COSTS.planned / 130.0
    return curve(lambda day: failing(day) * (COSTS.failure - COSTS.planned) - a_day * day)


def ages(chance: np.random.Generator) -> tuple[Waiting, ...]:
    """A part whose best age comes within two weeks, or has just passed: its hazard, less the life that is used."""
    policy = best_age(LIFE, COSTS)
    begin = policy.age - float(chance.uniform(-4.0, 12.0))

    def cost(day: float) -> float:
        hazard: float = ((begin + day) / LIFE.scale) ** LIFE.shape - (begin / LIFE.scale) ** LIFE.shape
        return hazard * (COSTS.failure - COSTS.planned) - policy.rate * day

    return curve(cost)


def curve(cost: Callable[[float], float]) -> tuple[Waiting, ...]:
    """Day by day, lifted so that the best day costs nothing."""
    found = [cost(float(day)) for day in range(1, DAYS + 3)]
    return tuple(
        Waiting(days=day, cost=value - min(found), is_assumed=False) for day, value in enumerate(found, start=1)
    )


# -- one after the other


def with_express(crew: Crew, allotted: Allotment) -> Allotment:
    """Pieces sent express where the order's own best day, with the fee, is then cheaper than without."""
    found = dict(allotted)
    for visit in crew.visits:
        mine = allotted[visit.order]
        express = Lot(mine.part, NOW + 2 * DAY, EXPRESS)
        if own_cost(visit, express) + EXPRESS < own_cost(visit, mine):
            found[visit.order] = express
    return found


def own_cost(visit: Visit, lot: Lot) -> float:
    """What waiting costs on the best day that a lot allows."""
    days = [day for day in range(1, DAYS + 1) if NOW + (day + 1) * DAY > lot.ready_at]
    return min(waiting_cost(visit.waiting, day * DAY + 12 * HOUR) for day in days)


def in_turn(crew: Crew, allotted: Allotment, ways: Ways, seed: int, rounds: int) -> Decision:
    """Each order on its own best day; what finds no room goes on any day after it."""
    open_days = {visit.order: dated(crew, visit, allotted) for visit in crew.visits}
    for _ in range(3):
        visits = tuple(replace(visit, windows=(open_days[visit.order],)) for visit in crew.visits)
        found = decided(replace(crew, visits=visits), {}, ways, seed=seed, rounds=rounds)
        left = [one.order for one in found.plan.unassigned if open_days[one.order].end < end_of(crew)]
        if not left:
            break
        for order in left:
            open_days[order] = Span(open_days[order].begin, end_of(crew))
    return Decision(
        plan=found.plan, lots=allotted, cost=cost_of(crew, found.plan, ways).total + fees_of(found, allotted)
    )


def fees_of(found: Decision, allotted: Allotment) -> float:
    """Of the pieces whose visits are made."""
    left = {one.order for one in found.plan.unassigned}
    return sum(lot.fee for order, lot in allotted.items() if order not in left)


def dated(crew: Crew, visit: Visit, allotted: Allotment) -> Span:
    """The day that costs least by itself, from when the piece is there; a day is from midnight to midnight."""
    ready = allotted[visit.order].ready_at if visit.order in allotted else crew.now
    days = [day for day in range(1, DAYS + 1) if NOW + (day + 1) * DAY > ready]
    best = min(days, key=lambda day: waiting_cost(visit.waiting, day * DAY + 12 * HOUR))
    return Span(max(NOW + best * DAY, ready), NOW + (best + 1) * DAY)


def with_price_of_later(crew: Crew, found: Decision, ways: Ways) -> Crew:
    """What may wait for next week costs a visit then, as visits cost in this plan."""
    cost = cost_of(crew, found.plan, ways)
    made = max(1, len(crew.visits) - len(found.plan.unassigned))
    later = (cost.travel + cost.work + cost.overtime) / made
    return replace(
        crew,
        visits=tuple(
            one if one.unassigned_cost > 1_000.0 else replace(one, unassigned_cost=later) for one in crew.visits
        ),
    )


if __name__ == "__main__":
    main()
