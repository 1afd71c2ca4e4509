"""Files of parts, depots and stock: what they change, and every mistake at once."""

import pytest

from domain.errors import WrongFormat
from domain.part import Level, Location, LocationKind, Part
from maintenance.part_csv import MOST_MISTAKES, Counting, plan_locations, plan_parts, plan_stock

PARTS = """id,name,name_zh,cost,lead_days,reorder_point,pack,service,substitutes,models
board,Main board,主板,80.5,10,,1,0.9,board-b,TV-55 TV-65
board-b,Board B,,95,20,2,5,,,
"""
BOARD = Part(
    id="board",
    name={"en": "Main board", "zh": "主板"},
    cost=80.5,
    lead_days=10,
    service=0.9,
    substitutes=("board-b",),
    models=("TV-55", "TV-65"),
)
BOARD_B = Part(id="board-b", name={"en": "Board B"}, cost=95, lead_days=20, reorder_point=2, pack=5)


def test_parts_are_added_changed_and_left() -> None:
    """What a file does not say of a part stays."""
    plan = plan_parts(PARTS, "parts.csv", {})
    assert [BOARD, BOARD_B] == list(plan.added)

    again = plan_parts("id,cost\nboard,81\nboard-b,95\n", "parts.csv", {"board": BOARD, "board-b": BOARD_B})
    assert (81, {"en": "Main board", "zh": "主板"}) == (again.changed[0].cost, again.changed[0].name)
    assert {"added": 0, "changed": 1, "unchanged": 1} == again.said


def test_depots_and_vans_are_told_apart() -> None:
    """A van has a technician."""
    plan = plan_locations(
        "id,kind,technician,sites,lat,lon\nmain,depot,,oslo bergen,60,10.5\nv1,van,anna,,,\n", "d", {}
    )

    assert [
        Location(id="main", name={"en": "main"}, sites=("oslo", "bergen"), lat=60, lon=10.5),
        Location(id="v1", kind=LocationKind.VAN, name={"en": "v1"}, technician="anna"),
    ] == list(plan.added)


def test_stock_is_counted_where_the_books_differ() -> None:
    """With the file's name as the reason; what was counted already and agrees stays."""
    known = Counting(
        parts={"board": BOARD},
        locations={name: Location(id=name, name={"en": name}) for name in ("main", "north")},
        levels={("board", "main"): Level(part="board", location="main", on_hand=3, counted_at=1)},
        now=7,
        by="bo",
    )
    plan = plan_stock("part,location,pieces\nboard,main,3\nboard,north,0\n", "stock.csv", known)

    (count,) = plan.counts
    assert ("north", 0, "import of stock.csv", 1) == (count.location, count.pieces, count.why, plan.unchanged)


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("name\nx\n", ["f:1: the column id is missing; there are: "]),
        ("id,cots\na,1\n", ["f:1: column 'cots' is unknown; did you mean cost?"]),
        ("id,cost,cost\na,1,1\n", ["f:1: column 'cost' is there twice."]),
        (
            "id,cost\na\n,1\nb,-1\nc,nan\nb,1\n",
            ["f:2: has 1 cells", "f:3: id must", "f:4: cost is '-1'", "f:5: cost is"],
        ),
        ("id,pack\na,0\nb,1.5\n", ["f:2: pack is '0'; write a whole number", "f:3: pack is '1.5'"]),
        ("id,substitutes\na,a\nb,z\n", ["f:2: substitute a of a is no other", "f:3: substitute z of b"]),
        ("id\nä b\n", ["f:2: id is 'ä b'; write an id of", "f:2: id must be there."]),
        ('id,name\na,"x\n', ["f:2: this is no CSV"]),
    ],
)
def test_every_mistake_is_told_with_its_line(text: str, mistakes: list[str]) -> None:
    """And nothing is taken in."""
    with pytest.raises(WrongFormat) as refused:
        plan_parts(text, "f", {})

    for mistake in mistakes:
        assert any(said.startswith(mistake) for said in refused.value.mistakes), refused.value.mistakes


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("id,kind\nv,van\n", "f:2: v: a van has a technician, and a depot has none."),
        ("id,kind\nv,ship\n", "f:2: kind is 'ship'; write depot or van."),
        ("id,lat\nd,1\n", "f:2: d: lat and lon need each other."),
        ("id,lat,lon\nd,91,0\n", "f:2: lat is '91'; write a number from -90 to 90."),
    ],
)
def test_mistakes_of_depots(text: str, mistake: str) -> None:
    """Each by its own words."""
    with pytest.raises(WrongFormat) as refused:
        plan_locations(text, "f", {})

    assert mistake in refused.value.mistakes


def test_stock_of_nobody_knows_what_is_a_mistake() -> None:
    """Parts and depots come first."""
    known = Counting(parts={}, locations={}, levels={}, now=7, by="bo")
    with pytest.raises(WrongFormat) as refused:
        plan_stock("part,location,pieces\nboard,main,\n", "f", known)

    assert ["no part", "no location", "say how many"] == [
        next(word for word in ("no part", "no location", "say how many") if word in said)
        for said in refused.value.mistakes
    ]


def test_a_header_of_nothing_but_unknown_columns_is_refused_soon() -> None:
    """Reading ends after enough mistakes."""
    with pytest.raises(WrongFormat) as found:
        plan_parts(",".join(f"c{nth}" for nth in range(5_000)), "parts.csv", {})

    assert MOST_MISTAKES == len(found.value.mistakes)
