"""A registry file is checked as a whole and becomes a plan; the dry run and the import are the same plan."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import WrongFormat
from domain.registry import Facts, Registry, installations_of
from ingest.inventory import Import, plan_import

HEADER = (
    "device,asset,model,site,component,parent,owner,tier,criticality,lat,lon,installed,warranty_until,expected_state"
)


def plan(text: str | bytes, registry: Registry | None = None, since: int = 1000) -> Import:
    """The plan of a file."""
    content = text if isinstance(text, bytes) else text.encode()
    return plan_import(content, "fleet.csv", registry or Registry(), since)


def imported(registry: Registry, text: str, since: int) -> Import:
    """The plan of a file, carried out."""
    found = plan(text, registry, since)
    for payload in found.payloads:
        registry.apply(payload)
    return found


def mistakes(text: str | bytes) -> list[str]:
    """What is wrong with a file."""
    with pytest.raises(WrongFormat) as caught:
        plan(text)
    return list(caught.value.mistakes)


def test_every_column_becomes_a_fact() -> None:
    """Numbers as numbers, tags under their names, quoted cells with what is in them."""
    row = 'tv-1,A-1,TV-55,"Hall ""B"", north",panel,gw-1,Ann,gold,high,48.1,-11.5,2024-02-29,2027-01-01,stored,cn-east'

    found = plan(f"{HEADER},tag:region\n{row}\n").added

    assert [
        Facts(
            device="tv-1",
            asset="A-1",
            model="TV-55",
            site='Hall "B", north',
            component="panel",
            parent="gw-1",
            owner="Ann",
            tier="gold",
            criticality="high",
            lat=48.1,
            lon=-11.5,
            installed="2024-02-29",
            warranty_until="2027-01-01",
            expected_state="stored",
            tags={"region": "cn-east"},
        )
    ] == list(found)


def test_a_device_without_an_asset_is_its_own() -> None:
    """The only column that must be there is the device."""
    assert [Facts(device="d1", asset="d1")] == list(plan("device\nd1\n").added)


@pytest.mark.parametrize(
    "content",
    [
        b"device,model\nd1,M\n",
        b"\xef\xbb\xbfdevice,model\r\nd1,M\r\n",
        b'"device","model"\n"d1","M"',
        b" device , model \n\n d1 , M \n , \n",
        b"model,device\rM,d1\r",
    ],
)
def test_the_ways_in_which_programs_write_csv_are_one(content: bytes) -> None:
    """Byte order mark, line ends, quotes, blanks, blank lines, order of columns."""
    assert [Facts(device="d1", asset="d1", model="M")] == list(plan(content).added)


def test_added_changed_moved_and_unchanged_are_told_apart() -> None:
    """By device, against the registry as it is."""
    registry = Registry()
    imported(registry, "device,asset,model\na,A,M\nb,B,M\nc,C,M\n", since=1)

    found = plan("device,asset,model\na,A,M\nb,B,N\nc,D,M\nd,,M\n", registry, since=2)

    assert ["d"] == [f.device for f in found.added]
    assert [("b", "M", "N")] == [(c.after.device, c.before.model, c.after.model) for c in found.changed]
    assert [("c", "C", "D")] == [(c.after.device, c.before.asset, c.after.asset) for c in found.moved]
    assert ["a"] == [f.device for f in found.unchanged]


def test_a_move_keeps_what_held_before_it() -> None:
    """The registry knows the asset at any time."""
    registry = Registry()
    imported(registry, "device,asset\nd,A\n", since=10)
    imported(registry, "device,asset\nd,B\n", since=20)

    assert ["A", "A", "B"] == [registry.facts("d", at).asset for at in (5, 19, 20)]


def test_the_same_file_again_changes_nothing() -> None:
    """No entry is journaled for it."""
    registry = Registry()
    text = f"{HEADER},tag:x\nd,A,M,s,c,p,o,t,h,1,2,2024-01-01,,active,y\n"
    imported(registry, text, since=1)

    assert [] == plan(text, registry, since=2).payloads


def test_a_column_that_is_not_in_the_file_leaves_what_is_known() -> None:
    """And an empty cell says that there is nothing, but for the asset: a device is always on one."""
    registry = Registry()
    imported(registry, "device,asset,model,site,tag:a,tag:b\nd,A,M,S,1,2\n", since=1)

    found = imported(registry, "device,asset,site,tag:b\nd,,,\n", since=2)

    assert Facts(device="d", asset="A", model="M", tags={"a": "1"}) == found.changed[0].after


def test_a_large_file_becomes_entries_of_at_most_2000_devices() -> None:
    """All of them, in order."""
    text = "device\n" + "".join(f"d{n}\n" for n in range(4_500))

    payloads = plan(text).payloads

    devices = [[i.facts.device for i in installations_of(payload)] for payload in payloads]
    assert [2_000, 2_000, 500] == [len(chunk) for chunk in devices]
    assert [f"d{n}" for n in range(4_500)] == [device for chunk in devices for device in chunk]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "fleet.csv line 1: the column device is missing"),
        ("modell,device\n", "line 1: column 1: 'modell' is unknown; did you mean 'model'?"),
        ("device;asset\n", 'columns are separated by "," and not ";"'),
        ("device,site,site\n", "column 3: 'site' is there twice"),
        ("device,tag:\n", "column 2: 'tag:' is unknown"),
        ("device,\n", "column 2: '' is unknown"),
        ("device\nd 1\n", "line 2: column device: 'd 1' must be 1 to 64 of the characters A-Z a-z 0-9 . _ -; the"),
        ("device\nd/1\n", "the sources call this name d_x2f1"),
        ("device,model\n,M\n", "line 2: column device: '' must be 1 to 64 of the characters"),
        ("device,lat,lon\nd,91,0\n", "column lat: '91' must be a number of degrees between -90 and 90"),
        ("device,lat,lon\nd,0,180.5\n", "column lon: '180.5' must be a number of degrees between -180 and 180"),
        ("device,lat,lon\nd,nan,0\n", "column lat: 'nan' must be a number of degrees"),
        ("device,lat,lon\nd,0,inf\n", "column lon: 'inf' must be a number of degrees"),
        ('device,lat,lon\nd,"48,1",11\n', "column lat: '48,1' must be a number of degrees"),
        ("device,lat,lon\nd,1_0,0\n", "column lat: '1_0' must be a number of degrees"),
        ("device,lat,lon\nd,48,\n", "line 2: lat and lon need each other"),
        ("device,lat\nd,48\n", "line 2: lat and lon need each other"),
        ("device,installed\nd,2024-02-30\n", "column installed: '2024-02-30' is no day of the calendar"),
        ("device,installed\nd,1.2.2024\n", "column installed: '1.2.2024' must be a date such as 2026-11-22"),
        ("device,warranty_until\nd,20240201\n", "must be a date such as 2026-11-22"),
        ("device,expected_state\nd,activ\n", "column expected_state: 'activ' is unknown; did you mean 'active'?"),
        ("device,parent\nd,d\n", "column parent: a device cannot be its own parent"),
        ("device,parent\nd,g 1\n", "column parent: 'g 1' must be 1 to 64"),
        ("device,model\nd,a\x1bb\n", "column model: 'a\\x1bb' holds a control character"),
        ('device,model\nd,"a\nb"\n', "line 2: column model: 'a\\nb' holds a control character"),
        ("device,owner\nd," + "x" * 257 + "\n", "has 257 characters; at most 256"),
        ("device,model\nd\n", "line 2: has 1 cells, the header 2"),
        ("device\nd,x\n", "line 2: has 2 cells, the header 1"),
        ("device\nd\ne\nd\n", "line 4: device d stands in line 2 already"),
        ('device,model\nd,"M\n', "line 2: is no CSV"),
        ('device,model\nd,"M"x\n', "line 2: is no CSV"),
        (b"device\nd\nz\xfcrich\n", "fleet.csv line 3: is no UTF-8 text; save the file as CSV UTF-8"),
        ("device\nd\n".encode("utf-16"), "line 1: is no UTF-8 text"),
        ("device,model\nd,a\0b\n", "line 2: "),
        ("device,model\nd," + "x" * 200_000 + "\n", "line 2: is no CSV: field larger than field limit"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_column(text: str | bytes, mistake: str) -> None:
    """One mistake, one sentence."""
    found = mistakes(text)

    assert [True] == [m.startswith("fleet.csv line") and mistake in m for m in found]


def test_all_mistakes_are_told_at_once() -> None:
    """Of every row and every cell; lines are counted through quoted line breaks and blank lines."""
    text = 'device,lat,lon,installed\nx y,91,0,soon\n\nok,,,\n"a\nb",,,\nok,,,\n'

    assert [
        "fleet.csv line 2: column device: 'x y'",
        "fleet.csv line 2: column lat: '91' mus",
        "fleet.csv line 2: column installed: 's",
        "fleet.csv line 5: column device: 'a\\nb'"[:38],
        "fleet.csv line 7: device ok stands in l"[:38],
    ] == [mistake[:38] for mistake in mistakes(text)]


def test_a_file_that_is_wrong_throughout_is_told_shortly() -> None:
    """The first 200 mistakes in full, the rest counted."""
    found = mistakes("device\n" + "x y\n" * 1_000)

    assert (201, "fleet.csv: and 800 more mistakes") == (len(found), found[-1])


TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20).map(str.strip)


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=10))
def test_whatever_stands_in_a_cell_arrives_in_the_registry_verbatim(rows: list[tuple[str, str, str]]) -> None:
    """Commas, quotes, formulas, any script: through CSV, plan, entry and registry."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["device", "model", "site", "tag:t"])
    writer.writerows([f"d{n}", *row] for n, row in enumerate(rows))
    registry = Registry()

    imported(registry, text.getvalue(), since=1)

    found = [(f.model, f.site, f.tags.get("t", "")) for f in registry.now().values()]
    assert rows == found


@given(st.binary(max_size=200))
def test_no_file_whatever_does_worse_than_mistakes(content: bytes) -> None:
    """Any bytes: a plan or WrongFormat."""
    for start in (b"", b"device,model\n"):
        found: Any = None
        try:
            found = plan(start + content)
        except WrongFormat as error:
            found = error.mistakes
        assert found
