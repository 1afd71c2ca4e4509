"""The journal's pages as they lie on disk: their tables, their bytes, and the chain that seals them."""

import sqlite3
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

import msgspec

from domain.entries import Entry, Position
from domain.errors import DamagedJournal

JOURNAL_FILE = "journal.db"

MIGRATIONS = (
    (
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        """CREATE TABLE page (
            first INTEGER PRIMARY KEY,
            last INTEGER NOT NULL,
            received_from INTEGER NOT NULL,
            received_until INTEGER NOT NULL,
            written INTEGER NOT NULL,  -- bytes of all pages ever written, with this one
            hash BLOB NOT NULL,
            body BLOB NOT NULL
        )""",
        "CREATE TABLE control (position INTEGER PRIMARY KEY, hash BLOB NOT NULL, body BLOB NOT NULL)",
        # The last page that retention dropped: where the chain that is still here begins.
        "CREATE TABLE anchor (position INTEGER NOT NULL, hash BLOB NOT NULL, written INTEGER NOT NULL)",
    ),
)


class Link(NamedTuple):
    """The end of the chain after some page: what the next page is sealed against."""

    position: Position
    hash: bytes
    written: int


def genesis(epoch: str) -> bytes:
    """What the first page is sealed against; differs for each journal, so pages of another one never fit."""
    return sha256(epoch.encode()).digest()


def seal(previous: bytes, first: Position, last: Position, body: bytes) -> bytes:
    """SHA-256 over the page before, this page's place and its bytes."""
    page = sha256(previous + b"%d-%d:" % (first, last))
    page.update(body)
    return page.digest()


# The casts: a value that was replaced by one of another type still reaches the seal, and does not fit it.
PAGES = """
SELECT CAST(last AS INTEGER), CAST(hash AS BLOB), written, first, CAST(body AS BLOB)
FROM page WHERE first > ? ORDER BY first
"""
CONTROLS = "SELECT position, CAST(hash AS BLOB), CAST(body AS BLOB) FROM control ORDER BY position"
ENCODER = msgspec.msgpack.Encoder()
DECODER = msgspec.msgpack.Decoder(tuple[Entry, ...])


def encode(entries: Sequence[Entry]) -> bytes:
    """The bytes of a page. A topic that is no valid Unicode is written with backslash escapes."""
    try:
        return ENCODER.encode(entries)
    except UnicodeEncodeError:
        return ENCODER.encode([e._replace(topic=printable(e.topic)) for e in entries])


def printable(topic: str) -> str:
    """The topic with everything that UTF-8 cannot hold written as escapes."""
    return topic.encode("utf-8", "backslashreplace").decode()


def decode(body: bytes) -> tuple[Entry, ...]:
    """The entries of a page."""
    return DECODER.decode(body)


def anchor(connection: sqlite3.Connection) -> Link:
    """Where the chain that is kept begins."""
    return Link(*connection.execute("SELECT position, hash, written FROM anchor").fetchone())


def head(connection: sqlite3.Connection) -> Link:
    """Where the chain ends now."""
    row = connection.execute("SELECT last, hash, written FROM page ORDER BY first DESC LIMIT 1").fetchone()
    return Link(*row) if row else anchor(connection)


def link_before(connection: sqlite3.Connection, position: Position) -> Link:
    """The link that the page holding `position`, or the oldest page after it, is sealed against."""
    rows = connection.execute(
        "SELECT last, hash, written FROM page WHERE first <= ? ORDER BY first DESC LIMIT 2", (position,)
    ).fetchall()
    return Link(*rows[1]) if len(rows) == 2 else anchor(connection)


def sealed(connection: sqlite3.Connection, link: Link) -> Iterator[tuple[Link, Position, bytes]]:
    """The pages after a link as (its own link, first position, body), each checked against the one before it.

    Raises DamagedJournal at the first page that is not the one that was written, or that is missing.
    """
    for last, mark, written, first, body in connection.execute(PAGES, (link.position,)):
        expected = link.position + 1
        if first != expected or mark != seal(link.hash, first, last, body):
            raise DamagedJournal(expected)
        link = Link(last, mark, written)
        yield link, first, body


def sealed_controls(connection: sqlite3.Connection, epoch: str) -> Iterator[tuple[Position, bytes, Entry]]:
    """Every control entry as (position, its seal, entry), in a chain of their own. Raises DamagedJournal."""
    previous = genesis(epoch)
    for position, mark, body in connection.execute(CONTROLS):
        if mark != seal(previous, position, position, body):
            raise DamagedJournal(position)
        previous = mark
        yield position, mark, decode(body)[0]
