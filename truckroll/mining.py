"""Mining: from a file of events and a file of failures to a draft rule file, and what is said of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from detectors.learning.draft import draft, sentence
from detectors.learning.evidence import Evidence
from detectors.learning.history import history_of
from detectors.learning.mine import Mined, Progress, Proposal, Search, mine
from domain.errors import GiveUp
from domain.instants import duration_text, instant_text
from truckroll.record_files import Record


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a run of mining gives."""

    mined: Mined
    text: str
    """The rule file."""
    notes: tuple[str, ...]
    """What is odd about the files, in sentences."""


def propose(
    events: Sequence[Record], failures: Sequence[Record], search: Search, source: str, progress: Progress
) -> Proposed:
    """The draft rules that come before these failures. Raises GiveUp where the files do not belong together."""
    notes = tuple(odd(events, failures))
    mined = mine(history_of(events, failures), search, progress)
    return Proposed(mined, draft(mined, search.horizon, source), notes)


def odd(events: Sequence[Record], failures: Sequence[Record]) -> list[str]:
    """What a person should know of the files. Raises GiveUp where no failure is of a device with events."""
    silent = sorted({row.asset for row in failures} - {row.asset for row in events})
    failed = len({row.asset for row in failures})
    if len(silent) == failed:
        raise GiveUp(
            f"No device of the failures ({', '.join(silent[:3])} …) is in the events; give both files the same names."
        )
    if not silent:
        return []
    names = ", ".join(silent[:5]) + (" …" if len(silent) > 5 else "")
    return [
        f"{len(silent)} of {failed} failed devices have no event ({names}): nothing can come before their failures."
    ]


def as_dict(proposed: Proposed, search: Search) -> dict[str, Any]:
    """Everything found, for JSON."""
    mined = proposed.mined
    return {
        "horizon": duration_text(search.horizon),
        "tested": mined.tested,
        "split_at": instant_text(mined.split_at),
        "notes": list(proposed.notes),
        "proposals": [proposal_dict(one) for one in mined.proposals],
        "unconfirmed": [proposal_dict(one) for one in mined.unconfirmed],
        "without": without(mined),
    }


def without(mined: Mined) -> list[str]:
    """Modes of failure that nothing is proposed for."""
    named = {one.mode for one in mined.proposals}
    return [mode for mode in mined.earlier.modes if mode not in named]


def proposal_dict(one: Proposal) -> dict[str, Any]:
    """One proposal for JSON."""
    return {
        "failure_mode": one.mode,
        "pattern": sentence(one.pattern),
        "shape": one.pattern.shape.name.lower(),
        "parts": list(one.pattern.parts),
        "count": one.pattern.count,
        "within": duration_text(one.pattern.within) if one.pattern.within else None,
        "found": evidence_dict(one.found),
        "confirmed": evidence_dict(one.confirmed),
    }


def evidence_dict(evidence: Evidence) -> dict[str, Any]:
    """Evidence for JSON; intervals hold with 95 % confidence."""
    return {
        "alarms": evidence.alarms,
        "support": evidence.hits,
        "failures": evidence.failures,
        "assets": evidence.assets,
        "precision": round(evidence.precision, 4),
        "precision_interval": [round(bound, 4) for bound in evidence.precision_interval],
        "recall": round(evidence.recall, 4),
        "recall_interval": [round(bound, 4) for bound in evidence.recall_interval],
        "chance": round(evidence.chance, 6),
        "p_value": evidence.p_value,
        "lead": [duration_text(lead) for lead in evidence.lead],
    }
