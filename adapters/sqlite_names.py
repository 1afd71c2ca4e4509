"""Names and their numbers in one table of a SQLite file."""

import sqlite3
from collections.abc import Sequence

MOST_NAMES = 1 << 18
"""Names kept in memory; beyond it all are looked up again."""


class NameTable:
    """A table `(id INTEGER PRIMARY KEY, name TEXT UNIQUE)`, read once a name.

    Part of the connection's transaction: after a rollback it must be made anew.
    """

    def __init__(self, connection: sqlite3.Connection, table: str) -> None:
        self.connection = connection
        self.known: dict[str, int] = {}
        self.find = f"SELECT id FROM {table} WHERE name = ?"  # noqa: S608
        self.add = f"INSERT INTO {table} (name) VALUES (?)"  # noqa: S608

    def ids(self, names: Sequence[str]) -> list[int]:
        """The ids of names, given to those that are new here."""
        if len(self.known) > MOST_NAMES:
            self.known.clear()
        found = list(map(self.known.get, names))
        if None in found:
            for name in names:
                if name not in self.known:
                    self.known[name] = self.identify(name)
            found = list(map(self.known.get, names))
        return [number for number in found if number is not None]

    def identify(self, name: str) -> int:
        """The id in the table."""
        row = self.connection.execute(self.find, (name,)).fetchone()
        if row is None:
            return int(self.connection.execute(self.add, (name,)).lastrowid or 0)
        return int(row[0])
