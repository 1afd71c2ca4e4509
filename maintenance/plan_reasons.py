"""Why an order of a plan exists: the sentence with plan, last work and date, and its numbers."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from domain.meter import Forecast
from domain.plan import Plan, Planned, Signal, Strategy, Track
from domain.text import LANGUAGES, Text, in_language
from maintenance import catalogue_plans as catalogue
from maintenance.advice import Advice
from maintenance.plan_dates import day_of


def reason(plan: Plan, track: Track, planned: Planned, meter: Forecast | None) -> tuple[Text, dict[str, Any]]:
    """Why a round of a calendar or meter plan exists, and the numbers behind it."""
    if plan.strategy is Strategy.METER and meter is not None:
        return use_reason(plan, track, planned, meter)
    size = next(size for size in plan.sizes if size.id in planned.packages)
    every = {language: f"{size.every.many} {catalogue.UNITS[size.every.unit][language]}" for language in LANGUAGES} | {
        "en": str(size.every)
    }
    why = filled(catalogue.CALENDAR, plan=plan.name, every=every, last=last_said(plan, track), day=planned.ideal)
    if planned.ideal != planned.day:
        moved = filled(catalogue.MOVED, planned=planned.day)
        why = {language: why[language] + moved[language] for language in LANGUAGES}
    return why, {"every": str(size.every)}


def use_reason(plan: Plan, track: Track, planned: Planned, meter: Forecast) -> tuple[Text, dict[str, Any]]:
    """Why a round exists that the asset's use makes due."""
    rate: Text = dict.fromkeys(LANGUAGES, "")
    if meter.per_day is not None:
        rate = filled(catalogue.RATE, per_day=short(meter.per_day), low=short(meter.low), high=short(meter.high))
    why = filled(
        catalogue.METER,
        plan=plan.name,
        meter=plan.meter,
        use=short(plan.use),
        last=last_said(plan, track),
        day=planned.ideal,
        target=short(planned.target),
        value=short(meter.value),
        rate=rate,
    )
    between = {"per_day": meter.per_day, "low": meter.low, "high": meter.high}
    return why, {"meter": plan.meter, "value": meter.value, "target": planned.target, **between}


def signal_reason(
    plan: Plan, track: Track, planned: Planned, signal: Signal, advice: Advice | None
) -> tuple[Text, dict[str, Any]]:
    """Why a round exists that a detector asked for."""
    pattern = catalogue.FORECAST if advice else catalogue.CONDITION
    why = filled(
        pattern,
        plan=plan.name,
        title=signal.title or {"en": signal.rule},
        signal=signal.id,
        since=day_of(signal.since, plan.zone).isoformat(),
        last=last_said(plan, track),
        day=planned.ideal,
        advice=advice.why if advice else {"en": ""},
    )
    return why, {
        "finding": signal.id,
        "rule": signal.rule,
        "chance": signal.chance,
        **({"fails_between_days": list(signal.between_days)} if signal.between_days else {}),
        **(advice.grounds if advice else {}),
    }


def last_said(plan: Plan, track: Track) -> Text:
    """When the work was done last."""
    if track.done_at is not None:
        day = day_of(track.done_at, plan.zone).isoformat()
        return filled(catalogue.LAST_ORDER if track.done_by else catalogue.LAST_DAY, date=day, order=track.done_by)
    if track.asset in plan.last_done:
        return filled(catalogue.LAST_DAY, date=date.fromisoformat(plan.last_done[track.asset]).isoformat())
    return catalogue.NEVER


def filled(pattern: Text, **words: Any) -> Text:
    """The sentence in every language; words may be texts themselves."""
    return {
        language: pattern[language].format(
            **{name: in_language(word, language) if isinstance(word, Mapping) else word for name, word in words.items()}
        )
        for language in LANGUAGES
    }


def short(value: float | None) -> str:
    """A number for a sentence."""
    return "?" if value is None else f"{value:.4g}" if abs(value) < 1_000 else f"{value:,.0f}"
