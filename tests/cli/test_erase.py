"""`tracker erase` and `tracker restrict`: personal data gone or withheld, figures as they were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from running import Tracker
from tracker.intake import erasure as erasing
from wire import Event, Written, convicted, event, level, registered

DECIDED = ("--authorised-by", "Supt Grey", "--reason", "the retention review of 2026")
NAMES = (b"Robin Ashe", b"80/12345X", b"12 Elm Row", b"1990-05-04", b"Sexual assault")
AT = ("--known-at", "2022-12-31", "--format", "json")


def ended(subject: str = "OLD-1", born: str = "1990-05-04", on: str = "2000-01-07") -> list[Event]:
    """A person under 18 when cautioned, whose year of notification ended long ago."""
    about: dict[str, Any] = {"subject": subject, "source": f"/{subject}"}
    caution = {"finding": "caution", "disposal": None}
    found = convicted("e2", on, **about, **caution)
    del found["data"]["disposal"]
    return [
        registered("e1", on, **about, date_of_birth=born, identifiers={"pnc": "80/12345X"}),
        found,
        event("e3", "notification.given", on, kind="initial", details="12 Elm Row", **about),
    ]


@pytest.fixture
def tracker(store: Path) -> Tracker:
    """The command line on an empty store that has its keys beside it."""
    return Tracker(store, {"TRACKER_KEY_STORE": str(store.with_name("keys.db"))})


@pytest.fixture
def filled(tracker: Tracker, file: Written) -> Tracker:
    tracker("import", file(*ended(), registered(), convicted(), level("e9", "2022-01-05", 2)),
            "--trust-times").done()  # fmt: skip
    return tracker


def files(tracker: Tracker) -> bytes:
    """All that is on the disk of a store and of its keys."""
    places = [*tracker.store.parent.glob("tracker.db*"), *tracker.store.parent.glob("keys*")]
    return b"".join(f.read_bytes() for f in sorted(places))


def figures(tracker: Tracker) -> Any:
    asked = [
        tracker("counts", "--on", "2000-06-01", *AT).json(),
        tracker("counts", "--on", "2022-06-01", *AT).json(),
        tracker("return", "cheshire", "2021-22", *AT).json(),
        tracker("show", "OLD-1", "--on", "2000-06-01", *AT).json()["notification"],
    ]
    return json.dumps(asked)


class TestErase:
    def test_a_person_still_managed_is_kept(self, filled: Tracker) -> None:
        before = filled.export()
        filled("erase", "CHE-1", *DECIDED, "--reviewed").refused(
            "CHE-1 is kept", "subject to notification requirements", "practice.retention"
        )
        assert filled.export() == before

    def test_before_a_hundred_years_a_review_must_have_decided_it(self, filled: Tracker) -> None:
        filled("erase", "OLD-1", *DECIDED).refused("100 years old", "--reviewed")

    def test_within_the_clear_period_nothing_is_erased(
        self, tracker: Tracker, file: Written
    ) -> None:
        tracker("import", file(*ended(on="2019-01-07")), "--trust-times").done()
        tracker("erase", "OLD-1", *DECIDED, "--reviewed").refused("clear period")

    def test_every_figure_stays_and_nothing_personal_can_be_read(self, filled: Tracker) -> None:
        before = figures(filled)
        filled("erase", "OLD-1", *DECIDED, "--reviewed").done()
        assert figures(filled) == before
        filled("rebuild").done()
        assert figures(filled) == before
        shown = filled("show", "OLD-1", "--on", "2000-06-01", "--why", *AT).json()
        assert (shown["name"], shown["date_of_birth"]) == ("<forgotten>", None)
        assert "the person was under 18" in json.dumps(shown["why"])
        exported = filled.export().encode()
        assert b"<forgotten>" in exported
        assert not [name for name in NAMES[1:4] if name in exported]
        filled("verify").done()

    def test_the_erasure_is_itself_recorded(self, filled: Tracker) -> None:
        filled("erase", "OLD-1", *DECIDED, "--reviewed").done()
        last = filled.facts()[-1]
        assert last["type"] == "uk.mappa.individual.erased"
        assert last["data"]["authorised_by"] == "Supt Grey"
        assert last["data"]["reason"] == "the retention review of 2026"
        assert "practice.retention" in last["data"]["retention"]

    def test_the_stand_in_tells_no_more_than_the_age_that_counted(self, filled: Tracker) -> None:
        filled("erase", "OLD-1", *DECIDED, "--reviewed").done()
        (born,) = filled.facts()[-1]["data"]["born"]
        assert born["entry"] == "/OLD-1 e1"
        assert born["stand_in"] != "1990-05-04"
        assert born["stand_in"] > "1982-01-07"

    def test_nothing_more_is_recorded_of_the_person(self, filled: Tracker, file: Written) -> None:
        filled("erase", "OLD-1", *DECIDED, "--reviewed").done()
        filled("record", "level.set", "level=2", "--subject", "OLD-1").refused("was erased")
        filled("import", file(*ended(), name="again.jsonl"), "--trust-times").refused("was erased")

    def test_the_key_is_gone_from_the_disk(self, filled: Tracker) -> None:
        wrapped = keys_of(filled)
        filled("erase", "OLD-1", *DECIDED, "--reviewed").done()
        left = files(filled)
        assert [key in left for key in wrapped] == [False, True]

    def test_what_was_cut_short_is_finished_by_erasing_again(
        self, filled: Tracker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr("tracker.store.log.Log.destroy_key", _killed)
            with pytest.raises(RuntimeError):
                filled("erase", "OLD-1", *DECIDED, "--reviewed")
        filled("keys", "check").refused("erased")
        filled("erase", "OLD-1", *DECIDED, "--reviewed").done()
        filled("keys", "check").done()
        assert len([f for f in filled.facts() if f["type"].endswith(".erased")]) == 1

    def test_a_date_of_birth_that_comes_meanwhile_is_stood_in_for_too(
        self, filled: Tracker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Another writer adds to the record between the check of retention and the erasure."""
        check_erasable = erasing.check_erasable

        def with_another_writer(*args: Any) -> str:
            monkeypatch.setattr(erasing, "check_erasable", check_erasable)
            given = ("--subject", "OLD-1", "--on", "2000-01-08")
            filled("record", "individual.amended", "date_of_birth=1985-05-04", *given).done()
            return check_erasable(*args)

        monkeypatch.setattr(erasing, "check_erasable", with_another_writer)
        filled("erase", "OLD-1", *DECIDED, "--reviewed").done()
        assert len(filled.facts()[-1]["data"]["born"]) == 2
        filled("show", "OLD-1").done()
        filled("rebuild").done()


def _killed(*args: object) -> None:
    raise RuntimeError


def keys_of(tracker: Tracker) -> list[bytes]:
    """The wrapped keys of everybody, in the order in which they came."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(tracker.store.with_name("keys.db"))) as connection:
        return [bytes(row[0]) for row in connection.execute(
            "SELECT wrapped FROM person_keys ORDER BY originator_id")]  # fmt: skip


class TestDisk:
    def test_nothing_personal_is_on_the_disk(self, filled: Tracker, tmp_path: Path) -> None:
        filled("counts").done()
        filled("backup", tmp_path / "backup.db").done()
        for held in (files(filled), (tmp_path / "backup.db").read_bytes()):
            assert not [name for name in NAMES if name in held]

    def test_without_sealing_it_is(self, tracker: Tracker, file: Written) -> None:
        """The search finds what is there to be found."""
        plain = Tracker(tracker.store, tracker.env | {"TRACKER_SEALING": "off"})
        plain("import", file(*ended()), "--trust-times").done()
        assert [name for name in NAMES if name in files(plain)] == list(NAMES)


class TestRestrict:
    def test_who_the_person_is_is_withheld_until_it_is_lifted(self, filled: Tracker) -> None:
        before = filled("show", "CHE-1", "--format", "json").json()
        filled("restrict", "CHE-1", *DECIDED).done()
        shown = filled("show", "CHE-1", "--format", "json").json()
        assert (shown["name"], shown["date_of_birth"]) == ("<restricted>", None)
        assert shown["notification"] == before["notification"]
        assert "Robin Ashe" not in filled("show", "CHE-1", "--why").done().out
        filled("restrict", "CHE-1", *DECIDED, "--lift").done()
        assert filled("show", "CHE-1", "--format", "json").json()["name"] == "Robin Ashe"

    def test_facts_go_on_being_recorded(self, filled: Tracker) -> None:
        filled("restrict", "CHE-1", *DECIDED).done()
        filled("record", "level.set", "level=3", "--subject", "CHE-1").done()

    def test_only_a_restriction_is_lifted(self, filled: Tracker) -> None:
        filled("restrict", "CHE-1", *DECIDED, "--lift").refused("is not restricted")


class TestUnsealed:
    def test_what_was_recorded_without_sealing_is_not_said_to_be_erased(
        self, tracker: Tracker, file: Written
    ) -> None:
        plain = Tracker(tracker.store, tracker.env | {"TRACKER_SEALING": "off"})
        plain("import", file(*ended()), "--trust-times").done()
        for one in (plain, tracker):
            one("erase", "OLD-1", *DECIDED, "--reviewed").refused("recorded unsealed")
        assert tracker.stored() == 3
