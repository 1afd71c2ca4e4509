"""Sparkplug's topics: group and edge node stand on both sides of the kind of message, and together name the device."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ingest.topics import ANY, Pattern

NAMESPACE = "spBv1.0"
DEVICE = "{device**}"
ALL_GROUPS = f"{NAMESPACE}/{DEVICE}"


class EdgeNode(NamedTuple):
    """An edge node, as topics name it."""

    group: str
    name: str


def edge_node(topic: str) -> EdgeNode:
    """The edge node of a topic that fits a SparkplugPattern."""
    _, group, _, name = topic.split("/")[:4]
    return EdgeNode(group, name)


def is_sparkplug(topic: str) -> bool:
    """A source's topic that says which groups are meant: all, or one."""
    first, *group, last = topic.split("/") if "/" in topic else ("", topic)
    return first == NAMESPACE and last == DEVICE and len(group) <= 1 and not set("".join(group)) & set("+#{}")


@dataclass(frozen=True)
class SparkplugPattern(Pattern):
    """The topics of one kind of message; `text` is `spBv1.0/{device**}`, or with a group before the device.

    The device is called `group/edge` or `group/edge/device`, without the group where the text names it.
    """

    message: str = ""

    @property
    def group(self) -> str:
        """The one group; empty = all."""
        return self.levels[1] if len(self.levels) == 3 else ""

    @property
    def inner(self) -> int:
        """Levels after the edge node."""
        return 1 if self.message.startswith("D") else 0

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """What matches its topics."""
        group = re.escape(self.group) if self.group else "(?P<group>[^/]+)"
        return re.compile(f"{NAMESPACE}/{group}/{self.message}/(?P<device>[^/]+{'/[^/]+' * self.inner})", re.DOTALL)

    @property
    def subscription(self) -> str:
        """The MQTT filter that receives all its topics."""
        return "/".join([NAMESPACE, self.group or ANY, self.message, ANY, *[ANY] * self.inner])

    def match(self, topic: str) -> tuple[str, str] | None:
        """As its parent's."""
        found = self.expression.fullmatch(topic)
        if found is None:
            return None
        return "/".join(found.groupdict().values()), ""
