"""Names and texts in InfluxDB: written so that none can be taken for anything else, and read back as they were.

Line protocol has no way to write a backslash at the end of a name, a line break, or a measurement that begins with
`#`. Such characters are kept as `%HH`, a byte of UTF-8 each, as in web addresses; so is a `%` that two hexadecimal
digits follow. All other names stand in InfluxDB as they are.

An empty text says that there is none, so that a number can take the place of a text; one that a device said is `%00`.
"""

import re
from urllib.parse import unquote

SUFFIX = re.compile(r"[A-Za-z0-9_.-]{1,32}")
TO_CODE = re.compile(r"[\x00-\x1f\x7f\\]|%(?=[0-9A-Fa-f]{2})|[\ud800-\udfff]")
NO_TEXT = ""
EMPTY = "%00"
LIKE_EMPTY = re.compile(r"%(?:25)*00")
CODED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
RESERVED = frozenset({"time", "_field", "_measurement"})
"""Names that InfluxDB keeps for itself: it drops such fields without a word."""

IN_MEASUREMENT = str.maketrans({",": r"\,", " ": r"\ "})
IN_KEY = str.maketrans({",": r"\,", " ": r"\ ", "=": r"\="})
IN_TEXT = str.maketrans({"\\": r"\\", '"': r"\""})


def coded(text: str) -> str:
    """The text with the characters as `%HH` that line protocol cannot say; for the value of a tag."""
    return TO_CODE.sub(lambda found: percent(found[0]), text)


def coded_name(name: str) -> str:
    """The same for a measurement or the key of a field, where some whole names are impossible too."""
    if name in RESERVED or name.startswith("#"):
        return percent(name[0]) + coded(name[1:])
    return coded(name)


def percent(text: str) -> str:
    """The text as `%HH`, a byte each; what is no character of UTF-8 becomes a question mark."""
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "replace"))


def outside(name: str) -> str:
    """The name that `coded` or `coded_name` made this one of; a foreign name that was never coded stays as it is."""
    try:
        return CODED.sub(lambda found: unquote(found[0], errors="strict"), name)
    except UnicodeDecodeError:
        return name


def coded_text(words: str) -> str:
    """A text that a device said, as the value of a field: never `NO_TEXT`."""
    if not words:
        return EMPTY
    return percent("%") + words[1:] if LIKE_EMPTY.fullmatch(words) else words


def outside_text(kept: str) -> str:
    """The text that `coded_text` made this one of."""
    if kept == EMPTY:
        return ""
    return "%" + kept.removeprefix(percent("%")) if LIKE_EMPTY.fullmatch(kept) else kept


def is_name(name: str) -> bool:
    """A name that needs no coding, and is no placeholder."""
    return bool(name) and coded_name(name) == name and not set("{}") & set(name)


def measurement(name: str) -> str:
    """A coded name as the measurement of a line."""
    return name.translate(IN_MEASUREMENT)


def key(name: str) -> str:
    """A coded name as the key or value of a tag, or the key of a field, of a line."""
    return name.translate(IN_KEY)


def text(words: str) -> str:
    """Any words as the value of a field of a line."""
    return f'"{words.translate(IN_TEXT)}"'


def quoted(name: str) -> str:
    """A coded name as an identifier of InfluxQL."""
    return f'"{name.translate(IN_TEXT)}"'
