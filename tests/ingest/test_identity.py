"""What a device has said already does not count again, however the journal is cut and wherever it is restarted."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.batch import RETAINED, Batch, DeviceEvent
from ingest.identity import Identities

NOTHING = np.empty(0, np.int64)


class Said(NamedTuple):
    """An item."""

    device: str = "d1"
    identity: int = 0
    is_event: bool = False
    is_retained: bool = False


def batch_of(items: Sequence[Said], after: int = 0) -> Batch:
    """A batch of items, one a message."""
    devices = {device: place for place, device in enumerate(dict.fromkeys(item.device for item in items))}
    position = np.arange(after + 1, after + len(items) + 1)
    return Batch(
        after=after,
        upto=after + len(items),
        devices=list(devices),
        position=position,
        device=np.array([devices[item.device] for item in items], np.int64),
        item_at=position,
        received_at=position,
        identity=np.array([item.identity for item in items], np.uint64),
        firmware=np.full(len(items), -1),
        flags=np.array([RETAINED if item.is_retained else 0 for item in items], np.int64),
        item=NOTHING,
        metric=NOTHING,
        value=np.empty(0),
        state=NOTHING,
        events=[
            DeviceEvent(n, item.device, "crash", "", {}, 0, 0, after + n + 1, -1, -1, 1)
            for n, item in enumerate(items)
            if item.is_event
        ],
    )


def fresh(window: Identities, *items: Said, after: int = 0) -> list[bool]:
    """Which of the items count."""
    found: list[bool] = window.fresh(batch_of(items, after))[0].tolist()
    return found


def test_the_same_identity_counts_once_a_device() -> None:
    """Another device may have the same one."""
    window = Identities()

    assert [True, False, True, True] == fresh(window, Said("a", 7), Said("a", 7), Said("b", 7), Said("a", 8))
    assert [False, False] == fresh(window, Said("b", 7), Said("a", 8), after=4)


def test_what_has_no_identity_always_counts() -> None:
    """Neither counters nor a time: never a duplicate."""
    window = Identities()

    assert [True] * 4 == fresh(window, Said(), Said(), Said(is_event=True), Said(is_event=True))


def test_readings_are_forgotten_after_as_many_others_as_the_window_holds() -> None:
    """The last 3 are known."""
    window = Identities(window=3)

    assert [True] * 4 == fresh(window, *(Said(identity=n) for n in (1, 2, 3, 4)))
    assert [False, False, False, True] == fresh(window, *(Said(identity=n) for n in (2, 3, 4, 1)), after=4)


def test_a_crash_is_remembered_through_a_flood_of_readings() -> None:
    """Events have a window of their own, so a long buffer sent again does not count twice."""
    window = Identities(window=3)
    fresh(window, Said(identity=5, is_event=True), *(Said(identity=n) for n in range(10, 1000)))

    assert [False] == fresh(window, Said(identity=5, is_event=True), after=1000)


def test_events_are_forgotten_after_as_many_others_as_their_window_holds() -> None:
    """The last 100 are known, exactly."""
    window = Identities(event_window=100)
    fresh(window, *(Said(identity=n, is_event=True) for n in range(1, 121)))

    found = fresh(window, *(Said(identity=n, is_event=True) for n in (21, 120, 20)), after=120)

    assert [False, False, True] == found


def test_a_retained_delivery_never_displaces_the_live_message() -> None:
    """The copy that the broker kept may come first; the live one still counts, and after it the copy does not."""
    window = Identities()
    kept, live = Said(identity=9, is_event=True, is_retained=True), Said(identity=9, is_event=True)

    assert [True, True, False, False] == fresh(window, kept, live, live, kept)
    assert [True, True, False] == fresh(window, *(s._replace(is_event=False) for s in (kept, live, kept)), after=4)


def test_newcomers_are_named_once_in_the_order_in_which_they_appear() -> None:
    """Also those whose message has no identity; not those that a cut left out of the batch."""
    window = Identities()
    batch = batch_of([Said("z"), Said("a"), Said("z"), Said("m", 3)])

    assert ["a", "m"] == list(window.fresh(batch.cut(1, 2, after=1, upto=2))[1]) + list(window.fresh(batch.since(3))[1])
    assert ["z"] == list(window.fresh(batch)[1])


def test_beyond_the_most_devices_the_newest_are_refused_and_the_others_go_on() -> None:
    """One reject an item, with its position."""
    window = Identities(max_devices=2)

    mask, newcomers, refused = window.fresh(batch_of([Said("a"), Said("b"), Said("c"), Said("a"), Said("c")]))

    assert ([True, True, False, True, False], ["a", "b"]) == (mask.tolist(), list(newcomers))
    assert [(3, "too_many_devices"), (5, "too_many_devices")] == [(r.position, r.reason) for r in refused]


def test_a_batch_without_items_changes_nothing() -> None:
    """Marks and rejects only."""
    window = Identities()

    mask, newcomers, refused = window.fresh(batch_of([]))

    assert ([], [], []) == (mask.tolist(), list(newcomers), list(refused))


def test_only_what_changed_is_in_the_next_snapshot() -> None:
    """And nothing when nothing did."""
    window = Identities()
    fresh(window, Said("a", 1), Said("b", 2), Said("c", 3, is_event=True))
    window.whole()

    fresh(window, Said("b", 4), Said("a", 1), Said("c", 5, is_event=True), after=3)

    assert [1, 2] == window.changed()["slots"].tolist()
    assert [] == window.changed()["slots"].tolist()


ITEMS = st.lists(
    st.builds(
        Said,
        st.sampled_from(["a", "b", "c", "d"]),
        st.integers(0, 12),
        st.booleans(),
        st.sampled_from([False, False, False, True]),
    ),
    max_size=60,
)


def by_hand(items: Sequence[Said], window: int, event_window: int, most: int) -> list[bool]:
    """What counts, one item after the other."""
    known: dict[str, tuple[list[int], list[int]]] = {}
    found = []
    for device, identity, is_event, is_retained in items:
        if device not in known and len(known) >= most:
            found.append(False)
            continue
        seen = known.setdefault(device, ([], []))[is_event]
        found.append(identity == 0 or identity not in seen)
        if found[-1] and identity and not is_retained:
            seen.append(identity)
            del seen[: -(event_window if is_event else window)]
    return found


@settings(max_examples=150, deadline=None)
@given(ITEMS, st.data())
def test_cuts_and_restarts_change_nothing(items: list[Said], data: st.DataObject) -> None:
    """Any cut into batches, a snapshot and a restart after any of them: what counts is what one pass by hand says."""
    cuts = sorted(data.draw(st.sets(st.integers(0, len(items)), max_size=6)))
    bounds = [0, *cuts, len(items)]
    window = Identities(window=3, event_window=5, max_devices=3)
    saved = [window.whole()]
    found: list[bool] = []
    for start, end in pairwise(bounds):
        found += fresh(window, *items[start:end], after=start)
        saved.append(window.changed())
        if data.draw(st.booleans()):
            window = Identities(window=3, event_window=5, max_devices=3)
            for state in saved:
                window.restore(state)

    assert by_hand(items, 3, 5, 3) == found


def test_a_hundred_thousand_devices_stay_within_their_memory() -> None:
    """Ring, head and mark of each: 265 bytes, with room to double."""
    window = Identities()
    for start in range(0, 100_000, 10_000):
        fresh(window, *(Said(f"d{n}", n + 1) for n in range(start, start + 10_000)), after=start)

    assert window.rings.nbytes + window.heads.nbytes + window.dirty.nbytes <= 131_072 * 265
