"""The field: a routing problem in columns, as the search works on it.

All columns of floats stand one behind the other in `real`, all of whole numbers in `whole`; a column's name says
where it begins. Two arrays instead of fifty keep compiled calls short.

Places are numbered: visits 0 … n-1, then homes and the depot. A tour is one technician's shift: it begins and ends at
its home. Tables of two indices are flat, row by row. Times are numbers from any origin in any unit.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from maintenance.search.compiled import Floats, Ints, floats, ints

NEVER = -1.0
"""The latest start of a visit that a tour may not make."""
FAR = 1e18


class Field(NamedTuple):
    """A routing problem."""

    real: Floats
    whole: Ints
    n: int
    tours: int
    width: int
    """Places that a tour can have, with both ends."""
    kinds: int
    """Kinds of parts."""
    places: int
    travel: int
    """Time from place to place."""
    price: int
    """Cost from place to place."""
    has_price: bool
    service: int
    """Time at each place."""
    earliest: int
    latest: int
    """Of starting each visit on each tour (tour × n); NEVER where it may not."""
    earliest_late: int
    latest_late: int
    """The same, if what was asked or told does not matter; no narrower."""
    extra: int
    """Cost of each visit on each tour (tour × n)."""
    breach: int
    """Cost of each visit that is not made as it was asked or told: that misses its deadline, or its promise."""
    penalty: int
    """Cost of each visit that is left out."""
    begin: int
    end: int
    regular: int
    """The end of each tour without overtime."""
    per_time: int
    per_overtime: int
    home: int
    depot: int
    """The depot's place, or -1."""
    depot_opens: float
    depot_closes: float
    parts: int
    """Each visit's needs (n × kinds)."""
    stock: int
    """Each owner's own parts (owner × kinds)."""
    owner: int
    """The technician whose tour it is."""
    store: int
    """Parts at the depot."""
    is_store_limited: bool
    needs: int
    """Each visit's tools as bits."""
    has: int
    """Each tour's tools as bits."""
    twin: int
    """The nearest earlier tour that is just the same, or -1."""
    near: int
    """For each visit all others, the most alike first (n × (n-1))."""
    when: int
    """Visits by the middle of their time."""
    rank: int
    """Where each visit stands in `when`."""


class Tours(NamedTuple):
    """A solution being worked on, with what makes an insertion cheap to judge."""

    real: Floats
    whole: Ints
    at: int
    """Places of each tour with both homes, without the depot stop (tour × width)."""
    size: int
    stop: int
    """After which place the depot stop is made, or -1."""
    where: int
    """The tour of each visit, or -1."""
    late: int
    """1 where a visit's deadline, or promise, does not matter."""
    cost: int
    pre_d: int
    pre_e: int
    pre_l: int
    """Duration, earliest and latest start of each tour's beginning, up to each place."""
    suf_d: int
    suf_e: int
    suf_l: int
    """The same from each place to the end."""
    mid_d: int
    mid_e: int
    mid_l: int
    """From the beginning through a depot stop after a place, up to a later place (tour × width × width)."""
    end_d: int
    end_e: int
    end_l: int
    """From a place through a depot stop after a later place to the end (tour × width × width)."""
    load: int
    """Parts needed up to each place (tour × width × kinds)."""
    lacks: int
    """The first place of each tour whose tools are not in the van; size + 1 = none."""
    used: int
    """Own parts that each tour uses (tour × kinds)."""
    left: int
    """Own parts that each owner still has (owner × kinds)."""
    taken: int
    """Parts that each tour takes from the depot (tour × kinds)."""
    rest: int
    """Parts still at the depot."""
    kept_at: int
    kept_size: int
    kept_stop: int
    kept_late: int
    """The solution that was accepted last."""
    best_at: int
    best_size: int
    best_stop: int
    best_late: int
    """The best solution so far."""
    totals: int
    """Cost: accepted last, best so far."""
    deep: int
    """1 for tours whose segments through a depot stop are worked out."""
    stirred: int
    """1 for owners of tours that differ from what was accepted last."""
    version: int
    """How often each tour, or another of its owner, has changed."""
    known_cost: int
    known_place: int
    """The best insertion into each tour as accepted, twice the place before it and 1 if late (visit × tours)."""
    known_version: int
    """Which version of the tour that is true of."""
    pool: int
    """Visits that are to be put back; behind them scratch space."""
    touched: int
    """1 for tours that differ from what was accepted last."""
    offer: int
    """Cost of the best insertion of each visit of the pool into each tour (pool × tours)."""
    chance: int
    """The state of the random numbers."""


def field_of(real: Mapping[str, Sequence[float]], whole: Mapping[str, Sequence[int]], **numbers: Any) -> Field:
    """A field from its columns and its other numbers, each under its name in `Field`."""
    return Field(**laid_out(real, whole), **numbers)


def tours_of(real: Mapping[str, Sequence[float]], whole: Mapping[str, Sequence[int]]) -> Tours:
    """Tours from their columns, each under its name in `Tours`."""
    return Tours(**laid_out(real, whole))


def laid_out(real: Mapping[str, Sequence[float]], whole: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """Where each column begins, and all of them one behind the other."""
    begins: dict[str, Any] = {}
    for columns in (real, whole):
        place = 0
        for name, column in columns.items():
            begins[name] = place
            place += len(column)
    begins["real"] = floats([number for column in real.values() for number in column])
    begins["whole"] = ints([number for column in whole.values() for number in column])
    return begins
