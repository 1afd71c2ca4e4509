"""Meters in the ledger: what is counted, how far each device has counted, one row a day, and readings by people."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Select, delete, func, insert, select

from adapters import meter_tables as tables
from adapters.ledger_questions import some
from adapters.ledger_statements import replacing
from domain.instants import Instant
from domain.meter import Count, Meter, MeterReading, Point, Slip, SlipKind

M, S, D, L, R = (
    tables.meter.c,
    tables.meter_source.c,
    tables.meter_day.c,
    tables.meter_slip.c,
    tables.meter_reading.c,
)
METER, COUNT, JSON = msgspec.json.Decoder(Meter), msgspec.json.Decoder(Count), msgspec.json.Encoder()
SLIPS_KEPT = 100
"""Of each device and meter, the newest; all are counted."""


class SourceKey(NamedTuple):
    """Whose count it is."""

    asset: str
    meter: str
    device: str
    since: Instant


@dataclass(frozen=True, slots=True)
class Source:
    """A count as it is recorded."""

    id: int
    key: SourceKey
    count: Count


# -- what is counted


def meters(connection: Connection) -> tuple[Meter, ...]:
    """The meters in force, in order."""
    return tuple(METER.decode(body) for body in connection.execute(select(M.body).order_by(M.rank)).scalars())


def put_in_force(connection: Connection, wanted: Iterable[Meter]) -> None:
    """These instead of those that were; what has been counted stays."""
    connection.execute(delete(tables.meter))
    rows = [
        {"rank": rank, "name": each.name, "body": JSON.encode(each).decode()} for rank, each in enumerate(wanted, 1)
    ]
    if rows:
        connection.execute(insert(tables.meter), rows)


# -- what devices have counted


def sources_of(connection: Connection, assets: Iterable[str]) -> dict[SourceKey, Source]:
    """All counts of some assets."""
    found: dict[SourceKey, Source] = {}
    for names in some(assets):
        for row in connection.execute(select(tables.meter_source).where(S.asset.in_(names))):
            key = SourceKey(row.asset, row.meter, row.device, row.since)
            found[key] = Source(row.id, key, COUNT.decode(row.body))
    return found


def last_source(connection: Connection) -> int:
    """The greatest id of a count."""
    return connection.execute(select(func.max(S.id))).scalar_one() or 0


def save_sources(connection: Connection, sources: Iterable[Source]) -> None:
    """Counts as they stand now."""
    rows = [
        {"id": each.id, **each.key._asdict(), "body": JSON.encode(each.count).decode()}
        for each in sorted(sources, key=lambda each: each.id)
    ]
    if rows:
        connection.execute(replacing(connection.dialect.name, "meter_source"), rows)


def save_days(connection: Connection, days: Mapping[int, Mapping[int, Point]]) -> None:
    """By source and day, how it stood last."""
    rows = [
        {"source": source, "day": day, "at": point.at, "value": point.value}
        for source, its in sorted(days.items())
        for day, point in its.items()
    ]
    if rows:
        connection.execute(replacing(connection.dialect.name, "meter_day"), rows)


def save_slips(connection: Connection, slips: Mapping[int, Sequence[Slip]]) -> None:
    """What was kept aside, by source; the oldest of too many go."""
    rows = [
        {
            "source": source,
            "at": slip.at,
            "value": slip.value,
            "kind": slip.kind.value,
            "before_at": slip.before.at,
            "before_value": slip.before.value,
        }
        for source, its in sorted(slips.items())
        for slip in its
    ]
    if not rows:
        return
    connection.execute(replacing(connection.dialect.name, "meter_slip"), rows)
    for source in sorted(slips):
        oldest = select(L.at).where(L.source == source).order_by(L.at.desc()).offset(SLIPS_KEPT - 1).limit(1)
        edge = connection.execute(oldest).scalar_one_or_none()
        if edge is not None:
            connection.execute(delete(tables.meter_slip).where(L.source == source, L.at < edge))


def days_of(connection: Connection, sources: Iterable[int], since_day: int = 0) -> dict[int, list[Point]]:
    """How sources stood at the end of each day, in order."""
    found: dict[int, list[Point]] = defaultdict(list)
    for ids in some(sources):
        question = select(tables.meter_day).where(D.source.in_(ids), D.day >= since_day).order_by(D.source, D.day)
        for row in connection.execute(question):
            found[row.source].append(Point(row.at, row.value))
    return found


def slips_of(connection: Connection, sources: Iterable[int], most: int) -> Sequence[tuple[int, Slip]]:
    """What was kept aside, newest first."""
    question = select(tables.meter_slip).where(L.source.in_(list(sources))).order_by(L.at.desc(), L.source).limit(most)
    return [
        (row.source, Slip(row.at, row.value, SlipKind(row.kind), Point(row.before_at, row.before_value)))
        for row in connection.execute(question)
    ]


def drop_days_before(connection: Connection, day: int) -> int:
    """Forget older days; how many rows."""
    return connection.execute(delete(tables.meter_day).where(D.day < day)).rowcount


# -- what people have read


def readings_of(connection: Connection, assets: Iterable[str], meter: str = "") -> Sequence[MeterReading]:
    """What people read of some assets, in order of recording."""
    found: list[MeterReading] = []
    for names in some(assets):
        question = select(tables.meter_reading).where(R.asset.in_(names)).order_by(R.id)
        rows = connection.execute(question.where(R.meter == meter) if meter else question)
        found += [reading_of(row) for row in rows]
    return found


def reading_with_key(connection: Connection, key: str) -> MeterReading | None:
    """The reading that was sent under a key."""
    row = connection.execute(select(tables.meter_reading).where(R.key == key)).one_or_none() if key else None
    return None if row is None else reading_of(row)


def reading_of(row: Any) -> MeterReading:
    """From its row."""
    return MeterReading(
        id=row.id,
        asset=row.asset,
        meter=row.meter,
        at=row.at,
        value=row.value,
        counted=row.counted,
        by=row.by,
        why=row.why,
        recorded_at=row.recorded_at,
        corrects=row.corrects,
    )


def add_reading(connection: Connection, reading: MeterReading, key: str = "") -> MeterReading:
    """One more reading; returns it with its id."""
    last = connection.execute(select(func.max(R.id))).scalar_one() or 0
    numbered = replace(reading, id=last + 1)
    row = {name: getattr(numbered, name) for name in MeterReading.__dataclass_fields__}
    connection.execute(insert(tables.meter_reading), row | {"key": key or None})
    return numbered


# -- lists


def metered(
    connection: Connection, *, asset: str = "", meter: str = "", after: tuple[str, str] = ("", ""), most: int
) -> Sequence[tuple[str, str]]:
    """Assets and their meters that a device or a person has read, in order, those after one only."""
    counted: Select[Any] = select(S.asset, S.meter)
    read: Select[Any] = select(R.asset, R.meter)
    both = counted.union(read).subquery()
    question = select(both.c.asset, both.c.meter).order_by(both.c.asset, both.c.meter).limit(most)
    for column, value in ((both.c.asset, asset), (both.c.meter, meter)):
        question = question.where(column == value) if value else question
    if after != ("", ""):
        question = question.where((both.c.asset > after[0]) | ((both.c.asset == after[0]) & (both.c.meter > after[1])))
    return [(row.asset, row.meter) for row in connection.execute(question)]
