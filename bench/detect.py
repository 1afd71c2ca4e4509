"""What the statistical detectors find: `python -m bench.detect --set nab|skab|healthy|speed --dir DIR --out DIR`.

One default configuration for every series; no label is read by a detector: the scorer alone sees them. `--set nab`
needs `--scorer FILE`; `--perturb` runs it again with each setting smaller and larger, `--ablate` without each part.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import detect_cost, detect_nab, detect_skab


def main() -> None:
    """Run the chosen set and print one JSON object."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--set", choices=("nab", "skab", "healthy", "speed"), required=True)
    asked.add_argument("--dir", type=Path, help="the data set's folder (nab, skab; healthy: SKAB's, if there)")
    asked.add_argument("--out", type=Path, help="where result files go (nab, skab)")
    asked.add_argument("--scorer", type=Path, help="the NAB scorer, a Python file")
    asked.add_argument("--tier", choices=("both", "novelty", "fleet"), default="both")
    asked.add_argument("--perturb", action="store_true", help="each setting smaller and larger (long)")
    asked.add_argument("--ablate", action="store_true", help="without each part")
    asked.add_argument("--devices", type=int, default=100, help="healthy device-years")
    args = asked.parse_args()
    if args.set in ("nab", "skab") and not (args.dir and args.out):
        asked.error(f"--set {args.set} needs --dir and --out")
    if args.set == "nab" and not args.scorer:
        asked.error("--set nab needs --scorer")
    sets: dict[str, Callable[[], Any]] = {
        "nab": lambda: detect_nab.run(args),
        "skab": lambda: detect_skab.run(args.dir, args.out),
        "healthy": lambda: detect_cost.false_alarms(args.devices, args.dir),
        "speed": detect_cost.speed,
    }
    print(json.dumps(sets[args.set](), indent=2))


if __name__ == "__main__":
    main()
