"""Life plot: what has survived, what the fit expects, and what each age of replacement costs, as one SVG."""

from collections.abc import Iterator
from html import escape

import numpy as np

from domain.batch import Floats
from maintenance.advice import number
from maintenance.age import cost_rates
from maintenance.catalogue_when import UNITS
from maintenance.life import Lives
from truckroll.life_report import GroupFit, LifeReport, age_by_which
from truckroll.series_plot import COLOURS, STYLE, label

WIDTH, HEIGHT, EDGE = 520, 220, 50
WORDS = {
    "en": (
        "still working",
        "cost for each {each}, by age of replacement",
        "age in {unit}",
        "never replace early",
    ),
    "zh": ("仍在工作的比例", "按更换年龄计的每{each}费用", "年龄（{unit}）", "不提前更换"),
}


def plot(report: LifeReport, language: str) -> str:
    """The SVG: a line of two pictures for each group."""
    line = HEIGHT + 2 * EDGE
    width, height = 2 * (WIDTH + EDGE) + EDGE, line * len(report.groups)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" style="{STYLE}">'
    names = ", ".join(group.name for group in report.groups)
    parts = [head, f"<title>{escape(names)}</title>"]
    for nth, group in enumerate(report.groups):
        parts.append(f'<g transform="translate(0 {nth * line})">')
        parts += pictures(report, group, language)
        parts.append("</g>")
    return "\n".join([*parts, "</svg>", ""])


def pictures(report: LifeReport, group: GroupFit, language: str) -> Iterator[str]:
    """Survival on the left, cost on the right."""
    unit, each = UNITS[report.unit][language]
    survival, cost, axis, never = (word.format(unit=unit, each=each) for word in WORDS[language])
    end = max(age_by_which(group.beliefs, 0.97), float(group.lives.age.max()))
    ages = np.linspace(end / 300.0, end, 300)
    rates = (group.beliefs.weights[:, :, None] * cost_rates(group.beliefs, report.costs, ages)).sum((0, 1))
    top = 1.5 * group.policy.rate_of_failures_only
    lefts = (EDGE, WIDTH + 2 * EDGE)
    for left, title in zip(lefts, (f"{group.name}: {survival}", cost), strict=True):
        yield label(left, EDGE - 12, title)
        yield f'<path d="M{left} {EDGE}v{HEIGHT}h{WIDTH}" fill="none" stroke="#888"/>'
        yield label(left, EDGE + HEIGHT + 18, "0")
        yield label(left + WIDTH, EDGE + HEIGHT + 18, f"{number(end)} – {axis}", anchor="end")
    yield curve(kaplan_meier(group.lives, end), end, 1.0, lefts[0], "#222")
    yield curve((ages, group.beliefs.surviving(ages)), end, 1.0, lefts[0], COLOURS[0])
    yield curve((ages, np.where(rates <= top, rates, np.nan)), end, top, lefts[1], COLOURS[1])
    if group.policy.is_never:
        yield label(lefts[1] + WIDTH, EDGE + 14, never, "#b3403a", "end")
        return
    for left in lefts:
        x = left + WIDTH * min(group.policy.age / end, 1.0)
        yield f'<path d="M{x:.1f} {EDGE}v{HEIGHT}" stroke="#b3403a" stroke-dasharray="4 3"/>'
        yield label(x + 4, EDGE + 14, number(group.policy.age), "#b3403a")


def kaplan_meier(lives: Lives, end: float) -> tuple[Floats, Floats]:
    """Corners of the share that still works, as observed (Kaplan and Meier 1958, with late entry)."""
    ages, shares, share = [0.0], [1.0], 1.0
    for age in np.unique(lives.age[lives.failed]).tolist():
        watched = int(((lives.entered < age) & (lives.age >= age)).sum())
        after = share * (1.0 - int((lives.failed & (lives.age == age)).sum()) / watched)
        ages += [age, age]
        shares += [share, after]
        share = after
    return np.array([*ages, end]), np.array([*shares, share])


def curve(line: tuple[Floats, Floats], end: float, top: float, left: float, colour: str) -> str:
    """A line through what is known."""
    ages, values = line
    known = np.isfinite(values) & (ages <= end * (1 + 1e-9))
    xs, ys = left + WIDTH * ages[known] / end, EDGE + HEIGHT * (1.0 - values[known] / top)
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs.tolist(), ys.tolist(), strict=True))
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
