"""`truckroll plan` reads orders and crew, writes a plan, and says in a sentence what is wrong with a file."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from domain.errors import WrongFormat
from domain.instants import HOUR
from truckroll.cli import app_for
from truckroll.crew_files import read_crew

ORDERS = {
    "now": "2026-03-28T06:00",
    "zone": "Europe/Berlin",
    "orders": [
        {"order": "W-1", "lat": 52.51, "lon": 13.4, "minutes": 45, "skills": ["pump"], "waiting": [[1, 20.0]]},
        {"order": "W-2", "lat": 52.53, "lon": 13.45, "minutes": 30, "parts": {"fan": 1}},
        {"order": "W-3", "lat": 52.5, "lon": 13.35, "minutes": 30, "skills": ["lift"]},
    ],
}
CREW = {
    "zone": "Europe/Berlin",
    "technicians": [
        {
            "id": "ana",
            "lat": 52.5,
            "lon": 13.4,
            "skills": ["pump"],
            "shifts": [
                {
                    "times": ["2026-03-28T08:00", "2026-03-28T16:00"],
                    "breaks": [{"between": ["2026-03-28T12:00", "2026-03-28T13:00"], "minutes": 30}],
                },
                {"times": ["2026-03-28T22:00", "2026-03-29T06:00"]},
            ],
        }
    ],
    "depot": {"lat": 52.52, "lon": 13.41},
}


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """The two files."""
    orders, crew = tmp_path / "orders.json", tmp_path / "crew.json"
    orders.write_text(json.dumps(ORDERS), encoding="utf-8")
    crew.write_text(json.dumps(CREW), encoding="utf-8")
    return orders, crew


def test_a_plan_is_written_with_what_is_left_out_and_why(files: tuple[Path, Path], tmp_path: Path):
    """Two visits, a stop at the depot before the second needs its part, and one reason."""
    out = tmp_path / "plan.json"
    words = ["plan", *map(str, files), "--out", str(out), "--rounds", "5", "--json"]
    result = CliRunner().invoke(app_for(words), words)
    made = json.loads(out.read_text(encoding="utf-8"))

    assert (0, "") == (result.exit_code, result.stderr)
    assert ["W-1", "W-2"] == sorted(
        stop["order"] for route in made["routes"] for stop in route["stops"] if "order" in stop
    )
    assert [("W-3", "skill")] == [(one["order"], one["obstacle"]) for one in made["unassigned"]]
    assert made["cost"] == json.loads(result.stdout)["cost"]


def test_a_shift_over_the_night_when_clocks_change_has_seven_hours(files: tuple[Path, Path]):
    """Times without an offset are local; instants know better."""
    night = read_crew(*files, 0).technicians[0].shifts[1].span

    assert 7 * HOUR == night.end - night.begin


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"minutes": "long"}, "minutes"),
        ({"crew": 3}, "crew of 3"),
        ({"minutes": 0}, "takes no time"),
        ({"lat": 120.0}, "nowhere on Earth"),
        ({"order": "W-2"}, "there twice"),
        ({"windows": [["2026-03-28T12:00", "2026-03-28T11:00"]]}, "is before"),
        ({"frozen_for": ["eve"], "frozen_at": "2026-03-28T12:00"}, "frozen for other people"),
        ({"colour": "red"}, "colour"),
        ({"minutes": 1e308}, "minutes"),
        ({"due_at": "23.11.2026"}, 'order W-1: "23.11.2026" is no time; write it like'),
        ({"breach_cost": 1e308}, "breach_cost"),
        ({"parts": {"fan": -1}}, "parts"),
        ({"windows": [["2026-03-28T11:00", "2026-03-28T12:00"]] * 1_001}, "windows"),
    ],
)
def test_a_mistake_in_a_file_is_told(files: tuple[Path, Path], change: dict[str, object], words: str):
    """One order is wrong; the sentence says how."""
    orders = {**ORDERS, "orders": [{**ORDERS["orders"][0], **change}, *ORDERS["orders"][1:]]}
    files[0].write_text(json.dumps(orders), encoding="utf-8")

    with pytest.raises(WrongFormat, match=words):
        read_crew(*files, 0)


def test_a_file_that_is_no_text_is_told(files: tuple[Path, Path]):
    """Its bytes are no UTF-8."""
    files[0].write_bytes(files[0].read_bytes().replace(b"W-1", b"W-\xff"))

    with pytest.raises(WrongFormat, match=r"orders\.json"):
        read_crew(*files, 0)
