"""CSV files become columns: the same numbers and instants as read one by one, and mistakes with their lines."""

from datetime import UTC
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import WrongFormat
from domain.instants import SECOND, parse_instant
from truckroll.backtest.columns import Recording
from truckroll.backtest.csv_block import Names
from truckroll.backtest.csv_events import read_events
from truckroll.backtest.csv_telemetry import packed, read_telemetry
from truckroll.backtest.csv_values import Unreadable, instants, numbers

TIMES = (
    "2026-11-22 08:00:00",
    "2026-11-22T08:00:00Z",
    "2026-11-22T08:00:00.123Z",
    "2026-11-22T08:00:00.123456",
    "2026-11-22T08:00:00+01:00",
    "2024-02-29 23:59:59",
    "1969-12-31T23:59:59Z",
    "2026-11-22",
)


def written(folder: Path, text: str, name: str = "t.csv") -> Path:
    """A file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def rows(said: Recording) -> list[tuple[str, str, int, float]]:
    """The readings one by one."""
    names = zip(said.device.tolist(), said.metric.tolist(), said.at.tolist(), said.value.tolist(), strict=True)
    return [(said.devices[d], said.metrics[m], at, value) for d, m, at, value in names]


@given(
    st.lists(st.one_of(st.floats(allow_nan=False).map(repr), st.decimals(-1000, 1000, places=3).map(str)), min_size=1)
)
def test_every_number_is_the_nearest_to_its_text(texts: list[str]) -> None:
    """In bulk as one by one, to the last bit."""
    assert np.array([float(text) for text in texts]).tobytes() == numbers(packed(texts)).tobytes()


@pytest.mark.parametrize("text", ["-", ".", "1.2.3", "twelve", "1-2", "--1"])
def test_what_is_no_number_is_refused(text: str) -> None:
    """With its row."""
    with pytest.raises(Unreadable) as caught:
        numbers(packed(["1.5", text]))

    assert (1, text) == (caught.value.row, caught.value.text)


def test_empty_fields_are_no_numbers_and_words_for_true_and_false_are() -> None:
    """As in the messages of devices."""
    assert [1.0, 0.0] == numbers(packed(["true", "False", ""])).tolist()[:2]
    assert np.isnan(numbers(packed([""]))).all()


NAMES = st.one_of(
    st.sampled_from(["a", "a\0", "", "tv-1", "tv-10", "é" * 31, "x" * 64, "x" * 65, "x" * 200]), st.text(max_size=70)
)


@given(columns=st.lists(st.lists(NAMES, max_size=30), max_size=4), crowd=st.sampled_from([0, 1, 600]))
def test_names_are_numbered_in_bulk_as_one_by_one(columns: list[list[str]], crowd: int) -> None:
    """In order of first use, block after block, however many there were before and however long they are."""
    bulk, single = Names(), Names()
    for column in [[f"tv-{nth}" for nth in range(crowd)], *columns, *columns]:
        encodable = [name.encode("utf-8", "ignore").decode() for name in column]

        assert [single.number(name) for name in encodable] == bulk.of(packed(encodable)).tolist()
    assert list(single) == list(bulk)


def test_instants_of_one_minute_are_read_like_others() -> None:
    """Rows share their minute, the next does not; one of them is no time."""
    texts = ["2026-11-22T08:00:00Z", "2026-11-22T08:00:59Z", "2026-11-22T08:01:00Z", "2026-11-22T08:00:01Z"]

    assert [parse_instant(text, UTC) for text in texts] == instants(packed(texts)).tolist()
    for wrong in ("2026-11-22T08:00:60Z", "2026-11-22T08:00:0xZ", "2026-11-31T08:00:00Z", "2026-11-22T08:00 00Z"):
        with pytest.raises(Unreadable) as caught:
            instants(packed([*texts, wrong]))
        assert 4 == caught.value.row


def test_instants_are_read_in_bulk_as_one_by_one() -> None:
    """Whatever their lengths, mixed in one column; whole numbers are milliseconds."""
    expected = [parse_instant(text, UTC) for text in TIMES]

    assert [*expected, 1_767_600_000 * SECOND] == instants(packed([*TIMES, "1767600000000"])).tolist()


@pytest.mark.parametrize("text", ["2026-02-29 08:00:00", "2026-11-22 24:00:00", "2026-13-01 00:00:00", "soon", ""])
def test_what_is_no_instant_is_refused(text: str) -> None:
    """A day that the month does not have, too."""
    with pytest.raises(Unreadable):
        instants(packed([text]))


def test_a_row_a_reading_and_a_column_a_metric_say_the_same(tmp_path: Path) -> None:
    """An empty field is no reading; what is not UTC in the column's name does not matter."""
    long = "ts,device,metric,value\n2026-01-05 08:00:00,d1,temp,41.2\n2026-01-05 08:00:00,d1,load,3\n"
    wide = "datetime,machineID,temp,load\n2026-01-05 08:00:00,d1,41.2,3\n2026-01-05 08:01:00,d2,,\n"

    of_long = read_telemetry([written(tmp_path, long)], {})
    of_wide = read_telemetry([written(tmp_path, wide, "w.csv")], {})

    assert sorted(rows(of_long)) == sorted(rows(of_wide))


def test_quotes_semicolons_and_windows_line_ends_are_understood(tmp_path: Path) -> None:
    """The slow way says the same as the fast one."""
    plain = "ts;device;metric;value\r\n1767600000000;d1;temp;1.5\r\n"
    quoted = 'ts;device;metric;value\n1767600000000;"d1";temp;1.5\n'

    assert rows(read_telemetry([written(tmp_path, plain)], {})) == rows(
        read_telemetry([written(tmp_path, quoted, "q.csv")], {})
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("ts,device,metric,value\n1,d,m,1\nx,d,m,1\n", 't.csv:3: "x" is neither a time'),
        ("ts,device,metric,value\n1,d,m,1\n1,d,m\n", "t.csv:3: the row has not the 4 fields"),
        ("ts,metric,value\n1,m,1\n", "no column device or device_id or deviceid; say which one it is with --column"),
        ("", "the file is empty"),
        ("ts,device\n", "no column with readings"),
    ],
)
def test_mistakes_say_where_they_are(tmp_path: Path, text: str, sentence: str) -> None:
    """With file and line."""
    with pytest.raises(WrongFormat) as caught:
        read_telemetry([written(tmp_path, text)], {})

    assert sentence in caught.value.mistakes[0]


def test_events_have_time_device_name_code_and_what_else_there_is(tmp_path: Path) -> None:
    """Unusual columns are named by the person."""
    file = written(tmp_path, "when,machineID,errorID,code,site\n2026-01-05 08:00:00,7,error1,E9,north\n")
    (event,) = read_events([file], {"ts": "when"})

    assert ("7", "error1", "E9", {"site": "north"}) == (event.device, event.event, event.code, event.details)


def test_every_wrong_event_is_told(tmp_path: Path) -> None:
    """All of them with their lines."""
    file = written(tmp_path, "ts,device,event\nnever,7,a\n2026-01-05,8\n2026-01-05,8,b\n")
    with pytest.raises(WrongFormat) as caught:
        read_events([file], {})

    assert [2, 3] == [
        int(mistake.split(":")[-2 if "no time" not in mistake else 1]) for mistake in caught.value.mistakes
    ]
