"""The gap ledger's eye: exactly the numbers that never arrived are told, each once."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.batch import RETAINED, Mark
from domain.entries import Entry, Kind, Page
from domain.gap import Gap, GapKind
from domain.instants import MINUTE, SECOND
from firmware_sim.ready_made import demo
from ingest.decode import Decoder
from ingest.gaps import Gaps
from ingest.identity import Identities
from tests.batches import Item, batch_of
from tests.firmware_sim.reference import objects

NOW = 1_800_000_000 * SECOND


def story(*said: str, spacing: int = SECOND):
    """Items of device D from `boot:seq`, `.10m` for a tick after that time, `-` for an item without a number."""
    rows, marks, now = [], [], NOW
    for position, word in enumerate(said, 1):
        if word.startswith("."):
            now += int(word[1:-1]) * MINUTE
            marks.append(Mark(position, Kind.TICK, now, "", b""))
            continue
        now += spacing
        boot, _, seq = word.rstrip("r").partition(":")
        numbered = {"boot": int(boot), "seq": int(seq)} if seq else {}
        rows.append(Item("D", now, {}, position, flags=RETAINED if word.endswith("r") else 0, **numbered))
    return batch_of(rows, upto=len(said), marks=marks)


def told(*said: str, gaps: Gaps | None = None) -> list[str]:
    """The gaps of a story, `boot:from-to` with what arrived later and the kind where it is not plain loss."""
    return [text_of(gap) for gap in (gaps or Gaps()).look(story(*said)).gaps]


def text_of(gap: Gap) -> str:
    kind = "" if gap.kind is GapKind.LOST else f" {gap.kind}"
    return f"{gap.boot}:{gap.from_seq}-{gap.to_seq}" + (f" +{gap.arrived}" if gap.arrived else "") + kind


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("1:0 1:1 1:2 .10m", []),
        ("1:0 1:3 .10m", ["1:1-2"]),
        ("1:0 1:3 .9m", []),
        ("1:0 1:3 .10m .10m 1:4 .10m", ["1:1-2"]),
        ("1:0 1:3 1:2 1:1 .10m", []),
        ("1:0 1:5 1:3 .10m", ["1:1-2", "1:4-4"]),
        ("1:0 1:3 .10m 1:2", ["1:1-2", "1:1-2 +1"]),
        ("1:0 1:4 .10m 1:2 1:1", ["1:1-3", "1:1-3 +1", "1:1-3 +2"]),
        ("1:7 1:6 1:8 .10m", []),
        ("1:0 1:0 1:1 1:0 .10m", []),
        ("1:0 1:1 2:0 2:1 .10m", []),
        ("1:0 1:5 2:0 .10m", ["1:1-4"]),
        ("1:0 1:1 1:2 2:0 3:2 .10m", ["3:0-1"]),
        ("1:1 1:2 2:1 3:3 .10m", ["3:1-2"]),
        ("1:0 1:9 .1m 2:3 .10m", ["1:1-8", "2:0-2"]),
        ("1:5 1:6 2:7 2:8 3:9 .10m", []),
        ("1:5 1:6 2:7 3:10 .10m", ["3:8-9 boot_unknown"]),
        ("1:5 1:6 2:7 3:10 2:9 2:8 .10m", []),
        ("1:5 1:6 2:0 2:1 1:7 1:9 .10m", ["1:8-8"]),
        ("5:0 5:1 4:7 5:2 .10m", []),
        ("1:0 1:2r 1:1r .10m", []),
        ("1:0 1:2 1:1r .10m", []),
        ("- 1:0 - 1:1 .10m", []),
        ("1:0 1:2 " + " ".join(f"1:{n}" for n in range(3, 1002)), ["1:1-1"]),
    ],
)
def test_what_is_told(said, expected):
    """Order of writing is order of arrival; ten minutes or a thousand numbers later nobody waits any more."""
    assert expected == told(*said.split())


def test_numbers_that_restart_leave_the_end_of_a_boot_unknown():
    """What came after 1:4 before the power failed cannot be known; nothing is made up."""
    assert [] == told("1:3", "1:4", "2:0", "3:0", ".60m")


def test_a_device_without_numbers_is_named_until_it_has_some():
    """Loss of it is not measurable; a numbered message ends that."""
    gaps = Gaps()

    assert ("D",) == gaps.look(story("-")).unnumbered
    assert not gaps.look(story("-", "-"))
    assert ("D",) == gaps.look(story("-", "1:7")).numbered
    assert not gaps.look(story("-"))


def test_a_device_that_numbers_soon_is_never_named():
    """A status message first, a numbered one after it, in one batch."""
    losses = Gaps().look(story("-", "1:0"))

    assert not losses


def test_very_many_holes_take_little_memory():
    """Every second message lost for ever: told early where they are too many, and forgotten."""
    gaps = Gaps()
    losses = gaps.look(story(*(f"1:{2 * n}" for n in range(2_000))))

    assert 2_000 - 1 - 256 <= len(losses.gaps)
    assert 32 * 1024 > sum(array.nbytes for array in gaps.whole().values())


STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from((0, 0, 0, 0, 1)), st.integers(0, 12), st.sampled_from((0, 1, 5, 11))),
    max_size=60,
)


def entries_of(steps):
    """Three devices count up, skip, go back, reboot and wait."""
    now, boots, seqs, rows, marks = NOW, [1, 1, 1], [0, 0, 0], [], []
    for position, (device, reboots, jump, minutes) in enumerate(steps, 1):
        now += minutes * MINUTE
        if jump == 12:
            marks.append(Mark(position, Kind.TICK, now, "", b""))
            continue
        boots[device] += reboots
        seqs[device] = 0 if reboots and jump % 2 else max(0, seqs[device] + (1 if jump < 7 else jump - 9))
        numbers = {} if jump == 11 else {"boot": boots[device], "seq": seqs[device]}
        rows.append(Item(f"D{device}", now, {}, position, flags=int(jump == 5), **numbers))
    return rows, marks


def batch_between(rows, marks, after, upto):
    return batch_of(
        [row for row in rows if after < row.position <= upto],
        after=after,
        upto=upto,
        marks=[mark for mark in marks if after < mark.position <= upto],
    )


@settings(max_examples=200, deadline=None)
@given(steps=STEPS, cuts=st.sets(st.integers(1, 59)), restarts=st.sets(st.integers(1, 59)))
def test_cuts_and_restarts_change_nothing(steps, cuts, restarts):
    """One batch, or many with the state saved and taken up again in between: the same is told."""
    rows, marks = entries_of(steps)
    whole = Gaps().look(batch_between(rows, marks, 0, len(steps)))
    gaps, states, found, unnumbered = Gaps(), [], [], set()
    ends = sorted({cut for cut in cuts if cut < len(steps)} | {len(steps)})
    for after, upto in zip([0, *ends], ends, strict=False):
        losses = gaps.look(batch_between(rows, marks, after, upto))
        found += losses.gaps
        unnumbered = (unnumbered | set(losses.unnumbered)) - set(losses.numbered)
        states.append(gaps.changed() if states else gaps.whole())
        if upto in restarts:
            gaps = Gaps()
            for state in states:
                gaps.restore(state)

    assert list(whole.gaps) == found
    assert set(whole.unnumbered) == unnumbered


@pytest.mark.parametrize("seed", range(2))
def test_exactly_what_the_way_dropped_is_found(seed):
    """The demo fleet with duplicates, disorder, offline buffers and reboots; every fiftieth message is thrown away."""
    chance = Random(seed)
    scenario = demo(60, 400, seed)
    kept, firsts = [], set()
    for publication in scenario.publications():
        if publication.device in firsts and chance.random() < 0.02:
            continue
        firsts.add(publication.device)
        kept.append(publication)
    entries = [Entry(Kind.MESSAGE, p.at, p.topic, p.payload) for p in kept]
    entries.append(Entry(Kind.TICK, kept[-1].at + 10 * MINUTE))

    assert missing(kept) == found(entries, seed)


def missing(publications):
    """Numbers below the highest of their boot that no message carries, but none before the first of a device."""
    said = {}
    for publication in publications:
        for written in objects(publication):
            if "boot" in written:
                said.setdefault(publication.device, {}).setdefault(written["boot"], set()).add(written["seq"])
    return {
        (device, boot, number)
        for device, boots in said.items()
        for place, (boot, numbers) in enumerate(sorted(boots.items()))
        for number in range(min(numbers) if place == 0 else 0, max(numbers))
        if number not in numbers
    }


def found(entries, seed):
    """What the gap ledger's eye says of them, in batches of some size."""
    decoder, window, gaps = Decoder(), Identities(), Gaps()
    size, first, told = 100 + 1000 * seed, 1, {}
    for start in range(0, len(entries), size):
        batch = decoder.decode([Page(first + start, entries[start : start + size])])
        fresh, _, _ = window.fresh(batch)
        for gap in gaps.look(batch.only(fresh)).gaps:
            told[gap.device, gap.boot, gap.from_seq] = gap
    assert all(not gap.arrived for gap in told.values())
    return {(g.device, g.boot, number) for g in told.values() for number in range(g.from_seq, g.to_seq + 1)}
