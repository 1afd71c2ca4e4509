"""The crowd: people in columns as they stand at an instant, so that many tickets are routed among them quickly."""

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from functools import partial

import numpy as np
from numpy.typing import NDArray

from domain.instants import Instant
from domain.person import Person, Record, Staff
from ticketing.business_time import NEVER, BusinessTime

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EARTH_KM = 6371.0088
PRIOR_OF_PERSON = 8.0
"""Somebody's own record weighs as much as what is usual for the failure mode after so many repairs."""
PRIOR_OF_MODE = 20.0
"""The same for a failure mode against all of them together."""

Records = Mapping[tuple[str, str], Record]
"""First-time fixes by (person, failure mode)."""


class Crowd:
    """People in order of id. Only loads and idle times change, as tickets are given out."""

    def __init__(
        self,
        staff: Staff,
        now: Instant,
        *,
        loads: Mapping[str, int],
        last: Mapping[str, Instant],
        records: Records,
        time: BusinessTime | None = None,
    ) -> None:
        """`loads`: tickets that each works on; `last`: when each got one; `time`: that of the shifts."""
        people = [staff.people[name] for name in sorted(staff.people)]
        hours = time or BusinessTime(staff.shifts)
        open_now = {name: is_open(hours, name, now) for name in {person.shift for person in people}}
        self.people = people
        self.ids = [person.id for person in people]
        self.places = {name: place for place, name in enumerate(self.ids)}
        self.inactive = self.column(lambda person: not person.active)
        self.onsite = self.column(lambda person: person.workplace == "onsite")
        self.on_leave = self.column(lambda person: person.is_on_leave(now))
        self.off_shift = self.column(lambda person: not open_now[person.shift])
        self.limit: Ints = np.array([person.limit for person in people], np.int64)
        self.load: Ints = np.array([loads.get(name, 0) for name in self.ids], np.int64)
        self.last_at: Floats = np.array([last.get(name, 0) for name in self.ids], np.float64)
        self.lat = np.array([np.nan if person.lat is None else person.lat for person in people], np.float64)
        self.lon = np.array([np.nan if person.lon is None else person.lon for person in people], np.float64)
        self.records = records
        self.now = now
        self.claims: dict[tuple[str, ...], Bools] = {}
        self.rates: dict[str, Floats] = {}
        self.usual = usual_rates(records)

    def __len__(self) -> int:
        return len(self.people)

    def column(self, says: Callable[[Person], bool]) -> Bools:
        """One claim about everybody."""
        return np.array([says(person) for person in self.people], np.bool_)

    def give(self, name: str, now: Instant) -> None:
        """Somebody has one ticket more."""
        self.load[self.places[name]] += 1
        self.last_at[self.places[name]] = now

    def kept(self, key: tuple[str, ...], says: Callable[[Person], bool]) -> Bools:
        """One claim about everybody, asked once."""
        if key not in self.claims:
            self.claims[key] = self.column(says)
        return self.claims[key]

    def skilled(self, skills: Iterable[str]) -> Bools:
        """Who has all of the skills."""
        return self.all_of(self.kept(("skill", name), partial(has_skill, name)) for name in skills)

    def certified(self, certificates: Iterable[str]) -> Bools:
        """Whose certificates are all there and valid."""
        return self.all_of(self.kept(("certificate", c), partial(is_certified, c, self.now)) for c in certificates)

    def all_of(self, claims: Iterable[Bools]) -> Bools:
        """Of whom all claims are true."""
        whole = np.ones(len(self), np.bool_)
        for claim in claims:
            whole &= claim
        return whole

    def covers(self, site: str, region: str) -> Bools:
        """Whose territory holds the site or its region."""
        return self.kept(("place", site, region), lambda person: is_within(person.territory, site, region))

    def named(self, names: Iterable[str]) -> Bools:
        """Who is one of these."""
        found = np.zeros(len(self), np.bool_)
        found[[self.places[name] for name in names if name in self.places]] = True
        return found

    def first_time_fix(self, mode: str) -> Floats:
        """Everybody's share of first repairs of the failure mode that held, shrunk towards what is usual for it."""
        if mode not in self.rates:
            usual = self.usual(mode)
            own = (self.records.get((name, mode), Record()) for name in self.ids)
            self.rates[mode] = np.array([shrunk(record, usual, PRIOR_OF_PERSON) for record in own], np.float64)
        return self.rates[mode]


def has_skill(skill: str, person: Person) -> bool:
    """The person has it."""
    return skill in person.skills


def is_certified(certificate: str, now: Instant, person: Person) -> bool:
    """The person's certificate is there and valid."""
    return person.certificates.get(certificate, now) > now


def is_open(hours: BusinessTime, shift: str, now: Instant) -> bool:
    """People of the shift work at an instant; nobody works in one that is not there."""
    return (not shift or shift in hours.calendars) and hours.between(shift, now, now + 1) > 0


def next_free(staff: Staff, hours: BusinessTime, now: Instant) -> Instant:
    """When the next leave ends or the next shift begins, of those who are away; NEVER where nobody is awaited."""
    begins = {
        name: hours.after(name, now, 1) - 1
        for name in {person.shift for person in staff.people.values()}
        if name in staff.shifts and not is_open(hours, name, now)
    }
    moments = [NEVER]
    for person in staff.people.values():
        if person.active and person.shift in begins:
            moments.append(begins[person.shift])
        if person.active:
            moments += [end for begin, end in person.leave if begin <= now < end]
    return min(moments)


def is_within(territory: tuple[str, ...], site: str, region: str) -> bool:
    """The place is in the territory; an empty one is everywhere."""
    return not territory or any(fnmatchcase(place, each) for each in territory for place in (site, region) if place)


def shrunk(record: Record, usual: float, weight: float) -> float:
    """The posterior mean of a share whose prior is a beta distribution around what is usual, as heavy as `weight`

    observations (empirical Bayes for binomial rates: Efron and Morris 1975; Gelman et al., Bayesian Data Analysis, 5).
    """
    return (record.fixed + weight * usual) / (record.tried + weight)


def usual_rates(records: Records) -> Callable[[str], float]:
    """By failure mode the share over all people, shrunk towards the share over all modes."""
    modes: dict[str, tuple[int, int]] = {}
    for (_, mode), record in records.items():
        tried, fixed = modes.get(mode, (0, 0))
        modes[mode] = (tried + record.tried, fixed + record.fixed)
    whole = Record(sum(tried for tried, _ in modes.values()), sum(fixed for _, fixed in modes.values()))
    of_all = shrunk(whole, 0.5, 2.0)
    return lambda mode: shrunk(Record(*modes.get(mode, (0, 0))), of_all, PRIOR_OF_MODE)


def distance(lat: Floats, lon: Floats, to_lat: float | None, to_lon: float | None) -> Floats:
    """Kilometres along the great circle (haversine formula); NaN where a place is not known."""
    if to_lat is None or to_lon is None:
        return np.full(len(lat), np.nan)
    north, east = np.radians(to_lat - lat), np.radians(to_lon - lon)
    half = np.sin(north / 2) ** 2 + np.cos(np.radians(lat)) * np.cos(np.radians(to_lat)) * np.sin(east / 2) ** 2
    km: Floats = 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    return km
