"""The demo's crew: people who answer their tickets, repair what is broken, and let the device say that it is well."""

from dataclasses import dataclass, field
from pathlib import Path

from adapters.ledger_sql import SqlLedger
from adapters.system_clock import SystemClock
from domain.instants import SECOND, Instant
from domain.ticket import Response, Ticket, TicketState
from ticketing import people
from ticketing.classes import Classes
from truckroll.closing import ready_for
from truckroll.desk_files import load_classes
from truckroll.people import import_people
from truckroll.resources import shipped
from truckroll.settings import Settings

PATIENCE = 2 * SECOND
"""So long a ticket lies with its owner before it is answered …"""
WORK = 2 * SECOND
"""… and so long the work takes."""
PEOPLE = 8
"""Who work at the demo's desk; beyond their limits tickets wait."""
SOAK = "5s"
DAILY_LIFE = {"soak": "", "gates": "", "required": "", "resolve": 'resolve = { event = "boot_ok" }'}
"""What a demo of a minute has no time for, and what stands instead: the first healthy boot ends a fault."""


def demo_rules(home: Path) -> Path:
    """The shipped rules, with a class whose repairs are confirmed after seconds and want no photographs."""
    said = shipped("rules", "smart-tv.toml").read_text(encoding="utf-8").splitlines()
    kept = [DAILY_LIFE.get(line.partition("=")[0].strip(), line) for line in said]
    at = next(nth for nth, line in enumerate(kept) if line.strip() == "[[class]]")
    path = home / "smart-tv.toml"
    path.write_text("\n".join([*kept[: at + 1], f'soak = "{SOAK}"', *kept[at + 1 :]]) + "\n", encoding="utf-8")
    return path


def hire(ledger: SqlLedger, settings: Settings) -> None:
    """People for every class of tickets, as `truckroll people import` takes them in."""
    skills = sorted({skill for kind in load_classes(settings).classes.values() for skill in kind.skills})
    rows = [f"agent-{nth},desk,{' '.join(skills)}" for nth in range(1, PEOPLE + 1)]
    content, now = "\n".join(["id,team,skills", *rows]), SystemClock().now()
    import_people(ledger, content, "people.csv", by="demo", now=now, dry_run=False)


@dataclass(slots=True)
class Crew:
    """The people who have the tickets."""

    ledger: SqlLedger
    classes: Classes
    working: dict[str, Instant] = field(default_factory=dict)
    """Since when somebody works on a ticket."""

    def work(self, now: Instant) -> None:
        """Everybody does what is due: answers, begins, is done."""
        for ticket in self.ledger.tickets(open_only=True):
            if ticket.state is TicketState.ASSIGNED and now - ticket.opened_at > PATIENCE:
                self.begin(ticket, now)
            elif ticket.state is TicketState.IN_PROGRESS and now - self.working.setdefault(ticket.number, now) > WORK:
                self.do(ticket.number, TicketState.RESOLVED, now)

    def begin(self, ticket: Ticket, now: Instant) -> None:
        """The owner answers and sets to work."""
        with self.ledger.begin() as transaction:
            seen = transaction.ticket(ticket.number)
            if seen.state is not TicketState.ASSIGNED:
                return
            transaction.record(people.acknowledge(seen, by=seen.owner, now=now, revision=seen.revision))
        self.do(ticket.number, TicketState.IN_PROGRESS, now)
        self.working[ticket.number] = now

    def do(self, number: str, to: TicketState, now: Instant) -> Response:
        """The owner moves it on."""
        with self.ledger.begin() as transaction:
            ticket = transaction.ticket(number)
            ready = ready_for(transaction.connection, self.classes, ticket)
            by = ticket.owner or "demo"
            done = people.move(ticket, to, by=by, now=now, revision=ticket.revision, ready=ready)
            transaction.record(done)
        return done
