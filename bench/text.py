"""Text: how well reports are read, by cross-validation on the committed set: `python -m bench.text [--json]`."""

import csv
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ticketing.text_class import SURE, Example, trained
from ticketing.text_fields import NAMES, fields_in

FOLDER = Path(__file__).parent.parent / "examples" / "reports"
FOLDS = 7
BINS = 10


def labelled(folder: Path = FOLDER) -> list[dict[str, str]]:
    """The committed reports, language after language."""
    rows: list[dict[str, str]] = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows += csv.DictReader(file)
    return rows


def guesses(rows: Sequence[dict[str, str]]) -> list[tuple[str, float]]:
    """For each report what a model says that never saw it."""
    seen: Counter[tuple[str, str]] = Counter()
    folds = []
    for row in rows:
        kind = (row["language"], row["class"])
        folds.append(seen[kind] % FOLDS)
        seen[kind] += 1
    said: list[tuple[str, float]] = [("", 0.0)] * len(rows)
    for fold in range(FOLDS):
        taught = [Example(r["text"], r["class"]) for r, f in zip(rows, folds, strict=True) if f != fold]
        model = trained(taught)
        assert model is not None
        for nth, (row, own) in enumerate(zip(rows, folds, strict=True)):
            if own == fold:
                said[nth] = model.classify(row["text"])[0]
    return said


def measured(rows: Sequence[dict[str, str]], said: Sequence[tuple[str, float]]) -> dict[str, Any]:
    """Accuracy, macro F1, calibration, and what happens above the threshold."""
    truth = [row["class"] for row in rows]
    right = np.array([guess == true for (guess, _), true in zip(said, truth, strict=True)])
    sure = np.array([share for _, share in said])
    above = sure >= SURE
    return {
        "reports": len(rows),
        "accuracy": round(float(right.mean()), 3),
        "macro_f1": round(macro_f1(truth, [guess for guess, _ in said]), 3),
        "calibration_error": round(calibration_error(sure, right), 3),
        "share_set": round(float(above.mean()), 3),
        "right_when_set": round(float(right[above].mean()), 3) if above.any() else None,
    }


def macro_f1(truth: Sequence[str], guess: Sequence[str]) -> float:
    """Mean over the classes of the harmonic mean of precision and recall."""
    scores = []
    for kind in sorted(set(truth)):
        hit = sum(t == g == kind for t, g in zip(truth, guess, strict=True))
        scores.append(2 * hit / (truth.count(kind) + list(guess).count(kind)))
    return float(np.mean(scores))


def calibration_error(sure: Any, right: Any) -> float:
    """Expected calibration error over ten bins of equal width."""
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    return float(sum(abs(sure[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in set(bins)))


def confusion(rows: Sequence[dict[str, str]], said: Sequence[tuple[str, float]]) -> dict[str, dict[str, int]]:
    """How often a class was taken for another one."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row, (guess, _) in zip(rows, said, strict=True):
        if guess != row["class"]:
            found[row["class"]][guess] += 1
    return {kind: dict(others.most_common()) for kind, others in sorted(found.items())}


def field_scores(rows: Sequence[dict[str, str]]) -> dict[str, dict[str, float]]:
    """Of each field: how much of what was found is right, and how much of what is there was found."""
    scores = {}
    for name in NAMES:
        pairs = [(row[name].casefold(), fields_in(row["text"]).get(name, "").casefold()) for row in rows]
        hits = sum(true == found != "" for true, found in pairs)
        scores[name] = {
            "precision": round(hits / max(1, sum(found != "" for _, found in pairs)), 3),
            "recall": round(hits / max(1, sum(true != "" for true, _ in pairs)), 3),
        }
    return scores


def report() -> dict[str, Any]:
    """All of it."""
    rows = labelled()
    said = guesses(rows)
    by_language = {}
    for language in sorted({row["language"] for row in rows}):
        mine = [nth for nth, row in enumerate(rows) if row["language"] == language]
        by_language[language] = measured([rows[nth] for nth in mine], [said[nth] for nth in mine])
    return {
        "all": measured(rows, said),
        "languages": by_language,
        "taken_for": confusion(rows, said),
        "fields": field_scores(rows),
    }


def main() -> None:
    """Print it."""
    print(json.dumps(report(), indent=None if "--json" in sys.argv else 2, ensure_ascii=False))


if __name__ == "__main__":
    main()
