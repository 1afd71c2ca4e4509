"""Roles: which part of the service a process is; all of them together unless somebody says otherwise."""

from enum import StrEnum
from pathlib import Path

from domain.errors import GiveUp
from truckroll.settings import Settings


class Role(StrEnum):
    """What `truckroll serve --role` may be."""

    ALL = "all"
    INGEST = "ingest"
    """From the broker into the journal, and from there into the telemetry store."""
    DETECT = "detect"
    """From the journal to findings and tickets."""
    API = "api"
    """Answers over HTTP."""
    SCHEDULER = "scheduler"
    """Does by the clock what has to be done again and again."""

    @property
    def receives(self) -> bool:
        """It writes the journal and the telemetry store."""
        return self in (Role.ALL, Role.INGEST)

    @property
    def watches(self) -> bool:
        """It runs the detectors and writes the ledger."""
        return self in (Role.ALL, Role.DETECT)

    @property
    def answers(self) -> bool:
        """It has an HTTP API."""
        return self in (Role.ALL, Role.API)

    @property
    def ticks(self) -> bool:
        """It does the chores."""
        return self in (Role.ALL, Role.SCHEDULER)

    def check(self, settings: Settings) -> None:
        """Nothing, or GiveUp where processes would have to share a ledger that is a file."""
        if self is not Role.ALL and not settings.ledger.is_shared:
            raise GiveUp(
                f"The role {self} is a process of its own and needs a ledger in PostgreSQL; set url_file in [ledger], "
                "or serve without --role."
            )

    def state_file(self, data: Path) -> Path:
        """Where a process of this role says how far it has got."""
        return data / ("state.json" if self is Role.ALL else f"state-{self}.json")
