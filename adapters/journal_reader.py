"""Reading the journal: from the service itself, or beside it from another process."""

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from adapters import journal_pages
from adapters.journal_pages import JOURNAL_FILE, Link
from adapters.sqlite_files import in_our_words, open_reader, version, view
from domain.entries import Entry, Page, Position
from domain.errors import DamagedJournal, Unknown

VERIFY_PAGES = 256
"""Pages checked in one view, so that a long walk does not keep the write-ahead log from being emptied."""
LOOK_SECONDS = 0.05
"""How often a reader in another process looks for new entries."""


class JournalReader:
    """The reading half of the `Journal` port, over the journal in `directory`. Any number of threads may use it.

    Each page's hash is checked as it is read, so what was tampered with is never handed out.
    Raises Unknown where there is no journal.
    """

    def __init__(self, directory: Path) -> None:
        self.path = Path(directory) / JOURNAL_FILE
        self.idle: list[sqlite3.Connection] = []
        self.idle_lock = threading.Lock()
        if not self.path.exists():
            raise Unknown("journal", str(self.path))
        with self.at_one_moment() as connection:
            found = version(connection) and connection.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone()
            if not found:
                raise Unknown("journal", str(self.path))
            self._epoch = str(found[0])

    @property
    def epoch(self) -> str:
        """UUID of this journal."""
        return self._epoch

    @property
    def last(self) -> Position:
        """Position of the last durable entry; 0 when empty."""
        with self.at_one_moment() as connection:
            return journal_pages.head(connection).position

    @property
    def oldest(self) -> Position:
        """Position of the first entry of the oldest page that is kept; `last + 1` when none is."""
        with self.at_one_moment() as connection:
            return journal_pages.anchor(connection).position + 1

    @property
    def size(self) -> int:
        """Bytes of the pages that are kept."""
        with self.at_one_moment() as connection:
            return journal_pages.head(connection).written - journal_pages.anchor(connection).written

    def read(self, after: Position, most: int) -> Sequence[Page]:
        """As the port says. Raises DamagedJournal."""
        pages: list[Page] = []
        count = 0
        with self.at_one_moment(after + 1) as connection:
            for _, first, body in journal_pages.sealed(connection, journal_pages.link_before(connection, after + 1)):
                page = cut(Page(first, journal_pages.decode(body)), after)
                if page.entries:
                    pages.append(page)
                    count += len(page.entries)
                if count >= max(most, 1):
                    break
        return pages

    def wait(self, after: Position, seconds: float) -> bool:
        """As the port says; looks twenty times a second."""
        end = time.monotonic() + seconds
        while self.last <= after:
            left = end - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(LOOK_SECONDS, left))
        return True

    def controls(self) -> Sequence[tuple[Position, Entry]]:
        """As the port says. Raises DamagedJournal."""
        with self.at_one_moment() as connection:
            return [(place, entry) for place, _, entry in journal_pages.sealed_controls(connection, self.epoch)]

    def verify(self) -> int:
        """Walk the whole chain; returns how many entries are kept and intact. Raises DamagedJournal."""
        self.controls()
        with self.at_one_moment() as connection:
            start = journal_pages.anchor(connection)
        link, before = start, None
        while link != before:
            before = link
            with self.at_one_moment(link.position + 1) as connection:
                link = walk(connection, max(link, journal_pages.anchor(connection)))
        return link.position - start.position

    @contextmanager
    def at_one_moment(self, position: Position = 1) -> Iterator[sqlite3.Connection]:
        """A connection of one's own, whose reads are all of one moment; `position` is named if the file is broken."""
        with in_our_words(self.path):
            connection = self.borrow()
            try:
                with view(connection):
                    yield connection
            except sqlite3.DatabaseError as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                    raise DamagedJournal(position) from error
                raise
            finally:
                with self.idle_lock:
                    self.idle.append(connection)

    def borrow(self) -> sqlite3.Connection:
        """A connection nobody else uses now."""
        with self.idle_lock:
            if self.idle:
                return self.idle.pop()
        return open_reader(self.path)

    def close(self) -> None:
        """Let go of the file. No other call may be under way."""
        with self.idle_lock:
            for connection in self.idle:
                connection.close()
            self.idle.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def walk(connection: sqlite3.Connection, link: Link) -> Link:
    """The link that `VERIFY_PAGES` intact pages further on end with, or the last one there is."""
    for step in islice(journal_pages.sealed(connection, link), VERIFY_PAGES):
        link = step[0]
    return link


def cut(page: Page, after: Position) -> Page:
    """The part of a page after a position."""
    skip = after + 1 - page.first
    return page if skip <= 0 else Page(after + 1, page.entries[skip:])
