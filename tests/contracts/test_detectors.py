"""Every kind of rule keeps the same contract, without its author writing a line.

A detector takes part by standing in `detectors/` with a class of its file's name and `example()`, a classmethod that
gives a rule's settings. Where it looks at readings, values between -40 and 150 and events of its choice make it fire.
"""

import ast
import os
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import detectors
from detectors.engine import Engine
from detectors.kinds import kinds
from detectors.rules import rules_entry
from domain.batch import Mark
from domain.entries import Kind
from domain.finding import FindingState, check_move
from domain.instants import DAY, MINUTE
from tests.batches import Happening, Item
from tests.streams import (
    BEGIN,
    Entry,
    batch,
    difference,
    engine_of,
    in_one,
    in_pieces,
    in_step,
    names_of,
    rule_of,
    stream,
    with_restarts,
)

EXAMPLES = int(os.environ.get("DETECTOR_EXAMPLES", "8"))
"""Streams a property; the suite at length: DETECTOR_EXAMPLES=5000."""
LONG = 1 + EXAMPLES // 50
RECIPES = st.binary(max_size=90) | st.builds(
    lambda seed, entries: Random(seed).randbytes(3 * entries), st.integers(0, 2**32), st.integers(20, 50)
)
EXTREMES = (-(2**63), -(2**62), -1, 0, 1, BEGIN, 2**62, 2**63 - 1)
HEARD, HEALTHY_DAY = b"\x30\x08\x02", b"\x30\x00\x01"
"""Entries of a recipe: a device says that it lives; all do, for a day."""
SET_BACK = bytes.fromhex("00" * 9 + "01" + "00" * 17 + "02000000072001002000000001001800" + "00" * 11)
"""Saved while our clock is far ahead, restarted after it was set back."""
FLAPPING_AT_LAST = (14, 35)
"""Seeds whose streams end while something flaps."""
CLOCKS = {"time", "random", "secrets", "uuid"}
CLOCK_CALLS = {"now", "today", "utcnow", "time", "monotonic", "perf_counter"}

pytestmark = pytest.mark.parametrize("kind", kinds())
often = settings(max_examples=EXAMPLES, deadline=None)


def recipe_of(seed: int) -> bytes:
    """A stream of 50 entries by chance."""
    return Random(seed).randbytes(150)


def test_the_streams_of_this_contract_make_it_fire(kind):
    """At least a fifth of the streams have a finding, so that what follows is about something."""
    rule = rule_of(kind)
    fired = [bool(in_one(rule, stream(recipe_of(seed), rule))) for seed in range(100)]

    assert sum(fired) >= 20


@often
@given(recipe=RECIPES)
def test_where_the_journal_is_cut_does_not_matter(kind, recipe):
    """One batch or batches cut anywhere: the same findings, to the last field."""
    rule = rule_of(kind)
    entries = stream(recipe, rule)

    assert difference(in_one(rule, entries), in_pieces(rule, entries)) == ""


@often
@given(recipe=RECIPES)
def test_a_restart_anywhere_goes_unnoticed(kind, recipe):
    """Saved state and what came after it lead to the same findings, again and afterwards."""
    rule = rule_of(kind)
    entries = stream(recipe, rule)

    assert difference(in_one(rule, entries), with_restarts(rule, entries)) == ""


def test_a_long_stream_is_told_the_same_way_however_it_is_read(kind):
    """As above, over 300 entries; also an entry a batch."""
    rule = rule_of(kind)
    for seed in range(LONG):
        entries = stream(Random(seed).randbytes(900), rule)
        one_by_one = [entry._replace(cut=True) for entry in entries]
        whole = in_one(rule, entries)

        assert difference(whole, in_pieces(rule, one_by_one)) == "", seed
        assert difference(whole, with_restarts(rule, entries)) == "", seed


def test_devices_in_step_are_told_in_the_same_order_however_the_journal_is_cut(kind):
    """Findings that one tick ends come in an order of their own; tickets get their numbers in it."""
    rule = rule_of(kind)
    for seed in range(LONG * 5):
        entries = in_step(stream(HEARD + recipe_of(seed)[:60] + HEALTHY_DAY, rule))
        one_by_one = [entry._replace(cut=True) for entry in entries]

        assert difference(in_one(rule, entries), in_pieces(rule, one_by_one)) == "", seed


@often
@given(recipe=RECIPES)
def test_evidence_is_real(kind, recipe):
    """Each piece of evidence stands in the stream: position, device, time, name, code and value."""
    rule = rule_of(kind)
    entries = stream(recipe, rule)
    said = {
        (e.position, e.what.device, e.what.at, name, code, value)
        for e in entries
        if not isinstance(e.what, Mark)
        for name, code, value in (
            [(e.what.event, e.what.code, None)]
            if isinstance(e.what, Happening)
            else [(metric, "", value) for metric, value in e.what.values.items()]
        )
    }

    evidence = {tuple(piece) for finding in in_one(rule, entries) for piece in finding.evidence}

    assert set() == evidence - said


@often
@given(recipe=RECIPES)
def test_findings_come_in_order_and_move_as_findings_may(kind, recipe):
    """Positions never go back, an entry brings one state a finding at most, and states follow the state machine."""
    rule = rule_of(kind)
    entries = stream(recipe, rule)
    found = in_one(rule, entries)
    states: dict[str, FindingState] = {}

    assert [f.position for f in found] == sorted(f.position for f in found)
    assert len(found) == len({(f.id, f.position) for f in found})
    for finding in found:
        check_move(states.setdefault(finding.id, finding.state), finding.state)
        states[finding.id] = finding.state
        assert finding.fired_position <= finding.position <= entries[-1].position
        assert finding.evidence
        assert len(finding.evidence) <= finding.count
        assert (finding.rule, finding.version, finding.failure_mode) == (rule.id, rule.version, "broken")


def test_a_retired_rule_ends_its_findings(kind):
    """Once no rule is in force, no finding is active, whatever went before."""
    rule = rule_of(kind)
    for seed in (*range(LONG * 10), *FLAPPING_AT_LAST):
        entries, engine = stream(recipe_of(seed), rule), engine_of(rule)
        latest = {finding.id: finding for finding in engine.observe(batch(entries))}
        end = Mark(entries[-1].position + 1, Kind.CONTROL, BEGIN + 99 * DAY, "rules", rules_entry([]))
        for finding in engine.observe(batch([Entry(end, end.position)])):
            check_move(latest[finding.id].state, finding.state)
            latest[finding.id] = finding

        assert [] == [finding.id for finding in latest.values() if finding.is_active]


@often
@given(recipe=RECIPES)
def test_a_firing_is_proved_by_the_state_before_it(kind, recipe):
    """The key's state just before, and the entry that made it fire, lead to the same finding."""
    rule = rule_of(kind)
    entries = stream(recipe, rule)

    for finding in in_one(rule, entries):
        if finding.position == finding.fired_position and finding.state is FindingState.OPEN:
            entry = [e for e in entries if e.position == finding.position]
            if not isinstance(entry[0].what, Mark):
                again = Engine.probe(rule, finding, batch(entry))
                assert difference([finding], again[:1]) == ""


@often
@example(recipe=SET_BACK, times=[-(2**63)] * 3 + [2**62] * 2 + [-(2**63)])
@given(recipe=RECIPES, times=st.lists(st.sampled_from(EXTREMES) | st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_absurd_times_and_values_do_not_raise(kind, recipe, times):
    """Any 64-bit time and any finite number is taken; restarts still go unnoticed."""
    rule = rule_of(kind)
    entries = [absurd(entry, times[n % len(times)], n) for n, entry in enumerate(stream(recipe, rule))]

    assert difference(in_one(rule, entries), with_restarts(rule, entries)) == ""


def absurd(entry: Entry, at: int, n: int) -> Entry:
    """The entry at an absurd time, its numbers absurd too."""
    what = entry.what
    if isinstance(what, Mark):
        return entry._replace(what=what._replace(received_at=at))
    if isinstance(what, Item):
        what = what._replace(values=dict.fromkeys(what.values, (1e308, -1e308, 5e-324, -0.0)[n % 4]))
    return entry._replace(what=what._replace(at=at, received_at=at if n % 2 else what.received_at))


def test_a_quiet_stream_stays_quiet(kind):
    """Devices that are heard every minute and say nothing of interest for two days bring no finding."""
    rule = rule_of(kind)
    metrics = names_of(rule)[1] or ["uptime"]
    entries = []
    for minute in range(2 * 24 * 60):
        at = BEGIN + minute * MINUTE
        entries.append(Entry(Item("TV-1", at, dict.fromkeys(metrics, 20.0), 2 * minute + 1), 2 * minute + 1))
        entries.append(Entry(Mark(2 * minute + 2, Kind.TICK, at, "", b""), 2 * minute + 2, cut=minute % 60 == 0))

    assert difference([], in_pieces(rule, entries)) == ""


@pytest.mark.parametrize(("spacing", "most"), [(1, 2_000), (10 * MINUTE, 6_000)], ids=["at once", "ten minutes apart"])
def test_memory_of_a_key_is_bounded(kind, spacing, most):
    """After very many entries of one key its state is small, and no larger than after half of them."""
    rule = rule_of(kind)
    engine = engine_of(rule)
    sizes = []
    for first in range(0, most, most // 20):
        engine.observe(batch([busy(n, spacing, rule) for n in range(first, first + most // 20)]))
        sizes.append(sum(array.nbytes for rows in engine.whole().values() for array in rows.values()))

    assert sizes[-1] <= sizes[len(sizes) // 2] * 1.1 + 256
    assert max(sizes) <= 64 * 1024


def busy(number: int, spacing: int, rule) -> Entry:
    """One of very many entries of one key."""
    events, metrics = names_of(rule)
    at = BEGIN + number * spacing
    if events and (number % 2 or not metrics):
        name = events[0 if number % 50 == 0 else -1]
        return Entry(Happening("TV-1", at, name, position=number + 1, seq=number, digest=number), number + 1)
    return Entry(Item("TV-1", at, dict.fromkeys(metrics, float(number % 200)), number + 1), number + 1)


def test_what_the_broker_kept_is_no_event(kind):
    """The same stream, all of it retained, brings no finding from events."""
    rule = rule_of(kind)
    for seed in range(30):
        entries = stream(recipe_of(seed), rule)
        kept = [e if isinstance(e.what, Mark | Item) else e._replace(what=e.what._replace(flags=1)) for e in entries]

        said = [finding for finding in in_one(rule, kept) if all(piece.value is None for piece in finding.evidence)]

        assert difference([], said) == ""


def test_no_detector_has_a_clock_or_dice(kind):
    """No file here imports time or chance, or asks what time it is now; the same journal says the same for ever."""
    for path in sorted(Path(detectors.__path__[0]).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert not CLOCKS & {alias.name.split(".")[0] for alias in node.names}, path
            elif isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] not in CLOCKS, path
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in CLOCK_CALLS, path
                assert not (node.func.attr == "random" and ast.unparse(node.func.value).startswith("np")), path
