"""Settings of preventive maintenance: its files, its currency, and what a failure is assumed to cost."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import available_timezones

from domain.asset_value import FAILURE_COSTS
from domain.errors import WrongFormat
from domain.instants import HOUR, Duration, parse_duration
from domain.part import Serving


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceSettings:
    """Preventive maintenance (docs/meters.md)."""

    currency: str = "EUR"
    """What every amount of money is in."""
    zone: str = "UTC"
    """In whose days orders are listed and printed that no plan with a zone of its own made."""
    meters_file: str = ""
    """The file of meters, taken in at the start; none: `truckroll meters import`."""
    plans_file: str = ""
    """The file of plans and job plans, taken in at the start; none: `truckroll plans import` (docs/plans.md)."""
    life_models: tuple[str, ...] = ()
    """Models of remaining life that are asked about the assets of their family, as patterns (docs/forecasts.md)."""
    forecast_models: tuple[str, ...] = ()
    """Failure forecasts that are asked, as patterns."""
    ask_models_every: str = "6h"
    """How often they are asked."""
    life_horizon: str = "14d"
    """Remaining life is told as the chance of a failure within so long."""
    life_chance: float = 0.3
    """From this chance on it is a finding, which makes orders of the plans that listen to it."""
    health_limit: float = 0.2
    """So low health, between 1 and 0, is a finding."""
    parts_service: str = "each"
    """"each" part has its service, or all "together" at one price for a missing piece (docs/parts.md)."""
    hour_cost: float = 60.0
    """What an hour of planned work costs, where the plan does not say what its work costs."""
    failure_cost_critical: float = FAILURE_COSTS["critical"]
    """What a failure of a critical asset costs, until somebody says it of that asset."""
    failure_cost_high: float = FAILURE_COSTS["high"]
    """Of an asset of high criticality."""
    failure_cost_medium: float = FAILURE_COSTS["medium"]
    """Of an asset of medium criticality, or of which nothing is said."""
    failure_cost_low: float = FAILURE_COSTS["low"]
    """Of an asset of low criticality."""

    def __post_init__(self) -> None:
        mistakes = [
            f"failure_cost_{name} must be a number, 0 or more"
            for name, amount in self.failure_costs.items()
            if not 0 <= amount < math.inf
        ]
        if not 0 < self.hour_cost < math.inf:
            mistakes.append("hour_cost must be a number above 0")
        mistakes += self.mistakes_of_models()
        if self.parts_service not in list(Serving):
            mistakes.append(f"parts_service must be {' or '.join(Serving)}, not {self.parts_service!r}")
        if self.zone not in available_timezones():
            mistakes.append(f"zone must be a time zone such as Europe/Berlin, not {self.zone!r}")
        if mistakes:
            raise WrongFormat(mistakes)

    def mistakes_of_models(self) -> list[str]:
        """What is wrong with how models are asked."""
        found = []
        for name in ("ask_models_every", "life_horizon"):
            try:
                if parse_duration(getattr(self, name)) < HOUR:
                    found.append(f"{name} must be 1h or more")
            except ValueError as error:
                found.append(f"{name}: {error}")
        shares = {"life_chance": self.life_chance, "health_limit": self.health_limit}
        return found + [f"{name} must lie between 0 and 1" for name, share in shares.items() if not 0 < share < 1]

    @property
    def serving(self) -> Serving:
        """`parts_service`, as purchase proposals take it."""
        return Serving(self.parts_service)

    @property
    def asking_every(self) -> Duration:
        """`ask_models_every` in nanoseconds."""
        return parse_duration(self.ask_models_every)

    @property
    def failure_costs(self) -> Mapping[str, float]:
        """What a failure is assumed to cost, by criticality."""
        return {name: getattr(self, f"failure_cost_{name}") for name in FAILURE_COSTS}
