"""Kinds that count and measure slopes: their tickets are proved, and whatever is changed in what was kept is found."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from detectors.learning.draft import lines_of
from domain.entries import Entry
from domain.instants import DAY, MINUTE, SECOND
from tests.streams import rule_of
from tests.truckroll.test_backtest_proofs import unproved, watched
from tests.watching import START, Watching, message
from truckroll.backtest.entries import ticked

STEP = 10 * MINUTE


def same_crashes() -> Iterator[Entry]:
    """A crash with the same code every ten minutes."""
    for seq in range(20):
        at = START + seq * STEP
        said = f'{{"ts":{at // 1_000_000},"boot":1,"seq":{seq},"event":"crash","code":"0xDEAD"}}'
        yield message("tv-1", said, after=(at - START) / SECOND)


def steady_rise() -> Iterator[Entry]:
    """A temperature that rises for three days and then stands."""
    for seq in range(600):
        at = START + seq * STEP
        said = f'"temp":{20 + 0.05 * min(seq, 450):.3f},"load":5'
        body = f'{{"ts":{at // 1_000_000},"boot":1,"seq":{seq},"values":{{{said}}}}}'
        yield message("tv-1", body, after=(at - START) / SECOND, channel="telemetry")


STREAMS: dict[str, Callable[[], Iterator[Entry]]] = {"count": same_crashes, "rate": steady_rise}


def world_of(kind: str, home: Path) -> Watching:
    """A world with a rule of the kind."""
    table = {name: value for name, value in rule_of(kind).table.items() if name != "where"}
    return Watching(home, rules="[[rule]]\n" + "\n".join(lines_of(table)))


@pytest.mark.parametrize("kind", sorted(STREAMS))
def test_their_tickets_are_proved_before_and_after_the_purge(kind: str, tmp_path: Path) -> None:
    """A stream that does bring a ticket."""
    with world_of(kind, tmp_path) as world:
        watched(world, ticked(STREAMS[kind](), MINUTE, None))
        assert 1 == len(world.tickets())
        assert [] == unproved(world)

        world.journal.retain(START + 60 * DAY, world.journal.last)

        assert [] == unproved(world)


@pytest.mark.parametrize("kind", sorted(STREAMS))
@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE pinned SET payload = :other WHERE position = (SELECT max(position) FROM pinned)",
        "DELETE FROM pinned WHERE position = (SELECT max(position) FROM pinned)",
        "UPDATE finding SET before = x''",
        "UPDATE finding SET asset = 'tv-7'",
        "UPDATE finding SET evidence = replace(evidence, 'tv-1', 'tv-2')",
        "UPDATE finding SET failure_mode = 'other'",
    ],
)
def test_whatever_is_changed_afterwards_is_found(kind: str, deed: str, tmp_path: Path) -> None:
    """The message that decides, the state before it, what the finding says of itself."""
    with world_of(kind, tmp_path) as world:
        watched(world, ticked(STREAMS[kind](), MINUTE, None))
        other = {"other": b'{"boot":1,"seq":2,"event":"boot"}'} if ":other" in deed else {}
        with world.ledger.engine.begin() as connection:
            connection.execute(text(deed), other)

        assert [] != unproved(world)
