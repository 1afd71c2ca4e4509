"""Proofs of rules about events: what was decided by a message's text, or by time alone, is decided so again."""

from dataclasses import replace
from pathlib import Path

import pytest

from domain.entries import Entry, Kind
from domain.finding import FindingState
from domain.instants import SECOND
from tests.watching import START, Watching, message
from ticketing.desk import ServiceDesk
from truckroll.proof import prove

BY_TEXT = """
[[rule]]
id = "same-error"
kind = "count"
event = "error"
count = 3
within = "1h"
by = "fingerprint"
"""
BY_TIME = """
[[rule]]
id = "left-open"
kind = "compound"
event = "door_opened"
without = "door_closed"
within = "5m"
"""
BY_READING = """
[[rule]]
id = "hot-then-stopped"
kind = "compound"
first = { metric = "temp", above = 80 }
then = "stopped"
within = "5m"
"""


def error(seq: int, text: str) -> Entry:
    """An error with a message of its own, ten seconds after the one before."""
    return message("tv-1", f'{{"seq":{seq},"boot":1,"event":"error","details":{{"message":"{text}"}}}}', after=10 * seq)


def tick(after: int) -> Entry:
    """Time passes."""
    return Entry(Kind.TICK, START + after * SECOND, "", b"")


STORIES = {
    "text": (BY_TEXT, [error(n, f"slot {n} is jammed") for n in range(3)] + [error(3, "out of change")]),
    "time": (BY_TIME, [message("tv-1", '{"seq":1,"boot":1,"event":"door_opened"}'), tick(200), tick(301)]),
    "sign of life": (
        BY_TIME,
        [
            message("tv-1", '{"seq":1,"boot":1,"event":"door_opened"}'),
            message("tv-1", '{"seq":2,"boot":1,"values":{"temp":4}}', after=400, channel="telemetry"),
        ],
    ),
    "reading": (
        BY_READING,
        [
            message("tv-1", '{"seq":1,"boot":1,"values":{"temp":81.5,"load":3}}', channel="telemetry"),
            message("tv-1", '{"seq":2,"boot":1,"event":"stopped"}', after=60),
        ],
    ),
}


@pytest.mark.parametrize(("rules", "entries"), STORIES.values(), ids=STORIES)
def test_a_ticket_of_a_rule_about_events_is_proved_from_what_is_pinned(tmp_path: Path, rules: str, entries) -> None:
    """The ledger alone is enough: rule, messages, and the key's state before the deciding one."""
    with Watching(tmp_path, rules=rules) as world:
        watch = world.begin()
        world.append(entries)
        world.catch_up(watch)
        (ticket,) = world.tickets()
        (finding,) = world.findings()

        assert FindingState.OPEN is finding.state
        assert [()] == [tuple(proof.objections) for proof in prove(world.ledger, ServiceDesk(), ticket)]


@pytest.mark.parametrize(("rules", "entries"), STORIES.values(), ids=STORIES)
def test_what_is_delivered_twice_is_evidence_once(tmp_path: Path, rules: str, entries) -> None:
    """The broker may deliver again; devices number what they say."""
    twice = [again for entry in entries for again in (entry, entry)]
    with Watching(tmp_path / "once", rules=rules) as once, Watching(tmp_path / "twice", rules=rules) as other:
        for world, delivered in ((once, entries), (other, twice)):
            watch = world.begin()
            world.append(delivered)
            world.catch_up(watch)

        assert seen(once) == seen(other)


def seen(world: Watching) -> list[tuple[object, ...]]:
    """What was found, without positions."""
    return [
        (f.key, f.state, f.count, f.started_at, f.last_at, [(e.at, e.what, e.value) for e in f.evidence])
        for f in world.findings()
    ]


def test_a_proof_finds_a_text_that_was_changed_afterwards(tmp_path: Path) -> None:
    """Another text is another fingerprint, so the rule does not fire for this key."""
    with Watching(tmp_path, rules=BY_TEXT) as world:
        watch = world.begin()
        world.append([error(n, f"slot {n} is jammed") for n in range(3)])
        world.catch_up(watch)
        (ticket,) = world.tickets()
        ledger = Tampered(world.ledger, b"jammed", b"filled")

        [proof] = prove(ledger, ServiceDesk(), ticket)  # type: ignore[arg-type]
        assert ["judged again, the rule does not fire"] == list(proof.objections)


class Tampered:
    """A ledger whose pinned messages say something else."""

    def __init__(self, ledger, old: bytes, new: bytes) -> None:
        self.ledger, self.old, self.new = ledger, old, new

    def __getattr__(self, name: str):
        return getattr(self.ledger, name)

    def pinned(self, finding: str):
        """With one word replaced."""
        return [replace(pin, payload=pin.payload.replace(self.old, self.new)) for pin in self.ledger.pinned(finding)]
