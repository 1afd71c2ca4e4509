"""Verification: the device itself confirms that it is repaired; where it cannot, a person is asked, once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from domain import actors
from domain.closing import Check, Readiness
from domain.instants import HOUR, SECOND, Duration, Instant, duration_text
from domain.sla import Notice
from domain.text import LANGUAGES, Text, in_language
from domain.ticket import Response, Ticket, TicketState
from domain.ticket_class import TicketClass
from ticketing import catalogue_closing as catalogue
from ticketing.gates import called
from ticketing.moves import line, moved

ACTOR = actors.VERIFICATION
UNCONFIRMED = "unconfirmed"
"""The kind of line that says so; also the notice's name."""
LOOKS = 8
"""So many looks in a soak, but at least one an hour."""
UNCLASSED = TicketClass(id="", name={"en": ""})
"""By its times tickets of no known class are confirmed."""


class Verdict(StrEnum):
    """What a look at a repair comes to."""

    WAIT = "wait"
    CONFIRMED = "confirmed"
    """Healthy for the soak."""
    ASK = "ask"
    """Nobody can say; a person is asked."""
    STILL_THERE = "still_there"
    """The fault has not gone away."""


def begun(ticket: Ticket, kind: TicketClass | None, now: Instant) -> Check:
    """The check of a repair that was done just now."""
    times = kind or UNCLASSED
    check = Check(ticket=ticket.number, since=now, soak=times.soak, ask_after=times.ask_after, next_at=now)
    return replace(check, next_at=next_look(check, now))


def taken_up(ticket: Ticket, now: Instant) -> Response:
    """What is resolved is verified from now on."""
    if ticket.state is not TicketState.RESOLVED:
        return Response()
    return turned(ticket, TicketState.VERIFYING, now, "the device shall confirm the repair")


def listened(check: Check, signs: Iterable[Instant]) -> Check:
    """The check after signs of life in order of time. A long silence begins the stretch anew; signs from before the

    repair do not count.
    """
    for at in signs:
        last = check.heard_until
        if at < check.since or (last is not None and at <= last):
            continue
        is_broken = last is None or at - last > check.longest_silence
        check = replace(check, heard_from=at if is_broken else check.heard_from, heard_until=at)
    return check


def judged(check: Check, ticket: Ticket, missing: Sequence[str], now: Instant) -> Verdict:
    """What the device has shown by now. `missing`: gates that were opened again since."""
    is_healthy = check.soak == 0 or (check.heard_from is not None and check.healthy_for >= check.soak)
    if is_healthy and not ticket.active and not missing:
        return Verdict.CONFIRMED
    if ticket.active and now >= last_call(check):
        return Verdict.STILL_THERE
    silent_since = check.since if check.heard_until is None else check.heard_until
    is_time = now >= silent_since + check.ask_after or now >= last_call(check) or (is_healthy and bool(missing))
    return Verdict.ASK if is_time and check.asked_at is None else Verdict.WAIT


def last_call(check: Check) -> Instant:
    """From then on a device that could have confirmed the repair would have."""
    return check.since + check.soak + check.ask_after


def next_look(check: Check, now: Instant) -> Instant:
    """When to look again: regularly, and when something may be due."""
    pace: Duration = min(HOUR, max(SECOND, check.soak // LOOKS))
    silent_since = check.since if check.heard_until is None else check.heard_until
    known = (check.since + check.soak, silent_since + check.ask_after, last_call(check))
    return min((now + pace, *(at for at in known if at > now)))


def windows(check: Check, now: Instant) -> Iterable[tuple[Instant, Instant]]:
    """Where to listen for signs of life, `from <= at < until`, in order; between two of them no long silence hides.

    What was looked through already is not looked through again, but for the last of it, which may have come late.
    """
    pace = max(SECOND, check.soak // LOOKS)
    at = check.since if check.heard_until is None else check.heard_until + 1
    if check.listened_until is not None:
        at = max(at, check.listened_until - pace)
    while at < now:
        yield at, min(at + pace, now)
        at += pace


# -- what becomes of it


def confirmed(ticket: Ticket, check: Check, ready: Readiness, now: Instant) -> Response:
    """The device has been healthy for the soak: the ticket is closed."""
    told = {"heard_from": check.heard_from, "heard_until": check.heard_until, **ready.said}
    why = f"healthy for {duration_text(check.soak)}" if check.soak else "nothing to wait for"
    return turned(ticket, TicketState.CLOSED, now, why, **told)


def still_there(ticket: Ticket, now: Instant) -> Response:
    """The condition still holds: the same ticket is taken up again."""
    return turned(ticket, TicketState.TRIAGED, now, "the fault is still there", active=list(ticket.active))


def turned(ticket: Ticket, to: TicketState, now: Instant, why: str, **told: object) -> Response:
    """The ticket moved by the device's own word."""
    there = moved(ticket, to, now)
    kind = "reopened" if there.reopened > ticket.reopened else "moved"
    details = {"was": ticket.state.value, "state": to.value, "reason": "", **told}
    return Response(tickets=(there,), events=(line(kind, ticket, now, ACTOR, why, **details),))


def asked(ticket: Ticket, check: Check, missing: Sequence[str], now: Instant) -> Response:
    """A line that says that the repair is unconfirmed, and why."""
    why = "something was removed" if missing else "silent" if check.heard_until is None else "too seldom heard"
    details = {"since": check.since, "heard_until": check.heard_until, "missing": list(missing)}
    return Response(events=(line(UNCONFIRMED, ticket, now, ACTOR, why, **details),))


def question(ticket: Ticket, check: Check, missing: Sequence[str], to: str, now: Instant) -> Notice:
    """What the person is asked."""
    body = catalogue.INCOMPLETE if missing else catalogue.UNCONFIRMED
    return Notice(
        id=f"{ticket.number}/{UNCONFIRMED}/{check.since}",
        at=now,
        channel="email",
        to=to,
        ticket=ticket.number,
        subject=filled(catalogue.UNCONFIRMED_SUBJECT, ticket, missing),
        body=filled(body, ticket, missing),
    )


def filled(pattern: Text, ticket: Ticket, missing: Sequence[str]) -> Text:
    """The sentence about a ticket, in every language."""
    said: Mapping[str, str] = {lang: ", ".join(called(name, lang) for name in missing) for lang in LANGUAGES}
    return {
        language: in_language(pattern, language).format(
            number=ticket.number,
            title=in_language(ticket.title, language),
            asset=ticket.asset,
            missing=said[language],
        )
        for language in LANGUAGES
    }
