"""Similar: solved tickets that may tell how to solve this one, with what makes each of them similar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.text import LANGUAGES
from domain.ticket import Ticket
from ticketing.text_class import columns_of, rarity_of, rows_of

WEIGHTS: Mapping[str, float] = {"failure_mode": 0.4, "model": 0.2, "firmware": 0.1, "text": 0.3}


@dataclass(frozen=True, slots=True)
class Similar:
    """A solved ticket, how similar it is (0 to 1), and the terms of that."""

    ticket: Ticket
    score: float
    terms: Mapping[str, float]


def most_similar(ticket: Ticket, solved: Sequence[Ticket], most: int = 5) -> Sequence[Similar]:
    """The most similar first; by failure mode, model, firmware and the letters of title, summary and note."""
    others = [each for each in solved if each.number != ticket.number]
    if not others:
        return []
    counted = [columns_of(words_of(each)) for each in (ticket, *others)]
    rows = rows_of(counted, rarity_of(counted))
    likeness = rows[1:] @ rows[0]
    found = [
        compared(ticket, each, max(0.0, min(1.0, float(text)))) for each, text in zip(others, likeness, strict=True)
    ]
    found.sort(key=lambda each: (-each.score, each.ticket.number))
    return found[:most]


def compared(ticket: Ticket, other: Ticket, text: float) -> Similar:
    """How similar another ticket is."""
    terms = {
        "failure_mode": float(ticket.failure_mode == other.failure_mode),
        "model": same(said(ticket, "model"), said(other, "model")),
        "firmware": same(str(ticket.dossier.get("firmware", "")), str(other.dossier.get("firmware", ""))),
        "text": round(text, 4),
    }
    return Similar(other, round(sum(WEIGHTS[name] * term for name, term in terms.items()), 4), terms)


def same(one: str, other: str) -> float:
    """1 where both are known and equal."""
    return float(bool(one) and one == other)


def said(ticket: Ticket, name: str) -> str:
    """A fact of its device."""
    return str(ticket.dossier.get("facts", {}).get(name, ""))


def words_of(ticket: Ticket) -> str:
    """Its words in every language."""
    texts = [text.get(language, "") for text in (ticket.title, ticket.summary) for language in LANGUAGES]
    return " ".join([*texts, ticket.note])
