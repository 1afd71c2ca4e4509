"""What the statistical detectors find: `python -m bench.detect --set nab --dir DIR --scorer FILE --out DIR`.

One default configuration for every series; no label is read here: the scorer alone sees them.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from detectors.statistics.novelty import Novelty
from detectors.statistics.stream import Series, scores
from truckroll.series_files import read_series, write_scores


def main() -> None:
    """Run the chosen set and print one JSON object."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--set", choices=("nab",), required=True)
    asked.add_argument("--dir", type=Path, required=True, help="the data set's folder")
    asked.add_argument("--out", type=Path, required=True, help="where result files go")
    asked.add_argument("--scorer", type=Path, required=True, help="the NAB scorer, a Python file")
    args = asked.parse_args()
    print(json.dumps(nab(args.dir, args.out, args.scorer), indent=2))


def nab(folder: Path, out: Path, scorer: Path) -> dict[str, Any]:
    """Result files in the scorer's format for every file below `data`, and what the scorer says."""
    files = sorted((folder / "data").glob("*/*.csv"))
    tables = [read_series(file) for file in files]
    series: list[Series] = [(table.at, table.values[:, 0]) for table in tables]
    started = time.process_time()
    tier = Novelty.empty(len(series))
    found = scores(tier, series)
    seconds = time.process_time() - started
    for file, table, score in zip(files, tables, found, strict=True):
        write_scores(out / file.parent.name / file.name, table, score, score >= 1.0)
    judged = subprocess.run(
        [sys.executable, str(scorer), "--nab", str(folder), str(out), "--json"], check=True, capture_output=True
    )
    return {
        "scores": next(iter(json.loads(judged.stdout).values())),
        "rows_a_second": round(sum(len(score) for score in found) / seconds),
        "bytes_a_series": tier.bytes_a_slot(),
    }


if __name__ == "__main__":
    main()
