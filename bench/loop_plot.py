"""The year of `bench.loop` as one SVG: what each policy has cost so far, and where machines failed or were seen to."""

from collections.abc import Iterator, Sequence
from html import escape

import numpy as np

from bench.loop_bill import Year
from bench.loop_world import World
from truckroll.series_plot import COLOURS, STYLE, label

WIDTH, HEIGHT, EDGE = 1100, 240, 60
ROW, LEGEND = 5, 190
RED, GREEN = "#b3403a", "#2b7a3e"


def plot(world: World, years: Sequence[Year]) -> str:
    """Costs on top, then a band of machines for each policy: red failed, green was replaced before."""
    band = world.machines * ROW + 34
    width, height = WIDTH + EDGE + LEGEND, EDGE + HEIGHT + 50 + band * len(years)
    title = f"A year of {world.machines} machines, world {years[0].seed}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" style="{STYLE}">',
        f"<title>{escape(title)}</title>",
        label(EDGE, 24, f"{title}: what it has cost so far"),
        *curves(years),
    ]
    for nth, year in enumerate(years):
        parts += machines(world, year, EDGE + HEIGHT + 50 + nth * band)
    return "\n".join([*parts, "</svg>", ""])


def curves(years: Sequence[Year]) -> Iterator[str]:
    """Sums over the days."""
    top = max(year.bill.total for year in years)
    yield f'<path d="M{EDGE} {EDGE}v{HEIGHT}h{WIDTH}" fill="none" stroke="#888"/>'
    yield label(EDGE - 4, EDGE + 4, f"{top / 1000:,.0f}k", anchor="end")
    heights = [EDGE + HEIGHT - year.bill.total / top * HEIGHT for year in years]
    for nth, (year, place) in enumerate(zip(years, apart(heights), strict=True)):
        sums = np.concatenate([[0.0], np.cumsum([day.total for day in year.days])])
        xs = EDGE + np.linspace(0, WIDTH, len(sums))
        ys = EDGE + HEIGHT - sums / top * HEIGHT
        points = "L".join(f"{x:.0f} {y:.1f}" for x, y in zip(xs.tolist(), ys.tolist(), strict=True))
        yield f'<path d="M{points}" fill="none" stroke="{COLOURS[nth]}" stroke-width="2"/>'
        yield label(EDGE + WIDTH + 6, place, f"{year.policy}: {year.bill.total / 1000:,.0f}k", COLOURS[nth])


def apart(heights: Sequence[float]) -> list[float]:
    """Where labels stand: at their heights, or a line below the one above them."""
    places, lowest = [0.0] * len(heights), 0.0
    for nth in sorted(range(len(heights)), key=heights.__getitem__):
        places[nth] = lowest = max(heights[nth] + 4.0, lowest + 14.0)
    return places


def machines(world: World, year: Year, top: float) -> Iterator[str]:
    """A line for each machine, a mark for each part that failed or was replaced."""
    fails, saves = year.failures.total(), year.replaced.total()
    yield label(EDGE, top + 12, f"{year.policy}: {fails} failures (red), {saves} replaced before (green)")
    high = world.machines * ROW
    yield f'<rect x="{EDGE}" y="{top + 18:.0f}" width="{WIDTH}" height="{high}" fill="#f4f4f4"/>'
    for what, colour, width in (("replaced", GREEN, 2), ("failed", RED, 3)):
        marks = (
            f"M{EDGE + (day + 0.5) / world.days * WIDTH:.0f} {top + 18 + machine * ROW:.0f}v{ROW}"
            for day, machine, _, kind in year.marks
            if kind == what
        )
        yield f'<path d="{"".join(marks)}" stroke="{colour}" stroke-width="{width}"/>'
