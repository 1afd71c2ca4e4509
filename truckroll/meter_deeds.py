"""What people and plans ask of meters: how they stand, how fast they grow; and what people read and define."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from sqlalchemy import Connection

from adapters import ledger_meters
from adapters.ledger_meters import Source
from adapters.ledger_sql import SqlLedger
from adapters.ledger_tables import asset as assets
from domain.errors import Unknown, WrongFormat
from domain.instants import DAY, Instant
from domain.meter import DueAt, Forecast, Meter, MeterReading, Point
from domain.ticket import LedgerEvent, Response
from maintenance.meter_readings import check_reading, counted_by, in_force, stands
from maintenance.meter_use import due_at, forecast, growing, joined, use_per_day

LOOKS_BACK_DAYS = 92
"""Use is judged by so many days before the last reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A meter of an asset."""

    asset: str
    meter: str
    unit: str
    """Empty: it is not defined any more."""
    forecast: Forecast
    sources: Sequence[Source]
    """What devices have counted of it, oldest first."""
    readings: Sequence[MeterReading]
    """By people, in order of recording."""
    line: Sequence[Point]
    """What was counted or read, by day."""

    def due(self, limit: float) -> DueAt | None:
        """When it reaches a limit; None where nobody can say."""
        return due_at(Point(self.forecast.at, self.forecast.value), use_per_day(self.line), limit)


def standings(connection: Connection, wanted: Sequence[tuple[str, str]]) -> list[Standing]:
    """How meters stand, given as (asset, meter); those that were ever read, in the order asked for."""
    names = sorted({asset for asset, _ in wanted})
    units = {meter.name: meter.unit for meter in ledger_meters.meters(connection)}
    sources: dict[tuple[str, str], list[Source]] = defaultdict(list)
    for key, source in ledger_meters.sources_of(connection, names).items():
        sources[key.asset, key.meter].append(source)
    readings: dict[tuple[str, str], list[MeterReading]] = defaultdict(list)
    for reading in ledger_meters.readings_of(connection, names):
        readings[reading.asset, reading.meter].append(reading)
    days = lately(connection, [sources[key] for key in wanted if key in sources])
    found = (standing(key, units, sources.get(key, []), readings.get(key, []), days) for key in wanted)
    return [each for each in found if each is not None]


def lately(connection: Connection, counts: Iterable[Sequence[Source]]) -> dict[int, list[Point]]:
    """The days of each meter that matter for its use: those before its own last reading, whoever is asked for beside.

    Meters that were read last at about the same time are looked up together.
    """
    together: dict[int, dict[int, int]] = defaultdict(dict)
    for its in counts:
        first = max((s.count.stands.at for s in its if s.count.stands), default=0) // DAY - LOOKS_BACK_DAYS
        together[first // LOOKS_BACK_DAYS] |= {source.id: first for source in its}
    found: dict[int, list[Point]] = {}
    for firsts in together.values():
        days = ledger_meters.days_of(connection, firsts, min(firsts.values()))
        found |= {name: [each for each in line if each.at // DAY >= firsts[name]] for name, line in days.items()}
    return found


def standing(
    key: tuple[str, str],
    units: Mapping[str, str],
    sources: Sequence[Source],
    readings: Sequence[MeterReading],
    days: Mapping[int, Sequence[Point]],
) -> Standing | None:
    """How one meter stands; None where nobody has read it."""
    sources = sorted(sources, key=lambda each: each.id)
    line = joined(line_of(source, days.get(source.id, ())) for source in sources)
    value = stands(line, readings)
    if value is None:
        return None
    line = line or growing(Point(each.at, each.value) for each in in_force(readings))
    return Standing(
        asset=key[0],
        meter=key[1],
        unit=units.get(key[1], ""),
        forecast=forecast(value, use_per_day(line)),
        sources=sources,
        readings=readings,
        line=line,
    )


def line_of(source: Source, days: Sequence[Point]) -> list[Point]:
    """The way of one count: where it began if that is not too long ago, each day's end, and now."""
    first, now = source.count.first, source.count.stands
    line = list(days)
    if first is not None and (not line or first.at // DAY == line[0].at // DAY) and (not line or first.at < line[0].at):
        line.insert(0, first)
    if now is not None and (not line or now.at > line[-1].at):
        line.append(now)
    return line


def of_asset(ledger: SqlLedger, asset: str, meter: str = "") -> list[Standing]:
    """The meters of an asset. Raises Unknown where it has none, or not that one."""
    with ledger.reading() as connection:
        keys = ledger_meters.metered(connection, asset=asset, meter=meter, most=1_000)
        if not keys:
            raise Unknown(f"meter {meter} of asset" if meter else "meter of asset", asset)
        return standings(connection, keys)


def meter_forecast(connection: Connection, asset: str, meter: str) -> Forecast | None:
    """How a meter stands and grows, for whoever plans by it; None where it was never read."""
    found = standings(connection, [(asset, meter)])
    return found[0].forecast if found else None


def meter_due(connection: Connection, asset: str, meter: str, limit: float) -> DueAt | None:
    """When a meter reaches a limit; None where nobody can say."""
    found = standings(connection, [(asset, meter)])
    return found[0].due(limit) if found else None


# -- readings by people


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What somebody says that a meter shows."""

    asset: str
    meter: str
    value: float
    at: Instant
    by: str
    why: str = ""
    corrects: int = 0
    key: str = ""
    """The same again is the same reading."""


def record_reading(ledger: SqlLedger, said: Read, now: Instant) -> MeterReading:
    """Keep a reading; the meter goes on from it. Raises Unknown, WrongFormat with a sentence."""
    with ledger.begin() as transaction:
        connection = transaction.connection
        if (before := ledger_meters.reading_with_key(connection, said.key)) is not None:
            return same(before, said)
        check_known(connection, said.asset, said.meter)
        sources = [s for k, s in ledger_meters.sources_of(connection, [said.asset]).items() if k.meter == said.meter]
        days = ledger_meters.days_of(connection, [source.id for source in sources])
        line = joined(line_of(source, days.get(source.id, ())) for source in sources)
        reading = MeterReading(
            asset=said.asset,
            meter=said.meter,
            at=said.at,
            value=said.value,
            counted=counted_by(line, said.at),
            by=said.by,
            why=said.why,
            recorded_at=now,
            corrects=said.corrects,
        )
        check_reading(reading, ledger_meters.readings_of(connection, [said.asset], said.meter), line, now)
        kept = ledger_meters.add_reading(connection, reading, said.key)
        told = {"asset": said.asset, "meter": said.meter, "value": said.value, "reading": kept.id}
        more = {"corrects": said.corrects} if said.corrects else {}
        line_of_log = LedgerEvent(at=now, kind="meter_read", actor=said.by, why=said.why, details=told | more)
        transaction.record(Response(events=(line_of_log,)))
    return kept


def same(before: MeterReading, said: Read) -> MeterReading:
    """The reading that was recorded under the key. Raises WrongFormat where the key was another reading's."""
    if (before.asset, before.meter, before.value) != (said.asset, said.meter, said.value):
        raise WrongFormat([f"The key {said.key} was used for another reading; send this one under a new key."])
    return before


def check_known(connection: Connection, asset: str, meter: str) -> None:
    """Nothing, or Unknown where there is no such asset or no such meter."""
    if connection.execute(assets.select().where(assets.c.asset == asset)).first() is None:
        raise Unknown("asset", asset)
    names = {each.name for each in ledger_meters.meters(connection)}
    if meter not in names:
        raise Unknown("meter", meter, next(iter(get_close_matches(meter, sorted(names), 1)), ""))


# -- definitions


@dataclass(frozen=True, slots=True, kw_only=True)
class MetersPlan:
    """What a file of meters changes."""

    added: Sequence[str]
    changed: Sequence[str]
    retired: Sequence[str]
    """Not counted any more; what they have counted stays."""
    unchanged: Sequence[str]
    dry_run: bool

    @property
    def counts(self) -> dict[str, int]:
        """How many of each."""
        return {name: len(getattr(self, name)) for name in ("added", "changed", "retired", "unchanged")}


def import_meters(
    ledger: SqlLedger, wanted: Sequence[Meter], *, by: str, now: Instant, dry_run: bool = False
) -> MetersPlan:
    """Put definitions in force. Raises WrongFormat where a known meter would count something else."""
    with ledger.begin() as transaction:
        known = ledger_meters.meters(transaction.connection)
        plan = plan_of(known, wanted, dry_run=dry_run)
        if dry_run or tuple(wanted) == known:
            return plan
        ledger_meters.put_in_force(transaction.connection, wanted)
        said = {name: list(getattr(plan, name)) for name in ("added", "changed", "retired")}
        event = LedgerEvent(at=now, kind="meters_defined", actor=by, details=said)
        transaction.record(Response(events=(event,)))
    return plan


def plan_of(known: Sequence[Meter], wanted: Sequence[Meter], *, dry_run: bool) -> MetersPlan:
    """What changes, by name. Raises WrongFormat."""
    before, after = by_name(known), by_name(wanted)
    mistakes = [
        f"{name} is a {'/'.join(kinds(before[name]))} and cannot become a {'/'.join(kinds(after[name]))}; "
        "give the new one another name."
        for name in sorted(before.keys() & after.keys())
        if kinds(before[name]) != kinds(after[name])
    ]
    if mistakes:
        raise WrongFormat(mistakes)
    both = before.keys() & after.keys()
    return MetersPlan(
        added=sorted(after.keys() - before.keys()),
        changed=sorted(name for name in both if before[name] != after[name]),
        retired=sorted(before.keys() - after.keys()),
        unchanged=sorted(name for name in both if before[name] == after[name]),
        dry_run=dry_run,
    )


def by_name(meters: Iterable[Meter]) -> dict[str, list[Meter]]:
    """The definitions of each name, in order."""
    found: dict[str, list[Meter]] = defaultdict(list)
    for meter in meters:
        found[meter.name].append(meter)
    return found


def kinds(meters: Iterable[Meter]) -> list[str]:
    """How they count."""
    return sorted({meter.kind.value for meter in meters})
