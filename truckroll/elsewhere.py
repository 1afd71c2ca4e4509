"""Elsewhere: the parts that run in processes of other roles, as far as their status files tell."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Event
from typing import Any

from adapters.journal_reader import JournalReader
from domain.counts import Counts
from domain.entries import Position
from ingest.health import Health
from truckroll.roles import Role

LOOK_SECONDS = 0.5
SILENT_SECONDS = 8.0
"""A process that has said nothing for so long is taken to have ended; it says something twice a second."""


class Neighbour:
    """The process of another role on the same data directory. Safe from any thread."""

    def __init__(self, role: Role, data: Path) -> None:
        self.role = role
        self.path = role.state_file(data)
        self.words: Mapping[str, Any] = {}
        self.looked_at = float("-inf")

    @property
    def said(self) -> Mapping[str, Any]:
        """Its last words, at most half a second old; empty before its first."""
        if time.monotonic() - self.looked_at >= LOOK_SECONDS:
            self.looked_at = time.monotonic()
            self.words = self.read()
        return self.words

    def read(self) -> Mapping[str, Any]:
        """What its file says now; a file is replaced as a whole, so there is never half of it."""
        try:
            return dict(json.loads(self.path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}

    @property
    def trouble(self) -> str:
        """Why nothing is to be expected from it, in one sentence; empty while it speaks."""
        try:
            is_silent = time.time() - self.path.stat().st_mtime > SILENT_SECONDS
        except FileNotFoundError:
            is_silent = True
        wanted = f"start `truckroll serve --role {self.role}`, or look at its log"
        return f"The role {self.role} has not been heard of for {SILENT_SECONDS:.0f} s; {wanted}." if is_silent else ""

    def number(self, name: str) -> int:
        """One of its numbers; 0 before its first word."""
        return int(self.said.get(name, 0))

    def counts(self, adapter: str) -> Counts:
        """What one of its adapters has counted."""
        return Counts(**self.said.get("counts", {}).get(adapter, {}))


class JournalElsewhere(JournalReader):
    """The journal that the ingest role writes."""

    def __init__(self, directory: Path, ingest: Neighbour) -> None:
        super().__init__(directory)
        self.ingest = ingest

    @property
    def counts(self) -> Counts:
        """As its writer counts."""
        return self.ingest.counts("journal")


class SourceElsewhere:
    """The broker, as the ingest role sees it."""

    def __init__(self, ingest: Neighbour) -> None:
        self.ingest = ingest

    @property
    def is_connected(self) -> bool:
        """The broker lets it listen."""
        return bool(self.ingest.said.get("connected", False)) and not self.ingest.trouble

    @property
    def counts(self) -> Counts:
        """As it counts."""
        return self.ingest.counts("mqtt")


class RecorderElsewhere:
    """The recorder of the ingest role."""

    def __init__(self, ingest: Neighbour) -> None:
        self.ingest = ingest

    @property
    def position(self) -> Position:
        """How far it has got."""
        return self.ingest.number("position_recorder")

    @property
    def stored(self) -> int:
        """Readings it has written."""
        return self.ingest.number("stored_readings")


class NobodyRecords:
    """Readings reach the telemetry store by another way; there is never anything left to record."""

    stored = 0

    def __init__(self, journal: JournalReader) -> None:
        self.journal = journal

    @property
    def position(self) -> Position:
        """Where the journal ends."""
        return self.journal.last


class WatchElsewhere:
    """The watch of the detect role."""

    def __init__(self, detect: Neighbour, journal: JournalReader) -> None:
        self.detect = detect
        self.journal = journal

    @property
    def position(self) -> Position:
        """How far it has got."""
        return self.detect.number("position_watch")

    @property
    def has_caught_up(self) -> bool:
        """Its replay after a start is over."""
        return bool(self.detect.said.get("ready", False))

    @property
    def texts(self) -> Mapping[str, bytes]:
        """What people decided and it has come to, by kind."""
        texts = {"rules": b"", "sources": b""}
        position = self.position
        return texts | {e.topic: e.payload for at, e in self.journal.controls() if at <= position and e.topic in texts}

    @property
    def messages(self) -> int:
        """Messages that its detectors have seen."""
        return self.detect.number("watched_messages")

    @property
    def duplicates(self) -> int:
        """Items that had come before."""
        return self.detect.number("duplicates")

    @property
    def quarantined(self) -> int:
        """Messages that could not be used."""
        return self.detect.number("quarantined")

    @property
    def findings(self) -> int:
        """States of findings it has recorded."""
        return self.detect.number("findings")

    @property
    def tickets(self) -> int:
        """Tickets it has opened."""
        return self.detect.number("tickets")

    @property
    def disagreements(self) -> int:
        """Findings of a replay that are not recorded."""
        return self.detect.number("disagreements")


class Hearsay:
    """Other processes' troubles, taken over into our own health."""

    def __init__(self, health: Health, *neighbours: Neighbour) -> None:
        self.health = health
        self.neighbours = neighbours
        self.known: set[str] = set()

    def run(self, stop: Event) -> None:
        """Listen until `stop`."""
        while not stop.is_set():
            self.listen()
            stop.wait(LOOK_SECONDS)

    def listen(self) -> None:
        """Take over what is in trouble now, and what no longer is."""
        told = {n.role.value: n.trouble for n in self.neighbours if n.trouble}
        for neighbour in self.neighbours:
            told |= neighbour.said.get("troubles", {}) if neighbour.role.value not in told else {}
        for part in self.known - told.keys():
            self.health.green(part)
        for part, trouble in told.items():
            self.health.red(part, trouble)
        self.known = set(told)
