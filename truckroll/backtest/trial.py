"""Trial: a backtest from what was asked to its report; it runs in a process of its own."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from adapters.data_directory import DataDirectory
from adapters.influx import InfluxTelemetry
from adapters.journal_reader import JournalReader
from adapters.ledger_sql import SqlLedger
from adapters.telemetry_sqlite import SqliteTelemetry
from detectors.rule import Rule
from detectors.rules import read_rules
from domain.batch import Batch
from domain.errors import GiveUp, Unknown, WrongFormat
from domain.instants import Instant
from domain.registry import Registry
from domain.sla import SlaBook
from ticketing.classes import read_classes
from truckroll.backtest.album import Album
from truckroll.backtest.asked import CONFIGURED, Asked
from truckroll.backtest.calls import attended
from truckroll.backtest.past import Control, Past, of_files, of_journal, of_store, registered
from truckroll.backtest.result import Measure, Result, compared, result_of
from truckroll.backtest.run import Stage
from truckroll.backtest.truth import Failure, read_truth
from truckroll.desk_files import load_classes, load_promises
from truckroll.stores import ledger_place, telemetry_in

Tell = Callable[[float], object]
"""Hears how much is done, from 0 to 1."""


def trial(asked: Asked, tell: Tell) -> dict[str, Any]:
    """The report, ready for JSON. Raises WrongFormat, GiveUp, Unknown with a sentence."""
    asked.check()
    files = [asked.rules, asked.against] if asked.against else [asked.rules]
    truth = read_truth(asked.truth, asked.columns) if asked.truth else None
    sets = [(rules_in(asked, listed), measure_of(asked, listed, truth)) for listed in files]
    with ExitStack() as stack:
        past = past_of(asked, stack)
        runs = [on_stage(rules, measure, past, stack) for rules, measure in sets]
        for share, batch in past.steps:
            for run in runs:
                run.show(batch)
            tell(share)
        results = [run.result() for run in runs]
    return report(asked, past, results)


def measure_of(asked: Asked, files: Sequence[Path], truth: Sequence[Failure] | None) -> Measure:
    """By what a set of rule files is measured: its own classes before the configured ones. Raises WrongFormat."""
    classes = read_classes(((str(file), asked.text(file)) for file in files), load_classes(asked.settings))

    def book(at: Instant) -> SlaBook:
        named = {kind.id: kind.sla for kind in classes.classes.values()}
        return replace(load_promises(asked.settings, at), classes=named)

    book(max(0, asked.since))
    return Measure(classes=classes, truth=truth, lead=asked.lead, seed=asked.seed, book=book)


@dataclass(frozen=True, slots=True)
class Run:
    """One set of rules on its stage."""

    rules: Sequence[Rule]
    measure: Measure
    stage: Stage
    album: Album

    def show(self, batch: Batch) -> None:
        """Let the batch happen."""
        self.album.look(batch, self.stage.show(batch))

    def result(self) -> Result:
        """The numbers."""
        return result_of(self.rules, self.stage.outcome(), self.measure, self.album.examples)


def on_stage(rules: Sequence[Rule], measure: Measure, past: Past, stack: ExitStack) -> Run:
    """A set of rules, ready to be played."""
    stage = stack.enter_context(Stage(rules, past.controls, attended(measure.classes)))
    return Run(rules, measure, stage, Album())


def report(asked: Asked, past: Past, results: Sequence[Result]) -> dict[str, Any]:
    """What is told of it all."""
    first, *others = results
    return {
        "asked": asked.as_dict(),
        "source": past.name,
        "unknown": list(past.unknown),
        "a": first.as_dict(),
        "b": others[0].as_dict() if others else None,
        "against": compared(first, others[0], asked.seed).as_dict() if others else None,
    }


def rules_in(asked: Asked, files: Sequence[Path]) -> list[Rule]:
    """The rules of the files, whatever their life. Raises WrongFormat with every mistake, Unknown."""
    mistakes: list[str] = []
    found: dict[str, Rule] = {}
    for file in files:
        try:
            listed = read_rules(asked.text(file), str(file)).rules
        except WrongFormat as error:
            mistakes += error.mistakes
            continue
        mistakes += [
            f"{file}: rule {rule.id} is in another file too; give it another id." for rule in listed if rule.id in found
        ]
        found |= {rule.id: rule for rule in listed}
    if mistakes:
        raise WrongFormat(mistakes)
    for name in asked.only:
        if name not in found:
            raise Unknown("rule", name)
    wanted = [rule for rule in found.values() if not asked.only or rule.id in asked.only]
    if not wanted:
        raise GiveUp(f"{', '.join(map(str, files))} has no rules; there is nothing to play.")
    return wanted


# -- where the past is


def past_of(asked: Asked, stack: ExitStack) -> Past:
    """The past that was asked for. Raises GiveUp, Unknown, WrongFormat."""
    if asked.journal is not None:
        past = of_journal(JournalReader(asked.journal), asked.since, asked.until, asked.settings.limits)
        return replace(past, controls=[*past.controls, *registered(asked.registry)])
    if asked.store:
        return store_past(asked, stack)
    return of_files(
        asked.events,
        asked.telemetry,
        dict(asked.columns),
        registry=asked.registry,
        since=asked.since,
        until=asked.until,
        tick=asked.tick,
        heard=asked.heard,
    )


def store_past(asked: Asked, stack: ExitStack) -> Past:
    """What a store keeps of the devices that the registry, the service or a registry file knows."""
    decided = [*controls_beside(asked), *registered(asked.registry)]
    registry = Registry()
    for topic, payload in decided:
        if topic == "registry":
            registry.apply(payload)
    devices = {*registry, *reported(asked)}
    store = stack.enter_context(store_of(asked))
    return of_store(store, devices, decided, since=asked.since, until=asked.until, tick=asked.tick)


def store_of(asked: Asked) -> Any:
    """The store, to be entered. Raises GiveUp."""
    settings, folder = asked.settings, Path(asked.store)
    if asked.store == CONFIGURED:
        return telemetry_in(settings, DataDirectory(settings.data, read_only=True))
    if "://" not in asked.store:
        if not folder.is_dir():
            raise GiveUp(f"{folder} is no folder with a telemetry store; give one, or the address of an InfluxDB.")
        return SqliteTelemetry(folder)
    if settings.influx is None:
        raise GiveUp("How to ask that InfluxDB is not said; describe it under [influx] of truckroll.toml.")
    data = DataDirectory(settings.data, read_only=True)
    return InfluxTelemetry(replace(settings.influx, url=asked.store), data.path / "influx")


def controls_beside(asked: Asked) -> list[Control]:
    """What the journal of the configuration says of the registry; nothing where there is none."""
    try:
        journal = JournalReader(DataDirectory(asked.settings.data, read_only=True).path)
    except Unknown:
        return []
    return [(entry.topic, entry.payload) for _, entry in journal.controls() if entry.topic == "registry"]


def reported(asked: Asked) -> list[str]:
    """Devices that the service has heard of; none where there is no ledger."""
    try:
        place = ledger_place(asked.settings, DataDirectory(asked.settings.data, read_only=True))
    except Unknown:
        return []
    if isinstance(place, Path) and not place.exists():
        return []
    with SqlLedger(place) as ledger:
        return [facts.device for facts in ledger.assets()]
