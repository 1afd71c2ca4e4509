"""A whole workshop for tests: devices that speak, the watch, and every chore, on a clock moved by hand."""

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, Self

from PIL import Image
from sqlalchemy import select

from adapters import ledger_orders, ledger_people, ledger_sla, ledger_tables
from adapters.attachments import Attachments
from adapters.data_directory import DataDirectory
from adapters.ledger_sql import SqlLedger
from adapters.telemetry_sqlite import SqliteTelemetry
from domain.closing import Codes
from domain.entries import Entry, Kind
from domain.incident import Incident
from domain.instants import SECOND, Duration, Instant
from domain.person import Person
from domain.registry import Facts, Installation, registry_entry
from domain.sla import Clock, ClockKind
from domain.ticket import LedgerEvent, Response, Ticket
from domain.work_order import OrderState, WorkOrder
from ingest.health import Health
from ingest.watch import Watch
from tests.watching import Watching
from ticketing import people
from ticketing.orders import Step
from truckroll.closing import Album, ready_for, write_down
from truckroll.control import Inbox
from truckroll.desk_files import load_classes
from truckroll.order_deeds import move_order, visit
from truckroll.settings import General, Settings
from truckroll.wiring import chores


class Workshop:
    """One data directory with journal, telemetry and ledger, its rules and classes, and people at work."""

    def __init__(self, home: Path, rules: str) -> None:
        self.home = home
        (home / "rules.toml").write_text(rules, encoding="utf-8")
        self.settings = Settings(home=home, general=General(data="data", rules=("rules.toml",)))
        self.world = Watching(home / "data", rules=rules)
        self.seq: dict[str, int] = {}

    def __enter__(self) -> Self:
        self.world.__enter__()
        self.watch: Watch = self.world.begin()
        self.telemetry = self.world.stack.enter_context(SqliteTelemetry(self.settings.data / "telemetry"))
        self.inbox = Inbox(DataDirectory(self.settings.data, read_only=True), self.world.clock, Health())
        self.chores = chores(self.settings, self.ledger, self.telemetry, self.world.clock)
        self.classes = load_classes(self.settings)
        self.album = Album(self.ledger, Attachments(self.settings.data))
        return self

    def __exit__(self, *_: object) -> None:
        self.world.__exit__()

    @property
    def ledger(self) -> SqlLedger:
        """The ledger."""
        return self.world.ledger

    @property
    def now(self) -> Instant:
        """The clock on the wall."""
        return self.world.clock.at

    # -- time and devices

    def passes(self, length: Duration) -> None:
        """Time passes, and a tick is journaled at its end."""
        self.world.clock.at += length
        self.hears(Entry(Kind.TICK, self.now))

    def says(self, device: str, body: str, channel: str = "events") -> None:
        """A device says something."""
        seq = self.seq[device] = self.seq.get(device, 0) + 1
        said = f'{{"boot":1,"seq":{seq},{body}}}'.encode()
        self.hears(Entry(Kind.MESSAGE, self.now, f"devices/{device}/{channel}", said))

    def says_all(self, said: Sequence[tuple[str, str]], channel: str = "telemetry") -> None:
        """Many devices say something, which arrives at once."""
        entries = []
        for device, body in said:
            seq = self.seq[device] = self.seq.get(device, 0) + 1
            text = f'{{"boot":1,"seq":{seq},{body}}}'.encode()
            entries.append(Entry(Kind.MESSAGE, self.now, f"devices/{device}/{channel}", text))
        self.hears(*entries)

    def registers(self, devices: Sequence[str], model: str = "TV-55") -> None:
        """Devices of one model, each its own asset."""
        installed = [Installation(0, Facts(device=name, asset=name, model=model)) for name in devices]
        self.hears(Entry(Kind.CONTROL, self.now, "registry", registry_entry(installed)))

    def crashes(self, device: str, count: int = 3) -> None:
        """A device crashes so many times, a minute apart."""
        for _ in range(count):
            self.world.clock.at += 60 * SECOND
            self.says(device, '"event":"crash"')

    def lives(self, device: str, length: Duration, every: Duration) -> None:
        """A device sends readings for a while."""
        for _ in range(length // every):
            self.passes(every)
            self.says(device, '"values":{"temp":41.0}', "telemetry")

    def hears(self, *entries: Entry) -> None:
        """Entries arrive; everybody takes them in, and acts on what they lead to."""
        last = self.watch.position
        self.world.append(entries)
        self.world.catch_up(self.watch)
        batch = self.watch.parts.feed.after(last)
        if batch is not None:
            self.telemetry.write(batch, self.world.journal.epoch)
        self.acts()

    def acts(self) -> None:
        """Every chore has its turn until none has anything left to do, and decisions reach the journal."""
        before = -1
        while before != (before := self.last_line()):
            for chore in self.chores:
                chore.act(self.now)
        self.inbox.next_look = 0
        if decided := self.inbox.collect():
            self.world.append([delivery.entry for delivery in decided])
            self.inbox.done(decided)
            self.world.catch_up(self.watch)
            self.acts()

    def last_line(self) -> int:
        """How long the event log is."""
        return len(self.ledger.events(0, 1_000_000))

    # -- people

    def hires(self, *staff: Person) -> None:
        """People who can be given tickets."""
        with self.ledger.begin() as transaction:
            ledger_people.save_staff(transaction.connection, staff, ())
            transaction.record(Response(events=(LedgerEvent(at=self.now, kind="people", actor="operator"),)))
        self.acts()

    def does(self, number: str, act: Any, by: str = "lee", **words: Any) -> None:
        """What a person does to a ticket."""
        self.world.clock.at += SECOND
        with self.ledger.begin() as transaction:
            ticket = transaction.ticket(number)
            if act is people.move:
                words["ready"] = ready_for(transaction.connection, self.classes, ticket)
            transaction.record(act(ticket, by=by, now=self.now, revision=ticket.revision, **words))
        self.acts()

    def decides(self, number: str, decision: str) -> None:
        """A person decides whether somebody drives there."""
        visit(self.ledger, self.classes, number, decision, self.now, by="lee", why="seen")
        self.acts()

    def brings(self, number: str, *states: OrderState, **said: Any) -> None:
        """A planner or a technician moves the ticket's order."""
        for state in states:
            self.world.clock.at += SECOND
            order = self.order(number)
            move_order(self.ledger, self.classes, order.number, Step(to=state, by="lee", **said), self.now)
            self.acts()

    def photographs(self, number: str, *slots: str) -> None:
        """Pictures for the gates."""
        for slot in slots:
            content = BytesIO()
            Image.new("RGB", (64, 48), "white").save(content, "PNG")
            self.album.add(number, slot, content.getvalue(), by="lee", now=self.now)

    def writes_down(self, number: str, codes: Codes, **fields: str) -> None:
        """What was found and done."""
        with self.ledger.begin() as transaction:
            ticket = transaction.ticket(number)
            words = {"codes": codes, "fields": fields, "by": "lee", "now": self.now}
            transaction.record(write_down(transaction, self.classes, ticket, **words))
        self.acts()

    # -- what there is

    def ticket(self, number: str) -> Ticket:
        """As it stands."""
        return self.ledger.ticket(number)

    def only(self) -> str:
        """The number of the one ticket."""
        (ticket,) = self.ledger.tickets()
        return ticket.number

    def state(self, number: str) -> str:
        """`waiting(part)`."""
        ticket = self.ticket(number)
        return f"{ticket.state}({ticket.reason})" if ticket.reason else str(ticket.state)

    def order(self, number: str) -> WorkOrder:
        """The ticket's open order."""
        with self.ledger.reading() as connection:
            return ledger_orders.open_orders_of(connection, [number])[number]

    def incident(self) -> Incident:
        """The one open incident."""
        with self.ledger.begin() as transaction:
            (found,) = transaction.open_incidents()
        return found

    def members(self, incident: Incident) -> set[str]:
        """Assets that belong to it."""
        with self.ledger.reading() as connection:
            question = select(ledger_tables.incident_member.c.asset).where(
                ledger_tables.incident_member.c.incident == incident.id
            )
            return set(connection.execute(question).scalars())

    def resolution(self, number: str) -> Clock:
        """The clock of its resolution."""
        with self.ledger.reading() as connection:
            clocks = ledger_sla.clocks_of(connection, [number])[number]
        return next(clock for clock in clocks if clock.kind is ClockKind.RESOLUTION)

    def kinds(self, number: str) -> list[str]:
        """Its history, in kinds of lines."""
        return [line.kind for line in self.ledger.events(0, 1_000_000) if line.ticket == number]


def person_called(name: str, **said: Any) -> Person:
    """Somebody who knows displays."""
    return replace(Person(id=name, name=name, team="field", skills=("display",)), **said)
