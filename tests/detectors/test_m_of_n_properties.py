"""M of n: it agrees with its definition written down plainly, however things arrive, are cut and restarted."""

import os
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.engine import Engine
from detectors.rule_table import read_rule
from detectors.rules import rules_entry
from domain.finding import FindingState
from domain.instants import DAY, MINUTE, SECOND
from tests.batches import Happening, Item, batch_of
from tests.streams import difference, in_one, in_pieces, stream, with_restarts

EXAMPLES = int(os.environ.get("DETECTOR_EXAMPLES", "40"))
BEGIN = 20_000 * DAY
SETTINGS = {"count": 3, "last": 5, "within": "30m"}
EVENTS = SETTINGS | {"event": "failed", "of": "charged"}
READINGS = SETTINGS | {"metric": "bar", "below": 2.0}
WHILE = {"while": {"metric": "pump", "above": 0}}
ATTEMPTS = st.lists(
    st.tuples(
        st.sampled_from((1, 10, 60, 60, 120, 400)),
        st.sampled_from((True, True, False, False, False)),
        st.sampled_from((0, 0, 0, 60, 500)),
    ),
    max_size=30,
)
CALM = st.lists(st.tuples(st.sampled_from((1, 10, 60)), st.just(False), st.just(0)), min_size=20, max_size=100)


def rule_of(**table):
    """A live rule."""
    return read_rule({"id": "often", "kind": "m_of_n", **table}, lambda said, *path: pytest.fail(said))


def engine_of(**table):
    """An engine with the rule in force."""
    engine = Engine()
    engine.control(0, "rules", rules_entry([rule_of(**table)]))
    return engine


def timely(attempts):
    """(when, is it bad, how late) of each attempt."""
    now = BEGIN
    for step, is_bad, late in attempts:
        now += step * SECOND
        yield now, is_bad, late * SECOND


def settled(findings):
    """The settled view: beginning, and whether it has ended."""
    latest = {f.id: f for f in findings}
    standing = [f for f in latest.values() if f.state is not FindingState.WITHDRAWN]
    return sorted((f.started_at, f.state is FindingState.RESOLVED) for f in standing)


def by_events(rows, **more):
    """What a rule on events says."""
    names = {True: "failed", False: "charged"}
    return settled(
        engine_of(**EVENTS | more).observe(
            batch_of(
                (), [Happening("D", at, names[bad], position=n + 1, seq=at) for n, (at, bad, _) in enumerate(rows)]
            )
        )
    )


def by_readings(rows):
    """What a rule on readings says."""
    items = [Item("D", at, {"bar": 1.0 if bad else 3.0}, n + 1) for n, (at, bad, _) in enumerate(rows)]
    return settled(engine_of(**READINGS).observe(batch_of(items)))


def by_definition(rows):
    """Three bad of the last five within half an hour open; fewer than two end."""
    found: list[tuple[int, bool]] = []
    for n, (at, is_bad, _) in enumerate(rows):
        last = [row for row in rows[max(0, n - 4) : n + 1] if at - row[0] <= 30 * MINUTE]
        bad = [when for when, was_bad, _ in last if was_bad]
        is_open = bool(found) and not found[-1][1]
        if not is_open and is_bad and len(bad) >= 3:
            found.append((bad[0], False))
        elif is_open and len(bad) < 2:
            found[-1] = (found[-1][0], True)
    return found


@settings(max_examples=EXAMPLES, deadline=None)
@given(attempts=ATTEMPTS | CALM.flatmap(lambda calm: ATTEMPTS.map(lambda rest: calm + rest)))
def test_it_agrees_with_its_definition(attempts):
    """Events and readings alike, also where columns took in what was good."""
    rows = list(timely(attempts))

    assert by_definition(rows) == by_events(rows)
    assert by_definition(rows) == by_readings(rows)


@settings(max_examples=EXAMPLES, deadline=None)
@given(attempts=ATTEMPTS)
def test_order_within_the_lateness_does_not_matter(attempts):
    """Each attempt up to 500 seconds late: the settled view is that of order."""
    rows = list(timely(attempts))
    shuffled = sorted(rows, key=lambda row: row[0] + row[2])

    assert by_events(rows) == by_events(shuffled)
    assert by_readings(rows) == by_readings(shuffled)


@pytest.mark.parametrize("more", [{}, WHILE, {"resolve": {"event": "serviced"}}], ids=["plain", "while", "serviced"])
@settings(max_examples=EXAMPLES // 4, deadline=None)
@given(calm=CALM, attempts=ATTEMPTS, cuts=st.sets(st.integers(1, 130)))
def test_columns_and_single_readings_say_the_same(more, calm, attempts, cuts):
    """To the last field, however the journal is cut; a service in between counts where the rule says so."""
    rows = sorted(timely(calm + attempts), key=lambda row: row[0] + row[2])
    items = [
        Item("D", at, {"bar": 1.0 if bad else 3.0, "pump": float(at // SECOND % 5 > 0)}, n + 1)
        for n, (at, bad, _) in enumerate(rows)
        if n % 17 != 16
    ]
    serviced = [Happening("D", at, "serviced", position=n + 1) for n, (at, _, _) in enumerate(rows) if n % 17 == 16]

    said = in_batches(engine_of(**READINGS | more), items, serviced, ())

    assert difference(said, in_batches(engine_of(**READINGS | more), items, serviced, cuts)) == ""
    assert difference(said, in_batches(engine_of(**READINGS | more), items, serviced, range(1, 131))) == ""


def in_batches(engine, items, events, cuts):
    """What the engine says, in batches that end after these positions."""
    last = max(row.position for row in (*items, *events))
    ends = sorted({cut for cut in cuts if cut < last} | {last})
    found = []
    for after, upto in zip([0, *ends], ends, strict=False):
        some = [[row for row in rows if after < row.position <= upto] for rows in (items, events)]
        found += engine.observe(batch_of(*some, after=after, upto=upto))
    return found


def test_rules_on_events_keep_the_contract_of_detectors():
    """Cuts and restarts anywhere go unnoticed; the suite for all kinds runs a rule on readings."""
    rule = rule_of(
        event="failed",
        of=["charged", {"event": "failed", "code": "0xDEAD"}],
        count=2,
        last=4,
        within="24h",
        min_gap="1s",
        cooldown="6h",
        resolve={"event": "serviced", "quiet_for": "6h"},
        flapping={"changes": 4, "within": "1h"},
    )
    fired = 0
    for seed in range(EXAMPLES // 4):
        entries = stream(Random(seed).randbytes(150), rule)
        whole = in_one(rule, entries)
        fired += bool(whole)

        assert difference(whole, in_pieces(rule, entries)) == "", seed
        assert difference(whole, with_restarts(rule, entries)) == "", seed
    assert fired >= EXAMPLES // 10
