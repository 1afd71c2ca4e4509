"""Remote remedies in the running service: the approved leave, the device's word is heard, what is late fails."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any, Protocol

import numpy as np
from sqlalchemy import Connection

from adapters import ledger_remedies
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.batch import Batch, Reading
from domain.errors import TryLater
from domain.instants import Instant
from domain.ports import Clock
from domain.remedy import UNDER_WAY, Command, Remedy, RemedyState
from domain.ticket import Response
from ingest.feed import Feed
from ingest.health import Health
from ticketing import remedy
from ticketing.remedy import Changed

PART = "remedies"
LOOK_SECONDS = 1.0
MOST_AT_ONCE = 20
"""Commands that leave in one round."""


class Commands(Protocol):
    """The way to devices."""

    def send(self, device: str, name: str, said: Mapping[str, Any]) -> None:
        """Hand it to the broker. Raises TryLater."""
        ...


@dataclass(slots=True)
class Remedies:
    """A worker of its own. Killed between sending and recording, it sends again under the same id."""

    ledger: SqlLedger
    clock: Clock
    health: Health
    commands: Commands
    last: Callable[[], int]
    """The journal's last position."""
    feeding: Callable[[], Feed]
    """A new feed of the journal; made only while a device's word is waited for."""
    feed: Feed | None = field(default=None)

    def run(self, stop: Event) -> None:
        """Work until `stop`."""
        while not stop.is_set():
            try:
                self.step()
            except TryLater as trouble:
                self.health.red(PART, str(trouble))
            else:
                self.health.green(PART)
            stop.wait(LOOK_SECONDS)

    def step(self) -> None:
        """One round: hear, give up what is late, send. Raises TryLater."""
        with self.ledger.reading() as connection:
            waiting = ledger_remedies.in_states(connection, {*UNDER_WAY, RemedyState.APPROVED})
            has_late = bool(ledger_remedies.overdue(connection, self.clock.now()))
        if not waiting and not has_late:
            self.feed = None
            return
        self.listen([command for command in waiting if command.state in UNDER_WAY])
        self.sweep()
        for command in self.taken_out():
            self.commands.send(command.device, command.remedy.command, remedy.payload(command))
            with self.ledger.begin() as transaction:
                now = ledger_remedies.command(transaction.connection, command.id)
                if now.state is RemedyState.SENDING:
                    write(transaction, remedy.sent(now, self.clock.now()))

    def sweep(self) -> None:
        """What is late has failed."""
        now = self.clock.now()
        with self.ledger.begin() as transaction:
            for command in ledger_remedies.overdue(transaction.connection, now):
                write(transaction, remedy.failed(command, now))

    def taken_out(self) -> Sequence[Command]:
        """What is to be sent: what may have been sent before a crash, and what is approved as far as rates let it."""
        now, last = self.clock.now(), self.last()
        with self.ledger.begin() as transaction:
            connection = transaction.connection
            out = list(ledger_remedies.in_states(connection, {RemedyState.SENDING}))
            for command in ledger_remedies.in_states(connection, {RemedyState.APPROVED}):
                if len(out) < MOST_AT_ONCE and has_place(connection, command.remedy, now):
                    out.append(remedy.sending(command, last, now))
                    ledger_remedies.save(connection, out[-1])
        return out

    # -- the device's word

    def listen(self, waiting: Sequence[Command]) -> None:
        """Read the journal on from where each command's device was listened to last."""
        if not waiting:
            return
        self.feed = self.feed or self.feeding()
        while (batch := self.feed.after(min(command.position for command in waiting))) is not None:
            waiting = self.heard(waiting, batch)
            if not waiting:
                return

    def heard(self, waiting: Sequence[Command], batch: Batch) -> Sequence[Command]:
        """What a stretch of the journal confirms; the commands that still wait, with how far they were listened to."""
        left: list[Command] = []
        with self.ledger.begin() as transaction:
            for command in waiting:
                current = ledger_remedies.command(transaction.connection, command.id)
                if current.state not in UNDER_WAY:
                    continue
                if words := word_in(batch.since(current.position), current):
                    self.confirm(transaction, current, words)
                else:
                    left.append(replace(current, position=max(current.position, batch.upto)))
                    ledger_remedies.save(transaction.connection, left[-1])
        return left

    def confirm(self, transaction: SqlTransaction, command: Command, words: str) -> None:
        """The device said so; what it takes back is undone."""
        now = self.clock.now()
        done = remedy.confirmed(command, words, now)
        write(transaction, done)
        if command.undoes:
            former = ledger_remedies.command(transaction.connection, command.undoes)
            write(transaction, remedy.undone(former, done.command, now))


def write(transaction: SqlTransaction, changed: Changed) -> Command:
    """Save a command and log what happened to it."""
    ledger_remedies.save(transaction.connection, changed.command)
    transaction.record(Response(events=changed.lines))
    return changed.command


def has_place(connection: Connection, wanted: Remedy, now: Instant) -> bool:
    """The fleet's rate lets one more go."""
    rate = wanted.per_fleet
    return rate is None or remedy.free_places(
        rate, ledger_remedies.sent_since(connection, wanted.id, now - rate.within)
    )


def word_in(batch: Batch, command: Command) -> str:
    """What in a batch confirms a command; empty = nothing."""
    for event in batch.events:
        if remedy.confirms_by_event(command, event):
            return f"The device said {event.event}."
    for reading in readings_of(batch, command):
        if remedy.confirms_by_reading(command, reading):
            said = reading.state if reading.state is not None else f"{reading.value:g}"
            return f"The device said {reading.metric} = {said}."
    return ""


def readings_of(batch: Batch, command: Command) -> Iterable[Reading]:
    """The device's readings of the metric that is waited for."""
    metric = command.remedy.confirm.metric
    if metric not in batch.metrics or command.device not in batch.devices:
        return
    its = batch.metric == list(batch.metrics).index(metric)
    its &= batch.device[batch.item] == list(batch.devices).index(command.device)
    for row in np.flatnonzero(its):
        state = int(batch.state[row])
        said = None if state < 0 else batch.states[state]
        yield Reading(command.device, metric, int(batch.at[row]), float(batch.value[row]), said)
