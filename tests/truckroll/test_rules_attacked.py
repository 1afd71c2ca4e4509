"""Rules that are edited, deleted, restored and retired amid what they found, by a service that dies in between."""

import json
import random

import pytest

from detectors.kinds import kinds
from detectors.rule_table import read_rule
from detectors.rules import rules_entry
from domain.entries import Entry, Kind
from domain.instants import HOUR, MINUTE, SECOND
from domain.ticket import TicketState
from ingest.watch import WatchSettings
from tests.streams import names_of, rule_of
from tests.watching import RULES, START, Watching

STEPS = 7
NEED_DAYS = ("fleet", "rate")
"""The example rules of these find nothing within hours; they are only held to survive."""


def edited(kind: str):
    """The same rule with another severity, which is another version."""
    table = {"id": f"the-{kind}", "kind": kind, "failure_mode": "broken", "severity": "S1", **kinds()[kind].example()}
    return read_rule(table, pytest.fail)


def story(kind: str, seed: int) -> list[list[Entry]]:
    """Steps of a life: messages in disorder, twice, from the future and of 1970; and a decision after each."""
    chance = random.Random(seed)
    rule, other = rule_of(kind), edited(kind)
    events, metrics = names_of(rule)
    decisions = [[rule], [rule], [], [rule], [other]]
    now, seq, steps = START, 0, []
    for step in range(STEPS):
        said = [Entry(Kind.CONTROL, now, "rules", rules_entry(chance.choice(decisions) if step > 2 else [rule]))]
        for _ in range(40):
            now += chance.choice((SECOND, 20 * SECOND, MINUTE, 10 * MINUTE))
            seq += 1
            at = chance.choice((now, now, now, now - 3 * MINUTE, 0, now + 400 * HOUR)) // 1_000_000
            device = f"tv-{chance.randrange(3)}"
            if events and (chance.random() < 0.5 or not metrics):
                channel, body = "events", f'"event":"{chance.choice(events)}","code":"E-1"'
            else:
                value = chance.choice((-40.0, 20.0, 20.5, 99.0, 150.0))
                numbers = {name: value + n for n, name in enumerate(metrics or ["up"])}
                channel, body = "telemetry", f'"values":{json.dumps(numbers)}'
            payload = f'{{"ts":{at},"boot":{1 + step // 5},"seq":{seq},{body}}}'.encode()
            one = Entry(Kind.MESSAGE, now, f"devices/{device}/{channel}", payload)
            said += [one] * chance.choice((1, 1, 2))
            if chance.random() < 0.2:
                said.append(Entry(Kind.TICK, now, "", b""))
        steps.append(said)
    return steps


def lived(home, kind: str, seed: int, *, dies: bool):
    """Findings and tickets at the end."""
    with Watching(home, rules=RULES, settings=WatchSettings(snapshot_seconds=0)) as watching:
        watch = watching.begin()
        for step in story(kind, seed):
            for first in range(0, len(step), 25):
                watching.append(step[first : first + 25])
                watching.clock.at = step[first].received_at
                watching.catch_up(watch)
                if dies:
                    watch = watching.begin()
        return (
            sorted((f.id, f.state, f.count, f.last_at) for f in watching.findings()),
            sorted((t.asset, t.component, t.failure_mode, t.state, t.evidence_count) for t in watching.tickets()),
        )


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_dying_after_every_page_changes_nothing_of_what_is_found_or_opened(tmp_path, kind):
    """Whatever is decided about the rule meanwhile, and however absurd what devices say is; no key has two tickets."""
    findings, tickets = lived(tmp_path / "lives", kind, 1, dies=False)

    assert bool(findings) == (kind not in NEED_DAYS)
    assert (findings, tickets) == lived(tmp_path / "dies", kind, 1, dies=True)

    is_open = [ticket[:3] for ticket in tickets if ticket[3] not in (TicketState.CLOSED, TicketState.CANCELLED)]
    assert sorted(set(is_open)) == is_open
