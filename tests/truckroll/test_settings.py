"""Settings: everything has a default, every mistake is named at once, and the sample is right."""

import re
from pathlib import Path

import pytest

from domain.errors import WrongFormat
from truckroll.settings import example, load


def written(folder: Path, text: str) -> Path:
    """A configuration file."""
    path = folder / "truckroll.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_everything_has_a_default() -> None:
    """The broker is the one on this machine."""
    settings = load(None)

    assert ("127.0.0.1", 1883) == (settings.mqtt.host, settings.mqtt.port)
    assert Path.cwd() / "data" == settings.data


def test_every_mistake_is_named_at_once_with_the_nearest_right_name(tmp_path: Path) -> None:
    """In whichever tables they are."""
    path = written(
        tmp_path,
        'dta = "x"\n[mqtt]\nprot = 1\nhost = 5\n[watch]\nsnapshot_seconds = "often"\n[journal]\nmost_age = "long"\n'
        '[[source]]\nname = "x"\n',
    )
    with pytest.raises(WrongFormat) as caught:
        load(path)

    text = str(caught.value)
    for said in (
        "did you mean 'data'",
        "did you mean 'port'",
        "host must be a text",
        "snapshot_seconds must be a number",
    ):
        assert said in text
    assert "most_age" in text
    assert "topic" in text


def test_the_sample_is_a_right_configuration_and_shows_every_setting(tmp_path: Path) -> None:
    """As it is printed, and with every default written out."""
    sample = example()
    assert load(written(tmp_path, sample)).mqtt == load(None).mqtt
    shown = re.sub(r"^# ([a-z_]+ = .+)$", r"\1", sample.split("# [[source]]")[0], flags=re.MULTILINE)

    settings = load(written(tmp_path, shown))
    assert load(None).watch == settings.watch
    assert load(None).limits == settings.limits


def test_a_secret_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    """And never shows."""
    (tmp_path / "secret").write_text("rumpelstiltskin\n")
    settings = load(written(tmp_path, f'[mqtt]\nusername = "u"\npassword_file = "{tmp_path / "secret"}"\n'))

    assert "rumpelstiltskin" == settings.mqtt.read_password()
    assert "rumpelstiltskin" not in repr(settings)


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    """Wherever the command is given."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.toml").write_text("")
    settings = load(written(tmp_path, 'data = "here"\n'))

    assert tmp_path / "here" == settings.data
    assert [tmp_path / "rules" / "a.toml"] == settings.rule_files()


def test_a_file_that_is_no_toml_is_a_sentence(tmp_path: Path) -> None:
    """With its name and line."""
    with pytest.raises(WrongFormat, match=r"truckroll\.toml: .*line 1"):
        load(written(tmp_path, "data = \n"))
