"""Replay: the journal judged again from its beginning, compared with what the ledger has."""

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.sparkplug_wire import read
from detectors.engine import Engine
from domain.entries import Position
from domain.finding import Finding
from domain.ports import JournalView, Ledger
from ingest.decode import Decoder
from ingest.feed import Feed
from ingest.identity import Identities
from ingest.limits import Limits


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found, by finding, and how that differs from what is recorded."""

    upto: Position
    findings: dict[str, Finding]
    missing: list[str]
    """Found again, but not in the ledger."""
    extra: list[str]
    """In the ledger, but not found again."""

    @property
    def agrees(self) -> bool:
        """Replay and ledger say the same."""
        return not self.missing and not self.extra


def conclude(
    journal: JournalView, upto: Position, limits: Limits | None = None
) -> Iterator[tuple[Position, list[Finding]]]:
    """Findings of the journal's entries up to a position, batch by batch, from fresh state."""
    feed = Feed(journal, Decoder(journal.controls(), limits, wire=read), most=10_000, remembered=1)
    window, engine = Identities(), Engine()
    position = journal.oldest - 1
    for at, entry in journal.controls():
        if at <= position:
            engine.control(at, entry.topic, entry.payload)
    while position < upto and (batch := feed.after(position)) is not None:
        batch = batch.until(upto)
        fresh, _, _ = window.fresh(batch)
        yield batch.upto, list(engine.observe(batch.only(fresh)))
        position = batch.upto


def compare(
    journal: JournalView, ledger: Ledger, bookmark: Position, limits: Limits | None = None
) -> Iterator[Replay | Position]:
    """Replay up to the ledger's bookmark; yields positions as it goes on and the result at the end."""
    found: dict[str, Finding] = {}
    for position, findings in conclude(journal, bookmark, limits):
        found |= {finding.id: finding for finding in findings}
        yield position
    recorded = {f.id: f for f in ledger.findings() if f.fired_position >= journal.oldest}
    missing = [f.id for f in found.values() if f.id not in recorded or recorded[f.id].position != f.position]
    yield Replay(bookmark, found, missing, [id_ for id_ in recorded if id_ not in found])
