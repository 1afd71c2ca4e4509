"""The Skoltech Anomaly Benchmark: rows in alarm against rows labelled, over all files at once, every row counted."""

import time
from pathlib import Path
from typing import Any

import numpy as np

from detectors.statistics.joint import Joint
from truckroll.detect import Scored, detect
from truckroll.series_files import SeriesFile, read_series, write_scores

LABELS = ("anomaly", "changepoint")


def run(folder: Path, out: Path) -> dict[str, Any]:
    """F1 with its false-alarm rate; and, of the anomaly-free file, how often and how long there was an alarm."""
    counts = np.zeros(3, np.int64)
    labelled = rows = 0
    started = time.process_time()
    for file in sorted(folder.glob("valve*/*.csv")):
        table = read_series(file, LABELS)
        alarms = scored(table, out / file.parent.name / file.name).alarms
        truth = np.array([float(row[table.header.index("anomaly")]) for row in table.lines]) > 0
        counts += ((alarms & truth).sum(), (alarms & ~truth).sum(), (~alarms & truth).sum())
        labelled, rows = labelled + int(truth.sum()), rows + len(truth)
    spent = time.process_time() - started
    hit, wrong, missed = counts.tolist()
    answer = {
        "f1": round(2 * hit / (2 * hit + wrong + missed), 3),
        "false_alarm_rate": round(wrong / (rows - labelled), 4),
        "missed_rate": round(missed / labelled, 3),
        "rows_a_second": round(rows / spent),
        "bytes_an_asset": Joint.empty(1, 8).bytes_a_slot(),
    }
    for file in sorted(folder.glob("anomaly-free/*.csv")):
        free = scored(read_series(file, LABELS), out / "anomaly-free" / file.name)
        answer["anomaly_free"] = {
            "alarms": len(free.begins),
            "rows_in_alarm": int(free.alarms.sum()),
            "rows": len(free.alarms),
        }
    return answer


def scored(table: SeriesFile, target: Path) -> Scored:
    """The file's scores, also written."""
    *_, found = detect(table, "joint", 0.5)
    assert isinstance(found, Scored)
    write_scores(target, table, found.scores, found.alarms)
    return found
