"""An installed Truckroll has everything that a checkout has: the doctor finds nothing missing in a built wheel."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOOK = """
import json, truckroll
from truckroll.doctor.machine import package
(line,) = package(None)
print(json.dumps([truckroll.__file__, line.verdict.value, line.found]))
"""


def test_nothing_is_missing_in_an_installed_package(tmp_path: Path) -> None:
    """Built by the project's own build backend, unpacked, and examined from there."""
    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    wheel = tmp_path / done.stdout.split()[-1]
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as file:
        file.extractall(site)

    told = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert str(site) in told.stdout
    assert '"right"' in told.stdout, told.stdout
