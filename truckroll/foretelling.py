"""Foretelling: the models are asked again and again about the assets that run; what they say becomes findings.

The asking is done in a process beside the service. What it found goes into the ledger under the writers' lock, against
the episodes that stand there then: asked twice, by two, or killed in between, there is one finding an asset and rule.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from adapters import ledger_fitted, ledger_foretold, ledger_log, ledger_plans
from adapters.ledger_plans import Kept
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.errors import GiveUp, WrongFormat
from domain.finding import Finding
from domain.instants import MINUTE, SECOND, Instant, parse_duration
from domain.registry import Facts
from maintenance.foretold import VERSION, Lines, Told, is_served, next_state, over, rules_of
from ticketing.classes import Classes
from ticketing.desk import ServiceDesk
from truckroll.backtest.job import Job
from truckroll.chores import Chore
from truckroll.fitting import label_of
from truckroll.foretold_asked import Asked, Episode, models_in, told_apart
from truckroll.maintenance_settings import MaintenanceSettings
from truckroll.settings import Settings

READER = "forecasts"
LOOKS_EVERY = 2 * SECOND
RETRY = 10 * MINUTE
"""After trouble the models are asked again so much later."""
MOST = 200
"""Findings that one transaction deals with."""
IN_SERVICE = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What an asking came to."""

    begun: int = 0
    changed: int = 0
    over: int = 0
    holding: int = 0
    """Episodes that hold now."""


@dataclass(slots=True)
class Foreteller:
    """The chore. When it asked last stands in the ledger; what is asked when it is killed is asked again."""

    ledger: SqlLedger
    settings: Settings
    classes: Classes
    asked: Asked | None = None
    job: Job | None = None
    trouble: str = ""
    tried_at: Instant | None = None

    def chore(self) -> Chore:
        """Looked after every other second; it never waits for the process that it has begun."""
        return Chore(READER, LOOKS_EVERY, self.keep)

    def keep(self, now: Instant) -> None:
        """Begin to ask where it is time, take in what was answered. Raises TryLater, GiveUp."""
        if self.job is not None:
            if self.job.look(0.0):
                self.finish(now)
        elif self.is_due(now):
            self.begin(now)
        if self.trouble:
            raise GiveUp(self.trouble)

    def is_due(self, now: Instant) -> bool:
        """The last asking is long ago, or the clock was set back behind it."""
        if self.tried_at is not None and self.tried_at <= now < self.tried_at + RETRY:
            return False
        with self.ledger.reading() as connection:
            last = ledger_log.bookmark(connection, READER)
        return not (last and last <= now < last + self.settings.maintenance.asking_every)

    def begin(self, now: Instant) -> None:
        """Start the process that asks; where there is nothing to ask, that is the answer."""
        self.trouble = ""
        try:
            asked = asked_now(self.ledger, self.settings, self.classes, now) if self.has_something() else None
        except (WrongFormat, OSError) as error:
            self.trouble, asked = str(error), None
        self.tried_at = now
        if asked is None:
            return
        if asked.assets and asked.rules:
            self.asked, self.job = asked, Job(asked, told_apart, "forecast").__enter__()
        else:
            hear(self.ledger, self.classes, asked, (), now)

    def finish(self, now: Instant) -> None:
        """The process is over: its answer goes into the ledger; a ledger that is away is waited for."""
        assert self.job is not None
        assert self.asked is not None
        if self.job.error is not None:
            self.trouble, self.tried_at = str(self.job.error), now
        else:
            hear(self.ledger, self.classes, self.asked, (self.job.report or {})["told"], now)
        self.stop()

    def has_something(self) -> bool:
        """There are models to ask, or what they said once still holds."""
        if self.settings.maintenance.life_models or self.settings.maintenance.forecast_models:
            return True
        with self.ledger.reading() as connection:
            return bool(ledger_foretold.episodes(connection, VERSION))

    def stop(self) -> None:
        """End the process, if one runs."""
        if self.job is not None:
            self.job.stop()
        self.asked = self.job = None


# -- what is asked


def asked_now(ledger: SqlLedger, settings: Settings, classes: Classes, now: Instant) -> Asked:
    """The models of the settings, and what they are told beside readings and events. Raises WrongFormat, OSError."""
    lives, forecasts = models_in(settings)
    with ledger.reading() as connection:
        known = [facts for facts, _ in ledger_plans.registered(connection)]
        assets = tuple(each for each in known if each.claimed and each.expected_state == IN_SERVICE)
        families = [model.family for model in lives]
        parts = any(model.plan.components for model in forecasts)
        names = [each.asset for each in assets]
        return Asked(
            settings=settings,
            now=now,
            lines=lines_of(settings.maintenance),
            lives=lives,
            forecasts=forecasts,
            assets=assets,
            renewed=renewals(connection, classes, families, assets),
            fitted=tuple(ledger_fitted.fitted_to(connection, names)) if parts else (),
            held=frozenset(ledger_foretold.episodes(connection, VERSION)),
        )


def lines_of(said: MaintenanceSettings) -> Lines:
    """From when on a life model's word counts."""
    return Lines(horizon=parse_duration(said.life_horizon), chance=said.life_chance, health=said.health_limit)


def renewals(
    connection: Connection, classes: Classes, families: Iterable[str], assets: Sequence[Facts]
) -> dict[Episode, Instant]:
    """When work last answered a rule: that of a plan that listens to it; of life and health also a repair."""
    found: dict[Episode, Instant] = {}
    plans = ledger_plans.plans(connection)
    for track in ledger_plans.tracks(connection).values():
        if track.done_at is not None and track.plan in plans:
            for rule in plans[track.plan].plan.rules:
                renew(found, rule, track.asset, track.done_at)
    for family in families:
        rules, its = rules_of(family), [each.asset for each in assets if each.model == family]
        for order in ledger_fitted.closed_repairs(connection, its):
            if order.done_at is not None and label_of(connection, classes, order) in ("", "true"):
                renew(found, rules[0], order.asset, order.done_at)
        for asset in its:
            for one, other in (rules, rules[::-1]):
                if (at := found.get((one, asset))) is not None:
                    renew(found, other, asset, at)
    return found


def renew(found: dict[Episode, Instant], rule: str, asset: str, at: Instant) -> None:
    """The latest counts."""
    found[rule, asset] = max(at, found.get((rule, asset), at))


# -- what was answered


@dataclass(slots=True)
class Tally:
    """What an asking has come to so far."""

    begun: int = 0
    changed: int = 0
    over: int = 0


def hear(ledger: SqlLedger, classes: Classes, asked: Asked, told: Sequence[Told], now: Instant) -> Heard:
    """Findings begin, change and end, in small transactions; then it is written down that this was asked.

    The same answers again change nothing. Raises TryLater.
    """
    desk = ServiceDesk(relapses={kind.id: kind.relapse for kind in classes.classes.values()})
    facts, tally = {each.asset: each for each in asked.assets}, Tally()
    said = {(each.rule, each.asset): each for each in told}
    waiting = sorted(said.keys() | asked.held)
    for begin in range(0, max(len(waiting), 1), MOST):
        with ledger.begin() as transaction:
            plans = ledger_plans.plans(transaction.connection)
            episodes = ledger_foretold.episodes(transaction.connection, VERSION)
            for key in waiting[begin : begin + MOST]:
                finding = state_of(asked, key, (said.get(key), episodes.get(key)), facts, now)
                if finding is not None:
                    enter(transaction, desk, finding, now, is_planned=listens(plans, finding, facts))
                    count(tally, finding, episodes.get(key))
            if begin + MOST >= len(waiting):
                transaction.move_bookmark(READER, asked.now)
                holding = len(ledger_foretold.episodes(transaction.connection, VERSION))
    return Heard(begun=tally.begun, changed=tally.changed, over=tally.over, holding=holding)


def state_of(
    asked: Asked, key: Episode, known: tuple[Told | None, Finding | None], facts: Mapping[str, Facts], now: Instant
) -> Finding | None:
    """What is new of one rule and asset, of which is known what was told and what holds; None: nothing.

    Of whom nothing is said, what held goes on holding.
    """
    told, before = known
    rule, asset = key
    if told is not None and asset in facts:
        return next_state(told, before, facts[asset], now, asked.renewed.get(key))
    if before is None:
        return None
    if rule not in asked.rules:
        return over(before, now, why="no model speaks of it any more", withdrawn=True)
    if asset not in facts:
        return over(before, now, why="the asset is not in service")
    if is_served(before, asked.renewed.get(key)):
        return over(before, now, why="the work was done")
    return None


def enter(transaction: SqlTransaction, desk: ServiceDesk, finding: Finding, now: Instant, *, is_planned: bool) -> None:
    """Record a finding; where no plan makes an order of it, a ticket tells people."""
    situation = transaction.situation(finding)
    speaks = situation.owner is not None or not is_planned
    response = desk.respond(finding, situation, now) if speaks else None
    transaction.save_finding(finding, ())
    if response is not None:
        transaction.record(response)


def listens(plans: Mapping[str, Kept], finding: Finding, facts: Mapping[str, Facts]) -> bool:
    """A plan listens to the rule on this asset."""
    its = facts.get(finding.asset)
    return its is not None and any(finding.rule in kept.plan.rules and kept.plan.is_for(its) for kept in plans.values())


def count(tally: Tally, finding: Finding, before: Finding | None) -> None:
    """One more."""
    if before is None:
        tally.begun += 1
    elif finding.is_active:
        tally.changed += 1
    else:
        tally.over += 1


def ask_here(ledger: SqlLedger, settings: Settings, classes: Classes, now: Instant) -> tuple[Asked, dict[str, Any]]:
    """Ask in a process beside this one, and wait. Raises WrongFormat, GiveUp, OSError."""
    asked = asked_now(ledger, settings, classes, now)
    if not asked.rules:
        raise GiveUp(
            "No model is named; name some in [maintenance] life_models or forecast_models (docs/forecasts.md)."
        )
    with Job(asked, told_apart, "forecast") as job:
        return asked, job.result(lambda done: None)
