"""What every test may ask for: servers that are really there, or a skip that says why not."""

import os
import shutil

import pytest
from hypothesis import settings

os.environ.setdefault("TRUCKROLL_UNCOMPILED", "1")

settings.register_profile("same", derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def need(program: str, package: str) -> str:
    """The program's path; without it the test is skipped with a reason, or fails under REQUIRE_SERVICES=1."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if path is not None:
        return path
    reason = f"{program} is not installed (Debian package {package})"
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
