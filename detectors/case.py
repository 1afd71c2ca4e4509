"""A case: a test of a rule that stands beside it in its file, written in letters."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, NamedTuple

from detectors.rule_lines import Wrong, nearest
from domain.instants import DAY, MINUTE, Duration, parse_duration

ALPHABET: Mapping[str, str] = {
    "C": "crash",
    "ok": "boot_ok",
    "B": "boot",
    "F": "fault",
    "Fc": "fault_cleared",
    "off": "offline",
    "on": "online",
    "E": "error",
}
SILENCE, HEARD = ".", "+"
"""Letters for no event: until then nothing is heard of the device, or it is heard every minute."""
KEYS = ("rule", "name", "events", "expect", "alphabet", "asset")
SPACING = MINUTE
LONGEST = 60 * DAY
REPEATED = re.compile(r"([^\s@*]+)\*(\d{1,5})")
MOST_STEPS = 20_000
EVENT = re.compile(r"[A-Za-z0-9._-]{1,64}(:.{1,64})?")
MESSAGE = re.compile(r'([A-Za-z0-9._-]{1,64})(?::([^"\s]{1,64}))? "([^"]{1,400})"')
READING = re.compile(r"([A-Za-z0-9._-]{1,64})=([^=,]{1,64})")

Readings = tuple[tuple[str, float | str], ...]
"""Metrics with numbers, or with states in words."""


class Step(NamedTuple):
    """One letter: what happens when, after the beginning of the case."""

    at: Duration
    event: str
    """Empty: nothing, only time passes."""
    code: str
    is_heard: bool
    """The device was heard all the time since the step before."""
    readings: Readings = ()
    message: str = ""
    """What the event says of itself, as `details.message`."""

    @property
    def is_said(self) -> bool:
        """The device says something."""
        return bool(self.event or self.is_heard or self.readings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What happens to one device, in order of arrival, and how many findings a rule shall make of it."""

    rule: str
    name: str
    steps: tuple[Step, ...]
    expect: int
    asset: Mapping[str, str] = field(default_factory=dict)
    """Numbers that the registry knows of the asset."""
    line: int = 1
    """Where it stands in its file."""


def read_case(
    row: Mapping[str, Any], alphabet: Mapping[str, str], rules: Collection[str], line: int, wrong: Wrong
) -> Case:
    """The case of a `[[case]]` table; mistakes go to `wrong`."""
    for name in row:
        if name not in KEYS:
            wrong(f"{name} is unknown; {nearest(name, KEYS)}", name)
    rule, events, expect = str(row.get("rule")), row.get("events"), row.get("expect")
    if rule not in rules:
        wrong(f"there is no rule {rule} in this file; {nearest(rule, rules)}", "rule")
    if not isinstance(events, str) or not events.split():
        wrong('events is a text such as "C C ok C".', "events")
        events = ""
    if not isinstance(expect, int) or isinstance(expect, bool) or expect < 0:
        wrong("expect is the number of findings, 0 or more.", "expect")
    name = row.get("name", events)
    if not isinstance(name, str):
        wrong("name is a text.", "name")
    return Case(
        rule=rule,
        name=str(name),
        steps=tuple(read_steps(events, alphabet, wrong)),
        expect=expect if isinstance(expect, int) else 0,
        asset=read_asset(row.get("asset", {}), wrong),
        line=line,
    )


def read_asset(table: Any, wrong: Wrong) -> Mapping[str, str]:
    """Numbers of the asset, as a registry file would give them."""
    if isinstance(table, Mapping) and all(type(value) in (int, float) for value in table.values()):
        return {name: str(value) for name, value in table.items()}
    wrong("asset is a table of numbers such as { max_temp = 90 }.", "asset")
    return {}


def read_alphabet(row: Mapping[str, Any], known: Mapping[str, str], wrong: Wrong) -> Mapping[str, str]:
    """The letters known so far and those that this case adds or changes, for it and the cases after it."""
    added = row.get("alphabet", {})
    if not isinstance(added, Mapping):
        wrong('alphabet is a table of letter = "event", "event:code" or "metric=value, metric=value".', "alphabet")
        return known
    for letter, event in added.items():
        if not re.fullmatch(r"[^\s@]+", letter) or letter in (SILENCE, HEARD):
            wrong(
                f'{letter!r} cannot be a letter; use characters other than spaces and @, but not "." or "+" alone.',
                "alphabet",
            )
        if not isinstance(event, str) or not (
            EVENT.fullmatch(event) or MESSAGE.fullmatch(event) or read_readings(event)
        ):
            what = 'an event such as "crash" or "error:0xDEAD", or readings such as "temp=95, state=running"'
            wrong(f"alphabet.{letter} is {what}; a message follows in quotes.", "alphabet", letter)
    return {**known, **{letter: str(event) for letter, event in added.items()}}


def read_steps(events: str, alphabet: Mapping[str, str], wrong: Wrong) -> Iterator[Step]:
    """The steps of a text such as `"C@0m C@5m ok@7m"`; without a time, a minute after the step before."""
    at = -SPACING
    for word in repeated(events, alphabet, wrong):
        letter, _, time = word.partition("@")
        at += SPACING
        if time:
            at = read_time(time, at, wrong)
        if letter not in (*alphabet, SILENCE, HEARD):
            wrong(f"the letter {letter} is unknown; {nearest(letter, alphabet)}", "events")
        meaning = alphabet.get(letter, "")
        readings = read_readings(meaning)
        event, code, message = ("", "", "") if readings else read_event(meaning)
        yield Step(at, event, code, letter == HEARD, readings, message)


def repeated(events: str, alphabet: Mapping[str, str], wrong: Wrong) -> Iterator[str]:
    """The words of a text, in which `a*3` stands for `a a a` and `a,b*2` for `a b a b`."""
    room = MOST_STEPS
    for word in events.split():
        match = None if word in alphabet else REPEATED.fullmatch(word)
        letters = match[1].split(",") if match else [word]
        times = min(int(match[2]), room // len(letters)) if match else 1
        if match and times < int(match[2]):
            wrong(f"events: {word} is too long; a case has {MOST_STEPS} steps at most.", "events")
        room -= times * len(letters)
        for _ in range(times):
            yield from letters


def read_event(meaning: str) -> tuple[str, str, str]:
    """The event, code and message of `'error:17 "slot 3 is jammed"'`; what is not said is empty."""
    if match := MESSAGE.fullmatch(meaning):
        return match[1], match[2] or "", match[3]
    event, _, code = meaning.partition(":")
    return event, code, ""


def read_readings(meaning: str) -> Readings:
    """The readings of `"temp=95, state=running"`; none where it is something else."""
    found = [READING.fullmatch(part.strip()) for part in meaning.split(",")]
    return tuple((match[1], value_of(match[2].strip())) for match in found if match) if all(found) else ()


def value_of(text: str) -> float | str:
    """A finite number, or a state."""
    try:
        number = float(text)
    except ValueError:
        return text
    return number if isfinite(number) else text


def read_time(text: str, otherwise: Duration, wrong: Wrong) -> Duration:
    """A time after the beginning, `0m` to 60 days."""
    try:
        at = parse_duration(text)
    except ValueError as error:
        wrong(f"events: {error}.", "events")
        return otherwise
    if at > LONGEST:
        wrong(f"events: {text} is too long; a case lasts 60 days at most.", "events")
    return min(at, LONGEST)
