"""The people of the demonstration: made-up councils' workers, managers and partners. None of them exists."""

from __future__ import annotations

from cli.demo import neighbours
from cli.demo.person import Person, numbered

AUTHORITY = "dudley"

SOCIAL_WORKERS = numbered(
    "sw",
    100,
    "Social worker",
    (
        "Orla Pennywhistle",
        "Tobiah Marchbanks",
        "Senna Quillbury",
        "Idris Hollowmere",
        "Petra Lanternby",
        "Caius Brackenhall",
        "Wren Applethorpe",
        "Jory Thornquist",
        "Mabel Osterley",
        "Dilwyn Farrowgate",
    ),
)
PARTNERS = numbered(
    "kp",
    200,
    "Key professional",
    (
        "Bramwell Tansy",
        "Linnet Harkaway",
        "Osric Pellbrook",
        "Juniper Vale",
        "Emrys Cobbleton",
        "Saffron Withycombe",
    ),
    kind="partner",
    domain="partner.example.org",
)
EARLY_HELP = numbered(
    "eh",
    220,
    "Early help practitioner",
    ("Corin Larkspur", "Thea Millrace", "Ansel Greatorex"),
)
TEAM_MANAGERS = (
    Person("tm-01", "Hester Callowmoor", "Team manager, North", "+447700900301"),
    Person("tm-02", "Ambrose Kettlewick", "Team manager, South", "+447700900302"),
)
# Who holds a role for the whole council: (role, person).
OFFICES: tuple[tuple[str, Person], ...] = (
    ("team_manager", TEAM_MANAGERS[0]),
    ("service_manager", Person("sm-01", "Lorcan Spindlewood", "Service manager", "+447700900311")),
    ("hub_team_manager", Person("htm-01", "Isolde Merrirook", "Team manager of the Hub", "+447700900312")),
    ("hub_service_manager", Person("hsm-01", "Bartram Oakhollow", "Service manager of the Hub", "+447700900313")),
    ("on_call_manager", Person("oc-01", "Fenella Stormcroft", "On-call manager", "+447700900314")),
    ("head_of_service", Person("hos-01", "Augustin Hallowby", "Head of service", "+447700900315")),
    ("configuration_owner", Person("co-01", "Tamsin Dovecote", "Owner of the settings", "+447700900316")),
    ("day_team", Person("day-01", "Gwenllian Daybrook", "Day team", "+447700900317")),
    ("emergency_duty_team", Person("edt-01", "Silas Moonraker", "Emergency duty team", "+447700900318")),
    ("duty_iro", Person("iro-01", "Peridot Ashgrove", "Duty reviewing officer", "+447700900319")),
    ("service_lead", Person("sl-01", "Nerys Copperthwaite", "Service lead, early help", "+447700900320")),
)
YOUTH_OFFENDING_LEAD = Person("sl-02", "Rufus Ambleforth", "Service lead, youth offending", "+447700900321")

DUDLEY: tuple[Person, ...] = (
    *SOCIAL_WORKERS,
    *EARLY_HELP,
    *PARTNERS,
    *TEAM_MANAGERS,
    *(person for _, person in OFFICES if person not in TEAM_MANAGERS),
    YOUTH_OFFENDING_LEAD,
)
PEOPLE: tuple[Person, ...] = (*DUDLEY, *neighbours.PEOPLE)
AUTHORITIES = (AUTHORITY, *neighbours.AUTHORITIES)
BY_ID = {person.id: person for person in PEOPLE}


def holder(role: str) -> Person:
    """Who holds a role for the whole of the council with the sixty plans."""
    return dict(OFFICES)[role]
