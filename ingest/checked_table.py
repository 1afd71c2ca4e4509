"""One table of a file while it is checked: its mistakes are collected, each with the place it stands in."""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any


def nearest(word: object, words: Iterable[str]) -> str:
    """A hint at the word that was probably meant, or at all there are."""
    choice = list(words)
    close = get_close_matches(str(word), choice, 1, 0.6)
    return f"; did you mean {close[0]!r}?" if close else f"; there are: {', '.join(choice)}"


class CheckedTable:
    """A `[[source]]` table; `place` counts them from 0, `text` is the file's text where it is known."""

    def __init__(self, row: Mapping[str, Any], place: int, text: str) -> None:
        self.row = row
        self.place = place
        self.text = text
        self.mistakes: list[str] = []
        self.name = row["name"] if isinstance(row.get("name"), str) else ""

    def wrong(self, what: str, key: str = "") -> None:
        """Note a mistake."""
        line = line_of(self.text, self.place, key)
        where = f"line {line}: " if line else ""
        self.mistakes.append(f"{where}source {self.name or self.place + 1!r}: {what}")

    def choice(self, key: str, words: Iterable[str], default: str | None) -> str | None:
        """The word at a key."""
        word = self.row.get(key, default)
        if isinstance(word, str) and word in words:
            return word
        if word is None:
            self.wrong(f"{key} is missing{nearest('', words)}")
        else:
            self.wrong(f"{key} {word!r} is unknown{nearest(word, words)}", key)
        return None

    def table(self, key: str, keys: Sequence[str]) -> Mapping[str, Any]:
        """A table at a key whose own keys are known."""
        table = self.row.get(key, {})
        if not isinstance(table, Mapping):
            self.wrong(f"{key} must be a table with {', '.join(keys)}", key)
            return {}
        for name in table:
            if name not in keys:
                self.wrong(f"unknown key {key}.{name}{nearest(name, keys)}", key)
        return table


def line_of(text: str, place: int, key: str) -> int:
    """The line of a key in the `place`-th `[[source]]` of a file's text, else the line of its head; 0 = no text."""
    heads = [n for n, line in enumerate(text.splitlines(), 1) if re.match(r"\s*\[\[\s*source\s*\]\]", line)]
    if place >= len(heads):
        return 0
    for number, line in enumerate(text.splitlines()[heads[place] :], heads[place] + 1):
        if re.match(r"\s*\[", line):
            break
        if key and re.match(rf'\s*(\[source\.)?"?{re.escape(key)}"?\s*[.=\]]', line):
            return number
    return heads[place]
