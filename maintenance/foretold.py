"""Foretold: what models say of an asset's end is one finding an asset and rule; it ends when it falls or is served."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from domain.finding import Finding, FindingState, Key, Severity, finding_id
from domain.instants import DAY, SECOND, Duration, Instant, duration_text
from domain.registry import Facts
from domain.text import Text
from maintenance.catalogue_foretold import FORECAST, HEALTH, LIFE, filled
from maintenance.catalogue_remaining import life_sentence
from maintenance.remaining_model import LifeLeft, LifeModel
from maintenance.remaining_spread import SURE, chance_by_day
from maintenance.waiting import DAYS

VERSION = "foretold"
"""The version of every such finding: an episode outlives the model that began it."""
FALLS = 0.8
"""An episode is over once the chance is below this share of what began it, or the lack of health below it."""
NEWS = 0.01
"""The chance or health must have moved by so much to be written down again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """From when on a model's word counts."""

    horizon: Duration
    chance: float
    """The chance of a failure within the horizon."""
    health: float
    """Health at or below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a model says of one asset now."""

    rule: str
    asset: str
    component: str = ""
    failure_mode: str
    level: float
    """How bad it is, from 0 to 1."""
    line: float
    """At this level it begins to hold."""
    title: Text = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    """`probability`, `horizon`, `model`, and what else the model says."""

    @property
    def begins(self) -> bool:
        """It is so bad that an episode begins."""
        return self.level >= self.line

    @property
    def goes_on(self) -> bool:
        """It is so bad that an episode that began is not over."""
        return self.level >= FALLS * self.line

    @property
    def key(self) -> Key:
        """What the finding is about."""
        return (("asset", self.asset), ("component", self.component))


# -- what models say


def rules_of(family: str) -> tuple[str, str]:
    """The rules of a family's life model: of the life left, and of the health."""
    return f"life-{family}", f"health-{family}"


def told_of_life(model: LifeModel, name: str, life: LifeLeft, lines: Lines) -> tuple[Told, Told]:
    """The chance of a failure within the horizon, and the health; the model counts days."""
    by_day, days = chance_by_day(life.lives), lines.horizon / DAY
    chance, sentence = by_day(days), life_sentence(life, model.unit, model.sight)
    worst = life.health.terms[0].name
    details = {
        "horizon": duration_text(lines.horizon),
        "probability": round(chance, 4),
        "chance_by_day": {f"{day:g}": round(by_day(day), 4) for day in sorted({*DAYS, days})},
        "left": round(life.left, 2),
        "low": round(life.low, 2),
        "high": round(life.high, 2),
        "sure": SURE,
        "health": round(life.health.index, 4),
        "terms": {term.name: round(term.health, 4) for term in life.health.terms},
        "model": name,
    }
    by_life, by_health = rules_of(model.family)
    mode = f"{model.family} worn"
    return (
        Told(
            rule=by_life,
            asset=life.unit,
            failure_mode=mode,
            level=chance,
            line=lines.chance,
            title=filled(LIFE, days=days, chance=chance, life=sentence),
            details=details,
        ),
        Told(
            rule=by_health,
            asset=life.unit,
            failure_mode=mode,
            level=1.0 - life.health.index,
            line=1.0 - lines.health,
            title=filled(HEALTH, index=life.health.index, term=worst, life=sentence),
            details=details,
        ),
    )


def told_of_mode(
    mode: str, asset: str, chance: float, line: float, *, component: str, horizon: Duration, model: str
) -> Told:
    """The chance of one mode of failure within the horizon of a failure forecast."""
    return Told(
        rule=f"forecast-{mode}",
        asset=asset,
        component=component,
        failure_mode=mode,
        level=chance,
        line=line,
        title=filled(FORECAST, mode=mode, days=horizon / DAY, chance=chance),
        details={"horizon": duration_text(horizon), "probability": round(chance, 6), "model": model},
    )


# -- what becomes of the finding


def next_state(
    told: Told, before: Finding | None, facts: Facts, now: Instant, renewed_at: Instant | None = None
) -> Finding | None:
    """The finding as it is from now on; None where nothing is new. `before` is the episode that holds, if one does.

    An episode keeps its id whatever model speaks, so that no order is made for it twice. It is over when the level has
    fallen, and when the work was done that it asked for; what the model says after that begins another one.
    """
    if before is None:
        return first(told, facts, now) if told.begins else None
    if is_served(before, renewed_at):
        return over(before, now, why="the work was done")
    if not told.goes_on:
        return over(replace(before, score=told.level, details=told.details), now, why="it has fallen")
    if not is_news(told, before):
        return None
    return replace(
        before,
        position=before.position + 1,
        last_at=max(before.last_at, now),
        changed_at=now,
        score=told.level,
        title=told.title,
        details={**told.details},
    )


def first(told: Told, facts: Facts, now: Instant) -> Finding:
    """An episode begins. Its positions count its own states; none is a place in the journal."""
    return Finding(
        id=finding_id(told.rule, VERSION, told.key, 0, now // SECOND),
        rule=told.rule,
        version=VERSION,
        key=told.key,
        asset=told.asset,
        component=told.component,
        failure_mode=told.failure_mode,
        title=told.title,
        facts=facts.as_dict(),
        state=FindingState.OPEN,
        severity=Severity.S3,
        started_at=now,
        last_at=now,
        changed_at=now,
        fired_position=1,
        position=1,
        count=1,
        score=told.level,
        details={**told.details},
    )


def is_served(before: Finding, renewed_at: Instant | None) -> bool:
    """The asset was renewed after the episode began."""
    return renewed_at is not None and renewed_at > before.started_at


def is_news(told: Told, before: Finding) -> bool:
    """The model says something else than what is recorded, by enough to matter."""
    return abs(told.level - before.score) >= NEWS or told.details.get("model") != before.details.get("model")


def over(before: Finding, now: Instant, *, why: str, withdrawn: bool = False) -> Finding:
    """The episode is over."""
    return replace(
        before,
        state=FindingState.WITHDRAWN if withdrawn else FindingState.RESOLVED,
        position=before.position + 1,
        last_at=max(before.last_at, now),
        changed_at=now,
        details={**before.details, "over": why},
    )
