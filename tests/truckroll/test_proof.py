"""Proof and replay: a decision can be made again from what was kept, and tampering shows."""

from pathlib import Path

import pytest
from sqlalchemy import text

from domain.entries import Entry, Kind
from domain.instants import DAY, SECOND
from ingest.sources import sources_entry, sources_from
from tests.watching import START, Watching, crash, crashes, message
from ticketing.desk import ServiceDesk
from truckroll.proof import prove
from truckroll.replay import Replay, compare

LIST = '[{"boot":1,"seq":1,"event":"crash"},{"boot":1,"seq":2,"event":"crash"},{"boot":1,"seq":3,"event":"crash"}]'


def proofs(world: Watching) -> list[bool]:
    """Whether each finding of each ticket is proved."""
    return [p.holds for t in world.tickets() for p in prove(world.ledger, ServiceDesk(), t)]


def test_every_ticket_is_proved_from_its_pinned_evidence(tmp_path: Path) -> None:
    """Also one whose three crashes came in one message, and one that grew."""
    with Watching(tmp_path) as world:
        world.append([*crashes("tv-1", 3), message("tv-2", LIST), *crashes("tv-3", 5)])
        world.catch_up(world.begin())

        assert [True, True, True] == proofs(world)


def test_a_proof_outlives_the_journal(tmp_path: Path) -> None:
    """Retention has dropped the messages."""
    with Watching(tmp_path) as world:
        world.append(crashes("tv-1", 3))
        world.catch_up(world.begin())
        world.append(crashes("tv-2", 1))
        world.journal.retain(world.clock.now() + 30 * DAY, world.journal.last)
        assert world.journal.oldest > 4

        assert [True] == proofs(world)


def test_a_ticket_that_a_late_ok_took_back_and_a_crash_brought_again_is_proved(tmp_path: Path) -> None:
    """The evidence listed is not that of the first firing, but all of it is pinned."""
    with Watching(tmp_path) as world:
        late = f'{{"ts":{(START + 25 * SECOND) // 1_000_000},"boot":1,"seq":9,"event":"boot_ok"}}'
        again = [crash("tv-1", seq, after=10 * seq) for seq in (4, 5, 6)]
        world.append([*crashes("tv-1", 3), message("tv-1", late, after=31), *again])
        world.catch_up(world.begin())

        assert all(proofs(world))


@pytest.mark.parametrize(
    ("deed", "objection"),
    [
        ("UPDATE pinned SET payload = :other WHERE position = 3", "does not say crash"),
        ("DELETE FROM pinned WHERE position = 2", "is not kept"),
        ("UPDATE finding SET before = x'' WHERE 1 = 1", "judged again"),
        ("UPDATE finding SET asset = 'tv-7' WHERE 1 = 1", "asset"),
    ],
)
def test_tampered_evidence_is_found(tmp_path: Path, deed: str, objection: str) -> None:
    """Whatever was changed afterwards, the proof objects."""
    with Watching(tmp_path) as world:
        world.append(crashes("tv-1", 3))
        world.catch_up(world.begin())
        with world.ledger.engine.begin() as connection:
            connection.execute(text(deed), {"other": b'{"boot":1,"seq":2,"event":"boot"}'} if ":other" in deed else {})
        (proof,) = prove(world.ledger, ServiceDesk(), world.tickets()[0])

        assert not proof.holds
        assert any(objection in sentence for sentence in proof.objections), proof.objections


def test_judging_the_journal_again_agrees_with_the_ledger(tmp_path: Path) -> None:
    """And says so when a finding is missing there."""
    with Watching(tmp_path) as world:
        world.append([*crashes("tv-1", 3), *crashes("tv-2", 4)])
        world.catch_up(world.begin())
        assert judged(world).agrees
        with world.ledger.engine.begin() as connection:
            connection.execute(text("UPDATE finding SET position = position - 1 WHERE asset = 'tv-2'"))

        assert [1, 0] == [len(judged(world).missing), len(judged(world).extra)]


def judged(world: Watching) -> Replay:
    """The replay up to the journal's end."""
    *_, last = compare(world.journal, world.ledger, world.journal.last)
    assert isinstance(last, Replay)
    return last


def test_a_proof_holds_over_a_change_of_sources_between_two_pieces_of_evidence(tmp_path: Path) -> None:
    """Each message is read with the sources that were in force for it: two crashes in the old words, one in new."""
    rows = [
        {
            "name": "alarms",
            "topic": "alarm/{device}",
            "codec": "json",
            "events": [{"field": "status", "equals": "down", "event": "crash"}],
        }
    ]
    with Watching(tmp_path) as world:
        alarms = [
            Entry(Kind.MESSAGE, START + n * SECOND, "alarm/tv-1", f'{{"status":"down","n":{n}}}'.encode())
            for n in (1, 2)
        ]
        world.append([Entry(Kind.CONTROL, START, "sources", sources_entry(sources_from(rows))), *alarms])
        world.append([Entry(Kind.CONTROL, START, "sources", sources_entry(sources_from([])))])
        world.append([crash("tv-1", 3, after=10)])
        world.catch_up(world.begin())

        assert [True] == proofs(world)
        (finding,) = world.findings()
        assert 2 == len({pin.sources for pin in world.ledger.pinned(finding.id)})
