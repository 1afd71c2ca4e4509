"""Meters: how much assets have been used, how fast that grows, and what people read."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field, StringConstraints

from adapters import ledger_meters
from adapters.ledger_meters import Source
from domain.meter import MeterReading, Slip
from domain.text import Text
from maintenance.catalogue_meters import slip_sentence
from maintenance.meter_file import read_meters
from truckroll.api.acts import Actor, Prose
from truckroll.api.deeds import IdempotencyKey
from truckroll.api.parts import Here, Running
from truckroll.api.problem import answers
from truckroll.api.shapes import Absent, Asked, At, Id, Page, Shape, When, Word, page
from truckroll.meter_deeds import Read, Standing, import_meters, of_asset, record_reading, standings

MOST_CHARACTERS = 900_000
MOST_SLIPS = 100
MOST_VALUE = 1e15

router = APIRouter(tags=["meters"])
AssetInPath = Annotated[Word, Path(description="The asset's name.")]


class Meter(Shape):
    """A meter of an asset."""

    asset: str
    meter: str
    unit: str
    """Empty: nobody counts it any more."""
    value: float
    at: At
    """When it was read last."""
    per_day: float | None
    """Null: there is too little history."""
    low: float | None
    """Nine times in ten the use per day of the next 30 days lies between these two."""
    high: float | None


class Device(Shape):
    """What one device has counted during one stay on the asset."""

    device: str
    counted: float
    until: At | None
    resets: int
    roll_overs: int
    unmeasured_hours: float
    """Of a gauge: how long nobody knows what it did."""
    late: int
    """Readings that came too late, or again, and changed nothing."""
    slips: int
    """Readings that were kept aside, ever."""


class Aside(Shape):
    """A reading that was kept aside."""

    device: str
    at: At
    value: float
    kind: str
    why: Text


class Reading(Shape):
    """What a person read."""

    id: int
    at: At
    value: float
    by: str
    why: str
    recorded_at: At
    corrects: int
    """The reading in whose place it stands; 0 = of none."""


class Due(Shape):
    """When the meter probably reaches the value that was asked for."""

    at: At
    earliest: At
    latest: At | None
    """Null: perhaps never."""


class MeterInFull(Meter):
    """A meter with everything that it rests on."""

    devices: list[Device]
    aside: list[Aside]
    """The newest hundred."""
    readings: list[Reading]
    due: Due | None


class MetersOfAsset(Shape):
    """All meters of an asset."""

    items: list[MeterInFull]


class MetersAsked(Asked):
    """Which meters."""

    asset: Word | Absent = None
    meter: Word | Absent = None
    cursor: Word | Absent = Field(None, description="Meters after this one.")
    limit: int = Field(100, ge=1, le=500)


class InFullAsked(Asked):
    """Which meters of the asset."""

    meter: Word | Absent = None
    reaches: float | Absent = Field(None, ge=0, le=MOST_VALUE, description="Say when it reaches this value.")


class NewReading(Asked):
    """What a meter shows, as a person read it."""

    meter: Id
    value: float = Field(ge=0, le=MOST_VALUE)
    at: When | Absent = None
    """Now, where it is not said."""
    corrects: int = Field(0, ge=0, le=2**53)
    """The id of the reading in whose place it shall stand."""
    by: Actor = "operator"
    why: Prose = ""


class MetersFile(Asked):
    """A file of meters."""

    format: Literal["toml"] = "toml"
    content: Annotated[str, StringConstraints(max_length=MOST_CHARACTERS)]
    dry_run: bool = False
    """Only say what would change."""
    by: Actor = "operator"


class Imported(Shape):
    """What a file changed, or would change, by name of meter."""

    added: list[str]
    changed: list[str]
    retired: list[str]
    """Not counted any more; what they have counted stays."""
    unchanged: list[str]
    dry_run: bool


@router.get("/meters", summary="Meters by asset", responses=answers(401, 422, 503))
def meters(running: Running, asked: Annotated[MetersAsked, Query()]) -> Page[Meter]:
    """Every meter that a device or a person has read."""
    asset, _, name = (asked.cursor or "").rpartition("/")
    with running.ledger.reading() as connection:
        keys = ledger_meters.metered(
            connection, asset=asked.asset or "", meter=asked.meter or "", after=(asset, name), most=asked.limit + 1
        )
        found = standings(connection, keys)
    return page(Page[Meter], [short(each) for each in found], asked.limit, lambda each: f"{each.asset}/{each.meter}")


@router.post("/meters/import", summary="Take in a file", responses=answers(401, 413, 422, 503))
def import_file(here: Here, said: MetersFile) -> Imported:
    """From now on the file's meters are counted and no others; what was counted stays."""
    wanted = read_meters("meters.toml", said.content)
    plan = import_meters(here.running.ledger, wanted, by=said.by, now=here.clock.now(), dry_run=said.dry_run)
    return Imported.model_validate(plan)


@router.get("/assets/{asset:path}/meters", summary="An asset's meters", responses=answers(401, 404, 422, 503))
def of_one(running: Running, asset: AssetInPath, asked: Annotated[InFullAsked, Query()]) -> MetersOfAsset:
    """Each with its devices, what was kept aside, and what people read."""
    found = of_asset(running.ledger, asset, asked.meter or "")
    slips: dict[str, list[tuple[int, Slip]]] = {}
    with running.ledger.reading() as connection:
        for each in found:
            ids = [source.id for source in each.sources]
            slips[each.meter] = list(ledger_meters.slips_of(connection, ids, MOST_SLIPS))
    return MetersOfAsset(items=[in_full(each, slips[each.meter], asked.reaches) for each in found])


@router.post(
    "/assets/{asset:path}/readings", summary="Record what a meter shows", responses=answers(401, 404, 413, 422, 503)
)
def record(here: Here, asset: AssetInPath, said: NewReading, idempotency_key: IdempotencyKey = None) -> Reading:
    """The meter goes on from there. A correction is one more reading; nothing is erased."""
    now = here.clock.now()
    wanted = Read(
        asset=asset,
        meter=said.meter,
        value=said.value,
        at=now if said.at is None else said.at,
        by=said.by,
        why=said.why,
        corrects=said.corrects,
        key=idempotency_key or "",
    )
    return shown(record_reading(here.running.ledger, wanted, now))


def short(one: Standing) -> Meter:
    """A meter in a list."""
    told = one.forecast
    return Meter(
        asset=one.asset,
        meter=one.meter,
        unit=one.unit,
        value=told.value,
        at=told.at,  # type: ignore[arg-type]
        per_day=told.per_day,
        low=told.low,
        high=told.high,
    )


def in_full(one: Standing, slips: list[tuple[int, Slip]], reaches: float | None) -> MeterInFull:
    """A meter with everything."""
    names = {source.id: source.key.device for source in one.sources}
    due = None if reaches is None else one.due(reaches)
    return MeterInFull(
        **dict(short(one)),
        devices=[device(source) for source in one.sources],
        aside=[aside(names[source], slip) for source, slip in slips],
        readings=[shown(reading) for reading in one.readings],
        due=None if due is None else Due.model_validate(due),
    )


def device(source: Source) -> Device:
    """A device's count."""
    count, settled = source.count, source.count.settled
    return Device.model_validate(
        {
            "device": source.key.device,
            "counted": count.stands.value if count.stands else 0.0,
            "until": count.stands.at if count.stands else None,
            "resets": settled.resets if settled else 0,
            "roll_overs": settled.roll_overs if settled else 0,
            "unmeasured_hours": settled.unmeasured / 3.6e12 if settled else 0.0,
            "late": count.late,
            "slips": count.slips,
        }
    )


def aside(name: str, slip: Slip) -> Aside:
    """A reading that was kept aside."""
    said = {"device": name, "at": slip.at, "value": slip.value, "kind": slip.kind.value, "why": slip_sentence(slip)}
    return Aside.model_validate(said)


def shown(reading: MeterReading) -> Reading:
    """A reading as it travels."""
    return Reading.model_validate(reading)
