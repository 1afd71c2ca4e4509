"""A backtest says which resolution promises the past would have broken, and what it takes for granted."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.errors import WrongFormat
from domain.finding import Severity
from domain.instants import HOUR, MINUTE
from domain.sla import SlaBook, Target
from tests.ticketing.promises import BOOK, MONDAY, STANDARD, said
from tests.watching import RULES, Watching, crashes
from truckroll.backtest.asked import Asked
from truckroll.backtest.broken import promised
from truckroll.backtest.rows import notes, outcome
from truckroll.backtest.run import Outcome
from truckroll.backtest.trial import trial
from truckroll.settings import load

OPENED = said("opened", 0, severity="S1")


def story(*events: Any, ends: int = 100 * HOUR) -> Outcome:
    """The outcome of a past in which one ticket had these lines."""
    return Outcome(
        findings=(), tickets=(), events=events, heard={}, begins=MONDAY, ends=MONDAY + ends, readings=0, messages=0
    )


@pytest.mark.parametrize(
    ("events", "ends", "expected", "why"),
    [
        ([OPENED, said("closed", 3 * HOUR)], 100 * HOUR, (1, 0), "over in time"),
        ([OPENED, said("closed", 5 * HOUR)], 100 * HOUR, (1, 1), "over too late"),
        ([OPENED], 3 * HOUR, (1, 0), "not over, but there was time left"),
        ([OPENED], 5 * HOUR, (1, 1), "not over, and too late already"),
        ([OPENED, said("withdrawn", HOUR, ticket_state="cancelled")], 100 * HOUR, (0, 0), "taken back"),
        (
            [OPENED, said("closed", 3 * HOUR), said("reopened", 50 * HOUR), said("closed", 52 * HOUR)],
            100 * HOUR,
            (1, 1),
            "a reopening goes on counting",
        ),
        (
            [OPENED, said("severity", HOUR, severity="S2"), said("closed", 5 * HOUR)],
            100 * HOUR,
            (1, 0),
            "less was promised later",
        ),
    ],
)
def test_a_promise_is_broken_when_the_trouble_lasts_longer(events: Any, ends: int, expected: Any, why: str) -> None:
    """Four hours for S1, 24 working hours for S2."""
    found = promised(story(*events, ends=ends), BOOK)

    assert expected == (found.tickets.total(), found.broken.total()), why


def test_the_policy_is_that_of_the_ticket_class() -> None:
    """Another class, another promise."""
    gold = replace(STANDARD, id="gold", targets={s: Target(response=MINUTE, resolution=MINUTE) for s in Severity})
    book: SlaBook = replace(BOOK, policies={**BOOK.policies, "gold": gold}, classes={"screen": "gold"})
    events = [said("opened", 0, severity="S2", **{"class": "screen"}), said("closed", HOUR)]

    assert (1, 0) == (promised(story(*events), BOOK).tickets.total(), promised(story(*events), BOOK).broken.total())
    assert 1 == promised(story(*events), book).broken.total()


def test_the_report_says_it_with_what_it_assumes(tmp_path: Path) -> None:
    """In English and Chinese; a mistake in the promises is told before anything is played."""
    (tmp_path / "truckroll.toml").write_text('data = "data"\npromises = "sla.toml"\n')
    (tmp_path / "sla.toml").write_text('[[policy]]\nid = "standard"\nS1 = { resolution = "1s" }\n')
    (tmp_path / "rules.toml").write_text(RULES)
    with Watching(tmp_path / "data") as world:
        world.append([*crashes("tv-1", 3), *crashes("tv-2", 3)])
    asked = Asked(
        settings=load(tmp_path / "truckroll.toml"), rules=(tmp_path / "rules.toml",), journal=tmp_path / "data"
    )
    report = trial(asked, print)
    told = dict(outcome(report["a"], "en"))

    assert 2 == report["a"]["promises"]["tickets"] == report["a"]["tickets"]
    assert "of 2" in told["Resolution promises broken"]
    assert any("taken as resolved" in note for note in notes(report, "en"))
    assert any("视为已解决" in note for note in notes(report, "zh"))
    (tmp_path / "sla.toml").write_text("polcy = 1")
    with pytest.raises(WrongFormat, match="polcy"):
        trial(asked, print)
