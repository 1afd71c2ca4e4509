"""Health: what works, what does not, and what a person can do about it."""

from collections.abc import Callable, Mapping
from threading import Lock

Listener = Callable[[str, str], None]


def silent(part: str, trouble: str) -> None:
    """Nobody listens."""


class Health:
    """The trouble of each part by name; a part without trouble is healthy. Safe from any thread."""

    def __init__(self, listener: Listener = silent) -> None:
        self.troubles: dict[str, str] = {}
        self.listener = listener
        self.lock = Lock()

    def red(self, part: str, trouble: str) -> None:
        """The part does not work; `trouble` is the sentence for a person."""
        self.note(part, trouble)

    def green(self, part: str) -> None:
        """The part works."""
        self.note(part, "")

    def note(self, part: str, trouble: str) -> None:
        """Set a part's trouble; the listener hears of changes only."""
        with self.lock:
            if self.troubles.get(part, "") == trouble:
                return
            self.troubles[part] = trouble
        self.listener(part, trouble)

    def report(self) -> Mapping[str, str]:
        """Every part that was ever heard of, with its trouble or an empty text."""
        with self.lock:
            return dict(self.troubles)

    @property
    def is_green(self) -> bool:
        """No part is in trouble."""
        with self.lock:
            return not any(self.troubles.values())
