"""What the API is made of, and how a route gets at it."""

from dataclasses import dataclass, field
from typing import Annotated, Self

from fastapi import Depends, Request

from adapters.system_clock import SystemClock
from domain.counts import Counts
from domain.ports import Clock
from truckroll.api.broadcast import Broadcast
from truckroll.api.token import Token
from truckroll.api.watchdog import Watchdog
from truckroll.backtest.runs import Runs
from truckroll.crew_runs import CrewRuns
from truckroll.wiring import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The running service, and what the API keeps beside it."""

    running: Service
    token: Token
    watchdog: Watchdog
    broadcast: Broadcast
    clock: Clock = field(default_factory=SystemClock)
    counts: Counts = field(default_factory=Counts)
    backtests: Runs = field(default_factory=Runs)
    crew_runs: CrewRuns = field(default_factory=CrewRuns)

    @classmethod
    def of(cls, running: Service, token: Token) -> Self:
        """The parts around a running service."""
        return cls(running=running, token=token, watchdog=Watchdog(running), broadcast=Broadcast(running.ledger.events))


async def parts_of(request: Request) -> Parts:
    """The parts of the app that answers a request."""
    parts: Parts = request.app.state.parts
    return parts


async def running_of(request: Request) -> Service:
    """The service that the app speaks for."""
    return (await parts_of(request)).running


Here = Annotated[Parts, Depends(parts_of)]
Running = Annotated[Service, Depends(running_of)]
