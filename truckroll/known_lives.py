"""Known lives: how long the parts that plans replace last, and the models that they are for; fitted once a day."""

from dataclasses import dataclass, field

from sqlalchemy import Connection

from adapters import ledger_fitted
from domain.instants import DAY, Duration, Instant, parse_instant
from maintenance.beliefs import MACHINES, beliefs
from maintenance.life import LEAST, Lives
from maintenance.plan_chances import InUse, KnownLife
from ticketing.classes import Classes
from truckroll.fitting import label_of, lives

FITTED_EVERY: Duration = DAY


@dataclass(slots=True)
class KnownLives:
    """The fits of this process, by part and by model; each is made when it is asked for, and anew after a day."""

    classes: Classes
    found: dict[str, tuple[Instant, KnownLife | None]] = field(default_factory=dict)

    def of(self, connection: Connection, family: str, now: Instant) -> KnownLife | None:
        """One of them; None where too few have failed."""
        known = self.found.get(family)
        if known is None or not known[0] <= now < known[0] + FITTED_EVERY:
            known = self.found[family] = (now, fit(connection, self.classes, family, now))
        return known[1]

    def in_use(self, connection: Connection, asset: str) -> InUse:
        """From when on an asset and its parts have been in use: its oldest piece, itself since a repair."""
        found: dict[str, Instant] = {}
        for each in ledger_fitted.fitted_to(connection, [asset]):
            if each.is_in:
                found[each.part] = min(each.since, found.get(each.part, each.since))
        facts = ledger_fitted.facts_by_asset(connection, [asset]).get(asset)
        if facts is None or not facts.model or not facts.installed:
            return InUse(facts.model if facts else "", found)
        repairs = [
            order.done_at
            for order in ledger_fitted.closed_repairs(connection, [asset])
            if order.done_at is not None and label_of(connection, self.classes, order) in ("", "true")
        ]
        return InUse(facts.model, {facts.model: max([day_of(facts.installed), *repairs]), **found})


def day_of(date: str) -> Instant:
    """The beginning of a day of the registry."""
    return parse_instant(date + "T00:00:00Z")


def fit(connection: Connection, classes: Classes, family: str, now: Instant) -> KnownLife | None:
    """The life of a part or of a model's assets; None where too few have failed."""
    rows = [one for one in lives(connection, classes, family, now) if one.entered < one.age]
    failures = sum(one.failed for one in rows)
    if failures < LEAST:
        return None
    return KnownLife(beliefs(Lives.of(rows), MACHINES), len(rows), failures)
