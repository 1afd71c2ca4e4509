"""`[[source]]` tables: every mistake at once, topics to devices and back, what to subscribe to."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.entries import Entry, Kind, Page
from domain.errors import WrongFormat
from ingest.decode import Decoder
from ingest.ids import ID, inside_id, outside_name
from ingest.limits import Limits, Refused
from ingest.sources import Sources, sources_entry, sources_from, sources_of
from ingest.topics import covers, needed

GOOD: dict[str, Any] = {"name": "plugs", "topic": "tele/{device}/SENSOR", "codec": "json"}


def device(sources: Sources, topic: str) -> tuple[str, str, str, str]:
    """Source, device, metric and level of a topic."""
    route = sources.route(topic, Limits())
    return route.source.name, route.device, route.metric, route.level


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        ({"topik": 1}, "unknown key 'topik'; did you mean 'topic'?"),
        ({"codec": "jsn"}, "codec 'jsn' is unknown; did you mean 'json'?"),
        ({"codec": None}, "codec is missing; there are: native, json, value, senml, thingsboard, ignore, sparkplug"),
        ({"unknown": "regster"}, "unknown 'regster' is unknown; did you mean 'register'?"),
        ({"name": "a b"}, "name must be 1 to 64 of the characters A-Z a-z 0-9 . _ -"),
        ({"topic": None}, 'topic is missing; write one such as "tele/{device}/SENSOR"'),
        ({"topic": "tele/SENSOR"}, "it needs {device} or {device**} exactly once"),
        ({"topic": "{device}/{device**}"}, "it needs {device} or {device**} exactly once"),
        ({"topic": "{device}/{metric}/{metric}"}, "{metric} may stand there once"),
        ({"topic": "tele/{device}/#"}, "# cannot stand there"),
        ({"topic": "tele/{device}/a+"}, "+ must be a whole level"),
        ({"topic": "{devcie}/{device}"}, "'{devcie}' is no placeholder"),
        ({"topic": "x-{device}"}, "'x-{device}' is no placeholder"),
        ({"topic": "$share/g/{device}"}, "leave out $share/…"),
        ({"time": "Time"}, "time must be a table with field, zone, unit"),
        ({"time": {"zone": "UTC"}}, "time needs field"),
        ({"time": {"field": "T", "zoen": "UTC"}}, "unknown key time.zoen; did you mean 'zone'?"),
        ({"time": {"field": "T", "zone": "Europe/Berln"}}, "did you mean 'Europe/Berlin'?"),
        ({"time": {"field": "T", "unit": "minutes"}}, "time.unit 'minutes' is unknown"),
        ({"values": "flat"}, 'values must be "flatten" or a table'),
        ({"values": {"a": 1}}, 'values must be "flatten" or a table'),
        ({"values": {"a": "m", "b": "m"}}, "the metric 'm' is given twice"),
        ({"scale": {"a": 0}}, "scale.a must be a number other than 0, not 0"),
        ({"scale": {"a": float("nan")}}, "scale.a must be a number other than 0, not nan"),
        ({"scale": {"a": True}}, "scale.a must be a number other than 0, not True"),
        ({"scale": 2}, "scale must be a table"),
        ({"values": {"x": "power"}, "scale": {"powr": 2}}, "values gives no such metric; did you mean 'power'?"),
        ({"events": {}}, "events must be a list"),
        ({"events": [{"equals": 1, "event": "e"}]}, "an event needs either field or topic_level"),
        ({"events": [{"field": "f", "topic_level": "l", "equals": 1, "event": "e"}]}, "either field or topic_level"),
        ({"events": [{"field": "f", "event": "e"}]}, "an event needs equals"),
        ({"events": [{"field": "f", "equals": 1}]}, "an event needs event"),
        ({"events": [{"feld": "f", "equals": 1, "event": "e"}]}, "unknown key events.feld; did you mean 'field'?"),
        ({"events": [{"topic_level": "SENSOR", "equals": 1, "event": "e"}]}, "is the topic's own last level"),
        ({"events": [{"field": "f", "equals": 1, "event": "a\nb"}]}, "an event needs event, its name"),
        ({"events": [{"topic_level": "a/b", "equals": 1, "event": "e"}]}, "must be one plain level"),
        (
            {"topic": "a/{device}", "events": [{"topic_level": "l", "equals": 1, "event": "e"}]},
            "takes the place of the topic's last level, which here is the device",
        ),
        ({"codec": "native", "values": {"a": "b"}}, "codec native says values itself"),
        ({"codec": "value", "time": {"field": "T"}}, "codec value has no time in its payload"),
        ({"codec": "senml", "time": {"field": "T"}}, "the codec finds the time itself; leave time out"),
        ({"codec": "senml", "topic": "a/{device}/{device}"}, "it needs {device} or {device**} at most once"),
        (
            {"codec": "senml", "topic": "senml", "events": [{"topic_level": "l", "equals": 1, "event": "e"}]},
            "topic_level needs a topic with {device}; name the field instead",
        ),
        ({"rebirth": True}, "unknown key 'rebirth'"),
        ({"codec": "sparkplug"}, 'codec sparkplug takes "spBv1.0/{device**}" for all groups'),
        ({"codec": "sparkplug", "topic": None, "rebirth": "yes"}, "rebirth must be true or false, not 'yes'"),
        ({"codec": "ignore", "values": {"a": "b"}}, "codec ignore takes nothing; leave values out"),
    ],
)
def test_a_mistake_is_told_with_what_was_probably_meant(change: dict[str, Any], mistake: str) -> None:
    """One mistake, one sentence that names the source."""
    row = {key: value for key, value in (GOOD | change).items() if value is not None}

    with pytest.raises(WrongFormat) as caught:
        sources_from([row])

    assert [True] == ["source" in m and mistake in m for m in caught.value.mistakes]


def test_all_mistakes_are_told_at_once_with_their_lines() -> None:
    """Two sources, four mistakes, each with the line it stands in."""
    text = """\
rules = ["x"]

[[source]]
name = "a"
topic = "a/{device}"
codek = "json"

[[source]]
name = "a"
topic = "b/{device}"
codec = "jason"
unknown = "maybe"
"""
    with pytest.raises(WrongFormat) as caught:
        sources_from(tomllib.loads(text)["source"], text=text)

    assert [
        "line 6: source 'a': unknown key 'codek'; did you mean 'codec'?",
        "line 3: source 'a': codec is missing; there are: native, json, value, senml, thingsboard, ignore, sparkplug",
        "line 12: source 'a': unknown 'maybe' is unknown; there are: register, quarantine",
        "line 11: source 'a': codec 'jason' is unknown; did you mean 'json'?",
        "source 'a': this name is given twice",
    ] == list(caught.value.mistakes)


@pytest.mark.parametrize("rows", [{}, "x", [1], [["a"]]])
def test_sources_that_are_no_tables_are_a_mistake(rows: Any) -> None:
    """Whatever the file holds there."""
    with pytest.raises(WrongFormat):
        sources_from(rows)


def test_the_native_source_is_always_there() -> None:
    """Without any `[[source]]`, and before others however wide they are."""
    sources = sources_from([{"name": "all", "topic": "devices/{device**}", "codec": "json"}])

    assert ("native", "d1", "", "telemetry") == device(sources, "devices/d1/telemetry")
    assert ("all", "d1_x2fother", "", "") == device(sources, "devices/d1/other")


def test_the_native_source_can_be_switched_off() -> None:
    """Then its topics are nobody's."""
    sources = sources_from([{"name": "native", "enabled": False}])

    assert () == sources.subscriptions()
    with pytest.raises(Refused):
        device(sources, "devices/d1/telemetry")


def test_the_first_source_that_fits_has_the_topic() -> None:
    """In the order of the file."""
    rows = [GOOD, GOOD | {"name": "later", "topic": "tele/{device}/{metric}", "codec": "value"}]
    sources = sources_from(rows)

    assert ("plugs", "p1", "", "") == device(sources, "tele/p1/SENSOR")
    assert ("later", "p1", "STATE", "") == device(sources, "tele/p1/STATE")


def test_what_is_ignored_is_neither_subscribed_to_nor_quarantined() -> None:
    """A wider source beside it may bring it all the same."""
    rows = [
        {"name": "log", "topic": "z/bridge/{device**}", "codec": "ignore"},
        GOOD | {"name": "wide", "topic": "z/{device**}"},
        {"name": "other", "topic": "y/log", "codec": "ignore"},
    ]
    sources = sources_from(rows)
    entries = [Entry(Kind.MESSAGE, 0, "z/bridge/log/all", b"junk"), Entry(Kind.MESSAGE, 0, "y/log", b"")]

    batch = Decoder([(1, Entry(Kind.CONTROL, 0, "sources", sources_entry(sources)))]).decode([Page(2, entries)])

    assert (0, 0, 2) == (len(batch.position), len(batch.rejects), batch.messages)
    assert ("z/#",) == sources.subscriptions()[3:]


def test_levels_without_meaning_and_sites_are_passed_over() -> None:
    """`+` and `{site}` match one level each."""
    sources = sources_from([GOOD | {"topic": "{site}/+/{device}"}])

    assert ("plugs", "d", "", "") == device(sources, "north/anything/d")


def test_filters_that_another_one_covers_are_not_subscribed_to() -> None:
    """So that a broker does not send a message twice."""
    sources = sources_from(
        [
            GOOD | {"name": "wide", "topic": "tele/{device**}"},
            GOOD,
            GOOD | {"name": "middle", "topic": "x/{device**}/y"},
            GOOD
            | {"name": "lwt", "topic": "z/{device}/s", "events": [{"topic_level": "w", "equals": 1, "event": "e"}]},
        ]
    )

    native = ("devices/+/telemetry", "devices/+/events", "devices/+/status")
    assert (*native, "tele/#", "x/#", "z/+/w", "z/+/s") == sources.subscriptions()


@pytest.mark.parametrize(
    ("wide", "narrow", "is_covered"),
    [
        ("#", "a/b", True),
        ("a/#", "a", True),
        ("a/+", "a/b", True),
        ("a/+", "a/b/c", False),
        ("a/b", "a/+", False),
        ("+/+", "a/#", False),
        ("#", "$SYS/#", False),
        ("+/a", "+/a", True),
    ],
)
def test_a_filter_covers_what_receives_no_more_than_it(wide: str, narrow: str, is_covered: bool) -> None:
    """As MQTT matches topics."""
    assert is_covered == covers(wide, narrow)


def test_two_equal_filters_are_one() -> None:
    """Neither covers the other away."""
    assert ("a/+",) == needed(["a/+", "a/+"])


def test_sources_survive_the_journal() -> None:
    """The entry holds everything; the version is that of the content."""
    rows = tomllib.loads(
        """
[[source]]
name = "plugs"
topic = "tele/{device}/SENSOR"
codec = "json"
time = { field = "Time", zone = "Europe/Berlin" }
values = { "ENERGY.Power" = "power_w" }
scale = { power_w = 0.001 }
events = [ { field = "status", equals = "Faulted", event = "fault" } ]
unknown = "quarantine"
"""
    )["source"]
    sources = sources_from(rows)

    again = sources_of(sources_entry(sources))

    assert (sources.version, sources.sources) == (again.version, again.sources)
    assert sources.version != sources_from([]).version
    assert {"native", "plugs"} == set(again.by_name)


def test_the_memory_of_topics_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound it begins anew, and says the same."""
    monkeypatch.setattr("ingest.sources.REMEMBERED_TOPICS", 10)
    sources = sources_from([])

    found = [device(sources, f"devices/d{n}/events")[1] for n in range(25)]

    assert [f"d{n}" for n in range(25)] == found
    assert len(sources.routes) <= 10


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12))
def test_any_name_becomes_an_id_and_comes_back_verbatim(name: str) -> None:
    """Where the id is not too long."""
    try:
        found = inside_id(name)
    except Refused:
        assert len(name.encode()) * 4 > 64
    else:
        assert ID.fullmatch(found)
        assert name == outside_name(found)


@given(st.sets(st.text("a_x2f/é", min_size=1, max_size=8)))
def test_two_names_never_become_one_id(names: set[str]) -> None:
    """Not even names that look escaped already."""
    assert len(names) == len({inside_id(name) for name in names})


@pytest.mark.parametrize("name", ["plug-1", "a.b_c", "_x", "_xzz", "A_x2"])
def test_a_name_that_is_an_id_stays_as_it_is(name: str) -> None:
    """Nothing is escaped without need."""
    assert name == inside_id(name)
