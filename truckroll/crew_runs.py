"""Runs: crew plans that somebody asked the service for, each made in a process beside it, a few at once."""

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from enum import StrEnum
from threading import Lock, Thread

from adapters.ledger_sql import SqlLedger
from domain.crew_proposal import Proposal
from domain.errors import Conflict, TruckrollError, Unknown
from domain.instants import Instant
from truckroll.crew_deeds import propose
from truckroll.crew_schedule import Schedule

KEPT = 50
AT_ONCE = 2


class RunState(StrEnum):
    """How it stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One plan that is being made, or was."""

    id: str
    state: RunState = RunState.RUNNING
    request: str = ""
    """What was asked, as a digest."""
    started_at: Instant
    tries: int = 0
    best: float | None = None
    """The cost of the best so far."""
    plan: str = ""
    """The proposal's id, once there is one."""
    said: str = ""
    """Why it failed."""


class TooManyPlans(Conflict):
    """As many plans are made as may be made at once."""

    def __init__(self) -> None:
        RuntimeError.__init__(
            self, f"{AT_ONCE} crew plans are being made already; wait for one, or take its best so far."
        )


@dataclass(slots=True)
class CrewRuns:
    """All of this process, the last few of them; their plans are in the ledger and outlive it."""

    runs: OrderedDict[str, Run] = field(default_factory=OrderedDict)
    going: dict[str, Schedule] = field(default_factory=dict)
    threads: dict[str, Thread] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def start(self, ledger: SqlLedger, schedule: Schedule, run: Run) -> Run:
        """Begin, or the same request that has begun already. Raises TooManyPlans."""
        with self.lock:
            if run.id in self.runs:
                return self.runs[run.id]
            if len(self.going) >= AT_ONCE:
                raise TooManyPlans
            self.runs[run.id] = run
            for id in [id for id in self.runs if id not in self.going][: max(len(self.runs) - KEPT, 0)]:
                if id != run.id:
                    del self.runs[id]
            self.going[run.id] = schedule
            thread = Thread(
                target=self.follow, args=(ledger, schedule, run.id), name=f"crew plan {run.id}", daemon=True
            )
            self.threads[run.id] = thread
        thread.start()
        return run

    def follow(self, ledger: SqlLedger, schedule: Schedule, id: str) -> None:
        """Look after one until it is over."""
        steps = schedule.steps()
        try:
            for step in steps:
                if self.run(id).state is RunState.CANCELLED:
                    break
                if isinstance(step, Proposal):
                    self.put(id, state=RunState.DONE, plan=propose(ledger, step).id)
                else:
                    self.put(id, tries=step.rounds, best=float(step.best))
        except TruckrollError as error:
            self.put(id, state=RunState.FAILED, said=str(error))
        except BaseException as unforeseen:
            self.put(
                id, state=RunState.FAILED, said=f"Nobody foresaw this: {unforeseen!r}; the service's log has more."
            )
            raise
        finally:
            steps.close()
            with self.lock:
                self.going.pop(id, None)
                self.threads.pop(id, None)

    def put(self, id: str, **said: object) -> None:
        """How it stands now; what is over stays so."""
        with self.lock:
            if id in self.runs and self.runs[id].state is RunState.RUNNING:
                self.runs[id] = replace(self.runs[id], **said)  # type: ignore[arg-type]

    def run(self, id: str) -> Run:
        """One of them. Raises Unknown."""
        with self.lock:
            if id not in self.runs:
                raise Unknown("crew plan that is being made", id)
            return self.runs[id]

    def be_content(self, id: str) -> Run:
        """Its best so far is its plan; one that is over stays as it is. Raises Unknown."""
        run = self.run(id)
        with self.lock:
            schedule = self.going.get(id)
        if schedule is not None:
            schedule.be_content()
        return run

    def cancel(self, id: str) -> Run:
        """It ends without a plan; one that is over stays as it is. Raises Unknown."""
        with self.lock:
            schedule = self.going.get(id)
        if schedule is not None:
            self.put(id, state=RunState.CANCELLED)
            schedule.end()
        return self.run(id)

    def wait(self, id: str, seconds: float) -> None:
        """Until it is over."""
        with self.lock:
            thread = self.threads.get(id)
        if thread is not None:
            thread.join(seconds)
