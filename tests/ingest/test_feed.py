"""Feed and recorder: a batch is decoded once for readers that keep pace, and a dead store holds up nothing."""

from pathlib import Path
from threading import Event

import pytest

from adapters.journal_sqlite import SqliteJournal
from adapters.telemetry_sqlite import SqliteTelemetry
from domain.entries import Entry
from domain.errors import DiskFull
from ingest.decode import Decoder
from ingest.feed import Feed
from ingest.health import Health
from ingest.recorder import Recorder
from tests.watching import START, message


class CountingDecoder(Decoder):
    """Says how often it was asked."""

    asked = 0

    def decode(self, pages):  # type: ignore[no-untyped-def]
        self.asked += 1
        return super().decode(pages)


def reading(n: int) -> Entry:
    """The nth temperature."""
    return message("tv-1", f'{{"boot":1,"seq":{n},"values":{{"temp":{n}}}}}', after=n, channel="telemetry")


def test_two_readers_share_what_was_decoded(tmp_path: Path) -> None:
    """The second one gets the rest of the batch that the first one got."""
    with SqliteJournal(tmp_path) as journal:
        journal.append([reading(n) for n in range(10)])
        feed = Feed(journal, decoder := CountingDecoder())
        whole, rest = feed.after(0), feed.after(4)

        assert whole is not None
        assert rest is not None
        assert (10, 6, 1) == (len(whole.position), len(rest.position), decoder.asked)
        assert [5, 6, 7, 8, 9, 10] == rest.position.tolist()
        assert None is feed.after(10)


def test_a_reader_that_lags_reads_the_journal_again(tmp_path: Path) -> None:
    """Nothing is dropped for it."""
    with SqliteJournal(tmp_path) as journal:
        for n in range(6):
            journal.append([reading(n)])
        feed = Feed(journal, decoder := CountingDecoder(), most=1, remembered=2)
        ahead = [feed.after(position) for position in range(6)]
        behind = [feed.after(position) for position in range(6)]

        assert [b.position.tolist() for b in ahead if b] == [b.position.tolist() for b in behind if b]
        assert decoder.asked > 6


def test_the_recorder_stores_everything_and_goes_on_where_it_was(tmp_path: Path) -> None:
    """Its bookmark is in the store."""
    with SqliteJournal(tmp_path) as journal:
        feed = Feed(journal, Decoder())
        for start in (0, 5):
            journal.append([reading(n) for n in range(start, start + 5)])
            with SqliteTelemetry(tmp_path / "telemetry") as store:
                recorder = Recorder(feed, store, journal.epoch, Health())
                while recorder.position < journal.last:
                    recorder.step()

        with SqliteTelemetry(tmp_path / "telemetry") as store:
            stored = store.readings("tv-1", START, START + 10**12)
        assert [float(n) for n in range(10)] == [r.value for r in stored]


def test_a_store_that_asks_to_try_later_turns_red_and_gets_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The position stays; the next step writes it."""
    with SqliteJournal(tmp_path) as journal, SqliteTelemetry(tmp_path / "telemetry") as store:
        journal.append([reading(1)])
        recorder = Recorder(Feed(journal, Decoder()), store, journal.epoch, health := Health())
        with monkeypatch.context() as patch:
            patch.setattr(store, "write", full)
            assert not recorder.step()
        assert "free some space" in health.report()["telemetry store"]
        assert recorder.step()

        assert health.is_green
        assert 1 == recorder.stored


def full(batch: object, epoch: str) -> int:
    """A disk without space."""
    raise DiskFull("the telemetry")


def test_a_recorder_that_is_told_to_stop_stops(tmp_path: Path) -> None:
    """Also while there is nothing to record."""
    with SqliteJournal(tmp_path) as journal, SqliteTelemetry(tmp_path / "telemetry") as store:
        recorder = Recorder(Feed(journal, Decoder()), store, journal.epoch, Health())
        stop = Event()
        stop.set()
        recorder.run(stop)

        assert 0 == recorder.position
