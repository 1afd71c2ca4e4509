"""`truckroll rules`: the life of a rule from the command line, while the service stands still."""

import json
import sys
from io import StringIO
from pathlib import Path

import pytest

from adapters.data_directory import DataDirectory
from domain.errors import DirectoryInUse
from ingest.health import Health
from tests.watching import RULES, HandClock, Watching, crashes
from truckroll.cli import main
from truckroll.control import Inbox
from truckroll.rule_moves import rules_in_journal

SHADOWED = RULES + 'life = "shadow"\n'


class Home:
    """A configuration with one rule file and a journal that knows the rule."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.path, self.capsys, self.monkeypatch = path, capsys, monkeypatch
        self.config, self.file = path / "truckroll.toml", path / "rules.toml"
        self.config.write_text('rules = ["rules.toml"]\n')
        self.file.write_text(SHADOWED)
        with Watching(path / "data", rules=SHADOWED) as watching:
            watching.append([*crashes("tv-1", 3), *crashes("tv-2", 3)])
            watch = watching.begin()
            watching.catch_up(watch)
            watch.save_snapshot()

    def say(self, *words: str) -> tuple[int, str, str]:
        """Exit code and what is printed."""
        self.monkeypatch.setattr(sys, "argv", ["truckroll", "rules", *words, "--config", str(self.config)])
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        said = self.capsys.readouterr()
        return code, said.out, said.err

    def json(self, *words: str):
        """What a command prints as JSON; it succeeds."""
        code, out, err = self.say(*words, "--json")
        assert (0, "") == (code, err)
        return json.loads(out)

    def watched(self) -> list[str]:
        """Assets with tickets, once the service has started again and seen everything."""
        with Watching(self.path / "data", rules=SHADOWED) as watching:
            watching.catch_up(watching.begin())
            return sorted(ticket.asset for ticket in watching.tickets())

    def lives(self) -> dict[str, str]:
        """By version."""
        return {row["version"]: row["life"] for row in self.json("list", "--all")["rules"]}


@pytest.fixture
def home(tmp_path, capsys, monkeypatch):
    """Two devices crash; the rule has watched in shadow."""
    return Home(tmp_path, capsys, monkeypatch)


def test_promote_lists_what_is_true_and_opens_nothing_by_itself(home):
    """`--yes` is for scripts: live from now on, nothing confirmed."""
    said = home.json("promote", "crash-loop", "--yes")

    assert ("live", []) == (said["life"], said["confirmed"])
    assert ["tv-1", "tv-2"] == [row["device"] for row in said["already_true"]]
    assert ["S2", "S2"] == [row["severity"] for row in said["already_true"]]
    assert ["live"] == list(home.lives().values())


def test_nobody_at_the_terminal_must_say_what_is_confirmed(home):
    """A script that forgets it is told how, and nothing is changed."""
    home.monkeypatch.setattr("sys.stdin", StringIO())
    code, _, err = home.say("promote", "crash-loop")

    assert (1, "Say --confirm all, none or F-…,F-… for what is true already; or --yes, which opens nothing.\n") == (
        code,
        err,
    )
    assert ["shadow"] == list(home.lives().values())


def test_confirmed_at_the_promotion_or_later(home):
    """One by its id, and then all that are left."""
    rows = home.json("promote", "crash-loop", "--confirm", "none")["already_true"]
    one = home.json("promote", "crash-loop", "--confirm", rows[1]["finding"])
    assert [rows[1]["finding"]] == one["confirmed"]

    home.json("promote", "crash-loop", "--confirm", "all")
    code, _, err = home.say("promote", "crash-loop", "--confirm", "F-0000000000000000")
    assert (1, "F-0000000000000000: not among what is true already; choose from the list.\n") == (code, err)


def test_a_changed_file_is_tried_out_with_one_command(home):
    """The journal learns the new version by the move; the one before goes on beside it."""
    home.file.write_text(SHADOWED.replace("24h", "12h"))
    before, draft = home.lives().items()
    assert ("shadow", "draft") == (before[1], draft[1])

    home.json("shadow", "crash-loop", "--why", "shorter")
    assert {before[0]: "shadow", draft[0]: "shadow"} == home.lives()
    assert "shorter" == home.json("list")["rules"][1]["why"]


def test_diff_says_which_settings_changed(home):
    """Between what runs and the files, two versions, or two files; in the words of the file."""
    home.file.write_text(SHADOWED.replace("24h", "12h").replace("count = 3", "count = 4") + 'cooldown = "1h"\n')
    said = home.json("diff")["rules"]
    changes = [(change["setting"], change["before"], change["after"]) for change in said[0]["changes"]]
    assert [("cooldown", "not set", '"1h"'), ("count", "3", "4"), ("within", '"24h"', '"12h"')] == changes

    home.json("shadow", "crash-loop")
    versions = [f"crash-loop@{version}" for version in home.lives()]
    assert said == home.json("diff", *versions)["rules"]
    assert said == home.json("diff", versions[0], str(home.file))["rules"]
    assert (0, f"crash-loop: unchanged, {versions[1][11:]}\n", "") == home.say("diff", versions[1])
    assert 1 == home.say("diff", "crash-loop@000000000000")[0]


def test_retract_cancels_what_nobody_touched_and_retires(home):
    """The version must be named, and again it cancels nothing."""
    version = home.json("promote", "crash-loop", "--confirm", "all")["version"]
    assert ["tv-1", "tv-2"] == home.watched()
    assert 1 == home.say("retract", "crash-loop")[0]

    said = home.json("retract", f"crash-loop@{version}")
    assert ("retired", 2, {}) == (said["life"], len(said["cancelled"]), said["kept"])
    assert {version: "retired"} == home.lives()
    assert [] == home.json("retract", f"crash-loop@{version}")["cancelled"]


def test_a_false_alarm_becomes_a_case_that_fails_until_the_rule_is_changed(home):
    """The evidence of the ticket, letter by letter with its times, beside the rule."""
    home.json("promote", "crash-loop", "--confirm", "all")
    home.watched()
    shown = home.json("case", "T-2026-000001", "--print")["cases"][0]
    assert ("crash-loop", None) == (shown["rule"], shown["file"])
    assert 'events = "crash@0ms crash@10s crash@20s"' in shown["text"]

    assert str(home.file) == home.json("case", "T-2026-000001", "--expect", "none")["cases"][0]["file"]
    code, out, _ = home.say("test")
    assert (1, True) == (code, "expected 0 findings, found 1." in out)

    home.file.write_text(home.file.read_text().replace("count = 3", "count = 4"))
    assert (0, "1 passed, 0 failed\n", "") == home.say("test")


def test_an_illegal_move_is_refused_with_those_that_are_possible(home):
    """In a sentence, exit code 1."""
    code, _, err = home.say("promote", "crash-loop", "--to", "backtested")

    assert 1 == code
    assert err.endswith("is shadow and cannot become backtested; possible from here: live, retired.\n")


def test_before_the_first_start_there_is_nothing_to_move(home, tmp_path):
    """And the list shows the files."""
    home.config.write_text('data = "elsewhere"\nrules = ["rules.toml"]\n')

    assert ["shadow"] == list(home.lives().values())
    assert 1 == home.say("shadow", "crash-loop")[0]


def test_a_running_service_takes_moves_from_its_inbox(home):
    """Each from where the one before led; what is not possible is set aside with a sentence."""
    data = home.path / "data"
    with DataDirectory(data) as directory, pytest.raises(DirectoryInUse), DataDirectory(data):
        pass
    with Watching(data, rules=SHADOWED) as watching:
        home.json("promote", "crash-loop", "--confirm", "none")
        home.json("promote", "crash-loop", "--confirm", "all")
        directory = DataDirectory(data, read_only=True)
        directory.drop("rule_move", b'{"rule":"crash-loop","to":"backtested","by":"operator","at":1}')
        inbox = Inbox(directory, HandClock(), health := Health(), lambda: rules_in_journal(watching.journal))
        taken = inbox.collect()
        watching.append([delivery.entry for delivery in taken])
        inbox.done(taken)
        watching.catch_up(watching.begin())

        assert ["rules", "rules"] == [delivery.entry.topic for delivery in taken]
        assert "cannot become backtested" in health.report()["rules"]
        assert ["tv-1", "tv-2"] == sorted(ticket.asset for ticket in watching.tickets())
