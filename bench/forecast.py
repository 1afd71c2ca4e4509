"""How good the failure forecast is: `python -m bench.forecast --dir DIR`, DIR with the machines' five CSV files.

Rolling origin: for each month from June to September a model is trained on everything before the month, with no
question whose horizon reaches into it, and asked once a day about every machine and component: does it fail within
24 h? A failure stands in exactly one such day. Beside it, in the same run, the rules of a single error: of each
component the error with the best F1 before the month. `--json` prints one JSON object.
"""

import argparse
import json
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from adapters.forecast_sklearn import GROWN_BY, grow
from detectors.learning.features import WINDOWS, plan_of
from detectors.learning.features import features as features_of
from detectors.learning.fleet import Fleet, Questions, daily_questions, labels
from detectors.learning.history import Records, records
from detectors.learning.scores import Score, brier, calibration_table, score
from detectors.learning.training import Lesson, train
from domain.batch import Bools, Floats, Ints
from domain.instants import DAY, HOUR, Instant, parse_instant
from truckroll.fleet_files import FleetFiles, begins_at, read_fleet
from truckroll.record_files import FAILURES, read_records

MONTHS = ("2015-06", "2015-07", "2015-08", "2015-09", "2015-10")
MODES = ("comp1", "comp2", "comp3", "comp4")
METRICS = ("volt", "rotate", "pressure", "vibration")
PARTS = ("errors", "telemetry", "repairs", "clock")
"""`clock`: of an error only the day is known, from one question to the next, and not the hour."""
HORIZON, OCLOCK = DAY, 6 * HOUR


@dataclass(frozen=True)
class Month:
    """One month's answers; the columns are [question, component]."""

    name: str
    asset: Ints
    truth: Bools
    chances: Floats
    told: Bools
    by_single_errors: Bools


def main() -> None:
    """Run and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--dir", type=Path, required=True)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--without", choices=PARTS, help="leave a part of the data out")
    asked.add_argument("--json", action="store_true")
    args = asked.parse_args()
    fleet, failures = read(args.dir, args.without)
    end = int(max(fleet.events.at.max(), failures.at.max()))
    months = []
    for name, after in pairwise(MONTHS):
        begin, until = (parse_instant(f"{month}-01T00:00:00Z") for month in (name, after))
        months.append(judged(name, fleet, failures, (begin, min(until, end - HORIZON + 1)), seed=args.seed))
        if not args.json:
            print(f"{name}: {len(months[-1].asset)} machine-days asked", flush=True)
    result = summary(months)
    print(json.dumps(result, indent=2) if args.json else text(result))


def read(folder: Path, without: str | None) -> tuple[Fleet, Records]:
    """The machines and their failures."""
    failures = read_records(folder / "PdM_failures.csv", FAILURES, "failures")
    files = FleetFiles(
        events=folder / "PdM_errors.csv",
        repairs=None if without == "repairs" else folder / "PdM_maint.csv",
        telemetry=None if without == "telemetry" else folder / "telemetry_daily_mean.csv",
        machines=folder / "PdM_machines.csv",
        metrics=METRICS,
    )
    fleet = read_fleet(files, [row.asset for row in failures])
    if without == "errors":
        nobody = fleet.events.at == fleet.events.at.min()
        fleet = replace(fleet, events=fleet.events.where(nobody))
    if without == "clock":
        noon = -((OCLOCK - fleet.events.at) // DAY) * DAY + OCLOCK - HORIZON // 2
        fleet = replace(fleet, events=replace(fleet.events, at=noon))
    return fleet, records(failures, fleet.assets, MODES)


def judged(name: str, fleet: Fleet, failures: Records, span: tuple[Instant, Instant], *, seed: int) -> Month:
    """A month, by a model and rules that have seen nothing of it."""
    begin, until = span
    lesson = Lesson(
        fleet=fleet,
        failures=failures,
        modes=MODES,
        since=begins_at(fleet),
        until=begin,
        horizon=HORIZON,
        hour=OCLOCK,
        seed=seed,
    )
    forecast, _ = train(lesson, grow, GROWN_BY)
    questions = daily_questions(len(fleet.assets), begin, until, OCLOCK)
    truth = answers(questions, failures)
    chances = forecast.chances(fleet, questions)
    told = chances >= np.array([mode.line for mode in forecast.modes])
    past = answers(lesson.questions, failures)
    return Month(name, questions.asset, truth, chances, told, single_errors(fleet, lesson.questions, past, questions))


def answers(questions: Questions, failures: Records) -> Bools:
    """What came."""
    return np.stack([labels(questions, failures, mode, HORIZON) > 0.5 for mode in range(len(MODES))], axis=1)


def single_errors(fleet: Fleet, past: Questions, truth: Bools, questions: Questions) -> Bools:
    """What the best rule "this error in the last 24 h" of each component says."""
    plan = plan_of(fleet, int(questions.at[0]))
    day = [n * len(WINDOWS) for n in range(len(plan.events))]
    before, now = (features_of(plan, fleet, asked)[:, day] > 0 for asked in (past, questions))
    told = np.zeros((len(questions), len(MODES)), np.bool_)
    for mode in range(len(MODES)):
        right = (before & truth[:, mode, None]).sum(0)
        best = int(np.argmax(2 * right / np.maximum(before.sum(0) + truth[:, mode].sum(), 1)))
        told[:, mode] = now[:, best]
    return told


def summary(months: list[Month]) -> dict[str, Any]:
    """All figures."""
    whole = Month(
        "all",
        *(np.concatenate([getattr(month, part) for month in months]) for part in ("asset", "truth", "chances", "told")),
        np.concatenate([month.by_single_errors for month in months]),
    )
    spread = np.repeat(whole.asset, len(MODES))
    return {
        "machine_days": len(whole.asset),
        "failures": int(whole.truth.sum()),
        "forecast": shown(score(spread, whole.told.ravel(), whole.truth.ravel())),
        "single_error_rules": shown(score(spread, whole.by_single_errors.ravel(), whole.truth.ravel())),
        "months": {
            month.name: shown(score(np.repeat(month.asset, len(MODES)), month.told.ravel(), month.truth.ravel()))
            for month in months
        },
        "components": {
            name: shown(score(whole.asset, whole.told[:, n], whole.truth[:, n])) for n, name in enumerate(MODES)
        },
        "brier": brier(whole.chances.ravel(), whole.truth.ravel()),
        "brier_of_base_rate": float(whole.truth.mean() * (1 - whole.truth.mean())),
        "calibration": calibration_table(whole.chances.ravel(), whole.truth.ravel()),
    }


def shown(found: Score) -> dict[str, Any]:
    """A score for JSON."""
    return {
        "f1": round(found.f1, 4),
        "f1_interval": [round(bound, 4) for bound in found.interval],
        "precision": round(found.precision, 4),
        "recall": round(found.recall, 4),
        "right": found.right,
        "false": found.false,
        "missed": found.missed,
    }


def text(result: dict[str, Any]) -> str:
    """The tables in Markdown."""
    rows = {
        "forecast": result["forecast"],
        "single-error rules": result["single_error_rules"],
        **result["months"],
        **result["components"],
    }
    lines = [f"{result['machine_days']} machine-days × {len(MODES)} components, {result['failures']} failures", ""]
    lines += ["| | F1 (95 %) | precision | recall | right | false | missed |", "|---|---|---|---|---|---|---|"]
    for name, row in rows.items():
        low, high = row["f1_interval"]
        lines.append(
            f"| {name} | {row['f1']:.3f} ({low:.3f}–{high:.3f}) | {row['precision']:.3f} | {row['recall']:.3f} "
            f"| {row['right']} | {row['false']} | {row['missed']} |"
        )
    lines += ["", f"Brier {result['brier']:.5f}; of the base rate {result['brier_of_base_rate']:.5f}", ""]
    lines += ["| probability from | answers | mean probability | came true |", "|---|---|---|---|"]
    lines += [f"| {low:.1f} | {count} | {mean:.4f} | {came:.4f} |" for low, count, mean, came in result["calibration"]]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
