"""Silent findings of every kind of rule: whatever happens and wherever the reader dies, the same ones stay silent."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from detectors.kinds import kinds
from detectors.moves import Move, moved
from detectors.rules import rules_entry
from detectors.silent import Silent
from domain.entries import Kind
from domain.finding import Finding, FindingState, Severity
from tests.streams import Mark, batch, difference, engine_of, in_one, rule_of, stream, with_restarts

QUICKLY = settings(
    max_examples=6,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def promoted(rule, at, **more):
    """The `rules` entry after going live."""
    return rules_entry(moved([rule], Move(rule=rule.id, to="live", by="operator", at=at, **more)))


def promoted_within(entries, rule):
    """The stream, in which one tick in the middle is the promotion; as it is where there is none."""
    for place in range(len(entries) // 2, len(entries)):
        what = entries[place].what
        if isinstance(what, Mark) and what.kind == Kind.TICK:
            mark = what._replace(kind=Kind.CONTROL, topic="rules", payload=promoted(rule, what.received_at))
            return [*entries[:place], entries[place]._replace(what=mark), *entries[place + 1 :]], mark
    return entries, None


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_a_restart_around_going_live_is_unnoticed(kind):
    """Also what was true already is the same; what was silent and never resolved is silent to the end."""
    rule = replace(rule_of(kind), life="shadow")

    @QUICKLY
    @given(recipe=st.binary(min_size=90, max_size=240))
    def holds(recipe):
        entries, mark = promoted_within(stream(recipe, rule), rule)
        found = in_one(rule, entries)
        assert "" == difference(found, with_restarts(rule, entries))

        before = [finding for finding in found if mark is None or finding.position < mark.position]
        assert all(finding.shadow for finding in before)
        loud = {finding.id for finding in found} - {finding.id for finding in found if finding.shadow}
        assert not loud & {finding.id for finding in before}

    holds()


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_confirming_all_tells_just_what_is_active(kind):
    """Once each, at the entry that confirms."""
    rule = replace(rule_of(kind), life="shadow")

    @QUICKLY
    @given(recipe=st.binary(min_size=90, max_size=240))
    def holds(recipe):
        entries = stream(recipe, rule)
        engine = engine_of(rule)
        latest = {finding.id: finding for finding in engine.observe(batch(entries))}
        position = entries[-1].position + 1
        told = engine.decide(position, "rules", promoted(rule, 5, confirm="all"), 5)

        assert sorted(id for id, finding in latest.items() if finding.is_active) == [each.id for each in told]
        assert all((each.position, each.shadow) == (position, False) for each in told)

    holds()


def test_a_fleet_is_confirmed_with_all_its_members(crash_rate):
    """Each state names only who joined with it; whoever confirms gets them all."""
    silent = Silent()
    rule = replace(rule_of("consecutive"), life="shadow")
    for position, (joined, left) in enumerate(((("A", "B"), ()), (("C",), ("A",)), ((), ())), 1):
        silent.judged(replace(crash_rate, position=position, joined=joined, left=left), "shadow", rule.stamp)
    other = Silent()
    other.restore(silent.whole())
    live = moved([rule], Move(rule=rule.id, to="live", by="operator", at=9, confirm="all"))[0]

    assert [("B", "C")] == [finding.joined for finding in other.released(live.stamp, 9, 9)]


@pytest.fixture
def crash_rate():
    """A finding about a fleet."""
    return Finding(
        id="F-1",
        state=FindingState.OPEN,
        severity=Severity.S2,
        started_at=1,
        last_at=1,
        fired_position=1,
        position=1,
        changed_at=1,
        count=1,
        key=(("model", "TV-55"),),
        scope={"model": "TV-55"},
    )
