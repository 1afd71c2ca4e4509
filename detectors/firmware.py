"""Firmware conditions: which versions of a device's firmware a rule is about.

Versions are dotted numbers, compared as numbers; missing parts are 0 (`2.4` is `2.4.0`), a leading `v` is ignored.
What follows the numbers: `+…` counts for nothing; `-` and a letter comes before (`2.4.1-rc1` < `2.4.1`); anything else
comes after (`2.4.1` < `2.4.1b`, `2.4.1-2`). Equal kinds of endings compare piece by piece, their numbers as numbers.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import translate
from typing import Any

VERSION = re.compile(r"[vV]?(\d{1,18}(?:\.\d{1,18})*)([^+]*)(?:\+.*)?")
COMPARISON = re.compile(r"(>=|<=|==|!=|>|<)\s*(.*)")
PIECE = re.compile(r"\d+|[^\d]+")
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}

Ending = tuple[int, tuple[tuple[bool, int, str], ...]]
Version = tuple[tuple[int, ...], Ending]


def version_of(text: str) -> Version | None:
    """A version as something that sorts; None where it does not begin with a number."""
    match = VERSION.fullmatch(text.strip())
    if match is None:
        return None
    numbers = [int(part) for part in match[1].split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers), ending_of(match[2])


def ending_of(text: str) -> Ending:
    """What follows the numbers: before (-1), nothing (0) or after (1) the plain version, then piece by piece."""
    rank = -1 if re.match(r"-[^\d]", text) else 1 if text else 0
    return rank, tuple((p.isdecimal(), int(p) if p.isdecimal() else 0, p) for p in PIECE.findall(text))


@dataclass(frozen=True, slots=True)
class Firmware:
    """One condition: all of its comparisons and globs hold. Unknown firmware never matches."""

    comparisons: tuple[tuple[str, Version], ...] = ()
    globs: tuple[re.Pattern[str], ...] = ()

    def matches(self, firmware: str) -> bool:
        """Whether the condition holds; text that is no version satisfies globs and `!=` only."""
        if not firmware or not all(glob.match(firmware) for glob in self.globs):
            return False
        version = version_of(firmware)
        if version is None:
            return all(sign == "!=" for sign, _ in self.comparisons)
        return all(COMPARE[sign](version, bound) for sign, bound in self.comparisons)


def read_firmware(text: str) -> Firmware:
    """`">=2.4,<3"`, `"!=2.4.1"` or a glob such as `"2.4.*"`; a comma is an and. Raises ValueError with a sentence."""
    comparisons: list[tuple[str, Version]] = []
    globs: list[re.Pattern[str]] = []
    for part in (part.strip() for part in text.split(",")):
        if comparison := COMPARISON.fullmatch(part):
            bound = version_of(comparison[2])
            if bound is None:
                raise ValueError(f'"{part}" compares with no version; write numbers such as ">=2.4"')
            comparisons.append((comparison[1], bound))
        elif part:
            globs.append(re.compile(translate(part)))
        else:
            raise ValueError(f'"{text}" has an empty condition; write conditions such as ">=2.4,<3"')
    return Firmware(tuple(comparisons), tuple(globs))
