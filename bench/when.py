"""What choosing the moment costs beside the optimum: `python -m bench.when [age|condition]`, worlds of known optimum.

Age: lives are drawn from a known Weibull distribution, a share of them cut off by the end of watching; the product
chooses an age from them, and what that age costs in the true world is divided by what the best age costs. `--groups 4`
gives lives of three more models of the family, whose scales differ. Condition: units wear with paces of their own and
noisy readings; the product chooses a limit from a few histories; on new units its cost is divided by that of the best
limit chosen after the fact, on the readings or on the filtered level. `--json` prints one JSON object.
"""

import argparse
import json
from collections.abc import Iterator
from itertools import product

import numpy as np
from rich.console import Console
from rich.progress import Progress

from bench.when_worlds import AgeWorld, ConditionWorld, age_ratio, condition_ratios
from truckroll.cli.options import print_table


def main() -> None:
    """Run and print."""
    args = asked().parse_args()
    found = {}
    if args.what in {"age", "all"}:
        found["age"] = list(ages(args))
    if args.what in {"condition", "all"}:
        found["condition"] = list(conditions(args))
    if args.json:
        print(json.dumps(found))
        return
    for name, rows in found.items():
        print_table(list(rows[0]), [[shown(value) for value in row.values()] for row in rows], name)


def asked() -> argparse.ArgumentParser:
    """The command line."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("what", nargs="?", choices=("age", "condition", "all"), default="all")
    words.add_argument("--seeds", type=int, default=50, help="worlds of each kind")
    words.add_argument("--first-seed", type=int, default=0)
    words.add_argument("--lives", type=int, nargs="+", default=[30, 10])
    words.add_argument("--censored", type=float, nargs="+", default=[0.3])
    words.add_argument("--beta", type=float, nargs="+", default=[1.2, 1.5, 2.0, 2.5, 3.0, 4.0])
    words.add_argument("--ratio", type=float, nargs="+", default=[3.0, 5.0, 10.0, 20.0], help="failure by planned cost")
    words.add_argument("--groups", type=int, default=1, help="models of the family with as many lives each")
    words.add_argument("--lead", type=float, nargs="+", default=[0.0, 3.0, 7.0, 14.0], help="days")
    words.add_argument("--spread", type=float, default=0.3, help="of the units' paces, by their mean")
    words.add_argument("--noise", type=float, default=0.03, help="of readings, by the level of failure")
    words.add_argument("--histories", type=int, default=10, help="units that the limit is learned from")
    words.add_argument("--condition-ratio", type=float, default=8.0, help="failure by planned cost")
    words.add_argument("--json", action="store_true")
    return words


def ages(args: argparse.Namespace) -> Iterator[dict[str, float | str]]:
    """A row for each number of lives and share censored, by cost ratio and shape, and over all."""
    with Progress(console=Console(stderr=True), transient=True) as bar:
        kinds = list(product(args.lives, args.censored))
        task = bar.add_task("age", total=len(kinds) * len(args.ratio) * len(args.beta) * args.seeds)
        for lives, censored in kinds:
            everything: list[float] = []
            for ratio, beta in product(args.ratio, args.beta):
                found = []
                for seed in range(args.first_seed, args.first_seed + args.seeds):
                    world = AgeWorld(shape=beta, ratio=ratio, lives=lives, censored=censored, groups=args.groups)
                    found.append(age_ratio(world, seed))
                    bar.advance(task)
                everything += found
                yield {"lives": lives, "censored": censored, "ratio": ratio, "beta": beta} | summary(found)
            yield {"lives": lives, "censored": censored, "ratio": "all", "beta": "all"} | summary(everything)


def conditions(args: argparse.Namespace) -> Iterator[dict[str, float | str]]:
    """A row for each lead time."""
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("condition", total=len(args.lead) * args.seeds)
        for lead in args.lead:
            world = ConditionWorld(
                spread=args.spread, noise=args.noise, ratio=args.condition_ratio, lead=lead, histories=args.histories
            )
            rows = []
            for seed in range(args.first_seed, args.first_seed + args.seeds):
                rows.append(condition_ratios(world, seed))
                bar.advance(task)
            others = {name: float(np.mean([row[name] for row in rows])) for name in ("failures only", "best age")}
            yield {"lead": lead} | summary([row["limit"] for row in rows]) | others


def summary(ratios: list[float]) -> dict[str, float]:
    """Of the worlds' ratios."""
    values = np.array(ratios)
    return {
        "worlds": len(values),
        "mean": float(values.mean()),
        "p50": float(np.median(values)),
        "p90": float(np.quantile(values, 0.9)),
        "worst": float(values.max()),
    }


def shown(value: float | str) -> str:
    """A cell."""
    return f"{value:.3f}" if isinstance(value, float) and not value.is_integer() and value > 0.5 else f"{value}"


if __name__ == "__main__":
    main()
