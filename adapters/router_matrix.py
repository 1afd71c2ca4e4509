"""Ways from a file: tables of minutes and kilometres between places that somebody has measured or bought."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec

from domain.crew import Leg, Legs, Place
from domain.errors import GiveUp
from domain.instants import MINUTE

MOST_BYTES = 512 * 2**20
DIGITS = 4
"""Places are the same where they agree to so many decimals of a degree, about ten metres."""

Length = Annotated[float, msgspec.Meta(ge=0)]


class Table(msgspec.Struct, forbid_unknown_fields=True):
    """`{"places": [[lat, lon], …], "minutes": [[…], …], "km": [[…], …]}`, row = from, column = to."""

    places: list[tuple[float, float]]
    minutes: list[list[Length]]
    km: list[list[Length]]


class MatrixFile:
    """A `Router` that has read a file."""

    def __init__(self, path: Path) -> None:
        """Raises GiveUp where the file is not what it should be."""
        try:
            if path.stat().st_size > MOST_BYTES:
                raise GiveUp(f"{path} is larger than {MOST_BYTES // 2**20} MB; keep to the places that are planned.")
            self.table = msgspec.json.decode(path.read_bytes(), type=Table)
        except (OSError, msgspec.DecodeError) as error:
            raise GiveUp(f"The table of ways {path} cannot be read: {error}") from error
        size = len(self.table.places)
        for name in ("minutes", "km"):
            rows = getattr(self.table, name)
            if [len(row) for row in rows] != [size] * size:
                raise GiveUp(f"{path}: `{name}` must have {size} rows of {size}, as many as there are places.")
        self.row = {rounded(Place(*place)): row for row, place in enumerate(self.table.places)}

    def legs(self, places: Sequence[Place]) -> Legs:
        """From each to each. Raises GiveUp for a place that the file does not know."""
        rows = [self.row_of(place) for place in places]
        return [[self.leg(a, b) for b in rows] for a in rows]

    def row_of(self, place: Place) -> int:
        """Where a place stands in the file."""
        try:
            return self.row[rounded(place)]
        except KeyError:
            raise GiveUp(f"The table of ways has no place at {place.lat}, {place.lon}; add it.") from None

    def leg(self, a: int, b: int) -> Leg:
        """One way; to itself it is nothing."""
        return Leg(round(self.table.minutes[a][b] * MINUTE), self.table.km[a][b]) if a != b else Leg(0, 0.0)


def rounded(place: Place) -> tuple[float, float]:
    """A place as it is looked up."""
    return round(place.lat, DIGITS), round(place.lon, DIGITS)
