"""`truckroll plan`: who goes where and when."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from adapters.system_clock import SystemClock
from domain.crew import CrewPlan
from maintenance.crew_cost import cost_of
from maintenance.crew_ways import Ways
from truckroll.cli.options import AsJson, print_json
from truckroll.crew_files import plan_rows, read_crew
from truckroll.crew_outside import router_of
from truckroll.crew_planning import planned


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("plan")(plan_crew)


def plan_crew(
    orders: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What is to be done (JSON).")],
    crew: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Who can do it (JSON).")],
    out: Annotated[Path, typer.Option(help="File for the plan (JSON).")],
    seconds: Annotated[float, typer.Option(min=0.1, help="How long to look for a better plan.")] = 10.0,
    rounds: Annotated[int | None, typer.Option(min=0, help="So many tries instead: the same plan each time.")] = None,
    ways: Annotated[str, typer.Option(help="A routing server's address or a table's file; else straight lines.")] = "",
    seed: Annotated[int, typer.Option(help="Another number, another plan of the same kind.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Give each visit a technician and a time; what has no place carries its reason. Ctrl-C ends it at once."""
    problem = read_crew(orders, crew, SystemClock().now())
    found = CrewPlan()
    words = TextColumn("{task.description}"), TextColumn("{task.fields[best]}"), TimeElapsedColumn()
    with Progress(*words, transient=True, disable=as_json) as progress:
        task = progress.add_task("planning", total=None, best="")
        for step in planned(problem, seconds, seed, rounds, ways):
            if isinstance(step, CrewPlan):
                found = step
            else:
                progress.update(task, best=f"best cost {step.best:,.0f} after {step.rounds} tries")
    cost = cost_of(problem, found, Ways(problem, router_of(ways)))
    rows = plan_rows(found, cost)
    out.write_text(json.dumps(rows, ensure_ascii=False, indent=2), encoding="utf-8")
    if as_json:
        print_json({"plan": str(out), "routes": len(found.routes), "left": rows["unassigned"], "cost": rows["cost"]})
        return
    print(
        f"{len(problem.visits) - len(found.unassigned)} of {len(problem.visits)} visits, cost {cost.total:,.2f} → {out}"
    )
    for left in found.unassigned:
        print(f"  {left.why['en']}")
