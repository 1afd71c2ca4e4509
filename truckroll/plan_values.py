"""What a key of a plan may be, and the sentence when it is something else; cells of a CSV file become the same."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from domain.plan import Cycle, Shift, Strategy, Unit
from domain.text import Text
from domain.ticket import Priority
from maintenance.meter_file import where
from ticketing.class_values import Read, one_of, table, text, word, words
from ticketing.sla_values import zone

CYCLE = re.compile(r"([1-9]\d{0,3}) ?(day|week|month|year)s?")
SEASON = re.compile(r"(\d\d-\d\d)\.\.(\d\d-\d\d)")
MOST_YEARS = 50
DAYS_IN = {Unit.DAY: 1, Unit.WEEK: 7, Unit.MONTH: 30, Unit.YEAR: 365}
FIRST, LAST = date(1990, 1, 1), date(2199, 12, 31)
FOREVER = 1e15
MOST_LETTERS = 200
ASSET = re.compile(r".{1,256}")


def cycle(value: Any) -> Cycle:
    """`"3 months"`."""
    found = CYCLE.fullmatch(value) if isinstance(value, str) else None
    if found is None or int(found[1]) * DAYS_IN[Unit(found[2])] > MOST_YEARS * 366:
        raise ValueError(
            f'must be so many days, weeks, months or years in quotes, such as "3 months", at most {MOST_YEARS} years'
        )
    return Cycle(int(found[1]), Unit(found[2]))


def day(value: Any) -> str:
    """A date, in quotes or not."""
    try:
        found = date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        found = None
    if type(found) is not date or not FIRST <= found <= LAST:
        raise ValueError(f"must be a date from {FIRST} to {LAST}, such as 2026-06-01")
    return found.isoformat()


def days_by_asset(value: Any) -> Mapping[str, str]:
    """Dates by asset."""
    return {str(name): day(when) for name, when in table(value, 'such as { "P-1" = 2026-06-01 }').items()}


def season(value: Any) -> tuple[str, str]:
    """`"04-01..09-30"`."""
    found = SEASON.fullmatch(value) if isinstance(value, str) else None
    try:
        if found is None:
            raise ValueError
        ends = [date.fromisoformat(f"2026-{part}") for part in found.groups()]
    except ValueError:
        raise ValueError('must be months and days from and to, such as "04-01..09-30"') from None
    return f"{ends[0]:%m-%d}", f"{ends[1]:%m-%d}"


def short(value: Any) -> Text:
    """A text for people that stands in each order."""
    found = text(value)
    if any(len(said) > MOST_LETTERS for said in found.values()):
        raise ValueError(f"has up to {MOST_LETTERS} letters, for it stands in each order")
    return found


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def percent(most: int) -> Read:
    """A whole number of percent."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise ValueError(f"must be a whole number of percent from 0 to {most}")
        return value

    return read


def number(least: float, most: float = FOREVER) -> Read:
    """A number; 0 as least is allowed."""

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise ValueError(f"must be a number from {least:g} to {most:g}")
        return float(value)

    return read


def whole(least: int, most: int) -> Read:
    """A whole number."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return value

    return read


def named_as(kind: Callable[[str], Any], read: Read) -> Read:
    """One of an enumeration."""
    return lambda value: kind(read(value))


PACKAGE_KEYS: Mapping[str, Read] = {"id": word, "every": cycle, "job_plan": word, "level": whole(1, 99)}


def packages(value: Any) -> tuple[Mapping[str, Any], ...]:
    """A list of tables, each with what is right in it."""
    if not isinstance(value, list) or not value or not all(isinstance(row, Mapping) for row in value):
        raise ValueError('must be a list such as [{ id = "small", every = "1 month", job_plan = "oil" }]')
    found = []
    for row in value:
        for key in ("id", "every", "job_plan"):
            if key not in row:
                raise ValueError(f"must say {key} of each package")
        for key in row:
            if key not in PACKAGE_KEYS:
                raise ValueError(f"have no {key}; there are: {', '.join(PACKAGE_KEYS)}")
        found.append({key: PACKAGE_KEYS[key](said) for key, said in row.items()})
    if len({row["id"] for row in found}) < len(found):
        raise ValueError("must have an id of their own each")
    return tuple(found)


PLAN_KEYS: Mapping[str, Read] = {
    "id": word,
    "name": short,
    "strategy": named_as(Strategy, one_of([each.value for each in Strategy])),
    "job_plan": word,
    "where": where,
    "paused": flag,
    "automatic": flag,
    "priority": named_as(Priority, one_of([each.value for each in Priority])),
    "zone": zone,
    "calendar": word,
    "adjust": named_as(Shift, one_of([each.value for each in Shift])),
    "every": cycle,
    "packages": packages,
    "start": day,
    "after_completion": flag,
    "last_done": days_by_asset,
    "shift_late": percent(100),
    "shift_early": percent(100),
    "season": season,
    "just_done": percent(50),
    "meter": word,
    "use": number(1e-9),
    "first_at": number(0),
    "rules": words,
    "within_days": whole(0, 3_650),
    "lead_days": number(0, 3_650),
    "call_horizon": percent(100),
    "scheduling_days": whole(1, 3_650),
    "tolerance": percent(50),
    "postponement": percent(100),
    "failures_per_year": number(0, 1e6),
    "planned_cost": number(0, 1e12),
}


# -- cells of a CSV file


def yes(cell: str) -> Any:
    """`yes` and `no`."""
    return {"yes": True, "true": True, "no": False, "false": False}.get(cell.lower(), cell)


def numeral(cell: str) -> Any:
    """A number, whole where it is written so."""
    for kind in (int, float):
        try:
            return kind(cell)
        except ValueError:
            continue
    return cell


def pairs(cell: str) -> Any:
    """`model=TV-* site=BER|HAM`: globs by fact."""
    return {key: value.split("|") for key, _, value in (part.partition("=") for part in cell.split())}


def pieces(cell: str) -> Any:
    """`board:1 screw:4`."""
    return {part: numeral(many) for part, _, many in (each.rpartition(":") for each in cell.split())}


def dates(cell: str) -> Any:
    """`P-1=2026-06-01 P-2=2026-06-08`."""
    return {name: when for name, _, when in (part.rpartition("=") for part in cell.split())}


CELLS: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(["paused", "automatic", "after_completion"], yes),
    **dict.fromkeys(["shift_late", "shift_early", "just_done", "use", "first_at", "within_days", "lead_days"], numeral),
    **dict.fromkeys(["call_horizon", "scheduling_days", "tolerance", "postponement", "hours", "crew"], numeral),
    **dict.fromkeys(["failures_per_year", "planned_cost"], numeral),
    **dict.fromkeys(["rules", "skills", "certificates", "tools", "evidence"], str.split),
    "where": pairs,
    "kit": pieces,
    "last_done": dates,
    "tasks": lambda cell: [part.strip() for part in cell.split("|") if part.strip()],
}
"""How a cell is read; any other is a text."""
