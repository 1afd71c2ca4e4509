"""The quarantine: messages that could not be used, kept with their reason up to a limit."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select

from adapters import ledger_tables as tables
from adapters.ledger_questions import some
from adapters.ledger_rows import reject_of
from adapters.ledger_statements import replacing
from domain.batch import Reject

ROWS, BYTES, EVICTED = "quarantine_rows", "quarantine_bytes", "quarantine_evicted:"
A_FEW = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineLimits:
    """How much the quarantine keeps; beyond either number the oldest go."""

    most_rows: int = 100_000
    most_bytes: int = 256 * 1024 * 1024


def keep(connection: Connection, rejects: Iterable[Reject], limits: QuarantineLimits) -> None:
    """Keep them, one a journal position; those that are there already change nothing. The oldest make room."""
    fresh = unknown(connection, {reject.position: reject for reject in reversed(list(rejects))})
    if not fresh:
        return
    connection.execute(insert(tables.quarantine), [reject._asdict() for reject in fresh])
    totals = noted(connection)
    rows = totals.get(ROWS, 0) + len(fresh)
    size = totals.get(BYTES, 0) + sum(size_of(reject) for reject in fresh)
    gone: Counter[str] = Counter()
    while rows > limits.most_rows or size > limits.most_bytes:
        for position, reason, bytes_ in oldest(connection):
            if rows <= limits.most_rows and size <= limits.most_bytes:
                break
            connection.execute(delete(tables.quarantine).where(tables.quarantine.c.position == position))
            rows, size = rows - 1, size - bytes_
            gone[EVICTED + reason] += 1
    note(connection, {ROWS: rows, BYTES: size, **{name: totals.get(name, 0) + n for name, n in gone.items()}})


def unknown(connection: Connection, rejects: Mapping[int, Reject]) -> Sequence[Reject]:
    """Those whose position is not in quarantine yet, in order."""
    q = tables.quarantine.c
    asked = [select(q.position).where(q.position.in_(positions)) for positions in some(rejects)]
    known = {position for question in asked for position in connection.execute(question).scalars()}
    return [rejects[position] for position in sorted(rejects) if position not in known]


def oldest(connection: Connection) -> Sequence[tuple[int, str, int]]:
    """Position, reason and size of the first ones."""
    q = tables.quarantine.c
    size = func.length(q.payload) + func.length(q.topic)
    rows = connection.execute(select(q.position, q.reason, size).order_by(q.position).limit(A_FEW)).all()
    return [(row[0], row[1], row[2]) for row in rows]


def size_of(reject: Reject) -> int:
    """What a message weighs in quarantine."""
    return len(reject.payload) + len(reject.topic)


def noted(connection: Connection) -> dict[str, int]:
    """The quarantine's own numbers."""
    m = tables.meta.c
    rows = connection.execute(select(m.name, m.value).where(m.name.startswith("quarantine_", autoescape=True)))
    return {row.name: int(row.value) for row in rows}


def note(connection: Connection, numbers: Mapping[str, int]) -> None:
    """Write the quarantine's own numbers."""
    rows = [{"name": name, "value": str(n)} for name, n in numbers.items()]
    connection.execute(replacing(connection.dialect.name, "meta"), rows)


def newest(connection: Connection, limit: int, reason: str | None) -> Sequence[Reject]:
    """The last ones, newest first."""
    question = select(tables.quarantine).order_by(tables.quarantine.c.position.desc()).limit(limit)
    if reason is not None:
        question = question.where(tables.quarantine.c.reason == reason)
    return [reject_of(row) for row in connection.execute(question)]


def counts(connection: Connection) -> Mapping[str, int]:
    """How many there ever were by reason, most frequent first, also those that had to make room."""
    q = tables.quarantine.c
    rows = connection.execute(select(q.reason, func.count()).group_by(q.reason))
    total: Counter[str] = Counter({row[0]: row[1] for row in rows})
    total.update({name.removeprefix(EVICTED): n for name, n in noted(connection).items() if name.startswith(EVICTED)})
    return dict(total.most_common())
