"""Topic patterns: `tele/{device}/SENSOR` matched against topics, and as the filter to subscribe to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

PLACEHOLDERS = ("{device}", "{device**}", "{metric}", "{site}")
ANY = "+"


@dataclass(frozen=True)
class Pattern:
    """A topic whose whole levels may be placeholders; `+` is any level that does not matter."""

    text: str

    @property
    def levels(self) -> list[str]:
        """Its levels."""
        return self.text.split("/")

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """What matches its topics, with the groups `device` and, where it has one, `metric`."""
        parts = {
            "{device}": r"(?P<device>[^/]+)",
            "{device**}": r"(?P<device>.+)",
            "{metric}": r"(?P<metric>[^/]+)",
            "{site}": r"[^/]+",
            ANY: r"[^/]*",
        }
        return re.compile("/".join(parts.get(level, re.escape(level)) for level in self.levels), re.DOTALL)

    @property
    def subscription(self) -> str:
        """The narrowest MQTT filter that receives all its topics."""
        levels = ["#" if level == "{device**}" else ANY if level in PLACEHOLDERS else level for level in self.levels]
        return "/".join(levels[: levels.index("#") + 1] if "#" in levels else levels)

    def match(self, topic: str) -> tuple[str, str] | None:
        """(device, metric) as the topic names them, empty for what it does not name; None where it does not fit."""
        found = self.expression.fullmatch(topic)
        if found is None:
            return None
        named = found.groupdict("")
        return named.get("device", ""), named.get("metric", "")

    @property
    def names_device(self) -> bool:
        """It says who speaks."""
        return "device" in self.expression.groupindex

    def beside(self, level: str) -> "Pattern":
        """The pattern with another last level."""
        return Pattern("/".join([*self.levels[:-1], level]))

    def mistakes(self, least_devices: int = 1) -> list[str]:
        """What is wrong with it, in half sentences."""
        found = []
        placeholders = [level for level in self.levels if "{" in level or "}" in level]
        for level in placeholders:
            if level not in PLACEHOLDERS:
                found.append(f"{level!r} is no placeholder; a level is plain text or one of {' '.join(PLACEHOLDERS)}")
        devices = sum(level in ("{device}", "{device**}") for level in placeholders)
        if not found and not least_devices <= devices <= 1:
            found.append(f"it needs {{device}} or {{device**}} {'exactly' if least_devices else 'at most'} once")
        found += [f"{name} may stand there once" for name in ("{metric}", "{site}") if placeholders.count(name) > 1]
        if "#" in self.text:
            found.append("# cannot stand there; write {device**} or + for one level that does not matter")
        if any(ANY in level and level != ANY for level in self.levels):
            found.append("+ must be a whole level")
        if self.text.startswith("$share/"):
            found.append("leave out $share/…; name the topic as the devices publish it")
        return found


def covers(wide: str, narrow: str) -> bool:
    """Everything that the filter `narrow` receives, `wide` receives too."""
    if wide == narrow:
        return True
    ours, theirs = wide.split("/"), narrow.split("/")
    if theirs[0].startswith("$") and ours[0] in (ANY, "#"):
        return False
    for place, level in enumerate(ours):
        if level == "#":
            return True
        if place >= len(theirs) or theirs[place] == "#" or (level not in (ANY, theirs[place])):
            return False
    return len(ours) == len(theirs)


def needed(filters: Iterable[str]) -> tuple[str, ...]:
    """The filters without those that another one covers, in their order: no message is sent twice for them."""
    wanted = list(dict.fromkeys(filters))
    return tuple(one for one in wanted if not any(other != one and covers(other, one) for other in wanted))
