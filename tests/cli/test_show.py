"""`tracker show`: one individual on a day, as known at a moment, as JSON and as tables."""

from __future__ import annotations

from typing import Any

import pytest

from running import Tracker
from wire import Written, convicted, event, level, made, registered, void

FACTS = [
    registered(identifiers={"pnc": "80/12345X"}),
    convicted(),
    event("e3", "custody.entered", "2020-01-07", kind="sentence", conviction_id="C1"),
    event("e4", "custody.left", "2022-07-08", licence_until="2025-01-06"),
    event("e5", "notification.given", "2022-07-10", kind="initial"),
    level("e6", "2022-07-15", 2),
    made("e7", "2022-08-01", ends_on="2030-07-31", travel_ends_on="2025-07-31"),
    level("e8", "2022-09-01", 3, time="2022-09-05T10:00:00+01:00"),
    void("e9", "e8", "2022-09-20"),
]
ON = ("--on", "2022-10-01")


@pytest.fixture
def filled(tracker: Tracker, file: Written) -> Tracker:
    tracker("import", file(*FACTS), "--trust-times").done()
    return tracker


def shown(tracker: Tracker, *args: str) -> Any:
    return tracker("show", "CHE-1", *args, "--format", "json").json()


class TestJson:
    def test_has_the_shape_of_the_contract(self, filled: Tracker) -> None:
        answer = shown(filled, *ON, "--known-at", "2022-10-01T12:00:00+01:00")
        assert answer["subject"] == "CHE-1"
        assert answer["on"] == "2022-10-01"
        assert answer["known_at"] == "2022-10-01T11:00:00Z"
        assert answer["status"] == {
            "area": "cheshire", "category": 1, "level": 2, "location": "community",
        }  # fmt: skip
        notification = answer["notification"]
        assert notification["subject"] is notification["indefinite"] is True
        assert (notification["from"], notification["last_day"]) == ("2020-01-07", None)
        assert [g["ground"] for g in notification["grounds"]] == ["conviction", "shpo"]
        ground = notification["grounds"][0]
        assert ground.items() >= {
            "ground": "conviction", "ref": "C1", "from": "2020-01-07", "last_day": None,
            "indefinite": True, "rule": "soa2003.s82.1", "entries": ["/cheshire/ppu e2"],
        }.items()  # fmt: skip
        assert answer["review"].keys() >= {
            "qualifying_on", "eligible", "blocked_by", "pending", "rule", "entries",
        }  # fmt: skip
        assert answer["review"]["blocked_by"] == ["S1"]
        order = {
            "order_id": "S1", "kind": "shpo", "from": "2022-08-01", "last_day": "2030-07-31",
            "in_force": True, "travel_last_day": "2025-07-31",
        }  # fmt: skip
        assert [o.items() >= order.items() for o in answer["orders"]] == [True]
        deadlines = {d["what"]: d["due_on"] for d in answer["deadlines"]}
        assert deadlines["periodic_notification"] == "2023-07-10"
        assert all(d["rule"] for d in answer["deadlines"])
        spells = {(s["track"], s["value"], s["from"], s["until"]) for s in answer["spells"]}
        assert ("category", "1", "2020-01-07", None) in spells
        assert ("location", "custody", "2020-01-07", "2022-07-08") in spells
        assert ("licence", "licence", "2022-07-08", "2025-01-07") in spells or any(
            s[0] == "licence" and s[2] == "2022-07-08" for s in spells
        )

    def test_lists_are_sorted_by_date(self, filled: Tracker) -> None:
        answer = shown(filled, *ON)
        for name, key in (("spells", "from"), ("deadlines", "due_on"), ("orders", "from")):
            dates = [row[key] for row in answer[name]]
            assert dates == sorted(dates), name

    def test_is_as_known_at_the_moment(self, filled: Tracker) -> None:
        def level_at(known_at: str) -> Any:
            return shown(filled, *ON, "--known-at", known_at)["status"]["level"]

        assert level_at("2022-09-04") == 2
        assert level_at("2022-09-05T08:59:59Z") == 2
        assert level_at("2022-09-05T09:00:00Z") == 3
        assert level_at("2022-09-19") == 3
        assert level_at("2022-09-20") == 2

    def test_is_of_the_day_asked(self, filled: Tracker) -> None:
        assert shown(filled, "--on", "2020-01-06")["notification"]["subject"] is False
        inside = shown(filled, "--on", "2022-07-07")
        assert inside["status"]["location"] == "custody"
        assert shown(filled, "--on", "2030-08-01")["orders"][0]["in_force"] is False

    def test_before_the_person_is_here_has_no_area(self, filled: Tracker) -> None:
        early = shown(filled, "--on", "2019-12-31")
        assert early["status"]["area"] is None
        assert early["status"]["category"] is None

    def test_says_why_when_asked(self, filled: Tracker) -> None:
        assert "why" not in shown(filled, *ON)
        reasons = shown(filled, *ON, "--why")["why"]
        assert len(reasons) >= 4
        known = {f"/cheshire/ppu {fact['id']}" for fact in FACTS}
        for reason in reasons:
            assert reason["rule"]
            assert reason["section"]
            assert reason["version"]
            assert set(reason["entries"]) <= known
            assert reason["sentence"]


class TestTables:
    def test_tell_the_same(self, filled: Tracker) -> None:
        printed = filled("show", "CHE-1", *ON).done().out
        for said in (
            "CHE-1 Robin Ashe, born 1980-05-04", "cheshire, category 1, level 2, community",
            "Subject to notification from 2020-01-07: indefinite", "soa2003.s82.1", "S1",
            "2023-07-10", "periodic_notification", "barred by S1",
        ):  # fmt: skip
            assert said in printed
        assert "None" not in printed

    def test_tell_why(self, filled: Tracker) -> None:
        printed = " ".join(filled("show", "CHE-1", *ON, "--why").done().out.split())
        assert "s.82(1)" in printed
        assert "/cheshire/ppu e2" in printed

    def test_tell_of_somebody_not_subject(self, tracker: Tracker, file: Written) -> None:
        tracker("import", file(registered())).done()
        printed = tracker("show", "CHE-1").done().out
        assert "Not subject to notification requirements" in printed
        assert "None" not in printed

    def test_never_take_a_name_for_markup(self, tracker: Tracker, file: Written) -> None:
        name = "[bold]Robin[/bold] [/] Ashe"
        tracker("import", file(registered(name=name))).done()
        assert name in tracker("show", "CHE-1").done().out

    def test_fit_any_width(self, filled: Tracker) -> None:
        for width in ("20", "80", "500"):
            narrow = Tracker(filled.store, {"COLUMNS": width})
            assert "CHE-1" in narrow("show", "CHE-1", *ON, "--why").done().out


class TestUnknown:
    def test_subject(self, filled: Tracker) -> None:
        for reference in ("CHE-2", "che-1", "CHE 1", "", "'; DROP TABLE individuals; --"):
            ran = filled("show", reference).refused("is not known")
            assert ran.out == ""

    def test_before_the_registration_was_known(self, filled: Tracker) -> None:
        filled("show", "CHE-1", "--known-at", "2020-01-05").refused(
            "CHE-1 is not known at 2020-01-05"
        )
        filled("show", "CHE-1", "--known-at", "2020-01-06T11:59:59Z").refused("not known")
        filled("show", "CHE-1", "--known-at", "2020-01-06T12:00:00Z").done()

    def test_on_a_store_that_is_new(self, tracker: Tracker) -> None:
        tracker("migrate").done()
        tracker("show", "CHE-1").refused("CHE-1 is not known")
