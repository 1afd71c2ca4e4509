"""The ladder: who is told when a promise is about to break; decided from the clocks, written into the event log."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain import actors
from domain.instants import MINUTE, Duration, Instant
from domain.sla import Clock, Notice, Policy, SlaBook
from domain.text import LANGUAGES, Text, in_language
from domain.ticket import LedgerEvent, Ticket
from ticketing import catalogue_sla
from ticketing.clocks import Clockmaker

ACTOR = actors.SLA
LATE: Duration = MINUTE
"""A step that is taken so long after it was due is marked late."""
SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that is due: its line for the log, and what somebody is told."""

    event: LedgerEvent
    notice: Notice


@dataclass(frozen=True, slots=True)
class Ladder:
    """The steps that are due, by a book of promises."""

    maker: Clockmaker

    def climb(self, ticket: Ticket, clocks: Sequence[Clock], now: Instant) -> tuple[Sequence[Clock], Sequence[Step]]:
        """Everything that is due by `now`, in order of when it was due; each step once, however late."""
        steps: list[Step] = []
        while (due := next_due(clocks, now)) is not None:
            step = self.step(ticket, due, now)
            steps.append(step)
            clocks = self.maker.fold(clocks, step.event)
        return clocks, steps

    def step(self, ticket: Ticket, clock: Clock, now: Instant) -> Step:
        """The next step of a clock."""
        policy = self.maker.policy(clock.policy)
        is_warning = not clock.is_warned
        due = clock.next_at or now
        channel = SUPERVISOR if is_warning else policy.ladder[clock.rung].channel
        to = self.receiver(channel, ticket, policy, due)
        is_late = now - due > LATE
        details = {
            "clock": clock.kind.value,
            "report": clock.report,
            "due": due,
            "promised": clock.due_at,
            "rung": -1 if is_warning else clock.rung,
            "channel": channel,
            "to": to,
            "late": is_late,
        }
        kind = "sla_warned" if is_warning else "escalated"
        event = LedgerEvent(at=now, kind=kind, ticket=ticket.number, actor=ACTOR, details=details)
        return Step(event=event, notice=notice_of(ticket, clock, event, to))

    def receiver(self, channel: str, ticket: Ticket, policy: Policy, at: Instant) -> str:
        """Who is told: the supervisor, who has the ticket, or who is on call."""
        if channel != SUPERVISOR and ticket.owner:
            return ticket.owner
        return on_call(self.maker.book, self.maker.book.supervisor if channel == SUPERVISOR else policy.duty, at)


def on_call(book: SlaBook, duty: str, at: Instant) -> str:
    """The person whose turn it is; the duty's own name where there is none."""
    return book.duties[duty].on_call(at) or duty if duty in book.duties else duty


def next_due(clocks: Iterable[Clock], now: Instant) -> Clock | None:
    """The clock with the step that has been due longest; None where nothing is due."""
    waiting = [clock for clock in clocks if clock.next_at is not None and clock.next_at <= now]
    return min(waiting, key=lambda clock: (clock.next_at or 0, clock.kind, clock.report), default=None)


def overdue(clocks: Iterable[Clock], now: Instant) -> Iterator[Clock]:
    """Clocks with a step that should have been taken long ago: none, as long as somebody looks."""
    return (clock for clock in clocks if clock.next_at is not None and now - clock.next_at > LATE)


def notice_of(ticket: Ticket, clock: Clock, event: LedgerEvent, to: str) -> Notice:
    """What somebody is told."""
    due = clock.due_at or event.at
    subjects = catalogue_sla.SUBJECTS if due > event.at else catalogue_sla.OVERDUE
    named = {
        "number": ticket.number,
        "minutes": max(0, due - event.at) // MINUTE,
        "severity": clock.severity.value,
    }
    return Notice(
        id=f"{ticket.number}/{clock.kind}/{clock.report}/{event.details['rung']}",
        at=event.at,
        channel=str(event.details["channel"]),
        to=to,
        ticket=ticket.number,
        subject=filled(subjects[clock.kind.value], ticket.title, named),
        body=filled(catalogue_sla.BODY, ticket.title, named),
        is_late=bool(event.details["late"]),
    )


def filled(pattern: Text, title: Text, named: Mapping[str, object]) -> Text:
    """The sentence in every language."""
    return {
        language: in_language(pattern, language).format(**named, title=in_language(title, language))
        for language in LANGUAGES
    }
