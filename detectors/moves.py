"""Moves: how the versions of the rules in force change, by a rule file that says something new or by a person."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from detectors.life import DRAFT, LIVE, MOVES, RETIRED, SHADOW, Confirmed, joined
from detectors.rule import Rule
from detectors.rule_table import read_rule
from domain.errors import Conflict, GiveUp, IllegalMove, Unknown, WrongFormat
from domain.instants import Instant

FILES = "rule files"
"""Who moves a version that stands in no rule file any more."""
RETIRED_KEPT = 10
"""So many retired versions of a rule are remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What a person asks for one version of a rule."""

    rule: str
    version: str = ""
    """Empty: the one version for which it can be meant."""
    to: str
    by: str
    at: Instant
    why: str = ""
    confirm: Confirmed | None = None
    """Going live: what was true already and may open tickets; None = nobody has said yet."""
    request: str = ""
    """Tells this request from any other; empty where it is never sent twice."""
    revision: int | None = None
    """The revision of the version that the person saw; None = whatever it is."""
    table: dict[str, Any] | None = None
    """What the version says, where it may be new: it begins as a draft and is moved from there."""


def meant(rules: Iterable[Rule], move: Move) -> Rule:
    """The version that a move is about. Raises Unknown, IllegalMove, GiveUp where it may be one of several."""
    mine = [rule for rule in rules if rule.id == move.rule]
    if not mine:
        raise Unknown("rule in force or waiting called", move.rule)
    if move.version:
        return next((rule for rule in mine if rule.version == move.version), None) or unknown_version(move, mine)
    if move.request and (done := [rule for rule in mine if rule.stamp.request == move.request]):
        return done[0]
    present = [rule for rule in mine if rule.life != RETIRED]
    able = [rule for rule in present or mine if move.to in MOVES[rule.life]]
    if not able and move.confirm is not None:
        able = [rule for rule in present if rule.life == move.to == LIVE]
    waiting = [rule for rule in able if rule.life != LIVE] or able
    if not waiting:
        refuse((present or mine)[-1], move.to)
    if len(waiting) > 1:
        names = ", ".join(f"{rule.label} ({rule.life})" for rule in waiting)
        raise GiveUp(f"More than one version of {move.rule} can become {move.to}: {names}; name one of them.")
    return waiting[0]


def unknown_version(move: Move, mine: Sequence[Rule]) -> Rule:
    """Raises Unknown with the newest version there is."""
    raise Unknown("rule version", f"{move.rule}@{move.version}", mine[-1].label)


def refuse(rule: Rule, to: str) -> None:
    """Raises IllegalMove."""
    raise IllegalMove(f"Rule {rule.label}", rule.life, to, MOVES[rule.life])


def moved(rules: Sequence[Rule], move: Move) -> list[Rule]:
    """The rules after the move; the same request again changes nothing.

    A version that goes live retires the live one before it. Raises Unknown, IllegalMove, Conflict, GiveUp, WrongFormat.
    """
    rules = [*rules, *drafted(rules, move)]
    rule = meant(rules, move)
    if move.request and rule.stamp.request == move.request:
        return list(rules)
    if move.revision is not None and move.revision != rule.stamp.revision:
        raise Conflict(f"Rule {rule.label}")
    confirms = rule.life == move.to == LIVE and move.confirm is not None
    if not confirms and move.to not in MOVES[rule.life]:
        refuse(rule, move.to)
    after = {rule.label: confirmed(rule, move) if confirms else stamped(rule, move)}
    if move.to == LIVE and not confirms:
        last = replace(move, to=RETIRED, why=f"replaced by {rule.version}", request="")
        others = (other for other in rules if other.id == rule.id and other.life == LIVE)
        after |= {other.label: stamped(other, last) for other in others}
    return list(kept([after.get(each.label, each) for each in rules]))


def drafted(rules: Sequence[Rule], move: Move) -> Iterator[Rule]:
    """The version that a move brings with it, if nobody knows it yet. Raises WrongFormat."""
    if move.table is None:
        return
    mistakes: list[str] = []
    rule = read_rule({**move.table, "life": DRAFT}, lambda said, *path: mistakes.append(f"rule {move.rule}: {said}"))
    if (rule.id, rule.version) != (move.rule, move.version):
        mistakes.append(f"rule {move.rule}: the content is that of {rule.label}; name that version.")
    if mistakes:
        raise WrongFormat(mistakes)
    if rule.label not in {known.label for known in rules}:
        yield rule


def stamped(rule: Rule, move: Move) -> Rule:
    """The version in its new life."""
    stamp = replace(
        rule.stamp,
        since=move.at,
        by=move.by,
        why=move.why,
        was=rule.life if move.by == FILES and move.to == RETIRED else "",
        request=move.request,
        revision=rule.stamp.revision + 1,
        live_since=move.at if move.to == LIVE else rule.stamp.live_since,
        confirmed=(move.confirm or ()) if move.to == LIVE else rule.stamp.confirmed,
    )
    return replace(rule, life=move.to, stamp=stamp)


def confirmed(rule: Rule, move: Move) -> Rule:
    """The live version, with more of what was true already confirmed."""
    stamp = replace(
        rule.stamp,
        request=move.request,
        revision=rule.stamp.revision + 1,
        confirmed=joined(rule.stamp.confirmed, move.confirm or ()),
    )
    return replace(rule, stamp=stamp)


def begun(before: Sequence[Rule], files: Sequence[Rule], at: Instant) -> list[Rule]:
    """The rules once the rule files have been read: what is new begins, what no file names any more retires.

    A rule never seen begins where its file says; another version of a known one begins no further than in shadow,
    beside the version that is live. No life that people gave is undone.
    """
    ids, wanted = {rule.id for rule in files}, {rule.label for rule in files}
    known, seen = {rule.label for rule in before}, {rule.id for rule in before}
    rules = [continued(rule, ids, wanted, at) for rule in before]
    fresh = (rule for rule in files if rule.label not in known)
    return list(kept([*rules, *(replace(rule, life=first_life(rule, seen)) for rule in fresh)]))


def first_life(rule: Rule, seen: set[str]) -> str:
    """Where a version begins."""
    return SHADOW if rule.id in seen and rule.life == LIVE else rule.life


def continued(rule: Rule, ids: set[str], wanted: set[str], at: Instant) -> Rule:
    """A version that the journal knows, after the files were read; a live one goes on while any version is there."""
    is_wanted = rule.label in wanted or (LIVE in (rule.life, rule.stamp.was) and rule.id in ids)
    if is_wanted and rule.stamp.was:
        return stamped(rule, by_files(rule, rule.stamp.was, "in the rule files again", at))
    if is_wanted or rule.life == RETIRED:
        return rule
    return stamped(rule, by_files(rule, RETIRED, "no longer in the rule files", at))


def by_files(rule: Rule, to: str, why: str, at: Instant) -> Move:
    """A move that nobody but the files asks for."""
    return Move(rule=rule.id, version=rule.version, to=to, by=FILES, why=why, at=at)


def kept(rules: Sequence[Rule]) -> Iterator[Rule]:
    """All but the oldest of the retired versions."""
    retired: dict[str, list[str]] = {}
    for rule in rules:
        if rule.life == RETIRED:
            retired.setdefault(rule.id, []).append(rule.label)
    dropped = {label for labels in retired.values() for label in labels[:-RETIRED_KEPT]}
    return (rule for rule in rules if rule.label not in dropped)


__all__ = ["FILES", "Move", "begun", "meant", "moved"]
