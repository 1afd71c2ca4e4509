"""Advice: act now or wait, and the sentence why, from a level that creeps or from a forecast."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from domain.text import Text
from domain.work_order import Waiting
from maintenance.catalogue_when import ADVICE
from maintenance.condition import Failing, Limit
from maintenance.waiting import ChanceByDay, Costs, checked, cost_of_waiting, from_forecast


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about one asset now."""

    act_now: bool
    wait_days: float
    """0 to act now; `inf` where nothing says when."""
    waiting: tuple[Waiting, ...]
    why: Text
    grounds: Mapping[str, float | bool]


def condition_call(failing: Failing, limit: Limit, costs: Costs) -> Advice:
    """Whether the level expected at the end of the lead time has reached the limit, else in how many days it will.

    `failing` is where the asset stands (`chance_within`, or level and pace as a person says them), `limit` is what
    `condition_limit` chose for the wear, the costs and the actual lead time.
    """
    every = failing.wear.every
    expected = failing.level + failing.pace * limit.lead_days / every
    act = expected >= limit.level
    wait = 0.0 if act else (limit.level - expected) / failing.pace * every if failing.pace > 0 else inf
    grounds = {
        "level": failing.level,
        "expected": expected,
        "limit": limit.level,
        "fails_at": failing.wear.fails_at,
        "lead_days": limit.lead_days,
        "chance_within_lead": failing(limit.lead_days),
    }
    why = "limit_reached" if act else "limit_not_foreseen" if wait == inf else "limit_ahead"
    words = {
        "lead": number(limit.lead_days),
        "expected": number(expected),
        "limit": number(limit.level),
        "fails_at": number(failing.wear.fails_at),
        "wait": number(wait),
    }
    waiting = cost_of_waiting(failing, costs.failure, costs.planned, costs.is_assumed)
    return Advice(act, wait, waiting, said(why, words, costs), grounds | cost_grounds(costs))


def forecast_call(
    chance: float, horizon_days: float, costs: Costs, lead_days: float = 0.0, *, by_day: ChanceByDay | None = None
) -> Advice:
    """Whether work ordered now pays: what it saves is the chance of a failure after it × the failure cost.

    A failure within the lead time comes before the work and is saved by nobody, and what was ordered for it is then its
    repair; so the work costs its planned cost only where the asset still works when the crew comes. Without a
    lead time this is: act where the chance is greater than planned cost by failure cost. Waiting lasts until the next
    forecast, at most the horizon. `by_day` are the chances by day where they are known; else the risk is the same on
    each day of the horizon.
    """
    chances = by_day or from_forecast(checked(chance), horizon_days)
    before = chances(lead_days)
    saved = max(chance - before, 0.0) * costs.failure
    spent = (1.0 - before) * costs.planned
    act = saved > spent
    late = not act and lead_days >= horizon_days and chance * costs.failure > costs.planned
    words = {
        "horizon": number(horizon_days),
        "lead": number(lead_days),
        "chance": f"{chance:.0%}",
        "saved": number(saved),
        "planned": number(spent),
    }
    grounds = {
        "chance": chance,
        "horizon_days": horizon_days,
        "lead_days": lead_days,
        "chance_before_work": before,
        "saved": saved,
        "spent": spent,
    }
    why = "forecast_pays" if act else "too_late" if late else "forecast_waits"
    waiting = cost_of_waiting(chances, costs.failure, costs.planned, costs.is_assumed)
    wait = 0.0 if act else horizon_days
    return Advice(act, wait, waiting, said(why, words, costs), grounds | cost_grounds(costs))


def said(name: str, words: Mapping[str, str], costs: Costs) -> Text:
    """The sentence, and that the failure cost is assumed where it is."""
    found = {language: text.format(**words) for language, text in ADVICE[name].items()}
    if costs.is_assumed:
        gap = {"zh": ""}
        for language, text in ADVICE["assumed"].items():
            found[language] += gap.get(language, " ") + text.format(failure=number(costs.failure))
    return found


def cost_grounds(costs: Costs) -> dict[str, float | bool]:
    """What the costs were."""
    return {"failure_cost": costs.failure, "planned_cost": costs.planned, "failure_cost_is_assumed": costs.is_assumed}


def number(value: float) -> str:
    """For a sentence: three digits, none of them exponents."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 1e-4 or value == 0 else f"{value:.6f}"
