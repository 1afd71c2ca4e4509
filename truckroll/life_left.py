"""Remaining life: a model trained from files or from the store, and asked about assets; refusals are sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from domain.errors import GiveUp, WrongFormat
from domain.instants import Duration, Instant, instant_text
from domain.registry import Facts
from domain.text import Text
from maintenance.catalogue_remaining import refusal
from maintenance.remaining_model import LifeLeft, LifeModel, lives_left
from maintenance.remaining_tracks import Tracks
from maintenance.remaining_training import Grow, Lesson, Progress, train
from truckroll.life_files import read_tracks
from truckroll.life_store import Readings, lives_that_ended, lives_that_run, tracks_in
from truckroll.record_files import Record

SIGHT = 0.6
"""Of the median life, where nobody says how far wear can be seen ahead."""


@dataclass(frozen=True, slots=True)
class Past:
    """What there is to learn from."""

    tracks: Tracks
    unit: str
    since: str
    until: str
    step: Duration = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """What to look at."""

    settings: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    step: Duration = 0
    """How long a step of the store's readings is."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Of every asset that was asked about: its life left, or why nothing is said."""

    lives: tuple[LifeLeft, ...]
    refused: tuple[tuple[str, Text], ...]


def csv_files(place: Path) -> list[Path]:
    """The file, or the folder's CSV files in order of name. Raises GiveUp where there is none."""
    found = [place] if place.is_file() else sorted([*place.glob("*.csv"), *place.glob("*.csv.gz")])
    if not found:
        raise GiveUp(f"There is no CSV in {place}; give a file, or a folder that holds some.")
    return found


def past_of_files(place: Path, wish: Wish, running: Sequence[str] = ()) -> Past:
    """Lives from files: each device's last row is its failure, but for those that still run."""
    tracks, unit = read_tracks(csv_files(place), wish.settings, wish.metrics)
    unknown = [name for name in running if name not in tracks.units]
    if unknown:
        raise GiveUp(f"{unknown[0]} is in none of the files; name devices as they stand there.")
    failed = tracks.of(np.array([name not in running for name in tracks.units], bool))
    least, most = (float(failed.use.min()), float(failed.use.max())) if len(failed) else (0.0, 0.0)
    return Past(failed, unit, f"{least:g} {unit}", f"{most:g} {unit}")


def past_of_store(
    store: Readings,
    family: Sequence[Facts],
    failures: Sequence[Record],
    between: tuple[Instant, Instant],
    wish: Wish,
) -> Past:
    """Lives from the store: from failure to failure."""
    spans = lives_that_ended(family, failures, *between)
    tracks, _ = tracks_in(store, spans, wish.step, wish.settings, wish.metrics)
    since, until = between
    return Past(tracks, "days", instant_text(since), instant_text(until), wish.step)


def learn(
    past: Past, family: str, grow: tuple[Grow, str], progress: Progress, *, sight: float | None = None, seed: int = 0
) -> LifeModel:
    """The model. Raises GiveUp where there is too little to learn from."""
    lives = past.tracks.use[past.tracks.last]
    lesson = Lesson(
        tracks=past.tracks,
        family=family,
        unit=past.unit,
        step=past.step,
        sight=sight or (SIGHT * float(np.median(lives)) if len(lives) else 1.0),
        trained_since=past.since,
        trained_until=past.until,
        seed=seed,
    )
    try:
        return train(lesson, *grow, progress)
    except ValueError as error:
        raise GiveUp(f"No model was made: {error}.") from None


def asked_of_files(model: LifeModel, place: Path, family: str = "") -> Answers:
    """Every device of the files at its newest row. Raises GiveUp where family, use or metrics are not the model's."""
    if family and family != model.family:
        raise GiveUp(f"The model is of family {model.family}, not {family}; train a model of {family}.")
    try:
        tracks, unit = read_tracks(csv_files(place), model.settings, model.metrics, model.not_needed)
    except WrongFormat as error:
        raise GiveUp(
            f"The model of {model.family} looks at {', '.join((*model.settings, *model.needed))}. {error.mistakes[0]}"
        ) from None
    if unit != model.unit:
        raise GiveUp(f"The model counts {model.unit} and the files count {unit}; give files that count {model.unit}.")
    return answered(model, tracks)


def asked_of_store(
    model: LifeModel,
    store: Readings,
    assets: Sequence[Facts],
    failures: Sequence[Record],
    between: tuple[Instant, Instant],
    *,
    wanted: Sequence[str] = (),
) -> Answers:
    """The family's assets (or those wanted) as they are at the end of the span."""
    if not model.step:
        raise GiveUp("This model was trained on files, whose steps a store does not have; give files with --telemetry.")
    known = {facts.asset: facts for facts in assets}
    asked = list(wanted) or sorted(name for name, facts in known.items() if facts.model == model.family)
    refused = [(name, refusal("unknown", name)) for name in asked if name not in known]
    refused += [
        (name, refusal("family", name, family=known[name].model or "?", model=model.family))
        for name in asked
        if name in known and known[name].model != model.family
    ]
    told = [known[name] for name in asked if name in known and known[name].model == model.family]
    spans = lives_that_run(told, failures, *between)
    tracks, silent = tracks_in(store, spans, model.step, model.settings, model.metrics)
    refused += [(name, refusal("no readings", name)) for name in silent]
    if not tracks.units:
        return Answers((), tuple(refused))
    found = answered(model, tracks)
    return Answers(found.lives, (*refused, *found.refused))


def answered(model: LifeModel, tracks: Tracks) -> Answers:
    """With the reasons in sentences."""
    lives, refused = lives_left(model, tracks)
    names = ", ".join(model.needed)
    return Answers(lives, tuple((one.unit, refusal(one.why, one.unit, metrics=names)) for one in refused))
