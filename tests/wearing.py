"""A small family of devices that wear out, run in two ways, for tests of remaining life."""

import csv
import gzip
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from maintenance.remaining_tracks import Tracks, tracks_of

METRICS = ("heat", "current", "still")
HEADER = ("machine_number", "uptime", "setting_1", *METRICS, "RUL")


def family(units: int, seed: int, *, cut: bool = False) -> tuple[Tracks, list[float]]:
    """Units that fail after 40 to 90 cycles, heat and current rising over the last 40; `cut`: watched only until some
    moment before. Beside them the true lives left."""
    draw = np.random.default_rng(seed)
    names, use, settings, values, left = list[str](), list[float](), list[list[float]](), list[list[float]](), []
    for number in range(1, units + 1):
        life = int(draw.integers(40, 90))
        end = int(draw.integers(15, life)) if cut else life
        left.append(float(life - end))
        for cycle in range(1, end + 1):
            fast = float(draw.random() < 0.5)
            wear = max(0.0, 1.0 - (life - cycle) / 40.0)
            heat = 50.0 + 20.0 * fast + (4.0 + 4.0 * fast) * wear + draw.normal(0.0, 0.3)
            current = 2.0 + fast - 0.5 * wear + draw.normal(0.0, 0.05)
            names.append(str(number))
            use.append(float(cycle))
            settings.append([10.0 + 30.0 * fast + draw.normal(0.0, 0.01)])
            values.append([heat, current, 7.0])
    tracks = tracks_of(
        names,
        np.array(use),
        np.array(settings),
        np.array(values),
        setting_names=["setting_1"],
        metrics=METRICS,
    )
    return tracks, left


def write_csv(tracks: Tracks, file: Path, *, without: Sequence[str] = ()) -> None:
    """Rows as the public sets have them, packed where the name says so; a column RUL tells nonsense."""
    kept = [place for place, name in enumerate(HEADER) if name not in without]
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "wt", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow([HEADER[place] for place in kept])
        for row, unit in enumerate(tracks.unit):
            whole = [tracks.units[unit], tracks.use[row], *tracks.settings[row], *tracks.values[row], 999]
            rows.writerow([whole[place] for place in kept])
