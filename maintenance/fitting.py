"""Fitting: which part sits in which position of an asset, since when, and how long parts live."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from domain import actors
from domain.asset_value import Fitted, Removal
from domain.errors import WrongFormat
from domain.instants import DAY, MINUTE, Instant, instant_text
from domain.work_order import OrderKind, WorkOrder
from maintenance.life import Life

FITTING = actors.FITTING
AHEAD = 5 * MINUTE
"""A clock may be so much ahead of ours."""
TRUE = "true"
"""The label of a closing whose detection was right: something had failed."""


@dataclass(frozen=True, slots=True)
class Refit:
    """What changes in a position: who leaves it and who comes in."""

    taken_out: Fitted | None = None
    put_in: Fitted | None = None

    @property
    def is_nothing(self) -> bool:
        """Nothing changes."""
        return self.taken_out is None and self.put_in is None


def fit(there: Iterable[Fitted], wanted: Fitted, removal: Removal, now: Instant) -> Refit:
    """Put a part into a position, and take out what sits there. The same again changes nothing. Raises WrongFormat."""
    if wanted.since > now + AHEAD:
        raise WrongFormat([f"{instant_text(wanted.since)} has not come yet; say when the part was put in."])
    its = [each for each in there if each.position == wanted.position]
    if any(is_same(each, wanted) for each in its):
        return Refit()
    before = next((each for each in its if each.is_in), None)
    last = max((each.since if each.until is None else each.until for each in its), default=wanted.since)
    if last > wanted.since:
        raise WrongFormat(
            [
                f"{wanted.position} of {wanted.asset} was changed at {instant_text(last)}, which is later; "
                "say a time after that, or import the whole history of the position."
            ]
        )
    return Refit(None if before is None else replace(before, until=wanted.since, removal=removal), wanted)


def take_out(there: Iterable[Fitted], wanted: Fitted, removal: Removal, now: Instant) -> Refit:
    """Take out what sits in the position of `wanted`, at its `since`, and leave it empty. Raises WrongFormat."""
    place, at = wanted.position, wanted.since
    before = next((each for each in there if each.position == place and each.is_in), None)
    if before is None:
        raise WrongFormat([f"Nothing sits in {place} of {wanted.asset}; name a position that has a part."])
    if not before.since <= at <= now + AHEAD:
        raise WrongFormat(
            [f"{before.part} sits in {place} since {instant_text(before.since)}; say a time between that and now."]
        )
    return Refit(replace(before, until=at, removal=removal))


def is_same(one: Fitted, other: Fitted) -> bool:
    """The same part was put into the same position at the same time."""
    return identity(one) == identity(other)


def identity(one: Fitted) -> tuple[str, str, str, str, Instant]:
    """What tells a fitting from any other."""
    return one.asset, one.position, one.part, one.serial, one.since


# -- what orders have done


def fitted_by(order: WorkOrder, used: Mapping[str, str], there: Sequence[Fitted], label: str) -> list[Refit]:
    """What a closed order has changed: each part of its kit sits where one like it sat, else where the part is named.

    `used` gives the part that was really taken for one of the kit; `label` is what the closing says of the detection.
    A position that a person has changed for this order, or since, stays as it is.
    """
    at = order.done_at or order.ended_at
    if at is None or any(each.order == order.number for each in there):
        return []
    changes = []
    taken: set[str] = set()
    for need in sorted(order.kit):
        part = used.get(need, need)
        position = position_of(there, {need, part}, taken) or need
        taken.add(position)
        wanted = Fitted(asset=order.asset, position=position, part=part, since=at, order=order.number, by=FITTING)
        try:
            changes.append(fit(there, wanted, removal_of(order, label), at))
        except WrongFormat:
            continue
    return [each for each in changes if not each.is_nothing]


def position_of(there: Sequence[Fitted], parts: Iterable[str], taken: Iterable[str]) -> str:
    """Where one of the parts sits, the oldest first; empty where none does."""
    asked, free = set(parts), set(taken)
    its = [each for each in there if each.is_in and each.part in asked and each.position not in free]
    return min(its, key=lambda each: (each.since, each.position)).position if its else ""


def removal_of(order: WorkOrder, label: str) -> Removal:
    """Why the part before was taken out."""
    if order.kind is not OrderKind.CORRECTIVE:
        return Removal.PREVENTIVE
    return Removal.FAILED if label in ("", TRUE) else Removal.OTHER


# -- lives


def part_lives(fitted: Iterable[Fitted], now: Instant) -> list[Life]:
    """How long parts have lived; those that were taken out whole, or that are in there now, have not failed."""
    return [
        Life(max(0, (now if each.until is None else each.until) - each.since) / DAY, each.removal is Removal.FAILED)
        for each in fitted
        if each.removal is not Removal.OTHER and each.since <= now
    ]


def asset_lives(installed: Instant, known_since: Instant, failures: Iterable[Instant], now: Instant) -> list[Life]:
    """The lives of one asset, which each repair begins anew; the first is only known from when it was registered."""
    lives: list[Life] = []
    begin = installed
    for failure in sorted(each for each in failures if installed < each <= now):
        lives.append(life_between(begin, failure, known_since, failed=True))
        begin = failure
    return [*lives, life_between(begin, now, known_since, failed=False)] if now > begin else lives


def life_between(begin: Instant, end: Instant, known_since: Instant, *, failed: bool) -> Life:
    """One of them."""
    entered = min(max(0, known_since - begin), end - begin)
    return Life((end - begin) / DAY, failed, entered / DAY)
