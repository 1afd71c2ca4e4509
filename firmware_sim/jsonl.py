"""A scenario as files: every message a line of JSON, and the truth beside it."""

import json
from itertools import islice
from pathlib import Path

import msgspec

from firmware_sim.scenario import Scenario

PAGE = 4096


def write_jsonl(scenario: Scenario, file: Path, truth: Path | None = None) -> int:
    """Write `{"at", "device", "topic", "payload", "qos", "retain"}` a line, as fast as it goes; returns how many.

    `at` is whole nanoseconds since 1970, `payload` the message's own text. `truth` gets the truth as JSON.
    """
    encode = msgspec.json.Encoder().encode
    publications, written = scenario.publications(), 0
    with file.open("wb") as out:
        while page := list(islice(publications, PAGE)):
            lines = [
                encode(
                    {
                        "at": p.at,
                        "device": p.device,
                        "topic": p.topic,
                        "payload": p.payload.decode(),
                        "qos": p.qos,
                        "retain": p.retain,
                    }
                )
                for p in page
            ]
            out.write(b"\n".join(lines) + b"\n")
            written += len(page)
    if truth is not None:
        truth.write_text(json.dumps(scenario.truth().as_dict(), indent=2) + "\n", encoding="utf-8")
    return written
