"""The ledger: tickets, findings, assets and the event log in one database, changed all or nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, insert, select

from adapters import ledger_gaps
from adapters import ledger_questions as questions
from adapters import ledger_tables as tables
from adapters.ledger_assets import assets
from adapters.ledger_engine import PATIENCE_SECONDS, build_engine, in_sentences, writing
from adapters.ledger_quarantine import QuarantineLimits, counts, newest
from adapters.ledger_rows import event_of, pinned_of, ticket_of
from adapters.ledger_schema import bring_up_to_date
from adapters.ledger_url import shown, url_of
from adapters.ledger_write import SqlTransaction
from domain.batch import Reject
from domain.counts import Counts
from domain.entries import Position
from domain.errors import ForeignEpoch, GiveUp, TryLater, Unknown
from domain.finding import Finding
from domain.gap import Gap
from domain.registry import Facts
from domain.ticket import LedgerEvent, Pinned, Ticket

EPOCH = "epoch"


class SqlLedger:
    """The port `domain.ports.Ledger` over SQLite (a path) or PostgreSQL (a URL).

    Entering it, or its first use, makes or upgrades the tables. Readers have connections of their own and never keep
    a writer waiting. `counts` counts transactions.
    """

    def __init__(self, place: str | Path, quarantine: QuarantineLimits | None = None) -> None:
        self.url = url_of(place)
        self.where = shown(self.url)
        self.limits = quarantine or QuarantineLimits()
        self.engine = build_engine(self.url)
        self.counts = Counts()
        self.turn = Lock()
        self.opening = Lock()
        self.is_ready = False

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, trouble: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def is_file(self) -> bool:
        """It lives in an SQLite file."""
        return self.url.get_backend_name() == "sqlite"

    def open(self) -> None:
        """Bring the tables up to date. Raises GiveUp when a newer release wrote them, TryLater, DiskFull."""
        with self.opening, in_sentences(self.where):
            if self.is_ready:
                return
            if self.is_file:
                keep_private(Path(self.where))
            try:
                bring_up_to_date(self.engine, self.where)
            except BaseException:
                self.engine.dispose()
                raise
            self.is_ready = True

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()

    # -- writing

    @contextmanager
    def begin(self) -> Iterator[SqlTransaction]:
        """A transaction under the writers' lock; see the port."""
        self.open()
        with self.my_turn(), in_sentences(self.where):
            self.counts.received += 1
            try:
                with writing(self.engine) as connection:
                    transaction = SqlTransaction(connection, self.limits)
                    yield transaction
                    transaction.settle()
            except BaseException:
                self.counts.failed += 1
                raise
            self.counts.kept += 1

    @contextmanager
    def my_turn(self) -> Iterator[None]:
        """Threads of this process queue up here rather than at the database."""
        if not self.turn.acquire(timeout=PATIENCE_SECONDS):
            raise TryLater(f"The ledger at {self.where} is busy with another change; try again in a moment.")
        try:
            yield
        finally:
            self.turn.release()

    def bind(self, epoch: str) -> None:
        """Tie the ledger to a journal's epoch the first time; later raises ForeignEpoch for another one."""
        m = tables.meta.c
        with self.begin() as transaction:
            asked = select(m.value).where(m.name == EPOCH)
            bound = transaction.connection.execute(asked).scalar_one_or_none()
            if bound is None:
                transaction.connection.execute(insert(tables.meta), {"name": EPOCH, "value": epoch})
            elif bound != epoch:
                raise ForeignEpoch("The ledger", epoch, bound)

    # -- reading

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that only reads."""
        self.open()
        with in_sentences(self.where), self.engine.connect() as connection:
            yield connection

    def tickets(self, *, open_only: bool = False) -> Sequence[Ticket]:
        """Tickets in order of number."""
        question = select(tables.ticket).order_by(tables.ticket.c.rank)
        if open_only:
            question = question.where(tables.ticket.c.open_key.is_not(None))
        with self.reading() as connection:
            return [ticket_of(row) for row in connection.execute(question)]

    def ticket(self, number: str) -> Ticket:
        """One ticket. Raises Unknown."""
        with self.reading() as connection:
            return questions.ticket_by_number(connection, number)

    def events(self, after: int, most: int) -> Sequence[LedgerEvent]:
        """The event log after a position, in order, without a gap."""
        position = tables.event.c.position
        question = select(tables.event).where(position > after).order_by(position).limit(most)
        with self.reading() as connection:
            return [event_of(row) for row in connection.execute(question)]

    def findings(self, ids: Iterable[str] | None = None) -> Sequence[Finding]:
        """Recorded findings, all or by id, in order of first firing."""
        with self.reading() as connection:
            return questions.findings(connection, ids)

    def pinned(self, finding: str) -> Sequence[Pinned]:
        """The raw entries kept with a finding, in journal order."""
        p = tables.pinned.c
        with self.reading() as connection:
            question = select(tables.pinned).where(p.finding == finding).order_by(p.position)
            return [pinned_of(row) for row in connection.execute(question)]

    def text(self, name: str) -> bytes:
        """A text that was pinned. Raises Unknown."""
        t = tables.pinned_text.c
        with self.reading() as connection:
            body = connection.execute(select(t.body).where(t.name == name)).scalar_one_or_none()
        if body is None:
            raise Unknown("pinned text", name)
        return bytes(body)

    def bookmarks(self) -> Mapping[str, Position]:
        """How far each reader has got."""
        with self.reading() as connection:
            return {row.reader: row.position for row in connection.execute(select(tables.bookmark))}

    def assets(self) -> Sequence[Facts]:
        """What is known of every asset last, in order of name."""
        with self.reading() as connection:
            return assets(connection)

    def quarantined(self, limit: int, reason: str | None = None) -> Sequence[Reject]:
        """The last messages in quarantine, newest first."""
        with self.reading() as connection:
            return newest(connection, limit, reason)

    def quarantine_counts(self) -> Mapping[str, int]:
        """How many messages were ever quarantined, by reason, most frequent first."""
        with self.reading() as connection:
            return counts(connection)

    def gaps(self, most: int, device: str | None = None) -> Sequence[Gap]:
        """What was lost before us, noticed last first; of one device or of all."""
        with self.reading() as connection:
            return ledger_gaps.newest(connection, most, device)

    def unnumbered(self) -> Sequence[str]:
        """Devices whose losses cannot be measured, in order of name."""
        with self.reading() as connection:
            return ledger_gaps.unnumbered(connection)


def keep_private(path: Path) -> None:
    """A new file is its owner's alone; SQLite gives what it puts beside it the same rights. Raises GiveUp."""
    try:
        if not path.exists():
            path.touch(mode=0o600)
    except OSError as trouble:
        raise GiveUp(
            f"The ledger {path} cannot be made ({trouble.strerror}); choose a folder you may write to."
        ) from None
