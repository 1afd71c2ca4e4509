"""The Numenta Anomaly Benchmark: result files in its scorer's format, and what the scorer says of them."""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from detectors.statistics.fleet import FleetTier
from detectors.statistics.judgement import JudgementSettings
from detectors.statistics.novelty import Novelty, NoveltySettings
from detectors.statistics.stream import Scorer, Series, scores
from domain.batch import Floats
from truckroll.series_files import SeriesFile, read_series, write_scores

ALARM = 0.5
FACTORS = (0.7, 1.4)
PARTS: dict[str, NoveltySettings] = {
    "without nearest windows": NoveltySettings(weights=(0.0, 1.0, 0.7, 1.0)),
    "without coarse windows": NoveltySettings(weights=(1.0, 0.0, 0.7, 1.0)),
    "without hours off": NoveltySettings(weights=(1.0, 1.0, 0.0, 1.0)),
    "without habits": NoveltySettings(weights=(1.0, 1.0, 0.7, 0.0)),
    "without the refractory level of each view": NoveltySettings(judgement=JudgementSettings(hold=0.0)),
    "without the common refractory level": NoveltySettings(judgement=JudgementSettings(common_hold=0.0)),
    "without any refractory level": NoveltySettings(judgement=JudgementSettings(hold=0.0, common_hold=0.0)),
    "views combined by maximum, nearly": NoveltySettings(judgement=JudgementSettings(power=16.0)),
    "no slower sinking with age": NoveltySettings(judgement=JudgementSettings(share=0.0, common_share=0.0)),
    "trust hardly grows with age": NoveltySettings(judgement=JudgementSettings(youth=1e6)),
    "no credit above the record": NoveltySettings(judgement=JudgementSettings(credit=0.0)),
    "credit 1 above the record": NoveltySettings(judgement=JudgementSettings(credit=1.0)),
}


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Both tiers; and, where asked, the novelty tier with changed settings."""
    files = sorted((args.dir / "data").glob("*/*.csv"))
    tables = [read_series(file) for file in files]
    names = [f"{file.parent.name}/{file.name}" for file in files]

    def judged(scorer: Scorer, out: Path) -> dict[str, Any]:
        found, spent = timed(scorer, [(table.at, table.values[:, 0]) for table in tables])
        save(out, names, tables, found)
        rows = sum(len(score) for score in found)
        return {**verdict(args, out), "rows_a_second": round(rows / spent)}

    answer: dict[str, Any] = {}
    if args.tier in ("both", "novelty"):
        novelty = Novelty.empty(len(files))
        answer["novelty"] = {**judged(novelty, args.out / "novelty"), "bytes_a_series": novelty.bytes_a_slot()}
    if args.tier in ("both", "fleet"):
        fleet = FleetTier.empty(len(files))
        answer["fleet"] = {**judged(fleet, args.out / "fleet"), "bytes_a_series": fleet.bytes_a_slot()}
    if args.perturb:
        answer["perturbed"] = varied(perturbed(), lambda s: judged(Novelty.empty(len(files), s), args.out / "varied"))
    if args.ablate:
        answer["ablation"] = varied(PARTS.items(), lambda s: judged(Novelty.empty(len(files), s), args.out / "varied"))
    return answer


def timed(scorer: Scorer, series: Sequence[Series]) -> tuple[list[Floats], float]:
    """Scores, and the CPU seconds they took."""
    started = time.process_time()
    found = scores(scorer, series)
    return found, time.process_time() - started


def save(out: Path, names: Sequence[str], tables: Sequence[SeriesFile], found: Sequence[Floats]) -> None:
    """The result files."""
    for name, table, score in zip(names, tables, found, strict=True):
        write_scores(out / name, table, score, score >= ALARM)


def verdict(args: argparse.Namespace, out: Path) -> dict[str, Any]:
    """Leave-one-group-out, and best on all labels; standard and low-FP."""
    command = [sys.executable, str(args.scorer), "--nab", str(args.dir), str(out), "--json"]
    said = next(iter(json.loads(subprocess.run(command, check=True, capture_output=True).stdout).values()))
    names = {"standard": "standard", "low_fp": "reward_low_FP_rate"}
    return {
        **{short: round(said[name]["logo"], 1) for short, name in names.items()},
        **{f"{short}_at_best_threshold": round(said[name]["nab"], 1) for short, name in names.items()},
    }


def varied(variants: Any, judge: Callable[[NoveltySettings], dict[str, Any]]) -> dict[str, Any]:
    """Standard and low-FP of each variant, and their mean."""
    table = {}
    for name, settings in variants:
        said = judge(settings)
        table[name] = (said["standard"], said["low_fp"])
        print(f"{name}: standard {said['standard']}, low-FP {said['low_fp']}", file=sys.stderr, flush=True)
    mean, spread = np.mean(list(table.values()), axis=0), np.std(list(table.values()), axis=0)
    return {"variants": table, "mean": np.round(mean, 1).tolist(), "deviation": np.round(spread, 1).tolist()}


def perturbed() -> Iterator[tuple[str, NoveltySettings]]:
    """Every number of the settings, smaller and larger, one at a time."""
    usual = NoveltySettings()
    for factor in FACTORS:
        for field in fields(NoveltySettings):
            value = getattr(usual, field.name)
            if isinstance(value, int | float):
                yield f"{field.name} ×{factor}", replace(usual, **{field.name: type(value)(value * factor)})
        for field in fields(JudgementSettings):
            value = getattr(usual.judgement, field.name)
            if field.name != "doubt":
                changed = replace(usual.judgement, **{field.name: type(value)(value * factor)})
                yield f"{field.name} ×{factor}", replace(usual, judgement=changed)
