"""Reads the configuration: areas, populations, tables of the law, settings.

Called where a process starts, and where the tables of the law are loaded.
"""

import os
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt

import tracker
from tracker.settings.messages import Desk as Desk
from tracker.settings.messages import MessageSettings as MessageSettings
from tracker.settings.messages import check_desks as check_desks
from tracker.settings.toml_file import ConfigurationError as ConfigurationError
from tracker.settings.toml_file import Frozen, load_entries, load_toml, validate

Category4 = Literal["exclude", "beneath"]
Text = Annotated[str, Field(min_length=1)]


class PoliceForce(Frozen):
    name: Text
    gss_code: Annotated[str, Field(pattern=r"^[EW]\d{8}$")]


class Area(Frozen):
    id: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$")]
    name: Text
    country: Literal["England", "Wales"]
    police_forces: Annotated[tuple[PoliceForce, ...], Field(min_length=1)]


class Population(Frozen):
    area: str
    year: Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]
    aged_10_plus: Annotated[StrictInt, Field(gt=0)]
    base: Text
    source: Text


class Connections(Frozen):
    """Connections to the store: `lock_timeout` in seconds; size and maximum of the pool."""

    lock_timeout: Annotated[float, Field(gt=0, le=3600)] = 30.0
    pool_size: Annotated[StrictInt, Field(ge=1, le=100)] = 4
    pool_most: Annotated[StrictInt, Field(ge=1, le=200)] = 16


class KeySettings(Frozen):
    """The key store's URL, whether personal data is sealed, and the source of the master key.

    The master key is read from the file `kek_file` or from the output of `kek_command`.
    """

    store: Text | None = None
    sealing: bool = True
    kek_file: Text | None = None
    kek_command: Text | None = None


class ViewSettings(Frozen):
    """How views are updated: entries per page, and processes for a rebuild (None: by CPUs)."""

    page: Annotated[StrictInt, Field(ge=1, le=100_000)] = 2_000
    processes: Annotated[StrictInt, Field(ge=1, le=64)] | None = None


class SchedulerSettings(Frozen):
    """Settings of the scheduler, its jobs, backups and HTTP endpoint.

    `jobs`: the time of each job, as a crontab in London time, `every 60 s`, or `off`.
    `lag_facts`, `lag_seconds`: a view is unhealthy if it is behind by more than both.
    """

    jobs: Mapping[str, Text] = Field(default_factory=dict)
    diary_within: Text = "P14D"
    silent_days: Annotated[StrictInt, Field(ge=1, le=36_500)] = 365
    backup_log: Text | None = None
    backup_keys: Text | None = None
    backups_kept: Annotated[StrictInt, Field(ge=1, le=10_000)] = 14
    keys_kept_days: Annotated[StrictInt, Field(ge=1, le=35)] = 35
    pg_dump: Text = "pg_dump"
    listen: Text = "127.0.0.1:9477"
    lag_facts: Annotated[StrictInt, Field(ge=1)] = 1_000
    lag_seconds: Annotated[StrictInt, Field(ge=1)] = 60


class ReportSettings(Frozen):
    """Settings of the annual return and its published report.

    A figure that differs from last year's by more than the share `moved_share`, and by at least
    `moved_least` people or orders, is a finding. `text` is the folder of the areas' own texts.
    """

    moved_share: Annotated[Decimal, Field(ge=0, le=1000)] = Decimal("0.25")
    moved_least: Annotated[StrictInt, Field(ge=1)] = 10
    text: Text | None = None


class Settings(Frozen):
    category_4: Category4 = "exclude"
    store: Text | None = None
    connections: Connections = Field(default_factory=Connections)
    keys: KeySettings = Field(default_factory=KeySettings)
    views: ViewSettings = Field(default_factory=ViewSettings)
    scheduler: SchedulerSettings = Field(default_factory=SchedulerSettings)
    messages: MessageSettings = Field(default_factory=MessageSettings)
    desks: tuple[Desk, ...] = ()
    report: ReportSettings = Field(default_factory=ReportSettings)


class _Counting(Frozen):
    category_4: Category4 = "exclude"


class _Store(Connections):
    url: Text | None = None


class _SettingsFile(Frozen):
    # Defaults are not validated: that would build the validators of every section at each start.
    counting: _Counting = Field(default_factory=_Counting.model_construct)
    store: _Store = Field(default_factory=_Store.model_construct)
    keys: KeySettings = Field(default_factory=KeySettings.model_construct)
    views: ViewSettings = Field(default_factory=ViewSettings.model_construct)
    scheduler: SchedulerSettings = Field(default_factory=SchedulerSettings.model_construct)
    messages: MessageSettings = Field(default_factory=MessageSettings.model_construct)
    desk: tuple[Desk, ...] = ()
    report: ReportSettings = Field(default_factory=ReportSettings.model_construct)


class _Overridable(Frozen):
    """The settings that environment variables override, apart from the store's address."""

    category_4: Category4
    keys: KeySettings


_KEYS_FROM = {
    "store": "TRACKER_KEY_STORE",
    "sealing": "TRACKER_SEALING",
    "kek_file": "TRACKER_KEK_FILE",
    "kek_command": "TRACKER_KEK_COMMAND",
}


def config_dir() -> Path:
    """The configuration's folder: TRACKER_CONFIG, else the installed one, else the checkout's.

    Raises ConfigurationError if there is none.
    """
    if chosen := os.environ.get("TRACKER_CONFIG"):
        if not Path(chosen).is_dir():
            raise ConfigurationError(f"TRACKER_CONFIG: there is no folder {chosen}")
        return Path(chosen).resolve()
    return _own_config_dir()


def areas() -> dict[str, Area]:
    """Every MAPPA area by its id; cached and shared, so callers must not change it."""
    return _areas(config_dir() / "areas.toml")


def population(area: str, year: str) -> Population | None:
    """The population aged ten and over set for an area's reporting year; None if there is none."""
    return _populations(config_dir() / "population.toml").get((area, year))


def law_files() -> dict[str, dict[str, Any]]:
    """The rule tables of the law by instrument; cached and shared: callers must not change them."""
    folder = config_dir() / "law"
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise ConfigurationError(f"{folder}: there is no rule table (*.toml)")
    return {file.stem: load_toml(file) for file in files}


def settings() -> Settings:
    """The settings: environment variables, else the first settings.toml, else the defaults."""
    file = next((f for f in _settings_paths() if f.is_file()), None)
    stated = _stated(file) if file else _SettingsFile.model_construct()
    chosen, store = _overridden(stated), dict(stated.store)
    url = store.pop("url")
    return Settings.model_construct(  # of parts that are valid already
        category_4=chosen.category_4,
        store=os.environ.get("TRACKER_STORE") or url,
        connections=Connections.model_construct(**store),
        keys=chosen.keys,
        views=stated.views,
        scheduler=stated.scheduler,
        messages=stated.messages,
        desks=stated.desk,
        report=stated.report,
    )


def _overridden(stated: _SettingsFile) -> _Overridable:
    """The settings of a file where no environment variable overrides them."""
    keys = dict(stated.keys)
    keys |= {name: said for name, of in _KEYS_FROM.items() if (said := os.environ.get(of))}
    keys["sealing"] = {"on": True, "off": False}.get(keys["sealing"], keys["sealing"])
    category_4 = os.environ.get("TRACKER_CATEGORY_4") or stated.counting.category_4
    where = "TRACKER_CATEGORY_4, or TRACKER_SEALING (on or off), in the environment"
    return validate(_Overridable, {"category_4": category_4, "keys": keys}, where)


def _stated(file: Path) -> _SettingsFile:
    """The settings in a file, validated on their own so that an error names the file."""
    stated = validate(_SettingsFile, load_toml(file), str(file))
    if stated.desk:
        check_desks(stated.desk, stated.messages, areas(), str(file))
    return stated


def clear_cache() -> None:
    """Clears the cache of files, so that the next call reads them again."""
    for reader in (load_toml, _own_config_dir, _areas, _populations):
        reader.cache_clear()


@cache
def _own_config_dir() -> Path:
    installed = Path(tracker.__file__).with_name("_config")
    checkout = Path(__file__).resolve().parents[3] / "config"
    for folder in (installed, checkout):
        if (folder / "areas.toml").is_file():
            return folder
    raise ConfigurationError(f"no areas.toml in {installed} or {checkout}: set TRACKER_CONFIG")


def _settings_paths() -> tuple[Path, Path]:
    users = os.environ.get("XDG_CONFIG_HOME") or os.environ.get("APPDATA") or "~/.config"
    folder = Path(users).expanduser() / "mappa-tracker"
    return config_dir() / "settings.toml", folder / "settings.toml"


@cache
def _areas(file: Path) -> dict[str, Area]:
    found: dict[str, Area] = {}
    for where, area in load_entries(file, "area", Area):
        if area.id in found:
            raise ConfigurationError(f"{where}: id: {area.id!r} appears twice")
        found[area.id] = area
    return found


@cache
def _populations(file: Path) -> dict[tuple[str, str], Population]:
    known = _areas(file.with_name("areas.toml"))
    found: dict[tuple[str, str], Population] = {}
    for where, entry in load_entries(file, "population", Population):
        if entry.area not in known:
            raise ConfigurationError(f"{where}: area: there is no area {entry.area!r}")
        if (entry.area, entry.year) in found:
            raise ConfigurationError(f"{where}: year: {entry.area} {entry.year} appears twice")
        found[entry.area, entry.year] = entry
    return found
