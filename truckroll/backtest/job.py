"""Job: a backtest in a process of its own, which tells how far it is, can be stopped, and never outlives who asked."""

import os
import signal
import threading
from collections.abc import Callable
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Self

from domain.errors import GiveUp, TruckrollError, WrongFormat

PATIENCE_SECONDS = 10.0
TOLD_EVERY = 0.005
"""Progress is told in such steps."""

Task = Callable[[Any, Callable[[float], object]], dict[str, Any]]
"""(what is asked, who hears how much is done) -> the report."""


class Cancelled(GiveUp):
    """Somebody stopped it."""

    def __init__(self, what: str = "backtest") -> None:
        super().__init__(f"The {what} was stopped before it was done; start it again for a result.")


class Job:
    """Enter it to start it. `look` tells what there is; leaving it ends the process, done or not."""

    def __init__(self, asked: object, task: Task, what: str = "backtest") -> None:
        """`what` it is, for sentences."""
        context = get_context("spawn")
        self.ours, self.theirs = context.Pipe(duplex=False)
        self.process = context.Process(target=work, args=(self.theirs, task, asked), daemon=True)
        self.what = what
        self.done = 0.0
        self.report: dict[str, Any] | None = None
        self.error: Exception | None = None

    def __enter__(self) -> Self:
        self.process.start()
        self.theirs.close()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def is_over(self) -> bool:
        """There is a report or an error."""
        return self.report is not None or self.error is not None

    def look(self, seconds: float) -> bool:
        """Take in what the process has told, waiting up to `seconds` for news; True when it is over."""
        if not self.is_over and wait([self.ours, self.process.sentinel], seconds):
            self.hear()
        return self.is_over

    def hear(self) -> None:
        """Everything that was told so far."""
        try:
            while self.ours.poll():
                what, said = self.ours.recv()
                self.take(what, said)
        except (EOFError, OSError):
            if not self.is_over:
                self.error = GiveUp(
                    f"The {self.what} ended by itself ({self.ending()}); try a shorter time or fewer files."
                )

    def take(self, what: str, said: Any) -> None:
        """One thing that was told."""
        match what:
            case "done":
                self.done = said
            case "report":
                self.report = said
            case "mistakes":
                self.error = WrongFormat(said)
            case _:
                self.error = GiveUp(said)

    def ending(self) -> str:
        """How the process ended."""
        self.process.join(PATIENCE_SECONDS)
        code = self.process.exitcode or 0
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def result(self, tell: Callable[[float], object]) -> dict[str, Any]:
        """The report, once it is there. Raises what the backtest raised."""
        while not self.look(1.0):
            tell(self.done)
        if self.error is not None:
            raise self.error
        return self.report or {}

    def stop(self) -> None:
        """End the process if it runs; without a report yet, there will be none."""
        if self.process.is_alive():
            self.process.kill()
            if not self.is_over:
                self.error = Cancelled(self.what)
        self.process.join(PATIENCE_SECONDS)
        self.ours.close()


def work(told: Connection, task: Task, asked: object) -> None:
    """The process's body. Interrupts are for who asked, who then ends this process; so does their death."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_parent, daemon=True).start()
    last = 0.0

    def tell(share: float) -> None:
        nonlocal last
        if share - last >= TOLD_EVERY:
            last = share
            told.send(("done", share))

    try:
        told.send(("report", task(asked, tell)))
    except WrongFormat as error:
        told.send(("mistakes", error.mistakes))
    except (TruckrollError, OSError, UnicodeDecodeError) as error:
        told.send(("gave up", str(error)))


def end_with_parent() -> None:
    """Wait for the death of who asked."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
