"""Streams for detectors: what several devices say over hours, written as a few bytes, cut and restarted anywhere.

Three bytes are one entry, so that hypothesis can make, vary and shrink streams at the speed of bytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, NamedTuple

from detectors.engine import Engine
from detectors.kinds import kinds
from detectors.rule import Rule
from detectors.rule_table import read_rule
from detectors.rules import detector_of, rules_entry
from domain.batch import RETAINED, Batch, Mark
from domain.entries import Kind, Position
from domain.finding import Finding
from domain.instants import DAY, HOUR, MINUTE, SECOND, Instant
from domain.ports import Arrays
from domain.registry import Facts, Installation, registry_entry
from tests.batches import Happening, Item, Row, batch_of

BEGIN: Instant = 20_000 * DAY
DEVICES = ("TV-1", "TV-2", "TV-3", "TV-9")
STEPS = (0, SECOND, 20 * SECOND, MINUTE, MINUTE, 5 * MINUTE, HOUR, 9 * HOUR)
LATE = (0, 0, 0, 0, 0, 3 * MINUTE, 9 * MINUTE, HOUR)
VALUES = (0.0, 1.0, 20.0, 50.0, 99.0, 150.0, -40.0, 1e6)
REGISTRY = registry_entry(
    [
        Installation(0, Facts(device="TV-1", asset="A-1", model="TV-55", component="panel")),
        Installation(0, Facts(device="TV-2", asset="A-2", model="TV-65", component="panel")),
        Installation(0, Facts(device="TV-3", asset="A-2", model="TV-65", component="panel")),
    ]
)
"""TV-2 and TV-3 are about one key; TV-9 is registered nowhere."""
MOVED = registry_entry([Installation(BEGIN + 2 * HOUR, Facts(device="TV-1", asset="A-7", component="panel"))])


class Entry(NamedTuple):
    """One row or mark at its position, and what happens to the reader after it."""

    what: Row | Mark
    position: Position
    cut: bool = False
    """A batch ends here …"""
    save: bool = False
    """… and the state is saved …"""
    restart: bool = False
    """… and the reader dies and comes back."""


@cache
def rule_of(kind: str) -> Rule:
    """A live rule of a kind, as the detector's example says. Raises ValueError for a mistake."""
    mistakes: list[str] = []
    detector: Any = kinds()[kind]
    table = {"id": f"the-{kind}", "kind": kind, "failure_mode": "broken", **detector.example()}
    rule = read_rule(table, lambda sentence, *path: mistakes.append(sentence))
    if mistakes:
        raise ValueError("\n".join(mistakes))
    return rule


def engine_of(rule: Rule) -> Engine:
    """A fresh engine with the rule in force and the devices known."""
    engine = Engine()
    engine.control(0, "registry", REGISTRY)
    engine.control(0, "rules", rules_entry([rule]))
    return engine


@cache
def names_of(rule: Rule) -> tuple[list[str], list[str]]:
    """Events and metrics that the rule looks at, or some where it looks at all."""
    wants: Mapping[str, Any] = detector_of(rule).wants()
    events, readings = wants["events"], wants["readings"]
    return sorted(["crash", "fault"] if events is None else events), sorted(["temp"] if readings is None else readings)


def stream(recipe: bytes, rule: Rule) -> list[Entry]:
    """The entries that the bytes mean for a rule; time of arrival never goes back."""
    entries: list[Entry] = []
    now = BEGIN
    events, metrics = names_of(rule)
    for number, (what, when, how) in enumerate(zip(recipe[0::3], recipe[1::3], recipe[2::3], strict=False)):
        now += STEPS[when % len(STEPS)]
        position = entries[-1].position + 1 if entries else 1
        turn = what // 4 % 16
        if turn == 12 and how % 2:
            entries += healthy_day(now, position, how)
            now += DAY + HOUR
            continue
        if turn == 13:
            made: Row | Mark = Mark(position, Kind.TICK, now, "", b"")
        elif turn == 14:
            is_down = how % 4 == 0
            made = Mark(position, Kind.LINK, now, "disconnected" if is_down else "connected", b'{"source": "broker"}')
        elif turn == 15 and how % 4 == 0:
            made = Mark(position, Kind.CONTROL, now, "registry", MOVED)
        else:
            made = said(turn, when // 8, events, metrics)._replace(device=DEVICES[what % 4], at=now - LATE[how % 8])
            before = entries[-1].what if entries else None
            if turn == 15 and before is not None and not isinstance(before, Mark):
                position, now, made = position - 1, before.received_at, made._replace(device=before.device)
                entries[-1] = Entry(before, position)
            flags = RETAINED if how >= 240 else 0
            made = made._replace(position=position, received_at=now, flags=flags, **numbered(made, number))
        saves = bool(how & 32)
        entries.append(Entry(made, position, bool(how & 8) or saves, saves, bool(how & 16)))
    return entries


def in_step(entries: Sequence[Entry]) -> list[Entry]:
    """Three devices that live through the same, in changing order, so that their findings begin and end together."""
    together: list[Entry] = []
    for number, entry in enumerate(entries):
        turn = number % 3
        for device in ("TV-1", "TV-2", "TV-9")[turn:] + ("TV-1", "TV-2", "TV-9")[:turn]:
            position = len(together) + 1
            what = entry.what._replace(position=position)
            if not isinstance(what, Mark):
                what = what._replace(device=device, **numbered(what, position))
            together.append(entry._replace(what=what, position=position))
    return together


def healthy_day(now: Instant, position: Position, how: int) -> Iterator[Entry]:
    """Every device is heard, and time passes, every 150 minutes for 25 hours."""
    for turn in range(1, 11):
        at = now + turn * 150 * MINUTE
        for device in DEVICES:
            yield Entry(Item(device, at, {"uptime": 1.0}, position, at), position)
            position += 1
        yield Entry(Mark(position, Kind.TICK, at, "", b""), position, cut=bool(how >> 3 & turn))
        position += 1


def said(turn: int, choice: int, events: Sequence[str], metrics: Sequence[str]) -> Row:
    """What a device says: an event of the rule, one of no interest, readings, or only that it lives."""
    device, at = DEVICES[0], BEGIN
    if events and turn < 9:
        return Happening(device, at, events[turn % len(events)], "0xDEAD" if choice % 4 == 1 else "")
    if metrics and turn < 12:
        return Item(device, at, {metrics[turn % len(metrics)]: VALUES[choice % len(VALUES)]})
    if choice % 4 == 0:
        return Happening(device, at, "of_no_interest")
    return Item(device, at, {"uptime": 1.0}, firmware=("", "2.4.1", "2.5.0")[choice % 3])


def numbered(row: Row, number: int) -> dict[str, Any]:
    """What tells apart two events that say the same."""
    return {"seq": number, "digest": number} if isinstance(row, Happening) else {}


def pieces(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """The entries by batch."""
    piece: list[Entry] = []
    for place, entry in enumerate(entries):
        piece.append(entry)
        is_whole = place + 1 == len(entries) or entries[place + 1].position != entry.position
        if entry.cut and is_whole:
            yield piece
            piece = []
    if piece:
        yield piece


def batch(entries: Sequence[Entry]) -> Batch:
    """The entries as one batch."""
    rows = [entry.what for entry in entries if not isinstance(entry.what, Mark)]
    return batch_of(
        [row for row in rows if isinstance(row, Item)],
        [row for row in rows if isinstance(row, Happening)],
        after=entries[0].position - 1,
        upto=entries[-1].position,
        marks=[entry.what for entry in entries if isinstance(entry.what, Mark)],
    )


def in_one(rule: Rule, entries: Sequence[Entry]) -> list[Finding]:
    """What a reader says that gets everything at once."""
    return list(engine_of(rule).observe(batch(entries))) if entries else []


def in_pieces(rule: Rule, entries: Sequence[Entry]) -> list[Finding]:
    """What a reader says that gets them batch by batch."""
    engine = engine_of(rule)
    return [finding for piece in pieces(entries) for finding in engine.observe(batch(piece))]


def with_restarts(rule: Rule, entries: Sequence[Entry]) -> list[Finding]:
    """What a reader says that saves, dies, takes up the last save and reads again what came after it.

    Raises AssertionError where it says something else when it reads something again.
    """
    found: list[Finding] = []
    engine, states, since = engine_of(rule), list[Mapping[str, Arrays]](), list[list[Entry]]()
    controls: list[Mark] = []
    unsaved: list[Finding] = []
    for piece in pieces(entries):
        said_now = list(engine.observe(batch(piece)))
        found += said_now
        unsaved += said_now
        since.append(piece)
        if piece[-1].save:
            states.append(engine.changed() if states else engine.whole())
            controls += [
                e.what for done in since for e in done if isinstance(e.what, Mark) and e.what.kind == Kind.CONTROL
            ]
            since, unsaved = [], []
        if piece[-1].restart:
            engine = restored(rule, controls, states)
            again = [finding for missed in since for finding in engine.observe(batch(missed))]
            assert difference(unsaved, again) == ""
    return found


def restored(rule: Rule, controls: Sequence[Mark], states: Sequence[Mapping[str, Arrays]]) -> Engine:
    """An engine after a restart."""
    engine = engine_of(rule)
    for mark in controls:
        engine.control(mark.position, mark.topic, mark.payload)
    for state in states:
        engine.restore({part: {name: array.copy() for name, array in rows.items()} for part, rows in state.items()})
    return engine


def difference(expected: Sequence[Finding], actual: Sequence[Finding]) -> str:
    """The first thing in which two readers differ, in short; empty where they say the same. Slots mean nothing here."""
    for one, other in zip(expected, actual, strict=False):
        for field in fields(one):
            here, there = getattr(one, field.name), getattr(other, field.name)
            if here != there and field.name != "slot":
                return f"at {one.position}, {one.state}: {field.name} is {here!r:.400} or {there!r:.400}"
    return "" if len(expected) == len(actual) else f"{len(expected)} findings or {len(actual)}"
