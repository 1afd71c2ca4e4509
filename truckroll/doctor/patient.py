"""The patient: what is examined, and what the doctor may do to it."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

from adapters.data_directory import DataDirectory
from adapters.mqtt_settings import is_loopback
from truckroll.roles import Role
from truckroll.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Patient:
    """A configuration, and how far the doctor may go."""

    settings: Settings
    thorough: bool = False
    """May publish on a broker that is not this machine's own."""
    device_user: str = ""
    """A user of the broker with a device's rights, for trying the access rights; empty = not tried."""
    device_password_file: str = ""

    @property
    def may_publish(self) -> bool:
        """A foreign broker is only looked at."""
        return self.thorough or is_loopback(self.settings.mqtt.host)

    @cached_property
    def running(self) -> dict[str, Any]:
        """What a service that works in the data directory says of itself; empty when none does."""
        return next(filter(None, (said_by(role.state_file(self.settings.data)) for role in Role if role.receives)), {})

    @property
    def directory(self) -> DataDirectory:
        """The data directory, to look at; it may be missing. Raises Unknown."""
        return DataDirectory(self.settings.data, read_only=True)

    @contextmanager
    def corner(self) -> Iterator[Path]:
        """A folder on the data directory's disk that is gone afterwards."""
        home = next(p for p in (self.settings.data, *self.settings.data.absolute().parents) if p.is_dir())
        folder = Path(mkdtemp(prefix=".doctor-", dir=home))
        try:
            yield folder
        finally:
            rmtree(folder, ignore_errors=True)


def said_by(path: Path) -> dict[str, Any]:
    """The status in a file, while the process that wrote it lives; else empty."""
    try:
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        os.kill(said["pid"], 0)
    except PermissionError:
        return said
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return said
