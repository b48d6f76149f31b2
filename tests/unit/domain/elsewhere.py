"""Plans of the other councils: their cast, what they agree, and family with a number and a decision of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tests.unit.domain.builders import Raw, Run, clock, fact, person

PLAN_ROLES = {"w-sw": "social_worker", "w-iro": "iro", "p-youth": "agency"}
WIDE_ROLES = {
    "w-tm": "team_manager",
    "w-sm": "service_manager",
    "w-oncall": "on_call_manager",
    "w-head": "head_of_service",
    "w-config": "configuration_owner",
    "w-day": "day_team",
    "w-edt": "emergency_duty_team",
}
PARTNERS = ("p-youth",)
NUMBERS = {
    who: f"+447700900{100 + index}"
    for index, who in enumerate(("f-nan", "f-aunt", "f-dad", "f-mum", "f-ex", "c-child", "w-sw2", "w-cover"))
}
EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def workers(authority: str, *, vacant: Iterable[str] = (), wide: Mapping[str, str] | None = None) -> list[Raw]:
    """Workers and partners in an authority's roles, each with a number that nobody else has."""
    everybody = dict.fromkeys([*PLAN_ROLES, *WIDE_ROLES, "w-sw2", "w-cover"])
    people = [
        person(who, kind="partner" if who in PARTNERS else "worker", mobile=f"+447700900{index:03d}")
        for index, who in enumerate(everybody, 300)
    ]
    held = {who: role for who, role in (wide or WIDE_ROLES).items() if role not in set(vacant)}
    return people + [
        fact("2024-01-02", "role.assigned", None, authority=authority, role=role, person=who)
        for who, role in held.items()
    ]


def opened(
    authority: str, when: str = "2026-11-30", roles: Mapping[str, str] = PLAN_ROLES, **data: object
) -> list[Raw]:
    """A plan opened on a day, with the roles on it."""
    usual: dict[str, object] = {
        "authority": authority, "child": {"ref": "C-1", "initials": "Q.Z."}, "route": "child_in_need", "on": when[:10],
    }  # fmt: skip
    opening = fact(when, "plan.opened", eid="open", **{**usual, **data})
    return [opening, *(fact(when, "role.assigned", role=role, person=who) for who, role in roles.items())]


def agreed(when: str, **data: object) -> Raw:
    """A plan agreed on the day of `when`, unless it says another day or a moment (`at`)."""
    own = {} if "at" in data else {"on": when[:10]}
    return fact(when, "plan.agreed", **{**own, **data})


def family(who: str = "f-nan", kind: str = "family", *, decide: bool = True, **decision: object) -> list[Raw]:
    """Somebody of the family with a mobile, on the network, and (unless told otherwise) a decision for texts."""
    mobile = decision.pop("mobile", NUMBERS[who])
    found = [person(who, kind=kind, email=None, mobile=mobile)]
    data = {"decision": "allow", "decided_by": "w-sw", "channel": "sms", **decision}
    return [*found, fact("2024-02-01", "contact.decided", who, **data)] if decide else found


def told(found: Run, kind: str) -> list[str]:
    """Who is told of a kind of obligation, when and how: `2026-12-10 08:30 digest w-sw`, in order."""
    lists = {"overdue_list": "list"}
    return sorted(
        {f"{clock(one.at)} {lists.get(one.template, one.purpose)} {one.person}" for one in found.messages(kind=kind)}
    )
