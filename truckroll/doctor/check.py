"""A check: something is tried, alone and for a limited time; whatever happens becomes lines for a person."""

from collections.abc import Callable, Iterator
from enum import Enum
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple

from domain.errors import TruckrollError


class Verdict(Enum):
    """How it stands."""

    RIGHT = "right"
    NOTE = "note"
    """It works, and could be better."""
    WRONG = "wrong"
    UNKNOWN = "not checked"


class Line(NamedTuple):
    """One line: what was looked at, how it stands, what was found, what to do."""

    what: str
    verdict: Verdict
    found: str
    todo: str = ""

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return {"what": self.what, "verdict": self.verdict.value, "found": self.found, "todo": self.todo}


def right(what: str, found: str) -> Line:
    """All is well."""
    return Line(what, Verdict.RIGHT, found)


def note(what: str, found: str, todo: str) -> Line:
    """It works, and could be better."""
    return Line(what, Verdict.NOTE, found, todo)


def wrong(what: str, found: str, todo: str = "") -> Line:
    """It does not work."""
    return Line(what, Verdict.WRONG, found, todo)


def unknown(what: str, found: str, todo: str = "") -> Line:
    """It was not tried."""
    return Line(what, Verdict.UNKNOWN, found, todo)


Check = Callable[[], Iterator[Line]]


def run(name: str, check: Check, seconds: float) -> list[Line]:
    """What a check finds within a time. One that raises or hangs is itself a finding, and nobody else's trouble."""
    found: SimpleQueue[Line | None] = SimpleQueue()
    Thread(target=collect, args=(name, check, found), name=f"doctor {name}", daemon=True).start()
    lines: list[Line] = []
    try:
        while (line := found.get(timeout=seconds)) is not None:
            lines.append(line)
    except Empty:
        lines.append(wrong(name, f"no answer within {seconds:g} s", "see why it hangs, and run the doctor again"))
    return lines


def collect(name: str, check: Check, found: "SimpleQueue[Line | None]") -> None:
    """The thread's body."""
    try:
        for line in check():
            found.put(line)
    except (TruckrollError, OSError) as error:
        found.put(wrong(name, str(error)))
    except Exception as error:  # noqa: BLE001 - one check's surprise must not end the others
        found.put(wrong(name, f"{type(error).__name__}: {error}", "report this together with the configuration"))
    finally:
        found.put(None)
