"""Tracks: what the devices of one family reported step by step, one device's rows after the other's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from domain.batch import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """Rows in order of use within each unit. A unit is one device's life from new (or mended) on."""

    units: tuple[str, ...]
    starts: Ints
    """[unit + 1]: where the rows of each unit begin, and at last where they all end."""
    use: Floats
    """[row]: how much the unit had been used: cycles, hours or days, the same for all."""
    settings: Floats
    """[row, setting]: how it was run."""
    values: Floats
    """[row, metric]: what it reported; NaN where it reported nothing."""
    setting_names: tuple[str, ...]
    metrics: tuple[str, ...]
    ends: Floats
    """[unit]: its use when it failed (or was last heard of), never less than at its last row."""

    def __len__(self) -> int:
        return len(self.use)

    @property
    def unit(self) -> Ints:
        """[row]: the number of its unit."""
        return np.repeat(np.arange(len(self.units)), np.diff(self.starts))

    @property
    def last(self) -> Ints:
        """[unit]: its newest row."""
        return self.starts[1:] - 1

    @property
    def left(self) -> Floats:
        """[row]: how much use came after it, up to the unit's end. Of units that failed: their remaining life."""
        return self.ends[self.unit] - self.use

    def of(self, chosen: Bools) -> "Tracks":
        """Only these units."""
        rows = chosen[self.unit]
        return replace(
            self,
            units=tuple(name for name, keep in zip(self.units, chosen, strict=True) if keep),
            starts=np.concatenate([[0], np.cumsum(np.diff(self.starts)[chosen])]).astype(np.int64),
            use=self.use[rows],
            ends=self.ends[chosen],
            settings=self.settings[rows],
            values=self.values[rows],
        )

    def every(self, step: int) -> Ints:
        """Each unit's newest row and every `step`-th before it: neighbours say nearly the same."""
        back = self.last[self.unit] - np.arange(len(self))
        return np.flatnonzero(back % step == 0)

    def chunks(self, size: int) -> Iterator[slice]:
        """Units in slices of `size`, so that padding them needs little memory."""
        return (slice(begin, min(begin + size, len(self.units))) for begin in range(0, len(self.units), size))


def tracks_of(
    names: Sequence[str],
    use: Floats,
    settings: Floats,
    values: Floats,
    *,
    setting_names: Sequence[str] = (),
    metrics: Sequence[str] = (),
    ends: Mapping[str, float] | None = None,
) -> Tracks:
    """From rows in any order, `names` saying whose each is; `ends` by unit, else a unit ends with its last row.

    Raises ValueError where a unit has two rows of one use.
    """
    units = list(dict.fromkeys(names))
    number = {name: place for place, name in enumerate(units)}
    unit = np.fromiter((number[name] for name in names), np.int64, len(names))
    order = np.lexsort((use, unit))
    unit, use = unit[order], use[order]
    twice = np.flatnonzero((unit[1:] == unit[:-1]) & (use[1:] == use[:-1]))
    if len(twice):
        raise ValueError(f"{units[unit[twice[0]]]} has two rows of use {use[twice[0]]:g}; keep one of them")
    starts = np.searchsorted(unit, np.arange(len(units) + 1))
    last = {name: float(use[starts[place + 1] - 1]) for name, place in number.items()}
    return Tracks(
        units=tuple(units),
        starts=starts,
        ends=np.array([max(last[name], (ends or {}).get(name, 0.0)) for name in units]),
        use=use.astype(np.float64),
        settings=settings[order].astype(np.float64),
        values=values[order].astype(np.float64),
        setting_names=tuple(setting_names),
        metrics=tuple(metrics),
    )
