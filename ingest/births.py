"""Births: follows the sessions of Sparkplug's edge nodes as they arrive, and has the journal keep what births fix.

Everything that decoding needs of a session becomes an entry right before the first message that needs it. So what a
message means is a function of the journal alone, and a session that changes nothing costs no entry.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from domain.entries import Entry, Kind, Position
from domain.instants import DAY
from domain.ports import Delivery, Source
from ingest.aliases import Aliases, aliases_entry, late_death_entry
from ingest.codecs import SPARKPLUG
from ingest.codecs.sparkplug import Payload, Table, Wire, lacks, read, session_of, table_of
from ingest.limits import Limits, Refused
from ingest.source import Route
from ingest.sources import Sources
from ingest.sparkplug_topics import EdgeNode, edge_node

LAST_SEQ = 255
CHANGES_A_DAY = 100
"""A device whose names change more often has none until the next day: each change is kept for ever."""
MOST_DEVICES = 200_000
"""More than so many have no table."""

Ask = Callable[[EdgeNode], None]
"""Ask an edge node for a rebirth; returns at once."""


@dataclass(slots=True, kw_only=True)
class Session:
    """What is known of an edge node since its birth, or since we began to listen."""

    is_whole: bool
    """Its birth was heard: what no birth of it has named has no name. Otherwise what held before holds on."""
    number: int | None = None
    next_seq: int | None = None
    tables: dict[str, Table | None] = field(default_factory=dict)
    """By device; None = dead."""


class Births:
    """A Source whose deliveries are those of another one, with entries about Sparkplug's births between them.

    `ask` hears of an edge node as soon as a message of it went missing, names something that no birth has named, or
    comes without a birth since we began to listen.
    """

    def __init__(
        self,
        source: Source,
        sources: Sources,
        controls: Iterable[tuple[Position, Entry]],
        *,
        wire: Wire,
        limits: Limits,
        ask: Ask,
    ) -> None:
        self.source = source
        self.sources = sources
        self.wire = wire
        self.limits = limits
        self.ask = ask
        self.sessions: dict[EdgeNode, Session] = {}
        self.changes: dict[str, tuple[int, int]] = {}
        """By device: a day, and how often its table has changed on it."""
        known = Aliases()
        for position, entry in controls:
            known.control(position, entry)
        self.fixed = dict(known.newest())
        """By device: what the journal says now."""

    # -- the port

    def take(self, seconds: float) -> Sequence[Delivery]:
        """As the port says."""
        return [one for delivery in self.source.take(seconds) for one in (*self.before(delivery.entry), delivery)]

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """As the port says."""
        self.source.acknowledge(deliveries)

    @property
    def trouble(self) -> str:
        """As the port says."""
        return self.source.trouble

    # -- following

    def before(self, entry: Entry) -> Iterator[Delivery]:
        """The entries that must stand before this one."""
        if entry.kind == Kind.LINK and entry.topic == "session_lost":
            self.sessions.clear()
        if entry.kind != Kind.MESSAGE or entry.retained:
            return
        try:
            route = self.sources.route(entry.topic, self.limits)
            if route.source.codec != SPARKPLUG:
                return
            said = read(entry.payload, self.wire, self.limits)
        except Refused:
            return
        for control in self.follow(route, edge_node(entry.topic), said, entry):
            yield Delivery(control)

    def follow(self, route: Route, edge: EdgeNode, said: Payload, entry: Entry) -> Iterator[Entry]:
        """What one message changes."""
        if route.level == "NDEATH":
            yield from self.die(edge, said, entry)
            return
        if route.level == "NBIRTH":
            self.sessions[edge] = Session(is_whole=True, number=session_of(said))
        session = self.session(route, edge)
        self.count(session, route, edge, said)
        if route.level in ("NBIRTH", "DBIRTH"):
            session.tables[route.device] = self.table(route.device, said)
        elif route.level == "DDEATH":
            session.tables[route.device] = None
        else:
            yield from self.fix(session, route, edge, said, entry)

    def die(self, edge: EdgeNode, said: Payload, entry: Entry) -> Iterator[Entry]:
        """The edge node is gone, unless the death is of an earlier session than the one that goes on."""
        session, number = self.sessions.get(edge), session_of(said)
        if session is not None and None not in (session.number, number) and session.number != number:
            yield late_death_entry(entry.received_at)
        else:
            self.sessions[edge] = Session(is_whole=True)

    def session(self, route: Route, edge: EdgeNode) -> Session:
        """The edge node's session; one that we did not hear begin is asked to begin anew."""
        session = self.sessions.get(edge)
        if session is None:
            session = self.sessions[edge] = Session(is_whole=False)
            self.want(route, edge)
        return session

    def count(self, session: Session, route: Route, edge: EdgeNode, said: Payload) -> None:
        """Notice that messages are missing before this one."""
        if not said.HasField("seq"):
            return
        if session.next_seq not in (None, said.seq):
            self.want(route, edge)
        session.next_seq = 0 if said.seq >= LAST_SEQ else said.seq + 1

    def table(self, device: str, birth: Payload) -> Table | None:
        """What a birth fixes; None where it cannot be used. What holds already is that same object, to compare by."""
        try:
            table = table_of(birth, self.limits)
        except Refused:
            return None
        before = self.fixed.get(device)
        return before if table == before else table

    def fix(self, session: Session, route: Route, edge: EdgeNode, said: Payload, entry: Entry) -> Iterator[Entry]:
        """Have the journal say what holds for this message, where it does not say so already."""
        device, before = route.device, self.fixed.get(route.device)
        wanted = session.tables.get(device, None if session.is_whole else before)
        if wanted != before:
            wanted = self.affordable(wanted, device, entry)
        if wanted != before:
            self.fixed[device] = wanted
            yield aliases_entry(device, wanted, entry.received_at)
        if device not in session.tables or lacks(said, wanted):
            self.want(route, edge)

    def affordable(self, table: Table | None, device: str, entry: Entry) -> Table | None:
        """The table, or none for a device that changes it all the time."""
        if table is None:
            return None
        today = entry.received_at // DAY
        day, changes = self.changes.get(device, (today, 0))
        changes = changes + 1 if day == today else 1
        if changes > CHANGES_A_DAY or (device not in self.fixed and len(self.fixed) >= MOST_DEVICES):
            return None
        self.changes[device] = today, changes
        return table

    def want(self, route: Route, edge: EdgeNode) -> None:
        """Ask for a rebirth where the source allows it."""
        if route.source.asks_rebirth:
            self.ask(edge)
