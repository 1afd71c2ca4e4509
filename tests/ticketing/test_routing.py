"""Routing: hard rules are never broken, near ones come first, and the score is made of what it says."""

import os
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import WrongFormat
from domain.instants import DAY, HOUR, MINUTE, Instant
from domain.person import FOR_EVER, Choice, Person, Reason, Record, Staff, Workplace
from domain.ticket import Priority
from tests.ticketing.people import DAYTIME, NIGHT, SHIFTS, crowd, errand, person, router, staff, technician
from tests.ticketing.promises import MONDAY
from ticketing.business_time import BusinessTime
from ticketing.crowd import Crowd, next_free
from ticketing.routing import Errand, RoutingSettings, in_turn, routed

WORLDS = int(os.environ.get("ROUTING_WORLDS", "300"))


def names(choice: Choice) -> list[str]:
    """The candidates, best first."""
    return [candidate.person for candidate in choice.candidates]


@pytest.mark.parametrize(
    ("who", "asked", "reason"),
    [
        ({"active": False}, {}, Reason.INACTIVE),
        ({"skills": ("network",)}, {"skills": ("network", "display")}, Reason.SKILL),
        ({}, {"certificates": ("lift",)}, Reason.CERTIFICATE),
        ({"certificates": {"lift": MONDAY}}, {"certificates": ("lift",)}, Reason.CERTIFICATE),
        ({"territory": ("hamburg", "cn-*")}, {}, Reason.TERRITORY),
        ({"territory": ("berlin",)}, {"site": "", "region": ""}, Reason.TERRITORY),
        ({}, {"refused": ("anna",)}, Reason.REFUSED),
        ({"leave": ((MONDAY - DAY, MONDAY + 1),)}, {}, Reason.LEAVE),
        ({"shift": "night"}, {}, Reason.SHIFT),
        ({"shift": "gone"}, {}, Reason.SHIFT),
        ({"limit": 3}, {}, Reason.FULL),
    ],
)
def test_whoever_a_hard_rule_keeps_out_is_out(who: dict[str, Any], asked: dict[str, Any], reason: Reason) -> None:
    """And counted by the reason."""
    choice = router(person("anna", **who), loads={"anna": 3}).choose(errand(**asked))

    assert ("", [], {reason: 1}, reason) == (choice.chosen, names(choice), choice.excluded, choice.reason)


@pytest.mark.parametrize(
    ("who", "asked"),
    [
        ({"skills": ("network", "display")}, {"skills": ("display",)}),
        ({"certificates": {"lift": MONDAY + 1, "gas": FOR_EVER}}, {"certificates": ("lift", "gas")}),
        ({"territory": ("berlin",)}, {}),
        ({"territory": ("eu-*",)}, {}),
        ({"leave": ((MONDAY - DAY, MONDAY), (MONDAY + 1, MONDAY + DAY))}, {}),
        ({"shift": "day"}, {}),
        ({"limit": 4}, {"refused": ("ben",)}),
    ],
)
def test_whoever_no_hard_rule_keeps_out_can_have_it(who: dict[str, Any], asked: dict[str, Any]) -> None:
    """To the nanosecond."""
    assert "anna" == router(person("anna", **who), loads={"anna": 3}).choose(errand(**asked)).chosen


def test_everybody_is_counted_by_the_first_reason_and_the_last_one_is_told() -> None:
    """Who comes nearest to it is who the ticket waits for."""
    people = [person("a", active=False, shift="night"), person("b", shift="night"), person("c", limit=1)]
    choice = router(*people, loads={"c": 1}).choose(errand())

    assert ({"inactive": 1, "shift": 1, "full": 1}, Reason.FULL) == (choice.excluded, choice.reason)


@pytest.mark.parametrize(
    ("kms", "ring", "first"),
    [
        ((2.9, 1.0), 0, "b"),
        ((2.0, 9.0), 0, "a"),
        ((9.0, 29.0), 1, "a"),
        ((99.0, 29.0), 2, "b"),
        ((101.0, 99.0), 3, "b"),
    ],
)
def test_a_nearer_ring_goes_before_any_score(kms: tuple[float, float], ring: int, first: str) -> None:
    """Within 3 km first, then 10, 30, 100, then everybody; the idle expert waits behind the busy neighbour."""
    far = max(range(2), key=lambda nth: kms[nth])
    records = {("ab"[far], "crash-loop"): Record(50, 50)} if kms[0] > 3 or kms[1] > 3 else {}
    people = [technician(name, km=km) for name, km in zip("ab", kms, strict=True)]
    choice = router(*people, records=records).choose(errand())

    assert (first, ring) == (choice.chosen, choice.candidates[0].ring)
    assert pytest.approx(min(kms), rel=0.01) == choice.candidates[0].km


@pytest.mark.parametrize(
    ("visit", "expected"),
    [
        ("never", ["a-far", "b-agent", "c-near"]),
        ("maybe", ["b-agent", "c-near", "a-far"]),
        ("always", ["c-near", "a-far", "b-agent"]),
    ],
)
def test_rings_are_for_those_who_travel(visit: str, expected: list[str]) -> None:
    """Without a visit nobody does; an agent comes before a technician who has to, unless somebody has to anyway."""
    people = [technician("a-far", km=50), person("b-agent"), technician("c-near", km=5)]

    assert expected == names(router(*people).choose(errand(visit=visit)))


def test_an_unknown_way_is_the_last_ring() -> None:
    """Of the asset or of the technician."""
    people = [replace(technician("a"), lat=None, lon=None), technician("b", km=500)]

    assert ["b", "a"] == names(router(*people).choose(errand()))
    assert [4, 4] == [one.ring for one in router(*people).choose(errand(lat=None, lon=None)).candidates]


@pytest.mark.parametrize(
    ("term", "known"),
    [
        ("fix", {"records": {("b", "crash-loop"): Record(5, 5), ("a", "crash-loop"): Record(5, 2)}}),
        ("load", {"loads": {"a": 4, "b": 3}}),
        ("idle", {"last": {"a": MONDAY - HOUR, "b": MONDAY - 2 * HOUR}}),
    ],
)
def test_each_term_tips_the_scales(term: str, known: dict[str, Any]) -> None:
    """What is better in one, and alike in the rest, is chosen; without it the smaller id would be."""
    choice = router(person("a"), person("b"), **known).choose(errand())

    assert ["b", "a"] == names(choice)
    assert choice.candidates[0].terms[term] > choice.candidates[1].terms[term]
    assert ["a", "b"] == names(router(person("a"), person("b")).choose(errand()))


def test_within_a_ring_the_nearer_is_better() -> None:
    """By the travel term."""
    assert ["b", "a"] == names(router(technician("a", km=2), technician("b", km=1)).choose(errand()))


def test_a_weight_of_nothing_leaves_a_term_out() -> None:
    """And weights are shares."""
    only_load = RoutingSettings(fix=0, load=1, travel=0, idle=0)
    choice = router(person("a", limit=4), loads={"a": 1}, settings=only_load).choose(errand())

    assert 0.75 == choice.candidates[0].score


def test_one_lucky_repair_is_no_proof() -> None:
    """A short record is drawn towards what is usual: 1 of 1 counts less than 19 of 20."""
    records = {("novice", "crash-loop"): Record(1, 1), ("expert", "crash-loop"): Record(20, 19)}
    who = crowd(person("expert"), person("novice"), person("new"), records=records)
    expert, new, novice = who.first_time_fix("crash-loop")

    assert expert > novice > new


def test_a_new_failure_mode_begins_with_what_is_usual() -> None:
    """Of all modes together; with no history at all, a half."""
    records = {("a", "overheating"): Record(100, 90)}
    assert pytest.approx(0.89, abs=0.01) == crowd(person("a"), records=records).first_time_fix("crash-loop")[0]
    assert 0.5 == crowd(person("a")).first_time_fix("crash-loop")[0]


def test_the_table_holds_the_best_ten() -> None:
    """Of any number."""
    choice = router(*(person(f"p{nth:02}") for nth in range(15))).choose(errand())

    assert [f"p{nth:02}" for nth in range(10)] == names(choice)


def test_urgent_ones_first_then_the_oldest() -> None:
    """The number decides between equals."""
    asked = [
        errand("T-4", priority=Priority.LOW),
        errand("T-3"),
        errand("T-2", opened_at=MONDAY - 1),
        errand("T-5", priority=Priority.URGENT, opened_at=MONDAY + HOUR),
        errand("T-1"),
    ]

    assert ["T-5", "T-2", "T-1", "T-3", "T-4"] == [one.ticket for one in in_turn(asked)]


def test_tickets_given_out_count_for_the_next() -> None:
    """Two people with three places each: six tickets in turn, the seventh waits."""
    people = [person("a", limit=3), person("b", limit=3)]
    choices = list(routed([errand(f"T-{nth}") for nth in range(7)], crowd(*people), RoutingSettings(), MONDAY))

    assert ["a", "b", "a", "b", "a", "b", ""] == [choice.chosen for choice in choices]
    assert {"full": 2} == choices[-1].excluded


def test_the_next_to_be_free_is_known() -> None:
    """The end of a leave or the beginning of a shift, of those who are active and away."""
    away = person("a", leave=((MONDAY - DAY, MONDAY + 2 * HOUR),))
    asleep, gone = person("b", shift="night"), person("c", active=False, leave=((MONDAY - 1, MONDAY + MINUTE),))
    time = BusinessTime(SHIFTS)

    assert MONDAY + 2 * HOUR == next_free(staff(away, asleep, gone), time, MONDAY)
    assert MONDAY + 13 * HOUR == next_free(staff(asleep, gone, person("d", shift="day")), time, MONDAY)


@pytest.mark.parametrize("said", [{"fix": -1}, {"fix": 0, "load": 0, "travel": 0, "idle": 0}, {"rings_km": (10, 3)}])
def test_settings_that_mean_nothing_are_refused(said: dict[str, Any]) -> None:
    """With a sentence."""
    with pytest.raises(WrongFormat):
        RoutingSettings(**said)


# -- random worlds

SKILLS = ("display", "network", "gas")
SITES = ("berlin", "hamburg", "")
MOMENTS = st.integers(-36, 36).map(lambda hours: MONDAY + hours * HOUR)
PEOPLE = st.builds(
    Person,
    id=st.just(""),
    name=st.just("somebody"),
    workplace=st.sampled_from(Workplace),
    skills=st.sets(st.sampled_from(SKILLS)).map(tuple),
    certificates=st.dictionaries(st.sampled_from(("lift", "high")), MOMENTS, max_size=2),
    territory=st.sampled_from([(), (), ("berlin",), ("ham*",), ("eu-*",)]),
    limit=st.integers(1, 3),
    lat=st.floats(-80, 80),
    lon=st.floats(-180, 180),
    active=st.sampled_from([True, True, True, False]),
    shift=st.sampled_from(["", "", "day", "night"]),
    leave=st.lists(st.tuples(MOMENTS, MOMENTS), max_size=1).map(tuple),
)
ERRANDS = st.builds(
    Errand,
    ticket=st.just(""),
    priority=st.sampled_from(Priority),
    opened_at=MOMENTS,
    failure_mode=st.sampled_from(["crash-loop", "overheating"]),
    skills=st.sets(st.sampled_from(SKILLS), max_size=1).map(tuple),
    certificates=st.sampled_from([(), (), ("lift",), ("lift", "high")]),
    visit=st.sampled_from(["never", "maybe", "always"]),
    site=st.sampled_from(SITES),
    region=st.sampled_from(["eu-north", ""]),
    lat=st.none() | st.floats(-80, 80),
    lon=st.just(13.0),
    refused=st.sets(st.sampled_from(["p0", "p1"]), max_size=2).map(tuple),
)
TIME = BusinessTime(SHIFTS)


def can_have(one: Person, asked: Errand, now: Instant, loads: Counter[str]) -> bool:
    """The hard rules, once more, in the words of the page that promises them."""
    minute = ((now - MONDAY) // MINUTE + 9 * 60) % (24 * 60)  # Monday morning at nine in Berlin
    week = {"": ((0, 1440),), "day": DAYTIME.week[0], "night": NIGHT.week[0]}[one.shift]
    places = {"berlin": {"berlin"}, "ham*": {"hamburg"}, "eu-*": {"eu-north"}}
    return (
        one.active
        and set(asked.skills) <= set(one.skills)
        and all(name in one.certificates and one.certificates[name] > now for name in asked.certificates)
        and (not one.territory or bool({asked.site, asked.region} & places[one.territory[0]]))
        and one.id not in asked.refused
        and not any(begin <= now < end for begin, end in one.leave)
        and any(begin <= minute < end for begin, end in week)
        and loads[one.id] < one.limit
    )


@settings(max_examples=WORLDS, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(PEOPLE, max_size=6),
    st.lists(ERRANDS, max_size=8),
    MOMENTS,
    st.lists(st.integers(0, 3), min_size=6, max_size=6),
)
def test_no_world_breaks_a_hard_rule_and_nobody_who_could_is_passed_over(
    people: list[Person], asked: list[Errand], now: Instant, had: list[int]
) -> None:
    """Each choice is one of those who can have it at that moment; where there is one, somebody gets it."""
    people = [replace(one, id=f"p{nth}") for nth, one in enumerate(people)]
    asked = [replace(one, ticket=f"T-{nth}") for nth, one in enumerate(asked)]
    loads = Counter({one.id: load for one, load in zip(people, had, strict=False)})
    everybody = Staff(people={one.id: one for one in people}, shifts=SHIFTS)
    who = Crowd(everybody, now, loads=loads, last={}, records={}, time=TIME)
    by_ticket = {one.ticket: one for one in asked}
    for choice in routed(asked, who, RoutingSettings(), now):
        able = {one.id for one in people if can_have(one, by_ticket[choice.ticket], now, loads)}
        assert able == {one.person for one in choice.candidates}
        assert (choice.chosen in able) is bool(able)
        assert len(people) == len(able) + sum(choice.excluded.values())
        loads[choice.chosen] += bool(choice.chosen)
