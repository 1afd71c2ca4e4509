"""The planting file: which faults shall be planted on recorded traffic, on which devices and when."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from domain.errors import WrongFormat
from domain.instants import HOUR, MINUTE, Duration
from firmware_sim import readers

FAILURE_MODES = {
    "crash-loop": "crash-loop",
    "wear": "wear",
    "shift": "shift",
    "stuck": "sensor-stuck",
    "noise": "sensor-noise",
    "missing": "sensor-missing",
    "silence": "silent",
    "silent-death": "silent",
    "duplicates": "none",
    "delay": "none",
}
"""What can be planted, and what the ticket for it is about."""
READINGS = frozenset({"wear", "shift", "stuck", "noise", "missing"})
MOVING = frozenset({"wear", "shift", "noise"})


@dataclass(frozen=True, kw_only=True)
class Planted:
    """`[[fault]]`: one fault on some devices."""

    kind: Annotated[str, readers.text] = "crash-loop"
    devices: Annotated[tuple[str, ...], readers.texts] = ()
    at: Annotated[Duration, readers.duration] = 0
    """When it begins, after the first recorded message."""
    lasts: Annotated[Duration, readers.duration] = HOUR
    """How long; of `wear`: until it is complete, and it stays."""
    metric: Annotated[str, readers.text] = "temp"
    by: Annotated[float, readers.number] = 0.0
    """By how much the metric moves; of `noise`: the standard deviation that is added."""
    crashes: Annotated[int, readers.positive] = 3
    spacing: Annotated[Duration, readers.duration] = 5 * MINUTE
    """From crash to crash; of `delay`: messages are late by up to so much."""
    share: Annotated[float, readers.share] = 1.0
    """Of the messages, for `duplicates` and `delay`."""
    decided_by: Annotated[int, readers.positive] = 3
    """With this crash a ticket is due."""
    failure_mode: Annotated[str, readers.text] = ""
    """What the ticket is about; `"none"` = it deserves none; without it, as the kind says."""
    found_within: Annotated[Duration | None, readers.duration] = None

    @property
    def deserves(self) -> str:
        """The failure mode of its ticket, or `none`."""
        return self.failure_mode or FAILURE_MODES[self.kind]

    @property
    def length(self) -> Duration:
        """From its beginning to its end."""
        return (self.crashes - 1) * self.spacing if self.kind == "crash-loop" else self.lasts


@dataclass(frozen=True, kw_only=True)
class PlantingPlan:
    """A whole planting file."""

    seed: Annotated[int, readers.whole] = 1
    topic: Annotated[str, readers.text] = "devices/{device}/#"
    """Where a message's topic names its device."""
    faults: tuple[Planted, ...] = ()


def read_plan(path: Path) -> PlantingPlan:
    """The plan in the file. Raises WrongFormat with every mistake."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongFormat([f"{path}: this is not TOML: {error}."]) from None
    mistakes: list[str] = []
    rows = tables.pop("fault", [])
    rows = rows if isinstance(rows, list) else [rows]
    top = values(tables, PlantingPlan, "the file", mistakes)
    faults = [Planted(**values(row, Planted, f"fault number {n}", mistakes)) for n, row in enumerate(rows, 1)]
    for number, fault in enumerate(faults, 1):
        mistakes += [f"fault number {number}: {text}" for text in wrong(fault)]
    if not faults:
        mistakes.append("write at least one [[fault]].")
    if "{device}" not in str(top.get("topic", PlantingPlan.topic)):
        mistakes.append('topic: say where the device stands, such as "devices/{device}/#".')
    if mistakes:
        raise WrongFormat([f"{path}: {text}" for text in mistakes])
    return PlantingPlan(**top, faults=tuple(faults))


def values(table: Any, of: type, where: str, mistakes: list[str]) -> dict[str, Any]:
    """The values that could be read; what is wrong with the others is noted."""
    known, found = readers.readers(of), dict[str, Any]()
    if not isinstance(table, dict):
        mistakes.append(f"{where}: write it as a table, [[fault]].")
        return found
    for key, value in table.items():
        if key not in known:
            near = get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"possible here: {', '.join(known)}."
            mistakes.append(f"{where}: there is no {key}; {hint}")
            continue
        try:
            found[key] = known[key](value)
        except ValueError as error:
            mistakes.append(f"{where}: {key}: {error}.")
    return found


def wrong(fault: Planted) -> Iterator[str]:
    """What no planting could make sense of."""
    if fault.kind not in FAILURE_MODES:
        yield f'there is no kind "{fault.kind}"; possible here: {", ".join(FAILURE_MODES)}.'
        return
    if not fault.devices:
        yield 'devices: name them, such as ["tv-00003"].'
    if fault.kind in MOVING and not fault.by:
        yield "by: write by how much the metric changes."
    if fault.kind == "crash-loop" and fault.failure_mode != "none" and fault.crashes < fault.decided_by:
        yield 'crashes: fewer than decided_by deserve no ticket; say so with failure_mode = "none".'
