"""The personal calendar as a file: what calendar programs hold on to, and what it must not say."""

from datetime import date, timedelta

from icalendar import Calendar

from service.domain.own_id import OwnId
from service.use_cases.overviews.due_dates import DueDate
from service.web.calendar_feed import as_ics
from tests.world import moment

ANN = OwnId("dudley", "w-ann")
NOW = moment("2026-01-05T10:42")
DUE = DueDate("review|P-1|e-1", "P-1", "Review the plan", date(2026, 1, 9), 4)


def events(*dates: DueDate, person: OwnId = ANN, later: int = 0) -> list[dict[str, str]]:
    calendar = Calendar.from_ical(as_ics(person, dates, NOW + timedelta(days=later), "https://planwatch.example.org"))
    return [{name: plain(event[name].to_ical()) for name in event} for event in calendar.walk("VEVENT")]


def plain(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def test_an_entry_says_reference_kind_and_day_and_as_of_when() -> None:
    entry = events(DUE)[0]
    assert entry["SUMMARY"] == "P-1: Review the plan"
    assert (entry["DTSTART"], entry["DTEND"]) == ("20260109", "20260110")
    assert entry["DESCRIPTION"].startswith("As of 10:42 on 5 Jan 2026")
    assert "VALUE=DATE" in as_ics(ANN, [DUE], NOW, None).decode()


def test_a_duty_keeps_its_uid_and_its_sequence_grows() -> None:
    before, after = events(DUE)[0], events(DueDate(DUE.key, "P-1", DUE.label, date(2026, 1, 12), 9), later=3)[0]
    assert before["UID"] == after["UID"]
    assert int(before["SEQUENCE"]) < int(after["SEQUENCE"])
    assert events(DUE, person=OwnId("dudley", "w-bob"))[0]["UID"] != before["UID"]
    assert "P-1" not in before["UID"]


def test_a_calendar_says_how_often_it_is_to_be_read_again() -> None:
    text = as_ics(ANN, [], NOW, None).decode()
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT4H" in text
    assert "X-PUBLISHED-TTL:PT4H" in text
