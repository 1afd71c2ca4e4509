"""The scenario file: TOML in, a scenario out, or every mistake at once with its line."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from domain.errors import WrongFormat
from firmware_sim import readers
from firmware_sim.checks import Mistake, mistakes
from firmware_sim.scenario import Scenario
from firmware_sim.settings import Clocks, Fault, Fleet, Judge, Metric, Model, Network, Release, World

TOP = readers.readers(World)
TABLES: Mapping[str, type] = {"fleet": Fleet, "network": Network, "clocks": Clocks, "rule": Judge}
LISTS: Mapping[str, tuple[str, type]] = {
    "model": ("models", Model),
    "metric": ("metrics", Metric),
    "release": ("releases", Release),
    "fault": ("faults", Fault),
}
HEADER = re.compile(r"\s*\[{1,2}\s*([\w.-]+)\s*\]{1,2}")


def read(path: Path) -> Scenario:
    """The scenario in the file. Raises WrongFormat with every mistake."""
    try:
        written = path.read_text(encoding="utf-8")
        tables = tomllib.loads(written)
    except FileNotFoundError:
        raise WrongFormat([f"{path}: there is no such file; check the name."]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongFormat([f"{path}: this is not TOML: {error}."]) from None
    reading = Reading()
    parts = reading.scenario(tables)
    if not reading.mistakes:
        reading.mistakes += mistakes(World(**parts))
    if reading.mistakes:
        raise WrongFormat([f"{path}:{line_of(written, m)}: {m.text}" for m in reading.mistakes])
    return Scenario(**parts)


@dataclass(slots=True)
class Reading:
    """Reads tables and collects what is wrong with them."""

    mistakes: list[Mistake] = field(default_factory=list)

    def scenario(self, tables: Mapping[str, Any]) -> dict[str, Any]:
        """The parts of a scenario."""
        parts: dict[str, Any] = {}
        for name, value in tables.items():
            if name in TOP:
                parts |= self.values({name: value}, TOP, Mistake("", 0, "", ""))
            elif name in TABLES:
                parts[name] = self.table(value, TABLES[name], name, 0)
            elif name in LISTS:
                part, of = LISTS[name]
                rows = value if isinstance(value, list) else [value]
                parts[part] = tuple(self.table(row, of, name, nth) for nth, row in enumerate(rows))
            else:
                self.unknown(name, [*TOP, *TABLES, *LISTS], Mistake("", 0, name, ""))
        return parts

    def table(self, value: object, of: type, name: str, nth: int) -> Any:
        """One table as its dataclass; with its defaults where it is wrong."""
        where = Mistake(name, nth, "", "")
        if not isinstance(value, dict):
            self.mistakes.append(where._replace(text=f"{name}: write it as a table, [{name}]."))
            return of()
        return of(**self.values(value, readers.readers(of), where))

    def values(
        self, table: Mapping[str, object], known: Mapping[str, readers.Reader], where: Mistake
    ) -> dict[str, Any]:
        """The values that could be read."""
        found: dict[str, Any] = {}
        for key, value in table.items():
            if key not in known:
                self.unknown(key, list(known), where._replace(key=key))
                continue
            try:
                found[key] = known[key](value)
            except ValueError as error:
                self.mistakes.append(where._replace(key=key, text=f"{key}: {error}."))
        return found

    def unknown(self, key: str, known: list[str], where: Mistake) -> None:
        """A name that means nothing here."""
        nearest = get_close_matches(key, known, 1)
        hint = f"did you mean {nearest[0]}?" if nearest else f"possible here: {', '.join(known)}."
        self.mistakes.append(where._replace(text=f"there is no {key}; {hint}"))


def line_of(written: str, mistake: Mistake) -> int:
    """The line that a mistake stands on; its table's line where the key itself is nowhere to be seen."""
    table_line = 1
    for line, table, nth, text in headed(written):
        if (table, nth) == (mistake.table, mistake.nth) or (not mistake.table and table == mistake.key):
            if HEADER.match(text):
                table_line = line
            if re.match(rf'\s*"?{re.escape(mistake.key)}"?\s*=', text):
                return line
    return table_line


def headed(written: str) -> Iterator[tuple[int, str, int, str]]:
    """Each line with its number and the table it stands in: (line, table, which one of that name, text)."""
    table, seen = "", dict[str, int]()
    for line, text in enumerate(written.splitlines(), 1):
        header = HEADER.match(text)
        if header:
            table = header[1]
            seen[table] = seen.get(table, -1) + 1
        yield line, table, seen.get(table, 0), text
