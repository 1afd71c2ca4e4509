"""Ticking: calls what has to be done again and again, each at its own pace and never twice at the same time."""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from threading import Event

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from domain.instants import SECOND, Duration

Act = Callable[[], object]


def keep_ticking(acts: Mapping[str, tuple[Duration, Act]], stop: Event) -> None:
    """Call each act at once and then every so often, until `stop`; an act that is under way is waited for.

    Acts have one thread between them. Turns that were missed are made up once. An act raises nothing.
    """
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for name, (every, act) in acts.items():
        scheduler.add_job(act, "interval", id=name, seconds=every / SECOND, next_run_time=datetime.now(UTC))
    scheduler.start()
    try:
        stop.wait()
    finally:
        scheduler.shutdown(wait=True)
