"""What people do with plans: take in files, pause and resume, and look at what comes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection

from adapters import ledger_meters, ledger_plans
from adapters.ledger_plans import Kept
from adapters.ledger_sql import SqlLedger
from domain.errors import Unknown, WrongFormat
from domain.instants import DAY, Instant
from domain.plan import Plan, Planned, Track
from domain.ticket import LedgerEvent, Response
from maintenance.plan_rounds import coming
from maintenance.plan_tracks import done_on_its_day
from maintenance.plan_world import ACTIVE, PlannedAsset, World, begin_of
from ticketing.class_lines import meant
from truckroll.desk_files import load_classes, load_promises
from truckroll.known_lives import KnownLives
from truckroll.plan_file import Known, PlanFile, read_csv, read_plans
from truckroll.plan_world import Surroundings, assets_in, world_of
from truckroll.planner import CHANGED
from truckroll.settings import Settings


class FileOf(StrEnum):
    """What a CSV file is about; a TOML file says it itself."""

    PLANS = "plans"
    JOB_PLANS = "job_plans"


class Format(StrEnum):
    """How a file is written."""

    TOML = "toml"
    CSV = "csv"


def surroundings_of(settings: Settings, now: Instant) -> Surroundings:
    """What plans rest on in the configuration. Raises WrongFormat, OSError."""
    calendars = load_promises(settings, now).calendars
    classes = load_classes(settings)
    return Surroundings(classes.plans, calendars, settings.maintenance, KnownLives(classes))


# -- files


@dataclass(frozen=True, slots=True, kw_only=True)
class PlansImport:
    """What a file changes, by id."""

    added: Sequence[str]
    changed: Sequence[str]
    unchanged: Sequence[str]
    job_plans_added: Sequence[str]
    job_plans_changed: Sequence[str]
    dry_run: bool

    @property
    def counts(self) -> dict[str, int]:
        """How many of each."""
        names = ("added", "changed", "unchanged", "job_plans_added", "job_plans_changed")
        return {name.replace("_", " "): len(getattr(self, name)) for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file as somebody sends it."""

    name: str
    content: str
    format: Format = Format.TOML
    what: FileOf = FileOf.PLANS

    @classmethod
    def at(cls, path: Path, what: FileOf = FileOf.PLANS) -> "File":
        """A file on the disk, CSV by its suffix. Raises OSError, WrongFormat."""
        try:
            content = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise WrongFormat([f"{path}:1: this is no UTF-8 text; save the file as UTF-8."]) from None
        is_csv = path.suffix.lower() == ".csv"
        return cls(name=str(path), content=content, format=Format.CSV if is_csv else Format.TOML, what=what)


def import_plans(
    ledger: SqlLedger, around: Surroundings, file: File, *, by: str, now: Instant, dry_run: bool = False
) -> PlansImport:
    """Add and change plans and job plans; those that the file does not name stay. Raises WrongFormat."""
    with ledger.begin() as transaction:
        connection = transaction.connection
        plans, jobs = ledger_plans.plans(connection), ledger_plans.job_plans(connection)
        meters = {meter.name for meter in ledger_meters.meters(connection)}
        known = Known(jobs=jobs, calendars=around.calendars, meters=meters, files=around.jobs)
        said = read(file, known)
        wanted = [merged(plan, plans, said, now) for plan in said.plans]
        found = PlansImport(
            added=[each.plan.id for each in wanted if each.plan.id not in plans],
            changed=[each.plan.id for each in wanted if plans.get(each.plan.id, each) != each],
            unchanged=[each.plan.id for each in wanted if plans.get(each.plan.id) == each],
            job_plans_added=[job.id for job in said.jobs if job.id not in jobs],
            job_plans_changed=[job.id for job in said.jobs if jobs.get(job.id, job) != job],
            dry_run=dry_run,
        )
        changes = {name: ids for name, ids in vars_of(found).items() if ids}
        if not dry_run and changes:
            ledger_plans.save_job_plans(connection, said.jobs)
            ledger_plans.save_plans(connection, wanted)
            transaction.record(Response(events=(LedgerEvent(at=now, kind=CHANGED, actor=by, details=changes),)))
    return found


def read(file: File, known: Known) -> PlanFile:
    """What a file says. Raises WrongFormat."""
    if file.format is Format.CSV:
        return read_csv(file.name, file.content, known, jobs=file.what is FileOf.JOB_PLANS)
    return read_plans(file.name, file.content, known)


def merged(plan: Plan, plans: Mapping[str, Kept], said: PlanFile, now: Instant) -> Kept:
    """The plan as it is kept: it was taken in when it came first, and stays paused unless the file says."""
    before = plans.get(plan.id)
    if before is None:
        return Kept(plan, now)
    is_paused = plan.is_paused if plan.id in said.says_paused else before.plan.is_paused
    return Kept(replace(plan, is_paused=is_paused), before.taken_in)


def vars_of(found: PlansImport) -> dict[str, list[str]]:
    """What changes, for the event log."""
    return {
        "added": list(found.added),
        "changed": list(found.changed),
        "job_plans_added": list(found.job_plans_added),
        "job_plans_changed": list(found.job_plans_changed),
    }


def take_in_file(ledger: SqlLedger, settings: Settings, now: Instant) -> None:
    """Take in the file that the configuration names. Raises WrongFormat, OSError."""
    if settings.maintenance.plans_file:
        file = File.at(Path(settings.maintenance.plans_file))
        import_plans(ledger, surroundings_of(settings, now), file, by="planner", now=now)


# -- pausing


def pause(ledger: SqlLedger, name: str, *, is_paused: bool, by: str, now: Instant, why: str = "") -> Kept:
    """Let a plan rest, or go on; the same again changes nothing. Raises Unknown."""
    with ledger.begin() as transaction:
        kept = known_plan(transaction.connection, name)
        if kept.plan.is_paused == is_paused:
            return kept
        changed = Kept(replace(kept.plan, is_paused=is_paused), kept.taken_in)
        ledger_plans.save_plans(transaction.connection, [changed])
        details = {"paused" if is_paused else "resumed": [name]}
        transaction.record(Response(events=(LedgerEvent(at=now, kind=CHANGED, actor=by, why=why, details=details),)))
    return changed


def known_plan(connection: Connection, name: str) -> Kept:
    """A plan. Raises Unknown with the one that was meant."""
    kept = ledger_plans.plan(connection, name)
    if kept is None:
        near = meant(name, ledger_plans.plans(connection))
        raise Unknown("plan", name, near[13:-1] if near.startswith("did you mean ") else "")
    return kept


# -- what comes


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A round of a plan on an asset: the open one, or one that comes."""

    plan: str
    asset: str
    order: str
    """The open one's number; empty: its order is not made yet."""
    day: str
    planned: Planned | None
    """None of the open one: its dates stand in the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A plan with its assets."""

    plan: Plan
    taken_in: Instant
    assets: int
    """Active ones that it is for."""
    open: int
    """Rounds whose order is open."""


def standings(connection: Connection, names: Iterable[str] | None = None) -> list[Standing]:
    """Plans with how many assets and open orders they have, in order of id."""
    plans, tracks = ledger_plans.plans(connection), ledger_plans.tracks(connection)
    assets = active(assets_in(connection))
    opened = [track.plan for track in tracks.values() if track.order]
    return [
        Standing(
            plan=kept.plan,
            taken_in=kept.taken_in,
            assets=sum(kept.plan.is_for(asset.facts) for asset in assets),
            open=opened.count(name),
        )
        for name, kept in plans.items()
        if names is None or name in names
    ]


def active(assets: Iterable[PlannedAsset]) -> list[PlannedAsset]:
    """Assets that have rounds."""
    return [each for each in assets if each.facts.expected_state == ACTIVE and each.facts.claimed]


def next_rounds(
    connection: Connection,
    around: Surroundings,
    now: Instant,
    *,
    plan: str = "",
    asset: str = "",
    days: int = 0,
    after: tuple[str, str, str] = ("", "", ""),
) -> Iterator[Round]:
    """The open rounds and those that come within so many days (else each plan's own), by plan and asset.

    Those that come are counted as if each is done on its day. Raises Unknown.
    """
    plans = {plan: known_plan(connection, plan)} if plan else ledger_plans.plans(connection)
    assets = active(assets_in(connection, [asset] if asset else None))
    if asset and not assets:
        raise Unknown("active asset", asset)
    world, tracks = world_of(connection, around, plans, assets), ledger_plans.tracks(connection)
    for name, kept in sorted(plans.items()):
        until = now + (days or kept.plan.scheduling_days) * DAY
        for each in sorted(assets, key=lambda one: one.facts.asset):
            key = (name, each.facts.asset)
            if key >= after[:2] and kept.plan.is_for(each.facts):
                track = tracks.get(key) or Track(plan=name, asset=each.facts.asset)
                found = rounds_of(kept.plan, each, track, world, until)
                yield from (one for one in found if (one.plan, one.asset, one.day) > after)


def rounds_of(plan: Plan, asset: PlannedAsset, track: Track, world: World, until: Instant) -> Iterator[Round]:
    """The rounds of one asset."""
    common = {"plan": plan.id, "asset": track.asset}
    meter = world.meters.get((track.asset, plan.meter))
    if track.order:
        yield Round(**common, order=track.order, day=track.planned, planned=None)
        track = done_on_its_day(plan, track, track.planned, meter)
    for planned in coming(plan, track, begin_of(plan, asset, world), world.works_on, meter=meter, until=until):
        yield Round(**common, order="", day=planned.day, planned=planned)
