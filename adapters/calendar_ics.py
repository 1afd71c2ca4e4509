"""Calendars: a technician's visits as an iCalendar feed (RFC 5545), for any calendar that can subscribe to one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from icalendar import Calendar, Event

from domain.instants import SECOND, Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One visit."""

    id: str
    """The same for the same visit, whenever it takes place."""
    revision: int
    begin: Instant
    end: Instant
    changed_at: Instant
    title: str
    words: str
    where: str
    lat: float | None = None
    lon: float | None = None


def feed(name: str, entries: Iterable[Entry]) -> bytes:
    """The feed, the same for the same visits."""
    calendar = Calendar()
    calendar.add("prodid", "-//Truckroll//Crew plan//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    for entry in entries:
        calendar.add_component(event_of(entry))
    content: bytes = calendar.to_ical()
    return content


def event_of(entry: Entry) -> Event:
    """One visit."""
    event = Event()
    event.add("uid", f"{entry.id}@truckroll")
    event.add("sequence", entry.revision)
    event.add("dtstamp", moment(entry.changed_at))
    event.add("dtstart", moment(entry.begin))
    event.add("dtend", moment(entry.end))
    event.add("summary", entry.title)
    event.add("description", entry.words)
    if entry.where:
        event.add("location", entry.where)
    if entry.lat is not None and entry.lon is not None:
        event.add("geo", (entry.lat, entry.lon))
    return event


def moment(at: Instant) -> datetime:
    """An instant to the second, in UTC."""
    return datetime.fromtimestamp(at // SECOND, UTC)
