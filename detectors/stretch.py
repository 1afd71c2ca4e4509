"""Stretch: what has happened to a key lately, while something that arrives late may still change what it means.

A key's state is a value: what is settled, and the happenings after it in order of event time. Each arrival puts its
happening in its place and the stretch is judged again, so the settled view depends on what happened and not on the
order in which it arrived.
"""

from bisect import insort
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from detectors.episodes import Episode, Happening, Told
from domain.instants import Duration, Instant

EARLIEST: Instant = -(2**63)
LATEST: Instant = 2**63
UNSETTLED = 256
"""So many unsettled happenings a key; beyond, the oldest are settled early."""

HIT, RESET, RESOLVE = "C", "R", "X"
"""Roles of an event in its rule; one event may have several, each a letter of its kind."""
QUIET, CALM = "Q", "K"
"""Marks: by now it has been quiet, or calm, for long enough."""


class Row(Struct, frozen=True, array_like=True):
    """What the happenings so far have led to."""

    hits: tuple[Happening, ...] = ()
    """Those that may be evidence of the next episode."""
    counted_at: Instant | None = None
    ordinal: int = 0
    """How many episodes there were."""
    episode: Episode | None = None
    """The last one."""


class KeyState(Struct, frozen=True, array_like=True):
    """Everything remembered of one key."""

    settled: Row = Row()
    happenings: tuple[Happening, ...] = ()
    """The unsettled ones, in order of event time."""
    newest: Instant | None = None
    floor: Instant | None = None
    """What is older than this comes too late."""
    heard: tuple[int, ...] = ()
    """When the device was heard, by event time, in a form that the kind of rule chooses …"""
    heard_at: Instant = 0
    """… by arrival, the last time …"""
    quiet: Duration = 0
    """… and how long it has been heard without a hit."""
    told: dict[int, Told] = {}
    """By ordinal, what has been said of episodes that may still change."""
    late: int = 0


def is_late(state: KeyState, at: Instant) -> bool:
    """What happened then is settled."""
    return state.floor is not None and at < state.floor


def placed(state: KeyState, marks: Iterable[Happening]) -> KeyState:
    """With these happenings in their places; what they say of time is not news of the device."""
    happenings = list(state.happenings)
    for one in marks:
        insort(happenings, one, key=Happening.order)
    return replace(state, happenings=tuple(happenings))


def arrived(state: KeyState, new: Happening) -> KeyState:
    """With what a device has said in its place."""
    newest = new.at if state.newest is None else max(state.newest, new.at)
    return replace(placed(state, [new]), newest=newest)


def floor_of(state: KeyState, newest: Instant, lateness: Duration) -> Instant:
    """Before this, nothing can change any more: it is too old, or there are too many. It never goes back."""
    floor = max(newest - lateness, EARLIEST)
    if len(state.happenings) > UNSETTLED:
        crowd = state.happenings[-UNSETTLED].at
        floor = max(floor, crowd if state.happenings[0].at < crowd else crowd + 1)
    return floor if state.floor is None else max(floor, state.floor)


def still_open(told: dict[int, Told], settled: Row, floor: Instant) -> dict[int, Told]:
    """What has been said of episodes that may still change."""
    return {
        ordinal: said
        for ordinal, said in told.items()
        if (ordinal > settled.ordinal and not (said.withdrawn and said.episode.last_at < floor))
        or (ordinal == settled.ordinal and not said.withdrawn)
    }


def alone(state: KeyState) -> KeyState:
    """The state without the states before earlier firings: nested in each other they would double every time."""
    return replace(state, told={ordinal: replace(told, before=b"") for ordinal, told in state.told.items()})
