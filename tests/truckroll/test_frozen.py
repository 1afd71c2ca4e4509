"""A false alarm is frozen with whatever it rests on: readings, silence, late messages; and it fires again."""

import pytest

from detectors.cases import run_cases
from detectors.rules import read_rules
from domain.entries import Entry, Kind
from domain.errors import GiveUp
from domain.instants import MINUTE, SECOND
from domain.registry import Facts, Installation, registry_entry
from tests.watching import START, Watching, message
from truckroll.frozen import frozen

HOT = """
[[rule]]
id = "hot"
kind = "threshold"
metric = "temp"
above = "asset.max_temp"
for = "5m"
while = { metric = "state", is = "running" }
failure_mode = "hot"
"""
SILENT = '[[rule]]\nid = "silent"\nkind = "absence"\nevery = "5m"\nmissed = 3\nfailure_mode = "silent"\n'
LOOP = """
[[rule]]
id = "loop"
kind = "consecutive"
event = "crash"
count = 3
reset = { event = "boot_ok" }
failure_mode = "loop"
"""


def frozen_case(home, rules, entries):
    """The case of the first ticket, and what the rule makes of it."""
    with Watching(home, rules=rules) as watching:
        watching.append(entries)
        watching.catch_up(watching.begin())
        (text,) = frozen(watching.ledger, watching.tickets()[0].number, 0).values()
    result = run_cases(read_rules(rules + text, "rules.toml"))[0]
    return text, result.found


def ticks(first, last):
    """A tick a minute."""
    return [Entry(Kind.TICK, START + minute * MINUTE) for minute in range(first, last)]


def test_readings_with_the_limit_of_the_asset(tmp_path):
    """Only what the rule looks at stands in the case."""
    known = registry_entry([Installation(0, Facts(device="ac-1", asset="ROOM", tags={"max_temp": "90"}))])
    said = '{"values":{"temp":95.5,"state":"running","humidity":40}}'
    entries = [message("ac-1", said, after=60 * n, channel="telemetry") for n in range(8)]
    text, found = frozen_case(tmp_path, HOT, [Entry(Kind.CONTROL, START, "registry", known), *entries])

    assert 1 == found
    assert 'asset = { "max_temp" = 90 }' in text
    assert "humidity" not in text


def test_silence(tmp_path):
    """The tick at which it was known is a letter too."""
    said = message("ev-1", '{"values":{"x":1}}', channel="telemetry")
    text, found = frozen_case(tmp_path, SILENT, [said, *ticks(1, 30)])

    assert 1 == found
    assert ".@15m" in text


def test_what_came_late_comes_late_in_the_case_too(tmp_path):
    """Order of writing is order of arrival, times are the device's."""
    at = START // (SECOND // 1000)
    crashes = [
        message("tv-1", f'{{"ts":{at + 1000 * n},"boot":1,"seq":{n},"event":"crash","code":"a b"}}', after=when)
        for n, when in ((30, 31), (10, 32), (20, 240))
    ]
    text, found = frozen_case(tmp_path, LOOP, crashes)

    assert 1 == found
    assert 'events = "x1@20s x1@0ms .@230s x1@10s"' in text
    assert '"x1" = "crash:a b"' in text


def test_what_does_not_fire_by_itself_is_refused(tmp_path):
    """A case that tests nothing is worse than none."""
    with Watching(tmp_path, rules=LOOP) as watching:
        watching.append([message("tv-1", f'{{"boot":1,"seq":{n},"event":"crash"}}', after=n) for n in range(3)])
        watching.catch_up(watching.begin())
        watching.ledger.pinned = lambda _: []
        with pytest.raises(GiveUp, match="does not make loop@"):
            frozen(watching.ledger, watching.tickets()[0].number, 0)
