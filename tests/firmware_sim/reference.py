"""The truth once more, the slow and obvious way: read every message, put the device's events in order, count."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from domain.instants import DAY, MINUTE, Instant
from firmware_sim.publication import Key, Publication
from firmware_sim.scenario import Scenario


class Event(NamedTuple):
    """A crash or a healthy boot as a receiver sees it."""

    at: Instant
    boot: int
    seq: int
    name: str


def by_time(event: Event) -> tuple[int, int, int]:
    """The order that a receiver can see."""
    return event.at, event.boot, event.seq


def by_number(event: Event) -> tuple[int, int]:
    """The device's own order, for devices that number their messages."""
    return event.boot, event.seq


def objects(publication: Publication) -> list[dict[str, Any]]:
    """What a message carries."""
    written = json.loads(publication.payload)
    return written if isinstance(written, list) else [written]


def believed(written: dict[str, Any], arrival: Instant) -> Instant:
    """The device's time if it is possible, else the arrival."""
    at = written.get("ts", 0) * 1_000_000
    return at if -30 * DAY <= at - arrival <= 5 * MINUTE else arrival


def identity(written: dict[str, Any]) -> object:
    """Equal for duplicates; None = never one."""
    if "boot" in written:
        return written["boot"], written["seq"]
    return json.dumps(written) if "ts" in written else None


def three_in_a_row(scenario: Scenario, events: Iterable[Event]) -> bool:
    """Whether the events, in this order, hold a row of crashes that the rule waits for."""
    rule, row = scenario.rule, list[Instant]()
    for event in events:
        if event.name == "boot_ok":
            row = []
        elif row and event.at - row[-1] < rule.min_gap:
            continue
        elif row and event.at - row[-1] > rule.healthy_for:
            row = [event.at]
        else:
            row = [*(at for at in row if event.at - at < rule.within), event.at]
        if len(row) >= rule.count:
            return True
    return False


def tickets(scenario: Scenario, order: Callable[[Event], Any] = by_time) -> dict[Key, Instant]:
    """Every ticket that is due after some beginning of the stream, and when the first such beginning ends."""
    keys = {device.name: scenario.key(device) for device in scenario.devices}
    events: dict[str, list[Event]] = defaultdict(list)
    seen: set[tuple[str, object]] = set()
    due: dict[Key, Instant] = {}
    for publication in scenario.publications():
        if not publication.topic.endswith("/events"):
            continue
        for written in objects(publication):
            if written.get("event") not in {"crash", "boot_ok"}:
                continue
            name = identity(written)
            if name is not None and (publication.device, name) in seen:
                continue
            seen.add((publication.device, name))
            at = believed(written, publication.at)
            story = events[publication.device]
            story.append(Event(at, written.get("boot", -1), written.get("seq", -1), written["event"]))
            if three_in_a_row(scenario, sorted(story, key=order)):
                due.setdefault(keys[publication.device], publication.at)
    return due
