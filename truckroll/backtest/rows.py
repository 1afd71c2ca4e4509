"""Rows: a backtest's report as labelled values and tables, for terminal and page alike."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from domain.text import in_language
from truckroll.backtest.words import UNKNOWN, label

MOST = 20
"""So many tickets are listed that only one of two rule files has."""


class Table(NamedTuple):
    """A table with its title."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def facts(report: dict[str, Any], language: str) -> Iterator[tuple[str, str]]:
    """What the past was."""
    a = report["a"]
    yield label("source", language), label(report["source"], language)
    yield label("period", language), f"{a['from'][:16]} – {a['to'][:16]} UTC"
    yield label("devices", language), f"{a['devices']:,}"
    yield label("device_days", language), f"{a['device_days']:,.1f}"
    yield label("messages", language), f"{a['messages']:,}"
    yield label("readings", language), f"{a['readings']:,}"


def outcome(result: dict[str, Any], language: str) -> Iterator[tuple[str, str]]:
    """What the rules made of it."""
    withdrawn = f" ({result['withdrawn']} {label('withdrawn', language)})" if result["withdrawn"] else ""
    yield label("findings", language), f"{result['findings']:,}{withdrawn}"
    yield label("tickets", language), f"{result['tickets']:,}"
    yield label("tickets_a_week", language), rate_text(result["tickets_a_week"])
    yield label("hours_a_week", language), rate_text(result["hours_a_week"])
    parts = ", ".join(f"{count} × {part}" for part, count in result["parts"].items())
    yield label("parts", language), parts or label("nothing", language)
    if result["promises"] is not None:
        yield label("promises", language), promises(result["promises"], language)
    if result["truth"] is not None:
        yield from truth(result["truth"], language)


def promises(said: dict[str, Any], language: str) -> str:
    """`3 of 20: 15 % [5 %, 36 %]; S1 2 of 4, S2 1 of 16`."""
    rows = ", ".join(
        label("of", language, severity=name, broken=row["broken"], tickets=row["tickets"])
        for name, row in said["by_severity"].items()
    )
    total = share_text(said["share"], said["share_interval"])
    return f"{total}; {rows}" if rows else total


def truth(judged: dict[str, Any], language: str) -> Iterator[tuple[str, str]]:
    """How that fits what really failed."""
    found = f"{judged['failures']} ({judged['found']} {label('found', language)})"
    yield label("failures", language), found
    yield label("precision", language), share_text(judged["precision"], judged["precision_interval"])
    yield label("recall", language), share_text(judged["recall"], judged["recall_interval"])
    yield label("lead", language), number_text(judged["lead_hours_median"])
    yield label("false", language), number_text(judged["false_per_1000_device_days"])


def by_rule(result: dict[str, Any], language: str) -> Table:
    """Rule by rule."""
    names = ["rule", "version", "life", "findings", "tickets", *(["precision"] if result["truth"] is not None else [])]
    rows = []
    for rule in result["rules"]:
        row = [rule["id"], rule["version"], rule["life"], str(rule["findings"]), str(rule["tickets"])]
        if result["truth"] is not None:
            row.append(share_text(rule["precision"], rule["precision_interval"]))
        rows.append(row)
    return Table(label("rules", language), [label(name, language) for name in names], rows)


def by_week(result: dict[str, Any], language: str) -> Table:
    """Week by week."""
    rows = [[week["from"], str(week["tickets"]), f"{week['hours']:g}"] for week in result["weeks"]]
    names = [label(name, language) for name in ("week", "tickets", "hours")]
    return Table(label("tickets_a_week", language), names, rows)


def difference(against: dict[str, Any], language: str) -> Iterator[tuple[str, str]]:
    """How two rule files differ."""
    yield label("both", language), str(against["both"])
    yield label("only_a", language), str(len(against["only_a"]))
    yield label("only_b", language), str(len(against["only_b"]))
    for name in ("difference_a_week", "hours_difference_a_week"):
        yield label(name, language), rate_text(against[name])


def only_in(against: dict[str, Any], which: str, language: str) -> Table:
    """The tickets that only one of them has."""
    calls = against[which]
    columns = ("at", "asset", "failure_mode", "rule")
    rows = [[call["at"][:16], *(call[name] for name in columns[1:])] for call in calls[:MOST]]
    if len(calls) > MOST:
        rows.append([label("more", language, count=len(calls) - MOST), "", "", ""])
    return Table(label(which, language), [label(name, language) for name in columns], rows)


def notes(report: dict[str, Any], language: str) -> Iterator[str]:
    """What one has to know to read it right."""
    yield label("how", language)
    if report["a"]["promises"] is not None:
        yield label("promised", language)
    yield label("interval", language)
    missing = report["a"]["classes_without_plan"]
    if missing:
        yield label("no_plan", language, names=", ".join(missing))
    for name in report["unknown"]:
        yield f"{label('unknown', language)}: {in_language(UNKNOWN[name], language)}"


def drafts(report: dict[str, Any]) -> list[str]:
    """Rules that are drafts."""
    return [f"{rule['id']}@{rule['version']}" for rule in report["a"]["rules"] if rule["life"] == "draft"]


def rate_text(rate: dict[str, Any]) -> str:
    """`3.4 [2.1, 4.8]`."""
    mean = f"{rate['per_week']:.2f}"
    return mean if rate["low"] is None else f"{mean} [{rate['low']:.2f}, {rate['high']:.2f}]"


def share_text(share: float | None, interval: Sequence[float] | None) -> str:
    """`37 % [29 %, 45 %]`; a dash where there is nothing to share."""
    if share is None:
        return "–"
    return f"{share:.0%}" if interval is None else f"{share:.0%} [{interval[0]:.0%}, {interval[1]:.0%}]"


def number_text(value: float | None) -> str:
    """A number, a dash where there is none."""
    return "–" if value is None else f"{value:.2f}"
