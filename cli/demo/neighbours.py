"""The people of the four councils with a few plans each, and of the families there. None of them exists."""

from __future__ import annotations

from cli.demo.person import Person

# What each has: id's beginning, first number, the names of two social workers, team, service, head, school nurse.
_STAFF = {
    "bradford": (
        "br",
        400,
        ("Elowen Thackray", "Barnaby Holroyd", "Marguerite Stonecliffe", "Cuthbert Airedale", "Rosalind Beckwith",
         "Tilda Fernside"),
    ),
    "darlington": (
        "da",
        420,
        ("Hadrian Skerne", "Philippa Cockerton", "Winifred Haughton", "Evander Blackwell", "Leonora Whessoe",
         "Jonty Pierremont"),
    ),
    "wakefield": (
        "wa",
        440,
        ("Sabina Nostell", "Crispin Horbury", "Dorothea Sandal", "Magnus Ossett", "Clementine Walton",
         "Perdita Crigglestone"),
    ),
    "south_gloucestershire": (
        "sg",
        460,
        ("Rowena Wickwar", "Lysander Marshfield", "Imelda Pucklechurch", "Gideon Tormarton", "Beatrix Dyrham",
         "Fergus Oldland"),
    ),
}  # fmt: skip
_DESKS = ("sw-1", "sw-2", "tm", "sm", "hos", "kp")
_TITLES = (
    "Social worker", "Social worker", "Team manager", "Service manager, also on call", "Head of service",
    "School nurse",
)  # fmt: skip
_HELD = (
    ("team_manager", "tm"), ("service_manager", "sm"), ("on_call_manager", "sm"), ("head_of_service", "hos"),
    ("configuration_owner", "hos"),
)  # fmt: skip


def _staff(authority: str) -> tuple[Person, ...]:
    prefix, first, names = _STAFF[authority]
    return tuple(
        Person(
            f"{prefix}-{desk}", name, title, f"+447700900{first + number}", "partner" if desk == "kp" else "worker",
            "partner.example.org" if desk == "kp" else f"{prefix}.example.org", authority,
        )
        for number, (desk, title, name) in enumerate(zip(_DESKS, _TITLES, names, strict=True))
    )  # fmt: skip


DAY_TEAM = Person(
    "br-day", "Ottilie Manningham", "Day team", "+447700900410", domain="br.example.org", authority="bradford"
)
EMERGENCY_TEAM = Person(
    "br-edt", "Lambert Nightingale", "Emergency duty team", "+447700900411", domain="br.example.org",
    authority="bradford",
)  # fmt: skip
REVIEWING_OFFICER = Person(
    "da-iro", "Cordelia Faverdale", "Duty reviewing officer", "+447700900430", domain="da.example.org",
    authority="darlington",
)  # fmt: skip


def _kin(number: int, who: str, plan: str) -> Person:
    """Somebody of a family who is texted: only a label says who it is."""
    desk = "In a family’s network"
    mobile = f"+447700900{800 + number}"
    return Person(f"kin-{number}", f"{who} of {plan}", desk, mobile, "family", authority="south_gloucestershire")


GRANDMOTHER = _kin(1, "Grandmother", "P-6001")
AUNT = _kin(2, "Aunt", "P-6002")
GRANDFATHER = _kin(3, "Grandfather", "P-6003")
NEIGHBOUR = _kin(4, "Neighbour", "P-6004")
KIN = (GRANDMOTHER, AUNT, GRANDFATHER, NEIGHBOUR)


def parent(which: str, plan: str, authority: str) -> Person:
    """A parent who is named in a plan, and to whom nothing is sent."""
    return Person(f"{which}-{plan.lower()}", f"{which.capitalize()} of {plan}", "Family", "", "family", "", authority)


def plans_of(authority: str) -> tuple[str, ...]:
    """The references of a council's plans."""
    thousand = {"bradford": 3, "darlington": 4, "wakefield": 5, "south_gloucestershire": 6}[authority]
    return tuple(f"P-{thousand}{number:03}" for number in range(1, 7))


AUTHORITIES = tuple(_STAFF)
OFFICES: tuple[tuple[str, str, str], ...] = (
    # authority, role, person
    *((authority, role, f"{_STAFF[authority][0]}-{desk}") for authority in AUTHORITIES for role, desk in _HELD),
    ("bradford", "day_team", DAY_TEAM.id),
    ("bradford", "emergency_duty_team", EMERGENCY_TEAM.id),
    ("darlington", "duty_iro", REVIEWING_OFFICER.id),
)
PARENTS = tuple(
    parent(which, plan, authority)
    for authority in ("bradford", "darlington")
    for plan in plans_of(authority)
    for which in ("mother", "father")
)
PEOPLE: tuple[Person, ...] = (
    *_staff("bradford"), DAY_TEAM, EMERGENCY_TEAM, *_staff("darlington"), REVIEWING_OFFICER, *_staff("wakefield"),
    *_staff("south_gloucestershire"), *KIN, *PARENTS,
)  # fmt: skip


def prefix_of(authority: str) -> str:
    """With what the ids of a council's staff begin."""
    return _STAFF[authority][0]
