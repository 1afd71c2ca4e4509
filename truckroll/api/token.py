"""The bearer token: made at the first start and shown once; only its hash is kept."""

import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from adapters.durable_files import sync_directory
from domain.errors import GiveUp

FILE = "token"
KEPT = re.compile(r"sha256:([0-9a-f]{64})\n?")


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of the token: enough to recognise it, not to tell it."""

    digest: str

    @classmethod
    def of(cls, text: str) -> Self:
        """The token with this text. It is 256 random bits, so a plain hash cannot be guessed back."""
        return cls(hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest())

    def opens(self, text: str) -> bool:
        """This is the token; takes equally long for any text that is not."""
        return hmac.compare_digest(Token.of(text).digest, self.digest)


def token_in(data: Path) -> tuple[Token, str]:
    """The token of a data directory, and its text if it was made just now, else an empty one.

    Raises GiveUp when the file is no token, or others than its owner may read or change it.
    """
    path = data / FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return kept(path), ""
    text = secrets.token_urlsafe(32)
    token = Token.of(text)
    with open(descriptor, "w", encoding="ascii") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(f"sha256:{token.digest}\n")
        file.flush()
        os.fsync(file.fileno())
    sync_directory(data)
    return token, text


def kept(path: Path) -> Token:
    """The token whose hash a file keeps."""
    if path.stat().st_mode & 0o077:
        raise GiveUp(f"Others may read or change {path}; allow only its owner to (chmod 600 {path}).")
    found = KEPT.fullmatch(path.read_text(encoding="ascii", errors="replace"))
    if found is None:
        raise GiveUp(f"{path} holds no token; delete it, and the next start makes and prints a new one.")
    return Token(found[1])
