"""Settings: one `truckroll.toml`, each table described beside the code that reads it."""

import tomllib
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path
from typing import Any

from adapters.attachments import AttachmentSettings
from adapters.influx_settings import InfluxSettings
from adapters.intake_settings import IntakeSettings
from adapters.ledger_settings import LedgerSettings
from adapters.mqtt import MqttSettings
from adapters.notify_smtp import MailSettings
from domain.errors import WrongFormat
from domain.instants import Duration, parse_duration
from ingest.limits import Limits
from ingest.receive import ReceiveSettings
from ingest.sources import Sources, sources_from
from ingest.watch import WatchSettings
from ticketing.routing import RoutingSettings
from truckroll.api.settings import ApiSettings
from truckroll.crew_settings import CrewSettings
from truckroll.maintenance_settings import MaintenanceSettings
from truckroll.out_settings import OutSettings
from truckroll.tables import build, nearest, sample


@dataclass(frozen=True, slots=True, kw_only=True)
class General:
    """Where things are. Paths, here and in every `…_file`, are relative to this file."""

    data: str = "data"
    """Directory of the journal, the telemetry, the ledger and the snapshots; one service at a time uses it."""
    rules: tuple[str, ...] = ("rules/*.toml",)
    """Rule files, as patterns."""
    classes: tuple[str, ...] = ()
    """Files of ticket classes and job plans beside those in the rule files, as patterns."""
    promises: str = ""
    """The file of SLA promises, calendars and duties; none: everything by its default (docs/sla.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLimits:
    """How much of the journal is kept; decisions of people and what is not yet watched are always kept."""

    most_age: str = "7d"
    """Older messages are dropped."""
    most_gib: float = 50.0
    """Beyond this size the oldest are dropped."""

    def __post_init__(self) -> None:
        mistakes = [] if self.most_gib > 0 else ["most_gib must be more than 0"]
        try:
            parse_duration(self.most_age)
        except ValueError as error:
            mistakes.append(f"most_age: {error}")
        if mistakes:
            raise WrongFormat(mistakes)

    @property
    def age(self) -> Duration:
        """`most_age` in nanoseconds."""
        return parse_duration(self.most_age)

    @property
    def size(self) -> int:
        """`most_gib` in bytes."""
        return int(self.most_gib * (1 << 30))


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetryLimits:
    """How long readings are kept in the data directory; an InfluxDB has a retention policy of its own."""

    most_age: str = "400d"
    """Days that ended longer ago are dropped, once the recorder has passed them."""

    def __post_init__(self) -> None:
        try:
            parse_duration(self.most_age)
        except ValueError as error:
            raise WrongFormat([f"most_age: {error}"]) from error

    @property
    def age(self) -> Duration:
        """`most_age` in nanoseconds."""
        return parse_duration(self.most_age)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSettings:
    """Backups by the clock; none without a folder."""

    folder: str = ""
    """A folder on another disk."""
    every: str = "24h"
    """A new one when the last is so old."""
    keep: int = 7
    """Beyond so many the oldest are deleted."""

    def __post_init__(self) -> None:
        mistakes = [] if self.keep > 0 else ["keep must be at least 1"]
        try:
            parse_duration(self.every)
        except ValueError as error:
            mistakes.append(f"every: {error}")
        if mistakes:
            raise WrongFormat(mistakes)

    @property
    def period(self) -> Duration:
        """`every` in nanoseconds."""
        return parse_duration(self.every)


TABLES: dict[str, type[Any]] = {
    "mqtt": MqttSettings,
    "receive": ReceiveSettings,
    "limits": Limits,
    "journal": JournalLimits,
    "telemetry": TelemetryLimits,
    "watch": WatchSettings,
    "ledger": LedgerSettings,
    "backup": BackupSettings,
    "out": OutSettings,
    "mail": MailSettings,
    "api": ApiSettings,
    "routing": RoutingSettings,
    "intake": IntakeSettings,
    "attachments": AttachmentSettings,
    "maintenance": MaintenanceSettings,
    "crew": CrewSettings,
}
OPTIONAL: dict[str, type[Any]] = {"influx": InfluxSettings}
"""Tables that mean something by being there at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a service needs to know before it starts."""

    home: Path
    """What relative paths are relative to."""
    general: General = field(default_factory=General)
    mqtt: MqttSettings = field(default_factory=MqttSettings)
    receive: ReceiveSettings = field(default_factory=ReceiveSettings)
    limits: Limits = field(default_factory=Limits)
    journal: JournalLimits = field(default_factory=JournalLimits)
    telemetry: TelemetryLimits = field(default_factory=TelemetryLimits)
    watch: WatchSettings = field(default_factory=WatchSettings)
    ledger: LedgerSettings = field(default_factory=LedgerSettings)
    backup: BackupSettings = field(default_factory=BackupSettings)
    out: OutSettings = field(default_factory=OutSettings)
    mail: MailSettings = field(default_factory=MailSettings)
    influx: InfluxSettings | None = None
    """Where readings are kept; None = in files in the data directory."""
    api: ApiSettings = field(default_factory=ApiSettings)
    routing: RoutingSettings = field(default_factory=RoutingSettings)
    intake: IntakeSettings = field(default_factory=IntakeSettings)
    attachments: AttachmentSettings = field(default_factory=AttachmentSettings)
    maintenance: MaintenanceSettings = field(default_factory=MaintenanceSettings)
    crew: CrewSettings = field(default_factory=CrewSettings)
    sources: Sources = field(default_factory=lambda: sources_from([]))

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.home / self.general.data

    def rule_files(self) -> list[Path]:
        """The rule files that the patterns find, in order of name."""
        return sorted({Path(path) for pattern in self.general.rules for path in glob(str(self.home / pattern))})


def load(path: Path | None) -> Settings:
    """Settings from a file; without one: the defaults. Raises WrongFormat with every mistake, OSError."""
    if path is None:
        return Settings(home=Path.cwd())
    try:
        text = path.read_text(encoding="utf-8")
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongFormat([f"{path}: {error}"]) from error
    return from_tables(tables, home=path.resolve().parent, where=str(path), text=text)


def from_tables(tables: dict[str, Any], *, home: Path, where: str, text: str = "") -> Settings:
    """Settings from the parsed tables of a file."""
    mistakes: list[str] = []
    parts: dict[str, Any] = {}
    kinds = TABLES | {name: kind for name, kind in OPTIONAL.items() if name in tables}
    general = {k: v for k, v in tables.items() if k not in kinds and k != "source"}
    for name, kind, table in [("general", General, general)] + [(n, k, tables.get(n, {})) for n, k in kinds.items()]:
        label = where if name == "general" else f"{where} [{name}]"
        try:
            if not isinstance(table, dict):
                raise WrongFormat([f"{where}: {name} must be a table{nearest(name, list(kinds))}"])
            parts[name] = build(kind, table, label, home)
        except WrongFormat as error:
            mistakes += error.mistakes
    try:
        parts["sources"] = sources_from(tables.get("source", []), text=text)
    except WrongFormat as error:
        mistakes += [f"{where}: {mistake}" for mistake in error.mistakes]
    if mistakes:
        raise WrongFormat(mistakes)
    return Settings(home=home, **parts)


def example() -> str:
    """A commented `truckroll.toml` with every setting at its default."""
    tables = [sample(General, ""), *(sample(kind, name) for name, kind in TABLES.items())]
    optional = [sample(kind, name).replace(f"[{name}]", f"# [{name}]", 1) for name, kind in OPTIONAL.items()]
    return SAMPLE_HEAD + "\n".join(tables) + SOURCE_SAMPLE + "\n" + "\n".join(optional)


SAMPLE_HEAD = "# Truckroll's settings; every line that is commented out shows its default.\n\n"
SOURCE_SAMPLE = """
# Existing devices join without code: what their topics and payloads mean (docs/payloads.md).
# [[source]]
# name = "tasmota"
# topic = "tele/{device}/SENSOR"
# codec = "json"
# time = { field = "Time", zone = "Europe/Berlin" }
# values = "flatten"
"""
