"""The ledger's tables, as the newest migration leaves them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)

Place = BigInteger().with_variant(Integer, "sqlite")
"""A primary key that stands for an order; on SQLite it is the row's own number."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Words(TypeDecorator[str]):
    """Any text; the characters that not every database can keep are written as escapes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """What is kept."""
        if value is None or (value.isascii() and "\x00" not in value):
            return value
        return value.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode()


def words(name: str) -> Column[str]:
    """A text that is always there, empty where nothing is said; JSON where the value is no text."""
    return Column(name, Words, nullable=False)


def number(name: str) -> Column[int]:
    """A whole number, such as an instant."""
    return Column(name, BigInteger, nullable=False)


meta = Table("meta", metadata, Column("name", Text, primary_key=True), words("value"))
counter = Table("counter", metadata, Column("year", Integer, primary_key=True, autoincrement=False), number("last"))
bookmark = Table("bookmark", metadata, Column("reader", Text, primary_key=True), number("position"))

asset = Table(
    "asset",
    metadata,
    Column("asset", Text, primary_key=True),
    number("since"),
    Column("claimed", Boolean, nullable=False),
    words("model"),
    words("site"),
    words("facts"),
)
installation = Table(
    "installation",
    metadata,
    Column("device", Text, primary_key=True),
    Column("since", BigInteger, primary_key=True),
    Column("claimed", Boolean, nullable=False),
    words("asset"),
    words("component"),
    words("facts"),
    Index(None, "asset"),
)

ticket = Table(
    "ticket",
    metadata,
    Column("rank", Place, primary_key=True, autoincrement=False),
    Column("number", Text, nullable=False, unique=True),
    Column("open_key", Text, nullable=True, unique=True),
    words("asset"),
    words("component"),
    words("failure_mode"),
    words("state"),
    words("reason"),
    words("severity"),
    words("priority"),
    words("title"),
    words("summary"),
    words("ticket_class"),
    words("assignee"),
    words("note"),
    number("opened_at"),
    number("fault_at"),
    number("changed_at"),
    Column("closed_at", BigInteger, nullable=True),
    words("findings"),
    words("active"),
    number("evidence_count"),
    number("last_evidence_at"),
    words("dossier"),
    words("held"),
    Column("touched", Boolean, nullable=False),
    number("revision"),
    number("reopened"),
    words("linked_to"),
    words("rule"),
    Index(None, "asset", "rank"),
    Index(None, "asset", "component", "failure_mode", "closed_at"),
    Index(None, "state", "priority", "rank"),
    Index(None, "failure_mode", "state", "priority", "rank"),
    Index(None, "rule", "opened_at"),
)
ticket_finding = Table(
    "ticket_finding",
    metadata,
    Column("finding", Text, primary_key=True),
    Column("rank", Place, ForeignKey("ticket.rank"), primary_key=True, autoincrement=False),
    Index(None, "rank"),
)

finding = Table(
    "finding",
    metadata,
    Column("id", Text, primary_key=True),
    words("rule"),
    words("version"),
    words("key"),
    words("asset"),
    words("component"),
    words("failure_mode"),
    words("title"),
    words("ticket_class"),
    words("facts"),
    words("sources"),
    Column("shadow", Boolean, nullable=False),
    words("state"),
    words("severity"),
    number("started_at"),
    number("last_at"),
    number("fired_position"),
    number("position"),
    number("changed_at"),
    number("count"),
    words("evidence"),
    number("late"),
    Column("score", Float(53), nullable=False),
    Column("before", LargeBinary, nullable=False),
    number("slot"),
    number("nth"),
    words("scope"),
    words("details"),
    Index(None, "fired_position"),
    Index(None, "asset"),
    Index(None, "rule", "state"),
)
pinned = Table(
    "pinned",
    metadata,
    Column("finding", Text, ForeignKey("finding.id"), primary_key=True),
    Column("position", Place, primary_key=True, autoincrement=False),
    number("received_at"),
    words("topic"),
    Column("payload", LargeBinary, nullable=False),
    Column("retained", Boolean, nullable=False),
    words("sources"),
)
pinned_text = Table(
    "pinned_text", metadata, Column("name", Text, primary_key=True), Column("body", LargeBinary, nullable=False)
)

event = Table(
    "event",
    metadata,
    Column("position", Place, primary_key=True, autoincrement=False),
    number("at"),
    words("kind"),
    words("ticket"),
    words("actor"),
    words("why"),
    words("details"),
    Index(None, "ticket", "position"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("position", Place, primary_key=True, autoincrement=False),
    number("received_at"),
    words("topic"),
    Column("payload", LargeBinary, nullable=False),
    words("reason"),
    words("detail"),
    Index(None, "reason", "position"),
)

gap = Table(
    "gap",
    metadata,
    Column("device", Text, primary_key=True),
    Column("boot", BigInteger, primary_key=True),
    Column("from_seq", BigInteger, primary_key=True),
    number("to_seq"),
    number("noticed_at"),
    words("kind"),
    number("arrived"),
    Index(None, "noticed_at"),
)
unnumbered = Table("unnumbered", metadata, Column("device", Text, primary_key=True))

incident = Table(
    "incident",
    metadata,
    Column("id", Text, primary_key=True),
    words("ticket"),
    words("rule"),
    words("scope"),
    words("failure_mode"),
    words("code"),
    words("state"),
    words("suspect"),
    number("opened_at"),
    Column("resolved_at", BigInteger, nullable=True),
    words("details"),
    Index(None, "failure_mode", "state"),
    Index(None, "opened_at"),
    Index(None, "ticket"),
)
incident_member = Table(
    "incident_member",
    metadata,
    Column("incident", Text, ForeignKey("incident.id"), primary_key=True),
    Column("asset", Text, primary_key=True),
    number("joined_at"),
    Column("left_at", BigInteger, nullable=True),
    words("why"),
    Index(None, "incident", "joined_at"),
    Index(None, "asset"),
)
hold = Table(
    "hold",
    metadata,
    Column("finding", Text, ForeignKey("finding.id"), primary_key=True),
    words("asset"),
    words("kind"),
    words("by"),
    number("since"),
    words("why"),
    Index(None, "kind", "by", "asset"),
)
