"""The configuration as shipped, and what it says of a wrong file."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import tracker
from tracker import configuration
from tracker.configuration import ConfigurationError, Settings

ROOT = Path(__file__).parents[2]

AREA = """
[[area]]
id = "cheshire"
name = "Cheshire"
country = "England"
police_forces = [{ name = "Cheshire Constabulary", gss_code = "E23000006" }]
"""

POPULATION = """
[[population]]
area = "cheshire"
year = "2022-23"
aged_10_plus = 981_022
base = "residents"
source = "estimates"
"""


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in ("TRACKER_CONFIG", "TRACKER_STORE", "TRACKER_CATEGORY_4"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    configuration.clear_cache()
    yield
    configuration.clear_cache()


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A configuration folder that TRACKER_CONFIG names: one area, one population."""
    made = tmp_path / "config of ours"
    made.mkdir()
    (made / "areas.toml").write_text(AREA)
    (made / "population.toml").write_text(POPULATION)
    monkeypatch.setenv("TRACKER_CONFIG", str(made))
    return made


class TestShipped:
    def test_holds_all_42_areas(self) -> None:
        areas = configuration.areas()
        assert len(areas) == 42
        assert all(key == area.id for key, area in areas.items())
        assert sum(area.country == "Wales" for area in areas.values()) == 4

    def test_the_areas_hold_all_43_forces_once(self) -> None:
        forces = [force for area in configuration.areas().values() for force in area.police_forces]
        assert len({force.gss_code for force in forces}) == len(forces) == 43
        london = configuration.areas()["london"].police_forces
        assert [force.gss_code for force in london] == ["E23000001", "E23000034"]

    def test_has_the_population_behind_cheshires_rate(self) -> None:
        found = configuration.population("cheshire", "2022-23")
        assert found is not None
        assert found.aged_10_plus == 981_022
        assert found.base == "ONS mid-2021 usual residents aged 10 and over"
        parts = [p.rsplit(" ", 1)[1] for p in found.source.split(": ")[1].split(" + ")]
        assert sum(int(part.replace(",", "")) for part in parts) == found.aged_10_plus

    def test_has_no_population_where_none_is_attached(self) -> None:
        assert configuration.population("cheshire", "2023-24") is None
        assert configuration.population("atlantis", "2022-23") is None

    def test_example_settings_are_the_defaults(self, folder: Path) -> None:
        example = (ROOT / "config" / "settings.example.toml").read_text()
        (folder / "settings.toml").write_text(example)
        assert configuration.settings() == Settings()

    def test_example_settings_are_right_when_uncommented(self, folder: Path) -> None:
        example = (ROOT / "config" / "settings.example.toml").read_text()
        lines = [line.removeprefix("# ") if " = " in line else line for line in example.split("\n")]
        (folder / "settings.toml").write_text("\n".join(lines))
        assert configuration.settings().store == "sqlite:///path/to/tracker.db"

    def test_package_and_project_agree_on_the_version(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        assert tracker.__version__ == project["version"]


class TestFolder:
    def test_is_the_one_that_the_environment_names(self, folder: Path) -> None:
        assert configuration.config_dir() == folder
        assert list(configuration.areas()) == ["cheshire"]

    def test_is_the_projects_own_otherwise(self) -> None:
        assert configuration.config_dir() == ROOT / "config"

    def test_named_but_missing_is_an_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TRACKER_CONFIG", "/no/such/folder")
        with pytest.raises(ConfigurationError, match=r"TRACKER_CONFIG.*/no/such/folder"):
            configuration.config_dir()

    def test_without_a_file_names_the_file(self, folder: Path) -> None:
        (folder / "areas.toml").unlink()
        with pytest.raises(ConfigurationError, match=r"areas\.toml: there is no such file"):
            configuration.areas()

    def test_is_read_once(self, folder: Path) -> None:
        first = configuration.areas()
        (folder / "areas.toml").write_text("")
        assert configuration.areas() is first
        configuration.clear_cache()
        assert configuration.areas() == {}


class TestWrongFile:
    @pytest.mark.parametrize(
        ("text", "says"),
        [
            (AREA + 'nickname = "x"', r"areas\.toml: area #1: nickname: unknown key"),
            (AREA.replace("country", "land"), r"areas\.toml: area #1: country: missing"),
            (AREA.replace("E23000006", "E23"), r"area #1: police_forces #1\.gss_code: "),
            (AREA.replace('"Cheshire"', "7"), r"areas\.toml: area #1: name: "),
            (AREA + AREA, r"areas\.toml: area #2: id: 'cheshire' stands twice"),
            ("[[force]]", r"areas\.toml: force: unknown key"),
            ("[area]", r"areas\.toml: area: write each one as \[\[area\]\]"),
            ("area = [1]", r"areas\.toml: area #1: Input should be a valid dictionary"),
            ("[[area]", r"areas\.toml: .*line 1"),
        ],
    )
    def test_of_areas_names_file_and_key(self, folder: Path, text: str, says: str) -> None:
        (folder / "areas.toml").write_text(text)
        with pytest.raises(ConfigurationError, match=says):
            configuration.areas()

    def test_that_is_not_text_names_the_file(self, folder: Path) -> None:
        (folder / "areas.toml").write_bytes(b"\xff\xfe")
        with pytest.raises(ConfigurationError, match=r"areas\.toml: "):
            configuration.areas()

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            (POPULATION.replace("981_022", "0"), r"population #1: aged_10_plus: .*greater than 0"),
            (POPULATION.replace("981_022", '"many"'), r"population #1: aged_10_plus: "),
            (POPULATION.replace("2022-23", "2022"), r"population #1: year: "),
            (POPULATION.replace("cheshire", "atlantis"), r"population #1: area: .*'atlantis'"),
            (POPULATION * 2, r"population #2: year: cheshire 2022-23 stands twice"),
        ],
    )
    def test_of_populations_names_file_and_key(self, folder: Path, text: str, says: str) -> None:
        (folder / "population.toml").write_text(text)
        with pytest.raises(ConfigurationError, match=r"population\.toml: " + says):
            configuration.population("cheshire", "2022-23")

    def test_lists_every_fault_of_an_entry(self, folder: Path) -> None:
        (folder / "areas.toml").write_text("[[area]]\nnam = 1")
        with pytest.raises(ConfigurationError) as caught:
            configuration.areas()
        lines = str(caught.value).splitlines()
        assert len(lines) == 5
        assert all("areas.toml: area #1: " in line for line in lines)


class TestLaw:
    def test_is_every_table_by_its_name(self, folder: Path) -> None:
        (folder / "law").mkdir()
        (folder / "law" / "soa2003.toml").write_text('instrument = "SOA 2003"')
        (folder / "law" / "cja2003.toml").write_text('instrument = "CJA 2003"')
        (folder / "law" / "notes.md").write_text("not a table")
        assert configuration.law_files() == {
            "cja2003": {"instrument": "CJA 2003"},
            "soa2003": {"instrument": "SOA 2003"},
        }

    def test_without_a_table_is_an_error(self, folder: Path) -> None:
        with pytest.raises(ConfigurationError, match="law: there is no rule table"):
            configuration.law_files()


class TestSettings:
    def test_are_the_defaults_without_a_file(self, folder: Path) -> None:
        assert configuration.settings() == Settings(category_4="exclude", store=None)

    def test_come_from_the_folder_of_the_configuration(self, folder: Path) -> None:
        (folder / "settings.toml").write_text('[counting]\ncategory_4 = "beneath"')
        assert configuration.settings().category_4 == "beneath"

    def test_come_from_the_users_folder_where_that_has_none(
        self, folder: Path, tmp_path: Path
    ) -> None:
        users = tmp_path / "home" / "mappa-tracker"
        users.mkdir(parents=True)
        (users / "settings.toml").write_text('[store]\nurl = "sqlite:///u.db"')
        assert configuration.settings().store == "sqlite:///u.db"
        (folder / "settings.toml").write_text('[store]\nurl = "sqlite:///f.db"')
        assert configuration.settings().store == "sqlite:///f.db"

    def test_yield_to_the_environment(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (folder / "settings.toml").write_text('[store]\nurl = "sqlite:///f.db"')
        monkeypatch.setenv("TRACKER_STORE", "sqlite:///e.db")
        monkeypatch.setenv("TRACKER_CATEGORY_4", "beneath")
        assert configuration.settings() == Settings(category_4="beneath", store="sqlite:///e.db")

    def test_take_an_empty_variable_for_none(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TRACKER_STORE", "")
        monkeypatch.setenv("TRACKER_CATEGORY_4", "")
        assert configuration.settings() == Settings()

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ('[counting]\ncategory_4 = "above"', r"settings\.toml: counting\.category_4: "),
            ('[counting]\ncategory_5 = "beneath"', r"counting\.category_5: unknown key"),
            ('[shop]\nurl = "x"', r"settings\.toml: shop: unknown key"),
            ("[store]\nurl = 3", r"settings\.toml: store\.url: "),
        ],
    )
    def test_when_wrong_name_file_and_key(self, folder: Path, text: str, says: str) -> None:
        (folder / "settings.toml").write_text(text)
        with pytest.raises(ConfigurationError, match=says):
            configuration.settings()

    def test_when_wrong_name_the_variable(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TRACKER_CATEGORY_4", "above")
        with pytest.raises(ConfigurationError, match=r"TRACKER_CATEGORY_4.*'exclude' or 'beneath'"):
            configuration.settings()
