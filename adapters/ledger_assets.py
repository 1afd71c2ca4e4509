"""Assets and installations in the ledger: which device hangs on what, and what is known of it."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select
from sqlalchemy.sql.elements import ColumnElement

from adapters import ledger_tables as tables
from adapters.ledger_questions import some
from adapters.ledger_rows import facts_of, facts_text
from adapters.ledger_statements import INSERTS
from domain.instants import Instant
from domain.registry import Facts

CLAIMED = select(tables.installation.c.device).where(
    tables.installation.c.device.in_(bindparam("devices", expanding=True)), tables.installation.c.claimed
)


def install(connection: Connection, facts: Iterable[Facts], since: Instant) -> None:
    """Write assets and installations; the same again changes nothing. Unclaimed never replaces claimed."""
    for known in some(facts):
        claimed = claimed_devices(connection, [f.device for f in known if not f.claimed])
        new = [f for f in known if f.device not in claimed or f.claimed]
        if new:
            texts = [facts_text(f) for f in new]
            dialect, pairs = connection.dialect.name, list(zip(new, texts, strict=True))
            connection.execute(saving(dialect, "installation"), [installation_row(f, since, text) for f, text in pairs])
            connection.execute(saving(dialect, "asset"), [asset_row(f, since, text) for f, text in pairs])


def claimed_devices(connection: Connection, devices: Sequence[str]) -> set[str]:
    """Those of the devices that somebody registered."""
    return set(connection.execute(CLAIMED, {"devices": devices}).scalars()) if devices else set()


@cache
def saving(dialect: str, table: str) -> Any:
    """An insert that adds or replaces a row, where what is there is neither better known nor newer."""
    rows = tables.metadata.tables[table]
    added: Any = INSERTS[dialect](rows)
    rest = {column.name: added.excluded[column.name] for column in rows.columns if not column.primary_key}
    worse = replaceable(rows.c, added.excluded)
    return added.on_conflict_do_update(index_elements=list(rows.primary_key), set_=rest, where=worse)


def replaceable(old: Any, new: Any) -> ColumnElement[bool]:
    """Claimed replaces unclaimed; among equals the later one, or the same again, replaces."""
    return or_(and_(new.claimed, ~old.claimed), and_(new.claimed == old.claimed, new.since >= old.since))


def installation_row(facts: Facts, since: Instant, text: str) -> dict[str, Any]:
    """The columns of an installation."""
    return {
        "device": facts.device,
        "since": since,
        "claimed": facts.claimed,
        "asset": facts.asset,
        "component": facts.component,
        "facts": text,
    }


def asset_row(facts: Facts, since: Instant, text: str) -> dict[str, Any]:
    """The columns of an asset."""
    return {
        "asset": facts.asset,
        "since": since,
        "claimed": facts.claimed,
        "model": facts.model,
        "site": facts.site,
        "facts": text,
    }


def assets(connection: Connection) -> Sequence[Facts]:
    """What is known of every asset last, in order of name."""
    return [facts_of(row) for row in connection.execute(select(tables.asset.c.facts).order_by(tables.asset.c.asset))]
