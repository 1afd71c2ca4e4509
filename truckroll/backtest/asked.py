"""Asked: everything that a backtest is told, so that it can be told to another process."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from domain.errors import GiveUp
from domain.instants import DAY, Duration, Instant
from truckroll.backtest.columns import TICK
from truckroll.backtest.past import EARLIEST, HEARD, LATEST
from truckroll.settings import Settings

CONFIGURED = "configured"
"""The store that the configuration names."""
ONE_SOURCE = "Say where the past is: one of --journal, --store, or --events and --telemetry."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One backtest."""

    settings: Settings
    rules: tuple[Path, ...]
    against: tuple[Path, ...] = ()
    texts: Mapping[Path, str] = field(default_factory=dict)
    """What stands in for the content of files, such as drafts that nobody has written down."""
    only: tuple[str, ...] = ()
    """Rules by id; none = all of the files."""
    journal: Path | None = None
    store: str = ""
    """`configured`, the address of an InfluxDB, or a folder with a telemetry store; empty = none."""
    events: tuple[Path, ...] = ()
    telemetry: tuple[Path, ...] = ()
    registry: Path | None = None
    truth: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    since: Instant = EARLIEST
    until: Instant = LATEST
    tick: Duration = TICK
    """Time passes in such steps where the past has no ticks of its own."""
    heard: Duration = HEARD
    """Where there are only events, devices are taken to be heard so often."""
    lead: Duration = DAY
    """A call so long before a failure is still about it."""
    seed: int = 7

    def check(self) -> None:
        """Nothing, or GiveUp where it is not said from where the past comes, or from several places at once."""
        places = (self.journal is not None, bool(self.store), bool(self.events or self.telemetry))
        if sum(places) != 1:
            raise GiveUp(ONE_SOURCE)
        if self.since >= self.until:
            raise GiveUp("--from is not before --to, so there is nothing between them; exchange them.")

    def text(self, file: Path) -> str:
        """What stands in a rule file."""
        said = self.texts.get(file)
        return file.read_text(encoding="utf-8") if said is None else said

    def as_dict(self) -> dict[str, Any]:
        """What a report says of it."""
        return {
            "rules": [str(path) for path in self.rules],
            "against": [str(path) for path in self.against],
            "truth": str(self.truth) if self.truth else None,
            "lead_ns": self.lead,
            "tick_ns": self.tick,
            "seed": self.seed,
        }
