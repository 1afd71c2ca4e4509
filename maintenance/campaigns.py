"""Campaigns as pure functions: which units come next, how far it is, what parts it takes, when it pauses by itself."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from domain.asset_value import FailureCost
from domain.campaign import Campaign, CampaignState, PartNeed, Progress, Unit, UnitState
from domain.instants import DAY, Instant
from domain.part import Levels
from domain.registry import Facts
from domain.text import LANGUAGES, Text, in_language
from domain.ticket import Ticket
from domain.ticket_class import JobPlan
from domain.work_order import NEW_ORDER, OrderKind, WorkOrder
from maintenance import catalogue_campaigns as catalogue
from maintenance.waiting import cost_of_waiting, steady

RANKS = {"critical": 0, "high": 1, "medium": 2, "low": 3}
YEAR_DAYS = 365.25
MOST_NAMED = 5
"""A sentence names no more tickets than these."""


# -- units


def members(
    campaign: Campaign,
    facts: Iterable[Facts],
    fitted: Iterable[str] | None = None,
    states: Collection[str] = ("active",),
) -> list[Facts]:
    """Its assets in some states, the most critical first. `fitted`: those that have its part."""
    having = None if fitted is None else set(fitted)
    found = [
        each
        for each in facts
        if each.claimed
        and each.expected_state in states
        and campaign.is_for(each)
        and (having is None or each.asset in having)
    ]
    return sorted(found, key=lambda each: (RANKS.get(each.criticality, RANKS["medium"]), each.asset))


def progress(units: Iterable[Unit], assets: Iterable[str]) -> Progress:
    """How far it is. `assets`: those that it is for now."""
    known = list(units)
    states = Counter(unit.state for unit in known)
    left = len({*assets} - {unit.asset for unit in known})
    return Progress(
        total=len(known) + left,
        left=left,
        open=states[UnitState.OPEN],
        done=states[UnitState.DONE],
        failed=states[UnitState.FAILED],
        refused=states[UnitState.REFUSED],
    )


def next_units(campaign: Campaign, assets: Sequence[str], units: Iterable[Unit], occupied: int) -> Sequence[str]:
    """The assets that get their order now: as many as the wave has room for beside those that are worked on."""
    if campaign.state is not CampaignState.RUNNING:
        return ()
    have = {unit.asset for unit in units}
    return [asset for asset in assets if asset not in have][: max(0, campaign.wave - occupied)]


def is_finished(campaign: Campaign, units: Iterable[Unit], assets: Iterable[str], now: Instant) -> bool:
    """Nothing is left or open, and the last unit was watched long enough."""
    known = list(units)
    how = progress(known, assets)
    last = max((unit.done_at for unit in known if unit.done_at is not None), default=campaign.started_at)
    return campaign.state is CampaignState.RUNNING and not how.left and not how.open and now >= last + campaign.watch


# -- the stop rule


def is_back(campaign: Campaign, unit: Unit, ticket: Ticket, at: Instant) -> bool:
    """A ticket that is opened or reopened then says that the trouble of a unit is back."""
    if unit.state is not UnitState.DONE or unit.done_at is None:
        return False
    if not unit.done_at <= at <= unit.done_at + campaign.watch:
        return False
    fits = campaign.component in ("", ticket.component) and campaign.failure_mode in ("", ticket.failure_mode)
    return fits and ticket.asset == unit.asset


def stop_reason(campaign: Campaign, units: Iterable[Unit]) -> Text | None:
    """Why it must not go on; None where it may. What was there when a person resumed it does not count again."""
    known = list(units)
    failed = [unit for unit in known if unit.state is UnitState.FAILED]
    done = sum(unit.state is UnitState.DONE for unit in known)
    many = len(failed) - campaign.failed_before
    finished = done + len(failed) - campaign.finished_before
    if campaign.state is not CampaignState.RUNNING or finished < campaign.stop_after:
        return None
    if many * 100 <= campaign.stop_percent * finished:
        return None
    tickets = [unit.ticket for unit in failed if unit.ticket]
    named = ", ".join(tickets[-MOST_NAMED:]) + (catalogue.EVERY_OTHER if len(tickets) > MOST_NAMED else "")
    return filled(
        catalogue.PAUSED,
        failed=many,
        finished=finished,
        days=campaign.watch_days,
        percent=f"{many * 100 / finished:.0f}",
        allowed=campaign.stop_percent,
        tickets=named,
    )


# -- parts


def parts_plan(kit: Mapping[str, int], unsupplied: int, levels: Levels, known: Iterable[str]) -> Sequence[PartNeed]:
    """The kit of the units that have none reserved yet against the stock, in order of part."""
    there = set(known)
    found = []
    for part, each in sorted(kit.items()):
        mine = [level for (name, _), level in levels.items() if name == part]
        available, coming = sum(level.available for level in mine), sum(level.on_order for level in mine)
        needed = each * unsupplied
        is_known = part in there
        found.append(
            PartNeed(
                part=part,
                each=each,
                needed=needed,
                available=available,
                on_order=coming,
                missing=max(0, needed - available - coming) if is_known else 0,
                enough_for=min(unsupplied, available // each) if is_known else unsupplied,
                is_known=is_known,
            )
        )
    return found


# -- orders


def order_for(
    campaign: Campaign, asset: str, job: JobPlan, failure: FailureCost, *, hour_cost: float, now: Instant
) -> WorkOrder:
    """The order of one unit, before anybody has seen it."""
    planned = job.hours * hour_cost
    waiting = cost_of_waiting(
        steady(campaign.failures_per_year / YEAR_DAYS), failure.amount + planned, planned, failure.is_assumed
    )
    return WorkOrder(
        number=NEW_ORDER,
        kind=OrderKind.PREVENTIVE,
        asset=asset,
        title=filled(catalogue.TITLE, campaign=campaign.name, asset=asset),
        priority=campaign.priority,
        why=filled(catalogue.WHY, campaign=campaign.name, why=campaign.why),
        grounds={"campaign": campaign.id, "failures_per_year": campaign.failures_per_year},
        campaign=campaign.id,
        ready_at=now,
        ideal_at=now + campaign.due_days * DAY // 2,
        due_at=now + campaign.due_days * DAY,
        waiting=waiting,
        job_plan=job.id,
        tasks=job.tasks,
        hours=job.hours,
        crew=job.crew,
        skills=job.skills,
        certificates=job.certificates,
        kit=job.kit,
        tools=job.tools,
        gates=job.evidence,
        made_at=now,
        changed_at=now,
    )


def filled(pattern: Text, **words: Any) -> Text:
    """The sentence in every language; words may be texts themselves."""
    return {
        language: pattern[language].format(
            **{name: in_language(word, language) if isinstance(word, Mapping) else word for name, word in words.items()}
        )
        for language in LANGUAGES
    }
