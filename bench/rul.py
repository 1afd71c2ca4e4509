"""How well remaining life is told: `python -m bench.rul --dir DIR --fd FD001 --out PRED.csv`.

DIR holds `train_FD001.csv`, `test_FD001.csv` (both also `.gz`) and, where it is known, `RUL_FD001.txt` with the true
remaining lives of the test units, one a line. The model is trained on the training units alone; each test unit is
asked about at its last row. PRED.csv has the columns unit, predicted, low, high; 90 % of the true lives should lie
from low to high. Without the file of truths it only predicts. `--json` prints one JSON object.
"""

import argparse
import csv
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from adapters.life_sklearn import GROWN_BY, grow
from domain.batch import Floats
from maintenance.remaining_model import LifeLeft, LifeModel, lives_left
from maintenance.remaining_training import Lesson, train
from truckroll.life_files import read_tracks


def main(words: Sequence[str] | None = None) -> None:
    """Run and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--dir", type=Path, required=True)
    asked.add_argument("--fd", required=True, help="which of the folder's sets, such as FD001")
    asked.add_argument("--out", type=Path, required=True, help="the CSV to write")
    asked.add_argument("--cap", type=float, default=125.0, help="longer lives are not told apart")
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--json", action="store_true")
    args = asked.parse_args(words)
    began = time.process_time()
    tracks, unit = read_tracks([file_of(args.dir, f"train_{args.fd}")])
    read = time.process_time()
    lesson = Lesson(tracks=tracks, family=args.fd, unit=unit, sight=args.cap, seed=args.seed)
    model = train(lesson, grow, GROWN_BY, lambda done, of: told(done, of, quiet=args.json))
    trained = time.process_time()
    answers = predicted(model, file_of(args.dir, f"test_{args.fd}"))
    write(answers, args.out)
    result: dict[str, Any] = {
        "set": args.fd,
        "units_trained": model.units,
        "units_predicted": len(answers),
        "reading_s": round(read - began, 1),
        "training_s": round(trained - read, 1),
        "regimes": len(model.look.regimes.centres),
        "unseen_training_units": {
            "rmse_capped": model.measured.error,
            "rmse_true": model.measured.true_error,
            "coverage": model.measured.coverage,
        },
    }
    truths = args.dir / f"RUL_{args.fd}.txt"
    if truths.exists():
        result["test"] = judged(answers, np.loadtxt(truths, ndmin=1), args.cap)
    print(json.dumps(result, indent=2) if args.json else text(result))


def file_of(folder: Path, name: str) -> Path:
    """The CSV, packed or not. Exits with a sentence where there is none."""
    for file in (folder / f"{name}.csv", folder / f"{name}.csv.gz"):
        if file.exists():
            return file
    sys.exit(f"{folder} has no {name}.csv and no {name}.csv.gz; give the folder that holds them with --dir.")


def told(done: int, of: int, *, quiet: bool) -> None:
    """How far training has got."""
    if not quiet:
        print(f"training: {done} of {of}", file=sys.stderr, flush=True)


def predicted(model: LifeModel, file: Path) -> tuple[LifeLeft, ...]:
    """Every unit's life left at its last row. Exits with a sentence where a unit cannot be asked about."""
    tracks, _ = read_tracks([file], model.settings, model.metrics)
    answers, refused = lives_left(model, tracks)
    if refused:
        sys.exit(f"Nothing can be said of unit {refused[0].unit}: it was run or it reports as no training unit did.")
    return answers


def write(answers: Sequence[LifeLeft], file: Path) -> None:
    """One row a unit."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(["unit", "predicted", "low", "high"])
        rows.writerows([one.unit, *(f"{number:.2f}" for number in (one.left, one.low, one.high))] for one in answers)


def judged(answers: Sequence[LifeLeft], truth: Floats, cap: float) -> dict[str, float]:
    """Errors and coverage. `phm08` is the score of the 2008 challenge: late predictions cost more than early ones."""
    if len(truth) != len(answers):
        sys.exit(f"There are {len(answers)} test units and {len(truth)} true lives; give the files of one set.")
    said, low, high = (np.array([getattr(one, name) for one in answers]) for name in ("left", "low", "high"))
    capped = np.minimum(truth, cap)
    return {
        "rmse_capped": rounded(np.sqrt(((said - capped) ** 2).mean())),
        "rmse_true": rounded(np.sqrt(((said - truth) ** 2).mean())),
        "phm08_capped": rounded(phm08(said - capped)),
        "phm08_true": rounded(phm08(said - truth)),
        "coverage": rounded(((low <= truth) & (truth <= high)).mean()),
        "coverage_capped": rounded(((np.minimum(low, cap) <= capped) & (capped <= high)).mean()),
        "width": rounded((high - low).mean()),
    }


def phm08(late: Floats) -> float:
    """Saxena and others (2008): the sum of exp(d/10) - 1 for predictions d too long and exp(-d/13) - 1 too short."""
    return float(np.expm1(np.where(late >= 0, late / 10.0, -late / 13.0)).sum())


def rounded(number: float) -> float:
    """For printing."""
    return round(float(number), 3)


def text(result: dict[str, Any]) -> str:
    """As lines."""
    lines = [f"{name}: {value}" for name, value in result.items() if not isinstance(value, dict)]
    for name in ("unseen_training_units", "test"):
        lines += [f"{name} {what}: {value}" for what, value in result.get(name, {}).items()]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
