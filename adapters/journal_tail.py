"""The newest pages of the journal, in memory, so that readers who keep up never touch the disk."""

from bisect import bisect_right

from adapters.journal_reader import cut
from domain.entries import Page, Position

ENTRY_BYTES = 250
"""What Python objects cost an entry beside its bytes."""


class Tail:
    """Holds up to `most_bytes`; when full, the oldest pages go first and are read from the disk again.

    Not safe by itself: the journal calls it under its own lock.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.held_bytes = 0
        self.pages: list[Page] = []
        self.firsts: list[Position] = []
        self.weights: list[int] = []

    def add(self, page: Page, body_bytes: int) -> None:
        """Take in the page that follows the last one."""
        self.pages.append(page)
        self.firsts.append(page.first)
        self.weights.append(body_bytes + ENTRY_BYTES * len(page.entries))
        self.held_bytes += self.weights[-1]
        if self.held_bytes > self.most_bytes:
            self.shrink()

    def shrink(self) -> None:
        """Down to three quarters, so that it is done seldom."""
        count = 0
        while self.held_bytes > self.most_bytes * 3 // 4:
            self.held_bytes -= self.weights[count]
            count += 1
        self.forget(count)

    def drop(self, upto: Position) -> None:
        """Forget the pages that retention dropped from the disk."""
        count = bisect_right(self.firsts, upto)
        self.held_bytes -= sum(self.weights[:count])
        self.forget(count)

    def forget(self, count: int) -> None:
        """Let the oldest pages go."""
        del self.pages[:count], self.firsts[:count], self.weights[:count]

    def read(self, after: Position, most: int) -> list[Page] | None:
        """Whole pages after a position until `most` entries are reached; None if the tail begins later."""
        place = bisect_right(self.firsts, after + 1) - 1
        if place < 0:
            return None
        found: list[Page] = []
        for page in self.pages[place:]:
            if page.last > after:
                found.append(cut(page, after))
                most -= len(found[-1].entries)
            if found and most <= 0:
                break
        return found
