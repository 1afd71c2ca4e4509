"""What people do with campaigns: start, pause, resume and stop them, and look how far they are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from re import compile as pattern

from sqlalchemy import Connection

from adapters import ledger_campaigns, ledger_parts, ledger_plans
from adapters.ledger_sql import SqlLedger
from domain.actors import MACHINES
from domain.campaign import Campaign, CampaignState, PartNeed, Progress
from domain.errors import IllegalMove, Unknown, WrongFormat
from domain.instants import Instant
from domain.text import Text, is_blank
from domain.ticket_class import JobPlan
from domain.work_order import OrderState
from maintenance.campaigns import parts_plan, progress
from maintenance.meter_file import where
from ticketing.class_lines import meant
from truckroll.campaigns import UNAPPROVED, members_of, record
from truckroll.plan_world import Surroundings

ID = pattern(r"[A-Za-z0-9._-]{1,64}")
MOST_LETTERS = 200
UNSUPPLIED = UNAPPROVED | {OrderState.APPROVED}
"""Orders whose kit is not reserved."""
C = CampaignState
MOVES: Mapping[CampaignState, frozenset[CampaignState]] = {
    C.RUNNING: frozenset({C.PAUSED, C.STOPPED}),
    C.PAUSED: frozenset({C.RUNNING, C.STOPPED}),
    C.STOPPED: frozenset(),
    C.FINISHED: frozenset(),
}
LIMITS: Mapping[str, tuple[float, float]] = {
    "wave": (1, 10_000),
    "due_days": (1, 3_650),
    "failures_per_year": (0, 1_000),
    "stop_percent": (0, 100),
    "stop_after": (1, 100_000),
    "watch_days": (0, 365),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A campaign, how far it is, and the parts that it still takes."""

    campaign: Campaign
    progress: Progress
    parts: Sequence[PartNeed]


def globs_of(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """`model=TV-55 tag.lot=L7|L8` as globs by fact. Raises WrongFormat."""
    found: dict[str, list[str]] = {}
    for word in words:
        fact, _, globs = word.partition("=")
        if not globs:
            raise WrongFormat([f"Write where as fact=glob, such as model=TV-55 or tag.lot=L7, not {word!r}."])
        found.setdefault(fact, []).extend(globs.split("|"))
    return checked_globs(found)


def checked_globs(value: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    """Globs by fact. Raises WrongFormat."""
    try:
        return dict(where(value))
    except ValueError as mistake:
        raise WrongFormat([f"where {mistake}."]) from None


def start(
    ledger: SqlLedger, around: Surroundings, wanted: Campaign, now: Instant, *, dry_run: bool = False
) -> Standing:
    """Start a campaign, or say what it would be; the same again changes nothing.

    Raises WrongFormat with everything that is wrong, also where another campaign has the id.
    """
    with ledger.begin() as transaction:
        connection = transaction.connection
        jobs = {**around.jobs, **ledger_plans.job_plans(connection)}
        if mistakes := list(wrong(wanted, jobs)):
            raise WrongFormat(mistakes)
        before = ledger_campaigns.known(connection, wanted.id)
        if before is None:
            if not dry_run:
                record(transaction, wanted, now, by=wanted.by, why=wanted.why["en"])
        elif not is_same(wanted, before):
            raise WrongFormat([f"There is another campaign {wanted.id}; choose another id."])
        return standing_of(connection, around, before or wanted)


def is_same(wanted: Campaign, before: Campaign) -> bool:
    """The same was asked for, whoever asks now, and whatever has become of it."""
    so_far = ("started_at", "by", "state", "reason", "finished_before", "failed_before", "ended_at")
    return replace(wanted, **{name: getattr(before, name) for name in so_far}) == before


def wrong(wanted: Campaign, jobs: Mapping[str, JobPlan]) -> Iterable[str]:
    """Everything that is wrong with what is asked for."""
    if not ID.fullmatch(wanted.id):
        yield "id is up to 64 letters, digits, '.', '_' and '-'."
    for name, text in (("name", wanted.name), ("why", wanted.why)):
        yield from wrong_text(name, text)
    if not wanted.where and not wanted.part:
        yield "Say where: the facts of the assets that it is for, such as model=TV-55, or a part that is fitted."
    if wanted.lot and not wanted.part:
        yield "A lot is one of a part; say which, or use tag.lot of the assets."
    if wanted.job_plan not in jobs:
        yield f"There is no job plan {wanted.job_plan}; {meant(wanted.job_plan, jobs)}"
    if wanted.by in MACHINES:
        yield f"{wanted.by} is the name of a part of the service; write yours."
    for name, (least, most) in LIMITS.items():
        if not least <= getattr(wanted, name) <= most:
            yield f"{name} is a number from {least:g} to {most:g}."


def wrong_text(name: str, text: Text) -> Iterable[str]:
    """What is wrong with a text."""
    if is_blank(text.get("en", "")):
        yield f"{name} must be said in English at least."
    if any(len(each) > MOST_LETTERS for each in text.values()):
        yield f"{name} has up to {MOST_LETTERS} letters."


def turn(ledger: SqlLedger, name: str, to: CampaignState, *, by: str, now: Instant, why: str = "") -> Campaign:
    """A person pauses, resumes or stops a campaign; the same again changes nothing. Raises Unknown, IllegalMove."""
    with ledger.begin() as transaction:
        campaign = known_campaign(transaction.connection, name)
        if campaign.state is to:
            return campaign
        if to not in MOVES[campaign.state]:
            raise IllegalMove(f"Campaign {name}", campaign.state, to, sorted(MOVES[campaign.state]))
        changed = replace(campaign, state=to, reason={"en": why} if why else {})
        if to is C.STOPPED:
            changed = replace(changed, ended_at=now)
        if to is C.RUNNING:
            so_far = progress(ledger_campaigns.units(transaction.connection, name), ())
            changed = replace(changed, finished_before=so_far.finished, failed_before=so_far.failed)
        record(transaction, changed, now, by=by, why=why)
    return changed


def known_campaign(connection: Connection, name: str) -> Campaign:
    """A campaign. Raises Unknown with the one that was meant."""
    found = ledger_campaigns.known(connection, name)
    if found is None:
        near = meant(name, [each.id for each in ledger_campaigns.campaigns(connection)])
        raise Unknown("campaign", name, near[13:-1] if near.startswith("did you mean ") else "")
    return found


def standings(connection: Connection, around: Surroundings) -> list[Standing]:
    """All campaigns, in order of id."""
    return [standing_of(connection, around, each) for each in ledger_campaigns.campaigns(connection)]


def standing_of(connection: Connection, around: Surroundings, campaign: Campaign) -> Standing:
    """How far a campaign is, and the parts that it still takes. What is over has no units left."""
    units = ledger_campaigns.units(connection, campaign.id)
    facts = () if campaign.is_over else ledger_campaigns.assets_of(connection)
    how = progress(units, (each.asset for each in members_of(connection, campaign, facts)))
    jobs = {**around.jobs, **ledger_plans.job_plans(connection)}
    kit = jobs[campaign.job_plan].kit if campaign.job_plan in jobs else {}
    unsupplied = how.left + len(ledger_campaigns.orders_by_state(connection, campaign.id, UNSUPPLIED))
    known, levels = ledger_parts.parts(connection, kit), ledger_parts.levels(connection, kit)
    return Standing(campaign=campaign, progress=how, parts=parts_plan(kit, unsupplied, levels, known))
