"""Words: a ticket's title and summary, in every language, from what was found."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from domain.finding import Finding
from domain.instants import instant_text
from domain.text import LANGUAGES, Text, in_language
from ticketing import catalogue


def title_of(name: Text, asset: str, component: str, failure_mode: str) -> Text:
    """`TV keeps crashing: TV-17, panel`; the failure mode stands in where the rule has no name."""
    pattern = catalogue.TITLE_OF_PART if component else catalogue.TITLE
    return {
        language: fill(pattern, language, what=called(name, failure_mode, language), asset=asset, component=component)
        for language in LANGUAGES
    }


def summary_of(finding: Finding, dossier: Mapping[str, Any]) -> Text:
    """What was seen, on which device, after which ticket, and which rule says so."""
    return {
        language: in_language(catalogue.BETWEEN_SENTENCES, language).join(sentences(finding, dossier, language))
        for language in LANGUAGES
    }


def in_every_language(say: Callable[[str], str]) -> Text:
    """What `say` says in each language."""
    return {language: say(language) for language in LANGUAGES}


def sentences(finding: Finding, dossier: Mapping[str, Any], language: str) -> Iterable[str]:
    """The sentences of a summary."""
    first, last = instant_text(finding.started_at), instant_text(finding.last_at)
    pattern = catalogue.EVIDENCE if finding.count > 1 else catalogue.ONE_PIECE
    yield fill(pattern, language, count=finding.count, signal=signal(finding), first=first, last=last)
    facts = facts_in(finding.scope or finding.facts, language)
    if facts:
        yield fill(catalogue.FLEET if finding.scope else catalogue.DEVICE, language, facts=facts)
    if suspect := finding.details.get("suspect"):
        yield fill(catalogue.SUSPECT, language, suspect=suspect)
    for earlier in dossier["recent"][:1]:
        yield fill(catalogue.BEFORE, language, number=earlier["number"], what=earlier["failure_mode"])
    yield fill(catalogue.RULE, language, rule=finding.rule, version=finding.version)


def signal(finding: Finding) -> str:
    """What was seen last: the event with its code, or the metric with its value."""
    if not finding.evidence:
        return finding.failure_mode
    last = finding.evidence[-1]
    shown = "" if last.value is None else f"{last.value:g}"
    return " ".join(part for part in (last.what, last.code, shown) if part)


def facts_in(facts: Mapping[str, Any], language: str) -> str:
    """`model TV-55, site berlin`: what is known of the device."""
    known = [fill(text, language, value=facts[name]) for name, text in catalogue.FACTS.items() if facts.get(name)]
    return in_language(catalogue.BETWEEN_FACTS, language).join(known)


def called(name: Text, failure_mode: str, language: str) -> str:
    """The rule's name, else the failure mode."""
    return name.get(language) or name.get("en") or failure_mode or in_language(catalogue.NAMELESS, language)


def fill(pattern: Text, language: str, **values: object) -> str:
    """The sentence of one language with its blanks filled in."""
    return in_language(pattern, language).format(**values)
