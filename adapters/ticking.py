"""Ticking: calls what has to be done again and again, each at its own pace and never twice at the same time."""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from threading import Event

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from domain.instants import SECOND, Duration

Act = Callable[[], object]
LOOK_SECONDS = 1.0
SET_BACK_SECONDS = 0.5
"""A clock that has lost more than this since the last look was set back."""


def keep_ticking(acts: Mapping[str, tuple[Duration, Act]], stop: Event) -> None:
    """Call each act at once and then every so often, until `stop`; an act that is under way is waited for.

    There is a thread for each, so that a long one keeps no other waiting. Turns that were missed are made up once;
    a clock that is set back or forth stops nothing. An act raises nothing.
    """
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(max(1, len(acts)))},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for name, (every, act) in acts.items():
        scheduler.add_job(act, "interval", id=name, seconds=every / SECOND, next_run_time=datetime.now(UTC))
    scheduler.start()
    try:
        watch_the_clock(scheduler, stop)
    finally:
        scheduler.shutdown(wait=True)


def watch_the_clock(scheduler: BackgroundScheduler, stop: Event) -> None:
    """Until `stop`. Turns are planned by the clock on the wall: when it was set back, they are planned anew."""
    ahead = offset()
    while not stop.wait(LOOK_SECONDS):
        before, ahead = ahead, offset()
        if ahead < before - SET_BACK_SECONDS:
            for job in scheduler.get_jobs():
                job.modify(next_run_time=datetime.now(UTC))


def offset() -> float:
    """By how much the clock on the wall is ahead of one that nobody can set."""
    return time.time() - time.monotonic()
