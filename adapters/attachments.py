"""Pictures of a repair: checked, drawn anew without what a camera adds, and kept by what they show."""

import hashlib
import os
import re
import secrets
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from threading import BoundedSemaphore, Lock

from PIL import Image, ImageFile, ImageOps

from adapters.durable_files import sync_directory, write_durably
from domain.closing import Picture
from domain.errors import GiveUp, TryLater, Unknown, WrongFormat

FOLDER = "attachments"
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
"""What is taken in. What is given out is a JPEG, or for a signature a PNG."""
ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png"}
SIGNATURE = "signature"
NAME = re.compile(r"([0-9a-f]{64})(\.jpg|\.png)")
FORGOTTEN_SECONDS = 3600
"""A file that nobody knows after so long belongs to nobody: its upload was cut off."""
JPEG_QUALITY = 85
ORIENTATION = 0x0112
BAD_PICTURE = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError, MemoryError,
    struct.error, zlib.error, Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip
"""What the decoders raise for bytes that are no picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentSettings:
    """Photos and signatures that belong to tickets; kept in the data directory."""

    most_mib: int = 12
    """A photo may have so many MiB as it is sent."""
    most_megapixels: int = 50
    """A photo with more is refused before it is decoded."""
    longest_side: int = 2560
    """Photos are made so small that neither side has more pixels."""
    keep_location: bool = False
    """Keep what the camera wrote into the photo, such as the place."""
    most_gib: float = 20.0
    """Beyond so much in all nothing more is taken in."""
    most_a_ticket: int = 50
    """So many pictures a ticket may have."""

    def __post_init__(self) -> None:
        ranges = {"most_mib": (1, 64), "most_megapixels": (1, 200), "longest_side": (320, 16_000)}
        ranges |= {"most_a_ticket": (1, 10_000)}
        limits = ((name, getattr(self, name), span) for name, span in ranges.items())
        mistakes = [
            f"{name} must be from {low} to {high}" for name, set_to, (low, high) in limits if not low <= set_to <= high
        ]
        mistakes += [] if self.most_gib > 0 else ["most_gib must be more than 0"]
        if mistakes:
            raise WrongFormat(mistakes)

    @property
    def most_bytes(self) -> int:
        """`most_mib` in bytes."""
        return self.most_mib << 20

    @property
    def quota(self) -> int:
        """`most_gib` in bytes."""
        return int(self.most_gib * (1 << 30))


SIGNATURE_BYTES = 256 << 10
SIGNATURE_PIXELS = 2_000 * 1_000
DRAWING = Lock()
"""Whoever draws has it: one picture at a time in a process, so that memory is bounded."""
IN_LINE = BoundedSemaphore(4)
"""So many may wait for their turn; whoever comes then is asked to come again."""


class Attachments:
    """The folder of pictures in a data directory; a picture's name is the hash of its bytes.

    Any number of processes may use it: a picture appears at once and whole, and the same one twice is one file.
    """

    def __init__(self, data: Path, settings: AttachmentSettings | None = None) -> None:
        self.folder = data / FOLDER
        self.settings = settings or AttachmentSettings()

    def draw(self, content: bytes, slot: str) -> tuple[Picture, bytes]:
        """The picture drawn anew, and its bytes: the same content gives the same ones. Raises WrongFormat with a

        sentence, and TryLater where too many come at once: they are drawn one at a time.
        """
        most = SIGNATURE_BYTES if slot == SIGNATURE else self.settings.most_bytes
        if len(content) > most:
            raise WrongFormat([f"A picture for {slot} has at most {most >> 10:,} KiB; make it smaller."])
        with in_turn(), decoding(content, slot) as image:
            drawn = self.signature(image) if slot == SIGNATURE else self.photo(image)
            media_type = FORMATS["PNG" if slot == SIGNATURE else "JPEG"]
            width, height = drawn.size
            written = self.encoded(drawn, slot)
        digest = hashlib.sha256(written).hexdigest()
        about = Picture(digest=digest, media_type=media_type, size=len(written), width=width, height=height)
        return about, written

    def photo(self, image: ImageFile.ImageFile) -> Image.Image:
        """Upright, small enough, nothing but colours. Raises WrongFormat before it decodes one that is too large."""
        limit = self.settings.most_megapixels * 1_000_000
        check_pixels(image, limit)
        side = self.settings.longest_side
        image.draft("RGB", (side, side))
        exif = image.getexif() if self.settings.keep_location else None
        image.thumbnail((side, side))
        plain = flat(ImageOps.exif_transpose(image))
        if exif is not None:
            exif.pop(ORIENTATION, None)
            plain.info["exif"] = exif.tobytes()
        return plain

    def signature(self, image: ImageFile.ImageFile) -> Image.Image:
        """Black on white."""
        if image.format != "PNG":
            raise WrongFormat(["A signature is a PNG; send one."])
        check_pixels(image, SIGNATURE_PIXELS)
        image.load()
        return flat(image).convert("L")

    def encoded(self, image: Image.Image, slot: str) -> bytes:
        """The picture's bytes."""
        out = BytesIO()
        if slot == SIGNATURE:
            image.info.clear()
            image.save(out, "PNG", optimize=True)
        else:
            image.save(
                out, "JPEG", quality=JPEG_QUALITY, exif=image.info.get("exif", b""), icc_profile=None, comment=b""
            )
        return out.getvalue()

    def path_of(self, picture: Picture) -> Path:
        """Where it lies. Raises Unknown for what cannot be a picture's name."""
        name = picture.digest + ENDINGS.get(picture.media_type, "")
        if not NAME.fullmatch(name):
            raise Unknown("picture", picture.digest)
        return self.folder / picture.digest[:2] / name

    def keep(self, picture: Picture, content: bytes) -> None:
        """Durable when it returns; one that is there already stays, as if it were new. Raises DiskFull."""
        path = self.path_of(picture)
        for folder in (self.folder, path.parent):
            if not folder.is_dir():
                folder.mkdir(mode=0o700, exist_ok=True)
                sync_directory(folder.parent)
        if path.exists():
            os.utime(path)
            return
        own = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        write_durably(own, (content,))
        own.chmod(0o600)
        own.replace(path)
        sync_directory(path.parent)

    def read(self, picture: Picture) -> bytes:
        """Its bytes, as they were kept. Raises GiveUp where the file is gone or altered."""
        path = self.path_of(picture)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise GiveUp(f"The picture {path.name} is not in {self.folder}; restore it from a backup.") from None
        if hashlib.sha256(content).hexdigest() != picture.digest:
            raise GiveUp(f"The picture {path.name} is not what was kept; restore it from a backup.")
        return content

    def sweep(self, is_needed: Callable[[str], bool], now_seconds: float | None = None) -> int:
        """Delete files that nothing needs and that are older than an hour; returns how many."""
        before = (time.time() if now_seconds is None else now_seconds) - FORGOTTEN_SECONDS
        return sum(self.swept(path, is_needed, before) for path in self.files())

    def swept(self, path: Path, is_needed: Callable[[str], bool], before: float) -> bool:
        """The file is deleted. It steps aside first: who needs it meanwhile keeps it anew, or it is put back."""
        if path.stat().st_mtime >= before or wanted(path, is_needed):
            return False
        aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        path.rename(aside)
        if wanted(path, is_needed):
            aside.replace(path)
            return False
        aside.unlink()
        return True

    def files(self) -> Iterator[Path]:
        """Everything that lies in the folder."""
        return (path for path in sorted(self.folder.glob("??/*")) if path.is_file())


def wanted(path: Path, is_needed: Callable[[str], bool]) -> bool:
    """It is whole, and something shows it."""
    name = NAME.fullmatch(path.name)
    return name is not None and is_needed(name[1])


@contextmanager
def in_turn() -> Iterator[None]:
    """Within it nobody else draws. Raises TryLater where too many wait already."""
    if not IN_LINE.acquire(blocking=False):
        raise TryLater("Too many pictures come at once; send this one again in a minute.")
    try:
        with DRAWING:
            yield
    finally:
        IN_LINE.release()


@contextmanager
def decoding(content: bytes, slot: str) -> Iterator[ImageFile.ImageFile]:
    """The picture in the bytes, of one of FORMATS, not decoded yet; what goes wrong with it inside is WrongFormat."""
    try:
        with Image.open(BytesIO(content), formats=list(FORMATS)) as image:
            yield image
    except WrongFormat:
        raise
    except BAD_PICTURE:
        raise WrongFormat(
            [f"This is no JPEG, PNG or WebP that can be read; send another picture for {slot}."]
        ) from None


def check_pixels(image: Image.Image, most: int) -> None:
    """Nothing, or WrongFormat for a picture that would be too large in memory."""
    if image.width * image.height > most:
        raise WrongFormat(
            [f"The picture has {image.width} × {image.height} pixels, more than {most:,}; send a smaller one."]
        )


def flat(image: Image.Image) -> Image.Image:
    """The picture on white, in red, green and blue, without anything beside its pixels."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        over = image.convert("RGBA")
        ground = Image.new("RGB", over.size, "white")
        ground.paste(over, mask=over.getchannel("A"))
        return ground
    plain = image.convert("RGB")
    plain.info = {}
    return plain
