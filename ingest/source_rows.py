"""`[[source]]` tables checked as a whole: every mistake at once, with the name that was probably meant."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from domain.errors import WrongFormat
from ingest.checked_table import CheckedTable, nearest
from ingest.codecs import CODEC_NAMES, IGNORE
from ingest.ids import ID
from ingest.source import OWN_LEVELS, EventRule, Source
from ingest.sparkplug_topics import ALL_GROUPS, SparkplugPattern, is_sparkplug
from ingest.times import MICROSECOND
from ingest.topics import Pattern

KEYS = ("name", "topic", "codec", "time", "values", "scale", "events", "unknown")
SPARKPLUG_KEYS = (*KEYS, "rebirth")
NATIVE_KEYS = ("name", "unknown", "enabled")
MAPPING_KEYS = ("time", "values", "scale", "events")
TIMELESS = {
    "value": "codec value has no time in its payload; leave time out or choose codec json",
    **dict.fromkeys(("senml", "thingsboard", "sparkplug"), "the codec finds the time itself; leave time out"),
}
NAMING = ("senml", "thingsboard", IGNORE)
"""Codecs that need no device in the topic: the payload names it, or nobody does."""
POLICIES = ("register", "quarantine")
UNITS = {"s": 1_000_000_000, "ms": 1_000_000}

NATIVE = Source(
    name="native",
    patterns={level: Pattern("devices/{device}/" + level) for level in OWN_LEVELS["native"]},
    codec="native",
    escapes=False,
)


def checked_sources(rows: Sequence[Mapping[str, Any]], text: str) -> list[Source]:
    """The sources that the rows describe, the native one first. Raises WrongFormat."""
    if not isinstance(rows, list | tuple) or not all(isinstance(row, Mapping) for row in rows):
        raise WrongFormat(["sources are written as [[source]] tables"])
    tables = [Table(row, place, text) for place, row in enumerate(rows)]
    made = [table.source() for table in tables]
    mistakes = [mistake for table in tables for mistake in table.mistakes]
    names = [table.name for table in tables]
    mistakes += [f"source {n!r}: this name is given twice" for n in dict.fromkeys(names) if n and names.count(n) > 1]
    if mistakes:
        raise WrongFormat(mistakes)
    natives = [source for name, source in zip(names, made, strict=True) if name == NATIVE.name]
    others = [source for name, source in zip(names, made, strict=True) if name != NATIVE.name]
    return [source for source in [*(natives or [NATIVE]), *others] if source is not None]


def is_name(text: object) -> bool:
    """A metric or an event may be called so."""
    return isinstance(text, str) and 0 < len(text) <= 128 and text.isprintable()


class Table(CheckedTable):
    """One `[[source]]` table."""

    def source(self) -> Source | None:
        """What it describes; None where it is switched off or has mistakes, which are then noted."""
        keys: Sequence[str] = SPARKPLUG_KEYS if self.row.get("codec") == "sparkplug" else KEYS
        keys = NATIVE_KEYS if self.name == NATIVE.name else keys
        for key in self.row:
            if key not in keys:
                self.wrong(f"unknown key {key!r}{nearest(key, keys)}", key)
        quarantines = self.choice("unknown", POLICIES, "register") == "quarantine"
        if self.name == NATIVE.name:
            enabled = self.row.get("enabled", True)
            if not isinstance(enabled, bool):
                self.wrong(f"enabled must be true or false, not {enabled!r}", "enabled")
            return replace(NATIVE, quarantines_unknown=quarantines) if enabled else None
        if not ID.fullmatch(self.name):
            self.wrong("name must be 1 to 64 of the characters A-Z a-z 0-9 . _ -", "name")
        return self.foreign(quarantines=quarantines)

    def foreign(self, *, quarantines: bool) -> Source | None:
        """The source, if nothing is wrong with it."""
        codec = self.choice("codec", CODEC_NAMES, None)
        if codec == IGNORE:
            for key in (*MAPPING_KEYS, "unknown"):
                if key in self.row:
                    self.wrong(f"codec ignore takes nothing; leave {key} out", key)
        if codec == "native":
            for key in MAPPING_KEYS:
                if key in self.row:
                    self.wrong(f"codec native says {key} itself; leave {key} out or choose codec json", key)
        if codec in TIMELESS and "time" in self.row:
            self.wrong(TIMELESS[codec], "time")
        pattern = self.sparkplug_pattern() if codec == "sparkplug" else self.pattern(0 if codec in NAMING else 1)
        events = self.events(pattern)
        time = self.table("time", ("field", "zone", "unit"))
        values, scale = self.values(), self.scale()
        zone = self.zone(time.get("zone"))
        unit = time.get("unit", "ms")
        if unit not in UNITS:
            self.wrong(f"time.unit {unit!r} is unknown{nearest(unit, UNITS)}", "time")
        if time and not (isinstance(time.get("field"), str) and time["field"]):
            self.wrong('time needs field, the name of the time in the payload, such as { field = "Time" }', "time")
        rebirth = self.row.get("rebirth", False)
        if not isinstance(rebirth, bool):
            self.wrong(f"rebirth must be true or false, not {rebirth!r}", "rebirth")
        if self.mistakes or pattern is None or codec is None:
            return None
        return Source(
            name=self.name,
            patterns=patterns(codec, pattern, events),
            codec=codec,
            time_field=time.get("field", ""),
            zone=zone,
            unit=MICROSECOND if codec == "senml" else UNITS[unit],
            values=values,
            scale=scale,
            events=events,
            quarantines_unknown=quarantines,
            asks_rebirth=rebirth,
        )

    def sparkplug_pattern(self) -> Pattern | None:
        """The topic of codec sparkplug: all groups, or one."""
        topic = self.row.get("topic", ALL_GROUPS)
        if not isinstance(topic, str) or not is_sparkplug(topic):
            self.wrong(
                f'topic {topic!r}: codec sparkplug takes "{ALL_GROUPS}" for all groups or "spBv1.0/GROUP/{{device**}}" '
                "for one",
                "topic",
            )
            return None
        return Pattern(topic)

    def pattern(self, least_devices: int) -> Pattern | None:
        """The topic."""
        topic = self.row.get("topic")
        if not isinstance(topic, str) or not topic:
            self.wrong('topic is missing; write one such as "tele/{device}/SENSOR"', "topic")
            return None
        pattern = Pattern(topic)
        mistakes = pattern.mistakes(least_devices)
        for mistake in mistakes:
            self.wrong(f"topic {topic!r}: {mistake}", "topic")
        return None if mistakes else pattern

    def zone(self, name: object) -> ZoneInfo | None:
        """The time zone of a name."""
        if name is None:
            return None
        try:
            return ZoneInfo(str(name))
        except (ValueError, OSError, LookupError):
            self.wrong(f"time.zone {name!r} is unknown{closest_zone(str(name))}", "time")
            return None

    def values(self) -> Mapping[str, str] | None:
        """Metrics by field; None = all."""
        values = self.row.get("values", "flatten")
        if values == "flatten":
            return None
        if not isinstance(values, Mapping) or not all(is_name(metric) for metric in values.values()):
            self.wrong(
                'values must be "flatten" or a table of field = "metric", such as { "ENERGY.Power" = "power_w" }',
                "values",
            )
            return None
        twice = [m for m in dict.fromkeys(values.values()) if list(values.values()).count(m) > 1]
        for metric in twice:
            self.wrong(f"values: the metric {metric!r} is given twice", "values")
        return dict(values)

    def scale(self) -> Mapping[str, float]:
        """Factors by metric."""
        scale = self.row.get("scale", {})
        if not isinstance(scale, Mapping):
            self.wrong("scale must be a table of metric = factor, such as { power_w = 0.001 }", "scale")
            return {}
        metrics = self.row["values"].values() if isinstance(self.row.get("values"), Mapping) else None
        for metric, factor in scale.items():
            if (
                isinstance(factor, bool)
                or not isinstance(factor, int | float)
                or not math.isfinite(factor)
                or not factor
            ):
                self.wrong(f"scale.{metric} must be a number other than 0, not {factor!r}", "scale")
            if metrics is not None and metric not in metrics:
                self.wrong(f"scale.{metric}: values gives no such metric{nearest(metric, map(str, metrics))}", "scale")
        return {metric: float(factor) for metric, factor in scale.items() if isinstance(factor, int | float)}

    def events(self, pattern: Pattern | None) -> tuple[EventRule, ...]:
        """What means that something happened."""
        rows = self.row.get("events", [])
        if not isinstance(rows, list | tuple) or not all(isinstance(row, Mapping) for row in rows):
            self.wrong(
                'events must be a list such as [ { field = "status", equals = "Faulted", event = "fault" } ]', "events"
            )
            return ()
        return tuple(rule for row in rows if (rule := self.event(row, pattern)) is not None)

    def event(self, row: Mapping[str, Any], pattern: Pattern | None) -> EventRule | None:
        """One of them."""
        before = len(self.mistakes)
        keys = ("field", "topic_level", "equals", "event")
        for key in row:
            if key not in keys:
                self.wrong(f"unknown key events.{key}{nearest(key, keys)}", "events")
        where = [row.get(key) for key in ("field", "topic_level") if key in row]
        if len(self.mistakes) > before:
            return None
        if len(where) != 1 or not isinstance(where[0], str) or not where[0]:
            self.wrong("an event needs either field or topic_level, a text", "events")
        if not is_name(row.get("event")):
            self.wrong("an event needs event, its name of 1 to 128 characters", "events")
        if not isinstance(row.get("equals"), str | int | float):
            self.wrong("an event needs equals: a text, a number, true or false", "events")
        if "topic_level" in row:
            self.beside(str(row["topic_level"]), pattern)
        return EventRule(**row) if len(self.mistakes) == before else None

    def beside(self, level: str, pattern: Pattern | None) -> None:
        """A topic beside the source's own must still name the device."""
        if set(level) & set("/+#{}"):
            self.wrong(f"topic_level {level!r} must be one plain level", "events")
        if pattern is not None and pattern.levels[-1] == level:
            self.wrong(f"topic_level {level!r} is the topic's own last level; name the field instead", "events")
        if pattern is not None and not pattern.names_device:
            self.wrong("topic_level needs a topic with {device}; name the field instead", "events")
        if pattern is not None and pattern.levels[-1] in ("{device}", "{device**}"):
            self.wrong("topic_level takes the place of the topic's last level, which here is the device", "events")


def patterns(codec: str, pattern: Pattern, events: Sequence[EventRule]) -> Mapping[str, Pattern]:
    """What a source listens to, by what it is for: its own topic comes last, as the others are narrower."""
    if codec == "sparkplug":
        return {level: SparkplugPattern(pattern.text, level) for level in OWN_LEVELS["sparkplug"]}
    found = {rule.topic_level: pattern.beside(rule.topic_level) for rule in events if rule.topic_level}
    if codec == "thingsboard" and not pattern.names_device:
        found |= {level: pattern.beside(level.removeprefix("gateway/")) for level in OWN_LEVELS["thingsboard"]}
    return {**found, "": pattern}


def closest_zone(name: str) -> str:
    """A hint at the time zone that was probably meant."""
    close = get_close_matches(name, available_timezones(), 1, 0.6)
    return f"; did you mean {close[0]!r}?" if close else "; write one such as 'Europe/Berlin'"
