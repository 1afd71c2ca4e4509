"""Addresses: by which channel a person is reached, as a file says; until people keep their own."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from domain.errors import GiveUp, WrongFormat
from domain.outgoing import Address
from domain.sla import CHANNELS
from domain.text import LANGUAGES

SUPERVISOR, IN_APP = "supervisor", "in_app"
KEYS = tuple(f.name for f in fields(Address))
CHOICE: Mapping[str, tuple[str, ...]] = {"prefers": ("sms", "email", "in_app"), "language": LANGUAGES}


def read_addresses(name: str, text: str) -> Mapping[str, Address]:
    """The `[[address]]` tables of a file by person. Raises WrongFormat with every mistake."""
    try:
        rows = tomllib.loads(text).get("address", [])
    except tomllib.TOMLDecodeError as error:
        raise WrongFormat([f"{name}: {error}"]) from error
    mistakes: list[str] = []
    found: dict[str, Address] = {}
    for nth, row in enumerate(rows if isinstance(rows, list) else [None], 1):
        where = f"{name}: address number {nth}"
        if wrong := mistakes_of(row):
            mistakes += [f"{where}: {mistake}" for mistake in wrong]
        elif row["person"] in found:
            mistakes.append(f"{where}: {row['person']} is there twice; put all addresses into one table")
        else:
            found[row["person"]] = Address(**row)
    if mistakes:
        raise WrongFormat(mistakes)
    return found


def mistakes_of(row: Any) -> list[str]:
    """What is wrong with one table."""
    if not isinstance(row, dict):
        return ["write it as an [[address]] table"]
    found = [f"{key} is unknown; there are: {', '.join(KEYS)}" for key in row if key not in KEYS]
    found += [f"{key} must be a text in one line" for key, said in row.items() if not is_line(said)]
    found += [
        f"{key} must be one of {', '.join(choice)}"
        for key, choice in CHOICE.items()
        if key in row and row[key] not in choice
    ]
    if not row.get("person"):
        found.append("person is missing")
    if "email" in row and "@" not in str(row["email"]):
        found.append("email must be an address such as name@example.com")
    return found


def is_line(said: Any) -> bool:
    """A text without control characters, so that it can stand in a header."""
    return isinstance(said, str) and said.isprintable()


def reached_by(to: str, channel: str, known: Address | None) -> tuple[str, str]:
    """The channel and the address under which somebody is told. Raises GiveUp with what to do where there is none."""
    if not to:
        raise GiveUp("Nobody is on call for this; name a duty in the file of promises.")
    if channel == SUPERVISOR:
        channel = preferred(known)
    if channel == IN_APP:
        return IN_APP, to
    if channel not in CHANNELS:
        raise GiveUp(f"There is no channel {channel}; there are: {', '.join(CHANNELS)}.")
    address = str(getattr(known, channel)) if known else ""
    if not address and channel == "email" and "@" in to and is_line(to):
        address = to
    if not address:
        raise GiveUp(f"{to} has no address for {channel}; add it to the file of addresses, then retry.")
    return channel, address


def preferred(known: Address | None) -> str:
    """The channel that somebody likes best."""
    if known is None:
        return IN_APP
    return known.prefers or ("email" if known.email else "sms" if known.sms else IN_APP)
