"""Device ids: what a device is called inside, and how any outside name becomes such an id and back."""

import re

from ingest.limits import Refused, short

ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
PLAIN = re.compile(r"[A-Za-z0-9._-]*")
ESCAPE = re.compile(r"_x([0-9a-f]{2})")
TO_ESCAPE = re.compile(r"_(?=x[0-9a-f]{2})|[^A-Za-z0-9._-]")


def checked_id(text: str) -> str:
    """The text itself where it may stand as an id. Raises Refused."""
    if not ID.fullmatch(text):
        raise Refused("bad_id", f"{short(text)} is no device id: use 1 to 64 of the characters A-Z a-z 0-9 . _ -")
    return text


def inside_id(name: str) -> str:
    """The id of an outside name; characters that ids do not have become `_xHH`, a byte of UTF-8 each.

    `outside_name` gives the name back verbatim. Raises Refused where the id would be empty or too long.
    """
    if ID.fullmatch(name) and not ESCAPE.search(name):
        return name
    escaped = TO_ESCAPE.sub(lambda found: "".join(f"_x{byte:02x}" for byte in found[0].encode()), name)
    if not 1 <= len(escaped) <= 64:
        raise Refused("bad_id", f"The name {short(name)} becomes an id of {len(escaped)} characters; 1 to 64 fit.")
    return escaped


def outside_name(device: str) -> str:
    """The name verbatim that `inside_id` made this id of."""
    raw = ESCAPE.sub(lambda found: chr(int(found[1], 16)), device)
    return raw.encode("latin-1").decode()
