"""From a rule file and a past to a report: tickets, hours, parts, how right they were, and how two files differ."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from domain.errors import GiveUp, Unknown, WrongFormat
from domain.instants import DAY, HOUR, SECOND, parse_instant
from truckroll.backtest.asked import Asked
from truckroll.backtest.calls import Call
from truckroll.backtest.charts import example_svg, sparkline
from truckroll.backtest.job import Cancelled, Job
from truckroll.backtest.page import page
from truckroll.backtest.result import matched
from truckroll.backtest.trial import trial
from truckroll.backtest.truth import Failure, judge
from truckroll.backtest.weekly import WEEK, Weeks, rate, share
from truckroll.cli import app_for
from truckroll.settings import load

START = parse_instant("2026-01-05T00:00:00Z")
RULES = """
[[rule]]
id = "leak"
life = "draft"
name = { en = "Leaks <b>", zh = "漏水" }
kind = "consecutive"
event = "leak"
count = COUNT
within = "6h"
resolve = { quiet_for = "12h" }
failure_mode = "leaking"
class = "pump-leak"

[[class]]
id = "pump-leak"
visit = "always"
job_plan = "seal"
relapse = "1d"

[[job_plan]]
id = "seal"
hours = 2.5
kit = { seal = 2 }
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Four weeks of a pump that leaks twice every Monday, three times every other Monday; the latter is true."""
    lines, truth = ["ts,device,event,code"], ["asset,failure_mode,from,to"]
    for week in range(4):
        monday = START + week * 7 * DAY
        for hour in range(2 + week % 2):
            lines.append(f"{(monday + hour * HOUR) // 1_000_000},pump-1,leak,<script>")
        if week % 2:
            truth.append(f"pump-1,leaking,{(monday + 8 * HOUR) // 1_000_000},{(monday + 9 * HOUR) // 1_000_000}")
    lines.append(f"{(START + 27 * DAY) // 1_000_000},pump-2,hello,")
    (tmp_path / "events.csv").write_text("\n".join(lines))
    (tmp_path / "truth.csv").write_text("\n".join(truth))
    for count in (2, 3):
        (tmp_path / f"leak{count}.toml").write_text(RULES.replace("COUNT", str(count)))
    return tmp_path


def asked(home: Path, **more: Any) -> Asked:
    """The backtest of the eager rule."""
    said = {"rules": (home / "leak2.toml",), "events": (home / "events.csv",), "truth": home / "truth.csv"}
    return Asked(settings=load(None), heard=HOUR, tick=HOUR, **(said | more))


def quiet(done: float) -> None:
    """Nobody listens."""


def test_a_report_says_what_the_rules_would_have_cost_and_how_right_they_were(home: Path) -> None:
    """Four tickets in four weeks, two of them deserved; each costs 2.5 hours and two seals."""
    a = trial(asked(home), quiet)["a"]

    assert [1, 1, 1, 1] == [week["tickets"] for week in a["weeks"]]
    assert (4, {"seal": 8}, 2) == (a["tickets"], a["parts"], a["devices"])
    assert pytest.approx(4 * 2.5 / (27 / 7)) == a["hours_a_week"]["per_week"]
    assert (0.5, 1.0, 7.0) == tuple(a["truth"][n] for n in ("precision", "recall", "lead_hours_median"))
    assert pytest.approx(1000 * 2 / a["device_days"]) == a["truth"]["false_per_1000_device_days"]
    assert [("leak", "draft", 4)] == [(rule["id"], rule["life"], rule["tickets"]) for rule in a["rules"]]


def test_two_rule_files_are_compared_ticket_by_ticket(home: Path) -> None:
    """The patient rule has the two deserved tickets, the eager one two more."""
    report = trial(asked(home, against=(home / "leak3.toml",)), quiet)
    against = report["against"]

    assert (2, 2, 0) == (against["both"], len(against["only_a"]), len(against["only_b"]))
    assert against["difference_a_week"]["per_week"] < 0
    assert 1.0 == report["b"]["truth"]["precision"]


def test_the_same_seed_gives_the_same_report(home: Path) -> None:
    """Bootstrap intervals, too."""
    assert trial(asked(home), quiet) == trial(asked(home), quiet)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_asks_nobody_for_anything_and_lets_nothing_in(home: Path, language: str) -> None:
    """No script, no address; what came from data is text."""

    class Tags(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: list[tuple[str, list[tuple[str, str | None]]]] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.found.append((tag, attrs))

    tags = Tags()
    text = page(trial(asked(home, against=(home / "leak3.toml",)), quiet), language)
    tags.feed(text)

    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in tags.found}
    assert not [
        name for _, attrs in tags.found for name, _ in attrs if name in ("href", "src") or name.startswith("on")
    ]
    assert "&lt;script&gt;" in text
    assert ("每周工单" in text) == (language == "zh")


def test_the_command_prints_one_json_object_and_writes_the_page(home: Path) -> None:
    """Played in a process of its own."""
    words = ["backtest", str(home / "leak2.toml"), "--events", str(home / "events.csv"), "--tick", "1h"]
    done = CliRunner().invoke(app_for(["backtest"]), [*words, "--html", str(home / "r.html"), "--json"])

    assert 0 == done.exit_code, done.output
    assert 4 == json.loads(done.stdout)["a"]["tickets"]
    assert (home / "r.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_command_tells_people_how_to_go_on_with_a_draft(home: Path) -> None:
    """In their language."""
    words = ["backtest", str(home / "leak2.toml"), "--events", str(home / "events.csv"), "--tick", "1h"]
    done = CliRunner().invoke(app_for(["backtest"]), [*words, "--language", "zh"])

    assert "如认可：truckroll rules promote leak@" in done.output


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        ({"events": ()}, GiveUp, "one of --journal, --store"),
        ({"journal": Path("x")}, GiveUp, "one of --journal, --store"),
        ({"since": 5, "until": 5}, GiveUp, "--from is not before --to"),
        ({"only": ("leek",)}, Unknown, "There is no rule leek"),
        ({"texts": {}, "rules": (Path("events.csv"),)}, WrongFormat, "not TOML"),
    ],
)
def test_what_cannot_be_played_is_said_in_a_sentence(
    home: Path, change: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    """Before anything is played."""
    if "rules" in change:
        change = change | {"rules": (home / "events.csv",)}
    with pytest.raises(error, match=sentence):
        trial(asked(home, **change), quiet)


# -- the process


def forever(said: Any, tell: Callable[[float], object]) -> dict[str, Any]:
    """A backtest that tells its process and is never done."""
    tell(0.5)
    time.sleep(600)
    return {}


def broken(said: Any, tell: Callable[[float], object]) -> dict[str, Any]:
    """A backtest that finds mistakes."""
    raise WrongFormat(["a:1: wrong.", "a:2: wrong too."])


def test_a_job_tells_how_far_it_is_and_is_stopped() -> None:
    """Its process is gone when it is left."""
    with Job(None, forever) as job:  # type: ignore[arg-type]
        while job.done < 0.5:
            job.look(5)
        assert job.process.is_alive()
        job.stop()

        assert not job.process.is_alive()
        with pytest.raises(Cancelled):
            job.result(quiet)


def test_mistakes_come_out_of_the_process_as_they_are() -> None:
    """All of them."""
    with Job(None, broken) as job, pytest.raises(WrongFormat) as caught:  # type: ignore[arg-type]
        job.result(quiet)

    assert ("a:1: wrong.", "a:2: wrong too.") == caught.value.mistakes


ORPHAN = """
import signal, time
from tests.truckroll.test_backtest_report import forever
from truckroll.backtest.job import Job
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with Job(None, forever) as job:
        while job.done < 0.5:
            job.look(5)
        print(job.process.pid, flush=True)
        time.sleep(600)
"""


@pytest.mark.parametrize("deed", ["kill", "interrupt"])
def test_no_process_is_left_behind_when_who_asked_is_gone(tmp_path: Path, deed: str) -> None:
    """Killed or interrupted."""
    script = tmp_path / "asks.py"
    script.write_text(ORPHAN)
    here = str(Path(__file__).parents[2])
    asks = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={"PYTHONPATH": here}
    )
    assert asks.stdout is not None
    child = int(asks.stdout.readline())
    asks.kill() if deed == "kill" else asks.send_signal(2)
    asks.wait(30)
    asks.stdout.close()
    while is_running(child):
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    """The process lives; a dead one that nobody has buried yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


# -- the numbers


def call(day: float, mode: str = "leaking", asset: str = "p") -> Call:
    """A call on a day."""
    return Call(
        at=START + int(day * DAY),
        ticket="T",
        asset=asset,
        component="",
        failure_mode=mode,
        ticket_class="",
        rule="r@1",
        finding="F",
    )


def failure(day: float, mode: str = "leaking") -> Failure:
    """A failure of an hour on a day."""
    return Failure(START + int(day * DAY), START + int(day * DAY) + HOUR, "p", mode)


@pytest.mark.parametrize(
    ("calls", "failures", "right", "missed"),
    [
        ([call(1)], [failure(1.5)], 1, 0),
        ([call(1), call(1.2)], [failure(1.5)], 2, 0),
        ([call(1)], [failure(3)], 0, 1),
        ([call(2)], [failure(1.5)], 0, 1),
        ([call(1, "burst")], [failure(1.5)], 0, 1),
        ([call(1, "burst")], [failure(1.5, "")], 1, 0),
        ([call(1, asset="q")], [failure(1.5)], 0, 1),
    ],
)
def test_a_call_is_right_within_the_lead_before_a_failure(
    calls: list[Call], failures: list[Failure], right: int, missed: int
) -> None:
    """Of the same asset and mode, a day ahead at most, not after its end."""
    judged = judge(calls, failures, lead=DAY, device_days=10)

    assert (right, missed) == (len(judged.right), len(judged.missed))


def test_each_call_is_matched_once() -> None:
    """Two of A on one day and one of B: one is in both."""
    both, only_a, only_b = matched([call(1), call(1.1)], [call(1.2), call(5)])

    assert (1, [START + int(1.1 * DAY)], [START + 5 * DAY]) == (both, [c.at for c in only_a], [c.at for c in only_b])


def test_a_steady_rate_has_a_narrow_interval_and_short_pasts_have_none() -> None:
    """Weeks that are all alike leave no doubt; of two weeks nothing is said."""
    ten, two = Weeks(START, START + 10 * WEEK), Weeks(START, START + 2 * WEEK)
    steady = rate(ten.sums((START + week * WEEK, 3.0) for week in range(10)), ten, seed=1)
    short = rate(two.sums([(START, 3.0)]), two, seed=1)

    assert (3.0, 3.0, 3.0) == (steady.mean, steady.low, steady.high)
    assert (1.5, None, None) == (short.mean, short.low, short.high)


def test_a_share_has_its_interval() -> None:
    """Wilson's for 8 of 10."""
    low, high = share(8, 10) or (0, 0)

    assert (0.490, 0.943) == (round(low, 3), round(high, 3))
    assert share(0, 0) is None


def test_an_example_is_drawn_small() -> None:
    """As blocks, and as an SVG with its events."""
    example = {"rule": "r", "asset": "<a>", "points": [[0, 1.0], [SECOND, 2.0]], "events": [[SECOND, "crash"]]}

    assert "▁▄█" == sparkline([0, 1, 2]).replace("▅", "▄")
    assert "<title>&lt;a&gt;" not in example_svg(example)
    assert all(text in example_svg(example) for text in ("&lt;a&gt;", "<polyline", "<title>crash</title>"))
