"""The whole loop for a year: what Truckroll costs beside who does less or knows more; `python -m bench.loop`.

A fleet runs a year as `bench/loop.toml` says: parts wear and fail, devices report, rules make findings, the desk
tickets, tickets and forecasts orders, orders need parts and a crew. Each seed is a world of its own; in each, four
policies live through the same year, part by part the same lives: run to failure, a fixed calendar at the maker's
interval, Truckroll, and Truckroll's own code knowing the true parameters. `--plot FILE` draws the first seed's year as
SVG; `--json` prints one JSON object.

Real: detection engine, rules, desk and ledger (a ticket for every failure, and for signals that show wear), life and
wear fits, limits, ages, opportunities, purchase proposals and books, crew search with its checker. Simulated: the
machines, the purchases' arrival, and people who do as planned. Plans are made at midnight and stay for the day.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import Progress

from bench.loop_bill import Year
from bench.loop_plot import plot
from bench.loop_policy import POLICIES, policy_of
from bench.loop_records import past_of
from bench.loop_world import FILE, World, read_world
from bench.loop_year import lived
from truckroll.cli.options import print_table

OURS, KNOWING = "truckroll", "all-knowing"
REACH: Mapping[str, float] = {KNOWING: 1.15, "fixed calendar": 0.6, "run to failure": 0.35}


def main() -> None:
    """Run and print."""
    args = asked().parse_args()
    world = read_world(args.world)
    years: list[Year] = []
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("years", total=args.seeds * len(POLICIES))
        for seed in range(args.first_seed, args.first_seed + args.seeds):
            past = past_of(world, seed)
            for name in POLICIES:
                years.append(lived(world, seed, past, name, policy_of(name, world)))
                bar.advance(task)
            if args.out:
                args.out.write_text(json.dumps(told(world, years)), encoding="utf-8")
    if args.plot:
        args.plot.write_text(plot(world, years[: len(POLICIES)]), encoding="utf-8")
    result = told(world, years)
    if args.json:
        print(json.dumps(result))
        return
    for name in ("policies", "ratios"):
        rows = result[name]
        print_table(list(rows[0]), [[shown(value) for value in row.values()] for row in rows], name)


def asked() -> argparse.ArgumentParser:
    """The command line."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--seeds", type=int, default=10)
    words.add_argument("--first-seed", type=int, default=0)
    words.add_argument("--world", type=Path, default=FILE, help="the parameter file")
    words.add_argument("--plot", type=Path, help="where the first seed's year is drawn")
    words.add_argument("--out", type=Path, help="a JSON file that is written after every seed")
    words.add_argument("--json", action="store_true")
    return words


def told(world: World, years: Sequence[Year]) -> dict[str, Any]:
    """What came of it: means by policy, ratios to the others, and each year."""
    return {
        "policies": [means(name, [year for year in years if year.policy == name]) for name in POLICIES],
        "ratios": [ratio(name, years) for name in REACH],
        "planned_cost": float(np.mean([world.costs(part).planned for part in world.parts])),
        "years": [row_of(year) for year in years],
    }


def means(name: str, years: Sequence[Year]) -> dict[str, Any]:
    """Of one policy over all seeds."""
    bills = [asdict(year.bill) for year in years]
    return {
        "policy": name,
        "total": mean([year.bill.total for year in years]),
        **{what: mean([bill[what] for bill in bills]) for what in bills[0]},
        "failures": mean([year.failures.total() for year in years]),
        "replaced": mean([year.replaced.total() for year in years]),
        "trips": mean([year.visits for year in years]),
        "down_hours": mean([year.down_hours for year in years]),
    }


def ratio(other: str, years: Sequence[Year]) -> dict[str, Any]:
    """Truckroll's total by another policy's, seed by seed, and of the sums."""
    mine, theirs = ([year.bill.total for year in years if year.policy == name] for name in (OURS, other))
    found = np.array(mine) / np.array(theirs)
    return {
        "by": other,
        "of the sums": sum(mine) / sum(theirs),
        "mean": float(found.mean()),
        "least": float(found.min()),
        "most": float(found.max()),
        "deviation": float(found.std(ddof=1)) if len(found) > 1 else 0.0,
        "second half": halves(OURS, years) / halves(other, years),
        "reach": REACH[other],
    }


def halves(name: str, years: Sequence[Year]) -> float:
    """What a policy's second half-years cost, all seeds together."""
    return sum(second_half(year) for year in years if year.policy == name)


def second_half(year: Year) -> float:
    """Without what it took to leave behind that everything ran to failure before."""
    return sum(day.total for day in year.days[len(year.days) // 2 :])


def row_of(year: Year) -> dict[str, Any]:
    """One year under one policy."""
    return {
        "policy": year.policy,
        "seed": year.seed,
        "total": year.bill.total,
        "second_half": second_half(year),
        **asdict(year.bill),
        "failures": dict(year.failures),
        "replaced": dict(year.replaced),
        "trips": year.visits,
        "down_hours": year.down_hours,
        "findings": year.findings,
        "tickets": year.tickets,
        "unseen": year.unseen,
    }


def mean(values: Sequence[float]) -> float:
    """Of some."""
    return float(np.mean(values))


def shown(value: float | str) -> str:
    """A cell."""
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 20 else f"{value:.3f}"


if __name__ == "__main__":
    main()
