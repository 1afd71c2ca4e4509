"""Draft: proposals written as a rule file that people read, change, test and promote."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from detectors.learning.chances import Interval
from detectors.learning.evidence import Evidence
from detectors.learning.examples import Example, examples
from detectors.learning.mine import Mined, Proposal
from detectors.learning.patterns import Pattern, Shape
from domain.instants import HOUR, Duration, Instant, duration_text, instant_text

LETTERS = ("A", "B")


def draft(mined: Mined, horizon: Duration, source: str) -> str:
    """The text of a rule file with every proposal as a draft, what speaks for it, and cases of what happened."""
    blocks = [head(mined, horizon, source)]
    for nth, one in enumerate(mined.proposals):
        number = 1 + sum(other.mode == one.mode for other in mined.proposals[:nth])
        rule = rule_of(one, number, horizon)
        blocks.append("\n".join([*comments(spoken_for(one, mined)), "[[rule]]", *lines_of(rule)]))
        blocks += [case(rule["id"], one.pattern, shown) for shown in examples(one, mined.earlier, horizon)]
    return "\n\n".join(blocks) + "\n"


def head(mined: Mined, horizon: Duration, source: str) -> str:
    """What the file is."""
    return "\n".join(
        [
            f"# Proposed from {in_one_line(source)}: what came before failures within {duration_text(horizon)}.",
            f"# Found before {day(mined.split_at)}, confirmed on what came after; {mined.tested} questions were asked.",
            "# These are drafts: nothing watches before a person has tested and promoted them.",
        ]
    )


def rule_of(one: Proposal, number: int, horizon: Duration) -> dict[str, Any]:
    """The proposal's `[[rule]]` table."""
    mode = word(one.mode)
    return {
        "id": f"mined-{mode}-{number}",
        "name": f"{sentence(one.pattern)} before {one.mode}",
        **condition(one.pattern),
        "life": "draft",
        "key": ["asset"],
        "resolve": {"quiet_for": duration_text(horizon)},
        "severity": "S3",
        "failure_mode": mode,
    }


def condition(pattern: Pattern) -> dict[str, Any]:
    """What the rule watches for, in the settings of its kind."""
    parts = [event(part) for part in pattern.parts]
    if pattern.shape is Shape.COUNT:
        within = duration_text(pattern.within or HOUR)
        return {"kind": "count", "event": parts[0], "count": pattern.count, "within": within}
    if pattern.shape is Shape.ALL:
        return {"kind": "compound", "all": parts, "within": duration_text(pattern.within)}
    return {"kind": "compound", "first": parts[0], "then": parts[1], "within": duration_text(pattern.within)}


def event(name: str) -> Any:
    """An event, with its code where it has one."""
    bare, _, code = name.partition(":")
    return {"event": bare, "code": code} if code else bare


def sentence(pattern: Pattern) -> str:
    """The pattern in words."""
    within = f"within {duration_text(pattern.within)}"
    if pattern.shape is Shape.COUNT:
        return pattern.parts[0] if pattern.count == 1 else f"{pattern.count} times {pattern.parts[0]} {within}"
    return f"{pattern.parts[0]} {'and' if pattern.shape is Shape.ALL else 'then'} {pattern.parts[1]} {within}"


def spoken_for(one: Proposal, mined: Mined) -> Iterator[str]:
    """What speaks for a proposal on either part, in lines."""
    yield f"{sentence(one.pattern)} before {one.mode}"
    earlier, later = (f"{day(part.since)} to {day(part.until)}" for part in (mined.earlier, mined.later))
    yield from (f"  {line}" for line in weighed(f"found {earlier}", one.found))
    yield from (f"  {line}" for line in weighed(f"confirmed {later}", one.confirmed))


def comments(lines: Iterable[str]) -> Iterator[str]:
    """Lines as comments."""
    return (f"# {in_one_line(line)}" for line in lines)


def weighed(when: str, evidence: Evidence) -> Iterator[str]:
    """Evidence in words."""
    yield (
        f"{when}: right {evidence.hits} of {evidence.alarms} times, on {evidence.assets} assets: "
        f"precision {share(evidence.precision, evidence.precision_interval)}; blind alarms {evidence.chance:.3f}"
    )
    yield (
        f"  before {evidence.hits} of {evidence.failures} failures: "
        f"recall {share(evidence.recall, evidence.recall_interval)}; luck has p = {evidence.p_value:.1e}"
    )
    if evidence.lead:
        shortest, middle, longest = (f"{lead / HOUR:.1f} h" for lead in evidence.lead)
        yield f"  lead time {middle} in the middle, a tenth below {shortest}, a tenth above {longest}"


def share(value: float, interval: Interval) -> str:
    """A share and its interval."""
    return f"{value:.2f} (95 %: {interval.low:.2f} to {interval.high:.2f})"


def case(rule: str, pattern: Pattern, shown: Example) -> str:
    """A `[[case]]` of what happened."""
    letters = dict(zip(pattern.parts, LETTERS, strict=False))
    row = {
        "rule": rule,
        "name": f"{shown.asset} on {instant_text(shown.at)}" + ("" if shown.fires else ", not the whole pattern"),
        "events": " ".join(f"{letters[name]}@{duration_text(after)}" for after, name in shown.events),
        "expect": int(shown.fires),
        "alphabet": {letter: name for name, letter in letters.items()},
    }
    return "\n".join(["[[case]]", *lines_of(row)])


def lines_of(table: Mapping[str, Any]) -> Iterable[str]:
    """A table's keys, one a line."""
    return [f"{name} = {toml(value)}" for name, value in table.items()]


def toml(value: Any) -> str:
    """A text, number, list or table as TOML."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {toml(inner)}" for name, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(toml(inner) for inner in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def word(name: str) -> str:
    """A name as an id."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-")[:50] or "failure"


def in_one_line(text: str) -> str:
    """The text as it may stand in a comment."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text)


def day(at: Instant) -> str:
    """The date of an instant."""
    return instant_text(at)[:10]
