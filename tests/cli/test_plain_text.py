"""Tables print what was recorded as it was recorded: nothing in it is markup, emoji or a link."""

from __future__ import annotations

import pytest

from running import Tracker
from wire import Event, Written, convicted, event, made, registered

# What rich takes for a style, for the end of one, for an emoji or for a link.
LOOKS = ["[x]", "[/]", "[/7]", "[bold]", "[link=https://example.org]", ":x:", "[a]", "[b]", "\\[c]"]


def record_of(looks: str) -> list[Event]:
    """Somebody subject for life, with `looks` in the name, in each id and in each officer's name.

    By 2024 a deadline was missed, a review was asked for, and an override was recorded.
    """
    override = {"rule": "order_dates", "reason": "R" + looks, "by": "O" + looks}
    return [
        registered(f"e1{looks}", "2005-01-06", name=f"Robin{looks} Ashe"),
        convicted(f"e2{looks}", "2005-01-07", conviction_id=f"C1{looks}"),
        event(f"e3{looks}", "custody.entered", "2005-01-07", kind="sentence",
              conviction_id=f"C1{looks}"),
        event(f"e4{looks}", "custody.left", "2007-01-06"),
        event(f"e5{looks}", "notification.given", "2007-01-06", kind="initial"),
        made(f"e6{looks}", "2022-01-07", order_id=f"SHPO/2022/{looks}", ends_on="2032-01-01"),
        event(f"e7{looks}", "review.applied", "2023-04-06", review_id=f"V1{looks}",
              override=override),
    ]  # fmt: skip


@pytest.mark.parametrize("looks", LOOKS)
def test_every_table_prints_ids_and_names_as_recorded(
    tracker: Tracker, file: Written, looks: str
) -> None:
    events = record_of(looks)
    for one in events:
        one["recordedby"] = f"officer{looks}"
    tracker("import", file(*events), "--trust-times").done()
    shown = tracker("show", "CHE-1", "--on", "2023-06-01").done().out
    for said in (f"Robin{looks} Ashe", f"C1{looks}", f"SHPO/2022/{looks}", f"O{looks}"):
        assert said in shown
    assert f"R{looks}" in shown
    assert f"/cheshire/ppu e7{looks}" in shown
    diary = tracker("diary", "--on", "2023-06-01", "--within", "P10Y").done().out
    assert f"SHPO/2022/{looks}" in diary
    assert "CHE-1" in tracker("eligible", "--on", "2023-06-01").done().out
    review = tracker("review", "CHE-1", "--on", "2023-06-01").done().out
    assert f"V1{looks}" in review
    explained = tracker("return", "cheshire", "2021-22", "--explain", "orders.shpo").done().out
    assert f"SHPO/2022/{looks}" in explained


def test_ids_that_differ_in_brackets_alone_are_told_apart(tracker: Tracker, file: Written) -> None:
    orders = [made("e2", "2020-01-07", "S1[a]"), made("e3", "2020-01-07", "S1[b]", kind="sro")]
    tracker("import", file(registered(), *orders), "--trust-times").done()
    shown = tracker("show", "CHE-1", "--on", "2020-06-01").done().out
    assert "S1[a]" in shown
    assert "S1[b]" in shown


@pytest.mark.parametrize("looks", LOOKS)
def test_a_progress_bar_names_a_file_as_it_is_called(
    tracker: Tracker, file: Written, looks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tracker.cli import showing

    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with showing.progress_bar(f"importing {looks}", 1) as progress:
        progress(1)
