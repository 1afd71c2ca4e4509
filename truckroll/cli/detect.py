"""`truckroll detect`: what is unusual in files of readings."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from domain.errors import GiveUp
from domain.instants import instant_text
from truckroll.cli.options import AsJson, print_json
from truckroll.detect import TIERS, Scored, detect, out_file, tier_for
from truckroll.series_files import SeriesFile, read_series, write_scores
from truckroll.series_plot import plot


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("detect")(detect_files)


def detect_files(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="CSV with a time and numbers.")],
    out: Annotated[Path, typer.Option(help="Folder for the results.")],
    tier: Annotated[str, typer.Option(help=f"One of {', '.join(TIERS)}.")] = "auto",
    threshold: Annotated[float, typer.Option(min=0, max=1, help="Score from which on a row is an alarm.")] = 0.5,
    ignore: Annotated[list[str] | None, typer.Option(help="A column not to look at; may be repeated.")] = None,
    with_plot: Annotated[bool, typer.Option("--plot", help="An SVG beside each result.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say what spoke for each alarm.")] = False,
    as_json: AsJson = False,
) -> None:
    """Score each file row by row: the same columns plus `anomaly_score,alarm`, in a file of the same name."""
    if tier not in TIERS:
        raise typer.BadParameter(f"{tier} is no detector; choose one of {', '.join(TIERS)}.", param_hint="--tier")
    if len({file.name for file in files}) < len(files):
        raise GiveUp("Two files have the same name, so their results would be one; detect them into different folders.")
    results = []
    with Progress(transient=True, disable=as_json) as progress:
        for file in files:
            target = out_file(out, file)
            table = read_series(file, ignore or ())
            chosen = tier_for(table, tier)
            task = progress.add_task(file.name, total=len(table.at))
            for step in detect(table, chosen, threshold):
                if isinstance(step, Scored):
                    found = step
                else:
                    progress.update(task, completed=step)
            progress.remove_task(task)
            write_scores(target, table, found.scores, found.alarms)
            if with_plot:
                text = plot(file.name, table, scores=found.scores, alarms=found.alarms)
                target.with_suffix(".svg").write_text(text, encoding="utf-8")
            results.append(summary(file, target, table, chosen, found))
    tell(results, as_json, explain)


def summary(file: Path, target: Path, table: SeriesFile, tier: str, found: Scored) -> dict[str, Any]:
    """One file's result in words for JSON."""
    return {
        "file": str(file),
        "result": str(target),
        "tier": tier,
        "rows": len(table.at),
        "columns": list(table.names),
        "alarms": [
            {
                "row": alarm.row + 1,
                "at": instant_text(int(table.at[alarm.row])),
                "score": round(alarm.score, 6),
                "reasons": dict(alarm.reasons),
            }
            for alarm in found.begins
        ],
    }


def tell(results: list[dict[str, Any]], as_json: bool, explain: bool) -> None:
    """A line a file, and with `explain` a line an alarm."""
    if as_json:
        print_json({"files": results})
        return
    for result in results:
        count = f"{result['rows']} rows, {len(result['alarms'])} alarms ({result['tier']})"
        print(f"{result['file']}: {count} → {result['result']}")
        for alarm in result["alarms"] if explain else ():
            why = ", ".join(f"{name} {share:.0%}" for name, share in alarm["reasons"].items())
            print(f"  row {alarm['row']} at {alarm['at']}: score {alarm['score']:.3f}; {why}")
