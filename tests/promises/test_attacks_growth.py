"""Attacks on what grows and what is dropped: memory stays bounded, a gap is told, other limits are no contradiction."""

from pathlib import Path

from adapters.telemetry_sqlite import SqliteTelemetry
from detectors.consecutive import Consecutive
from domain.instants import DAY
from ingest.decode import Decoder
from ingest.feed import Feed
from ingest.limits import Limits
from ingest.recorder import GAP_PART, Recorder
from tests.watching import RULES, START, Watching, crash, message
from ticketing.desk import ServiceDesk
from truckroll.proof import prove
from truckroll.replay import Replay, compare

SELDOM = 1200
"""Seconds between two signs of life: too few to prove two healthy hours."""


def test_one_crash_and_years_of_rare_signs_of_life_take_no_more_room(tmp_path: Path) -> None:
    """What is remembered while health may break a row ends with the row's window."""
    healthy = RULES.replace('{ event = "boot_ok" }', '{ event = "boot_ok", or_healthy_for = "2h" }')
    with Watching(tmp_path, rules=healthy) as world:
        watch = world.begin()
        words = '{"values":{"temp":1}}'
        world.append([crash("tv-1", 1)])
        world.append([message("tv-1", words, channel="telemetry", after=SELDOM * n) for n in range(7 * 72)])
        world.catch_up(watch)
        (running,) = watch.parts.detection.running.values()  # type: ignore[attr-defined]
        detector = running.detector
        assert isinstance(detector, Consecutive)

        assert [True] == [len(state.heard) <= 75 for state in detector.keys.values.values()]


def test_entries_dropped_before_the_store_took_them_are_told(tmp_path: Path) -> None:
    """The recorder goes on with what is left and says how much is not."""
    with Watching(tmp_path / "data") as world, SqliteTelemetry(tmp_path / "telemetry") as store:
        world.append([message("tv-1", '{"values":{"temp":1}}', channel="telemetry")])
        world.append([message("tv-1", '{"values":{"temp":2}}', channel="telemetry", after=40 * 86_400)])
        world.journal.retain(START + 45 * DAY, 2)
        feed = Feed(world.journal, Decoder(world.journal.controls()))
        recorder = Recorder(feed, store, world.journal.epoch, world.health)

        assert recorder.step()
        assert (1, 2, 3) == (recorder.stored, recorder.missed, recorder.position)
        assert "2 entries up to position 2" in world.health.report()[GAP_PART]


def test_a_proof_and_a_replay_take_the_limits_that_are_configured(tmp_path: Path) -> None:
    """Messages let in under wider limits than the usual ones still say what they said."""
    wide = Limits(string_bytes=10_000)
    long_words = f'{{"event":"crash","details":{{"dump":"{"x" * 5_000}"}}}}'
    with Watching(tmp_path) as world:
        watch = world.begin()
        watch.parts.feed.decoder = Decoder(world.journal.controls(), wide)
        world.append([message("tv-1", long_words, after=n) for n in range(3)])
        world.catch_up(watch)
        (ticket,) = world.tickets()
        *_, judged = compare(world.journal, world.ledger, world.journal.last, wide)
        assert isinstance(judged, Replay)

        assert [True] == [proof.holds for proof in prove(world.ledger, ServiceDesk(), ticket, wide)]
        assert judged.agrees
