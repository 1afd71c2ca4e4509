"""Status: how far a running service has got, as one JSON file in its data directory."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from ingest.recorder import Recorder
from ingest.watch import Watch
from truckroll.wiring import Service

PERIOD_SECONDS = 0.5
PART = "status"


def status(running: Service) -> dict[str, Any]:
    """Progress, lags and troubles at this moment, of the parts that this process has."""
    last = running.journal.last
    adapters = {"mqtt": running.source, "journal": running.journal, "telemetry": running.telemetry}
    adapters["ledger"] = running.ledger
    counted = {name: adapter.counts for name, adapter in adapters.items() if hasattr(adapter, "counts")}
    said = {
        "pid": os.getpid(),
        "role": running.role.value,
        "journal": {"epoch": running.journal.epoch, "last": last},
        "counts": {name: counts.as_dict() for name, counts in counted.items()},
        "troubles": {part: trouble for part, trouble in running.health.report().items() if trouble},
    }
    if running.receiver is not None:
        said |= {"connected": running.source.is_connected, "received_messages": running.receiver.received}
    if isinstance(running.recorder, Recorder):
        said |= recording(running.recorder, last)
    if isinstance(running.watch, Watch):
        said |= watching(running.watch, last)
    return said


def recording(recorder: Recorder, last: int) -> dict[str, Any]:
    """What is said of the recorder."""
    return {
        "stored_readings": recorder.stored,
        "position_recorder": recorder.position,
        "lag_recorder": last - recorder.position,
    }


def watching(watch: Watch, last: int) -> dict[str, Any]:
    """What is said of watch."""
    return {
        "ready": watch.has_caught_up,
        "watched_messages": watch.messages,
        "duplicates": watch.duplicates,
        "quarantined": watch.quarantined,
        "findings": watch.findings,
        "tickets": watch.tickets,
        "disagreements": watch.disagreements,
        "position_watch": watch.position,
        "lag_watch": last - watch.position,
    }


async def keep_written(running: Service, path: Path) -> None:
    """Write the status again and again until cancelled; a reader never sees half of it."""
    fresh = path.with_suffix(".new")
    while True:
        try:
            fresh.write_text(json.dumps(status(running)), encoding="utf-8")
            fresh.replace(path)
        except OSError as error:
            running.health.red(PART, f"{path} cannot be written ({error}); until it can, it tells old news.")
        else:
            running.health.green(PART)
        await asyncio.sleep(PERIOD_SECONDS)
