"""The configuration as shipped, and the error messages for a wrong file."""

import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

import tracker
from tracker.settings import configuration
from tracker.settings.configuration import ConfigurationError, Settings
from tracker.settings.toml_file import load_toml

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
        lines = [
            line.removeprefix("# ") if " = " in line or line.startswith("# [") else line
            for line in example.split("\n")
        ]
        (folder / "settings.toml").write_text("\n".join(lines))
        found = configuration.settings()
        assert found.store == "sqlite:///path/to/tracker.db"
        assert [desk.to for desk in found.desks] == ["mappa.coordinator@example.police.uk"]

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
            (AREA + AREA, r"areas\.toml: area #2: id: 'cheshire' appears twice"),
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
            (POPULATION * 2, r"population #2: year: cheshire 2022-23 appears twice"),
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


MAIL = '[messages.smtp]\nhost = "mail.example"\nsender = "tracker@police.example"\n'
DESK = '[[desk]]\narea = "cheshire"\nname = "duty"\nvia = "smtp"\nto = "duty@police.example"\n'


class TestMessages:
    def test_go_to_the_folder_without_a_desk(self, folder: Path) -> None:
        found = configuration.settings()
        assert (found.desks, found.messages.folder) == ((), None)

    def test_go_to_desks(self, folder: Path) -> None:
        others = '[[desk]]\narea = "{}"\nname = "duty"\nurgent = false\n'
        text = MAIL + DESK + others.format("*") + others.format("operators")
        (folder / "settings.toml").write_text(text)
        found = configuration.settings()
        assert found.messages.smtp.host == "mail.example"
        assert [(desk.area, desk.via, desk.to, desk.urgent) for desk in found.desks] == [
            ("cheshire", "smtp", "duty@police.example", True),
            ("*", "folder", None, False),
            ("operators", "folder", None, False),
        ]

    @pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
    def test_go_by_the_usual_port(self, folder: Path, security: str, port: int) -> None:
        text = MAIL.replace("mail.example", "::1") + f'security = "{security}"\n'
        (folder / "settings.toml").write_text(text)
        assert configuration.settings().messages.smtp.port_used == port
        (folder / "settings.toml").write_text(text + "port = 2525\n")
        configuration.clear_cache()
        assert configuration.settings().messages.smtp.port_used == 2525

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            (DESK, r"desk #1: via smtp: set host and sender in \[messages\.smtp\]"),
            (DESK.replace("smtp", "notify"), r"desk #1: via notify: set template_id in \[messages"),
            (
                MAIL + DESK.replace("cheshire", "atlantis"),
                r"desk #1: area: .* area 'atlantis': wri",
            ),
            (MAIL + DESK + DESK, r"desk #2: name: 'duty' appears twice for 'cheshire': give each"),
            (MAIL + DESK.replace('"duty"', '"The desk"'), r"desk #1\.name: "),
            (
                MAIL + DESK.replace("smtp", "pigeon"),
                r"desk #1\.via: .*'folder', 'smtp' or 'notify'",
            ),
            (MAIL + DESK.replace("duty@", "duty "), r"desk #1\.to: "),
            (MAIL + DESK.replace("duty@", "a@b,c@"), r"desk #1\.to: "),
            (
                MAIL + DESK.replace("smtp", "folder"),
                r"desk #1: a folder has no address: leave `to`",
            ),
            (
                MAIL + DESK.split("to =")[0],
                r"desk #1: via smtp needs the desk's e-mail address in `t",
            ),
            (
                MAIL + DESK + "digest = false\nurgent = false",
                r"desk #1: takes neither digest nor urg",
            ),
            (
                MAIL + 'security = "none"',
                r'messages\.smtp: security "none" is only for a server on this',
            ),
            (MAIL + 'security = "ssl"', r"messages\.smtp\.security: "),
            (MAIL + "port = 0", r"messages\.smtp\.port: "),
            (MAIL + "timeout = 0", r"messages\.smtp\.timeout: "),
            (MAIL + 'password = "x"', r"messages\.smtp\.password: unknown key"),
            ('[messages.notify]\nkey = "x"', r"messages\.notify\.key: unknown key"),
            ('[messages.notify]\ntemplate_id = "x"', r"messages\.notify\.template_id: "),
            (
                '[messages.notify]\nbase_url = "http://a.b"',
                r"messages\.notify: base_url must begin with https://",
            ),
            (
                '[messages.notify]\nbase_url = "https:"',
                r"messages\.notify: base_url must begin with https://",
            ),
        ],
    )
    def test_when_wrong_name_place_and_remedy(self, folder: Path, text: str, says: str) -> None:
        (folder / "settings.toml").write_text(text)
        with pytest.raises(ConfigurationError, match=r"settings\.toml: " + says):
            configuration.settings()


class TestReport:
    def test_says_from_when_on_a_cell_has_moved(self, folder: Path) -> None:
        found = configuration.settings().report
        assert (found.moved_share, found.moved_least) == (Decimal("0.25"), 10)
        (folder / "settings.toml").write_text("[report]\nmoved_share = 0.29\nmoved_least = 3")
        configuration.clear_cache()
        found = configuration.settings().report
        assert (found.moved_share, found.moved_least) == (Decimal("0.29"), 3)

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("moved_share = -0.1", r"report\.moved_share: .*greater than or equal to 0"),
            ("moved_share = nan", r"report\.moved_share: "),
            ("moved_least = 0", r"report\.moved_least: .*greater than or equal to 1"),
            ("moved_least = 2.5", r"report\.moved_least: "),
            ("moved_most = 3", r"report\.moved_most: unknown key"),
        ],
    )
    def test_when_wrong_names_file_and_key(self, folder: Path, text: str, says: str) -> None:
        (folder / "settings.toml").write_text(f"[report]\n{text}")
        with pytest.raises(ConfigurationError, match=r"settings\.toml: " + says):
            configuration.settings()


def test_a_file_in_utf_16_is_refused_by_that_name(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes("[store]".encode("utf-16"))
    with pytest.raises(ConfigurationError, match=r"settings\.toml: the file is UTF-16, not UTF-8"):
        load_toml(file)
