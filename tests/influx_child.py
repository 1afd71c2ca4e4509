"""A recorder in a process of its own, so that a test can kill it: `python -m tests.influx_child URL DATABASE …`.

Writes numbered batches to an InfluxDB until all are kept, as `ingest.recorder` does, and says how far it is.
"""

import json
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Event

from domain.batch import Batch
from domain.errors import TryLater
from tests.batches import batch_of
from tests.influx_stores import EPOCH, NOON, store

START = NOON
DEVICES = 20
BAD_EACH = 500
"""Every so manieth entry holds a number for a field that somebody else made a text."""


def entry(position: int) -> tuple[str, int, dict[str, float | str]]:
    """What the entry at a position says."""
    metric = "foreign" if position % BAD_EACH == 0 else "x"
    return f"d{position % DEVICES}", START + position, {metric: float(position), "mode": f"m{position % 3}"}


def part(after: int, upto: int) -> Batch:
    """The entries between two positions."""
    return batch_of([entry(position) for position in range(after + 1, upto + 1)], after=after)


def memory() -> int:
    """The most memory that this process ever held, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def say(**words: object) -> None:
    """One line for the test."""
    print(json.dumps(words), flush=True)


def main(target: Sequence[str], last: int, step: int) -> None:
    """Write everything up to `last`, `step` entries a batch; `target`: url, database, flavour, directory."""
    url, database, flavour, directory = target
    with store(Path(directory), url, database, flavour, request_lines=400, timeout_seconds=0.5) as written:
        position = written.bookmark(EPOCH)
        say(begun=position)
        while position < last:
            upto = min(last, position + step)
            try:
                written.write(part(position, upto), EPOCH)
            except TryLater as later:
                say(later=str(later), memory=memory())
                Event().wait(written.sender.pause.seconds)
                continue
            position = upto
            say(at=position, memory=memory())
    say(ended=position, memory=memory())


if __name__ == "__main__":
    main(sys.argv[1:5], *map(int, sys.argv[5:7]))
