"""Life files: CSV of how old parts were when they failed or were last seen working, by group of the family."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from domain.errors import WrongFormat
from maintenance.life import Life

AGES = ("age", "days", "hours", "cycles", "life", "use")
FAILED = ("failed", "failure", "event")
ENTERED = ("entered", "age_at_first_look", "seen_from")
GROUPS = ("group", "model", "family", "part")
YES, NO = ("1", "true", "yes", "y", "是"), ("0", "false", "no", "n", "否")
MOST = 20
"""So many mistakes are listed."""
ALL = "all"


def read_lives(file: Path) -> tuple[dict[str, list[Life]], str]:
    """The lives by group, and the unit of their ages. Raises WrongFormat with every mistake, or the first of them."""
    try:
        return lives_in(file)
    except (UnicodeDecodeError, csv.Error) as error:
        raise WrongFormat([f"{file}: this is no CSV in UTF-8 ({error}); save it as CSV UTF-8."]) from None


def lives_in(file: Path) -> tuple[dict[str, list[Life]], str]:
    """The same of a file that can be read."""
    with file.open(newline="", encoding="utf-8-sig") as lines:
        rows = csv.DictReader(lines)
        names = {name.strip().lower(): name for name in rows.fieldnames or ()}
        age, failed = needed(file, names, AGES, "the age"), needed(file, names, FAILED, "whether it failed")
        entered, group = one_of(names, ENTERED), one_of(names, GROUPS)
        found: dict[str, list[Life]] = {}
        mistakes: list[str] = []
        for row in rows:
            try:
                where = (row[names[group]] or "").strip() if group else ""
                found.setdefault(where or ALL, []).append(life(row, names, (age, failed, entered)))
            except ValueError as error:
                mistakes.append(f"{file}:{rows.line_num}: {error}.")
                if len(mistakes) == MOST:
                    break
    if mistakes:
        raise WrongFormat(mistakes)
    if not found:
        raise WrongFormat([f"{file}: there is no row under the header; give a file of lives."])
    return found, age if age in ("hours", "cycles") else "days"


def life(row: Mapping[str, str | None], names: Mapping[str, str], columns: tuple[str, str, str]) -> Life:
    """One row. Raises ValueError with the beginning of a sentence."""
    age, failed, entered = ((row[names[name]] or "").strip() if name else "" for name in columns)
    if failed.lower() not in YES + NO:
        raise ValueError(f'"{failed}" does not say whether it failed; write 1 or 0')
    try:
        found = Life(float(age), failed.lower() in YES, float(entered) if entered else 0.0)
    except ValueError:
        raise ValueError(f'"{age}" or "{entered}" is no number') from None
    found.check()
    return found


def needed(file: Path, names: Mapping[str, str], wanted: Sequence[str], what: str) -> str:
    """The column's name. Raises WrongFormat where there is none."""
    if name := one_of(names, wanted):
        return name
    there = ", ".join(names) or "none"
    raise WrongFormat([f"{file}:1: no column says {what}; name it {' or '.join(wanted)}. There are: {there}."])


def one_of(names: Mapping[str, str], wanted: Sequence[str]) -> str:
    """The first of the wanted names that is there, or nothing."""
    return next((name for name in wanted if name in names), "")
