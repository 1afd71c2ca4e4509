"""Where in a rule file something stands, so that every mistake names its line and the nearest right name."""

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches

HEADER = re.compile(r"\s*(\[{1,2})\s*([^\[\]]+?)\s*\]{1,2}\s*(?:#.*)?$")
KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")
QUOTES = re.compile(r'"""|\'\'\'')

Wrong = Callable[..., None]
"""`wrong(sentence, *path)`: note a mistake at a key of the table that is being read."""

Path = tuple[str, ...]


def nearest(word: object, words: Iterable[str]) -> str:
    """The end of a sentence: the word that was probably meant, or all there are."""
    choice = sorted(words)
    close = [name for name in choice if name.lower() == str(word).lower()] or get_close_matches(str(word), choice, 1)
    return f"did you mean {close[0]}?" if close else f"there are: {', '.join(choice)}."


class Lines:
    """The lines of a TOML text by table (`rule`, `case`, `class`), its place among its like, and key."""

    def __init__(self, text: str) -> None:
        self.found: dict[tuple[str, int, Path], int] = {}
        self.seen: dict[str, int] = {}
        self.at: tuple[str, int, Path] = ("", 0, ())
        for number, line in outside_long_strings(text):
            self.read(number, line)

    def read(self, number: int, line: str) -> None:
        """Take in one line."""
        if header := HEADER.match(line):
            table, *inside = parts(header[2])
            if header[1] == "[[" and not inside:
                self.seen[table] = self.seen.get(table, -1) + 1
            self.at = (table, self.seen.get(table, 0), tuple(inside))
            self.found.setdefault(self.at, number)
        elif key := KEY.match(line):
            table, nth, inside_of = self.at
            path = (*inside_of, *parts(key[1]))
            self.found.setdefault((table, nth, path) if table else (path[0], 0, path[1:]), number)

    def line(self, table: str, nth: int, path: Path) -> int:
        """The line of a key, else of the nearest table around it, else 1."""
        for end in range(len(path), -1, -1):
            if number := self.found.get((table, nth, path[:end])):
                return number
        return self.found.get((table, 0, ()), 1)


def outside_long_strings(text: str) -> Iterable[tuple[int, str]]:
    """Numbered lines, but none that begins inside a string of several lines."""
    within = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not within:
            yield number, line
        for quote in QUOTES.findall(line):
            within = quote if not within else "" if quote == within else within


def parts(dotted: str) -> list[str]:
    """`a."b c".d` as its names."""
    return [part.strip("\"'") for part in PART.findall(dotted)]


class Mistakes:
    """The mistakes of one file while it is read, each with its line."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.lines = Lines(text)
        self.noted: list[tuple[int, str]] = []

    def note(self, line: int, sentence: str) -> None:
        """Note a mistake of a line."""
        self.noted.append((line, sentence))

    def about(self, table: str, nth: int, subject: str) -> Wrong:
        """The function that notes mistakes of one table; `subject` begins their sentences."""

        def wrong(sentence: str, *path: str) -> None:
            self.note(self.lines.line(table, nth, path), f"{subject}: {sentence}")

        return wrong

    def sentences(self) -> list[str]:
        """All of them, `FILE:LINE: sentence`, in order of line."""
        return [f"{self.name}:{line}: {sentence}" for line, sentence in sorted(self.noted, key=lambda noted: noted[0])]
