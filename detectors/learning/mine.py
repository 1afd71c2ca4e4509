"""Mine: patterns that come before a mode of failure, found on the earlier part of a history, confirmed on the later.

Every pattern asked about counts as a question, so that asking many finds no more luck. A pattern is proposed beside a
better one only for failures that the better one misses.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from detectors.learning.chances import discoveries
from detectors.learning.evidence import Evidence, Question, alarms, hits, question, weigh
from detectors.learning.history import MILLISECOND, History
from detectors.learning.patterns import Pattern, firings_of, how_many, patterns
from domain.batch import Bools, Ints
from domain.instants import DAY, HOUR, Duration, Instant

LONGEST: Duration = 365 * DAY

Progress = Callable[[int, int], None]
"""`progress(done, of)`: patterns asked about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What to look for. Raises ValueError where that makes no sense."""

    horizon: Duration = DAY
    windows: tuple[Duration, ...] = (HOUR, 6 * HOUR, DAY, 3 * DAY)
    counts: tuple[int, ...] = (1, 2, 3, 5, 10)
    min_support: int = 5
    """Failures that a pattern must have come before in the earlier part …"""
    min_assets: int = 3
    """… on so many different assets."""
    min_confirmed: int = 3
    """Failures that it must have come before in the later part."""
    min_precision: float = 0.5
    """Less often right, in either part: not proposed."""
    fdr: float = 0.05
    """The share of what is proposed that may be luck."""
    found_on: float = 0.6
    """The earlier part of the time, on which patterns are found; the rest confirms them."""
    most: int = 5
    """Proposals a mode of failure."""

    def __post_init__(self) -> None:
        for name, length in (("the horizon", self.horizon), *(("a window", window) for window in self.windows)):
            if not 0 < length <= LONGEST:
                raise ValueError(f"{name} is longer than nothing and not longer than 365 days")
        if not 0.0 < self.fdr < 1.0 or not 0.0 < self.found_on < 1.0:
            raise ValueError("the false discovery rate and the earlier part are shares between 0 and 1")
        if min(self.counts, default=0) < 1 or self.min_support < 1 or self.min_assets < 1 or self.most < 1:
            raise ValueError("counts and least numbers are whole numbers from 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A pattern that comes before a mode of failure."""

    pattern: Pattern
    mode: str
    found: Evidence
    """On the earlier part."""
    confirmed: Evidence
    """On the later part, which had no say in choosing it."""
    alarms: Ints = field(repr=False)
    """Places on the earlier part's line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mined:
    """What came of a search."""

    proposals: tuple[Proposal, ...]
    unconfirmed: tuple[Proposal, ...]
    """Found on the earlier part; the later part does not bear them out."""
    tested: int
    """How many questions were asked: patterns × modes of failure."""
    earlier: History
    later: History
    split_at: Instant


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pattern that may precede a mode, with its alarms on the earlier part."""

    pattern: Pattern
    places: Ints
    evidence: Evidence


def mine(history: History, search: Search, progress: Progress = lambda done, of: None) -> Mined:
    """The proposals for every mode of failure, the surest first."""
    split_at = history.since + int((history.until - history.since) * search.found_on)
    earlier, later = history.part(history.since, split_at), history.part(split_at, history.until)
    tested = how_many(len(history.names), len(search.windows), search.counts) * len(history.modes)
    found = candidates(earlier, search, progress)
    chosen = [
        Proposal(pattern=one.pattern, mode=mode, found=one.evidence, confirmed=one.evidence, alarms=one.places)
        for number, mode in enumerate(history.modes)
        for one in chosen_of(significant(found[number], tested, search.fdr), earlier, number, tested, search)
    ]
    weighed = confirmed(chosen, later, search)
    stands = stand(weighed, search)
    return Mined(
        proposals=tuple(one for one, right in zip(weighed, stands, strict=True) if right),
        unconfirmed=tuple(one for one, right in zip(weighed, stands, strict=True) if not right),
        tested=tested,
        earlier=earlier,
        later=later,
        split_at=split_at,
    )


def candidates(history: History, search: Search, progress: Progress) -> list[list[Candidate]]:
    """For each mode the patterns with enough support."""
    asked = [question(history, mode, search.horizon) for mode in range(len(history.modes))]
    found: list[list[Candidate]] = [[] for _ in asked]
    total = how_many(len(history.names), len(search.windows), search.counts)
    asks = patterns(history.names, history.event_lines, search.windows, search.counts)
    for done, (pattern, firings) in enumerate(asks):
        if done % 50 == 0:
            progress(done, total)
        if len(firings) < search.min_support:
            continue
        places = alarms(history, firings, search.horizon)
        for mode, one in enumerate(asked):
            if hits(one, places)[0].sum() < search.min_support:
                continue
            evidence = weigh(one, places)
            if is_supported(evidence, search):
                found[mode].append(Candidate(pattern, places, evidence))
    progress(total, total)
    return found


def is_supported(evidence: Evidence, search: Search) -> bool:
    """It came before enough failures on enough assets."""
    return evidence.hits >= search.min_support and evidence.assets >= search.min_assets


def significant(found: Sequence[Candidate], tested: int, fdr: float) -> list[Candidate]:
    """Those that are not luck."""
    stands = discoveries(np.array([one.evidence.p_value for one in found], np.float64), tested, fdr)
    return [one for one, right in zip(found, stands.tolist(), strict=True) if right]


def chosen_of(found: list[Candidate], history: History, mode: int, tested: int, search: Search) -> Iterator[Candidate]:
    """The best, then the best for failures that it misses, and so on; of equals the simplest."""
    asked, rest = question(history, mode, search.horizon), found
    for _ in range(search.most):
        rest = [one for one in rest if one.evidence.precision >= search.min_precision]
        if not rest:
            return
        best = min(rest, key=lambda one: (-round(one.evidence.f1, 9), one.pattern))
        yield next(one for one in found if one.pattern == best.pattern)
        rest = significant(list(beside(best, rest, asked, search)), tested, search.fdr)


def beside(best: Candidate, found: list[Candidate], asked: Question, search: Search) -> Iterator[Candidate]:
    """The other patterns by their alarms that are not near to those of the best."""
    reach = search.horizon // MILLISECOND
    for one in found:
        places = one.places[~near(one.places, best.places, reach)]
        if len(places) < search.min_support or one.pattern == best.pattern:
            continue
        evidence = weigh(asked, places)
        if is_supported(evidence, search):
            yield replace(one, places=places, evidence=evidence)


def near(places: Ints, others: Ints, reach: int) -> Bools:
    """Which places have one of the others within reach, before or after."""
    if not len(others):
        return np.zeros(len(places), np.bool_)
    after = np.searchsorted(others, places)
    right = others[np.minimum(after, len(others) - 1)]
    left = others[np.maximum(after - 1, 0)]
    found: Bools = np.minimum(np.abs(right - places), np.abs(places - left)) < reach
    return found


def confirmed(chosen: Sequence[Proposal], later: History, search: Search) -> list[Proposal]:
    """The proposals with their evidence on the later part."""
    return [replace(one, confirmed=weighed_on(later, one, search.horizon)) for one in chosen]


def weighed_on(history: History, one: Proposal, horizon: Duration) -> Evidence:
    """What a proposal's pattern is worth on a history."""
    firings = firings_of(one.pattern, history.names, history.event_lines)
    return weigh(question(history, history.modes.index(one.mode), horizon), alarms(history, firings, horizon))


def stand(weighed: Sequence[Proposal], search: Search) -> list[bool]:
    """Which proposals the later part bears out: not luck there either, and not too often wrong."""
    lucky = np.array([one.confirmed.p_value for one in weighed], np.float64)
    sure = discoveries(lucky, len(weighed), search.fdr).tolist()
    return [right and is_borne_out(one.confirmed, search) for right, one in zip(sure, weighed, strict=True)]


def is_borne_out(evidence: Evidence, search: Search) -> bool:
    """It came before enough failures, and was right often enough."""
    return evidence.hits >= search.min_confirmed and evidence.precision >= search.min_precision
