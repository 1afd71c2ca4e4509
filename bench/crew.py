"""How good crew plans are: public instances against their best known values, made-up regions against a dispatcher.

python -m bench.crew --set solomon|trsp --dir DIR --seconds N --out OUT.json [--instances A,B] [--seed S]
python -m bench.crew --set synthetic --seed S --orders N --technicians M --days D --seconds N --out OUT.json [--seeds K]
python -m bench.crew --set replan --seed S --orders N --technicians M --seconds N --out OUT.json [--seeds K]
    [--lost machines|technicians] [--price MONEY]
"""

import argparse
import json
import resource
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import fmean

from adapters.solver_vroom import Vroom
from bench.crew_instances import Instance, names_of, read
from bench.crew_replan import Morning, machines_down, moved, technicians_down, with_promises
from bench.crew_synthetic import dispatched, region
from domain.crew import Crew, CrewPlan
from maintenance.crew_check import check
from maintenance.crew_cost import cost_of
from maintenance.crew_field import calls_of, field_for
from maintenance.crew_live import Terms
from maintenance.crew_plan import finished, items_of, plan
from maintenance.crew_promises import movable
from maintenance.crew_start import asked_of, followed
from maintenance.crew_timetable import turns_of
from maintenance.crew_ways import StraightLine, Ways
from maintenance.search.compiled import IS_COMPILED
from maintenance.search.field import Tours
from maintenance.search.run import Effort, Progress, search, solution
from truckroll.crew_files import plan_rows

SHARE = 0.85
"""Of the time that a re-plan may take, for its search; the rest is for ways, timetables and the checker."""


def solved(instance: Instance, seconds: float, seed: int) -> tuple[list[list[int]], float, int]:
    """The best plan in so many processor seconds, its cost, and the rounds that were made."""
    effort = by_clock(seconds)
    rounds, tours = 0, None
    for step in search(instance.field, seed, effort):
        if isinstance(step, Tours):
            tours = step
        elif isinstance(step, Progress):
            rounds = step.rounds
    assert isinstance(tours, Tours)
    return instance.written(solution(instance.field, tours)), float(tours.real[tours.totals + 1]), rounds


def warm_up(instance: Instance) -> None:
    """Have everything compiled before the clock runs."""
    for _ in search(instance.field, 1, Effort(rounds=40)):
        pass


def against_others(given: argparse.Namespace) -> None:
    """Made-up regions: what plans of a dispatcher, of VROOM alone, of insertion and of the search cost; all checked."""
    for _ in plan(region(1, 5, 2, 1), Ways(region(1, 5, 2, 1), StraightLine()), 1, Effort(rounds=40)):
        pass
    rows, shares = {}, []
    for seed in range(given.seed, given.seed + given.seeds):
        crew = region(seed, given.orders, given.technicians, given.days)
        results, costs = plans_of(crew, seed, given.seconds), {}
        ways = Ways(crew, StraightLine())
        for name, (made, took) in results.items():
            assert not check(crew, made, ways), name
            cost = cost_of(crew, made, ways)
            costs[name] = cost.total
            rows[f"{seed} {name}"] = {"took": round(took, 2), **plan_rows(made, cost)}
            print(f"{seed} {name:10s} {cost.total:10.2f}, {len(made.unassigned)} left out, {took:.2f} s", flush=True)
        shares.append([100 * (1 - costs["search"] / costs[name]) for name in ("dispatcher", "vroom")])
        given.out.write_text(json.dumps(rows))
    for name, column in zip(("dispatcher", "VROOM alone"), zip(*shares, strict=True), strict=True):
        print(f"below {name}: mean {fmean(column):.1f} %, least {min(column):.1f} %")
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def after_breakdowns(given: argparse.Namespace) -> None:
    """Made-up days on which three break down at eleven: promises moved, and the cost beside a free re-plan."""
    warm, last = region(1, 5, 2, 1), CrewPlan()
    for _ in range(2):
        last = last_of(plan(warm, Ways(warm, StraightLine()), 1, Effort(rounds=40), before=last))
    rows = {}
    for seed in range(given.seed, given.seed + given.seeds):
        crew = region(seed, given.orders, given.technicians, 1)
        made = last_of(plan(crew, Ways(crew, StraightLine()), seed, by_clock(given.seconds)))
        lost = given.lost == "technicians"
        morning = technicians_down(crew, made) if lost else machines_down(crew, made, seed)
        rows[seed] = row = replanned_beside(morning, made, seed, given)
        print(f"{seed} " + ", ".join(f"{name} {value:.4g}" for name, value in row.items()), flush=True)
        given.out.write_text(json.dumps(rows))


def replanned_beside(morning: Morning, made: CrewPlan, seed: int, given: argparse.Namespace) -> dict[str, float]:
    """A re-plan that keeps promises beside one that knows of none; both checked."""
    begin = time.process_time()
    ways = Ways(morning.crew, StraightLine())
    told = movable(with_promises(morning), given.price)
    careful = last_of(plan(told, ways, seed, by_clock(given.seconds * SHARE), before=made))
    took = time.process_time() - begin
    free = last_of(plan(morning.crew, ways, seed, by_clock(given.seconds), before=made))
    for one in (careful, free):
        assert not check(morning.crew, one, ways)
    costs = [cost_of(morning.crew, one, ways).total for one in (careful, free)]
    lost = [len(moved(morning, one)) for one in (careful, free)]
    return {
        "told": len(morning.told),
        "moved": lost[0],
        "moved %": 100 * lost[0] / len(morning.told),
        "moved by the free": lost[1],
        "cost": costs[0],
        "free": costs[1],
        "by the free": costs[0] / costs[1],
        "left out": len(careful.unassigned),
        "by the free, left out": len(free.unassigned),
        "seconds": took,
    }


def plans_of(crew: Crew, seed: int, seconds: float) -> dict[str, tuple[CrewPlan, float]]:
    """Each way's plan, and the processor seconds that it took with the ways between places."""
    made = {}
    ways_to_plan: dict[str, Callable[[Ways], CrewPlan]] = {
        "dispatcher": lambda ways: dispatched(crew, ways),
        "vroom": lambda ways: by_vroom(crew, ways, seed),
        "insertion": lambda ways: last_of(plan(crew, ways, seed, by_clock(0.0))),
        "search": lambda ways: last_of(plan(crew, ways, seed, by_clock(seconds))),
    }
    for name, way in ways_to_plan.items():
        begin = time.process_time()
        made[name] = (way(Ways(crew, StraightLine())), time.process_time() - begin)
    return made


def by_vroom(crew: Crew, ways: Ways, seed: int) -> CrewPlan:
    """VROOM's tours with their depot stops: the cheaper of keeping to all deadlines, and of knowing none."""
    turns = list(turns_of(crew))
    items, meets = items_of(crew, turns, ways)
    field = field_for(crew, turns, items, ways)
    found = []
    for is_late_allowed in (False, True):
        wanted = Vroom(exploration=3, seconds=30.0).routes(asked_of(field, is_late_allowed), [])
        found.append(followed(field, seed, wanted or [], False))
    best = min(found, key=lambda one: one.real[one.totals + 1])
    return finished(crew, turns, [calls_of(crew, items, route) for route in solution(field, best)], ways, meets)


def by_clock(seconds: float) -> Effort:
    """So many processor seconds from now on."""
    begin = time.process_time()
    return Effort(left=lambda: 1 - (time.process_time() - begin) / seconds) if seconds else Effort(rounds=0)


def last_of(steps: Iterable[Progress | CrewPlan]) -> CrewPlan:
    """The plan at the end."""
    *_, made = steps
    assert isinstance(made, CrewPlan)
    return made


def main() -> None:
    """Measure, print a line an instance, and write the plans."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--set", choices=("solomon", "trsp", "synthetic", "replan"), required=True)
    words.add_argument("--dir", type=Path, default=Path())
    words.add_argument("--seconds", type=float, default=10.0)
    words.add_argument("--out", type=Path, required=True)
    words.add_argument("--instances", default="")
    words.add_argument("--seed", type=int, default=1)
    for name, usual in (("--orders", 200), ("--technicians", 15), ("--days", 1), ("--seeds", 1)):
        words.add_argument(name, type=int, default=usual)
    words.add_argument("--lost", choices=("machines", "technicians"), default="machines", help="what breaks down")
    words.add_argument("--price", type=float, default=Terms().moved_promise_cost, help="of a moved promise")
    given = words.parse_args()
    if given.set in ("synthetic", "replan"):
        {"synthetic": against_others, "replan": after_breakdowns}[given.set](given)
        return
    names = given.instances.split(",") if given.instances else names_of(given.set, given.dir)
    plans, gaps = {}, []
    for name in names:
        instance = read(given.set, given.dir, name)
        if not plans:
            warm_up(instance)
        routes, cost, rounds = solved(instance, given.seconds, given.seed)
        plans[name] = {"routes": routes, "seconds": given.seconds}
        gaps.append(100 * (cost / instance.best - 1))
        print(
            f"{name:24s} {cost:10.2f} best known {instance.best:10.2f} gap {gaps[-1]:6.2f} %  {rounds} rounds",
            flush=True,
        )
        given.out.write_text(json.dumps(plans))
    how = "compiled" if IS_COMPILED else "not compiled"
    print(f"{len(gaps)} instances, mean gap {fmean(gaps):.2f} %, worst {max(gaps):.2f} %, {how}")


if __name__ == "__main__":
    main()
