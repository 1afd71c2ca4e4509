"""Manifest: what a backup consists of, so that a file that is missing, added or altered is noticed."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from adapters.durable_files import write_durably
from domain.entries import Position
from domain.errors import GiveUp, WrongFormat

FILE = "manifest.json"
FORMAT = 1
CHUNK = 1 << 20


class Positions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far each part of a backup has got in the journal."""

    oldest: Position
    """The journal's oldest entry that is kept."""
    snapshot: Position
    ledger: Position | None
    """None: the ledger is a dump, which tells only once it is loaded."""
    last: Position
    """The journal's last entry."""


class FileMark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file was like when it was written."""

    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A backup's own account of itself."""

    format: int
    version: str
    """Of the Truckroll that made it."""
    taken_at: str
    epoch: str
    positions: Positions
    files: dict[str, FileMark]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(mark.size for mark in self.files.values())


def write(folder: Path, manifest: Manifest) -> None:
    """Put it into the backup, for good."""
    body = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    write_durably(folder / FILE, (body, b"\n"))
    (folder / FILE).chmod(0o600)


def read(folder: Path) -> Manifest:
    """The manifest of a backup. Raises GiveUp where there is none, WrongFormat for one that cannot be used."""
    path = folder / FILE
    if not path.is_file():
        raise GiveUp(f"{folder} is no finished backup: it has no {FILE}; name a folder that truckroll backup made.")
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WrongFormat([f"{path} cannot be read ({error}); take another backup."]) from error
    if manifest.format != FORMAT:
        raise WrongFormat([f"{path} was written by Truckroll {manifest.version}; restore it with that version."])
    return manifest


def files_in(folder: Path) -> Iterator[str]:
    """Names of all files below a folder but the manifest, in order."""
    for path in sorted(folder.rglob("*")):
        if (path.is_symlink() or not path.is_dir()) and path.name != FILE:
            yield path.relative_to(folder).as_posix()


def mark(path: Path, told: Callable[[int], None]) -> FileMark:
    """Size and digest of a file; tells how many bytes it has read since it told last. Raises GiveUp for a link."""
    if path.is_symlink() or not path.is_file():
        raise GiveUp(f"{path} is no plain file; take another backup.")
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            told(len(chunk))
    return FileMark(size, digest.hexdigest())


def check(folder: Path, manifest: Manifest, told: Callable[[int], None]) -> None:
    """Nothing, or WrongFormat with every file that is not as the manifest says."""
    names = list(files_in(folder))
    mistakes = [f"{folder / name} is missing; take another backup." for name in set(manifest.files) - set(names)]
    for name in names:
        if name not in manifest.files:
            mistakes.append(f"{folder / name} is not part of the backup; remove it, or take another backup.")
        elif mark(folder / name, told) != manifest.files[name]:
            mistakes.append(f"{folder / name} was altered after the backup was taken; take another backup.")
    if mistakes:
        raise WrongFormat(sorted(mistakes))
