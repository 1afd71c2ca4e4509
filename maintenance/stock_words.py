"""Stock in words: what an order lacks and what can be done about it, as one sentence a part."""

from collections.abc import Iterable, Iterator

from domain.instants import Instant, instant_text
from domain.part import Missing, Part
from domain.text import LANGUAGES, Text, in_language
from maintenance import catalogue_stock as catalogue

MOST_PLACES = 3
"""A sentence names no more places than these."""


def day_of(at: Instant) -> str:
    """The day of an instant, in UTC."""
    return instant_text(at)[:10]


def filled(pattern: Text, **words: object) -> Text:
    """The sentence in every language."""
    return {language: pattern[language].format(**words) for language in LANGUAGES}


def sentence(lack: Missing, part: Part) -> Text:
    """What is missing, where it or a substitute is, and when it would come."""
    return {
        language: catalogue.JOIN[language].join(clauses(lack, part, language)) + catalogue.END[language]
        for language in LANGUAGES
    }


def clauses(lack: Missing, part: Part, language: str) -> Iterator[str]:
    """The parts of that sentence, in one language."""
    name, are = in_language(part.name, language), "is" if lack.pieces == 1 else "are"
    yield catalogue.SHORT[language].format(pieces=lack.pieces, part=part.id, name=name, are=are)
    for one in lack.elsewhere[:MOST_PLACES]:
        yield catalogue.ELSEWHERE[language].format(pieces=one.pieces, location=one.location)
    for one in lack.substitutes[:MOST_PLACES]:
        yield catalogue.SUBSTITUTE[language].format(pieces=one.pieces, part=one.part, location=one.location)
    if lack.arrives_at is not None:
        pattern = catalogue.BOUGHT if lack.is_bought else catalogue.TO_BUY
        yield pattern[language].format(day=day_of(lack.arrives_at))


def together(sentences: Iterable[Text]) -> Text:
    """All of them, one after the other."""
    said = list(sentences)
    return {
        language: ("" if language == "zh" else " ").join(in_language(each, language) for each in said)
        for language in LANGUAGES
    }
