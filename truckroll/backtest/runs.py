"""Runs: backtests that somebody started and does not wait for, a few at once, each in a process that can be ended."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any

import msgspec

from domain.errors import Conflict, TruckrollError
from domain.ports import Clock
from truckroll.backtest.asked import Asked
from truckroll.backtest.job import Cancelled, Job
from truckroll.backtest.shelf import FOLDER, Record, RunState, Shelf
from truckroll.backtest.trial import trial
from truckroll.settings import Settings

AT_ONCE = 2
KINDNESS = 10
"""How far a backtest stands back behind the live service."""
LOOK_SECONDS = 0.2
ENDED = "The service was stopped while it ran; start it again for a result."


class TooMany(Conflict):
    """As many backtests run as may run at once."""

    def __init__(self) -> None:
        RuntimeError.__init__(self, f"{AT_ONCE} backtests run already; wait until one is done, or cancel one.")


@dataclass(slots=True)
class Going:
    """One that runs."""

    done: float = 0.0
    stop: Event = field(default_factory=Event)
    over: Event = field(default_factory=Event)


class Runs:
    """All of this process. They end with it."""

    def __init__(self) -> None:
        self.going: dict[str, Going] = {}
        self.lock = Lock()

    def start(self, asked: Asked, record: Record, clock: Clock) -> Record:
        """Begin; raises TooMany, DiskFull. The record says that it runs."""
        going, shelf = Going(), shelf_of(asked.settings)
        with self.lock:
            if len(self.going) >= AT_ONCE:
                raise TooMany
            self.going[record.id] = going
        try:
            shelf.put(record)
        except BaseException:
            self.forget(record.id)
            raise
        work = (asked, record, shelf, going, clock)
        Thread(target=self.follow, args=work, name=f"backtest {record.id}", daemon=True).start()
        return record

    def follow(self, asked: Asked, record: Record, shelf: Shelf, going: Going, clock: Clock) -> None:
        """Look after one until it is over, and keep what it came to."""
        try:
            report, error = played(asked, going)
            state = state_after(error)
            ended = msgspec.structs.replace(record, state=state, ended_at=clock.now(), said=str(error or ""))
            shelf.put(ended, report)
        finally:
            self.forget(record.id)
            going.over.set()

    def forget(self, id: str) -> None:
        """It does not run any more."""
        with self.lock:
            self.going.pop(id, None)

    def cancel(self, settings: Settings, id: str) -> Record:
        """End one that runs; one that is over stays as it is. Raises Unknown."""
        going = self.going.get(id)
        if going is not None:
            going.stop.set()
            going.over.wait()
        return self.record(settings, id)

    def record(self, settings: Settings, id: str) -> Record:
        """One, as it stands now. Raises Unknown."""
        return self.as_it_is(shelf_of(settings).record(id))

    def records(self, settings: Settings) -> list[Record]:
        """All that are kept, newest first."""
        return [self.as_it_is(record) for record in shelf_of(settings).records()]

    def as_it_is(self, record: Record) -> Record:
        """A record that says running though nothing runs was left by a service that ended."""
        if record.state is not RunState.RUNNING or record.id in self.going:
            return record
        return msgspec.structs.replace(record, state=RunState.FAILED, said=ENDED)

    def done(self, record: Record) -> float:
        """How much of one is done, from 0 to 1."""
        going = self.going.get(record.id)
        return going.done if going is not None else float(record.state is RunState.DONE)


def shelf_of(settings: Settings) -> Shelf:
    """Where results are kept."""
    return Shelf(settings.data / FOLDER)


def played(asked: Asked, going: Going) -> tuple[dict[str, Any] | None, Exception | None]:
    """The report, or why there is none."""
    try:
        with Job(asked, kindly) as job:
            while not job.look(LOOK_SECONDS) and not going.stop.is_set():
                going.done = job.done
    except (OSError, TruckrollError) as error:
        return None, error
    return job.report, job.error


def kindly(asked: Asked, tell: Callable[[float], object]) -> dict[str, Any]:
    """The trial, behind everything that the service does."""
    os.nice(KINDNESS)
    return trial(asked, tell)


def state_after(error: Exception | None) -> RunState:
    """How it ended."""
    if error is None:
        return RunState.DONE
    return RunState.CANCELLED if isinstance(error, Cancelled) else RunState.FAILED
