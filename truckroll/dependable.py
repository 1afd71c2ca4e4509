"""Dependability of the fleet: how often its assets fail, how long they are down, and how much of the time they work."""

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Any

from sqlalchemy import Connection

from adapters import ledger_outages
from adapters.ledger_outages import Known
from domain.errors import GiveUp
from domain.finding import Severity
from domain.instants import Instant, instant_text
from domain.ticket import Ticket
from maintenance.availability import Dependability, Measured, Outage, Service, dependability
from maintenance.outages import TELLS, outages_of
from ticketing.classes import Classes
from truckroll.closing import ready_for

IN_SERVICE = "active"
NO_FAILURE = ("nff", "planned")
"""Labels of closings that say that nothing was wrong."""
FORETOLD = ("life-", "health-", "forecast-")
"""Rules that speak of failures to come."""


class By(StrEnum):
    """What assets are taken together by."""

    ALL = "all"
    MODEL = "model"
    SITE = "site"
    ASSET = "asset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for."""

    since: Instant
    until: Instant
    by: By = By.MODEL
    model: str = ""
    """Assets of this model only; empty: of all."""
    severity: Severity = Severity.S2
    """Tickets so bad or worse stop their asset."""

    def check(self) -> None:
        """Raises GiveUp where nothing lies in the span."""
        if self.until <= self.since:
            raise GiveUp("The span ends before it begins; give a later --until or an earlier --since.")


@dataclass(frozen=True, slots=True)
class Group:
    """Some assets together."""

    name: str
    assets: int
    found: Dependability


def groups(connection: Connection, classes: Classes, wanted: Wanted) -> list[Group]:
    """The dependability of each group, in order of name. Raises GiveUp."""
    wanted.check()
    known = [each for each in ledger_outages.assets(connection) if wanted.model in ("", each.facts.model)]
    outages = outages_by_asset(connection, classes, known, wanted)
    services: dict[str, list[Service]] = defaultdict(list)
    for each in known:
        is_in = each.facts.expected_state == IN_SERVICE
        until = None if is_in else each.changed_at
        if each.since < wanted.until and (until is None or until > wanted.since):
            service = Service(each.since, until, tuple(outages.get(each.facts.asset, ())))
            services[group_of(each, wanted.by)].append(service)
    return [
        Group(name, len(some), dependability(some, wanted.since, wanted.until))
        for name, some in sorted(services.items())
    ]


def group_of(each: Known, by: By) -> str:
    """The name of an asset's group."""
    return {By.ALL: "", By.MODEL: each.facts.model, By.SITE: each.facts.site, By.ASSET: each.facts.asset}[by]


def outages_by_asset(
    connection: Connection, classes: Classes, known: list[Known], wanted: Wanted
) -> dict[str, list[Outage]]:
    """When each asset was down."""
    severities = [each for each in Severity if each <= wanted.severity]
    names = [each.facts.asset for each in known]
    tickets = ledger_outages.tickets_of(connection, names, severities, (wanted.since, wanted.until))
    failed = [each for each in tickets if is_failure(connection, classes, each)]
    lines = ledger_outages.lines_of(connection, failed, TELLS)
    found: dict[str, list[Outage]] = defaultdict(list)
    for ticket in failed:
        found[ticket.asset] += outages_of(ticket, lines[ticket.number])
    return found


def is_failure(connection: Connection, classes: Classes, ticket: Ticket) -> bool:
    """It failed; nobody foretold it only, and the closing does not say that nothing was wrong."""
    if ticket.rule.startswith(FORETOLD):
        return False
    return ticket.is_open or ready_for(connection, classes, ticket).said.get("label", "") not in NO_FAILURE


# -- telling


def sentence(group: Group, by: By) -> str:
    """One group for people."""
    name = f"{group.name or '(no name)'}: " if by is not By.ALL else ""
    found = group.found
    mtbf, mttr, share = found.mtbf_days, found.mttr_hours, found.availability
    up = "unknown" if share.value is None else f"{share.value:.3%} (between {share.low:.3%} and {share.high:.3%})"
    return (
        f"{name}{counted(group.assets, 'asset')}, {counted(found.failures, 'failure')}; "
        f"MTBF {told(mtbf, 'days')}; MTTR {told(mttr, 'hours')}; available {up}."
    )


def counted(many: int, what: str) -> str:
    """With its plural."""
    return f"{many} {what}" if many == 1 else f"{many} {what}s"


def told(figure: Measured, unit: str) -> str:
    """A figure with its interval, which nine of ten times holds."""
    if figure.value is None:
        return f"more than {figure.low:.1f} {unit}" if figure.low else "unknown"
    high = f"{figure.high:.1f}" if isfinite(figure.high) else "any"
    return f"{figure.value:.1f} {unit} (between {figure.low:.1f} and {high})"


def as_dict(found: list[Group], wanted: Wanted) -> dict[str, Any]:
    """For `--json` and the API; what nothing bounds is null."""
    return {
        "since": instant_text(wanted.since),
        "until": instant_text(wanted.until),
        "by": wanted.by.value,
        "severity": wanted.severity.value,
        "sure": 0.9,
        "groups": [group_as_dict(each) for each in found],
    }


def group_as_dict(group: Group) -> dict[str, Any]:
    """One group."""
    found = group.found
    return {
        "group": group.name,
        "assets": group.assets,
        "failures": found.failures,
        "restored": found.restored,
        "mtbf_days": measured_as_dict(found.mtbf_days),
        "mttr_hours": measured_as_dict(found.mttr_hours),
        "availability": measured_as_dict(found.availability),
    }


def measured_as_dict(figure: Measured) -> dict[str, float | None]:
    """A figure and its interval."""
    return {"value": figure.value, "low": figure.low, "high": figure.high if isfinite(figure.high) else None}
