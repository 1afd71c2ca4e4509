"""What every journal promises: entries in one order, durable together, read from any position."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.journal_sqlite import SqliteJournal
from domain.entries import Entry, Kind, Page
from domain.instants import DAY, SECOND
from domain.ports import Journal

NOW = 20_000 * DAY

JOURNALS: dict[str, Callable[[Path], Journal]] = {
    "sqlite": SqliteJournal,
    "sqlite, always from the disk": lambda directory: SqliteJournal(directory, tail_bytes=0),
    "sqlite, hardly in memory": lambda directory: SqliteJournal(directory, tail_bytes=2000),
}
Opener = Callable[[], Journal]


@pytest.fixture(params=JOURNALS)
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens the same journal each time it is called; what was open before is closed."""
    with ExitStack() as open_now:

        def opener() -> Journal:
            open_now.close()
            journal = JOURNALS[request.param](tmp_path)
            assert isinstance(journal, AbstractContextManager)
            return open_now.enter_context(journal)

        yield opener


@pytest.fixture
def journal(reopen: Opener) -> Journal:
    """A new journal."""
    return reopen()


def message(number: int, received_at: int = NOW) -> Entry:
    """A message that can be told from all others."""
    return Entry(Kind.MESSAGE, received_at, f"devices/d{number}/telemetry", b"%d" % number)


def messages(count: int, received_at: int = NOW, first: int = 1) -> list[Entry]:
    """Some messages."""
    return [message(number, received_at) for number in range(first, first + count)]


def flat(pages: Sequence[Page]) -> list[tuple[int, Entry]]:
    """What pages say, with the position of each entry."""
    return [(page.first + place, entry) for page in pages for place, entry in enumerate(page.entries)]


def everything(journal: Journal, after: int = 0, most: int = 7) -> list[tuple[int, Entry]]:
    """All that is kept, read bit by bit."""
    found: list[tuple[int, Entry]] = []
    while pages := journal.read(after, most):
        found += flat(pages)
        after = pages[-1].last
    return found


def test_a_new_journal_is_empty(journal):
    """Before the first entry, last is 0, the oldest would be 1, and there is nothing to read."""
    assert (0, 1, [], []) == (journal.last, journal.oldest, list(journal.read(0, 10)), list(journal.controls()))


def test_positions_begin_at_one_and_have_no_gap(journal):
    """Each append answers with the position of its last entry."""
    assert [3, 3, 4] == [journal.append(messages(3)), journal.append([]), journal.append(messages(1))]
    assert [1, 2, 3, 4] == [position for position, _ in everything(journal)]


def test_an_entry_comes_back_as_it_arrived(journal):
    """All kinds, odd topics, binary payloads, retained or not."""
    entries = [
        Entry(Kind.MESSAGE, NOW, "devices/ü\x00/状态", bytes(range(256)), True),
        Entry(Kind.LINK, NOW + 1, "connected", b"broker"),
        Entry(Kind.TICK, NOW + 2),
        Entry(Kind.CONTROL, NOW + 3, "rules", b"{}"),
    ]
    journal.append(entries)

    found = [entry for _, entry in everything(journal)]
    assert entries == found
    assert [Kind] * 4 == [type(entry.kind) for entry in found]


def test_the_first_page_is_cut_to_what_comes_after(journal):
    """Whoever has read up to the middle of a page gets its rest, at the right position."""
    journal.append(messages(5))
    journal.append(messages(5, first=6))

    assert [Page(4, tuple(messages(2, first=4))), Page(6, tuple(messages(5, first=6)))] == [
        Page(page.first, tuple(page.entries)) for page in journal.read(3, 100)
    ]


def test_a_read_stops_at_the_page_that_reaches_the_limit(journal):
    """Pages are not cut at their end; at least one entry comes, whatever the limit."""
    for first in (1, 4, 7):
        journal.append(messages(3, first=first))

    assert [[3], [3], [3, 3], [1, 3]] == [
        [len(page.entries) for page in journal.read(after, most)] for after, most in ((0, 0), (0, 3), (0, 4), (2, 2))
    ]


@pytest.mark.parametrize("name", JOURNALS)
@settings(max_examples=25, deadline=None)
@given(sizes=st.lists(st.integers(1, 9), max_size=12), after=st.integers(0, 60), most=st.integers(1, 30))
def test_reading_is_the_same_however_it_was_written(name, sizes, after, most):
    """Whatever the pages: what is read is what was appended, from any position, with any limit."""
    with TemporaryDirectory() as directory, JOURNALS[name](Path(directory)) as journal:
        for size in sizes:
            journal.append(messages(size, first=journal.last + 1))
        total = sum(sizes)

        assert total == journal.last
        assert [(n, message(n)) for n in range(after + 1, total + 1)] == everything(journal, after, most)


def test_a_reopened_journal_is_the_same_journal(reopen):
    """Epoch, entries and controls are there again, and positions go on."""
    first = reopen()
    first.append([*messages(3), Entry(Kind.CONTROL, NOW, "rules", b"{}")])
    epoch, entries, controls = first.epoch, everything(first), list(first.controls())

    again = reopen()
    assert (epoch, entries, controls) == (again.epoch, everything(again), list(again.controls()))
    assert 5 == again.append(messages(1))
    assert [position for position, _ in everything(again)] == [1, 2, 3, 4, 5]


def test_each_journal_has_its_own_epoch(journal, tmp_path_factory):
    """A bookmark can tell the journals apart."""
    with SqliteJournal(tmp_path_factory.mktemp("other")) as other:
        assert journal.epoch != other.epoch


def test_waiting_ends_when_there_is_something(journal):
    """At once for what is there, at the append for what comes, and with False when nothing does."""
    journal.append(messages(1))
    answers: list[bool] = []
    waiter = threading.Thread(target=lambda: answers.append(journal.wait(1, 60)))
    waiter.start()
    assert (True, False) == (journal.wait(0, 0), journal.wait(1, 0))
    journal.append(messages(1))
    waiter.join()

    assert [True] == answers


def test_old_pages_go_and_positions_stay(journal):
    """After a week a page may go; what is left keeps its place, and reading from the start begins at the oldest."""
    journal.append(messages(3, NOW))
    journal.append(messages(2, NOW + DAY, first=4))
    before = journal.retain(NOW + 7 * DAY, sacred=5)

    assert (0, 3) == (before, journal.retain(NOW + 7 * DAY + SECOND, sacred=5))
    assert (4, 5) == (journal.oldest, journal.last)
    assert [(4, message(4, NOW + DAY)), (5, message(5, NOW + DAY))] == everything(journal)


def test_nothing_after_the_sacred_position_goes(journal):
    """However old: a page that holds an entry nobody may lose stays whole."""
    for first in (1, 4, 7):
        journal.append(messages(3, first=first))

    assert (3, 4) == (journal.retain(NOW + 100 * DAY, sacred=5), journal.oldest)


def test_an_emptied_journal_goes_on_counting(reopen):
    """When all pages have gone, the next entry still gets the next position, also after a restart."""
    journal = reopen()
    journal.append(messages(4))
    journal.retain(NOW + 100 * DAY, sacred=4)
    assert (4, 5, []) == (journal.last, journal.oldest, everything(journal))

    assert 5 == reopen().append(messages(1))


def test_control_entries_are_kept_for_ever(reopen):
    """Sources, rules and the registry can be folded again after any retention."""
    journal = reopen()
    rules, registry = (Entry(Kind.CONTROL, NOW, topic, b"{}") for topic in ("rules", "registry"))
    journal.append([rules, *messages(2)])
    journal.append([*messages(2), registry])
    journal.retain(NOW + 100 * DAY, sacred=6)

    assert [(1, rules), (6, registry)] == list(journal.controls())
    assert [(1, rules), (6, registry)] == list(reopen().controls())


def test_readers_beside_the_writer_see_every_entry_once(journal):
    """Four readers follow while pages come; each gets all entries in order."""
    total, seen = 300, [[] for _ in range(4)]

    def follow(found: list[tuple[int, Entry]]) -> None:
        while len(found) < total and journal.wait(len(found), 60):
            found += flat(journal.read(len(found), 20))

    readers = [threading.Thread(target=follow, args=(found,)) for found in seen]
    for reader in readers:
        reader.start()
    for first in range(1, total, 3):
        journal.append(messages(3, first=first))
    for reader in readers:
        reader.join()

    assert [[(n, message(n)) for n in range(1, total + 1)]] * 4 == seen
