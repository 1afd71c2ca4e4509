"""TOML: the tables of a text that somebody sends; a small text never takes more than a small part of the memory."""

import re
import tomllib
from typing import Any

MOST_PARTS = 32
"""A key has no more parts between dots: the reader keeps every beginning of a key, so that they grow by the square."""
PART = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+"""
TOO_DEEP = re.compile(rf"(?<![A-Za-z0-9_\\-]){PART}(?:\.[ \t]*+{PART}){{{MOST_PARTS}}}")


def tables_in(text: str) -> dict[str, Any]:
    """The tables of the text. Raises tomllib.TOMLDecodeError, also for keys, nesting and numbers beyond all measure."""
    if deep := TOO_DEEP.search(text):
        line = text.count("\n", 0, deep.start()) + 1
        raise tomllib.TOMLDecodeError(f"More than {MOST_PARTS} parts between dots (at line {line}, column 1)")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except ValueError:
        raise tomllib.TOMLDecodeError("A number or a time is beyond all measure") from None
    except RecursionError:
        raise tomllib.TOMLDecodeError("This is nested too deeply") from None
