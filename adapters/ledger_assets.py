"""Assets and installations in the ledger: which device hangs on what, and what is known of it."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, and_, or_, select
from sqlalchemy.sql.elements import ColumnElement

from adapters import ledger_tables as tables
from adapters.ledger_questions import some
from adapters.ledger_rows import facts_of, facts_text
from adapters.ledger_statements import INSERTS
from domain.instants import Instant
from domain.registry import Facts


def install(connection: Connection, facts: Iterable[Facts], since: Instant) -> None:
    """Write assets and installations; the same again changes nothing. Unclaimed never replaces claimed."""
    for known in some(facts):
        claimed = claimed_devices(connection, [f.device for f in known if not f.claimed])
        new = [f for f in known if f.device not in claimed or f.claimed]
        if new:
            save(connection, tables.installation, ["device", "since"], [installation_row(f, since) for f in new])
            save(connection, tables.asset, ["asset"], [asset_row(f, since) for f in new])


def claimed_devices(connection: Connection, devices: Sequence[str]) -> set[str]:
    """Those of the devices that somebody registered."""
    i = tables.installation.c
    return set(connection.execute(select(i.device).where(i.device.in_(devices), i.claimed)).scalars())


def save(connection: Connection, table: Any, keys: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    """Add or replace rows, where what is there is neither better known nor newer."""
    added: Any = INSERTS[connection.dialect.name](table)
    rest = {column.name: added.excluded[column.name] for column in table.columns if column.name not in keys}
    worse = replaceable(table.c, added.excluded)
    connection.execute(added.on_conflict_do_update(index_elements=list(keys), set_=rest, where=worse), rows)


def replaceable(old: Any, new: Any) -> ColumnElement[bool]:
    """Claimed replaces unclaimed; among equals the later one, or the same again, replaces."""
    return or_(and_(new.claimed, ~old.claimed), and_(new.claimed == old.claimed, new.since >= old.since))


def installation_row(facts: Facts, since: Instant) -> dict[str, Any]:
    """The columns of an installation."""
    return {
        "device": facts.device,
        "since": since,
        "claimed": facts.claimed,
        "asset": facts.asset,
        "component": facts.component,
        "facts": facts_text(facts),
    }


def asset_row(facts: Facts, since: Instant) -> dict[str, Any]:
    """The columns of an asset."""
    return {
        "asset": facts.asset,
        "since": since,
        "claimed": facts.claimed,
        "model": facts.model,
        "site": facts.site,
        "facts": facts_text(facts),
    }


def assets(connection: Connection) -> Sequence[Facts]:
    """What is known of every asset last, in order of name."""
    return [facts_of(row) for row in connection.execute(select(tables.asset.c.facts).order_by(tables.asset.c.asset))]
