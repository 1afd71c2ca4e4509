"""Pictures: what is taken in is drawn anew and small; what is no picture, or too large, is refused before it costs."""

import hashlib
import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from adapters.attachments import FORGOTTEN_SECONDS, Attachments, AttachmentSettings
from domain.closing import Picture
from domain.errors import GiveUp, Unknown, WrongFormat

GPS = 0x8825
SMALL = AttachmentSettings(longest_side=320, most_mib=1, most_megapixels=1)


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), mode: str = "RGB", **how: Any) -> bytes:
    """A small picture with a gradient."""
    out = BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(out, kind, **how)
    return out.getvalue()


def located() -> bytes:
    """A photo whose camera knew where it was, and lay on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera"
    exif.get_ifd(GPS)[1] = "N"
    return picture(exif=exif, comment=b"secret")


def opened(content: bytes) -> Image.Image:
    """The picture in the bytes."""
    return Image.open(BytesIO(content))


@pytest.fixture
def store(tmp_path: Path) -> Attachments:
    """An empty folder of pictures."""
    return Attachments(tmp_path, SMALL)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "1"), ("WEBP", "RGBA")],
)
def test_a_photo_is_drawn_anew(store: Attachments, kind: str, mode: str) -> None:
    """As a JPEG of red, green and blue, no larger than wanted; the same content gives the same bytes."""
    about, drawn = store.draw(picture(kind, (640, 480), mode), "photo_before")
    image = opened(drawn)
    assert ("JPEG", "RGB", (320, 240)) == (image.format, image.mode, image.size)
    assert (320, 240, "image/jpeg", len(drawn)) == (about.width, about.height, about.media_type, about.size)
    assert hashlib.sha256(drawn).hexdigest() == about.digest
    assert (about, drawn) == store.draw(picture(kind, (640, 480), mode), "photo_after")


def test_nothing_stays_of_where_it_was_taken(store: Attachments) -> None:
    """Neither place nor camera nor comment; the picture stands upright."""
    _, drawn = store.draw(located(), "photo")
    assert {} == dict(opened(drawn).getexif())
    assert (48, 64) == opened(drawn).size
    for word in (b"Camera", b"secret", b"Exif"):
        assert word not in drawn


def test_the_place_is_kept_where_somebody_wants_it(tmp_path: Path) -> None:
    """`keep_location` keeps what the camera wrote, but for the orientation, which has been made true."""
    _, drawn = Attachments(tmp_path, AttachmentSettings(keep_location=True)).draw(located(), "photo")
    exif = opened(drawn).getexif()
    assert ("Camera", "N", None) == (exif[0x010F], exif.get_ifd(GPS)[1], exif.get(0x0112))


def test_a_signature_is_black_on_white(store: Attachments) -> None:
    """What is transparent is paper; texts in the file do not stay."""
    image = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    image.putpixel((3, 3), (0, 0, 0, 255))
    out = BytesIO()
    image.save(out, "PNG")
    about, drawn = store.draw(out.getvalue(), "signature")
    found = opened(drawn)
    assert ("image/png", "PNG", "L") == (about.media_type, found.format, found.mode)
    assert (255, 0) == (found.getpixel((0, 0)), found.getpixel((3, 3)))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is huge."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "slot", "why"),
    [
        (b"", "photo", "no JPEG"),
        (b"<svg onload=alert(1)>", "photo", "no JPEG"),
        (b"%PDF-1.7", "photo", "no JPEG"),
        (picture("GIF"), "photo", "no JPEG"),
        (picture("TIFF"), "photo", "no JPEG"),
        (picture("BMP"), "photo", "no JPEG"),
        (picture()[:-40], "photo", "no JPEG"),
        (picture()[:60], "photo", "no JPEG"),
        (bomb(1001, 1000), "photo", "1001 × 1000 pixels"),
        (bomb(60_000, 60_000), "photo", "no JPEG|pixels"),
        (bomb(2**31 - 1, 2**31 - 1), "photo", "no JPEG|pixels"),
        (bomb(2001, 1000), "signature", "2001 × 1000 pixels"),
        (picture("JPEG"), "signature", "is a PNG"),
        (b"\0" * ((1 << 20) + 1), "photo", "at most 1,024 KiB"),
        (b"\0" * ((256 << 10) + 1), "signature", "at most 256 KiB"),
    ],
)
def test_what_is_no_picture_or_too_large_is_refused(store: Attachments, content: bytes, slot: str, why: str) -> None:
    """With a sentence, before anything is decoded, and nothing of it is kept."""
    with pytest.raises(WrongFormat, match=why):
        store.draw(content, slot)
    assert [] == list(store.files())


def test_the_limit_itself_is_allowed(store: Attachments) -> None:
    """One megapixel is one megapixel."""
    assert (320, 320) == opened(store.draw(picture("PNG", (1000, 1000)), "photo")[1]).size


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    base=st.sampled_from([picture("JPEG"), picture("PNG", mode="RGBA"), picture("WEBP"), located()]),
    changes=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=20),
    cut=st.integers(0, 5000),
)
def test_broken_pictures_never_break_the_desk(
    store: Attachments, base: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    """Whatever bytes are wrong: a picture, or a refusal."""
    content = bytearray(base)
    for place, value in changes:
        content[place % len(content)] = value
    try:
        about, drawn = store.draw(bytes(content[: max(1, cut)]), "photo")
    except WrongFormat:
        return
    assert (about.width, about.height) == opened(drawn).size


def test_a_picture_is_kept_once_and_privately(store: Attachments) -> None:
    """By the hash of its bytes, for its owner's eyes; twice is once, and nothing else lies around."""
    about, drawn = store.draw(picture(), "photo")
    store.keep(about, drawn)
    store.keep(about, drawn)
    (path,) = store.files()
    assert (f"{about.digest}.jpg", about.digest[:2]) == (path.name, path.parent.name)
    assert (0o600, 0o700, 0o700) == tuple(p.stat().st_mode & 0o777 for p in (path, path.parent, store.folder))
    assert drawn == store.read(about)


def test_an_altered_or_missing_file_is_told(store: Attachments) -> None:
    """Nobody is shown another picture than the one that was kept."""
    about, drawn = store.draw(picture(), "photo")
    store.keep(about, drawn)
    store.path_of(about).write_bytes(drawn[:-1])
    with pytest.raises(GiveUp, match="not what was kept"):
        store.read(about)
    store.path_of(about).unlink()
    with pytest.raises(GiveUp, match="restore it from a backup"):
        store.read(about)


@pytest.mark.parametrize("digest", ["../../ledger", "", "g" * 64, "0" * 63, "0" * 64 + "/.."])
def test_a_name_leads_nowhere_else(store: Attachments, digest: str) -> None:
    """Only the hash of a picture names a file."""
    with pytest.raises(Unknown):
        store.path_of(Picture(digest=digest, media_type="image/jpeg", size=1, width=1, height=1))


def test_what_nothing_needs_goes_after_an_hour(store: Attachments) -> None:
    """Removed pictures and cut-off uploads; what is needed, and what is younger, stays."""
    kept, drawn = store.draw(picture(), "photo")
    gone, other = store.draw(picture(size=(50, 50)), "photo")
    store.keep(kept, drawn)
    store.keep(gone, other)
    cut_off = store.path_of(kept).with_name("half.jpg.part")
    cut_off.write_bytes(b"x")
    young = max(path.stat().st_mtime for path in store.files())

    assert 0 == store.sweep(lambda digest: digest == kept.digest, young + FORGOTTEN_SECONDS - 60)
    assert 2 == store.sweep(lambda digest: digest == kept.digest, young + FORGOTTEN_SECONDS + 60)
    assert [store.path_of(kept)] == list(store.files())


@pytest.mark.parametrize(
    "wrong", [{"most_mib": 0}, {"most_mib": 65}, {"longest_side": 10}, {"most_gib": 0.0}, {"most_a_ticket": 0}]
)
def test_settings_have_bounds(wrong: dict[str, Any]) -> None:
    """A mistake is told at the start."""
    with pytest.raises(WrongFormat, match=next(iter(wrong))):
        AttachmentSettings(**wrong)
