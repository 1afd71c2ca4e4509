"""Public holidays of countries, with the weekend days on which people work instead."""

from collections.abc import Collection

import holidays

from domain.instants import SECOND, Instant

YEARS_BACK, YEARS_AHEAD = 1, 2


class PublicHolidays:
    """The years around an instant. What a government has not yet announced is not in them: update the package."""

    def __init__(self, now: Instant) -> None:
        this_year = 1970 + now // (31_556_952 * SECOND)
        self.years = range(this_year - YEARS_BACK, this_year + YEARS_AHEAD + 1)

    def __call__(self, code: str) -> tuple[Collection[str], Collection[str]]:
        """Dates that are closed, and weekend days that are worked, of `DE`, `DE-BY`, `CN`. Raises ValueError."""
        country, _, part = code.partition("-")
        try:
            found = holidays.country_holidays(country, subdiv=part or None, years=self.years)
        except NotImplementedError:
            raise ValueError(f"of {code} are not known; write days by hand") from None
        worked = getattr(found, "weekend_workdays", set())
        closed = sorted(day.isoformat() for day in found)
        return closed, sorted(day.isoformat() for day in worked if day.year in self.years)
