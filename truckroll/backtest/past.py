"""Past: where a backtest's messages come from, as batches in order of arrival, and what such a source cannot know."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from adapters.sparkplug_wire import read
from domain.batch import Batch, DeviceEvent, Reading
from domain.entries import Position
from domain.errors import GiveUp
from domain.instants import DAY, MINUTE, Duration, Instant
from domain.ports import JournalView, TelemetryStore
from domain.registry import Registry
from ingest.decode import Decoder
from ingest.feed import Feed
from ingest.inventory import plan_import
from ingest.limits import Limits
from truckroll.backtest.columns import TICK, Recording, batches
from truckroll.backtest.csv_block import Names
from truckroll.backtest.csv_events import read_events
from truckroll.backtest.csv_telemetry import read_telemetry
from truckroll.backtest.heartbeats import vouched
from truckroll.backtest.run import RULES

EARLIEST: Instant = -(2**63)
LATEST: Instant = 2**63 - 1
MOST = 10_000
HEARD: Duration = 15 * MINUTE
Control = tuple[str, bytes]
Steps = Iterator[tuple[float, Batch]]
"""How much is done after each batch, from 0 to 1, and the batch."""


@dataclass(frozen=True, slots=True)
class Past:
    """What happened, to be played once."""

    name: str
    controls: Sequence[Control]
    steps: Steps
    unknown: Sequence[str] = ()
    """What it cannot know, as keys of `words.UNKNOWN`."""


# -- the journal


def of_journal(journal: JournalView, since: Instant, until: Instant, limits: Limits | None = None) -> Past:
    """The entries that arrived in `since <= received_at < until`, exactly as the live service got them."""
    first, last = place(journal, since), place(journal, until) - 1
    decided = [(entry.topic, entry.payload) for at, entry in journal.controls() if at < first and entry.topic != RULES]
    return Past("journal", decided, journaled(journal, first, last, limits))


def place(journal: JournalView, at: Instant) -> Position:
    """The position of the first kept entry that arrived at an instant or later."""
    kept = range(journal.oldest, journal.last + 1)
    return journal.oldest + bisect_left(kept, at, key=lambda position: arrival(journal, position))


def arrival(journal: JournalView, position: Position) -> Instant:
    """When an entry arrived."""
    return journal.read(position - 1, 1)[0].entries[0].received_at


def journaled(journal: JournalView, first: Position, last: Position, limits: Limits | None) -> Steps:
    """The entries between two positions."""
    feed = Feed(journal, Decoder(journal.controls(), limits, wire=read), most=MOST, remembered=1)
    position = first - 1
    while position < last and (batch := feed.after(position)) is not None:
        batch = batch.until(last)
        position = batch.upto
        yield (position - first + 1) / (last - first + 1), batch


# -- files


def of_files(
    events: Sequence[Path],
    telemetry: Sequence[Path],
    columns: dict[str, str],
    *,
    registry: Path | None,
    since: Instant,
    until: Instant,
    tick: Duration = TICK,
    heard: Duration = HEARD,
) -> Past:
    """CSV files of events and readings. Raises WrongFormat. Without readings, devices are taken to be heard every so

    often.
    """
    said = read_telemetry(telemetry, columns)
    said = replace(said, events=read_events(events, columns))
    if since != EARLIEST or until != LATEST:
        said = said.between(since, until)
    unknown = ("arrival", "firmware", "life")[: 2 if telemetry else 3]
    steps = batches(said if telemetry else vouched(said, heard), tick=tick)
    return Past("files", registered(registry), steps, unknown)


def registered(registry: Path | None) -> list[Control]:
    """The registry file as it would be imported, in force since ever. Raises WrongFormat."""
    if registry is None:
        return []
    plan = plan_import(registry.read_bytes(), str(registry), Registry(), 0)
    return [("registry", payload) for payload in plan.payloads]


# -- the store


def of_store(
    store: TelemetryStore,
    devices: Iterable[str],
    controls: Iterable[Control],
    *,
    since: Instant,
    until: Instant,
    tick: Duration = TICK,
) -> Past:
    """What the telemetry store keeps of the devices, day by day. Raises GiveUp without a beginning and an end."""
    if since == EARLIEST or until == LATEST:
        raise GiveUp("A store does not tell how far back it goes; say which days with --from and --to.")
    listed = sorted(set(devices))
    if not listed:
        raise GiveUp("No devices are registered, so there is nobody to ask the store about; name them with --registry.")
    days = range(since - since % DAY, until, DAY)
    decided = [control for control in controls if control[0] == "registry"]
    steps = stored(by_day(store, listed, days, since, until), len(days), tick)
    return Past("store", decided, steps, ("arrival", "duplicates", "firmware"))


def stored(recordings: Iterable[Recording], days: int, tick: Duration) -> Steps:
    """A store's days."""
    done = 0
    for share, batch in batches(recordings, tick=tick):
        yield min(1.0, (done + share) / days), batch
        done += share >= 1


def by_day(
    store: TelemetryStore, devices: Sequence[str], days: range, since: Instant, until: Instant
) -> Iterator[Recording]:
    """A recording a day. An event stands where it arrived, which may be on a later day than it happened."""
    late: list[DeviceEvent] = []
    for day in days:
        begin, end = max(since, day), min(until, day + DAY)
        readings = [reading for device in devices for reading in store.readings(device, begin, end)]
        events = [event for device in devices for event in store.events(device, begin, end)]
        events = [event._replace(received_at=max(event.received_at, begin)) for event in (*late, *events)]
        late = [event for event in events if event.received_at >= end]
        yield recorded(readings, [event for event in events if event.received_at < end])
    if late:
        yield recorded((), [event for event in late if event.received_at < until])


def recorded(readings: Sequence[Reading], events: Sequence[DeviceEvent]) -> Recording:
    """Readings in columns."""
    devices, metrics, states = Names(), Names(), Names()
    device, metric, at, value, state = zip(*readings, strict=True) if readings else ((), (), (), (), ())
    numbered = [-1 if text is None else states.number(text) for text in state]
    return Recording(
        device=np.array([devices.number(name) for name in device], np.int64),
        metric=np.array([metrics.number(name) for name in metric], np.int64),
        at=np.array(at, np.int64),
        value=np.array(value, np.float64),
        state=np.array(numbered, np.int64),
        devices=tuple(devices),
        metrics=tuple(metrics),
        states=tuple(states),
        events=events,
    )
