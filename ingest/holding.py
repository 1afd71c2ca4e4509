"""Holding: which findings may open no ticket for now, and which of them may again as time passes."""

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import replace

from domain.finding import Finding
from domain.incident import Hold, HoldKind, about_its_scope, flood_key
from domain.instants import DAY, MINUTE, Duration, Instant
from domain.ports import Desk, Suppressing, Transaction
from domain.registry import Registry
from domain.ticket import Flood, Response, Situation

AFTER_THE_PARENT: Duration = 5 * MINUTE
"""So long the children of a gateway that is well again have time to be heard before they are blamed."""
AFTER_THE_INCIDENT: Duration = DAY
"""A member's finding that still holds so long after its incident is over is another trouble."""
MOST_A_TICK = 500
"""So many findings are let go at one tick; the others follow at the next."""
MOST_PARENTS = 8
"""A chain of gateways is followed no further."""


class NothingSuppressed:
    """The port `Suppressing` where nobody ever decides anything."""

    def control(self, topic: str, payload: bytes) -> None:
        """Nothing is taken in."""

    def decided(self, finding: Finding, at: Instant) -> Hold | None:
        """Never."""
        return None

    def holds(self, name: str, at: Instant) -> bool:
        """Never."""
        return False

    def causes(self) -> Mapping[str, str]:
        """None."""
        return {}

    def most(self, rule: str) -> tuple[int, Duration] | None:
        """Any number."""
        return None


class Holding:
    """The desk, asked with what holds findings back. Deterministic in journal order, but for the clock of tickets."""

    def __init__(self, desk: Desk, suppressing: Suppressing, registry: Registry) -> None:
        self.desk = desk
        self.suppressing = suppressing
        self.registry = registry
        self.is_holding = True
        """Something may be held back, so that time passing may open tickets."""
        self.before = suppressing

    def keep(self) -> None:
        """Remember what was decided until now, for `undo`."""
        self.before = copy(self.suppressing)

    def undo(self) -> None:
        """What was decided since `keep` is not known any more."""
        self.suppressing, self.is_holding = self.before, True

    # -- a finding that changed

    def respond(self, transaction: Transaction, finding: Finding, now: Instant) -> tuple[Finding, Response]:
        """The finding as it is to be recorded, and what the desk makes of it."""
        finding = about_its_scope(finding)
        situation = transaction.situation(finding)
        if (first := situation.finding) is not None:
            finding = replace(finding, asset=first.asset, component=first.component, facts=first.facts)
        situation = self.weighed(transaction, finding, situation, finding.changed_at, now)
        response = self.desk.respond(finding, situation, now)
        self.is_holding = self.is_holding or bool(response.holds or response.incidents)
        return finding, response

    def weighed(
        self, transaction: Transaction, finding: Finding, situation: Situation, at: Instant, now: Instant
    ) -> Situation:
        """The situation with what holds the finding back, where a ticket might be created for it."""
        owner = situation.owner
        if finding.shadow or not finding.is_active or (owner is not None and owner.is_open):
            return situation
        suppressed = self.suppressing.decided(finding, at)
        if suppressed is None and not finding.scope:
            suppressed = self.behind(transaction, finding, at)
        if suppressed is not None:
            return replace(situation, suppressed=suppressed)
        return self.with_flood(transaction, finding, situation, now)

    def with_flood(self, transaction: Transaction, finding: Finding, situation: Situation, now: Instant) -> Situation:
        """The situation, which says whether the rule has opened as many tickets as it may."""
        most = self.suppressing.most(finding.rule)
        if most is None or transaction.opened_since(finding.rule, now - most[1]) < most[0]:
            return situation
        ticket = transaction.open_ticket(flood_key(finding))
        incident = transaction.incident_of_ticket(ticket.number) if ticket is not None else None
        return replace(situation, flood=Flood(ticket, incident))

    # -- what a gateway or a site excuses

    def behind(self, transaction: Transaction, finding: Finding, at: Instant) -> Hold | None:
        """What holds at the finding's gateway, or at its whole site, and is to blame instead."""
        causes = self.suppressing.causes()
        children = {rule for rule, whose in causes.items() if whose == "children"}
        sites = {rule for rule, whose in causes.items() if whose == "site"}
        for asset in self.parents(finding) if children else ():
            for cause in transaction.active_of(children, asset):
                return blamed(finding, cause, at)
        site = finding.facts.get("site", "")
        for cause in transaction.active_of(sites) if sites and site else ():
            if cause.facts.get("site", "") == site and cause.asset != finding.asset:
                return blamed(finding, cause, at)
        return None

    def parents(self, finding: Finding) -> Iterator[str]:
        """The assets of the gateways that the finding's device hangs on, nearest first."""
        seen, parent = {finding.asset}, str(finding.facts.get("parent", ""))
        for _ in range(MOST_PARENTS):
            if not parent:
                return
            facts = self.registry.facts(parent, finding.last_at)
            if facts.asset in seen:
                return
            seen.add(facts.asset)
            yield facts.asset
            parent = facts.parent

    # -- time passes

    def look(self, transaction: Transaction) -> None:
        """See whether anything is held back."""
        self.is_holding = bool(transaction.holders() or any(i.is_flood for i in transaction.open_incidents()))

    def pass_time(self, transaction: Transaction, at: Instant, now: Instant) -> int:
        """At a tick: let go what nothing holds back any more; returns how many tickets that opened."""
        if not self.is_holding:
            return 0
        for incident in transaction.open_incidents():
            if incident.is_flood:
                has_members = transaction.has_members(incident.id)
                ticket = transaction.ticket(incident.ticket)
                transaction.record(self.desk.wind_up(incident, ticket, at, has_members=has_members))
        opened = 0
        for finding in self.let_go(transaction, at):
            situation = transaction.situation(finding)
            response = self.desk.release(finding, self.weighed(transaction, finding, situation, at, now), now)
            transaction.record(response)
            opened += sum(not ticket.number for ticket in response.tickets)
        self.look(transaction)
        return opened

    def let_go(self, transaction: Transaction, at: Instant) -> Iterator[Finding]:
        """Findings whose reason to be held back is over, as many as one tick may take."""
        left = MOST_A_TICK
        for kind, by in transaction.holders():
            if left > 0 and self.is_over(transaction, kind, by, at):
                free = transaction.held_by(kind, by, most=left)
                left -= len(free)
                yield from free

    def is_over(self, transaction: Transaction, kind: HoldKind, by: str, at: Instant) -> bool:
        """What held findings back does so no longer."""
        if kind is HoldKind.INCIDENT:
            ended_at = transaction.incident(by).resolved_at
            return ended_at is not None and at - ended_at >= AFTER_THE_INCIDENT
        if kind is HoldKind.PARENT:
            (cause,) = transaction.findings([by])
            return not cause.is_active and at - cause.changed_at >= AFTER_THE_PARENT
        return not self.suppressing.holds(by, at)


def blamed(finding: Finding, cause: Finding, at: Instant) -> Hold:
    """Another finding is to blame."""
    why = f"{cause.failure_mode} of {cause.asset}"
    return Hold(finding=finding.id, asset=finding.asset, kind=HoldKind.PARENT, by=cause.id, since=at, why=why)
