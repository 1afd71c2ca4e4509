"""What if: somebody ill, one technician more, a part late; the other problem, and what it would cost more or less."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from domain.crew import Crew, Place, Technician
from domain.crew_proposal import Proposal
from domain.errors import Unknown
from maintenance.crew_live import RESERVED

ONE_MORE = "one-more"
"""The technician who is not there yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Another plan beside the usual one."""

    cost: Mapping[str, float]
    """By what it is for, moved promises and the total among them; more than 0 = dearer."""
    moved_promises: int
    left: tuple[str, ...]
    """Orders that are left out now."""
    regained: tuple[str, ...]
    """Orders that are not left out any more."""


def with_one_more(crew: Crew, skills: tuple[str, ...]) -> Crew:
    """The problem with one more technician, who has these skills, or all there are, and everybody's certificates.

    They work as the first of the crew does. Raises Unknown without a crew.
    """
    if not crew.technicians:
        raise Unknown("technician", "to begin with; add one with lat and lon first")
    first = crew.technicians[0]
    every = tuple(dict.fromkeys(skill for one in crew.technicians for skill in one.skills))
    person = Technician(
        id=ONE_MORE,
        home=crew.depot.place if crew.depot else middle(crew),
        shifts=first.shifts,
        skills=skills or every,
        certificates={name: until for one in crew.technicians for name, until in one.certificates.items()},
        works_holidays=True,
        tools=tuple(dict.fromkeys(tool for one in crew.technicians for tool in one.tools)),
        hour_cost=first.hour_cost,
        overtime_cost=first.overtime_cost,
    )
    return replace(crew, technicians=(*crew.technicians, person))


def middle(crew: Crew) -> Place:
    """Between all homes."""
    homes = [one.home for one in crew.technicians]
    return Place(sum(one.lat for one in homes) / len(homes), sum(one.lon for one in homes) / len(homes))


def without_part(crew: Crew, part: str) -> Crew:
    """The problem in which a part lies nowhere, reserved or not."""
    depot, gone = crew.depot, (part, part + RESERVED)
    if depot is not None and depot.stock is not None:
        depot = replace(depot, stock={name: count for name, count in depot.stock.items() if name not in gone})
    people = tuple(
        replace(one, stock={name: count for name, count in one.stock.items() if name not in gone})
        for one in crew.technicians
    )
    return replace(crew, depot=depot, technicians=people)


def difference(usual: Proposal, other: Proposal) -> Difference:
    """What the other plan costs more, and whom it leaves out."""
    before, after = costs(usual), costs(other)
    out, out_before = {one.order for one in other.left}, {one.order for one in usual.left}
    return Difference(
        cost={name: round(after[name] - before[name], 2) for name in after},
        moved_promises=other.moved_promises - usual.moved_promises,
        left=tuple(sorted(out - out_before)),
        regained=tuple(sorted(out_before - out)),
    )


def costs(proposal: Proposal) -> dict[str, float]:
    """A plan's cost by what it is for, with the total."""
    found: dict[str, float] = asdict(proposal.cost)
    return {**found, "moved_promises": proposal.moved_cost, "total": proposal.cost.total + proposal.moved_cost}
