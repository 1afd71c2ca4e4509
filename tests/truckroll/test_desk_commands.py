"""Many tickets, notices, surveys and lessons, on the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters import ledger_closing, ledger_sla
from adapters.data_directory import DataDirectory
from adapters.ledger_sql import SqlLedger
from domain.closing import Improvement
from domain.errors import GiveUp, IllegalMove, Unknown, WrongFormat
from domain.instants import DAY
from domain.sla import Notice
from domain.ticket import Ticket
from tests.ledgers import empty_ledger
from tests.outbox import opened
from tests.ticketing.promises import MONDAY
from truckroll.cli import app_for
from truckroll.survey import answer


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A configuration, and a ledger with three new tickets."""
    (tmp_path / "truckroll.toml").write_text(f'data = "{tmp_path / "data"}"\n')
    with DataDirectory(tmp_path / "data") as data:
        Path(data.ledger).write_bytes(empty_ledger(tmp_path).read_bytes())
        with SqlLedger(data.ledger) as ledger:
            opened(ledger, "tv-1", "tv-2", "tv-3")
    return tmp_path


def ledger_in(home: Path) -> SqlLedger:
    """The ledger that the commands work on."""
    return SqlLedger(home / "data" / "ledger.db")


def tickets(home: Path) -> dict[str, Ticket]:
    """As they stand, by number."""
    with ledger_in(home) as ledger:
        return {ticket.number: ticket for ticket in ledger.tickets()}


def run(home: Path, *words: str, code: int = 0, said: str = "") -> Any:
    """What a command prints as JSON."""
    done = CliRunner().invoke(
        app_for(words), [*words, "--config", str(home / "truckroll.toml"), "--json"], input=said or None
    )
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert code == done.exit_code, done.output
    return json.loads(done.stdout)


def test_many_tickets_are_edited_at_once_and_a_dry_run_changes_nothing(home: Path) -> None:
    """Each of them once, also from a list; each in its own history."""
    first, second, third = tickets(home)
    dry = run(home, "tickets", "bulk", "edit", first, second, first, "--set", "priority=low", "--dry-run")
    assert [(first, True), (second, True)] == [(item["number"], item["changed"]) for item in dry["items"]]
    assert {0} == {ticket.revision for ticket in tickets(home).values()}

    done = run(home, "tickets", "bulk", "edit", "-", "--set", "priority=low", said=f"{first}\n{second}\n")
    assert dry["items"] == done["items"]
    assert ["low", "low", "high"] == [ticket.priority for ticket in tickets(home).values()]
    assert third in tickets(home)


def test_a_ticket_that_does_not_allow_it_is_left_and_says_why(home: Path) -> None:
    """The others are changed, and the exit code tells."""
    first, second, _ = tickets(home)
    run(home, "tickets", "bulk", "move", first, "--to", "cancelled", "--reason", "noise")
    done = run(home, "tickets", "bulk", "acknowledge", first, second, code=1)

    assert [False, True] == [item["changed"] for item in done["items"]]
    assert done["items"][0]["why"]
    assert ["cancelled", "triaged"] == [tickets(home)[number].state for number in (first, second)]


@pytest.mark.parametrize(
    "words",
    [
        ("edit",),
        ("edit", "--set", "priority"),
        ("move",),
        ("acknowledge", "--set", "priority=low"),
        ("acknowledge", "--to", "triaged"),
    ],
)
def test_words_that_do_not_belong_together_are_refused(home: Path, words: tuple[str, ...]) -> None:
    """Before anything is changed."""
    first = next(iter(tickets(home)))
    with pytest.raises(WrongFormat):
        run(home, "tickets", "bulk", words[0], first, *words[1:])


def test_more_tickets_than_one_command_takes_are_refused(home: Path) -> None:
    """The same limit as over HTTP; and a number that nobody gave stops all."""
    with ledger_in(home) as ledger:
        many = opened(ledger, *(f"tv-{nth}" for nth in range(10, 211)))
    with pytest.raises(WrongFormat, match="at most 200"):
        run(home, "tickets", "bulk", "acknowledge", *many)
    with pytest.raises(Unknown):
        run(home, "tickets", "bulk", "acknowledge", many[0], "T-2026-999999")

    assert {0} == {ticket.revision for ticket in tickets(home).values()}


def test_notices_are_listed_and_acknowledged(home: Path) -> None:
    """What was read is unread no more; only what is parked goes again."""
    number = next(iter(tickets(home)))
    wanted = Notice(
        id="N-1",
        at=MONDAY,
        channel="email",
        to="kim",
        ticket=number,
        subject={"en": "An answer is due"},
        body={"en": ""},
    )
    with ledger_in(home) as ledger, ledger.begin() as transaction:
        ledger_sla.add_notices(transaction.connection, [wanted])
    (one,) = run(home, "notices", "list", "--to", "kim", "--unread")["notices"]
    assert ("N-1", number, "waiting", None) == (one["id"], one["ticket"], one["state"], one["read_at"])

    assert run(home, "notices", "ack", str(one["place"]))["read_at"]
    assert [] == run(home, "notices", "list", "--unread")["notices"]
    with pytest.raises(Unknown):
        run(home, "notices", "retry", str(one["place"]))


def test_surveys_are_given_and_listed_without_their_links(home: Path) -> None:
    """Only the one who asks for a link sees it."""
    number = next(iter(tickets(home)))
    with pytest.raises(IllegalMove):
        run(home, "surveys", "invite", number)
    run(home, "tickets", "bulk", "move", number, "--to", "triaged")
    for state in ("assigned", "in_progress", "resolved", "verifying", "closed"):
        run(home, "tickets", "bulk", "move", number, "--to", state, "--why", "seen to work")
    token = run(home, "surveys", "invite", number)["token"]
    assert [] == run(home, "surveys", "list", "--answered")["surveys"]
    (asked,) = run(home, "surveys", "list")["surveys"]
    with ledger_in(home) as ledger, ledger.reading() as connection:
        (kept,) = ledger_closing.surveys_of(connection, number)
        answer(ledger, token, rating=4, comment="quick", now=kept.asked_at + DAY)

    (said,) = run(home, "surveys", "list", "--answered")["surveys"]
    assert (number, 4, "quick") == (said["ticket"], said["rating"], said["comment"])
    assert token not in json.dumps([asked, said])


def test_a_task_is_closed_with_its_lesson(home: Path) -> None:
    """Once; it is listed with all of them from then on."""
    number = next(iter(tickets(home)))
    task = Improvement(ticket=number, closing=7, opened_at=MONDAY, tenths=833, weak=("no_repeat",))
    with ledger_in(home) as ledger, ledger.begin() as transaction:
        ledger_closing.open_tasks(transaction.connection, [task])
    (found,) = run(home, "improvements", "list")["improvements"]
    assert (number, 7, 83.3, ["no_repeat"]) == tuple(found[name] for name in ("ticket", "closing", "score", "weak"))

    assert "order both" == run(home, "improvements", "close", number, "7", "order both")["lesson"]
    assert [] == run(home, "improvements", "list")["improvements"]
    assert ["order both"] == [each["lesson"] for each in run(home, "improvements", "list", "--all")["improvements"]]
    with pytest.raises((GiveUp, WrongFormat)):
        run(home, "improvements", "close", number, "7", " ")
