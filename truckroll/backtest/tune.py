"""Tune: a changed number of a rule, chosen on the earlier weeks and judged on the later ones; a person decides.

Variants are compared by F1 (precision and recall in one) on the earlier weeks only. What is told of the chosen one
comes from weeks that had no part in the choice, so it is not the luck of the best of many.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from domain.errors import GiveUp
from domain.instants import DAY, Instant, instant_text
from truckroll.backtest.asked import Asked
from truckroll.backtest.calls import Call, attended, calls_of
from truckroll.backtest.run import Outcome, Stage
from truckroll.backtest.trial import measure_of, past_of, rules_in
from truckroll.backtest.truth import Failure, Judgement, judge, read_truth
from truckroll.backtest.variants import Variant, draft_text, variants
from truckroll.backtest.weekly import Weeks, rate, share

EARLIER = 0.6
"""The share of the past on which a variant is chosen."""
FEWEST = 5
"""Of fewer failures nothing is proposed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked."""

    asked: Asked
    rule: str
    there: Sequence[Failure] = ()
    """What was really there, from closing codes; empty: the truth file says it."""
    not_there: Sequence[Failure] | None = None
    """What was found and was not there; calls about neither say nothing. None: every other call is wrong."""


@dataclass(frozen=True, slots=True)
class Half:
    """A variant's calls of one part of the past, judged."""

    judgement: Judgement
    weeks: Weeks

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 0 where nothing was found."""
        precision, recall = self.judgement.precision or 0.0, self.judgement.recall or 0.0
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    def as_dict(self) -> dict[str, Any]:
        """By name, ready for JSON."""
        right, wrong = len(self.judgement.right), len(self.judgement.wrong)
        found = self.judgement.failures - len(self.judgement.missed)
        return self.judgement.as_dict() | {
            "f1": self.f1,
            "precision_interval": share(right, right + wrong),
            "recall_interval": share(found, self.judgement.failures),
        }


@dataclass(frozen=True, slots=True)
class Tried:
    """A variant over the whole past."""

    variant: Variant
    earlier: Half
    later: Half


def tuned(wish: Wish, tell: Callable[[float], object]) -> dict[str, Any]:
    """The report, ready for JSON, with the draft's text. Raises GiveUp, Unknown, WrongFormat."""
    wish.asked.check()
    (rule,) = rules_in(replace(wish.asked, only=(wish.rule,)), wish.asked.rules)
    truth = list(wish.there) or (read_truth(wish.asked.truth, wish.asked.columns) if wish.asked.truth else [])
    truth = [failure for failure in truth if failure.failure_mode in ("", rule.failure_mode)]
    if len(truth) < FEWEST:
        raise GiveUp(
            f"Of {rule.failure_mode} only {len(truth)} failures are known; {FEWEST} are needed to tell a better rule."
        )
    listed = variants(rule)
    outcomes = played(wish.asked, listed, tell)
    begins, ends = outcomes[0].begins, outcomes[0].ends
    split = begins + int((ends - begins) * EARLIER) // DAY * DAY
    tried = [halves(wish, variant, outcome, truth, split) for variant, outcome in zip(listed, outcomes, strict=True)]
    best = max(tried, key=lambda one: (one.earlier.f1, one.variant.setting == ""))
    return report(wish, tried[0], best, tried, split)


def played(asked: Asked, listed: Sequence[Variant], tell: Callable[[float], object]) -> list[Outcome]:
    """Every variant over the same past, in one go."""
    classes = measure_of(asked, asked.rules, None).classes
    with ExitStack() as stack:
        past, desk = past_of(asked, stack), attended(classes)
        stages = [stack.enter_context(Stage([variant.rule], past.controls, desk)) for variant in listed]
        for done, batch in past.steps:
            for stage in stages:
                stage.show(batch)
            tell(done)
        return [stage.outcome() for stage in stages]


def halves(wish: Wish, variant: Variant, outcome: Outcome, truth: Sequence[Failure], split: Instant) -> Tried:
    """A variant's calls, judged before and after the split."""
    calls = [call for call in calls_of(outcome) if says_something(wish, call)]
    whole = (outcome.begins, outcome.ends)
    return Tried(
        variant,
        half(wish.asked, calls, truth, whole=whole, part=(outcome.begins, split), life=outcome.device_days),
        half(wish.asked, calls, truth, whole=whole, part=(split, outcome.ends), life=outcome.device_days),
    )


def says_something(wish: Wish, call: Call) -> bool:
    """It is known whether the call was right."""
    if wish.not_there is None:
        return True
    known = (*wish.there, *wish.not_there)
    return any(f.is_about(call) and f.since - wish.asked.lead <= call.at <= f.until for f in known)


def half(
    asked: Asked,
    calls: Sequence[Call],
    truth: Sequence[Failure],
    *,
    whole: tuple[Instant, Instant],
    part: tuple[Instant, Instant],
    life: float,
) -> Half:
    """One part; a failure belongs where it begins, a call where it is made."""
    begin, end = part
    made = [call for call in calls if begin <= call.at < end or call.at == end == whole[1]]
    meant = [failure for failure in truth if begin <= failure.since < end]
    days = life * (end - begin) / max(1, whole[1] - whole[0])
    return Half(judge(made, meant, lead=asked.lead, device_days=days), Weeks(begin, end))


def report(wish: Wish, now: Tried, best: Tried, tried: Sequence[Tried], split: Instant) -> dict[str, Any]:
    """What is proposed, and what speaks for it."""
    changed = best.variant.setting != ""
    wrong = weekly(best.later, best.later.judgement.wrong) - weekly(now.later, now.later.judgement.wrong)
    gained = rate(wrong, now.later.weeks, wish.asked.seed)
    told: dict[str, Any] = {
        "rule": f"{now.variant.rule.id}@{now.variant.rule.version}",
        "split": instant_text(split),
        "tried": [row(one) for one in tried],
        "proposed": row(best) if changed else None,
        "now": row(now),
        "wrong_tickets_difference_a_week": gained.as_dict(),
    }
    told["draft"] = draft_text(best.variant, why(told, best.variant)) if changed else ""
    return told


def weekly(half: Half, calls: Sequence[Call]) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Week by week."""
    return half.weeks.sums((call.at, 1.0) for call in calls)


def row(tried: Tried) -> dict[str, Any]:
    """A variant, ready for JSON."""
    variant = tried.variant
    return {
        "version": variant.rule.version,
        "setting": variant.setting,
        "before": variant.before,
        "after": variant.after,
        "earlier": tried.earlier.as_dict(),
        "later": tried.later.as_dict(),
    }


def why(told: dict[str, Any], variant: Variant) -> str:
    """What stands above the draft."""
    now, then = told["now"]["later"], told["proposed"]["later"]
    return "\n".join(
        [
            f"Proposed for {told['rule']}: {variant.setting} {variant.before} -> {variant.after}.",
            f"Chosen on what came before {told['split'][:10]}; on what came after it, which had no part in the choice:",
            f"precision {percent(now['precision'])} -> {percent(then['precision'])}, "
            f"recall {percent(now['recall'])} -> {percent(then['recall'])}.",
            "This is a draft: nothing watches before a person has tested and promoted it.",
        ]
    )


def percent(share: float | None) -> str:
    """`37 %`; a dash where there is none."""
    return "-" if share is None else f"{share:.0%}"
