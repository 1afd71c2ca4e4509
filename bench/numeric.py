"""What a reading costs: microseconds of a rule on a metric, by kind, over 2,000 calm keys that speak in turn.

`python -m bench.numeric [--rounds 20] [--json]`
"""

import argparse
import json
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from detectors.engine import Engine
from detectors.rule_table import read_rule
from detectors.rules import rules_entry
from domain.batch import Batch
from domain.instants import DAY, MINUTE
from tests.batches import Item, batch_of

KEYS = 2_000
WARM = 8
BEGIN = 20_000 * DAY
KINDS: Mapping[str, Mapping[str, Any]] = {
    "threshold": {"metric": "temp", "above": 90.0},
    "rate": {"metric": "temp", "rises": 50.0, "per": "10m"},
    "m_of_n": {"metric": "temp", "above": 90.0, "count": 3, "last": 5},
    "absence": {"metric": "temp", "every": "5m", "missed": 3},
    "level": {"metric": "temp"},
    "change": {"metric": "temp"},
    "season": {"metric": "temp"},
}


def engine_with(kind: str) -> Engine:
    """A fresh engine with one rule of a kind."""
    mistakes: list[str] = []
    table = {"id": kind, "kind": kind, "failure_mode": "odd", **KINDS[kind]}
    rule = read_rule(table, lambda sentence, *_: mistakes.append(sentence))
    if mistakes:
        raise ValueError("\n".join(mistakes))
    engine = Engine()
    engine.control(0, "rules", rules_entry([rule]))
    return engine


def rounds_of(rounds: int) -> list[Batch]:
    """A reading a minute of every key; one batch a round."""
    values = np.random.default_rng(1).normal(20.0, 1.0, (rounds, KEYS))
    return [
        batch_of(
            [
                Item(f"tv-{key}", BEGIN + number * MINUTE, {"temp": float(value)}, number * KEYS + key + 1)
                for key, value in enumerate(row)
            ]
        )
        for number, row in enumerate(values)
    ]


def cost(kind: str, batches: list[Batch]) -> float:
    """Microseconds of CPU a reading, after the first rounds."""
    engine = engine_with(kind)
    for batch in batches[:WARM]:
        engine.observe(batch)
    started = time.process_time()
    for batch in batches[WARM:]:
        engine.observe(batch)
    return (time.process_time() - started) * 1e6 / (KEYS * (len(batches) - WARM))


def main() -> None:
    """Measure every kind and print it."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rounds", type=int, default=20, help="Readings a key, beside the warm-up.")
    words.add_argument("--json", action="store_true")
    asked = words.parse_args()
    batches = rounds_of(WARM + max(1, asked.rounds))
    found = {kind: round(cost(kind, batches), 2) for kind in KINDS}
    print(
        json.dumps(found)
        if asked.json
        else "\n".join(f"{kind:12} {spent:8.2f} µs a reading" for kind, spent in found.items())
    )


if __name__ == "__main__":
    main()
