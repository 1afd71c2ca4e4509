"""Empty ledgers for tests, each copied from one that was made once: making one takes ten times as long."""

import shutil
from collections.abc import Callable
from pathlib import Path

from tests import postgres
from tests.new_ledgers import template


def empty_ledger(folder: Path) -> Path:
    """The place of a new ledger in a folder."""
    return Path(shutil.copy(template(), folder / "ledger.db"))


ENGINES: dict[str, Callable[[Path], str | Path]] = {
    "sqlite": empty_ledger,
    "postgresql": lambda folder: postgres.empty_ledger(),
}
"""Where the ledger of each engine lives; one more engine is one more line."""
