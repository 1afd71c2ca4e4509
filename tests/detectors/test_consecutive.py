"""Consecutive: what exactly is a row, when does a finding begin, grow, end, flap and turn out not to be one."""

import random
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.engine import Engine
from detectors.rules import read_rules, rules_entry
from domain.batch import Mark
from domain.entries import Kind
from domain.finding import Finding, FindingState
from domain.instants import DAY, HOUR, MINUTE, SECOND, Instant
from tests.batches import Happening, Item, batch_of

T: Instant = 20_000 * DAY
HEAD = """
[[rule]]
id = "crash-loop"
name = "Keeps crashing"
kind = "consecutive"
failure_mode = "crash-loop"
class = "tv-crash"
severity = { "3" = "S3", "5" = "S2" }
event = "crash"
count = 3
within = "24h"
"""
PLAIN = 'reset = { event = "boot_ok" }\n'


class World:
    """One rule over one device; times are nanoseconds after the beginning, arrival in the order of the calls."""

    def __init__(self, more: str = PLAIN) -> None:
        self.engine = Engine()
        self.engine.control(0, "rules", rules_entry(read_rules(HEAD + more, "rules.toml").rules))
        self.position = 0
        self.seq = 0
        self.said: list[Finding] = []

    def say(self, event: str, at: int, *, received: int | None = None, code: str = "") -> list[Finding]:
        """An event of the device."""
        self.position += 1
        self.seq += 1
        happening = Happening(
            "tv",
            T + at,
            event,
            code,
            position=self.position,
            received_at=T + (at if received is None else received),
            seq=self.seq,
        )
        return self.keep(self.engine.observe(batch_of([], [happening], after=self.position - 1)))

    def read(self, at: int) -> None:
        """The device is heard with a reading."""
        self.position += 1
        self.keep(
            self.engine.observe(
                batch_of([Item("tv", T + at, {"temp": 1.0}, position=self.position)], after=self.position - 1)
            )
        )

    def mark(self, kind: Kind, at: int, topic: str = "", payload: bytes = b"") -> list[Finding]:
        """A tick or a link."""
        self.position += 1
        mark = Mark(self.position, kind, T + at, topic, payload)
        return self.keep(
            self.engine.observe(batch_of([], [], after=self.position - 1, upto=self.position, marks=[mark]))
        )

    def tick(self, at: int) -> list[Finding]:
        """Time passes."""
        return self.mark(Kind.TICK, at)

    def keep(self, found: Sequence[Finding]) -> list[Finding]:
        """Remember what was said."""
        self.said += found
        return list(found)

    def live_through(self, story: str) -> list[Finding]:
        """Letters a minute apart: C crash, o boot_ok; returns the settled view."""
        for nth, letter in enumerate(story.split()):
            self.say({"C": "crash", "o": "boot_ok"}[letter], nth * MINUTE)
        return self.settled()

    def settled(self) -> list[Finding]:
        """The last state of each finding that was not withdrawn."""
        last = {finding.id: finding for finding in self.said}
        return [finding for finding in last.values() if finding.state != FindingState.WITHDRAWN]

    def states(self) -> list[str]:
        """What was said, in order."""
        return [finding.state.value for finding in self.said]


@pytest.mark.parametrize(
    ("story", "counts"),
    [
        ("C C C", [3]),
        ("C C", []),
        ("C C o C", []),
        ("C C o C C", []),
        ("C C o C C C", [3]),
        ("C C C C C", [5]),
        ("C C C o C C C", [6]),
        ("o o o", []),
        ("C o C o C o C", []),
    ],
)
def test_a_row_is_a_row(story: str, counts: list[int]) -> None:
    """Nothing good in between; while a finding is open, further crashes are its evidence."""
    assert counts == [finding.count for finding in World().live_through(story)]


def test_three_crashes_over_more_than_a_day_are_no_row() -> None:
    """The oldest falls out of the window."""
    world = World()
    for at in (0, 13 * HOUR, 25 * HOUR):
        world.say("crash", at)

    assert [] == world.settled()


def test_crashes_closer_than_min_gap_are_one() -> None:
    """Debounced by event time."""
    world = World(PLAIN + 'min_gap = "5s"\n')
    for at in (0, 2 * SECOND, 4 * SECOND, 6 * SECOND):
        world.say("crash", at)

    assert [] == world.settled()
    world.say("crash", 12 * SECOND)
    assert [3] == [finding.count for finding in world.settled()]


def test_severity_rises_with_the_count() -> None:
    """From the fifth crash on it is worse."""
    world = World()
    world.live_through("C C C C C")

    assert ["S3", "S3", "S2"] == [finding.severity.value for finding in world.said]


def test_only_the_codes_asked_for_count() -> None:
    """Other crashes are none of the rule's business."""
    world = World(PLAIN.replace("\n", "\n") + 'min_gap = "0s"\n')
    world.engine = Engine()
    text = HEAD.replace('event = "crash"', 'event = { event = "crash", code = ["0xDEAD"] }')
    world.engine.control(0, "rules", rules_entry(read_rules(text, "rules.toml").rules))
    for nth, code in enumerate(("0xDEAD", "0xBEEF", "0xDEAD")):
        world.say("crash", nth * MINUTE, code=code)

    assert [] == world.settled()


def test_a_late_ok_withdraws_and_a_later_crash_opens_the_same_again() -> None:
    """The finding keeps its id and its first firing."""
    world = World()
    world.live_through("C C C")
    world.say("boot_ok", MINUTE + 1)
    assert [] == world.settled()
    world.say("crash", 3 * MINUTE)
    world.say("crash", 4 * MINUTE)

    (finding,) = world.settled()
    assert (3, 3, 6) == (finding.count, finding.fired_position, finding.position)
    assert ["open", "withdrawn", "open"] == world.states()


def test_what_comes_later_than_allowed_is_counted_and_not_judged() -> None:
    """An ok from half an hour ago cannot take back what is settled; it is shown."""
    world = World()
    for nth in range(3):
        world.say("crash", nth * MINUTE)
    world.say("crash", 30 * MINUTE)
    world.say("boot_ok", MINUTE + 1, received=31 * MINUTE)

    (finding,) = world.settled()
    assert (4, 1) == (finding.count, finding.late)


def test_a_device_that_was_offline_for_days_is_not_late() -> None:
    """Lateness is about the order of its own events, not about their arrival."""
    world = World()
    for nth in range(3):
        world.say("crash", nth * MINUTE, received=3 * DAY + nth)

    assert [(3, 0)] == [(finding.count, finding.late) for finding in world.settled()]


HEALTHY = 'reset = { event = "boot_ok", or_healthy_for = "2h" }\n'


@pytest.mark.parametrize(
    ("every", "until", "found"),
    [(MINUTE, 125 * MINUTE, 0), (MINUTE, 110 * MINUTE, 1), (10 * MINUTE, 130 * MINUTE, 0), (40 * MINUTE, 4 * HOUR, 1)],
    ids=["heard every minute for 125", "not long enough", "heard every ten minutes", "too rarely heard to know"],
)
def test_two_healthy_hours_break_the_row_when_there_is_evidence_of_them(every: int, until: int, found: int) -> None:
    """Silence is unknown: neither health nor illness."""
    world = World(HEALTHY)
    world.say("crash", 0)
    world.say("crash", MINUTE)
    for at in range(MINUTE + every, until, every):
        world.read(at)
    world.say("crash", until)

    assert found == len(world.settled())


def test_it_resolves_after_a_quiet_day_in_which_the_device_was_heard() -> None:
    """By ticks, on received time."""
    world = World(PLAIN + 'resolve = { quiet_for = "24h" }\n')
    world.live_through("C C C")
    for hour in range(1, 25):
        world.read(hour * HOUR)
        world.tick(hour * HOUR)
    assert ["open"] == world.states()
    world.tick(24 * HOUR + 3 * MINUTE)

    assert ["open", "resolved"] == world.states()


def test_a_dead_device_is_not_quiet() -> None:
    """Its finding stays open, however many days pass."""
    world = World(PLAIN + 'resolve = { quiet_for = "24h" }\n')
    world.live_through("C C C")
    for hour in range(1, 100):
        world.tick(hour * HOUR)

    assert ["open"] == world.states()


def test_without_the_broker_nothing_becomes_quiet() -> None:
    """Ticks while the link is down decide nothing."""
    world = World(PLAIN + 'resolve = { quiet_for = "1h" }\n')
    world.live_through("C C C")
    for minute in range(3, 61):
        world.read(minute * MINUTE)
    world.mark(Kind.LINK, HOUR, "disconnected", b'{"source":"mqtt"}')
    world.tick(HOUR + 3 * MINUTE)
    assert ["open"] == world.states()
    world.mark(Kind.LINK, HOUR + 4 * MINUTE, "connected", b'{"source":"mqtt"}')
    world.tick(HOUR + 4 * MINUTE)

    assert ["open", "resolved"] == world.states()


def test_a_crash_that_happened_before_the_quiet_was_declared_undoes_it() -> None:
    """It arrives late, but within the lateness: it was not quiet."""
    world = World(PLAIN + 'resolve = { quiet_for = "8m" }\nlateness = "30m"\n')
    world.live_through("C C C")
    for minute in range(3, 12):
        world.read(minute * MINUTE)
        world.tick(minute * MINUTE)
    world.say("crash", 9 * MINUTE, received=12 * MINUTE)

    assert ["open", "resolved", "open"] == world.states()
    assert [4] == [finding.count for finding in world.settled()]


EVENT = 'resolve = { event = "fault_cleared" }\n'


def test_an_event_resolves_and_within_the_cooldown_the_same_finding_opens_again() -> None:
    """After the cooldown it is a new one."""
    world = World(EVENT + 'cooldown = "6h"\n')
    world.live_through("C C C")
    world.say("fault_cleared", 10 * MINUTE)
    for at in (HOUR, HOUR + 1, HOUR + 2):
        world.say("crash", at)
    world.say("fault_cleared", 2 * HOUR)
    for at in (9 * HOUR, 9 * HOUR + 1, 9 * HOUR + 2):
        world.say("crash", at)

    assert ["open", "resolved", "open", "resolved", "open"] == world.states()
    assert [6, 3] == [finding.count for finding in world.settled()]


def test_what_opens_and_resolves_too_often_flaps_and_is_held() -> None:
    """Nothing more is said of opening and resolving until it is calm for an hour."""
    world = World(EVENT + 'cooldown = "6h"\nflapping = { changes = 4, within = "1h" }\n')
    for round_ in range(4):
        for nth in range(3):
            world.say("crash", round_ * 5 * MINUTE + nth * SECOND)
        world.say("fault_cleared", round_ * 5 * MINUTE + MINUTE)
    assert ["open", "resolved", "open", "flapping"] == world.states()[:4]
    assert {"flapping"} == set(world.states()[3:])
    world.tick(40 * MINUTE)
    assert "flapping" == world.states()[-1]
    world.tick(17 * MINUTE + HOUR)

    assert "resolved" == world.states()[-1]
    assert 1 == len(world.settled())


def test_a_retired_rule_ends_its_findings() -> None:
    """So that nothing waits for a rule that no longer watches."""
    world = World()
    world.live_through("C C C")
    world.mark(Kind.CONTROL, HOUR, "rules", rules_entry([]))

    assert ["open", "resolved"] == world.states()


def test_a_crowd_of_events_is_bounded_and_counted() -> None:
    """Ten thousand crashes within the lateness are one finding, exact in number, small in memory."""
    world = World()
    for nth in range(3000):
        world.say("crash", nth * SECOND // 10)

    (finding,) = world.settled()
    assert 3000 == finding.count
    assert 23 == len(finding.evidence)
    state = world.engine.whole()
    assert sum(array.nbytes for arrays in state.values() for array in arrays.values()) < 64_000


class Event(NamedTuple):
    """One event of a story, by its own clock."""

    at: int
    what: str


STORIES = st.lists(
    st.builds(Event, st.integers(0, 9 * 60).map(lambda s: s * SECOND), st.sampled_from(["crash", "crash", "boot_ok"])),
    min_size=3,
    max_size=14,
    unique_by=lambda event: event.at,
)


def reference(story: Iterable[Event], min_gap: int) -> list[tuple[int, int, int]]:
    """(start, end, count) of each finding, read off the story in its true order by the definition alone."""
    found: list[list[int]] = []
    row: list[int] = []
    counted = None
    for at, what in sorted(story):
        if what == "boot_ok":
            row = []
        elif counted is None or at - counted >= min_gap:
            counted = at
            row.append(at)
            if found:
                found[-1].append(at)
            elif len(row) == 3:
                found.append(list(row))
    return [(times[0], times[-1], len(times)) for times in found]


@settings(max_examples=1000, deadline=None)
@given(story=STORIES, seed=st.integers(0, 2**32), min_gap=st.sampled_from([0, 5, 60]))
def test_any_order_within_the_lateness_has_the_same_settled_view(story: list[Event], seed: int, min_gap: int) -> None:
    """And it is the one that the definition gives."""
    more = PLAIN + f'min_gap = "{min_gap}s"\n'
    orderly, shuffled = World(more), World(more)
    numbered = list(enumerate(sorted(story), 1))
    for number, event in numbered:
        orderly.seq = number - 1
        orderly.say(event.what, event.at)
    random.Random(seed).shuffle(numbered)
    for number, event in numbered:
        shuffled.seq = number - 1
        shuffled.say(event.what, event.at, received=10 * MINUTE)

    assert view(orderly) == view(shuffled)
    assert reference(story, min_gap * SECOND) == [(f.started_at - T, f.last_at - T, f.count) for f in orderly.settled()]


def view(world: World) -> list[tuple[Any, ...]]:
    """The settled view, without positions."""
    return [
        (f.key, f.started_at, f.last_at, f.count, f.state, f.severity, [(e.device, e.at, e.what) for e in f.evidence])
        for f in world.settled()
    ]


@settings(max_examples=100, deadline=None)
@given(story=STORIES, days=st.integers(0, 20))
def test_findings_move_only_as_their_state_machine_allows(story: list[Event], days: int) -> None:
    """Whatever happens, in whatever order it arrives."""
    from domain.finding import check_move

    world = World(EVENT + f'cooldown = "{days}h"\nflapping = {{ changes = 3, within = "1h" }}\n')
    for event in story:
        world.say("fault_cleared" if event.what == "boot_ok" else event.what, event.at)
    by_id: dict[str, list[FindingState]] = {}
    for finding in world.said:
        by_id.setdefault(finding.id, []).append(finding.state)

    for states in by_id.values():
        for before, after in pairwise(states):
            check_move(before, after)


def test_a_source_that_was_renamed_while_its_link_was_down_does_not_stop_time() -> None:
    """Once there is a connection, under whatever name, ticks count again."""
    world = World(PLAIN + 'resolve = { quiet_for = "1h" }\n')
    world.live_through("C C C")
    world.mark(Kind.LINK, 3 * MINUTE, "disconnected", b'{"source":"old"}')
    world.mark(Kind.LINK, 4 * MINUTE, "connected", b'{"source":"new"}')
    for minute in range(5, 70):
        world.read(minute * MINUTE)
    world.tick(70 * MINUTE)

    assert world.states() == ["open", "resolved"]
