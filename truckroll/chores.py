"""Chores: what the service does again and again by the clock; when it is due stands in what the last time left."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Event

from adapters.ticking import keep_ticking
from domain.errors import GiveUp, TryLater
from domain.instants import Duration, Instant
from domain.ports import Clock
from ingest.health import Health


@dataclass(frozen=True, slots=True)
class Chore:
    """One of them."""

    name: str
    """The part in whose name trouble is told."""
    every: Duration
    """How often to look."""
    act: Callable[[Instant], object]
    """Look whether something is due, and do it. A restart forgets nothing."""


@dataclass(frozen=True, slots=True)
class Chores:
    """All of a process, each with a thread of its own: they change the ledger under the writers' lock."""

    chores: Sequence[Chore]
    clock: Clock
    health: Health
    failures: list[Exception] = field(default_factory=list)

    def run(self, stop: Event) -> None:
        """Do them until `stop`. What nobody foresaw ends the service, and is raised."""
        keep_ticking({chore.name: (chore.every, partial(self.attend, chore, stop)) for chore in self.chores}, stop)
        if self.failures:
            raise self.failures[0]

    def attend(self, chore: Chore, stop: Event) -> None:
        """One turn; what cannot be done now is told, and tried again at the next."""
        try:
            chore.act(self.clock.now())
        except (TryLater, GiveUp) as trouble:
            self.health.red(chore.name, str(trouble))
        except Exception as unforeseen:  # noqa: BLE001 - it ends the service, in the thread that owns the chores
            self.failures.append(unforeseen)
            stop.set()
        else:
            self.health.green(chore.name)
