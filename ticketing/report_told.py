"""A report, told: what a ticket's title, summary and dossier say of it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from domain.finding import Severity
from domain.registry import Facts
from domain.report import Reading, Report
from domain.text import LANGUAGES, Text, in_language
from domain.ticket import Ticket
from ticketing import catalogue_intake as catalogue
from ticketing.words import fill

MOST_TITLE, MOST_SUMMARY = 120, 1_000


def with_words(ticket: Ticket, report: Report, reading: Reading) -> Ticket:
    """The ticket, whose dossier lists the report."""
    listed = [*ticket.dossier.get("reports", ()), *words_of(report, reading)["reports"]]
    return replace(ticket, dossier={**ticket.dossier, "reports": listed})


def words_of(report: Report, reading: Reading) -> dict[str, Any]:
    """What a dossier says of a report."""
    said = {
        "id": report.id,
        "channel": report.channel.value,
        "at": report.at,
        "reporter": report.reporter,
        "fields": {**reading.fields, **report.fields},
        "suggested": [[name, round(share, 3)] for name, share in reading.suggested[:3]],
        "severity": (report.severity or reading.severity or Severity.S3).value,
    }
    return {"reports": [said]}


def title_of(report: Report, facts: Facts | None) -> Text:
    """The subject, or the beginning of the text, and the device."""
    words = " ".join((report.subject or report.text).split())[:MOST_TITLE]
    title = {}
    for language in LANGUAGES:
        what = fill(catalogue.TITLE, language, what=words or in_language(catalogue.UNNAMED, language))
        title[language] = fill(catalogue.TITLE_OF_DEVICE, language, what=what, asset=facts.asset) if facts else what
    return title


def summary_of(report: Report, dossier: Mapping[str, Any]) -> Text:
    """Who reported what on which way, what is still to be asked, and the parts to have ready."""
    return {language: " ".join(sentences(report, dossier, language)) for language in LANGUAGES}


def sentences(report: Report, dossier: Mapping[str, Any], language: str) -> Iterable[str]:
    """The sentences of the summary."""
    reporter = report.reporter or in_language(catalogue.SOMEBODY, language)
    channel = in_language(catalogue.CHANNELS[report.channel.value], language)
    text = " ".join(report.words.split())[:MOST_SUMMARY]
    yield fill(catalogue.SUMMARY, language, reporter=reporter, channel=channel, text=text)
    if dossier["missing"]:
        yield fill(catalogue.MISSING, language, names=", ".join(dossier["missing"]))
    if dossier["parts"]:
        parts = ", ".join(f"{part} × {pieces}" for part, pieces in sorted(dossier["parts"].items()))
        yield fill(catalogue.PARTS, language, parts=parts)
