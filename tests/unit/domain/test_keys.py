"""Keys: each kind as it is stored, letter for letter, and read back. A form that changes is told again to everybody."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from service.domain import keys
from service.domain.keys.key import Key, names
from service.domain.keys.ledger import (
    AlertKey,
    AlertRungKey,
    AlertSlotKey,
    AskedRungKey,
    AwaitedAlertKey,
    CauseKey,
    CheckInKey,
    DeafKey,
    JoinedSeriesKey,
    MayEndKey,
    ObligationKey,
    OverdueAgainRungKey,
    OverdueRungKey,
    OvertakenKey,
    PlanProblemKey,
    ReachProblemKey,
    ReminderRungKey,
    ReplyKey,
    SeriesKey,
    SlipKey,
    StepKey,
    TakeoverKey,
    UnannouncedKey,
    WeekKey,
    WithheldCheckInKey,
    WithheldFromKey,
    WithheldKey,
)
from service.domain.keys.messages import (
    AddressRefusedKey,
    AlertAnswerKey,
    AlertMessageKey,
    AskedAtKey,
    AtOnceKey,
    CanaryKey,
    ClockJump,
    CodesClosedKey,
    ConfirmationKey,
    DigestKey,
    ExceptionKey,
    GatheredKey,
    GatheredLineKey,
    InsteadKey,
    LineKey,
    MorningKey,
    NoticeKey,
    OperationsKey,
    PersonDay,
    RungsKey,
    SlipLineKey,
    TextAnsweredKey,
    TextKey,
    UnaskedKey,
    UncheckedTranslationKey,
    UndeliverableKey,
)
from service.domain.keys.problems import (
    AuthorityDiffersKey,
    ClockJumpedKey,
    ClocksDifferKey,
    ConflictKey,
    OwnerVacantKey,
    RestoredKey,
    TimeAheadKey,
    UnreadTextKey,
    UntoldOccasionKey,
    WaitingKey,
)

DAY = date(2026, 12, 7)
UTC_MOMENT = datetime(2026, 12, 7, 8, 30, 0, 5, tzinfo=UTC)
LOCAL_MOMENT = datetime(2026, 6, 8, 8, 30, tzinfo=ZoneInfo("Europe/London"))
EVENT, VISIT = "/dudley/cases#e-1", "/dudley/cases#v-1"
OBLIGATION = "visit-monthly|/dudley/cases#e-1|"
ALERT, CHECK_IN, REPLY = "alert|P-1|/dudley/cases#e-1", "check_in|/dudley/cases#e-1|f-mum|2026-12-07", "reply|P-1|s#r-1"

STORED: list[tuple[Key, str]] = [
    (ObligationKey("visit-monthly", EVENT, ""), OBLIGATION),
    (ObligationKey("share-plan", EVENT, "f-mum"), "share-plan|/dudley/cases#e-1|f-mum"),
    (WeekKey(OBLIGATION, 3), "visit-monthly|/dudley/cases#e-1||week 3"),
    (ReminderRungKey(OBLIGATION, UTC_MOMENT), f"rung|{OBLIGATION}|2026-12-07T08:30:00.000005+00:00"),
    (AskedRungKey(OBLIGATION), f"rung|{OBLIGATION}|asked"),
    (OverdueRungKey(OBLIGATION, DAY, "1"), f"rung|{OBLIGATION}|2026-12-07|overdue|1"),
    (OverdueRungKey(OBLIGATION, DAY, "escalation"), f"rung|{OBLIGATION}|2026-12-07|overdue|escalation"),
    (CauseKey("plan_ended", EVENT), "notice|plan_ended|/dudley/cases#e-1"),
    (SlipKey("other_child", EVENT), "slip|other_child|/dudley/cases#e-1"),
    (SlipKey("other_child", EVENT).owner_told, "slip|other_child|/dudley/cases#e-1|problems"),
    (AlertKey("P-1", EVENT), ALERT),
    (AwaitedAlertKey("P-1", EVENT), "awaited_alert|P-1|/dudley/cases#e-1"),
    (AlertRungKey(ALERT, "team_manager"), f"{ALERT}|team_manager"),
    (AlertSlotKey(ALERT, "team_manager", UTC_MOMENT), f"{ALERT}|team_manager|2026-12-07T08:30:00.000005+00:00"),
    (ReplyKey("P-1", "s#r-1"), REPLY),
    (ReplyKey("P-1", "s#r-1").stop, f"{REPLY}|stop"),
    (SeriesKey(EVENT, "f-mum"), "round|/dudley/cases#e-1|f-mum"),
    (JoinedSeriesKey("round|/dudley/cases#e-1|f-mum"), "round|/dudley/cases#e-1|f-mum|joined"),
    (ReplyKey("P-1", "s#r-1").stop_for("f-aunt"), f"{REPLY}|stop|f-aunt"),
    (AskedAtKey("dudley", "f-mum", UTC_MOMENT), "check_in|dudley|f-mum|2026-12-07T08:30:00.000005+00:00|text"),
    (
        UnaskedKey("check_in|dudley|f-mum|2026-12-07T08:30:00+00:00|text", "P-1"),
        "undeliverable|check_in|dudley|f-mum|2026-12-07T08:30:00+00:00|text|P-1",
    ),
    (CheckInKey(EVENT, "f-mum", DAY), CHECK_IN),
    (StepKey.missed(CHECK_IN), f"{CHECK_IN}|missed"),
    (StepKey.untold(CHECK_IN), f"{CHECK_IN}|untold"),
    (WithheldCheckInKey(CHECK_IN, "opted_out"), f"{CHECK_IN}|withheld|opted_out"),
    (DeafKey("P-1", UTC_MOMENT), "deaf|P-1|2026-12-07T08:30:00.000005+00:00"),
    (MayEndKey(EVENT, VISIT), "may_end|/dudley/cases#e-1|/dudley/cases#v-1"),
    (
        WithheldKey("P-1", CHECK_IN, "opted_out", LOCAL_MOMENT),
        f"withheld|P-1|{CHECK_IN}|opted_out|2026-06-08T08:30:00+01:00",
    ),
    (
        WithheldFromKey("P-1", "w-sw", "sms", "alert", "no_address", UTC_MOMENT),
        "withheld|P-1|w-sw|sms|alert|no_address|2026-12-07T08:30:00.000005+00:00",
    ),
    (
        UnannouncedKey("P-1", "p-school", "digest", UTC_MOMENT),
        "withheld|P-1|p-school|digest|unannounced|2026-12-07T08:30:00.000005+00:00",
    ),
    (PlanProblemKey("P-1", "no_next_date", OBLIGATION), f"problem|P-1|no_next_date|{OBLIGATION}"),
    (
        ReachProblemKey("P-1", "role_vacant", "team_manager", UTC_MOMENT),
        "problem|P-1|role_vacant|team_manager|2026-12-07T08:30:00.000005+00:00",
    ),
    (
        RungsKey("reminder", "P-1", "w-sw", LOCAL_MOMENT, "0123456789ab"),
        "reminder|P-1|w-sw|2026-06-08T08:30:00+01:00|0123456789ab",
    ),
    (LineKey("P-1", OBLIGATION, "w-sw", UTC_MOMENT), f"line|P-1|{OBLIGATION}|w-sw|2026-12-07T08:30:00.000005+00:00"),
    (DigestKey("w-sw", DAY), "digest|w-sw|2026-12-07"),
    (
        OverdueAgainRungKey(OBLIGATION, DAY, UTC_MOMENT, "escalation"),
        f"rung|{OBLIGATION}|2026-12-07|overdue again 2026-12-07T08:30:00.000005+00:00|escalation",
    ),
    (OvertakenKey(OBLIGATION, DAY), f"overtaken|{OBLIGATION}|2026-12-07"),
    (
        TakeoverKey("P-1", "social_worker", "w-sw", UTC_MOMENT),
        "takeover|P-1|social_worker|w-sw|2026-12-07T08:30:00.000005+00:00",
    ),
    (GatheredKey("takeover", "dudley", "w-sw", DAY), "gathered|takeover|dudley|w-sw|2026-12-07"),
    (
        GatheredLineKey("takeover", "dudley", "P-1", OBLIGATION, "w-sw", UTC_MOMENT),
        f"gathered_line|takeover|dudley|P-1|{OBLIGATION}|w-sw|2026-12-07T08:30:00.000005+00:00",
    ),
    (
        SlipLineKey("dudley", "P-1", EVENT, "w-config", UTC_MOMENT),
        f"slip_line|dudley|P-1|{EVENT}|w-config|2026-12-07T08:30:00.000005+00:00",
    ),
    (NoticeKey("notice|plan_ended|s#e", "P-1", "w-sw"), "notice|plan_ended|s#e|P-1|w-sw"),
    (ExceptionKey("P-1", 7, "w-tm"), "seen_by_exception|P-1|7|w-tm"),
    (AlertMessageKey(ALERT, "w-sw", "sms", UTC_MOMENT), f"{ALERT}|w-sw|sms|2026-12-07T08:30:00.000005+00:00"),
    (TextKey(CHECK_IN), f"{CHECK_IN}|text"),
    (MorningKey(f"{CHECK_IN}|missed", "w-sw"), f"{CHECK_IN}|missed|w-sw"),
    (AtOnceKey(REPLY, "w-sw", "email"), f"{REPLY}|w-sw|email"),
    (TextAnsweredKey("P-1", "s#r-1"), f"{REPLY}|text"),
    (UndeliverableKey(f"{CHECK_IN}|text"), f"undeliverable|{CHECK_IN}|text"),
    (InsteadKey(f"{ALERT}|w-sw|sms|x"), f"{ALERT}|w-sw|sms|x|instead"),
    (UncheckedTranslationKey("f-mum"), "translation_unchecked|f-mum"),
    (AddressRefusedKey(f"{ALERT}|w-sw|email|x"), f"address_refused|{ALERT}|w-sw|email|x"),
    (OperationsKey("dudley", "capped", "w-sw|2026-12-07", "email"), "operations|dudley|capped|w-sw|2026-12-07|email"),
    (PersonDay("w-sw", DAY), "w-sw|2026-12-07"),
    (ClockJump("2026-12-07T08:30+00:00", -7200), "2026-12-07T08:30+00:00|-7200"),
    (CanaryKey("0" * 32), "canary|00000000000000000000000000000000"),
    (ConfirmationKey("P-1", "e-1", "w-sw"), "P-1|e-1|w-sw"),
    (AlertAnswerKey("SM123"), "alert_answer|SM123"),
    (CodesClosedKey("P-1", EVENT, "w-sw"), "codes_closed|P-1|/dudley/cases#e-1|w-sw"),
    (WaitingKey(EVENT), "waiting|/dudley/cases#e-1"),
    (AuthorityDiffersKey(EVENT), "authority_differs|/dudley/cases#e-1"),
    (ConflictKey(EVENT), "conflict|/dudley/cases#e-1"),
    (TimeAheadKey("/dudley/cases", DAY), "ahead|/dudley/cases|2026-12-07"),
    (UnreadTextKey("SM123"), "text|SM123"),
    (ClockJumpedKey("2026-12-07T08:30+00:00|-7200"), "clock|2026-12-07T08:30+00:00|-7200"),
    (ClocksDifferKey(DAY), "clocks_differ|2026-12-07"),
    (OwnerVacantKey("dudley", "capped|w-sw|2026-12-07"), "role_vacant|dudley|capped|w-sw|2026-12-07"),
    (UntoldOccasionKey("capped", "w-sw|2026-12-07"), "capped|w-sw|2026-12-07"),
    (RestoredKey("P-1", UTC_MOMENT), "restored|P-1|2026-12-07T08:30:00.000005+00:00"),
]


@pytest.mark.parametrize(("key", "stored"), STORED, ids=lambda value: type(value).__name__)
def test_a_key_is_stored_like_this_and_read_back(key: Key, stored: str) -> None:
    assert str(key) == stored
    assert type(key).parse(stored) == key


def test_every_kind_is_among_them() -> None:
    modules = [
        importlib.import_module(f"{keys.__name__}.{found.name}") for found in pkgutil.iter_modules(keys.__path__)
    ]
    kinds = {
        kind for module in modules for _, kind in inspect.getmembers(module, inspect.isclass) if issubclass(kind, Key)
    }
    assert kinds - {Key} == {type(key) for key, _ in STORED}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (CheckInKey, f"{CHECK_IN}|text"),
        (CheckInKey, "check_in|s#e|f-mum|tomorrow"),
        (ReplyKey, CHECK_IN),
        (ReplyKey, f"{REPLY}|text"),
        (AlertKey, f"{ALERT}|w-sw|sms|2026-12-07T08:30:00+00:00"),
        (AlertSlotKey, f"{ALERT}|team_manager|soon"),
        (TextKey, CHECK_IN),
        (TextKey, "|text"),
        (TextAnsweredKey, f"{CHECK_IN}|text"),
        (InsteadKey, f"{ALERT}|w-sw|sms"),
        (DigestKey, "digest|w-sw|2026-12-7"),
        (WeekKey, f"{OBLIGATION}|week one"),
        (CanaryKey, "canary"),
    ],
)
def test_what_is_none_of_a_kind_is_refused(kind: type[Key], text: str) -> None:
    with pytest.raises(ValueError, match=kind.__name__):
        kind.parse(text)


def test_a_text_is_read_back_whatever_stands_in_the_names_of_others() -> None:
    # Other systems choose the ids of plans and events; the text is taken back by its key all the same.
    check_in = str(CheckInKey("/a|b#c|d", "f|mum", DAY))
    assert TextKey.parse(str(TextKey(check_in))).of == check_in
    assert CheckInKey.parse(check_in).day == DAY


@pytest.mark.parametrize(
    ("event", "text"),
    [("/dudley/planwatch#text-SM1-2-0123abcd", "text-SM1-2"), ("/dudley/cases#reply-7", None), ("s#text-SM1", None)],
)
def test_the_answer_to_a_text_names_the_text(event: str, text: str | None) -> None:
    stored = str(TextKey(str(ReplyKey("P|1", event))))
    assert TextAnsweredKey.parse(stored).text == text


@pytest.mark.parametrize(
    ("name", "expected"), [("/dudley/cases#e-1", True), ("P-1", True), ("/dudley/cases#e", False), ("e-1", False)]
)
def test_a_key_names_what_stands_in_it_whole(name: str, expected: bool) -> None:
    assert names(f"undeliverable|{ALERT}|w-sw|sms|x", name) is expected
    assert names(ALERT, name) is expected


def test_the_steps_of_an_overdue_obligation_have_the_keys_of_their_kind() -> None:
    key_of = OverdueRungKey.of_steps(OBLIGATION, DAY)
    assert [key_of(step) for step in (1, "escalation")] == [
        str(OverdueRungKey(OBLIGATION, DAY, step)) for step in ("1", "escalation")
    ]


def test_the_keys_of_one_kind_are_found_among_all() -> None:
    withheld = WithheldCheckInKey(str(CheckInKey("s#e", "f-nan", DAY)), "opted_out")
    assert WithheldCheckInKey.all_in([ALERT, str(withheld), withheld.check_in, OBLIGATION]) == [withheld]


def test_a_key_equals_those_of_its_kind_that_are_stored_alike() -> None:
    key = WeekKey(OBLIGATION, 3)
    assert key == WeekKey(week=3, obligation=OBLIGATION) == WeekKey(OBLIGATION, week=3)
    assert len({key, WeekKey(OBLIGATION, 3), WeekKey(OBLIGATION, 4)}) == 2
    assert AskedRungKey(OBLIGATION) != JoinedSeriesKey(OBLIGATION)
    assert key != str(key)
    assert repr(key) == f"WeekKey({str(key)!r})"


def test_a_key_has_its_fields_and_never_others() -> None:
    key = WeekKey(OBLIGATION, 3)
    with pytest.raises(AttributeError, match="a WeekKey never changes"):
        key.week = 4  # type: ignore[misc]
    with pytest.raises(AttributeError, match="a WeekKey never changes"):
        del key.week
    assert key.week == 3
    for fields, named in (((OBLIGATION,), {}), ((OBLIGATION, 3, 4), {}), ((OBLIGATION, 3), {"week": 3})):
        with pytest.raises((TypeError, ValueError)):
            WeekKey(*fields, **named)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="WeekKey has the fields obligation, week"):
        WeekKey(OBLIGATION, day=3)  # type: ignore[call-arg]
