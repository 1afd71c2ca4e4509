"""The unit for systemd is right, and lets the service do no more than it must."""

import re
import subprocess
from collections import defaultdict
from pathlib import Path

from tests.conftest import need

UNIT = Path(__file__).parents[2] / "deploy" / "systemd" / "truckroll.service"
MOST_EXPOSED = 2.0
"""On systemd's own scale from 0 to 10."""


def words() -> dict[str, list[str]]:
    """The unit's settings."""
    found = defaultdict(list)
    for line in UNIT.read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found[name].append(value)
    return found


def beside(home: Path) -> Path:
    """The unit with a program that exists everywhere, for systemd to look at."""
    copy = home / UNIT.name
    copy.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", UNIT.read_text()))
    return copy


def test_systemd_understands_every_line(tmp_path: Path) -> None:
    """As it would at a start: no unknown setting, no value that it ignores."""
    verify = [need("systemd-analyze", "systemd"), "verify", "--man=no", str(beside(tmp_path))]
    done = subprocess.run(verify, capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stderr)


def test_systemd_finds_it_little_exposed(tmp_path: Path) -> None:
    """Its own judgement of what a broken service could do to the machine."""
    program = need("systemd-analyze", "systemd")
    asked = [program, "security", "--offline=true", "--no-pager", str(beside(tmp_path))]
    said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    level = re.search(r"exposure level for \S+: ([\d.]+)", said)

    assert level is not None
    assert float(level[1]) <= MOST_EXPOSED


def test_it_comes_back_after_a_crash_and_may_finish_when_stopped() -> None:
    """Restarted after a failure, asked to stop by the signal that it handles, and not killed while it saves."""
    told = words()

    assert ["on-failure"] == told["Restart"]
    assert ["SIGTERM"] == told["KillSignal"]
    assert int(told["TimeoutStopSec"][0]) >= 60
    assert ["truckroll"] == told["User"] == told["StateDirectory"]
    assert ["0700"] == told["StateDirectoryMode"]
    assert "u truckroll " in UNIT.with_suffix(".sysusers").read_text()
