"""Commands, used as people use them: what they print, and what they say when something is wrong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from domain.ticket import TicketState
from tests.brokers import Broker, broker, publish, until
from tests.services import ServiceProcess

__all__ = ["broker"]

CRASH = b'{"boot":1,"seq":%d,"event":"crash","code":"0xDEAD"}'
NAMES = {
    *("published", "journaled", "stored", "quarantined", "findings", "tickets"),
    *("expected_tickets", "missing", "extra", "delay_ms"),
}
RULES = """
[[rule]]
id = "crash-loop"
name = { en = "Keeps crashing", zh = "反复死机" }
kind = "consecutive"
event = "crash"
count = 3
severity = "S2"
failure_mode = "crash-loop"
class = "tv-crash"

[[case]]
rule = "crash-loop"
events = "C C C"
expect = 1
"""


def truckroll(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "truckroll", *words], cwd=cwd, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(Path(__file__).parent.parent.parent), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip


def test_the_demo_prints_one_object_and_is_exactly_right(tmp_path: Path) -> None:
    """Expected, found, missing and extra tickets, with the delays; exit code 0."""
    done = truckroll("demo", "--seconds", "20", "--devices", "60", "--seed", "7", "--json", cwd=tmp_path)
    said = json.loads(done.stdout)

    assert 0 == done.returncode, done.stderr
    names = [
        "published",
        "journaled",
        "stored",
        "quarantined",
        "findings",
        "tickets",
        "expected_tickets",
        "missing",
        "extra",
        "delay_ms",
    ]
    assert set(names) <= set(said)
    assert (0, 0) == (said["missing"], said["extra"])
    assert said["expected_tickets"] == said["tickets"] >= 1
    assert said["published"] <= said["journaled"]
    assert {"p50", "p95", "max"} == set(said["delay_ms"])


def test_a_service_from_its_first_device_to_a_proved_ticket(tmp_path: Path, broker: Broker) -> None:
    """Import, crash, list, show, move, prove, replay, quarantine: each over the same running service."""
    service = ServiceProcess(tmp_path / "service", broker.port, rules=RULES)
    (tmp_path / "fleet.csv").write_text("device,asset,model\ntv-1,LOBBY-1,TV-55A\n")
    service.start()
    service.ready()
    assert {"added": 1, "changed": 0, "moved": 0, "unchanged": 0, "dry_run": True} == service.run(
        "device", "import", str(tmp_path / "fleet.csv"), "--dry-run"
    )
    service.run("device", "import", str(tmp_path / "fleet.csv"))
    until(lambda: service.run("device", "list")["assets"])
    publish(broker.port, [("devices/tv-1/events", CRASH % seq) for seq in range(3)] + [("devices/tv-1/events", b"{")])
    until(lambda: service.run("tickets", "list")["tickets"])

    (ticket,) = service.run("tickets", "list")["tickets"]
    number = ticket["number"]
    assert ("LOBBY-1", "new", 3) == (ticket["asset"], ticket["state"], ticket["evidence_count"])
    assert service.run("prove", number)["holds"]
    subprocess.run(service.command("tickets", "move", number, "triaged"), check=True, capture_output=True)
    shown = service.run("tickets", "show", number)
    assert TicketState.TRIAGED == shown["state"]
    assert ["opened", "moved"] == [event["kind"] for event in shown["history"]]
    until(lambda: service.run("quarantine", "list")["counts"])
    assert b"{".decode() == service.run("quarantine", "list")["messages"][0]["payload"]
    refused = subprocess.run(
        service.command("tickets", "move", number, "closed"), capture_output=True, text=True, check=False
    )
    assert (1, True) == (refused.returncode, "possible from here" in refused.stderr)
    assert 0 == service.stop()
    replayed = service.run("replay")
    assert ([], [], 1) == (replayed["missing"], replayed["extra"], replayed["findings"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["config", "check", "--config", "gone.toml"], "gone.toml"),
        (["device", "import", "gone.csv"], "gone.csv"),
        (["rules", "check", "wrong.toml"], "wrong.toml:2"),
        (["tickets", "list"], "no data directory"),
        (["simulate", "wrong.toml"], "wrong.toml"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(tmp_path: Path, words: list[str], said: str) -> None:
    """On standard error, with exit code 1 and without a traceback."""
    (tmp_path / "wrong.toml").write_text('[[rule]]\nkind = "consecutiv"\n')
    done = truckroll(*words, cwd=tmp_path)

    assert 1 == done.returncode
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_second_service_in_the_same_directory_is_refused(tmp_path: Path, broker: Broker) -> None:
    """With the reason and a way out."""
    service = ServiceProcess(tmp_path / "service", broker.port)
    service.start()
    service.ready()
    second = subprocess.run(service.command("serve"), capture_output=True, text=True, timeout=60, check=False)
    service.stop()

    assert 1 == second.returncode
    assert "Another Truckroll uses" in second.stderr


def test_rules_are_listed_and_their_cases_run(tmp_path: Path) -> None:
    """A case that fails is a sentence and exit code 1."""
    (tmp_path / "good.toml").write_text(RULES)
    (tmp_path / "bad.toml").write_text(RULES.replace("expect = 1", "expect = 2"))

    assert {"passed": 1, "failed": []} == json.loads(
        truckroll("rules", "test", "good.toml", "--json", cwd=tmp_path).stdout
    )
    assert "crash-loop" in truckroll("rules", "list", "good.toml", cwd=tmp_path).stdout
    failed = truckroll("rules", "test", "bad.toml", cwd=tmp_path)
    assert (1, True) == (failed.returncode, "expected 2 findings, found 1" in failed.stdout)


def test_source_try_shows_what_messages_become_and_leaves_nothing(tmp_path: Path, broker: Broker) -> None:
    """A good one, and one for quarantine with its reason."""
    config = tmp_path / "truckroll.toml"
    config.write_text(f"[mqtt]\nport = {broker.port}\n")
    command = [sys.executable, "-m", "truckroll", "source", "try", "--seconds", "60", "--json", "--config", str(config)]
    out = tmp_path / "out"

    def shown() -> list[str]:
        """Lines so far; the messages are sent again for as long as nobody listens."""
        publish(broker.port, [("devices/tv-1/telemetry", b'{"values":{"temp":41.5}}'), ("devices/tv-1/events", b"{")])
        return out.read_text().splitlines()

    with out.open("wb") as stdout, subprocess.Popen(command, stdout=stdout) as trying:
        until(lambda: len(shown()) >= 2, 30)
        trying.terminate()
    said = [json.loads(line) for line in out.read_text().splitlines()[:2]]

    assert {"temp": 41.5} == said[0]["values"]
    assert "quarantine" in said[1]
    assert not (tmp_path / "data").exists()
