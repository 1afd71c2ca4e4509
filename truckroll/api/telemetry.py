"""Telemetry of a device: raw readings, long stretches in few points, and events."""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints

from domain.batch import DeviceEvent, Reading
from domain.instants import DAY, HOUR, MINUTE, Instant
from truckroll.api.parts import Here
from truckroll.api.problem import answers
from truckroll.api.shapes import LATEST, Absent, Asked, At, DeviceInPath, Page, Shape, When, Word

MOST_POINTS = 5_000
MOST_DAYS_A_PAGE = 31
FIRST_STEP, LONGEST_STEP = 15 * MINUTE, DAY
NANOSECONDS_A_MS = 1_000_000

router = APIRouter(tags=["telemetry"])

Timed = TypeVar("Timed", Reading, DeviceEvent)
Fetch = Callable[[Instant, Instant], Sequence[Timed]]


class RawReading(Shape):
    """One value of one metric."""

    metric: str
    at: At
    value: float | None
    """null where the device said a text."""
    state: str | None
    """The text that it said."""


class Series(Shape):
    """A metric over time, in columns of one length."""

    metric: str
    at: list[float]
    """Milliseconds since 1970, with a fraction where the device was more exact."""
    value: list[float | None]
    state: list[str | None] | None
    """Texts; null where there are only numbers."""


class Telemetry(Shape):
    """Some metrics of a device."""

    device: str
    series: list[Series]


class Event(Shape):
    """One thing that happened on a device."""

    event: str
    code: str
    at: At
    received_at: At
    position: int
    """The journal entry it came in."""
    boot: int
    seq: int
    details: dict[str, Any]


class Stretch(Asked):
    """A stretch of time."""

    since: When | Absent = Field(None, description="From this instant on; else from a day ago.")
    until: When | Absent = Field(None, description="Before this instant; else until now, and fast clocks' next hour.")

    def interval(self, now: Instant) -> tuple[Instant, Instant]:
        """The instants it stands for."""
        return (
            now - DAY if self.since is None else self.since,
            now + HOUR if self.until is None else self.until,
        )


class Paged(Stretch):
    """A page of a stretch of time."""

    cursor: Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,19}$")] | Absent = None
    limit: int = Field(1_000, ge=1, le=10_000)

    def from_here(self, now: Instant) -> tuple[Instant, Instant]:
        """What is left of the stretch, at most a month."""
        since, until = self.interval(now)
        since = since if self.cursor is None else max(since, min(int(self.cursor), LATEST))
        return since, min(until, since + MOST_DAYS_A_PAGE * DAY)


class ReadingsAsked(Paged):
    """Which readings."""

    metric: list[Word] = Field(default=[], max_length=64, description="Of these metrics only.")


class TelemetryAsked(Stretch):
    """Which metrics, in how many points."""

    metric: list[Word] = Field(min_length=1, max_length=8)
    points: int = Field(MOST_POINTS, ge=2, le=MOST_POINTS, description="At most so many a metric.")


@router.get("/devices/{device}/telemetry", summary="Metrics over time, downsampled", responses=answers(401, 422, 503))
def telemetry(here: Here, device: DeviceInPath, asked: Annotated[TelemetryAsked, Query()]) -> Telemetry:
    """Every reading where there are at most `points`; else the lowest and the highest of equal intervals, each

    with the instant it had, so that nothing that stands out is lost.
    """
    since, until = asked.interval(here.clock.now())
    store = here.running.telemetry
    found = {name: store.downsampled(device, name, since, until, asked.points) for name in dict.fromkeys(asked.metric)}
    return Telemetry(device=device, series=[series_of(name, readings) for name, readings in found.items()])


def series_of(metric: str, readings: Sequence[Reading]) -> Series:
    """Readings as columns."""
    states = [reading.state for reading in readings]
    return Series(
        metric=metric,
        at=[reading.at / NANOSECONDS_A_MS for reading in readings],
        value=[number(reading.value) for reading in readings],
        state=states if any(state is not None for state in states) else None,
    )


def number(value: float) -> float | None:
    """What JSON can say of a number."""
    return value if isfinite(value) else None


@router.get("/devices/{device}/readings", summary="Raw readings, oldest first", responses=answers(401, 422, 503))
def readings(here: Here, device: DeviceInPath, asked: Annotated[ReadingsAsked, Query()]) -> Page[RawReading]:
    """A page ends with a whole instant and covers at most 31 days: also a short or empty one may have a `next`."""
    metrics = asked.metric or None

    def fetch(since: Instant, until: Instant) -> Sequence[Reading]:
        return here.running.telemetry.readings(device, since, until, metrics)

    found, cursor = stretch_of(fetch, asked, here.clock.now())
    rows = [reading._asdict() | {"value": number(reading.value)} for reading in found]
    return Page[RawReading].model_validate({"items": rows, "next": cursor})


@router.get("/devices/{device}/events", summary="Its events, oldest first", responses=answers(401, 422, 503))
def events(here: Here, device: DeviceInPath, asked: Annotated[Paged, Query()]) -> Page[Event]:
    """Paged as readings are."""

    def fetch(since: Instant, until: Instant) -> Sequence[DeviceEvent]:
        return here.running.telemetry.events(device, since, until)

    found, cursor = stretch_of(fetch, asked, here.clock.now())
    return Page[Event].model_validate({"items": found, "next": cursor})


def stretch_of(fetch: Fetch[Timed], asked: Paged, now: Instant) -> tuple[Sequence[Timed], str | None]:
    """At least the first `limit` of a stretch, up to the end of their last instant, and the cursor after it."""
    since, until = asked.from_here(now)
    found, reached = first(fetch, since, until, asked.limit)
    if len(found) > asked.limit:
        reached = found[asked.limit - 1].at + 1
        found = [each for each in found if each.at < reached]
    return found, str(reached) if reached < min(asked.interval(now)[1], LATEST) else None


def first(fetch: Fetch[Timed], since: Instant, until: Instant, most: int) -> tuple[list[Timed], Instant]:
    """What is found from `since` on until there are more than `most`, and where the search ended.

    It goes in steps as long as the density so far suggests, a day at the longest, so that no answer is built from
    much more than was asked for.
    """
    found: list[Timed] = []
    step = FIRST_STEP
    while since < until and len(found) <= most:
        end = min(since + step, until)
        came = fetch(since, end)
        found += came
        step = min(LONGEST_STEP, max(FIRST_STEP, step * (most + 1 - len(found)) // (len(came) + 1)))
        since = end
    return found, since
