"""Words: the sentences of the crew plan, filled in."""

from collections.abc import Iterable

from domain.crew import Obstacle, Rule, Span, Unassigned, Violation, Visit
from domain.instants import instant_text
from domain.text import Text
from maintenance.catalogue_crew import BROKEN, WHY_NOT


def violation(rule: Rule, *, technician: str = "", order: str = "", **words: object) -> Violation:
    """A broken rule in a sentence."""
    text = filled(BROKEN[rule], {"technician": technician, "order": order, **words})
    return Violation(rule=rule, technician=technician, order=order, text=text)


def unassigned(visit: Visit, obstacle: Obstacle, **words: object) -> Unassigned:
    """A visit that is left out, with the reason in a sentence."""
    text = filled(WHY_NOT[obstacle], {"order": visit.order, "crew": visit.crew, **words})
    return Unassigned(order=visit.order, obstacle=obstacle, why=text)


def filled(text: Text, words: dict[str, object]) -> Text:
    """The sentence in each language with its words."""
    return {language: sentence.format(**words) for language, sentence in text.items()}


def listed(names: Iterable[str]) -> str:
    """Names one after the other, in order."""
    return ", ".join(sorted(names))


def span_text(span: Span) -> str:
    """From and until."""
    return f"{instant_text(span.begin)} – {instant_text(span.end)}"
