"""What the history of parts says of their demand until a purchase arrives, and how much is enough."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist

import numpy as np

from domain.batch import Floats, Ints
from domain.instants import DAY, Duration
from domain.part import Part, Serving
from maintenance.demand import sba
from maintenance.demand_pool import LEAST, PAST, Pool
from maintenance.reorder import Shelf, at_price, base_stock, calibrated, negative_binomial, shelf

PERIOD: Duration = 30 * DAY
PERIODS = 36
"""So much history is looked at."""
MANY = 50
"""With so many parts that have a history they learn from each other."""
SERVICES = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999)
PRICES = (0.3, 0.25, 0.2, 0.15, 0.12, 0.1, 0.08, 0.06, 0.05, 0.04, 0.03, 0.025, 0.02, 0.015, 0.01, 0.005, 0.002, 0.001)
"""What a piece on a shelf costs a period, as a share of what a missing one costs; from little stock to much."""
MOST = 2_000
"""Distributions go up to so many pieces; the demand of what is wanted in larger numbers is a normal one."""


def lead_periods(part: Part) -> int:
    """Whole periods until a purchase arrives, at least one."""
    return max(1, ceil(part.lead / PERIOD))


@dataclass(frozen=True, slots=True)
class Chances:
    """What history says of the demand until arrival."""

    mean: float
    """Within the lead time."""
    stock: int
    """That is enough for the part's service."""
    up_to: int
    """With the demand of one period more."""


@dataclass(frozen=True, eq=False)
class Like:
    """Parts with the same lead time that learn from each other."""

    parts: Sequence[Part]
    rows: Ints
    lead: int
    mean: Floats
    """Within the lead time."""
    shelf: Shelf


def chances_of(
    parts: Mapping[str, Part], history: Mapping[str, Ints], serving: Serving = Serving.EACH
) -> dict[str, Chances]:
    """Of every part, by its lead time and service; parts with the same lead time learn together where they are many."""
    found: dict[str, Chances] = {}
    alike: list[Like] = []
    by_lead: dict[int, list[str]] = {}
    for part in parts.values():
        by_lead.setdefault(lead_periods(part), []).append(part.id)
    for lead, ids in sorted(by_lead.items()):
        rows = np.stack([history[one] for one in ids])
        rows = rows[:, begins(rows) :]
        means, lumps = moments(rows)
        is_many = (lead + 1) * means + 4 * np.sqrt((lead + 1) * means * np.maximum(lumps, 1)) > MOST
        for nth in np.flatnonzero(is_many).tolist():
            found[ids[nth]] = in_numbers(float(means[nth]), float(lumps[nth]), lead, parts[ids[nth]].service)
        if is_many.all():
            continue
        rows, few = rows[~is_many], [one for one, many in zip(ids, is_many, strict=True) if not many]
        until = distributions(rows, lead)
        if serving is Serving.TOGETHER and is_pooled(rows, lead):
            means_until = until[0] @ np.arange(until[0].shape[1])
            alike.append(Like([parts[one] for one in few], rows, lead, means_until, shelf(*until)))
            continue
        dials = dials_of(rows, lead, sorted({parts[one].service for one in few}))
        for nth, one in enumerate(few):
            service = dials.get(parts[one].service, parts[one].service)
            mean = float(until[0][nth] @ np.arange(until[0].shape[1]))
            found[one] = Chances(mean, int(base_stock(until[0][nth], service)), int(base_stock(until[1][nth], service)))
    return found | (served_together(alike) if alike else {})


# -- one price for all


def served_together(alike: Sequence[Like]) -> dict[str, Chances]:
    """A missing piece has one price, whatever part it is, and a piece on a shelf costs what it cost.

    The price is the lowest at which all these parts together have their services, weighed by demand, in lead times at
    the end that the stocks had not seen, or by what is expected where there is no such history (Sherbrooke 1968). The
    shelf is filled up to its stock whenever less is there.
    """
    costs = [max(part.cost, 0.0) for like in alike for part in like.parts]
    usual = sum(costs) / len(costs) if min(costs) > 0 else 0.0
    demand = np.concatenate([like.mean / like.lead for like in alike])
    services = np.array([part.service for like in alike for part in like.parts])
    wanted = float(services @ demand / demand.sum()) if demand.sum() > 0 else float(services.mean())
    shelves = [priced(like, like.shelf, usual) for like in alike]
    price = calibrated(PRICES, lambda each: filled_at(alike, usual, each), wanted)
    return {
        part.id: Chances(float(mean), int(stock), int(stock))
        for like, this in zip(alike, shelves, strict=True)
        for part, mean, stock in zip(like.parts, like.mean, at_price(this, price), strict=True)
    }


def priced(like: Like, this: Shelf, usual: float) -> Shelf:
    """The shelf with what lies there weighed by its cost; where a cost is not known, every piece is alike."""
    weight = np.array([part.cost / usual if usual else 1.0 for part in like.parts])
    return Shelf(this.filled, this.held * weight[:, None])


def filled_at(alike: Sequence[Like], usual: float, price: float) -> float:
    """The share of the demand that is met from the shelf at a price."""
    met = wanted = 0.0
    for like in alike:
        if len(like.rows[0]) >= LEAST + PAST // 2 + 2 * like.lead + 2:
            before, seen = like.rows[:, : -like.lead - 1], like.rows[:, -like.lead - 1 :].sum(axis=1)
            stocks = at_price(priced(like, shelf(*distributions(before, like.lead)), usual), price)
            met, wanted = met + float(np.minimum(seen, stocks).sum()), wanted + float(seen.sum())
        else:
            stocks = at_price(priced(like, like.shelf, usual), price)
            met += float(np.take_along_axis(like.shelf.filled, stocks[:, None], axis=1).sum())
            wanted += float((like.mean / like.lead).sum())
    return met / wanted if wanted else 1.0


def is_pooled(rows: Ints, lead: int) -> bool:
    """Parts with a history so long that so many of them learn from each other."""
    return len(rows) >= MANY and rows.shape[1] >= LEAST + PAST // 2 + lead


def moments(rows: Ints) -> tuple[Floats, Floats]:
    """Of the demand of a period: its mean, and its variance in pieces of the mean."""
    mean: Floats = rows.mean(axis=1)
    return np.maximum(sba(rows)[:, -1], mean), rows.var(axis=1, ddof=1) / np.maximum(mean, 1e-9)


def in_numbers(mean: float, lumps: float, lead: int, service: float) -> Chances:
    """What history says of a part that is wanted by the thousand."""
    beyond = NormalDist().inv_cdf(service)
    stock, up_to = (ceil(mean * n + max(0.0, beyond) * sqrt(mean * n * max(lumps, 1.0))) for n in (lead, lead + 1))
    return Chances(mean * lead, stock, up_to)


def begins(rows: Ints) -> int:
    """The first period in which anything was issued at all, but never the last three."""
    seen = np.flatnonzero(rows.any(axis=0))
    return int(min(seen[0] if len(seen) else rows.shape[1], rows.shape[1] - 3))


def distributions(rows: Ints, lead: int) -> tuple[Floats, Floats]:
    """Of the demand during the lead time and until one period later, [part, pieces]."""
    most = int(max(60, 4 * rows.sum(axis=1).max(initial=0)))
    if is_pooled(rows, lead):
        pool = Pool.learned(rows, lead, most=min(most, MOST))
        group = pool.group_of(rows)
        return pool.during_lead[group], pool.until_arrival[group]
    mean, lumps = moments(rows)
    during, until = (negative_binomial(mean * n, mean * lumps * n, min(most, MOST)) for n in (lead, lead + 1))
    return during, until


def dials_of(rows: Ints, lead: int, services: Sequence[float]) -> dict[float, float]:
    """The chance of being enough that achieved each service in lead times at the end that it had not seen.

    Empty where the history is too short, or too few parts share it: then the chance is the service itself.
    """
    if len(rows) < MANY or rows.shape[1] < LEAST + PAST // 2 + 2 * lead + 2:
        return {}
    until, seen = distributions(rows[:, : -lead - 1], lead)[1], rows[:, -lead - 1 :].sum(axis=1)

    def achieved(dial: float) -> float:
        return float(np.minimum(seen, base_stock(until, dial)).sum() / max(1, seen.sum()))

    return {service: calibrated(SERVICES, achieved, service) for service in services}
