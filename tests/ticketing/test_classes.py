"""Classes and job plans are read from files in which every mistake is told at once."""

import pytest

from domain.errors import WrongFormat
from domain.instants import DAY, HOUR
from domain.ticket_class import JobPlan, TicketClass
from ticketing.classes import Classes, read_classes

GOOD = """
[[class]]
id = "tv-crash"
name = { en = "Display crash", zh = "屏幕死机" }
visit = "maybe"
skills = ["display"]
job_plan = "tv-board-swap"
gates = ["photo_before", "codes"]
required = ["scope"]
soak = "12h"
relapse = "7d"
remedies = { replaced = "true", none_found = "nff" }
help = "Unplug for 30 s."

[[rule]]
id = "not-looked-at"

[[job_plan]]
id = "tv-board-swap"
name = "Swap the board"
tasks = ["Open", { en = "Swap", zh = "更换" }]
hours = 1.5
crew = 2
kit = { "board-55" = 1, screw = 4 }
"""


def read(text: str) -> Classes:
    """One file."""
    return read_classes([("classes.toml", text)])


def mistakes(text: str) -> tuple[str, ...]:
    """What is wrong with a file."""
    with pytest.raises(WrongFormat) as caught:
        read(text)
    return caught.value.mistakes


def test_a_class_and_its_job_plan_are_what_the_file_says() -> None:
    """Durations are nanoseconds, texts are by language, what is left out has its default."""
    found = read(GOOD)

    assert found.classes["tv-crash"] == TicketClass(
        id="tv-crash",
        name={"en": "Display crash", "zh": "屏幕死机"},
        skills=("display",),
        job_plan="tv-board-swap",
        gates=("photo_before", "codes"),
        required=("scope",),
        soak=12 * HOUR,
        relapse=7 * DAY,
        remedies={"replaced": "true", "none_found": "nff"},
        help={"en": "Unplug for 30 s."},
    )
    assert found.plan_of("tv-crash") == JobPlan(
        id="tv-board-swap",
        name={"en": "Swap the board"},
        tasks=({"en": "Open"}, {"en": "Swap", "zh": "更换"}),
        hours=1.5,
        crew=2,
        kit={"board-55": 1, "screw": 4},
    )
    assert found.plan_of("nobody-knows") is None


def test_a_class_may_name_a_plan_of_another_file() -> None:
    """Files are checked together."""
    head, tail = GOOD.split("[[rule]]")
    found = read_classes([("a.toml", head), ("b.toml", "[[rule]]" + tail)])

    assert found.plan_of("tv-crash") is not None


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ('visit = "maybe"', 'visit = "mabye"', "5: class tv-crash: visit 'mabye' is unknown; did you mean maybe?"),
        ('id = "tv-crash"', 'id = "tv crash"', "3: class tv crash: id must be 1 to 64"),
        ('id = "tv-crash"\n', "", "2: class number 1: id is missing."),
        ("skills =", "skils =", "6: class tv-crash: skils is unknown; did you mean skills?"),
        ('"7d"', '"a week"', '11: class tv-crash: relapse "a week" is not a duration'),
        ('"nff"', '"nothing"', "12: class tv-crash: remedies 'nothing' is unknown; there are: nff, planned, true,"),
        ('["photo_before", "codes"]', '["photo"]', "8: class tv-crash: gates 'photo' is unknown"),
        ("tv-board-swap", "tv-board-swop", "7: class tv-crash: job_plan tv-board-swop is unknown; did you mean"),
        ("hours = 1.5", "hours = -1", "22: job plan tv-board-swap: hours must be a number of hours"),
        ("screw = 4", "screw = 0", "24: job plan tv-board-swap: kit must be a whole number"),
        ("crew = 2", 'crew = "two"', "23: job plan tv-board-swap: crew must be a whole number"),
        ("crew = 2", "crew = = 2", "23: this is not TOML"),
        ("zh", "de", "4: class tv-crash: name has no language de"),
    ],
)
def test_every_mistake_names_its_line_and_the_nearest_right_name(before: str, after: str, sentence: str) -> None:
    """One sentence that says what to do."""
    (found,) = [said for said in mistakes(GOOD.replace(before, after, 1)) if sentence in said]

    assert found.startswith(f"classes.toml:{sentence}")


def test_all_mistakes_are_told_at_once() -> None:
    """In order of line, from every table."""
    text = GOOD.replace('"maybe"', '"never ever"').replace("hours = 1.5", "hours = 0") + GOOD

    assert [5, 22, 27, 43] == [int(said.split(":")[1]) for said in mistakes(text)]
