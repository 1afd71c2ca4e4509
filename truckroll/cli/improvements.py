"""`truckroll improvements`: what somebody has to learn from closings that were not good enough."""

import getpass
from typing import Annotated, Any

import typer

from adapters import ledger_closing
from adapters.system_clock import SystemClock
from domain.closing import Improvement
from domain.instants import instant_text
from truckroll.cli.deeds import Number, opened
from truckroll.cli.options import AsJson, Config, print_json, print_table
from truckroll.closing import finish_task


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Improvement tasks: list them, close them with a lesson.", no_args_is_help=True)
    group.command("list")(list_tasks)
    group.command("close")(close)
    app.add_typer(group, name="improvements")


def list_tasks(
    everything: Annotated[bool, typer.Option("--all", help="Closed ones, too.")] = False,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="No more than so many.")] = 50,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Tasks, newest first."""
    with opened(config) as ledger, ledger.reading() as connection:
        found = ledger_closing.tasks(connection, open_only=not everything, most=most)
    if as_json:
        print_json({"improvements": [plain(task) for task in found]})
        return
    print_table(["ticket", "closing", "score", "weak", "opened", "closed by", "lesson"], [row_of(t) for t in found])


def close(
    number: Number,
    closing: Annotated[int, typer.Argument(min=1, help="The closing, as the list shows it.")],
    lesson: Annotated[str, typer.Argument(help="What is done differently from now on.")],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Close a task with its lesson; it stands in the ticket's history."""
    with opened(config) as ledger:
        done = finish_task(ledger, number, closing, by=getpass.getuser(), lesson=lesson, now=SystemClock().now())
    if as_json:
        print_json(plain(done))
    else:
        print(f"The task of {number} is closed.")


def plain(task: Improvement) -> dict[str, Any]:
    """A task ready for JSON."""
    own = {name: getattr(task, name) for name in ("ticket", "closing", "weak", "closed_by", "lesson")}
    closed_at = instant_text(task.closed_at) if task.closed_at is not None else None
    return own | {"score": task.tenths / 10, "opened_at": instant_text(task.opened_at), "closed_at": closed_at}


def row_of(task: Improvement) -> list[object]:
    """A task in a list."""
    said = plain(task)
    columns = ("ticket", "closing", "score", "weak", "opened_at", "closed_by", "lesson")
    return [", ".join(said[name]) if name == "weak" else said[name] for name in columns]
