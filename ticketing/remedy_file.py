"""The file of remote remedies: what each sends, what the device answers, how it is taken back; checked as a whole."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from domain.errors import WrongFormat
from domain.instants import MINUTE, parse_duration
from domain.remedy import Confirmation, Rate, Remedy
from ticketing.class_lines import meant
from ticketing.class_values import duration, text, word

KEYS = ("id", "name", "command", "arguments", "confirm", "timeout", "undo", "lasting", "per_device", "per_fleet")
CONFIRM_KEYS = tuple(f.name for f in fields(Confirmation))


def read_remedies(name: str, content: str) -> Mapping[str, Remedy]:
    """The `[[remedy]]` tables by id. Raises WrongFormat with every mistake."""
    try:
        rows = tomllib.loads(content).get("remedy", [])
    except tomllib.TOMLDecodeError as error:
        raise WrongFormat([f"{name}: {error}"]) from error
    mistakes: list[str] = []
    found: dict[str, Remedy] = {}
    for nth, row in enumerate(rows if isinstance(rows, list) else [None], 1):
        where = f"{name}: remedy {row['id'] if isinstance(row, dict) and 'id' in row else f'number {nth}'}"
        try:
            remedy = remedy_of(row)
            if remedy.id in found:
                raise ValueError("this id is given twice; give each remedy its own")
            found[remedy.id] = remedy
        except ValueError as error:
            mistakes.append(f"{where}: {error}.")
    mistakes += [
        f"{name}: remedy {each.id}: undo {each.undo} is unknown; {meant(each.undo, found)}"
        for each in found.values()
        if each.undo and each.undo not in found and not mistakes
    ]
    if mistakes:
        raise WrongFormat(mistakes)
    return found


def remedy_of(row: Any) -> Remedy:
    """One table. Raises ValueError."""
    if not isinstance(row, dict):
        raise ValueError("write it as a [[remedy]] table")
    known(row, KEYS, "")
    for key in ("id", "command", "confirm"):
        if key not in row:
            raise ValueError(f"{key} is missing")
    arguments = row.get("arguments", {})
    if not isinstance(arguments, dict):
        raise ValueError("arguments must be a table")
    is_lasting = row.get("lasting", True)
    if not isinstance(is_lasting, bool) or is_lasting != ("undo" in row):
        raise ValueError("name the remedy that takes it back (undo), or write lasting = false where nothing is left")
    timeout = said(row, "timeout", duration, 10 * MINUTE)
    if timeout <= 0:
        raise ValueError("timeout must be more than 0")
    return Remedy(
        id=said(row, "id", word, ""),
        name=said(row, "name", text, {"en": str(row["id"])}),
        command=said(row, "command", word, ""),
        arguments=arguments,
        confirm=confirmation(row["confirm"]),
        timeout=timeout,
        undo=said(row, "undo", word, ""),
        per_device=said(row, "per_device", rate, None),
        per_fleet=said(row, "per_fleet", rate, None),
    )


def known(row: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    """Nothing, or ValueError for a key that is none."""
    for key in row:
        if key not in keys:
            raise ValueError(f"{where}{key} is unknown; {meant(key, keys)}".rstrip("."))


def said(row: Mapping[str, Any], key: str, read: Callable[[Any], Any], default: Any) -> Any:
    """A key's value, checked. Raises ValueError."""
    try:
        return read(row[key]) if key in row else default
    except ValueError as error:
        raise ValueError(f"{key} {error}") from None


def rate(value: Any) -> Rate:
    """`"2/6h"`: at most two in six hours. Raises ValueError."""
    most, slash, within = str(value).partition("/")
    if not slash or not most.isascii() or not most.isdecimal() or not 1 <= int(most[:6]) <= 100_000:
        raise ValueError('must be a number and a time, such as "2/6h"')
    return Rate(most=int(most), within=parse_duration(within))


def confirmation(row: Any) -> Confirmation:
    """What the device says once it has done it. Raises ValueError."""
    if not isinstance(row, dict):
        raise ValueError('confirm must be a table, such as { event = "boot" }')
    known(row, CONFIRM_KEYS, "confirm: ")
    if ("event" in row) == ("metric" in row):
        raise ValueError("confirm: name either an event or a metric")
    strange = {"details"} & row.keys() if "metric" in row else {"least", "most", "state"} & row.keys()
    if strange:
        raise ValueError(f"confirm: {min(strange)} is not for this kind")
    numbers = [row[key] for key in ("least", "most") if key in row]
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in numbers):
        raise ValueError("confirm: least and most must be numbers")
    if "metric" in row and bool(numbers) == ("state" in row):
        raise ValueError("confirm: say what the metric must be: least, most, or a state")
    if not all(isinstance(row.get(key, ""), str) for key in ("event", "metric", "state")):
        raise ValueError("confirm: event, metric and state are texts")
    if not isinstance(row.get("details", {}), dict):
        raise ValueError("confirm: details must be a table")
    return Confirmation(**row)
