"""Attacks on the desk's doors: small texts and pictures that would take all memory, and what grows by requests."""

import os
import tomllib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from adapters import ledger_closing
from adapters.attachments import DRAWING, IN_LINE, Attachments, AttachmentSettings
from adapters.ledger_sql import SqlLedger
from domain.closing import Shown
from domain.errors import TryLater, WrongFormat
from domain.person import Staff
from domain.ticket_class import TicketClass
from domain.toml import MOST_PARTS, tables_in
from tests.ledgers import empty_ledger
from tests.orders import Office
from tests.ticketing.promises import MONDAY, TICKET
from ticketing.classes import read_classes
from ticketing.closing import MOST_FIELDS, written
from ticketing.gates import missing
from ticketing.owners import check_why
from ticketing.people_file import plan_people
from truckroll.closing import Album


def photo(size: tuple[int, int] = (32, 24)) -> bytes:
    """A small photo."""
    out = BytesIO()
    Image.new("RGB", size, "red").save(out, "JPEG")
    return out.getvalue()


# -- texts


@pytest.mark.parametrize(
    "text",
    [
        "a" + ".a" * 200_000 + " = 1",
        "[[person]]\nid" + " . 'x'" * 10_000 + " = 1",
        '"\\""' + '."\\""' * 10_000 + " = 1",
        '"' + '\\"' * 400_000,
        "lat = 1" + "0" * 5_000,
        "skills = " + "[" * 100_000,
        "until = 1979-05-27T07:32:00+99:99",
    ],
    ids=["dots", "quotes", "escapes", "open", "digits", "brackets", "offset"],
)
def test_no_file_of_people_takes_all_memory_or_a_day(text: str) -> None:
    """It is refused with a sentence and a line."""
    with pytest.raises(WrongFormat, match=r"people\.toml:\d+: "):
        plan_people(text, "people.toml", Staff(people={}, shifts={}), lambda _: ((), ()))


def test_keys_and_texts_with_some_dots_are_read() -> None:
    """Only keys that nobody writes are refused."""
    key, number = ".".join("a" * MOST_PARTS), ".".join(str(n) for n in range(MOST_PARTS))

    assert number == tables_in(f'text = "{number}"')["text"]
    assert {"a"} == set(tables_in(f"{key} = 1"))
    with pytest.raises(tomllib.TOMLDecodeError):
        tables_in(f"{key}.a = 1")


def test_classes_are_read_by_the_same_reader() -> None:
    """A file that an editor broke ends nothing."""
    with pytest.raises(WrongFormat):
        read_classes([("classes.toml", "a" + ".a" * 50_000 + " = 1")])


def test_what_is_written_down_for_a_closing_does_not_grow_for_ever() -> None:
    """However many requests bring it; a field that is emptied makes room."""
    said = {"kind": None, "by": "anna", "now": MONDAY, "revision": TICKET.revision}
    record, _ = written(TICKET, None, fields={f"f{n}": "x" for n in range(MOST_FIELDS)}, **said)
    with pytest.raises(WrongFormat, match="more than 50 fields"):
        written(TICKET, record, fields={"steps": "swapped"}, **said)
    record, _ = written(TICKET, record, fields={"steps": "swapped", "f0": ""}, **said)

    assert (MOST_FIELDS, "swapped") == (len(record.fields), record.fields["steps"])


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\u2060\ufeff", "\u3164", "\u2800", "\u00ad", "\u202e \t"])
def test_a_text_that_nobody_can_read_passes_no_gate_and_is_no_reason(text: str) -> None:
    """Letters without a shape say nothing; one that can be seen does."""
    kind = TicketClass(id="tv", name={"en": "TV"}, required=("steps",))
    with pytest.raises(WrongFormat):
        check_why(text)

    assert [("steps",), ()] == [missing(kind, Shown(fields={"steps": said})) for said in (text, f"{text}换")]


# -- pictures


def test_pictures_are_drawn_one_at_a_time_whatever_door_they_come_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each request has a folder of its own in hand; memory is one picture's all the same."""
    was_free = []
    monkeypatch.setattr(
        Attachments, "photo", lambda *_: was_free.append(DRAWING.acquire(False)) or Image.new("L", (1, 1))
    )
    for _ in range(2):
        Attachments(tmp_path).draw(photo(), "photo")

    assert [False, False] == was_free


def test_too_many_pictures_at_once_are_asked_to_come_again(tmp_path: Path) -> None:
    """They do not keep every other request waiting; afterwards there is room."""
    places = 0
    while IN_LINE.acquire(blocking=False):
        places += 1
    with pytest.raises(TryLater, match="at once"):
        Attachments(tmp_path).draw(photo(), "photo")
    for _ in range(places):
        IN_LINE.release()

    assert 32 == Attachments(tmp_path).draw(photo(), "photo")[0].width


def test_a_turned_photo_is_made_small_and_upright(tmp_path: Path) -> None:
    """Small first, so that it is in memory once."""
    out, exif = BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (800, 400), "red").save(out, "JPEG", exif=exif.tobytes())
    picture, _ = Attachments(tmp_path, AttachmentSettings(longest_side=320)).draw(out.getvalue(), "photo")

    assert (160, 320) == (picture.width, picture.height)


@pytest.mark.parametrize("nth", [1, 2])
def test_tidying_takes_nothing_that_is_attached_again_meanwhile(tmp_path: Path, nth: int) -> None:
    """Whether the picture comes back just after the first look whether anybody needs it, or after the second."""
    with SqlLedger(empty_ledger(tmp_path)) as ledger:
        number, looks = Office(ledger).opens(), 0
        album = Album(ledger, Attachments(tmp_path))
        first = album.add(number, "photo", photo(), by="anna", now=MONDAY)
        album.remove(number, first.id, by="anna", why="blurred", now=MONDAY)
        path = album.store.path_of(first.picture)
        os.utime(path, (0, 0))

        def is_needed(digest: str) -> bool:
            nonlocal looks
            looks += 1
            with ledger.reading() as connection:
                known = ledger_closing.is_needed(connection, digest)
            if looks == nth:
                album.add(number, "photo", photo(), by="anna", now=MONDAY)
            return known

        album.store.sweep(is_needed)

        assert (2, path.read_bytes()) == (looks, album.content(number, first.id + 1)[1])
