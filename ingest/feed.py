"""Feed: the journal as batches; what one reader has decoded is still there for the next."""

from collections import deque
from collections.abc import Sequence
from threading import Lock
from typing import Protocol

from domain.batch import Batch
from domain.entries import Page, Position
from domain.ports import JournalView


class Decoding(Protocol):
    """Pages to a batch; a pure function of the pages and the sources then in force."""

    def decode(self, pages: Sequence[Page]) -> Batch:
        """One batch that holds exactly these pages."""
        ...


class Feed:
    """Batches of a journal for any number of readers in any threads.

    The last `remembered` batches stay in memory: readers that keep pace share them, one that lags reads the
    journal again. Nothing is ever dropped.
    """

    def __init__(self, journal: JournalView, decoder: Decoding, *, most: int = 2_000, remembered: int = 8) -> None:
        self.journal = journal
        self.decoder = decoder
        self.most = most
        self.recent: deque[Batch] = deque(maxlen=remembered)
        self.lock = Lock()

    def after(self, position: Position, most: int | None = None) -> Batch | None:
        """The next batch after a position; None when nothing has been journaled after it.

        A batch starts right after `position`, or at the oldest entry that is kept where that is later.
        """
        with self.lock:
            for batch in reversed(self.recent):
                if batch.after <= position < batch.upto:
                    return batch.since(position)
            pages = self.journal.read(position, most or self.most)
            if not pages:
                return None
            batch = self.decoder.decode(pages)
            self.recent.append(batch)
            return batch

    def wait(self, position: Position, seconds: float) -> bool:
        """Wait until something stands after `position`; False when `seconds` passed first."""
        return self.journal.wait(position, seconds)
