"""Files of plans: what they may say, the sentence for each mistake, and CSV that says the same."""

from pathlib import Path
from typing import Any

import pytest

from domain.errors import WrongFormat
from domain.plan import Cycle, Plan, Strategy, Unit
from domain.ticket_class import JobPlan
from ticketing.class_lines import MOST_MISTAKES, meant
from ticketing.classes import read_classes
from truckroll.plan_file import Known, read_csv, read_plans

OIL = '[[job_plan]]\nid = "oil"\n'
GOOD = '[[plan]]\nid = "a"\nstrategy = "calendar"\nevery = "1 month"\nstart = 2026-01-10\njob_plan = "oil"\n'
EXAMPLES = Path("examples")
KNOWN = Known(jobs=["oil"], calendars=["office"], meters=["hours"])


def plans(content: str, known: Known = KNOWN) -> list[Plan]:
    """The plans of a file."""
    return list(read_plans("plans.toml", content, known).plans)


def mistakes(content: str) -> list[str]:
    """What is wrong with a file."""
    with pytest.raises(WrongFormat) as found:
        plans(content)
    return list(found.value.mistakes)


def test_a_plan_says_what_makes_work_due_and_the_rest_has_a_default():
    """In the words of docs/plans.md."""
    (plan,) = plans(GOOD)

    assert (Strategy.CALENDAR, Cycle(1, Unit.MONTH), "2026-01-10", "oil") == (
        plan.strategy,
        plan.every,
        plan.start,
        plan.job_plan,
    )
    assert (80, 10, 25, False) == (plan.call_horizon, plan.tolerance, plan.postponement, plan.automatic)


def test_longer_packages_shadow_shorter_ones_unless_they_say_otherwise():
    """In order of length, each on a level of its own."""
    said = GOOD.replace(
        'every = "1 month"',
        "packages = [{ id = 'y', every = '1 year', job_plan = 'oil' }, "
        "{ id = 'm', every = '4 weeks', job_plan = 'oil' }]",
    ).replace('job_plan = "oil"\n', "")

    assert [("m", 1), ("y", 2)] == [(size.id, size.level) for size in plans(said)[0].sizes]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("1 month", "soon"), "plan a: every must be so many days"),
        (("calendar", "calender"), "plan a: strategy 'calender' is unknown; did you mean calendar?"),
        (("2026-01-10", '"10.1.26"'), "plan a: start must be a date from 1990-01-01 to 2199-12-31"),
        (('"oil"', '"oli"'), "plan a: job_plan oli is unknown; did you mean oil?"),
        (("start = 2026-01-10\n", ""), "plan a: start is missing; a calendar plan needs it."),
        (("start = 2026-01-10", "start = 2026-01-10\nmeter = 'hours'"), "plan a: meter is nothing that a calendar"),
        (("start = 2026-01-10", "start = 2026-01-10\ncalendar = 'offce'"), "calendar offce is unknown; did you mean"),
        (("start = 2026-01-10", "start = 2026-01-10\nstat = 1"), "plan a: stat is unknown; did you mean start?"),
        (("start = 2026-01-10", "start = 2026-01-10\nseason = '13-01..14-02'"), "plan a: season must be months"),
        (("start = 2026-01-10", "start = 2026-01-10\ntolerance = 80"), "tolerance must be a whole number of percent"),
        (("start = 2026-01-10", "start = 2026-01-10\nzone = 'Berlin'"), "zone 'Berlin' is no time zone"),
        (("start = 2026-01-10", "start = 2026-01-10\nwhere = { modle = 'TV' }"), "where names modle"),
        (("start = 2026-01-10", "start = 2026-01-10\nlast_done = { x = 'long ago' }"), "last_done must be a date"),
        (
            ("start = 2026-01-10", "start = 2026-01-10\nafter_completion = true\nshift_late = 50"),
            "leave the shift out",
        ),
        (("every =", "packages = []\nevery ="), "packages must be a list"),
        (("calendar", "meter"), "every is nothing that a meter plan has"),
        (("[[plan]]", "[[plann]]"), "plann is unknown; write [[plan]] and [[job_plan]] tables."),
        (("[[plan]]", "[[plan]"), "this is not TOML"),
    ],
)
def test_every_mistake_has_its_line_and_says_what_to_do(change, sentence):
    """One is enough to refuse the file."""
    found = mistakes(GOOD.replace(*change))

    assert any(sentence in each for each in found), found
    assert all(each.startswith("plans.toml:") for each in found)


def test_an_id_is_given_once_and_job_plans_of_class_files_are_changed_there():
    """Both are told at once."""
    known = Known(files={"oil": JobPlan(id="oil", name={"en": "Oil"})})
    with pytest.raises(WrongFormat) as found:
        plans(GOOD + GOOD + OIL, known)

    assert ["plans.toml:8: plan a: this id is given twice", "plans.toml:14: job plan oil: the class files say"] == [
        each[: len(part)]
        for each, part in zip(
            found.value.mistakes,
            ["plans.toml:8: plan a: this id is given twice", "plans.toml:14: job plan oil: the class files say"],
            strict=True,
        )
    ]


def csv(content: str, *, jobs: bool = False) -> Any:
    """What a CSV file says."""
    return read_csv("plans.csv", content, KNOWN, jobs=jobs)


def test_a_row_says_the_same_as_a_table():
    """Empty cells have their default."""
    (plan,) = csv(
        "id,name,name_zh,strategy,every,start,job_plan,where,automatic,shift_late,last_done\n"
        "a,Oil it,上油,calendar,1 month,2026-01-10,oil,model=TV-*|AC-* site=BER,yes,50,P-1=2026-01-02\n"
    ).plans

    assert plans(
        GOOD + 'name = { en = "Oil it", zh = "上油" }\nwhere = { model = ["TV-*", "AC-*"], site = "BER" }\n'
        'automatic = true\nshift_late = 50\nlast_done = { P-1 = "2026-01-02" }\n'
    ) == [plan]


def test_job_plans_come_as_csv_too():
    """The one form: that of the class files."""
    (job,) = csv(
        "id,name,tasks,tasks_zh,hours,crew,skills,kit,evidence\n"
        "belt,Belt,Open | Change,打开 | 更换,1.5,2,belts lifts,belt:1 screw:4,photo_after\n",
        jobs=True,
    ).jobs

    assert (
        JobPlan(
            id="belt",
            name={"en": "Belt"},
            tasks=({"en": "Open", "zh": "打开"}, {"en": "Change", "zh": "更换"}),
            hours=1.5,
            crew=2,
            skills=("belts", "lifts"),
            kit={"belt": 1, "screw": 4},
            evidence=("photo_after",),
        )
        == job
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("id;strategy\na;calendar\n", 'the column id is missing; columns are separated by ","'),
        ("id,stratgy\na,calendar\n", "column 'stratgy' is unknown; did you mean strategy?"),
        ("id,strategy\na\n", "has 1 cells, the header 2"),
        ("id,strategy,automatic,every,start,job_plan\na,calendar,perhaps,1 month,2026-01-10,oil\n", "must be true"),
        ('id,strategy\n"a,calendar\n', "this is no CSV"),
        ("id,packages\na,x\n", "column 'packages' is unknown"),
    ],
)
def test_mistakes_of_a_csv_file_have_their_line(content, sentence):
    """As those of a TOML file."""
    with pytest.raises(WrongFormat) as found:
        csv(content)

    assert any(sentence in each for each in found.value.mistakes), found.value.mistakes
    assert all(each.startswith("plans.csv:") for each in found.value.mistakes)


def test_the_example_is_right_beside_the_rules_of_its_devices():
    """Five kinds of devices; the job plans of the rule files are known."""
    files = [(str(path), path.read_text(encoding="utf-8")) for path in sorted(EXAMPLES.glob("rules/*.toml"))]
    known = Known(meters=["pump-hours", "vends"], files=read_classes(files).plans)
    content = (EXAMPLES / "plans" / "plans.toml").read_text(encoding="utf-8")

    found = read_plans("plans.toml", content, known).plans
    assert {"TV-*", "AC-*", "VM-*", "WP-*", "EV-*"} == {plan.where["model"][0] for plan in found}


def test_a_file_of_nothing_but_mistakes_is_refused_soon_and_its_sentences_stay_short():
    """Each of a thousand names is compared with a few of a thousand others, and reading ends after enough mistakes."""
    jobs = "".join(f'[[job_plan]]\nid = "{nth:05d}-{"x" * 40}"\n' for nth in range(1_000))
    content = jobs + "".join(GOOD.replace('"a"', f'"p{nth}"').replace('"oil"', f'"y{nth}"') for nth in range(1_000))

    found = mistakes(content)

    assert MOST_MISTAKES + 1 == len(found)
    assert found[0].endswith("and 951 others.")
    assert "plans.toml: there may be more; mend these first." == found[-1]


def test_the_word_that_was_meant_is_found_among_ever_so_many():
    """Of those that begin alike."""
    names = [f"pump-{nth}" for nth in range(5_000)]

    assert "did you mean pump-4711?" == meant("pump-47111", names)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (f'name = "{"x" * 201}"', "name has up to 200 letters"),
        (f"where = {{ model = {['TV-*'] * 101} }}", "up to 100 texts with"),
    ],
)
def test_what_every_order_bears_and_every_asset_is_compared_with_is_short(more, sentence):
    """A name stands in each order, and each pattern is tried on each asset."""
    assert sentence in mistakes(f"{GOOD}{more}\n")[0]
