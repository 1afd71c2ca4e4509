"""Problems in the ledger."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, func, select

from adapters import report_tables as tables
from adapters.ledger_statements import replacing
from domain.errors import Unknown
from domain.problem import Problem

P = tables.problem.c
PROBLEM = msgspec.json.Decoder(Problem)


def next_id(connection: Connection) -> str:
    """The id of the next problem: `P-000001`, never used again, for problems are never deleted."""
    return f"P-{(connection.execute(select(func.max(P.place))).scalar_one() or 0) + 1:06d}"


def save(connection: Connection, problem: Problem) -> None:
    """Keep it as it stands now."""
    row = {
        "place": int(problem.id.removeprefix("P-")),
        "id": problem.id,
        "state": problem.state.value,
        "changed_at": problem.changed_at,
        "body": msgspec.json.encode(problem).decode(),
    }
    connection.execute(replacing(connection.dialect.name, "problem"), row)


def problem(connection: Connection, name: str) -> Problem:
    """One problem. Raises Unknown."""
    body = connection.execute(select(P.body).where(P.id == name)).scalar_one_or_none()
    if body is None:
        raise Unknown("problem", name)
    return PROBLEM.decode(body)


def problems(connection: Connection, most: int) -> Sequence[Problem]:
    """The last ones, newest first."""
    return [PROBLEM.decode(body) for body in connection.scalars(select(P.body).order_by(P.place.desc()).limit(most))]
