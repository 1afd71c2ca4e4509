"""A history in which it is known what comes before which failure."""

import numpy as np

from detectors.learning.history import History, history_of
from domain.instants import DAY, HOUR, MINUTE, Instant

START: Instant = 20_000 * DAY
DAYS = 240
NOISE = ("noise-a", "noise-b", "retry", "brownout", "overheat")

Rows = list[tuple[str, str, Instant]]


def planted(seed: int, *, devices: int = 40, causes: bool = True) -> tuple[Rows, Rows]:
    """Events and failures: brownout and overheat within an hour come before pump, three retries before valve.

    The same events also happen alone, retries also in pairs; without `causes` failures happen whenever.
    """
    draw = np.random.default_rng(seed)
    events: Rows = []
    failures: Rows = []
    for number in range(devices):
        device = f"D-{number}"
        events += [
            (device, name, START + int(at)) for name in NOISE for at in draw.uniform(0, DAYS * DAY, draw.poisson(6))
        ]
        for at in draw.uniform(0, DAYS * DAY, 4).astype(np.int64):
            events += [(device, "retry", START + int(at)), (device, "retry", START + int(at) + 20 * MINUTE)]
        for mode in ("pump", "valve"):
            for at in draw.uniform(10 * DAY, DAYS * DAY, draw.poisson(3)).astype(np.int64):
                failures.append((device, mode, START + int(at)))
                if causes:
                    events += before(device, mode, START + int(at), draw)
    return events, failures


def before(device: str, mode: str, failed_at: Instant, draw: np.random.Generator) -> Rows:
    """What comes before a failure."""
    begin = failed_at - int(draw.integers(8 * HOUR, 20 * HOUR))
    if mode == "pump":
        return [(device, "brownout", begin), (device, "overheat", begin + int(draw.integers(0, 50 * MINUTE)))]
    return [(device, "retry", begin + n * 20 * MINUTE) for n in range(3)]


def history(seed: int, *, causes: bool = True) -> History:
    """The planted rows as a history."""
    return history_of(*planted(seed, causes=causes))
