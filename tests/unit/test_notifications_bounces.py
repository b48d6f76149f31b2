"""Reading what comes back: reports are understood, everything else is nothing."""

from pathlib import Path

import pytest

from notifications.mailbox.bounce_box import BounceBox, read_file
from notifications.mailbox.bounces import Action, Bounce, read_bounce
from notifications.mailbox.canary import mark_in
from notifications.mailbox.status_codes import Blame
from tests.contract.returned_mail import EXIM, FEEDBACK, OUT_OF_OFFICE, READ, report, written

OURS, WHO = "a" * 32, "worker@example.org"


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_a_report_says_what_became_of_which_message(kind: str) -> None:
    found = read_bounce(report(OURS, "Worker@Example.org", kind=kind))
    assert found == Bounce(OURS, Action.FAILED, "5.1.1", frozenset({WHO}), Blame.ADDRESS)


@pytest.mark.parametrize("action", list(Action))
def test_each_action_is_known_however_it_is_spelt(action: Action) -> None:
    found = read_bounce(report(OURS, WHO, action.value.title()))
    assert found is not None
    assert found.action is action


@pytest.mark.parametrize(
    ("status", "bad"), [("5.1.1", True), ("5.2.1", True), ("5.2.2", False), ("5.7.1", False), ("4.4.7", False)]
)
def test_only_some_reports_are_about_the_address(status: str, bad: bool) -> None:
    found = read_bounce(report(OURS, WHO, "failed", status))
    assert found is not None
    assert (found.status, found.of_address) == (status, bad)


def test_a_report_in_headers_alone_is_believed_from_nobody_and_about_a_message_only() -> None:
    old = written(EXIM, OURS, WHO)
    assert read_bounce(old) == Bounce(OURS, Action.FAILED, "", frozenset({WHO}))
    assert read_bounce(old.replace(b"Return-Path: <>", b"Return-Path: <a@example.org>")) is None
    assert read_bounce(old.replace(b"References", b"X-References")) is None


@pytest.mark.parametrize("template", [OUT_OF_OFFICE, READ, FEEDBACK])
def test_answers_and_other_kinds_of_report_are_nothing(template: str) -> None:
    assert read_bounce(written(template, OURS, WHO)) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff" * 1000,
        b"From: a@example.org\n\nhello <" + OURS.encode() + b"@example.org> failed",
        b"Content-Type: multipart/report; report-type=delivery-status\n\nno parts",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=B\n\n--B\n\n--B--",
        report(OURS, WHO).replace(b"Action: failed\nStatus", b"Action: exploded\nStatus"),
        report(OURS, WHO, kind="text/plain"),
    ],
)
def test_whatever_else_comes_is_nothing(raw: bytes) -> None:
    assert read_bounce(raw) is None


@pytest.mark.parametrize("cut", range(0, 1400, 100))
def test_one_that_was_cut_off_is_read_as_far_as_it_goes_and_never_wrongly(cut: int) -> None:
    found = read_bounce(report(OURS, WHO)[:cut])
    assert found is None or (found.outside_id in (OURS, None), found.action) == (True, Action.FAILED)


def test_a_file_is_an_mbox_or_one_email(tmp_path: Path) -> None:
    one, two = report("1" * 32, WHO), report("2" * 32, WHO)
    (tmp_path / "one").write_bytes(one)
    (tmp_path / "two").write_bytes(b"From MAILER-DAEMON Mon\n" + one + b"\nFrom MAILER-DAEMON Tue\n" + two)
    found = [[got.bounce.outside_id for got in read_file(tmp_path / name) if got.bounce] for name in ("one", "two")]
    assert found == [["1" * 32], ["1" * 32, "2" * 32]]
    assert next(read_file(tmp_path / "one")).mark == next(read_file(tmp_path / "two")).mark


def test_a_maildir_shows_what_was_dealt_with_and_leaves_the_rest_for_people(tmp_path: Path) -> None:
    for folder in ("new", "cur", "tmp"):
        (tmp_path / folder).mkdir()
    (tmp_path / "new" / "1.report").write_bytes(report(OURS, WHO))
    (tmp_path / "new" / "2.note").write_bytes(written(OUT_OF_OFFICE, OURS, WHO))
    box = BounceBox(tmp_path)
    for returned in list(box.new()):
        box.done(returned)
    assert list(box.new()) == []
    assert sorted(path.name for path in (tmp_path / "cur").iterdir()) == ["1.report:2,S", "2.note:2,"]


def test_an_mbox_is_read_again_only_when_it_has_changed(tmp_path: Path) -> None:
    box = BounceBox(tmp_path / "mbox")
    assert (list(box.new()), box.fault) == ([], "cannot be read (No such file or directory)")
    (tmp_path / "mbox").write_bytes(b"From a Mon\n" + report(OURS, WHO))
    assert [len(list(box.new())), len(list(box.new()))] == [1, 1]  # not dealt with yet
    box.all_done()
    assert list(box.new()) == []
    with (tmp_path / "mbox").open("ab") as file:
        file.write(b"\nFrom a Mon\n" + report("b" * 32, WHO))
    assert len(list(box.new())) == 2


CANARY = "Subject: {}planwatch canary " + OURS + "\nMessage-ID: <x@example.org>\n\nwords"


@pytest.mark.parametrize("tag", ["", "[EXTERNAL] ", "[EXTERNAL]\n "])
def test_what_we_wrote_to_ourselves_is_known_whatever_became_of_its_other_headers(tag: str) -> None:
    assert mark_in(CANARY.format(tag).encode()) == OURS


@pytest.mark.parametrize("before", ["Re: ", "Undeliverable: ", "Automatic reply: ", "[x] [y] "])
def test_what_only_names_it_is_not_it(before: str) -> None:
    assert mark_in(CANARY.format(before).encode()) is None
    assert mark_in(OUT_OF_OFFICE.format(recipient=WHO, outside_id=OURS).encode()) is None


def test_a_report_that_it_came_back_is_no_arrival(tmp_path: Path) -> None:
    raw = report(OURS, WHO).replace(b"Undelivered Mail Returned to Sender", b"planwatch canary " + OURS.encode())
    (tmp_path / "one").write_bytes(raw)
    [returned] = read_file(tmp_path / "one")
    assert (returned.canary, returned.bounce is not None) == (None, True)
