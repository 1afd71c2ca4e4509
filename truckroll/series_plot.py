"""Plots: a series, its score and its alarms as one SVG that needs nothing else."""

from collections.abc import Iterator
from html import escape

import numpy as np

from domain.batch import Bools, Floats
from domain.instants import instant_text
from truckroll.series_files import SeriesFile

WIDTH, SERIES, SCORE, EDGE = 1200, 260, 120, 44
COLOURS = ("#1f5fa8", "#2b7a3e", "#8a5a00", "#7a3b8f", "#00727a", "#5a5a5a", "#9a2f5f", "#3f51b5")
STYLE = "font:12px system-ui,sans-serif;background:#fff"


def plot(title: str, table: SeriesFile, *, scores: Floats, alarms: Bools) -> str:
    """The SVG; each column has its own scale where there are several."""
    names, at, values = table.names, table.at, table.values
    height = SERIES + SCORE + 3 * EDGE
    left, bottom = EDGE, EDGE + SERIES
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH + 2 * EDGE} {height}" role="img" '
        f'style="{STYLE}">',
        f"<title>{escape(title)}</title>",
        label(left, 20, f"{title}: {int(alarms.sum())} alarms in {len(at)} rows"),
        *bars(alarms),
    ]
    for number, name in enumerate(names):
        colour = COLOURS[number % len(COLOURS)]
        parts.append(line(values[:, number], top=EDGE, height=SERIES, colour=colour))
        parts.append(label(left + 150 * (number % 8), bottom + 16 + 14 * (number // 8), name, colour))
    top = bottom + EDGE
    parts.append(line(scores, top=top, height=SCORE, colour="#444", bounds=(0.0, 1.0)))
    parts.append(label(left, top + SCORE + 16, "anomaly score, 0 to 1; red: alarm"))
    if len(at):
        parts.append(label(left, height - 8, instant_text(int(at[0]))))
        parts.append(label(left + WIDTH, height - 8, instant_text(int(at[-1])), anchor="end"))
    return "\n".join([*parts, "</svg>", ""])


def line(column: Floats, *, top: float, height: float, colour: str, bounds: tuple[float, float] | None = None) -> str:
    """One column as a path within `bounds`, by default its own: gaps where nothing is known."""
    known = column[np.isfinite(column)]
    if not len(known):
        return ""
    low, high = bounds or (float(known.min()), float(known.max()))
    scale = height / (high - low) if high > low else 0.0
    points, pen = [], "M"
    for x, value in extremes(column):
        if np.isfinite(value):
            points.append(f"{pen}{EDGE + x:.1f} {top + height - (value - low) * scale:.1f}")
        pen = "L" if np.isfinite(value) else "M"
    return f'<path d="{"".join(points)}" fill="none" stroke="{colour}" stroke-width="1"/>'


def extremes(column: Floats) -> Iterator[tuple[float, float]]:
    """(x, value) in order: every row where they fit, else the ends of each pixel's range."""
    rows = len(column)
    if rows <= 2 * WIDTH:
        for row, value in enumerate(column.tolist()):
            yield row * WIDTH / max(1, rows - 1), value
        return
    for x, piece in enumerate(np.array_split(column, WIDTH)):
        known = piece[np.isfinite(piece)]
        if len(known):
            yield x, float(known.min())
            yield x, float(known.max())
        else:
            yield x, float("nan")


def bars(alarms: Bools) -> Iterator[str]:
    """Red bars where there are alarms, stretches as one."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], alarms, [False]]).astype(np.int8)))
    for begin, end in edges.reshape(-1, 2).tolist():
        x, width = EDGE + begin * WIDTH / len(alarms), max(1.5, (end - begin) * WIDTH / len(alarms))
        yield (
            f'<rect x="{x:.1f}" y="{EDGE}" width="{width:.1f}" height="{SERIES + SCORE + EDGE}" '
            'fill="#c62828" fill-opacity="0.35"/>'
        )


def label(x: float, y: float, text: str, colour: str = "#222", anchor: str = "start") -> str:
    """A line of text."""
    return f'<text x="{x:.0f}" y="{y:.0f}" fill="{colour}" text-anchor="{anchor}">{escape(text)}</text>'
