"""The journal in SQLite: its chain, its limits, its full disk, its readers in other processes."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from adapters import journal_reader, journal_sqlite
from adapters.journal_reader import JournalReader
from adapters.journal_sqlite import SqliteJournal
from domain.counts import Counts
from domain.entries import Entry, Kind, Page
from domain.errors import DamagedJournal, DiskFull, TruckrollError, Unknown
from domain.instants import DAY

NOW = 20_000 * DAY


def entries(count: int, size: int = 10) -> list[Entry]:
    """Some messages of one size."""
    return [Entry(Kind.MESSAGE, NOW + n, f"devices/d{n}/telemetry", b"x" * size) for n in range(count)]


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """The directory of a closed journal: five pages of ten entries, the third with a control entry."""
    with SqliteJournal(tmp_path) as journal:
        for page in range(5):
            control = [Entry(Kind.CONTROL, NOW, "rules", b"{}")] if page == 2 else entries(1)
            journal.append(entries(9, size=10 + page) + control)
    return tmp_path


def alter(directory: Path, *statements: str) -> None:
    """What somebody with a database tool could do."""
    connection = sqlite3.connect(directory / "journal.db")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


DAMAGES = {
    "a body was changed": ("UPDATE page SET body = replace(body, 'x', 'y') WHERE first = 21", 21),
    "a page was taken out": ("DELETE FROM page WHERE first = 21", 21),
    "two pages changed places": (
        "UPDATE page SET body = (SELECT body FROM page AS other WHERE other.first = 32 - page.first) "
        "WHERE first IN (1, 31)",
        1,
    ),
    "the oldest page was taken out": ("DELETE FROM page WHERE first = 1", 1),
    "a page was renumbered": ("UPDATE page SET last = last + 1 WHERE first = 11", 11),
    "a control was changed": ("UPDATE control SET body = replace(body, 'rules', 'ruler')", 30),
    "the journal got another name": ("UPDATE meta SET value = 'other' WHERE name = 'epoch'", 30),
}


@pytest.mark.parametrize(("statement", "position"), DAMAGES.values(), ids=DAMAGES)
def test_the_chain_shows_what_was_tampered_with(filled, statement, position):
    """Whatever is done to the pages behind our back, verifying names the place."""
    with JournalReader(filled) as journal:
        assert 50 == journal.verify()
    alter(filled, statement)

    with JournalReader(filled) as journal, pytest.raises(DamagedJournal) as damage:
        journal.verify()
    assert str(DamagedJournal(position)) == str(damage.value)


def test_a_page_that_was_changed_is_never_read(filled):
    """Reading checks each page it hands out; intact pages before it are still read."""
    alter(filled, "UPDATE page SET body = replace(body, 'x', 'y') WHERE first = 21")

    with JournalReader(filled) as journal:
        assert 20 == journal.read(0, 20)[-1].last
        with pytest.raises(DamagedJournal):
            journal.read(20, 1)


def test_a_journal_whose_end_is_damaged_does_not_start(filled):
    """Nothing may be chained to a page that is not the one that was written."""
    alter(filled, "UPDATE page SET body = x'90' WHERE first = 41")

    with pytest.raises(DamagedJournal):
        SqliteJournal(filled)


def test_a_file_that_is_no_database_is_damaged(filled):
    """Bytes written over the middle of the file are reported in our words."""
    content = bytearray((filled / "journal.db").read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    (filled / "journal.db").write_bytes(content)

    with pytest.raises(DamagedJournal), JournalReader(filled) as journal:
        journal.verify()


def test_the_chain_holds_after_retention(filled, monkeypatch):
    """What is left is verified against the last page that went, however small the steps."""
    monkeypatch.setattr(journal_reader, "VERIFY_PAGES", 1)
    with SqliteJournal(filled) as journal:
        assert (20, 30) == (journal.retain(NOW + 30 * DAY, sacred=25), journal.verify())
    with SqliteJournal(filled) as journal:
        journal.append(entries(5))
        assert 35 == journal.verify()


def test_the_size_limit_drops_the_oldest_pages(tmp_path):
    """Past the limit pages go until it fits, but never what is sacred."""
    with SqliteJournal(tmp_path, most_bytes=100_000) as journal:
        for _ in range(50):
            journal.append(entries(10, size=1000))
        assert 0 == journal.retain(NOW, sacred=0)
        dropped = journal.retain(NOW, sacred=500)

        assert dropped + 1 == journal.oldest
        assert 80_000 < journal.size <= 100_000


def test_what_retention_frees_is_used_again(tmp_path):
    """The file stops growing once as much goes as comes."""
    with SqliteJournal(tmp_path, most_bytes=1_000_000, checkpoint_pages=50) as journal:
        sizes = []
        for _ in range(4):
            for _ in range(20):
                journal.append(entries(100, size=1000))
                journal.retain(NOW, journal.last)
            sizes.append(journal.path.stat().st_size)

    assert sizes[1] == sizes[3]
    assert sizes[3] < 2_000_000


def test_retention_goes_in_steps(filled, monkeypatch):
    """One transaction drops only so many pages; all the same, all that may go goes."""
    monkeypatch.setattr(journal_sqlite, "DROP_PAGES", 2)
    monkeypatch.setattr(journal_sqlite, "DROP_BYTES", 1)
    with SqliteJournal(filled) as journal:
        assert (50, 51) == (journal.retain(NOW + 30 * DAY, sacred=50), journal.oldest)


def test_a_large_append_becomes_several_pages_at_once(tmp_path, monkeypatch):
    """It is one commit, but a reader can take it in pieces; one entry is never cut."""
    monkeypatch.setattr(journal_sqlite, "PAGE_BYTES", 10_000)
    with SqliteJournal(tmp_path, tail_bytes=0) as journal:
        journal.append([*entries(30, size=1000), *entries(1, size=20_000)])
        pages = journal.read(0, 1000)

        assert len(pages) > 3
        assert (31, 31) == (sum(len(page.entries) for page in pages), journal.verify())


def test_memory_holds_only_the_newest_pages(tmp_path):
    """The tail stays within its limit, and what it let go is read from the disk."""
    with SqliteJournal(tmp_path, tail_bytes=100_000) as journal:
        for _ in range(100):
            journal.append(entries(10, size=1000))

        assert journal.tail.held_bytes <= 100_000
        assert 901 < journal.tail.firsts[0]
        assert [1, 1000] == [journal.read(after, 1)[0].first for after in (0, 999)]


def test_a_topic_that_is_no_unicode_is_kept_readable(tmp_path):
    """A lone surrogate cannot be written as UTF-8; it does not stop the journal."""
    with SqliteJournal(tmp_path, tail_bytes=0) as journal:
        journal.append([Entry(Kind.MESSAGE, NOW, "devices/\udcff/telemetry", b"")])

        assert "devices/\\udcff/telemetry" == journal.read(0, 1)[0].entries[0].topic


def test_a_full_file_keeps_nothing_of_the_append(tmp_path):
    """DiskFull, nothing kept; the same call succeeds when there is space again, and positions have no gap."""
    with SqliteJournal(tmp_path) as journal:
        journal.append(entries(10))
        limit = journal.writer.execute("PRAGMA max_page_count").fetchone()[0]
        journal.writer.execute("PRAGMA max_page_count = 10")
        too_much = [*entries(100, size=1000), Entry(Kind.CONTROL, NOW, "rules", b"{}")]
        for _ in range(2):
            with pytest.raises(DiskFull):
                journal.append(too_much)
        assert (10, []) == (journal.last, list(journal.controls()))
        journal.writer.execute(f"PRAGMA max_page_count = {limit}")

        assert (111, 111) == (journal.append(too_much), journal.verify())
        assert Counts(received=313, kept=111, failed=202) == journal.counts


def test_a_reader_in_another_process_follows(tmp_path):
    """`JournalReader` sees what is committed, waits for more, and cannot write."""
    program = (
        "import sys; from pathlib import Path; from adapters.journal_reader import JournalReader\n"
        "journal = JournalReader(Path(sys.argv[1]))\n"
        "seen = journal.last\n"
        "print(seen, flush=True)\n"
        "print(journal.wait(seen, 60), journal.last, len(journal.read(0, 100)), flush=True)\n"
    )
    with SqliteJournal(tmp_path) as journal:
        journal.append(entries(3))
        with subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        ) as reader:
            assert reader.stdout is not None
            first = reader.stdout.readline()
            journal.append(entries(2))
            second = reader.stdout.readline()

    assert ("3\n", "True 5 2\n") == (first, second)


def test_a_reader_knows_what_the_writer_knows(filled):
    """Both halves answer alike."""
    with SqliteJournal(filled) as journal, JournalReader(filled) as reader:
        journal.retain(NOW + 30 * DAY, sacred=20)
        for question in ("epoch", "last", "oldest", "size"):
            assert getattr(journal, question) == getattr(reader, question)
        assert journal.controls() == reader.controls()
        assert [Page(p.first, tuple(p.entries)) for p in journal.read(0, 99)] == reader.read(0, 99)


def test_where_there_is_no_journal_a_reader_says_so(tmp_path):
    """Nothing is made by looking."""
    with pytest.raises(Unknown):
        JournalReader(tmp_path)
    assert [] == list(tmp_path.iterdir())


def test_a_journal_of_a_newer_version_is_left_alone(filled):
    """An older program does not guess at what it does not know."""
    alter(filled, "PRAGMA user_version = 99")

    with pytest.raises(TruckrollError, match="newer Truckroll"):
        SqliteJournal(filled)
