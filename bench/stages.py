"""What each stage costs on its own: CPU of this process per message, the others standing still."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from adapters.journal_sqlite import SqliteJournal
from adapters.telemetry_sqlite import SqliteTelemetry
from bench.blaster import Load
from detectors.engine import Engine
from detectors.rules import read_rules, rules_entry
from domain.batch import Batch
from domain.entries import Entry, Kind
from domain.ports import Journal
from ingest.decode import Decoder
from ingest.feed import Feed
from ingest.identity import Identities

PAGE = 1_000
RULE = """
[[rule]]
id = "crash-loop"
name = "Keeps crashing"
kind = "consecutive"
event = "crash"
reset = { event = "boot_ok" }
count = 3
severity = "S2"
failure_mode = "crash-loop"
class = "tv-crash"
"""


def entries(load: Load) -> Iterator[Entry]:
    """The load as journal entries that arrive now."""
    for _, topic, payload in load.messages():
        yield Entry(Kind.MESSAGE, time.time_ns(), topic, payload)


def pages(load: Load) -> list[list[Entry]]:
    """The load in pages."""
    everything = list(entries(load))
    return [everything[start : start + PAGE] for start in range(0, len(everything), PAGE)]


def journal_of(data: Path, messages: int) -> None:
    """A data directory whose journal holds so many messages that nobody has watched."""
    load = Load(devices=1_000, readings=1, count=messages)
    data.mkdir(parents=True, exist_ok=True)
    with SqliteJournal(data) as journal:
        page: list[Entry] = []
        for entry in entries(load):
            page.append(entry)
            if len(page) >= PAGE:
                journal.append(page)
                page = []
        if page:
            journal.append(page)


def cpu(work: Callable[[], None]) -> float:
    """CPU seconds that it takes."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def stages(home: Path, *, scale: float) -> dict[str, float]:
    """µs a message (or a reading) of journal, decode, identity, detect and record, by load."""
    found: dict[str, float] = {}
    for readings, devices, count in (
        (1, 1_000, 200_000),
        (1, 100_000, 300_000),
        (10, 1_000, 50_000),
        (100, 1_000, 10_000),
    ):
        load = Load(devices=devices, readings=readings, count=int(count * scale))
        label = f"{readings} readings, {devices:,} devices"
        found |= {f"{label}: {name}": us for name, us in one_load(home / label.replace(" ", "_"), load).items()}
    return found


def one_load(home: Path, load: Load) -> dict[str, float]:
    """Each stage over one load, µs a message."""
    home.mkdir(parents=True)
    cut = pages(load)
    with SqliteJournal(home) as journal, SqliteTelemetry(home) as store:
        journaled = cpu(lambda: append(journal, cut))
        batches: list[Batch] = []
        decoded = cpu(lambda: batches.extend(fed(Feed(journal, Decoder()))))
        window, engine = Identities(), Engine()
        engine.control(0, "rules", rules_entry(read_rules(RULE, "rules.toml").rules))
        fresh = [window.fresh(batch)[0] for batch in batches[: len(batches) // 2]]
        half = batches[len(batches) // 2 :]
        told_apart = cpu(lambda: fresh.extend(window.fresh(batch)[0] for batch in half)) * len(batches) / len(half)
        detected = cpu(lambda: [engine.observe(b.only(f)) for b, f in zip(batches, fresh, strict=True)])  # type: ignore[func-returns-value]
        recorded = cpu(lambda: [store.write(batch, journal.epoch) for batch in batches])  # type: ignore[func-returns-value]
    figures = {"journal": journaled, "decode": decoded, "identity": told_apart, "detect": detected, "record": recorded}
    return {name: seconds / load.count * 1e6 for name, seconds in figures.items()}


def append(journal: Journal, cut: list[list[Entry]]) -> None:
    """Page by page."""
    for page in cut:
        journal.append(page)


def fed(feed: Feed) -> Iterator[Batch]:
    """Every batch of the journal."""
    position = 0
    while (batch := feed.after(position)) is not None:
        yield batch
        position = batch.upto
