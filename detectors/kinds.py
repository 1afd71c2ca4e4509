"""Kinds of rules: every file here whose class of the same name is a detector is one."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import detectors
from detectors.detector import Detector
from domain.errors import Unknown

METHODS = ("observe", "tick", "retire", "state", "changed", "restore", "before", "put", "wants")


def kinds() -> dict[str, type[Detector]]:
    """All kinds by name, in order of name."""
    found = {module: class_in(module) for module in modules()}
    return {name: kind for name, kind in sorted(found.items()) if kind is not None}


def detector_class(kind: str) -> type[Detector]:
    """The detector of a kind. Raises Unknown."""
    found = class_in(kind) if kind in modules() else None
    if found is None:
        raise Unknown("kind of rule", kind)
    return found


@cache
def modules() -> frozenset[str]:
    """The files here, by name."""
    return frozenset(module.name for module in iter_modules(detectors.__path__))


@cache
def class_in(module: str) -> type[Detector] | None:
    """The detector of a module: `gone_silent` holds `GoneSilent`; None where there is none."""
    found = getattr(
        import_module(f"detectors.{module}"), "".join(word.capitalize() for word in module.split("_")), None
    )
    is_detector = isinstance(found, type) and is_dataclass(found) and all(hasattr(found, name) for name in METHODS)
    return found if is_detector and settings_of(found) else None


def settings_of(kind: Any) -> Mapping[str, "Field[Any]"]:
    """The fields that a rule may set, by their keys in TOML: a word that Python keeps for itself ends in `_` here."""
    return {field.name.rstrip("_"): field for field in fields(kind) if "read" in field.metadata}


def is_required(field: "Field[Any]") -> bool:
    """A rule must say it."""
    return field.default is MISSING and field.default_factory is MISSING
