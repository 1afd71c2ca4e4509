"""Problems: an incident becomes the record of its cause, and what is about that cause is gathered there."""

from collections.abc import Iterable
from dataclasses import replace

from domain.errors import Conflict, WrongFormat
from domain.incident import Incident
from domain.instants import Instant
from domain.problem import Problem, ProblemState, check_move
from domain.ticket import LedgerEvent


def opened(
    name: str, title: str, incidents: Iterable[Incident], tickets: Iterable[str], *, by: str, now: Instant
) -> Problem:
    """A new problem behind incidents and tickets; the incidents' own tickets belong to it."""
    found = list(incidents)
    numbers = dict.fromkeys([*(incident.ticket for incident in found), *tickets])
    suspect = next((incident.suspect for incident in found if incident.suspect), "")
    return Problem(
        id=name,
        title=title,
        cause=suspect,
        incidents=tuple(dict.fromkeys(incident.id for incident in found)),
        tickets=tuple(number for number in numbers if number),
        opened_at=now,
        changed_at=now,
        by=by,
    )


def changed(
    problem: Problem,
    *,
    by: str,
    now: Instant,
    revision: int,
    state: ProblemState | None = None,
    cause: str | None = None,
    workaround: str | None = None,
    incidents: Iterable[Incident] = (),
    tickets: Iterable[str] = (),
) -> Problem:
    """The problem with what is known of it now. Raises Conflict, IllegalMove, WrongFormat for a cause that is known

    and not said.
    """
    if problem.revision != revision:
        raise Conflict(f"Problem {problem.id}")
    after = problem.state if state is None else state
    check_move(problem.id, problem.state, after)
    found = list(incidents)
    grown = replace(
        problem,
        state=after,
        cause=problem.cause if cause is None else cause,
        workaround=problem.workaround if workaround is None else workaround,
        incidents=tuple(dict.fromkeys([*problem.incidents, *(incident.id for incident in found)])),
        tickets=tuple(dict.fromkeys([*problem.tickets, *(i.ticket for i in found if i.ticket), *tickets])),
        changed_at=now,
        by=by,
        revision=problem.revision + 1,
    )
    if grown.state is not ProblemState.OPEN and not grown.cause.strip():
        raise WrongFormat([f"Problem {problem.id} has no cause; write it before the problem is {grown.state}."])
    return grown


def told(before: Problem | None, after: Problem) -> list[LedgerEvent]:
    """A line for each ticket that belongs to it from now on."""
    known = before.tickets if before else ()
    return [
        LedgerEvent(at=after.changed_at, kind="problem", ticket=number, actor=after.by, details={"problem": after.id})
        for number in after.tickets
        if number not in known
    ]
