"""Status: how far a running service has got, as one JSON file in its data directory."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from truckroll.wiring import Service

PERIOD_SECONDS = 0.5


def status(running: Service) -> dict[str, Any]:
    """Progress, lags and troubles at this moment."""
    last = running.journal.last
    watch, recorder = running.watch, running.recorder
    return {
        "pid": os.getpid(),
        "ready": watch.has_caught_up,
        "connected": running.source.is_connected,
        "journal": {"epoch": running.journal.epoch, "last": last},
        "received_messages": running.receiver.received,
        "watched_messages": watch.messages,
        "stored_readings": recorder.stored,
        "duplicates": watch.duplicates,
        "quarantined": watch.quarantined,
        "findings": watch.findings,
        "tickets": watch.tickets,
        "disagreements": watch.disagreements,
        "lag_watch": last - watch.position,
        "lag_recorder": last - recorder.position,
        "counts": {"mqtt": running.source.counts.as_dict(), "journal": running.journal.counts.as_dict()},
        "troubles": {part: trouble for part, trouble in running.health.report().items() if trouble},
    }


async def keep_written(running: Service, path: Path) -> None:
    """Write the status again and again until cancelled; a reader never sees half of it."""
    fresh = path.with_suffix(".new")
    while True:
        fresh.write_text(json.dumps(status(running)), encoding="utf-8")
        fresh.replace(path)
        await asyncio.sleep(PERIOD_SECONDS)
