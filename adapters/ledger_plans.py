"""Maintenance plans in the ledger: the plans and job plans in force, and where each asset stands in them."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Select, func, select

from adapters import ledger_tables, order_tables
from adapters import plan_tables as tables
from adapters.ledger_orders import ORDER
from adapters.ledger_questions import some
from adapters.ledger_rows import dumps, facts_of
from adapters.ledger_statements import replacing
from domain.instants import Instant
from domain.plan import Plan, Track
from domain.registry import Facts
from domain.ticket_class import JobPlan
from domain.work_order import WorkOrder

P, J, T, W = tables.plan.c, tables.job_plan.c, tables.plan_track.c, order_tables.work_order.c
A, I = ledger_tables.asset.c, ledger_tables.installation.c  # noqa: E741
PLAN, JOB, TRACK = msgspec.json.Decoder(Plan), msgspec.json.Decoder(JobPlan), msgspec.json.Decoder(Track)


class Kept(NamedTuple):
    """A plan as it is kept."""

    plan: Plan
    taken_in: Instant


# -- plans


def plans(connection: Connection) -> dict[str, Kept]:
    """All of them by id, in order of id."""
    rows = connection.execute(select(tables.plan).order_by(P.id))
    return {row.id: Kept(PLAN.decode(row.body), row.taken_in) for row in rows}


def plan(connection: Connection, name: str) -> Kept | None:
    """One of them."""
    row = connection.execute(select(tables.plan).where(P.id == name)).one_or_none()
    return None if row is None else Kept(PLAN.decode(row.body), row.taken_in)


def save_plans(connection: Connection, these: Iterable[Kept]) -> None:
    """Plans as they are from now on."""
    rows = [
        {"id": each.plan.id, "taken_in": each.taken_in, "body": msgspec.json.encode(each.plan).decode()}
        for each in these
    ]
    if rows:
        connection.execute(replacing(connection.dialect.name, "plan"), rows)


def job_plans(connection: Connection) -> dict[str, JobPlan]:
    """Those that were imported, by id."""
    rows = connection.execute(select(J.body).order_by(J.id)).scalars()
    return {job.id: job for job in map(JOB.decode, rows)}


def save_job_plans(connection: Connection, these: Iterable[JobPlan]) -> None:
    """Job plans as they are from now on."""
    rows = [{"id": each.id, "body": msgspec.json.encode(each).decode()} for each in these]
    if rows:
        connection.execute(replacing(connection.dialect.name, "job_plan"), rows)


# -- tracks


def tracks(connection: Connection, plan: str = "", *, is_open: bool = False) -> dict[tuple[str, str], Track]:
    """Where every asset stands, by plan and asset; of one plan only, or only where a round is open."""
    asked = select(T.body).where(T.plan == plan) if plan else select(T.body)
    asked = asked.where(T.order_number != "") if is_open else asked
    found = (TRACK.decode(body) for body in connection.execute(asked).scalars())
    return {(track.plan, track.asset): track for track in found}


def track(connection: Connection, plan: str, asset: str) -> Track | None:
    """Where one asset stands."""
    asked = select(T.body).where(T.plan == plan, T.asset == asset)
    body = connection.execute(asked).scalar_one_or_none()
    return None if body is None else TRACK.decode(body)


def tracks_of_order(connection: Connection, order: str) -> list[Track]:
    """The rounds that are open with an order."""
    asked = select(T.body).where(T.order_number == order).order_by(T.plan, T.asset)
    return [TRACK.decode(body) for body in connection.execute(asked).scalars()] if order else []


def save_tracks(connection: Connection, these: Iterable[Track]) -> None:
    """Where assets stand from now on."""
    rows = [
        {
            "plan": each.plan,
            "asset": each.asset,
            "order_number": each.order,
            "body": msgspec.json.encode(each).decode(),
        }
        for each in these
    ]
    if rows:
        connection.execute(replacing(connection.dialect.name, "plan_track"), rows)


# -- what plans look at


def registered(connection: Connection, names: Iterable[str] | None = None) -> list[tuple[Facts, Instant]]:
    """What is known of assets last, with when each was registered first; in order of name."""
    first = select(I.asset, func.min(I.since).label("since")).group_by(I.asset).subquery()
    joined = ledger_tables.asset.join(first, first.c.asset == A.asset)
    asked: Select[Any] = select(A.facts, first.c.since).select_from(joined).order_by(A.asset)
    questions = [asked] if names is None else [asked.where(A.asset.in_(part)) for part in some(names)]
    return [(facts_of(row), row.since) for question in questions for row in connection.execute(question)]


def orders_of_cycle(connection: Connection, order: WorkOrder) -> WorkOrder | None:
    """The order that was made for the same plan, asset and cycle."""
    asked = select(W.body).where(W.cycle_key == dumps(order.cycle_key))
    body = connection.execute(asked).scalar_one_or_none()
    return None if body is None else ORDER.decode(body)
