"""Closing codes say how right rules are; a better number is chosen on earlier weeks, judged on later, and only told."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from detectors.rules import read_rules
from domain.errors import GiveUp
from domain.instants import HOUR, MINUTE, SECOND, parse_instant
from domain.ticket import LedgerEvent, Ticket
from tests.watching import START, Watching, crashes
from ticketing.classes import read_classes
from ticketing.people import mark_noise
from truckroll.backtest.asked import Asked
from truckroll.backtest.labels import Precision, as_truth, codes_of, labelled, precision
from truckroll.backtest.tune import Wish, tuned
from truckroll.backtest.variants import draft_text, variants
from truckroll.cli import app_for
from truckroll.settings import load

BEGIN = parse_instant("2026-01-05T00:00:00Z")
RULE = """
[[rule]]
id = "hot"
kind = "threshold"
metric = "temp"
above = 80.0
clear_below = 75.0
for = "10m"
gap = "4h"
failure_mode = "overheating"
"""
CLASSES = """
[[class]]
id = "tv-crash"
remedies = { replaced = "true", none_found = "nff", part = "wrong_part", service = "planned" }
"""


def quiet(done: float) -> None:
    """Nobody listens."""


@pytest.fixture
def past(tmp_path: Path) -> Path:
    """Ten weeks of a pump: 82 degrees twice a week mean nothing, 95 degrees once a week mean a failure."""
    lines, truth = ["ts,device,temp"], ["asset,failure_mode,from,to"]
    for hour in range(0, 10 * 168, 2):
        for part in range(2 if hour % 168 in (30, 60, 100) else 1):
            at = BEGIN + hour * HOUR + part * 30 * MINUTE
            temp = 95 if hour % 168 == 100 else 82 if hour % 168 in (30, 60) else 50
            lines.append(f"{at // 1_000_000},pump-1,{temp}")
        if hour % 168 == 100:
            truth.append(f"pump-1,overheating,{(BEGIN + (hour + 3) * HOUR) // 1_000_000},")
    (tmp_path / "telemetry.csv").write_text("\n".join(lines))
    (tmp_path / "truth.csv").write_text("\n".join(truth))
    (tmp_path / "hot.toml").write_text(RULE)
    return tmp_path


def asked(past: Path, **more: Any) -> Asked:
    """The rule over the ten weeks."""
    said = {"rules": (past / "hot.toml",), "telemetry": (past / "telemetry.csv",), "truth": past / "truth.csv"}
    return Asked(settings=load(None), tick=24 * HOUR, lead=6 * HOUR, **(said | more))


def test_a_better_threshold_is_found_on_earlier_weeks_and_holds_on_later_ones(past: Path) -> None:
    """A higher limit has no false tickets; the draft is a right rule with it, and the present one is untouched."""
    report = tuned(Wish(asked=asked(past), rule="hot"), quiet)
    proposed = report["proposed"]
    (draft,) = read_rules(report["draft"], "draft.toml").rules

    assert "above" == proposed["setting"]
    assert (1.0, 1.0) == (proposed["later"]["precision"], proposed["later"]["recall"])
    assert report["now"]["later"]["precision"] < 0.5
    assert report["wrong_tickets_difference_a_week"]["high"] < 0
    assert ("draft", proposed["after"]) == (draft.life, draft.table["above"])
    assert RULE == (past / "hot.toml").read_text()


def test_too_few_failures_are_no_reason_to_change_a_rule(past: Path) -> None:
    """Said in a sentence."""
    (past / "truth.csv").write_text("asset,failure_mode,from\npump-1,overheating,2026-01-06\n")
    with pytest.raises(GiveUp, match="only 1 failures are known"):
        tuned(Wish(asked=asked(past), rule="hot"), quiet)


def test_the_command_writes_the_draft(past: Path) -> None:
    """And says so."""
    words = ["rules", "tune", "hot", str(past / "hot.toml"), "--telemetry", str(past / "telemetry.csv"), "--tick", "1d"]
    words += ["--truth", str(past / "truth.csv"), "--lead", "6h", "--out", str(past / "draft.toml"), "--json"]
    done = CliRunner().invoke(app_for(["rules"]), words)

    assert 0 == done.exit_code, done.output
    assert json.loads(done.stdout)["draft"] == (past / "draft.toml").read_text()


def test_every_variant_is_a_right_rule_with_one_number_changed() -> None:
    """A limit takes the one for clearing along; what would be a mistake is left out."""
    (rule,) = read_rules(RULE, "r").rules
    found = variants(rule)

    assert ("", rule) == (found[0].setting, found[0].rule)
    assert {"above", "for"} == {variant.setting for variant in found[1:]}
    assert all(v.rule.table["above"] - v.rule.table["clear_below"] == pytest.approx(5.0) for v in found)
    assert len(found) == len({variant.rule.version for variant in found})
    for variant in found:
        assert variant.rule.version == read_rules(draft_text(variant, "why\nso"), "d").rules[0].version


def test_closing_codes_label_the_detection_by_rule_version(tmp_path: Path) -> None:
    """Through the class's remedies; noise is no fault found; what is still open or unknown is counted apart."""
    classes = read_classes([("classes.toml", CLASSES)])
    with Watching(tmp_path) as world:
        for nth in range(6):
            world.append(crashes(f"tv-{nth}", 3))
        world.catch_up(world.begin())
        *closed, noisy, still = sorted(world.tickets(), key=lambda ticket: ticket.asset)
        with world.ledger.begin() as transaction:
            transaction.record(mark_noise(noisy, by="kim", now=START + 100 * SECOND, revision=noisy.revision))
        codes = dict(zip((t.number for t in closed), ("replaced", "none_found", "part", "gone"), strict=True))
        said = list(labelled(world.tickets(), codes, classes))
        (found,) = precision(said, world.findings())
        there, not_there = as_truth(said, "crash-loop")

        assert {"true": 1, "nff": 2, "wrong_part": 1, "unknown": 1, "open": 1} == found.counts
        assert (2, 4) == (found.right, found.judged)
        assert (2, 2) == (len(there), len(not_there))
        assert still.asset not in {failure.asset for failure in (*there, *not_there)}


def test_codes_come_from_the_event_log(tmp_path: Path) -> None:
    """The last one of a ticket counts."""
    said = [("T-1", "replaced"), ("T-1", "none_found"), ("T-2", "")]
    events = [
        LedgerEvent(at=0, kind="moved", ticket=ticket, actor="kim", details={"code": code} if code else {})
        for ticket, code in said
    ]

    assert {"T-1": "none_found"} == codes_of(events)


def test_a_rule_without_judged_tickets_has_no_precision() -> None:
    """Rather than one or none."""
    assert None is Precision("r@1", {"open": 3}).as_dict()["precision"]


def test_the_command_tells_the_precision_by_labels_from_a_file(tmp_path: Path) -> None:
    """By finding or by ticket."""
    (tmp_path / "rules.toml").write_text(CLASSES)
    (tmp_path / "truckroll.toml").write_text('data = "data"\nrules = ["rules.toml"]\n')
    with Watching(tmp_path / "data") as world:
        world.append(crashes("tv-1", 3))
        world.catch_up(world.begin())
        (ticket,) = world.tickets()
    (tmp_path / "labels.csv").write_text(f"finding,code\n{finding_of(ticket)},replaced\n")
    words = ["rules", "precision", "--labels", str(tmp_path / "labels.csv"), "--json"]
    done = CliRunner().invoke(app_for(["rules"]), [*words, "--config", str(tmp_path / "truckroll.toml")])

    assert 0 == done.exit_code, done.output
    assert [1.0] == [row["precision"] for row in json.loads(done.stdout)["rules"]]


def finding_of(ticket: Ticket) -> str:
    """What it rests on."""
    return ticket.findings[0]
