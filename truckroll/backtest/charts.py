"""Charts: an example as a small SVG that needs nothing else, or as a line of blocks on a terminal."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from domain.instants import instant_text

BLOCKS = "▁▂▃▄▅▆▇█"
WIDTH, HEIGHT, EDGE = 420, 90, 4


def sparkline(values: Sequence[float], width: int = 48) -> str:
    """The values as blocks, the lowest low and the highest high."""
    if not values:
        return ""
    size = max(1, -(-len(values) // width))
    means = [sum(values[n : n + size]) / len(values[n : n + size]) for n in range(0, len(values), size)]
    low, high = min(means), max(means)
    scale = (len(BLOCKS) - 1) / (high - low) if high > low else 0.0
    return "".join(BLOCKS[round((mean - low) * scale)] for mean in means)


def example_svg(example: dict[str, Any]) -> str:
    """An example's readings as a line, its events as strokes, the time of the finding shaded."""
    points, events = example["points"], example["events"]
    instants = [at for at, _ in (*points, *events)]
    if not instants:
        return ""
    first, last = int(min(instants)), int(max(instants))
    span = max(1, last - first)

    def x(at: float) -> float:
        return float(EDGE + (at - first) / span * (WIDTH - 2 * EDGE))

    title = f"{example['rule']}, {example['asset']}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT + 18}" role="img" class="example">',
        f"<title>{escape(title)}</title>",
        *(stroke(x(at), what) for at, what in events),
        line(points, x),
        text(EDGE, instant_text(first)[:16], "start"),
        text(WIDTH - EDGE, instant_text(last)[:16], "end"),
        "</svg>",
    ]
    return "".join(parts)


def stroke(x: float, what: str) -> str:
    """An event."""
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{EDGE}" y2="{HEIGHT}" stroke="#b3261e" stroke-width="2">'
        f"<title>{escape(what)}</title></line>"
    )


def line(points: Sequence[Sequence[float]], x: Callable[[float], float]) -> str:
    """The readings."""
    if not points:
        return ""
    values = [value for _, value in points]
    low, high = min(values), max(values)
    scale = (HEIGHT - 2 * EDGE) / (high - low) if high > low else 0.0
    drawn = " ".join(f"{x(at):.1f},{HEIGHT - EDGE - (value - low) * scale:.1f}" for at, value in points)
    bounds = text(EDGE, f"{high:g}", "start", EDGE + 8) + text(EDGE, f"{low:g}", "start", HEIGHT - 2)
    return f'<polyline points="{drawn}" fill="none" stroke="#1f5fa8" stroke-width="1.5"/>{bounds}'


def text(x: float, said: str, anchor: str, y: float = HEIGHT + 14) -> str:
    """A text of a chart."""
    return f'<text x="{x}" y="{y}" font-size="10" text-anchor="{anchor}" fill="#444">{escape(said)}</text>'


def bars_svg(weeks: Sequence[dict[str, Any]]) -> str:
    """Tickets week by week."""
    most = max((week["tickets"] for week in weeks), default=0) or 1
    width = (WIDTH - 2 * EDGE) / max(1, len(weeks))
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT + 18}" role="img" class="weeks">']
    for nth, week in enumerate(weeks):
        height = (HEIGHT - 2 * EDGE) * week["tickets"] / most
        parts.append(
            f'<rect x="{EDGE + nth * width:.1f}" y="{HEIGHT - height:.1f}" width="{max(1.0, width - 1):.1f}" '
            f'height="{height:.1f}" fill="#1f5fa8"><title>{escape(week["from"])}: {week["tickets"]}</title></rect>'
        )
    if weeks:
        parts += [text(EDGE, weeks[0]["from"], "start"), text(WIDTH - EDGE, weeks[-1]["from"], "end")]
    return "".join([*parts, "</svg>"])
