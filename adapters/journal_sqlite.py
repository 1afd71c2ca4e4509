"""The journal in one SQLite file: every entry is on the disk before anybody is told that it arrived."""

import threading
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

from adapters import journal_pages
from adapters.durable_files import sync_directory
from adapters.journal_pages import JOURNAL_FILE, MIGRATIONS, Link, genesis, seal
from adapters.journal_reader import JournalReader
from adapters.journal_tail import Tail
from adapters.sqlite_files import open_writer, transaction
from domain.counts import Counts
from domain.entries import Entry, Kind, Page, Position
from domain.instants import DAY, Duration, Instant

CHECKPOINT_PAGES = 4096
"""Empty the write-ahead log every 16 MB: it costs two more fsyncs then, a few a minute under full load, and the
append that meets it waits tens of milliseconds; a longer log would make that pause longer and readers slower."""
PAGE_BYTES = 4 << 20
"""Larger appends are split into several pages, so that a reader can take them one by one."""
ROW_BYTES = 100
"""What a page takes beside its body."""
DROP_PAGES = 256
DROP_BYTES = 64 << 20
"""Retention drops at most this much in one transaction, so that appends wait only shortly for it."""


class SqliteJournal(JournalReader):
    """The `Journal` port in `directory/journal.db`, for the one process that writes; others use `JournalReader`.

    WAL with `synchronous=FULL`: the log is synced before `append` returns, and a failed append leaves nothing.
    The file keeps its highest size; what retention frees is used again. The newest `tail_bytes` stay in memory.
    Counts entries: received = kept + failed; each repetition of a failed append is received again.
    """

    def __init__(
        self,
        directory: Path,
        *,
        most_age: Duration = 7 * DAY,
        most_bytes: int = 50 << 30,
        tail_bytes: int = 32 << 20,
        checkpoint_pages: int = CHECKPOINT_PAGES,
    ) -> None:
        self.most_age = most_age
        self.most_bytes = most_bytes
        self.counts = Counts()
        self.writing = threading.Lock()
        self.grown = threading.Condition()
        path = Path(directory) / JOURNAL_FILE
        self.writer = open_writer(path, MIGRATIONS, synchronous="FULL", checkpoint_pages=checkpoint_pages)
        try:
            self.begin_epoch(path)
            super().__init__(directory)
            self.find_ends(tail_bytes)
        except BaseException:
            self.writer.close()
            raise

    def begin_epoch(self, path: Path) -> None:
        """Give a new journal its identity."""
        if self.writer.execute("SELECT 1 FROM meta").fetchone():
            return
        epoch = str(uuid4())
        with transaction(self.writer, path):
            self.writer.execute("INSERT INTO meta VALUES ('epoch', ?)", (epoch,))
            self.writer.execute("INSERT INTO anchor VALUES (0, ?, 0)", (genesis(epoch),))
        sync_directory(path.parent)

    def find_ends(self, tail_bytes: int) -> None:
        """Learn where the chains begin and end. Raises DamagedJournal if the newest page does not fit."""
        self.anchor = journal_pages.anchor(self.writer)
        self.head = journal_pages.head(self.writer)
        with self.at_one_moment() as connection:
            seals = [mark for _, mark, _ in journal_pages.sealed_controls(connection, self.epoch)]
        self.control_hash = seals[-1] if seals else genesis(self.epoch)
        self.tail = Tail(tail_bytes)
        super().read(self.head.position - 1, 1)

    @property
    def last(self) -> Position:
        """Position of the last durable entry; 0 when empty."""
        return self.head.position

    @property
    def oldest(self) -> Position:
        """Position of the first entry of the oldest page that is kept; `last + 1` when none is."""
        return self.anchor.position + 1

    @property
    def size(self) -> int:
        """Bytes of the pages that are kept."""
        return self.head.written - self.anchor.written

    def append(self, entries: Sequence[Entry]) -> Position:
        """As the port says: one commit and one sync of the log, however many entries. Also raises TryLater when the

        disk reports an error; nothing is kept then either.
        """
        if not entries:
            return self.last
        self.counts.received += len(entries)
        with self.writing:
            try:
                self.commit(tuple(entries))
            except BaseException:
                self.counts.failed += len(entries)
                raise
        self.counts.kept += len(entries)
        return self.last

    def commit(self, entries: tuple[Entry, ...]) -> None:
        """One transaction; only after it do readers and the next append see its pages."""
        link, control_hash = self.head, self.control_hash
        pages: list[tuple[Page, int]] = []
        with transaction(self.writer, self.path):
            for part, body in split(entries):
                page = Page(link.position + 1, part)
                link = self.insert(page, body, link)
                control_hash = self.insert_controls(page, control_hash)
                pages.append((page, len(body)))
        with self.grown:
            for page, body_bytes in pages:
                self.tail.add(page, body_bytes)
            self.control_hash = control_hash
            self.head = link
            self.grown.notify_all()

    def insert(self, page: Page, body: bytes, link: Link) -> Link:
        """Write one page behind `link`; returns the new end of the chain."""
        arrivals = [entry.received_at for entry in page.entries]
        written = link.written + len(body) + ROW_BYTES
        end = Link(page.last, seal(link.hash, page.first, page.last, body), written)
        row = (page.first, page.last, min(arrivals), max(arrivals), end.written, end.hash, body)
        self.writer.execute("INSERT INTO page VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return end

    def insert_controls(self, page: Page, previous: bytes) -> bytes:
        """Write the page's control entries once more, where retention leaves them alone."""
        for position, entry in enumerate(page.entries, page.first):
            if entry.kind == Kind.CONTROL:
                body = journal_pages.encode((entry,))
                previous = seal(previous, position, position, body)
                self.writer.execute("INSERT INTO control VALUES (?, ?, ?)", (position, previous, body))
        return previous

    def read(self, after: Position, most: int) -> Sequence[Page]:
        """As the port says; from memory for readers who keep up."""
        with self.grown:
            if after >= self.head.position:
                return []
            pages = self.tail.read(after, most)
        return pages if pages is not None else super().read(after, most)

    def wait(self, after: Position, seconds: float) -> bool:
        """As the port says; wakes with the commit."""
        with self.grown:
            return self.grown.wait_for(lambda: self.head.position > after, seconds)

    def retain(self, now: Instant, sacred: Position) -> int:
        """As the port says; in steps, so that appends between them wait only shortly. Raises DiskFull, TryLater."""
        before = self.anchor.position
        while True:
            with self.writing:
                link = self.droppable(now, sacred)
                if link == self.anchor:
                    return self.anchor.position - before
                self.drop(link)

    def droppable(self, now: Instant, sacred: Position) -> Link:
        """The last of the oldest pages that are beyond a limit and not sacred, at most one step further."""
        rows = self.writer.execute(
            "SELECT last, hash, written, received_until FROM page ORDER BY first LIMIT ?", (DROP_PAGES,)
        ).fetchall()
        found = self.anchor
        for last, mark, written, received_until in rows:
            too_many = self.head.written - found.written > self.most_bytes
            if last > sacred or not (too_many or received_until < now - self.most_age):
                break
            found = Link(last, mark, written)
            if written - self.anchor.written > DROP_BYTES:
                break
        return found

    def drop(self, link: Link) -> None:
        """Let the pages up to `link` go; the chain begins there from now on."""
        with transaction(self.writer, self.path):
            self.writer.execute("DELETE FROM page WHERE first <= ?", (link.position,))
            self.writer.execute("UPDATE anchor SET position = ?, hash = ?, written = ?", link)
        with self.grown:
            self.tail.drop(link.position)
            self.anchor = link

    def close(self) -> None:
        """Let go of the file. No other call may be under way."""
        super().close()
        self.writer.close()


def split(entries: tuple[Entry, ...]) -> Iterator[tuple[tuple[Entry, ...], bytes]]:
    """The entries in pages of at most `PAGE_BYTES` where they can be cut, with their bytes."""
    body = journal_pages.encode(entries)
    if len(body) <= PAGE_BYTES or len(entries) == 1:
        yield entries, body
        return
    parts = min(len(entries), len(body) // PAGE_BYTES + 1)
    for low, high in pairwise(len(entries) * part // parts for part in range(parts + 1)):
        yield from split(entries[low:high])
