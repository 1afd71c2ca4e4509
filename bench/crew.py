"""How good crew plans are: public routing instances against their best known values.

python -m bench.crew --set solomon|trsp --dir DIR --seconds N --out OUT.json [--instances A,B] [--seed S]
"""

import argparse
import json
import time
from pathlib import Path
from statistics import fmean

from bench.crew_instances import Instance, names_of, read
from maintenance.search.compiled import IS_COMPILED
from maintenance.search.field import Tours
from maintenance.search.run import Effort, Progress, search, solution


def solved(instance: Instance, seconds: float, seed: int) -> tuple[list[list[int]], float, int]:
    """The best plan in so many processor seconds, its cost, and the rounds that were made."""
    begin = time.process_time()
    effort = Effort(left=lambda: 1 - (time.process_time() - begin) / seconds)
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


def main() -> None:
    """Measure, print a line an instance, and write the plans."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--set", choices=("solomon", "trsp"), required=True)
    words.add_argument("--dir", type=Path, required=True)
    words.add_argument("--seconds", type=float, default=10.0)
    words.add_argument("--out", type=Path, required=True)
    words.add_argument("--instances", default="")
    words.add_argument("--seed", type=int, default=1)
    given = words.parse_args()
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
