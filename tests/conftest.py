"""What every test may ask for: servers that are really there, or a skip that says why not."""

import gc
import os
import shutil
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests import new_ledgers

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


LONGEST = (
    "test_crash.py",
    "test_contract.py",
    "test_stores.py",
    "test_detectors.py",
    "test_commands.py",
    "test_races.py",
)
"""Files that take longest begin first, so that at the end nobody waits for one of them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files and those of crashes first; within a file the order stays."""
    items.sort(key=lambda item: order_of(item.path.name))


def order_of(file: str) -> tuple[int, bool]:
    """When a file's turn comes."""
    return LONGEST.index(file) if file in LONGEST else len(LONGEST), not file.endswith("_crash.py")


def pytest_collection_finish() -> None:
    """Thousands of tests stay until the end; collections need not look at them again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _ledgers_are_made_at_once() -> Iterator[None]:
    """New ledgers in files are made without migrating; see `migrated` for tests of the migrations themselves."""
    with new_ledgers.made_by(new_ledgers.make_or_upgrade):
        yield


@pytest.fixture
def migrated() -> Iterator[None]:
    """Ledgers come from their migrations, as in a service."""
    with new_ledgers.made_by(new_ledgers.MIGRATES):
        yield
