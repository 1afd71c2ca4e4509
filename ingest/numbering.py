"""Numbering: which numbers of one device are missing, number by number.

A number that comes after a higher one fills its hole. A hole is given up, and told once, when the device has gone on
for long enough; what fills it later still is subtracted from what was told.
"""

import dataclasses
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from domain.gap import Gap, GapKind
from domain.instants import Duration, Instant

BOOTS = 4
"""So many boots before the present one are remembered, for what comes late."""
HOLES = 256
"""So many holes a device; beyond, the oldest are given up early and then forgotten."""
UNTOLD = -1
FIRST = 1
"""With which number a boot begins at the latest."""


class Hole(Struct, frozen=True, array_like=True):
    """Numbers `first` to `last` are missing."""

    boot: int
    first: int
    last: int
    since: Instant
    """Time of arrival of the first higher number."""
    kind: str = GapKind.LOST.value
    told_first: int = UNTOLD
    told_last: int = UNTOLD
    """The gap that was told of it."""

    @property
    def is_told(self) -> bool:
        """It was given up."""
        return self.told_first != UNTOLD


class Numbering(Struct, frozen=True, array_like=True):
    """What is known of a device's numbers, but for its present boot and its highest number in it."""

    holes: tuple[Hole, ...] = ()
    """In order of being noticed."""
    earlier: tuple[tuple[int, int], ...] = ()
    """Boots before the present one and their highest numbers, the latest last."""
    base: int = FIRST
    """The lowest number with which a boot began."""
    restarts: bool | None = None
    """Whether numbers begin anew with a boot; None = not seen yet."""

    @property
    def waits_since(self) -> Instant | None:
        """When the oldest hole was noticed that is not given up yet."""
        return min((hole.since for hole in self.holes if not hole.is_told), default=None)


Present = tuple[int, int]
"""The present boot and the highest number in it."""


def numbered(known: Numbering, present: Present | None, said: Present, at: Instant) -> tuple[Numbering, Present]:
    """What is known after a number of a boot has come."""
    boot, number = said
    if present is None:
        return replace(known, base=min(known.base, number)), said
    if boot == present[0]:
        known, high = within(known, said, present[1], at)
        return known, (boot, high)
    for place, (earlier, high) in enumerate(known.earlier):
        if earlier == boot:
            known, highest = within(known, said, high, at)
            rest = (*known.earlier[:place], (boot, highest), *known.earlier[place + 1 :])
            return replace(known, earlier=rest), present
    if boot > present[0]:
        known = begun(known, present[1], said, at)
    return replace(known, earlier=(*known.earlier, present)[-BOOTS:]), said


def within(known: Numbering, said: Present, high: int, at: Instant) -> tuple[Numbering, int]:
    """A number of a boot whose highest was `high`."""
    boot, number = said
    if number <= high:
        return filled(known, said), high
    if number > high + 1 and not any(is_in(hole, said) for hole in known.holes):
        known = noticed(known, Hole(boot, high + 1, number - 1, at))
    return filled(known, said), number


def begun(known: Numbering, high: int, said: Present, at: Instant) -> Numbering:
    """The first number that comes of a new boot, after `high` of the boot before."""
    boot, number = said
    if number <= max(high, FIRST):
        known = replace(known, restarts=True, base=min(known.base, number))
    elif number == high + 1 and known.restarts is None:
        known = replace(known, restarts=False)
    if known.restarts:
        return noticed(known, Hole(boot, known.base, number - 1, at))
    return noticed(known, Hole(boot, high + 1, number - 1, at, GapKind.BOOT_UNKNOWN.value))


def noticed(known: Numbering, hole: Hole) -> Numbering:
    """With one more hole, if there is anything in it."""
    return known if hole.last < hole.first else replace(known, holes=(*known.holes, hole))


def filled(known: Numbering, said: Present) -> Numbering:
    """A number that was missing has come."""
    for place, hole in enumerate(known.holes):
        if is_in(hole, said):
            number = said[1]
            sides = (replace(hole, last=number - 1), replace(hole, first=number + 1))
            left = tuple(side for side in sides if side.first <= side.last)
            return replace(known, holes=known.holes[:place] + left + known.holes[place + 1 :])
    return known


def is_in(hole: Hole, said: Present) -> bool:
    """The number is one of those that are missing."""
    boot, number = said
    is_boot = hole.boot == boot or (hole.kind == GapKind.BOOT_UNKNOWN and boot < hole.boot)
    return is_boot and hole.first <= number <= hole.last


def given_up(
    known: Numbering, present: Present, at: Instant, *, grace: Duration, numbers: int
) -> tuple[Numbering, tuple[Hole, ...]]:
    """Holes are given up after a time, after so many numbers more, or when there are too many of them."""
    spare = len(known.holes) - HOLES
    ripe = tuple(
        hole
        for place, hole in enumerate(known.holes)
        if not hole.is_told
        and (
            at - hole.since >= grace or place < spare or (hole.boot == present[0] and present[1] - hole.last >= numbers)
        )
    )
    if not ripe and spare <= 0:
        return known, ()
    told = {(hole.boot, hole.first): replace(hole, told_first=hole.first, told_last=hole.last) for hole in ripe}
    holes = tuple(told.get((hole.boot, hole.first), hole) for hole in known.holes)
    return replace(known, holes=holes[max(0, spare) :]), ripe


def gap_of(device: str, hole: Hole, at: Instant) -> Gap:
    """The gap that is told of a hole just given up."""
    return Gap(
        device=device,
        boot=hole.boot,
        from_seq=hole.first,
        to_seq=hole.last,
        noticed_at=at,
        kind=GapKind(hole.kind),
    )


def amended(device: str, before: Numbering, after: Numbering, at: Instant) -> Iterator[Gap]:
    """The told gap of which a number came after all."""
    for hole in before.holes:
        if hole.is_told and hole not in after.holes:
            told = replace(hole, first=hole.told_first, last=hole.told_last)
            left = sum(h.last - h.first + 1 for h in after.holes if is_part(h, hole))
            yield dataclasses.replace(gap_of(device, told, at), arrived=told.last - told.first + 1 - left)
            return


def is_part(one: Hole, other: Hole) -> bool:
    """Both were told as the same gap."""
    return (one.boot, one.told_first, one.told_last) == (other.boot, other.told_first, other.told_last)
