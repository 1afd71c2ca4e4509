"""Verdict page: what rules made of scenarios as one HTML file, with bars for what was found and how soon."""

from collections.abc import Callable, Iterator, Sequence
from html import escape

from domain.instants import HOUR
from firmware_sim.score import Score, together
from truckroll.judge import Verdict

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1c2733 }
table { border-collapse: collapse; width: 100% }
th, td { padding: .35rem .6rem; text-align: right; border-bottom: 1px solid #d5dde5 }
th:first-child, td:first-child { text-align: left }
tr:last-child td { font-weight: 600 }
svg { display: block; margin: 1rem 0; max-width: 100%; height: auto }
"""
WIDTH, LINE, LEFT = 760, 26, 190
Parts = Callable[[Score], Iterator[tuple[float, float, str, str]]]
"""(x, width, colour, what it says) of each part of a scenario's bar."""
RIGHT, MISSED, FALSE = "#2f7d4f", "#c9d3dc", "#b3403a"


def page(verdicts: Sequence[Verdict], total: Score) -> str:
    """One HTML text that needs nothing else."""
    names = dict.fromkeys(verdict.scenario for verdict in verdicts)
    scores = {name: together([v.score for v in verdicts if v.scenario == name]) for name in names}
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Rules judged by scenarios</title>'
        f"<style>{STYLE}</style><h1>Rules judged by scenarios</h1>"
        f"<p>{len(verdicts)} runs, {total.device_days:.0f} device-days: precision {total.precision:.3f}, "
        f"recall {total.recall:.3f}.</p>{table({**scores, 'total': total})}"
        f"<h2>Found, missed, without reason</h2>{bars(scores)}<h2>Time until found</h2>{delays(scores)}</html>\n"
    )


def table(scores: dict[str, Score]) -> str:
    """A line a scenario."""
    head = ("scenario", "expected", "found", "precision", "recall", "doubled", "false / 1000 device-days")
    lines = [row("th", head)]
    for name, found in scores.items():
        cells = (
            name,
            str(found.expected),
            str(found.found),
            f"{found.precision:.3f}",
            f"{found.recall:.3f}",
            str(len(found.doubled)),
            f"{found.false_per_1000_device_days:.2f}",
        )
        lines.append(row("td", cells))
    return f"<table>{''.join(lines)}</table>"


def row(tag: str, cells: Sequence[str]) -> str:
    """One line of a table."""
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"


def bars(scores: dict[str, Score]) -> str:
    """What was found and missed to the right of each name, and behind it what came without reason."""
    longest = max((s.expected + s.false for s in scores.values()), default=0) or 1
    return drawing(scores, lambda found: stacked(found, (WIDTH - LEFT - 60) / longest))


def stacked(found: Score, unit: float) -> Iterator[tuple[float, float, str, str]]:
    """(x, width, colour, what it says) of each part of one bar."""
    x = 0.0
    parts = ((found.found, RIGHT, "found"), (found.expected - found.found, MISSED, "missed"))
    for many, colour, what in (*parts, (found.false, FALSE, "without reason")):
        if many:
            yield x, many * unit, colour, f"{many} {what}"
            x += many * unit


def delays(scores: dict[str, Score]) -> str:
    """How soon half of them and 95 % of them were found, on one scale."""
    longest = max((s.delay(0.95) for s in scores.values()), default=0) or 1
    unit = (WIDTH - LEFT - 60) / longest

    def parts(found: Score) -> Iterator[tuple[float, float, str, str]]:
        if found.delays:
            said = f"half within {found.delay(0.5) / HOUR:.2f} h, 95 % within {found.delay(0.95) / HOUR:.2f} h"
            yield 0.0, max(2.0, found.delay(0.5) * unit), RIGHT, said
            yield found.delay(0.5) * unit, max(1.0, (found.delay(0.95) - found.delay(0.5)) * unit), MISSED, said

    return drawing(scores, parts)


def drawing(scores: dict[str, Score], parts: Parts) -> str:
    """One line of bars a scenario, as SVG."""
    drawn: list[str] = []
    for nth, (name, found) in enumerate(scores.items()):
        y = nth * LINE
        drawn.append(f'<text x="{LEFT - 8}" y="{y + 17}" text-anchor="end" font-size="13">{escape(name)}</text>')
        for x, width, colour, what in parts(found):
            box = f'<rect x="{LEFT + x:.1f}" y="{y + 4}" width="{width:.1f}" height="{LINE - 8}" fill="{colour}">'
            drawn.append(f"{box}<title>{escape(what)}</title></rect>")
    height = LINE * len(scores) + 4
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" width="{WIDTH}">{"".join(drawn)}</svg>'
