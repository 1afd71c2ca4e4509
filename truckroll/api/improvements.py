"""Improvements: what somebody has to learn from closings that were not good enough."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from adapters import ledger_closing
from truckroll.api.acts import Actor
from truckroll.api.parts import Here, Running
from truckroll.api.problem import answers
from truckroll.api.routing import Reasoned
from truckroll.api.shapes import Asked, At, MaybeAt, Shape, TicketInPath
from truckroll.closing import finish_task

router = APIRouter(tags=["closing"])

ClosingInPath = Annotated[int, Path(ge=1, le=2**53, description="The line of the event log that closed the ticket.")]


class Improvement(Shape):
    """A task."""

    ticket: str
    closing: int
    opened_at: At
    score: float
    weak: list[str]
    """The terms that lost points."""
    closed_at: MaybeAt
    closed_by: str
    lesson: str


class Improvements(Shape):
    """Tasks, newest first."""

    items: list[Improvement]


class TasksAsked(Asked):
    """Which tasks."""

    open: bool = True
    limit: int = Field(50, ge=1, le=200)


class Lesson(Asked):
    """What is done differently from now on."""

    by: Actor = "operator"
    lesson: Reasoned = Field()


def shown(task: ledger_closing.Improvement) -> Improvement:
    """A task as it travels."""
    own = {name: getattr(task, name) for name in Improvement.model_fields if name != "score"}
    return Improvement.model_validate(own | {"score": task.tenths / 10})


@router.get("/improvements", summary="Improvement tasks", responses=answers(401, 422, 503))
def improvements(running: Running, asked: Annotated[TasksAsked, Query()]) -> Improvements:
    """A closing with less than 85 points opens one."""
    with running.ledger.reading() as connection:
        found = ledger_closing.tasks(connection, open_only=asked.open, most=asked.limit)
    return Improvements(items=[shown(task) for task in found])


@router.post(
    "/improvements/{number}/{closing}/close",
    summary="Close a task with its lesson",
    responses=answers(401, 404, 409, 413, 422, 503),
)
def close(here: Here, number: TicketInPath, closing: ClosingInPath, said: Lesson) -> Improvement:
    """The lesson stands in the ticket's timeline."""
    now = here.clock.now()
    return shown(finish_task(here.running.ledger, number, closing, by=said.by, lesson=said.lesson, now=now))
