"""What service takes: `python -m bench.parts --dir DIR`, DIR with carparts.csv (a row a part, a column a month).

Policies say each month, from what was sold until then, how much of each part to keep; the months at the end, which no
policy has seen, are played through month by month: what was bought arrives, demand is filled from the shelf or waits
for the next arrival, the shelf is counted, and what is less than the base stock is bought. Each policy has one dial.
Compared is the share of pieces that were given out at once (fill rate) against the pieces on the shelves; never the
error of a forecast, which is least for the forecast "nothing will be wanted". `--json` prints one JSON object.

Tables: the fill rate and stock along each dial; how much less than the negative binomial's each policy needs for the
same fill rate (interpolated on its curve); and what targets really bring where the dial is set on earlier months.
"""

import argparse
import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from domain.batch import Floats, Ints
from maintenance.demand import blocks, croston, sba, ses, tsb
from maintenance.demand_pool import LEAST, Pool
from maintenance.reorder import (
    at_price,
    base_stock,
    calibrated,
    empirical,
    for_fill,
    negative_binomial,
    poisson,
    shelf,
)

QUANTILES = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999)
FILLS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995)
PRICES = (0.3, 0.25, 0.2, 0.15, 0.12, 0.1, 0.08, 0.06, 0.05, 0.04, 0.03, 0.025, 0.02, 0.015, 0.01, 0.005, 0.002, 0.001)
BASELINE = "negative binomial"
ALPHA = 0.1

Policy = Callable[[Ints, int, Sequence[float]], Sequence[Ints]]
"""Base stocks [part] for each dial, from histories [part, month] and the lead time in months."""


@dataclass(frozen=True)
class Played:
    """What a policy brought at one dial."""

    dial: float
    fill: float
    stock: float
    """Pieces on all shelves at the end of a month, on average."""
    parts_below_half: float
    """The share of the parts that were wanted, of whose demand less than half was filled."""


def main() -> None:
    """Run and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--dir", type=Path, required=True)
    asked.add_argument("--lead", type=int, nargs="+", default=[1, 2, 4], help="lead times in months")
    asked.add_argument("--service", type=float, nargs="+", default=[0.8, 0.9, 0.95], help="fill rates to reach")
    asked.add_argument("--held-out", type=int, default=12, help="months at the end that no policy sees")
    asked.add_argument("--drop", type=int, default=0, help="months at the end to leave out, to judge on earlier ones")
    asked.add_argument("--json", action="store_true")
    args = asked.parse_args()
    history = read(args.dir / "carparts.csv")
    history = history[:, : history.shape[1] - args.drop]
    result = {"parts": len(history), "months": history.shape[1], "held_out": args.held_out, "leads": {}}
    for lead in args.lead:
        if not args.json:
            print(f"lead time {lead} months …", flush=True)
        result["leads"][lead] = compared(history, lead, args.held_out, args.service)
    print(json.dumps(result, indent=2) if args.json else text(result))


def read(file: Path) -> Ints:
    """Parts that were on sale all the time, [part, month]."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.reader(lines) if all(cell.strip() for cell in row)]
    return np.array([[int(float(cell)) for cell in row] for row in rows])


# -- policies


def by_forecast(formula: Callable[[Ints, float], Floats]) -> Policy:
    """Poisson demand of a forecast mean."""

    def stocks(history: Ints, lead: int, dials: Sequence[float]) -> Sequence[Ints]:
        chances = poisson(formula(history, ALPHA)[:, -1] * (lead + 1))
        return [base_stock(chances, dial) for dial in dials]

    return stocks


def by_moments(history: Ints, lead: int, dials: Sequence[float]) -> Sequence[Ints]:
    """Negative binomial demand with the mean and variance that the part's months had."""
    mean, variance = history.mean(axis=1), history.var(axis=1, ddof=1)
    chances = negative_binomial(mean * (lead + 1), variance * (lead + 1))
    return [base_stock(chances, dial) for dial in dials]


def by_moments_filling(history: Ints, lead: int, dials: Sequence[float]) -> Sequence[Ints]:
    """The same, each part for a share of its demand."""
    mean, variance = history.mean(axis=1), history.var(axis=1, ddof=1)
    this = shelf(*(negative_binomial(mean * n, variance * n) for n in (lead, lead + 1)))
    return [for_fill(this, mean, dial) for dial in dials]


def by_moments_together(history: Ints, lead: int, dials: Sequence[float]) -> Sequence[Ints]:
    """The same, all parts together at one price."""
    mean, variance = history.mean(axis=1), history.var(axis=1, ddof=1)
    this = shelf(*(negative_binomial(mean * n, variance * n) for n in (lead, lead + 1)))
    return [at_price(this, dial) for dial in dials]


def by_recent_moments(history: Ints, lead: int, dials: Sequence[float]) -> Sequence[Ints]:
    """Negative binomial demand, its mean by SBA and its variance in proportion."""
    mean = np.maximum(sba(history, ALPHA)[:, -1], 1e-6)
    lumps = history.var(axis=1, ddof=1) / np.maximum(history.mean(axis=1), 1e-6)
    chances = negative_binomial(mean * (lead + 1), mean * lumps * (lead + 1))
    return [base_stock(chances, dial) for dial in dials]


def by_blocks(history: Ints, lead: int, dials: Sequence[float]) -> Sequence[Ints]:
    """The lead times that the part itself has seen."""
    chances = empirical(blocks(history, lead + 1))
    return [base_stock(chances, dial) for dial in dials]


def by_pool(history: Ints, lead: int, dials: Sequence[float]) -> Sequence[Ints]:
    """The lead times that parts like it have seen, each part with the same chance of being enough."""
    pool = Pool.learned(history, lead)
    chances = pool.until_arrival[pool.group_of(history)]
    return [base_stock(chances, dial) for dial in dials]


def by_pool_together(history: Ints, lead: int, dials: Sequence[float]) -> Sequence[Ints]:
    """The same, all parts together at one price."""
    pool = Pool.learned(history, lead)
    group, this = pool.group_of(history), shelf(pool.during_lead, pool.until_arrival)
    return [at_price(this, dial)[group] for dial in dials]


POLICIES: Mapping[str, tuple[Policy, Sequence[float]]] = {
    "Poisson, mean by SES": (by_forecast(ses), QUANTILES),
    "Poisson, mean by Croston": (by_forecast(croston), QUANTILES),
    "Poisson, mean by SBA": (by_forecast(sba), QUANTILES),
    "Poisson, mean by TSB": (by_forecast(tsb), QUANTILES),
    BASELINE: (by_moments, QUANTILES),
    "negative binomial, part by part for fill": (by_moments_filling, FILLS),
    "negative binomial, mean by SBA": (by_recent_moments, QUANTILES),
    "negative binomial, one price": (by_moments_together, PRICES),
    "own lead-time blocks": (by_blocks, QUANTILES),
    "blocks of its like": (by_pool, QUANTILES),
    "blocks of its like, one price": (by_pool_together, PRICES),
}


# -- playing


def curve(policy: Policy, dials: Sequence[float], history: Ints, lead: int, months: int) -> list[Played]:
    """What a policy brings in the last months, at each dial; before each of them it sees what was sold until then."""
    begin = history.shape[1] - months
    plans = [policy(history[:, :month], lead, dials) for month in range(begin, history.shape[1])]
    demand = history[:, begin:]
    return [
        played(dial, np.stack([plan[nth] for plan in plans], axis=1), demand, lead) for nth, dial in enumerate(dials)
    ]


def played(dial: float, stocks: Ints, demand: Ints, lead: int) -> Played:
    """Month by month: arrival, demand, count; what is less than the base stock is bought. Shelves begin full."""
    parts = len(demand)
    on_hand, waiting, filled = stocks[:, 0].copy(), np.zeros(parts, int), np.zeros(parts, int)
    pipeline = [np.zeros(parts, int) for _ in range(lead)]
    held = 0
    for month in range(demand.shape[1]):
        position = on_hand - waiting + sum(pipeline)
        pipeline.append(np.maximum(stocks[:, month] - position, 0))
        on_hand = on_hand + pipeline.pop(0)
        late = np.minimum(waiting, on_hand)
        on_hand, waiting = on_hand - late, waiting - late
        given = np.minimum(demand[:, month], on_hand)
        on_hand, waiting = on_hand - given, waiting + demand[:, month] - given
        filled += given
        held += int(on_hand.sum())
    wanted = demand.sum(axis=1)
    below = (filled * 2 < wanted)[wanted > 0].mean()
    return Played(dial, float(filled.sum() / wanted.sum()), held / demand.shape[1], float(below))


def compared(history: Ints, lead: int, months: int, services: Sequence[float]) -> dict[str, Any]:
    """All policies at one lead time."""
    curves = {name: curve(policy, dials, history, lead, months) for name, (policy, dials) in POLICIES.items()}
    before = history[:, :-months]
    is_long = before.shape[1] - months >= LEAST + lead + 1
    earlier = {name: curve(*POLICIES[name], before, lead, months) for name in POLICIES if is_long}
    return {
        "curves": {name: [vars(each) for each in found] for name, found in curves.items()},
        "less": {name: less_than(curves[BASELINE], found) for name, found in curves.items()},
        "targets": {
            name: {service: vars(reached(earlier[name], found, service)) for service in services}
            for name, found in curves.items()
            if name in earlier
        },
    }


def less_than(baseline: Sequence[Played], found: Sequence[Played]) -> dict[float, float | None]:
    """How much less stock a policy needs for each of the baseline's fill rates; None beyond its own curve."""
    fills, stocks = frontier(found)
    return {
        round(each.fill, 4): 1 - float(np.interp(each.fill, fills, stocks)) / each.stock
        if fills[0] <= each.fill <= fills[-1]
        else None
        for each in baseline
    }


def frontier(found: Sequence[Played]) -> tuple[Floats, Floats]:
    """Fill rates and stocks, by rising fill rate."""
    ordered = sorted(found, key=lambda each: (each.fill, each.stock))
    return np.array([each.fill for each in ordered]), np.array([each.stock for each in ordered])


def reached(earlier: Sequence[Played], found: Sequence[Played], service: float) -> Played:
    """What the held-out months brought at the dial that was enough in the months before them."""
    fills = {each.dial: each.fill for each in earlier}
    dials = [each.dial for each in sorted(earlier, key=lambda each: each.stock)]
    dial = calibrated(dials, fills.__getitem__, service)
    return next(each for each in found if each.dial == dial)


# -- telling


def text(result: Mapping[str, Any]) -> str:
    """The tables."""
    lines = [f"{result['parts']} parts, {result['months']} months, the last {result['held_out']} held out"]
    for lead, found in result["leads"].items():
        lines += ["", f"Lead time {lead} months: stock saved against the negative binomial at its own fill rates"]
        shown = [fill for fill in found["less"][BASELINE] if 0.5 <= fill]
        lines.append(f"{'':44}" + "".join(f"{fill:8.1%}" for fill in shown))
        for name, less in found["less"].items():
            lines.append(f"{name:44}" + "".join(percent(less[fill]) for fill in shown))
        lines += ["", "Targets: achieved fill rate / pieces on the shelves / parts less than half served"]
        for name, targets in found["targets"].items():
            cells = (
                f"   {service:.0%}: {one['fill']:6.1%} / {one['stock']:6.0f} / {one['parts_below_half']:4.0%}"
                for service, one in targets.items()
            )
            lines.append(f"{name:44}" + "".join(cells))
    return "\n".join(lines)


def percent(share: float | None) -> str:
    """A cell."""
    return f"{'—':>8}" if share is None else f"{share:8.1%}"


if __name__ == "__main__":
    main()
