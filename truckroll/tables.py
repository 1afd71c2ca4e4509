"""Tables of a configuration file to settings dataclasses, and settings dataclasses to a commented sample."""

import ast
import dataclasses
import difflib
import inspect
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from domain.errors import WrongFormat

SECRET_TWIN = "_file"


def build(kind: type[Any], table: Mapping[str, Any], where: str, home: Path) -> Any:
    """An instance of a settings dataclass from a table. Raises WrongFormat with every mistake in it.

    A key may be written `KEY_file` where the dataclass has no such field itself: its value is then read from that
    file, so that a secret needs not stand in the configuration. Relative paths of `…_file` keys begin at `home`.
    """
    hints = get_type_hints(kind)
    names = [f.name for f in dataclasses.fields(kind) if f.init]
    mistakes: list[str] = []
    values: dict[str, Any] = {}
    for key, said in table.items():
        value = str(home / said) if key.endswith(SECRET_TWIN) and isinstance(said, str) and said else said
        name, given = secret(key, value, names, mistakes, where)
        if name not in names:
            mistakes.append(f"{where}: there is no setting {key!r}{nearest(key, names)}")
        elif not fits(given, hints[name]):
            mistakes.append(f"{where}: {key} must be {spoken(hints[name])}, not {given!r}")
        else:
            values[name] = tuple(given) if isinstance(given, list) else given
    required = [
        f.name
        for f in dataclasses.fields(kind)
        if f.init and f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    ]
    mistakes += [f"{where}: {name} is missing" for name in required if name not in values and not mistakes]
    if mistakes:
        raise WrongFormat(mistakes)
    return kind(**values)


def secret(key: str, value: Any, names: Sequence[str], mistakes: list[str], where: str) -> tuple[str, Any]:
    """The setting that a `…_file` key stands for, read from its file; any other key as it is."""
    name = key.removesuffix(SECRET_TWIN)
    if key in names or name == key or name not in names:
        return key, value
    try:
        return name, Path(value).read_text(encoding="utf-8").strip()
    except (OSError, TypeError, ValueError) as error:
        mistakes.append(f"{where}: {key} cannot be read: {error}")
        return name, ""


def nearest(word: str, words: Sequence[str]) -> str:
    """A hint at the word that was probably meant."""
    close = difflib.get_close_matches(word, words, 1, 0.6)
    return f"; did you mean {close[0]!r}?" if close else f"; there are: {', '.join(words)}"


def fits(value: Any, hint: Any) -> bool:
    """A TOML value can stand for this type. Whole numbers stand for floats; lists for tuples."""
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return any(fits(value, h) for h in get_args(hint))
    if origin in (tuple, list, Sequence) or hint in (tuple, list):
        return isinstance(value, list | tuple) and all(fits(v, get_args(hint)[0]) for v in value)
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if hint is Path:
        return isinstance(value, str | Path)
    if hint is Any:
        return True
    return isinstance(value, origin or hint)


def spoken(hint: Any) -> str:
    """The type as a person calls it."""
    words = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", Path: "a path"}
    if get_origin(hint) in (Union, UnionType):
        return " or ".join(spoken(h) for h in get_args(hint) if h is not NoneType)
    if get_origin(hint) in (tuple, list, Sequence):
        return f"a list of {spoken(get_args(hint)[0])} values"
    return words.get(hint, "a table")


def sample(kind: type[Any], table: str) -> str:
    """A commented sample of one table: each setting's docstring and default."""
    lines = [f"# {line}" for line in textwrap.wrap(inspect.getdoc(kind) or "", 110)[:3]]
    lines.append(f"[{table}]" if table else "")
    promises = dict(field_docs(kind))
    for f in dataclasses.fields(kind):
        if not f.init or f.default is dataclasses.MISSING:
            continue
        lines += [f"# {line}" for line in textwrap.wrap(promises.get(f.name, ""), 110)]
        lines.append(f"# {f.name} = {toml(f.default)}" if f.default is not None else f"# {f.name} =")
    return "\n".join(line for line in lines if line) + "\n"


def field_docs(kind: type[Any]) -> Iterator[tuple[str, str]]:
    """The docstring under each field of a dataclass."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(body, ast.ClassDef)
    for field, following in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
        ):
            yield field.target.id, inspect.cleandoc(str(following.value.value)).replace("\n", " ")


def toml(value: Any) -> str:
    """A default as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml(v) for v in value) + "]"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
