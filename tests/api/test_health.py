"""Ready or not, and the numbers behind it."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ingest.health import Health
from tests.api.serving import Served
from truckroll.api.watchdog import Progress, Watchdog

MOST_SECONDS = 15


class Story:
    """A service in a few numbers, and a clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.health = Health()
        self.journal = SimpleNamespace(last=0)
        self.watch = SimpleNamespace(position=0, has_caught_up=True)
        self.recorder = SimpleNamespace(position=0)
        self.is_hanging = False
        running = SimpleNamespace(
            health=self.health,
            journal=self.journal,
            watch=self.watch,
            recorder=self.recorder,
            settings=SimpleNamespace(receive=SimpleNamespace(tick_seconds=5.0)),
            workers=SimpleNamespace(ended=SimpleNamespace(is_set=lambda: False)),
        )
        self.watchdog = Watchdog(cast(Any, running), lambda: self.now)

    def second(self, *, ticks: bool = True, watches: bool = True, records: bool = True) -> None:
        """A second passes in which the parts work or do not."""
        self.now += 1
        if ticks and self.now % 5 == 0:
            self.journal.last += 1
        if watches:
            self.watch.position = self.journal.last
        if records:
            self.recorder.position = self.journal.last
        if not self.is_hanging:
            self.watchdog.look()

    def seconds_until(self, condition: Callable[[], bool], **how: bool) -> int:
        """How many seconds pass before it holds."""
        for second in range(100):
            if condition():
                return second
            self.second(**how)
        raise AssertionError("never")

    def is_green(self) -> bool:
        """Ready."""
        return not self.watchdog.troubles()


@pytest.fixture
def story() -> Story:
    """A service that has worked for a while."""
    story = Story()
    for _ in range(30):
        story.second()
    return story


@pytest.mark.parametrize(("stalled", "part"), [("ticks", "journal"), ("watches", "watch"), ("records", "recorder")])
def test_a_part_that_stalls_is_red_within_15_seconds_and_green_within_15_after(
    story: Story, stalled: str, part: str
) -> None:
    """Without a word of the part itself: by the progress that it does not make, then does again."""
    assert story.is_green()
    red = story.seconds_until(lambda: not story.is_green(), **{stalled: False})

    assert red <= MOST_SECONDS
    assert {part} == set(story.watchdog.troubles())
    assert story.seconds_until(story.is_green) <= MOST_SECONDS


def test_a_journal_that_does_not_answer_is_red_within_15_seconds(story: Story) -> None:
    """The watchdog itself hangs in it; the verdict does not."""
    story.is_hanging = True
    assert story.seconds_until(lambda: not story.is_green()) <= MOST_SECONDS
    assert "journal" in story.watchdog.troubles()
    story.is_hanging = False
    assert story.seconds_until(story.is_green) <= MOST_SECONDS


def test_what_a_part_says_of_itself_counts_at_once(story: Story) -> None:
    """A broker that cannot be reached is red with its sentence, and green again with the connection."""
    story.health.red("broker", "Nobody listens; start it.")
    assert {"broker": "Nobody listens; start it."} == story.watchdog.troubles()
    story.health.green("broker")
    assert story.is_green()


def test_a_reader_far_behind_that_gets_on_is_not_stalled(story: Story) -> None:
    """After an hour's outage the store catches up for a long time: ready, while the age of the lag is told."""
    for _ in range(60):
        story.second(records=False)
    story.journal.last += 1_000
    for _ in range(20):
        story.recorder.position += 1
        story.second(records=False)

    assert story.is_green()
    assert 10 < story.watchdog.readers["recorder"].lag_seconds(story.now) < 90


def test_a_replay_after_a_start_is_not_ready_yet(story: Story) -> None:
    """It says so until everything of before has been watched."""
    story.watch.has_caught_up = False
    assert {"replay"} == set(story.watchdog.troubles())


def test_the_age_of_a_lag_is_that_of_the_oldest_entry_not_read() -> None:
    """However many ends of the journal were seen meanwhile; memory for them is bounded."""
    progress = Progress()
    for second in range(5_000):
        progress.note(0, second + 1, float(second))
    assert 4_999.0 == progress.lag_seconds(4_999.0)
    assert len(progress.seen) <= 1_000
    progress.note(5_000, 5_000, 5_000.0)
    assert 0.0 == progress.lag_seconds(5_001.0)


def test_readyz_is_red_with_a_health_trouble_and_green_without(api: Served) -> None:
    """503 and 200, the troubled parts by name; the sentences are behind the token."""
    health, watchdog = api.running.health, api.parts.watchdog
    api.running.receiver.health = Health()
    health.green("broker")
    watchdog.look()
    green = api.ask("GET", "/readyz", token="")
    health.red("ledger", "The secret disk is full.")
    red = api.ask("GET", "/readyz", token="")
    sentence = api.get("/journal")["troubles"]["ledger"]
    health.green("ledger")
    api.running.receiver.health = health

    assert (200, {"ready": True, "troubled": []}) == (green.status_code, green.json())
    assert (503, {"ready": False, "troubled": ["ledger"]}) == (red.status_code, red.json())
    assert "The secret disk is full." == sentence
    assert {"status": "alive"} == api.ask("GET", "/healthz", token="").json()


def test_metrics_have_the_names_that_are_documented(api: Served) -> None:
    """The four counters of every adapter, lags, ages and readiness; docs/api.md lists them all."""
    text = api.ask("GET", "/metrics").text
    samples = [line.split(" ")[0] for line in text.splitlines() if not line.startswith("#")]
    ours = {name.split("{")[0] for name in samples if name.startswith("truckroll_")}
    page = Path("docs/api.md").read_text(encoding="utf-8")

    for outcome in ("received", "kept", "dropped", "failed"):
        for adapter in ("mqtt", "journal", "telemetry", "ledger", "api"):
            assert f'truckroll_{outcome}_total{{adapter="{adapter}"}}' in samples
    assert [] == sorted(name for name in ours if f"`{name}" not in page)
    assert {'truckroll_lag_seconds{reader="watch"}', 'truckroll_lag_entries{reader="recorder"}'} < set(samples)
