"""The desk's files: classes with their job plans, and the promises, as the configuration names them."""

from collections.abc import Iterator
from dataclasses import replace
from glob import glob
from pathlib import Path

from adapters.public_holidays import PublicHolidays
from domain.errors import WrongFormat
from domain.instants import Instant
from domain.sla import SlaBook
from ticketing.class_lines import meant
from ticketing.classes import Classes, read_classes
from ticketing.sla_file import read_promises
from truckroll.settings import Settings


def load_classes(settings: Settings) -> Classes:
    """Classes and job plans of the rule files and the class files. Raises WrongFormat with every mistake of all."""
    return read_classes((str(path), path.read_text(encoding="utf-8")) for path in class_files(settings))


def class_files(settings: Settings) -> Iterator[Path]:
    """Rule files, then class files, in order of name."""
    yield from settings.rule_files()
    yield from sorted(
        {Path(path) for pattern in settings.general.classes for path in glob(str(settings.home / pattern))}
    )


def load_promises(settings: Settings, now: Instant) -> SlaBook:
    """The promises, and which of them each class has. Raises WrongFormat, OSError."""
    path = settings.home / settings.general.promises if settings.general.promises else None
    name, content = (str(path), path.read_text(encoding="utf-8")) if path else ("promises", "")
    book = read_promises(name, content, PublicHolidays(now))
    classes = load_classes(settings).classes
    strange = [
        f"{name}: class {kind.id} wants the promises {kind.sla!r}; {meant(kind.sla, book.policies)}"
        for kind in classes.values()
        if kind.sla not in book.policies
    ]
    if strange:
        raise WrongFormat(strange)
    return replace(book, classes={kind.id: kind.sla for kind in classes.values()})
