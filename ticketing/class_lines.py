"""Where in a file of classes something stands, so that every mistake names its line and the nearest right name."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

from domain.errors import WrongFormat

TABLE = re.compile(r"\s*\[\[\s*([\w-]+)\s*\]\]")
INNER = re.compile(r"\s*\[\s*([\w-]+)\s*\.\s*([\w-]+)\s*\]")
KEY = re.compile(r"""\s*["']?([\w-]+)["']?\s*(?:\.[^=]*)?=""")

Wrong = Callable[[str, str], None]
"""`wrong(sentence, key)`: note a mistake at a key of the table that is being read; an empty key is the table itself."""


MOST_MISTAKES = 200
"""After so many mistakes a file is not read on."""
MOST_NAMED = 50
"""Of more words than these only so many are compared or named: those that begin most alike."""


def meant(word: object, words: Iterable[str]) -> str:
    """The end of a sentence: the word that was probably meant, or all there are, or some where they are too many."""
    choice = sorted(words)
    begin = max(0, min(bisect_left(choice, str(word)) - MOST_NAMED // 2, len(choice) - MOST_NAMED))
    some = choice[begin : begin + MOST_NAMED]
    close = get_close_matches(str(word), some, 1)
    more = f" and {len(choice) - len(some)} others" if len(choice) > len(some) else ""
    return f"did you mean {close[0]}?" if close else f"there are: {', '.join(some) or 'none'}{more}."


def lines_of(text: str) -> dict[tuple[str, int, str], int]:
    """The line of each key of each `[[table]]`, by table, its place among its like, and key; "" is its header."""
    found: dict[tuple[str, int, str], int] = {}
    seen: dict[str, int] = {}
    table, inside = "", False
    for number, line in enumerate(text.splitlines(), 1):
        if header := TABLE.match(line):
            table, inside = header[1], False
            seen[table] = seen.get(table, -1) + 1
            found[table, seen[table], ""] = number
        elif inner := INNER.match(line):
            inside = True
            found.setdefault((inner[1], seen.get(inner[1], 0), inner[2]), number)
        elif table and not inside:
            for part in line.split(";") if "=" in line else ():
                if key := KEY.match(part):
                    found.setdefault((table, seen[table], key[1]), number)
    return found


@dataclass(slots=True)
class Mistakes:
    """The mistakes of one file while it is read, each with its line."""

    name: str
    text: str
    noted: list[tuple[int, str]] = field(default_factory=list)
    lines: dict[tuple[str, int, str], int] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = lines_of(self.text)

    def note(self, line: int, sentence: str) -> None:
        """One mistake. Raises WrongFormat with all of them once they are too many."""
        self.noted.append((line, sentence))
        if len(self.noted) >= MOST_MISTAKES:
            raise WrongFormat([*self.sentences(), f"{self.name}: there may be more; mend these first."])

    def about(self, table: str, nth: int, subject: str) -> Wrong:
        """The function that notes mistakes of one table; `subject` begins their sentences."""

        def wrong(sentence: str, key: str) -> None:
            line = self.lines.get((table, nth, key)) or self.lines.get((table, nth, "")) or 1
            self.note(line, f"{subject}: {sentence}")

        return wrong

    def sentences(self) -> list[str]:
        """All of them, `FILE:LINE: sentence`, in order of line."""
        return [f"{self.name}:{line}: {sentence}" for line, sentence in sorted(self.noted, key=lambda noted: noted[0])]
