"""Pages: one page a detector, made from its class: what it finds, when it is the wrong tool, settings, an example."""

import ast
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import Field, is_dataclass
from itertools import pairwise
from typing import Any

from detectors.kinds import is_required, kinds, settings_of
from detectors.page import Page
from detectors.readers import Flapping, Reset, Resolve, duration, interval, positive
from domain.errors import Unknown
from domain.instants import duration_text

INDEX = "README.md"
MADE = "<!-- Made by `make docs` from the detectors' classes; change those, not this page. -->"
EMPTY = (None, "", (), Flapping(), Reset(), Resolve())
"""Defaults that say nothing of themselves; the meaning says what happens then."""
DURATIONS = (duration, positive, interval)


def pages() -> dict[str, str]:
    """Markdown by file name: the index and a page a detector. Raises Unknown for a class without a page."""
    found = kinds()
    return {INDEX: index(found), **{f"{name}.md": page(name, kind) for name, kind in found.items()}}


def index(found: Mapping[str, Any]) -> str:
    """All detectors on one page."""
    rows = [[f"[`{name}`]({name}.md)", title(kind), about(kind).wrong_when] for name, kind in found.items()]
    return "\n".join(
        [
            MADE,
            "",
            "# Detectors",
            "",
            'A rule names one by `kind = "…"`. All kinds know `where`, `key`, `severity`, `failure_mode`, `class` and '
            "`max_tickets` as well.",
            "",
            *table(["kind", "what it looks for", "the wrong tool when"], rows),
            "",
        ]
    )


def page(name: str, kind: Any) -> str:
    """One detector's page."""
    told = about(kind)
    return "\n".join(
        [
            MADE,
            "",
            f"# {name}",
            "",
            title(kind),
            "",
            f"**Finds.** {told.finds}",
            "",
            f"**The wrong tool when** … {told.wrong_when}",
            "",
            "## Settings",
            "",
            *table(["setting", "default", "meaning"], list(setting_rows(kind))),
            "",
            "## Example",
            "",
            "To show how settings are written, not which to choose; rules in use stand in "
            "[examples/rules](../../examples/rules).",
            "",
            "```toml",
            *example(name, kind),
            "```",
            "",
            "## Source of the method",
            "",
            told.source,
            "",
        ]
    )


def about(kind: Any) -> Page:
    """What the class says of itself. Raises Unknown where it says nothing."""
    told = getattr(kind, "page", None)
    if not isinstance(told, Page):
        raise Unknown("page of the detector", kind.__name__)
    return told


def title(kind: Any) -> str:
    """The class's own sentence."""
    return " ".join((inspect.getdoc(kind) or kind.__name__).split("\n\n")[0].split())


def setting_rows(kind: Any) -> Iterator[list[str]]:
    """Name, default and meaning of each setting, those that must be said first."""
    told = meanings(kind)
    settings = settings_of(kind).items()
    for name, field in sorted(settings, key=lambda setting: not is_required(setting[1])):
        yield [f"`{name}`", default_of(field), told.get(field.name, "")]


def meanings(kind: Any) -> dict[str, str]:
    """Attribute docstrings of a class and those it comes from; its own win."""
    found: dict[str, str] = {}
    owners: list[Any] = [owner for owner in reversed(kind.__mro__) if is_dataclass(owner)]
    for owner in owners:
        tree = ast.parse(inspect.getsource(owner))
        found |= dict(attribute_docstrings(next(node for node in tree.body if isinstance(node, ast.ClassDef))))
    return found


def attribute_docstrings(owner: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Name and text of attributes that have a text below them."""
    for attribute, below in pairwise(owner.body):
        if isinstance(attribute, ast.AnnAssign) and isinstance(attribute.target, ast.Name) and (text := text_of(below)):
            yield attribute.target.id, text


def text_of(node: ast.stmt) -> str:
    """A string that stands by itself; empty for other statements."""
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return " ".join(ast.literal_eval(node.value).split()) if is_text and isinstance(node, ast.Expr) else ""


def default_of(field: "Field[Any]") -> str:
    """A default as a rule would say it."""
    if is_required(field):
        return "must be said"
    default: Any = field.default
    if default in EMPTY or (field.metadata["read"] in DURATIONS and not default):
        return "none"
    if field.metadata["read"] in DURATIONS:
        return f"`{toml(duration_text(default))}`"
    if isinstance(default, Resolve):
        return f"`{toml({'quiet_for': duration_text(default.quiet_for)})}`"
    return f"`{toml(default)}`"


# -- the example


def example(name: str, kind: Any) -> list[str]:
    """A rule with the settings of the class's example."""
    common = {"id": f"my-{name.replace('_', '-')}", "kind": name}
    rows = {**common, **kind.example(), "severity": "S2", "failure_mode": "broken"}
    return ["[[rule]]", *(f"{key} = {toml(value)}" for key, value in rows.items())]


def toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, Iterable):
        return "[" + ", ".join(toml(inner) for inner in value) + "]"
    return str(value)


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(re.sub(r"\s*\|\s*", " or ", cell) for cell in line) + " |" for line in lines]
