"""The values with which every template is tried and shown: the longest that there are, and the emptiest."""

from collections.abc import Mapping

LONG_PLAN = "P-2026/CASES-0123456-ABCDEFGHIJK"  # 32 letters, the longest there are
LINK = "https://plans.example.org/sign-in"


def item(basis: str = "local_default", **changed: object) -> dict[str, object]:
    """Something that is owed."""
    return {
        "plan": LONG_PLAN,
        "initials": "A.B.",
        "label": "review of the plan after a change in the circumstances of the family",
        "which": "Wed 16 Dec 2026",
        "owed_by": "independent reviewing officer",
        "due": "Sat 19 Dec 2026",
        "act_by": "Fri 18 Dec 2026",
        "days_over": 112,
        "basis": basis,
        "source": ["My Safety Plan guidance", "8, My Safety Plan Reviews"],
        "done_when": "A review meeting was held and the plan was looked at in it.",
        "asks": "The first review is held within three months of the initial meeting.",
    } | changed


def bottom_line(**changed: object) -> dict[str, object]:
    """A bottom line at its longest."""
    return {
        "crossed_at": "26 Dec 23:40",
        "duty": True,
        "code": "482913",
        "minutes": 2879,
        "times": 95,
        "by_text": True,
        "awaited": True,
        "vacant": ["head of service"],
        "rung": "head_of_service",
        "late": True,
        "waiting_for": ["team manager", "hub service manager", "on-call manager"],
    } | changed


def slip(code: str, **changed: object) -> dict[str, object]:
    """Something that is wrong with an event."""
    words = {"plan": LONG_PLAN, "code": code, "field": "data.parental_responsibility"}
    return words | {"event": f"family_contact.approved {'e-1' * 20}, recorded 26 Dec 23:40"} | changed


SLIPS = (
    "refers_to_nothing", "field_unknown", "other_child", "opened_twice", "after_the_end", "date_unlikely",
    "undeclared_milestone", "milestone_not_counted", "not_asked_for", "number_takes_no_texts", "many_events",
    "not_introduced", "authority_differs", "ends_nothing",
)  # fmt: skip
ITEMS = [item(), item("reading"), item("guidance")]
LONGEST: Mapping[str, Mapping[str, object]] = {
    "digest": {"overdue": ITEMS * 3, "due": ITEMS, "starts": ITEMS, "date": "Mon 21 Dec 2026"},
    "overdue_list": {"overdue": ITEMS * 3, "due": [], "date": "Mon 21 Dec 2026"},
    "takeover": {"overdue": ITEMS, "due": ITEMS * 2, "date": "Mon 21 Dec 2026"},
    "reminder": {"items": ITEMS, "chair": True},
    "overdue": {"items": ITEMS},
    "escalation": {"items": ITEMS},
    "bottom_line": bottom_line(),
    "acknowledged": {
        "settled": False,
        "done": ["team manager", "hub service manager"],
        "waiting": ["on-call manager", "head of service"],
    },
    "code_refused": {"closed": True},
    "codes_closed": {"role": "hub service manager"},
    "plan_ended": {"ended": "Fri 18 Dec 2026", "cancelled": 23},
    "seen_by_exception": {"seen": "18 Dec 10:42"},
    "date_moved": {"old": "Fri 18 Dec 2026", "new": "Mon 4 Jan 2027", "kept": True, "move": 12},
    "copy_given": {"given": "Fri 18 Dec 2026", "excluded": True},
    "problem": {"item": slip("refers_to_nothing")},
    "problems": {"items": [slip(code) for code in SLIPS], "date": "Mon 21 Dec 2026"},
    "role_vacant": {"role": "hub service manager"},
    "undeliverable": {"role": "hub service manager", "channel": "sms", "outcome": "refused"},
    "address_refused": {"channel": "email"},
    "fallback": {"urgent": True},
    "check_in_alert": {"what": "missed", "when": "Sat 26 Dec 2026 23:40"},
    "check_in_missed": {"asked_at": "Sat 26 Dec 2026 18:00"},
    "check_in_stopped": {},
    "check_in_withheld": {"day": "Sat 26 Dec 2026", "reason": "no contact decision"},
    "check_ins_may_end": {},
    "attendance_missed": {"label": "network meeting", "running": 12},
    "translation_unchecked": {},
    "operations": {
        "code": "restored",
        "figures": [["messages_waiting_for_their_turn", 123456], ["since", "2026-12-26 23:40"]],
        "urgent": True,
    },
}
EMPTIEST: Mapping[str, Mapping[str, object]] = {
    "digest": {"overdue": [], "due": [], "starts": [], "date": "Mon 21 Dec 2026"},
    "overdue_list": {"overdue": [item(days_over=0, label="")], "due": [], "date": "Mon 21 Dec 2026"},
    "takeover": {"overdue": [], "due": [], "date": "Mon 21 Dec 2026"},
    "reminder": {"items": [item(label="")], "chair": False},
    "overdue": {"items": [item(days_over=0, label="")]},
    "escalation": {"items": [item(days_over=0, label="")]},
    "bottom_line": bottom_line(
        duty=False, minutes=0, times=1, rung="named", late=False, waiting_for=[], awaited=False, vacant=[]
    ),
    "acknowledged": {"settled": True, "done": [], "waiting": []},
    "code_refused": {"closed": False},
    "codes_closed": {"role": ""},
    "plan_ended": {"ended": "Fri 18 Dec 2026", "cancelled": 0},
    "seen_by_exception": {"seen": "1 Dec 09:00"},
    "date_moved": {"old": "Fri 18 Dec 2026", "new": "Mon 4 Jan 2027", "kept": False, "move": 1},
    "copy_given": {"given": "Fri 18 Dec 2026", "excluded": False},
    "problem": {"item": slip("other_child", plan=None)},
    "problems": {"items": [slip("opened_twice", plan=None)], "date": "Mon 21 Dec 2026"},
    "role_vacant": {"role": ""},
    "undeliverable": {"role": "", "channel": "email", "outcome": "unknown"},
    "address_refused": {"channel": "sms"},
    "fallback": {"urgent": False},
    "check_in_alert": {"what": "call", "when": ""},
    "check_in_missed": {"asked_at": ""},
    "check_in_stopped": {},
    "check_in_withheld": {"day": "", "reason": ""},
    "check_ins_may_end": {},
    "attendance_missed": {"label": "", "running": 2},
    "translation_unchecked": {},
    "operations": {"code": "released", "figures": [], "urgent": False},
}
# What may go to a family: a name that was agreed, and nothing else that varies.
FAMILY: Mapping[str, tuple[Mapping[str, object], ...]] = {
    "check_in": (
        {"sender": "Bartholomew-Maximilian O'Shaughnessy", "plain": True},
        {"sender": "Żaneta", "plain": False},
        {"sender": "Bartholomew-Maximilian O'Shaughnessy", "plain": True, "reply_code": "KX"},
        {"sender": None, "plain": False},
    ),
    "reply_call": ({},),
    "reply_stop": ({},),
}
