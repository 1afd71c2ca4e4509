"""The service as a process of its own, for tests that kill it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adapters.journal_reader import JournalReader
from adapters.ledger_sql import SqlLedger
from domain.entries import Kind
from tests.brokers import until

RULES = """
[[rule]]
id = "tv-crash-loop"
name = "TV keeps crashing"
kind = "consecutive"
where = { model = "TV-*" }
key = ["asset", "component"]
event = "crash"
reset = { event = "boot_ok", or_healthy_for = "2h" }
count = 3
within = "24h"
min_gap = "5s"
severity = "S2"
failure_mode = "crash-loop"
class = "tv-crash"
"""


class ServiceProcess:
    """`truckroll serve` with a configuration and data directory of its own."""

    def __init__(
        self,
        home: Path,
        port: int,
        *,
        rules: str = RULES,
        extra: str = "",
        mqtt: str = "",
        api: str = "enabled = false",
    ) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.config = home / "truckroll.toml"
        (home / "rules.toml").write_text(rules)
        self.config.write_text(
            f'rules = ["rules.toml"]\n[mqtt]\nport = {port}\n{mqtt}\n[api]\n{api}\n'
            f"[watch]\nsnapshot_seconds = 0.5\n{extra}"
        )
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """Its data directory."""
        return self.home / "data"

    @property
    def state(self) -> Path:
        """Where it says how it is."""
        return self.data / "state.json"

    def command(self, *words: str) -> list[str]:
        """A `truckroll` command over the same configuration."""
        return [sys.executable, "-m", "truckroll", *words, "--config", str(self.config)]

    def start(self, prefix: Sequence[str] = ()) -> None:
        """Start it; returns at once."""
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen([*prefix, *self.command("serve")], stdout=log, stderr=log)

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ask it to stop and wait; returns its exit code."""
        assert self.process is not None
        os.kill(self.status().get("pid", self.process.pid), signal.SIGTERM)
        return self.process.wait(60)

    def run(self, *words: str, code: int = 0) -> Any:
        """Run a command with --json and return what it prints."""
        done = subprocess.run(self.command(*words, "--json"), capture_output=True, text=True, check=False)
        assert code == done.returncode, done.stdout + done.stderr
        return json.loads(done.stdout)

    def status(self) -> dict[str, Any]:
        """What it says of itself; empty before its first word."""
        try:
            said = dict(json.loads(self.state.read_text()))
        except (OSError, ValueError):
            return {}
        return said if self.process is not None and said["pid"] == self.child_pid(said["pid"]) else {}

    def child_pid(self, said: int) -> int | None:
        """The service's pid: the process itself, or the child of the program that it runs under."""
        assert self.process is not None
        if self.process.pid == said:
            return said
        parent = Path(f"/proc/{said}/stat")
        is_child = parent.exists() and int(parent.read_text().rsplit(")", 1)[1].split()[1]) == self.process.pid
        return said if is_child else None

    def is_connected(self) -> bool:
        """It says that it is connected to the broker; fails when it has ended."""
        assert self.process is not None
        assert self.process.poll() is None, (self.home / "log").read_text()
        return bool(self.status().get("connected"))

    def is_drained(self) -> bool:
        """It says that everything journaled is watched and stored."""
        said = self.status()
        return bool(said) and said["lag_watch"] == 0 and said["lag_recorder"] == 0

    def ready(self) -> None:
        """Wait until it is connected."""
        until(self.is_connected, 30)

    def journaled(self) -> list[tuple[str, bytes]]:
        """Topic and payload of every message in the journal."""
        found: list[tuple[str, bytes]] = []
        with JournalReader(self.data) as journal:
            position = 0
            while pages := journal.read(position, 10_000):
                found += [(e.topic, e.payload) for page in pages for e in page.entries if e.kind == Kind.MESSAGE]
                position = pages[-1].last
        return found

    def ledger(self) -> SqlLedger:
        """Its ledger."""
        return SqlLedger(self.data / "ledger.db")


def crashes_wanted(otherwise: int) -> int:
    """How many kills a crash test makes: the variable CRASHES, else a number that `make test` can afford."""
    return int(os.environ.get("CRASHES", otherwise))
