"""What the models say of the assets that run, asked in a process of its own that can be ended at any moment."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from adapters.data_directory import DataDirectory
from detectors.learning.features import MONTH
from detectors.learning.fleet import Daily, Fleet, Questions
from detectors.learning.forecast import Forecast
from detectors.learning.history import records
from domain.asset_value import Fitted
from domain.batch import DeviceEvent
from domain.errors import WrongFormat
from domain.instants import DAY, Instant, parse_instant
from domain.registry import Facts
from domain.text import Text
from maintenance.foretold import Lines, Told, rules_of, told_of_life, told_of_mode
from maintenance.remaining_model import LifeModel
from truckroll import forecast as forecasts
from truckroll import life_files
from truckroll.life_left import asked_of_store
from truckroll.life_store import Readings
from truckroll.record_files import Record
from truckroll.settings import Settings
from truckroll.stores import telemetry_in

AT_ONCE = 100
"""Assets whose readings are looked at together."""
EVENTS_DAYS = 90
"""So far back a failure forecast is told of events."""
KINDNESS = 10
"""How far the child stands back behind the live service."""
RENEWED = "renewed"
YEAR = 365.25 * DAY
Episode = tuple[str, str]
"""Rule and asset."""


class Store(Readings, Protocol):
    """Where readings and events are kept."""

    def events(self, device: str, since: Instant, until: Instant) -> Sequence[DeviceEvent]:
        """`since <= at < until`, in order of time."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which models are asked about whom."""

    settings: Settings
    now: Instant
    lines: Lines
    lives: tuple[LifeModel, ...] = ()
    forecasts: tuple[Forecast, ...] = ()
    assets: tuple[Facts, ...] = ()
    """Those in service."""
    renewed: Mapping[Episode, Instant] = field(default_factory=dict)
    """When work last made an asset new in the sense of a rule."""
    fitted: tuple[Fitted, ...] = ()
    held: frozenset[Episode] = frozenset()
    """Episodes that hold; of them everything is told, of others only what begins one."""

    @property
    def rules(self) -> frozenset[str]:
        """The rules that these models speak under."""
        of_lives = [rule for model in self.lives for rule in rules_of(model.family)]
        return frozenset([*of_lives, *(f"forecast-{mode.name}" for each in self.forecasts for mode in each.modes)])


def models_in(settings: Settings) -> tuple[tuple[LifeModel, ...], tuple[Forecast, ...]]:
    """The models that the settings name. Raises WrongFormat, OSError."""
    lives = [(file, life_files.load(file)) for file in files_of(settings, settings.maintenance.life_models)]
    first: dict[str, Path] = {}
    for file, model in lives:
        if model.family in first:
            raise WrongFormat(
                [f"{first[model.family]} and {file} are both of {model.family}; keep one of them in life_models."]
            )
        if not model.step:
            raise WrongFormat(
                [f"{file} was trained on files, whose steps a store does not have; train it without --telemetry."]
            )
        first[model.family] = file
    named = files_of(settings, settings.maintenance.forecast_models)
    return tuple(model for _, model in lives), tuple(forecasts.load(file) for file in named)


def files_of(settings: Settings, patterns: Sequence[str]) -> list[Path]:
    """The files that the patterns find, in order of name."""
    return sorted({path for pattern in patterns for path in settings.home.glob(pattern)})


# -- in the child


def told_apart(asked: Asked, tell: Callable[[float], object]) -> dict[str, Any]:
    """For `Job`: what the models say, behind everything that the service does."""
    os.nice(KINDNESS)
    with telemetry_in(asked.settings, DataDirectory(asked.settings.data, read_only=True)) as store:
        told, unsaid = list[Told](), list[tuple[str, Text]]()
        pages = list(pages_of(asked))
        for number, (model, page) in enumerate(pages):
            if isinstance(model, LifeModel):
                said, refused = of_lives(asked, model, store, page)
                unsaid += refused
            else:
                said = of_forecast(asked, model, store, page)
            told += [each for each in said if each.begins or (each.rule, each.asset) in asked.held]
            tell((number + 1) / len(pages))
    return {"told": told, "unsaid": unsaid}


def pages_of(asked: Asked) -> Iterator[tuple[LifeModel | Forecast, Sequence[Facts]]]:
    """Each model with the assets that it knows the like of, some at a time."""
    for life in asked.lives:
        yield from ((life, page) for page in paged([each for each in asked.assets if each.model == life.family]))
    for model in asked.forecasts:
        known = model.plan.models
        yield from ((model, page) for page in paged([e for e in asked.assets if not known or e.model in known]))


def paged(assets: Sequence[Facts]) -> Iterator[Sequence[Facts]]:
    """Some at a time."""
    return (assets[begin : begin + AT_ONCE] for begin in range(0, len(assets), AT_ONCE))


def of_lives(
    asked: Asked, model: LifeModel, store: Store, assets: Sequence[Facts]
) -> tuple[list[Told], Sequence[tuple[str, Text]]]:
    """What a life model says since each asset's last renewal; and of whom it says nothing, and why."""
    by_life, _ = rules_of(model.family)
    ends = [
        Record(each.asset, RENEWED, at)
        for each in assets
        if (at := asked.renewed.get((by_life, each.asset))) is not None
    ]
    since = max(asked.now - asked.settings.telemetry.age, 0)
    found = asked_of_store(model, store, assets, ends, (since, asked.now))
    name = f"{model.family}-{model.data[:12]}"
    return [told for life in found.lives for told in told_of_life(model, name, life, asked.lines)], found.refused


def of_forecast(asked: Asked, model: Forecast, store: Store, assets: Sequence[Facts]) -> list[Told]:
    """What a failure forecast says, asked at its hour of the day that was last."""
    at = asked.now - (asked.now - model.hour) % DAY
    fleet = fleet_of(model, store, assets, asked.fitted, at)
    chances = model.chances(fleet, Questions(np.arange(len(assets)), np.full(len(assets), at)))
    return [
        told_of_mode(
            mode.name,
            asset.asset,
            float(chances[row, number]),
            mode.line,
            component=mode.name if mode.name in model.plan.components else "",
            horizon=model.horizon,
            model=model.version,
        )
        for row, asset in enumerate(assets)
        for number, mode in enumerate(model.modes)
    ]


def fleet_of(model: Forecast, store: Store, assets: Sequence[Facts], fitted: Sequence[Fitted], at: Instant) -> Fleet:
    """What a forecast may look at, from the store, the registry and the parts that were fitted."""
    names, plan = [each.asset for each in assets], model.plan
    known, number = set(names), {name: place for place, name in enumerate(names)}
    events = [
        (each.asset, what, event.at)
        for each in assets
        for event in store.events(each.device, max(at - EVENTS_DAYS * DAY, 0), at)
        if (what := told_as(event, plan.events))
    ]
    repairs = [
        (each.asset, what, each.since)
        for each in fitted
        if each.asset in known and each.since < at
        for what in dict.fromkeys((each.position, each.part))
        if what in plan.components
    ]
    readings = [
        (number[each.asset], one)
        for each in assets
        if plan.metrics
        for one in store.readings(each.device, max(at - (MONTH + 1) * DAY, 0), at, plan.metrics)
        if one.state is None
    ]
    column = {name: place for place, name in enumerate(plan.metrics)}
    values = np.full((len(readings), len(column)), np.nan)
    for row, (_, one) in enumerate(readings):
        values[row, column[one.metric]] = one.value
    return Fleet(
        assets=names,
        events=records(events, names, plan.events),
        names=plan.events,
        repairs=records(repairs, names, plan.components),
        components=plan.components,
        daily=Daily.of(
            len(names),
            plan.metrics,
            np.array([place for place, _ in readings], np.int64),
            np.array([one.at for _, one in readings], np.int64),
            values,
        ),
        age=np.array([years(each, at) for each in assets], np.float64),
        model=[each.model for each in assets],
    )


def told_as(event: DeviceEvent, names: Sequence[str]) -> str:
    """The name under which the model knows an event, with its code where it knows it so; empty: it does not."""
    coded = f"{event.event}:{event.code}"
    return coded if event.code and coded in names else event.event if event.event in names else ""


def years(asset: Facts, at: Instant) -> float:
    """How old it is; NaN where that is not known."""
    return (at - parse_instant(asset.installed + "T00:00:00Z")) / YEAR if asset.installed else float("nan")
