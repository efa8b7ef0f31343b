"""The diary as a calendar file: what makes two events one, and what makes one move."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from tracker.documents.calendar import calendar
from tracker.domain.answers.list_shapes import DiaryLine

AT = datetime(2026, 12, 1, 9, tzinfo=UTC)
WORDS = st.sampled_from(
    ["S/1", "S-1", "S 1", "S1", "s1", "", "M/1/A1", "\N{GREEK SMALL LETTER PI}"]
)
KINDS = st.sampled_from(["order_ends", "travel_prohibition_ends", "action_due"])


def line(ref: str, due_on: str, what: str = "order_ends", subject: str = "IC-1") -> DiaryLine:
    row = {
        "subject": subject, "area": "cheshire", "what": what, "due_on": due_on, "overdue": False,
        "rule": "soa2003.s103c", "entries": [], "ref": ref,
    }  # fmt: skip
    if not ref:
        del row["ref"]
    return row  # type: ignore[return-value]


def events(rows: list[DiaryLine], at: datetime = AT) -> list[tuple[str, str, datetime]]:
    """(UID, day, stamp) of each event of the file."""
    file = Calendar.from_ical(calendar(rows, at))
    return [
        (str(e["UID"]), e["DTSTART"].dt.isoformat(), e["DTSTAMP"].dt) for e in file.walk("VEVENT")
    ]


@given(
    st.lists(st.builds(line, WORDS, st.just("2027-01-01"), KINDS, st.sampled_from(["A", "A-S"])))
)
def test_no_two_events_share_a_uid(rows: list[DiaryLine]) -> None:
    uids = [uid for uid, _, _ in events(rows)]
    assert len(set(uids)) == len(rows)
    assert all(len(uid) < 75 and "IC-1" not in uid for uid in uids)


def test_a_deadline_that_moves_keeps_its_uid_and_has_a_later_stamp() -> None:
    later = AT.replace(hour=10)
    before, after = events([line("S1", "2027-01-01")]), events([line("S1", "2029-01-01")], later)
    assert before[0][0] == after[0][0]
    assert [day for _, day, _ in (*before, *after)] == ["2027-01-01", "2029-01-01"]
    assert before[0][2] < after[0][2]


def test_the_end_of_the_requirements_is_one_event_whichever_ground_ends_last() -> None:
    one, other = (events([line(ref, "2027-01-01", "notification_ends")]) for ref in ("C1", "C2"))
    assert one == other


def test_another_order_and_another_person_have_another_uid() -> None:
    rows = [
        line("S1", "2027-01-01"),
        line("S2", "2027-01-01"),
        line("S1", "2027-01-01", subject="B"),
    ]
    assert [events([row])[0][0] for row in rows] == [uid for uid, _, _ in events(rows)]
    assert len({uid for uid, _, _ in events(rows)}) == 3
