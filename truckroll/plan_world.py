"""What plans rest on: calendars, meters, findings, costs and job plans, as the ledger and the files say now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from sqlalchemy import Connection

from adapters import ledger_incidents, ledger_plans
from adapters.ledger_plans import Kept
from domain.asset_value import FailureCost
from domain.finding import Finding
from domain.instants import DAY, Instant, parse_duration
from domain.meter import Forecast
from domain.plan import Plan, Signal, Strategy
from domain.sla import Calendar
from domain.ticket_class import JobPlan
from maintenance.meter_use import reached
from maintenance.plan_world import Dates, PlannedAsset, World
from ticketing.business_time import spans_of
from ticketing.classes import NO_CLASSES
from truckroll.asset_values import failure_costs
from truckroll.known_lives import KnownLives
from truckroll.lead_times import leads
from truckroll.maintenance_settings import MaintenanceSettings
from truckroll.meter_deeds import standings


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the configuration says."""

    jobs: Mapping[str, JobPlan]
    """Job plans of the class files."""
    calendars: Mapping[str, Calendar]
    settings: MaintenanceSettings
    lives: KnownLives = field(default_factory=lambda: KnownLives(NO_CLASSES), compare=False)
    """How long parts and models last."""

    def works_on(self, calendar: str, day: date) -> bool:
        """Whether people work on a day; without a calendar, or one that is not there any more, they do on every."""
        known = self.calendars.get(calendar)
        return known is None or any(spans_of(known, day))


def assets_in(connection: Connection, names: Iterable[str] | None = None) -> list[PlannedAsset]:
    """Assets that are or were registered; all, or some."""
    return [PlannedAsset(facts=facts, since=since) for facts, since in ledger_plans.registered(connection, names)]


def world_of(
    connection: Connection,
    around: Surroundings,
    kept: Mapping[str, Kept],
    assets: Iterable[PlannedAsset],
    dates: Dates | None = None,
) -> World:
    """What the plans rest on now. Costs are looked up while the connection is open."""
    plans, some = [each.plan for each in kept.values()], list(assets)

    def cost(asset: str) -> FailureCost:
        return failure_costs(connection, [asset], around.settings.failure_costs)[asset]

    return World(
        taken_in={name: each.taken_in for name, each in kept.items()},
        jobs={**around.jobs, **ledger_plans.job_plans(connection)},
        works_on=around.works_on,
        meters=meters_of(connection, plans, some),
        signals=signals_of(connection, plans),
        costs=cost,
        in_use=partial(around.lives.in_use, connection),
        life=partial(around.lives.of, connection),
        lead=leads(connection, around.settings),
        hour_cost=around.settings.hour_cost,
        dates={} if dates is None else dates,
    )


def meters_of(
    connection: Connection, plans: Iterable[Plan], assets: Iterable[PlannedAsset]
) -> dict[tuple[str, str], Forecast]:
    """How the meters stand that plans go by."""
    by_meter = [plan for plan in plans if plan.strategy is Strategy.METER]
    wanted = {(asset.facts.asset, plan.meter) for plan in by_meter for asset in assets if plan.is_for(asset.facts)}
    return {(each.asset, each.meter): each.forecast for each in standings(connection, sorted(wanted))}


def meter_at(connection: Connection, asset: str, meter: str, at: Instant) -> float | None:
    """What a meter stood at; None where nobody has read it."""
    found = standings(connection, [(asset, meter)])
    if not found:
        return None
    now, line = found[0].forecast, found[0].line
    return now.value - (line[-1].value - reached(line, at)) if line else now.value


def signals_of(connection: Connection, plans: Iterable[Plan]) -> dict[str, list[Signal]]:
    """The findings that hold now of all rules that plans name, by asset."""
    rules = sorted({rule for plan in plans for rule in plan.rules})
    found: dict[str, list[Signal]] = {}
    for finding in ledger_incidents.active_of(connection, rules, None):
        if finding.asset:
            found.setdefault(finding.asset, []).append(signal_of(finding))
    return found


def signal_of(finding: Finding) -> Signal:
    """What a finding says to a plan; a forecast's says how probable the failure is, and until when."""
    said = finding.details
    chance, horizon = said.get("probability"), said.get("horizon")
    is_forecast = isinstance(chance, int | float) and 0 <= chance <= 1 and isinstance(horizon, str)
    is_spread = {"low", "high", "chance_by_day"} <= said.keys()
    return Signal(
        id=finding.id,
        rule=finding.rule,
        asset=finding.asset,
        since=finding.started_at,
        title=finding.title,
        chance=float(chance) if is_forecast and chance is not None else None,
        horizon_days=parse_duration(horizon) / DAY if is_forecast and horizon is not None else None,
        by_day=tuple((float(day), by) for day, by in said["chance_by_day"].items()) if is_spread else (),
        between_days=(said["low"], said["high"]) if is_spread else None,
    )
