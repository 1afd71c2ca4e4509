"""Count: so many events within a sliding window, whatever happened in between."""

from dataclasses import dataclass
from typing import Any, ClassVar

from detectors.counted_kind import Counting
from detectors.detector import setting
from detectors.page import Page
from detectors.readers import grouping


@dataclass(kw_only=True)
class Count(Counting):
    """`count` matching events within `within`, also with good signs in between; by fingerprint where `by` says so."""

    by: str = setting(grouping, default="")
    """"fingerprint": events count together only where they are the same trouble by code, or by message without its
    numbers, ids and addresses. Each fingerprint of a key then has findings of its own; events without one are not
    counted."""

    page: ClassVar[Page] = Page(
        finds="Trouble that comes too often: a charger that reports the same error ten times within a day, a display"
        " that loses its signal five times within an hour, although it recovers each time.",
        wrong_when="A good sign in between must start the count anew: use `consecutive`. The order of two different"
        " events matters: use `compound`. It is about a number and not about events: use `threshold`.",
        source="The scan statistic with a fixed window and a fixed limit: it fires at the first window (t − within, t]"
        " of event time with `count` events. Grouping by messages with their variable parts taken out is how log"
        " parsers make templates.",
    )

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A rule's settings that use everything."""
        return {
            "event": "crash",
            "count": 2,
            "within": "24h",
            "by": "fingerprint",
            "fingerprint": 1,
            "min_gap": "1s",
            "resolve": {"event": "fault_cleared", "quiet_for": "24h"},
            "cooldown": "6h",
            "flapping": {"changes": 4, "within": "1h"},
        }
