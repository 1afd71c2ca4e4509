"""Life report: what the lives of a device family say, group by group, and at which age a replacement pays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from domain.errors import GiveUp
from domain.text import LANGUAGES, Text
from maintenance.advice import number
from maintenance.age import AgePolicy, Window, replacement_window, robust_age
from maintenance.beliefs import MACHINES, Beliefs, beliefs, learned_prior
from maintenance.catalogue_when import ADVICE, LIFE, UNITS
from maintenance.life import LEAST, Life, Lives, Weibull, most_likely
from maintenance.waiting import Costs


@dataclass(frozen=True, eq=False)
class GroupFit:
    """One group's life."""

    name: str
    lives: Lives
    beliefs: Beliefs
    likely: Weibull | None
    """The greatest likelihood alone, without what is known of the family; None where there is none."""
    policy: AgePolicy
    window: Window


@dataclass(frozen=True, eq=False)
class LifeReport:
    """All groups with failures enough, and those without."""

    unit: str
    costs: Costs
    groups: Sequence[GroupFit]
    too_few: Mapping[str, int]
    """Groups by name with the number of their failures."""


def life_report(lives: Mapping[str, Sequence[Life]], unit: str, costs: Costs) -> LifeReport:
    """Fit every group with the shape that the family's groups have in common. Raises GiveUp where none can be."""
    failures = {name: sum(one.failed for one in rows) for name, rows in lives.items()}
    fitted = {name: Lives.of(rows) for name, rows in lives.items() if failures[name] >= LEAST}
    if not fitted:
        raise GiveUp(f"No group has {LEAST} failures or more; give more of the past, or join groups that are alike.")
    prior = learned_prior(fitted.values(), MACHINES)
    return LifeReport(
        unit=unit,
        costs=costs,
        groups=[group_fit(name, rows, beliefs(rows, prior), costs) for name, rows in fitted.items()],
        too_few={name: count for name, count in failures.items() if count < LEAST},
    )


def group_fit(name: str, lives: Lives, found: Beliefs, costs: Costs) -> GroupFit:
    """One group under these beliefs."""
    try:
        likely = most_likely(lives)
    except ValueError:
        likely = None
    return GroupFit(name, lives, found, likely, robust_age(found, costs), replacement_window(found, costs))


def sentences(report: LifeReport, group: GroupFit) -> Text:
    """What the fit means and what to do, in every language."""
    low, high = group.beliefs.shape_between(0.05, 0.95)
    policy, window = group.policy, group.window
    words = {
        "group": group.name,
        "shape": f"{group.beliefs.middle.shape:.2f}",
        "low": f"{low:.2f}",
        "high": f"{high:.2f}",
        "median": number(age_by_which(group.beliefs, 0.5)),
        "b10": number(age_by_which(group.beliefs, 0.1)),
        "age": number(policy.age),
        "ready": number(window.ready),
        "due": number(window.due),
        "rate": number(policy.rate),
        "failures_only": number(policy.rate_of_failures_only),
        "saving": f"{policy.saving:.0%}",
        "failure": number(report.costs.failure),
    }
    wears = group.beliefs.chance_of_wear > 0.5
    what = "replace" if not policy.is_never else "never_dear" if wears else "never_no_wear"
    parts = [
        LIFE["wear" if wears else "no_wear"],
        LIFE[what],
        *([ADVICE["assumed"]] if report.costs.is_assumed else []),
    ]
    joint = {"zh": ""}
    return {
        language: joint.get(language, " ").join(
            part[language].format(**words, **unit_words(report.unit, language)) for part in parts
        )
        for language in LANGUAGES
    }


def unit_words(unit: str, language: str) -> dict[str, str]:
    """Many of it, and one."""
    many, one = UNITS[unit][language]
    return {"unit": many, "each": one}


def age_by_which(found: Beliefs, chance: float) -> float:
    """The age by which this share is expected to have failed, over all that may be."""
    low, high = found.scale_between(0.01, 0.99)
    ages = np.geomspace(low * 1e-3, high * 10.0, 600)
    return float(np.interp(chance, 1.0 - found.surviving(ages), ages))


def as_dict(report: LifeReport) -> dict[str, Any]:
    """For `--json`; an age that never comes is null."""
    return {
        "unit": report.unit,
        "planned_cost": report.costs.planned,
        "failure_cost": report.costs.failure,
        "failure_cost_is_assumed": report.costs.is_assumed,
        "groups": [group_as_dict(report, one) for one in report.groups],
        "too_few_failures": dict(report.too_few),
    }


def group_as_dict(report: LifeReport, group: GroupFit) -> dict[str, Any]:
    """One group."""
    middle, policy, window = group.beliefs.middle, group.policy, group.window
    never = policy.is_never
    return {
        "group": group.name,
        "lives": len(group.lives.age),
        "failures": group.lives.failures,
        "shape": middle.shape,
        "shape_interval": group.beliefs.shape_between(0.05, 0.95),
        "scale": middle.scale,
        "scale_interval": group.beliefs.scale_between(0.05, 0.95),
        "chance_of_wear": group.beliefs.chance_of_wear,
        "most_likely": {"shape": group.likely.shape, "scale": group.likely.scale} if group.likely else None,
        "b10": age_by_which(group.beliefs, 0.1),
        "median": age_by_which(group.beliefs, 0.5),
        "replace_at": None if never else policy.age,
        "window": None if never else [window.ready, window.due],
        "cost_rate": policy.rate,
        "cost_rate_of_failures_only": policy.rate_of_failures_only,
        "saving": policy.saving,
        "why": dict(sentences(report, group)),
    }
