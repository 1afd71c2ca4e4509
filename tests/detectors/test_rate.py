"""Rate: what begins and ends a finding, reading by reading."""

import pytest

from detectors.engine import Engine
from detectors.rule_table import read_rule
from detectors.rules import rules_entry
from domain.batch import RETAINED
from domain.instants import DAY, MINUTE
from tests.batches import Item, batch_of

BEGIN = 20_000 * DAY
PLAIN = {"metric": "temp", "rises": 5.0, "per": "10m"}
DELAYED = PLAIN | {"for": "3m", "off": "2m", "clear_below": 1.0}
METER = {"metric": "temp", "rises": 50.0, "per": "10m", "counter": True}


def mistakes_of(**settings):
    """What is wrong with a rule."""
    mistakes = []
    read_rule({"id": "fast", "kind": "rate", **settings}, lambda said, *path: mistakes.append(said))
    return mistakes


def items(text, flags=0):
    """`4` is a reading of 4 a minute after the one before, `4@9` one at minute 9, `4B` one of device B; `+` and `-`

    say that it runs, or not; `?` is a text. Written in order of arrival.
    """
    minute = -1.0
    for position, word in enumerate(text.split(), 1):
        said, _, time = word.partition("@")
        minute = float(time) if time else minute + 1
        number = said.strip("+-?B")
        values = {"temp": float(number)} if number else {"temp": "broken"} if "?" in said else {}
        if said[0] in "+-":
            values |= {"state": "running" if said[0] == "+" else "idle"}
        device = "B" if said.endswith("B") else "A"
        yield Item(device, BEGIN + int(minute * MINUTE), values, position, flags=flags)


def watched(text, flags=0, key=("asset",), **settings):
    """The findings as they were said."""
    mistakes = []
    table = {"id": "fast", "kind": "rate", "key": list(key), **settings}
    engine = Engine()
    engine.control(0, "rules", rules_entry([read_rule(table, lambda said, *path: mistakes.append(said))]))
    assert [] == mistakes
    return list(engine.observe(batch_of(items(text, flags))))


def states(text, **settings):
    """`state`, minutes of the beginning, and the place of the reading that said so; growing evidence is left out."""
    found = watched(text, **settings)
    told = [(f.state, f.started_at, f.position) for f in found]
    turns = [now for n, now in enumerate(told) if not n or now[:2] != told[n - 1][:2]]
    return [f"{state} {(begin - BEGIN) // MINUTE} at {position - 1}" for state, begin, position in turns]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0 1 2 3 4 5", ["open 5 at 5"]),
        ("0 1 2 3 4", []),
        ("0 0.5 1 1.5 2 2.5 3", []),
        ("5 4 3 2 1 0", []),
        ("0@0 9@9", []),
        ("0@0 5@5 9@9", ["open 9 at 2"]),
        ("0@0 0@0.1 9@0.2", []),
        ("0 1 2 3 4 5 5 5 5 5 5", ["open 5 at 5", "resolved 5 at 10"]),
        ("0 1 2 ? 4 5", ["open 5 at 5"]),
        ("0@0 3@3 5@5", ["open 5 at 2"]),
        ("0@0 5@5 3@3", ["open 5 at 2"]),
        ("0@0 1@3 2@5 8@4", ["open 5 at 3"]),
    ],
)
def test_the_line_through_the_window_decides(text, said):
    """More than 5 in 10 minutes, by three readings at least that span half of the window."""
    assert said == states(text, **PLAIN)


def test_falling_is_rising_upside_down():
    """The same, downwards."""
    assert ["open 5 at 5"] == states("9 8 7 6 5 4", metric="temp", falls=5.0)


def test_one_wild_reading_is_no_rise():
    """Among eleven steady readings one is 15 higher: the line hardly moves; 30 higher is too much."""
    steady = "5 5 5 5 5 5 5 5 5 5 5"

    assert [] == states(f"{steady} 12 5 5 5", **PLAIN)
    assert [] != states(f"{steady} 42", **PLAIN)


@pytest.mark.parametrize(
    ("per", "within", "said"),
    [("10m", "10m", 5), ("1m", "10m", 5), ("1h", "10m", 5), ("10m", "4m", 2), ("10m", "20m", 10)],
)
def test_the_unit_and_the_window_are_apart(per, within, said):
    """A rise of 1 a minute is the same in every unit; it is known once half of the window is."""
    rises = {"1m": 0.9, "10m": 9.0, "1h": 54.0}[per]
    text = " ".join(str(n) for n in range(15))

    assert [f"open {said} at {said}"] == states(text, metric="temp", rises=rises, per=per, within=within)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0 1 2 3 4 5 6 7", []),
        ("0 1 2 3 4 5 6 7 8", ["open 5 at 8"]),
        ("0 1 2 3 4 5 6 7 8 8 8 8 8 8 8 8 8 8", ["open 5 at 8", "recovering 5 at 16"]),
        ("0 1 2 3 4 5 6 7 8 8 8 8 8 8 8 8 8 8 8", ["open 5 at 8", "recovering 5 at 16", "resolved 5 at 18"]),
        ("0 1 2 3 4 5 6 7 8 8 8 8 8 8 8 8 8 8@40 8@43 8@46 8@47", ["open 5 at 8", "recovering 5 at 16"]),
    ],
)
def test_delays_need_readings(text, said):
    """It lasts three minutes to begin and is slow for two to end; what a gap leaves unknown counts for neither."""
    assert said == states(text, **DELAYED)


def test_a_gap_begins_the_window_anew():
    """Half an hour of silence in which the level rose is no rate; with a longer `gap` it is one."""
    text = "0 0 0 0 0 0 30@36 30 30 30 30 30"

    assert [] == states(text, **PLAIN)
    assert [] != states(text, **PLAIN | {"per": "1h", "rises": 20.0, "gap": "40m"})


def test_only_what_is_measured_while_the_condition_holds_counts():
    """The window begins anew with every pause."""
    rule = PLAIN | {"while": {"metric": "state", "is": "running"}}

    assert [] == states("0 1 2 3 4 5 6", **rule)
    assert ["open 5 at 5"] == states("+0 1 2 3 4 5", **rule)
    assert [] == states("+0 1 2 -3 +4 5 6 7 8", **rule)
    assert ["open 9 at 9"] == states("+0 1 2 -3 +4 5 6 7 8 9", **rule)


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        ("0 10 20 30 40 50", {}, ["open 5 at 5"]),
        ("900 901 902 0 1 2 3", {}, []),
        ("900 910 920 5 15 25", {}, ["open 5 at 5"]),
        ("980 985 990 995 0 5 10", {"rolls_over_at": 1000.0}, []),
        ("980 990 0 10 20 30", {"rolls_over_at": 1000.0}, ["open 5 at 5"]),
        ("400 401 402 3 4 5 6", {"rolls_over_at": 1000.0}, []),
    ],
)
def test_a_counter_that_begins_again_did_not_fall(text, more, said):
    """After a reset it has counted what it says; over its roll-over it has gone on."""
    assert said == states(text, **METER | more)


def test_each_device_of_a_key_has_a_window():
    """Two sensors of one asset at different heights make no rate; each may."""
    both = "0 20B 0.1 20B 0.2 20B 0.3 20B 0.4 20B 0.5 20B"

    assert [] == states(both, **PLAIN, key=("site", "device"))
    assert [] == [f.state for f in watched(both, **PLAIN)]


def test_a_late_reading_takes_back_what_it_disproves():
    """A rise that was a spike between two readings that had not come."""
    said = states("0@0 3@3 7@6 0@4 0@5 0@5.5", **PLAIN)

    assert ["open 6 at 2", "withdrawn 6 at 5"] == said


def test_the_evidence_is_the_readings_that_were_too_fast():
    """Their values are what devices said."""
    [*_, last] = watched("0 1 2 3 4 5 6 7", **PLAIN)

    assert [("temp", 5.0), ("temp", 6.0), ("temp", 7.0)][: len(last.evidence)] == [
        (e.what, e.value) for e in last.evidence
    ]
    assert last.count == len(last.evidence)


def test_what_the_broker_kept_is_no_reading():
    """Retained ones say nothing of now."""
    assert [] == watched("0 1 2 3 4 5", flags=RETAINED, **PLAIN)


def test_too_late_is_counted():
    """Beyond the lateness nothing is judged again."""
    [finding] = watched("0@0 1@40 9@20 2@41 8@43 20@46", **PLAIN)

    assert 1 == finding.late


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"metric": "temp"}, "rate needs one of rises and falls."),
        ({"metric": "temp", "rises": 1.0, "falls": 1.0}, "rate needs one of rises and falls."),
        ({"metric": "temp", "rises": 0.0}, "rises must be above 0."),
        ({"metric": "temp", "rises": "asset.x"}, "rises must be a number."),
        ({"metric": "temp", "rises": 1.0, "clear_below": 2.0}, "clear_below must not be above the limit."),
        ({"metric": "temp", "rises": 1.0, "clear_below": -2.0}, "clear_below must not be below 0."),
        (
            {"metric": "temp", "falls": 1.0, "counter": True},
            "a counter never falls; say rises, or leave counter out.",
        ),
        (
            {"metric": "temp", "rises": 1.0, "rolls_over_at": 9.0},
            "rolls_over_at is of a counter; say counter = true as well.",
        ),
        ({"metric": "temp", "rises": 1.0, "counter": 1}, "counter must be true or false."),
    ],
)
def test_settings_that_do_not_fit_are_refused_with_a_sentence(settings, said):
    """Each mistake says what to do."""
    assert [said] == mistakes_of(**settings)
