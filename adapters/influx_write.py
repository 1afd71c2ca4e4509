"""Sending lines to InfluxDB: one request at a time, halved where the server refuses, until the bad line is alone."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from threading import Event

from adapters.influx_answers import Answer, InfluxAway, Verdict, refuses_all, sentence, verdict
from adapters.influx_settings import InfluxSettings
from adapters.influx_wire import Writing
from domain.entries import Position

FIRST_PAUSE = 0.5
LONGEST_ASKED = 3_600.0
"""A server that asks for a longer pause is tried again nevertheless."""


class Pause:
    """When to try again: twice as long after each failure, with jitter; what the server asks for is honoured."""

    def __init__(self, longest: float, chance: Callable[[], float] = random.random) -> None:
        self.longest = longest
        self.chance = chance
        self.failures = 0
        self.until = 0.0

    @property
    def seconds(self) -> float:
        """How much of it is left."""
        return max(0.0, self.until - time.monotonic())

    def failed(self, asked: float | None) -> None:
        """Begin a pause: between half of and the whole step, or what was asked and up to a tenth more."""
        step = min(self.longest, FIRST_PAUSE * 2**self.failures)
        seconds = min(asked, LONGEST_ASKED) * (1 + self.chance() / 10) if asked else step * (1 + self.chance()) / 2
        self.failures = min(self.failures + 1, 30)
        self.until = time.monotonic() + seconds

    def worked(self) -> None:
        """No pause, and the next one is short."""
        self.failures, self.until = 0, 0.0


class Held:
    """Lines that wait for their request: never more than one request can take."""

    def __init__(self, settings: InfluxSettings) -> None:
        self.most_lines = settings.request_lines
        self.most_bytes = settings.request_bytes
        self.clear()

    def clear(self) -> None:
        """Nothing waits."""
        self.positions: list[Position] = []
        self.lines: list[bytes] = []
        self.readings: list[int] = []
        self.bytes = 0
        self.since = 0.0
        """When the first of them came, on the monotonic clock."""

    def __len__(self) -> int:
        return len(self.lines)

    def fits(self, line: bytes) -> bool:
        """There is room; always, while nothing waits."""
        return not self.lines or (len(self.lines) < self.most_lines and self.bytes + len(line) < self.most_bytes)

    @property
    def is_full(self) -> bool:
        """It is no use to wait for more."""
        return len(self.lines) >= self.most_lines or self.bytes >= self.most_bytes

    def add(self, position: Position, readings: int, line: bytes) -> None:
        """One more."""
        if not self.lines:
            self.since = time.monotonic()
        self.positions.append(position)
        self.lines.append(line)
        self.readings.append(readings)
        self.bytes += len(line) + 1


Refusal = tuple[int, str]
"""Place of a line among those sent, and what the server says of it."""


class Sender:
    """Brings lines to the server. Keeps nothing but the pause it is in."""

    def __init__(self, settings: InfluxSettings, writing: Writing, stop: Event) -> None:
        self.settings = settings
        self.writing = writing
        self.stop = stop
        self.pause = Pause(settings.max_backoff_seconds)
        self.trouble = ""

    def send(self, lines: Sequence[bytes]) -> list[Refusal]:
        """Have all of them kept but those it returns. Raises InfluxAway; sending them again does no harm.

        During a pause it raises at once, and the server is left alone.
        """
        if self.pause.seconds:
            raise InfluxAway(self.trouble, self.pause.seconds)
        refused = list(self.deliver(lines, 0))
        self.pause.worked()
        self.trouble = ""
        return refused

    def deliver(self, lines: Sequence[bytes], first: int) -> Iterator[Refusal]:
        """Send lines together; where the server would not have them, halves of them, down to the line that is bad."""
        answer = self.writing.post(b"\n".join(lines))
        match verdict(answer):
            case Verdict.KEPT:
                return
            case Verdict.LATER:
                self.leave(answer)
        if len(lines) == 1 or refuses_all(answer, len(lines)):
            yield from ((first + place, answer.words) for place in range(len(lines)))
            return
        if self.stop.is_set():
            raise InfluxAway(f"{self.settings.place} was left while lines were tried; they are sent again later.")
        half = len(lines) // 2
        yield from self.deliver(lines[:half], first)
        yield from self.deliver(lines[half:], first + half)

    def leave(self, answer: Answer) -> None:
        """Begin a pause. Raises InfluxAway."""
        self.pause.failed(answer.wait_seconds)
        self.trouble = sentence(answer, self.settings)
        raise InfluxAway(self.trouble, self.pause.seconds)
