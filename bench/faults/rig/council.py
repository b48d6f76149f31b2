"""A council for the cases that need plans: staff, so many plans, and families who are texted."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache

import phonenumbers

from service.app import Service
from service.domain.calendar import iso_local
from service.store.chunks import chunks
from service.use_cases.looks.look_at_due import look_at_due

AUTHORITY = "south_gloucestershire"
STAFF = {"w-sw": None, "w-tm": "team_manager", "w-oncall": "on_call_manager", "w-head": "head_of_service"}
MOBILES = tuple(f"+44770090001{place}" for place in range(len(STAFF)))
PLANS_OF_A_TEAM = 10
_AT_ONCE = 200
_OF_STAFF, _BRITISH, _OF_AN_AREA = 100, 900, 100  # numbers
Raw = dict[str, object]


def reference(number: int) -> str:
    """The reference of the plan of this number."""
    return f"P-{number:06}"


def number_of(person: int) -> str:
    """A telephone number of one person alone, from those that are set aside for drama and so are nobody's.

    Ofcom keeps 07700 900000 to 900999, of which the first hundred are left to the staff. North America keeps 555-0100
    to 0199 in each of its areas, which gives 42,400 more. Intake takes both for numbers that can be texted.
    """
    if person < _BRITISH:
        return f"+447700900{_OF_STAFF + person:03}"
    place, line = divmod(person - _BRITISH, _OF_AN_AREA)
    return f"+1{areas()[place]}55501{line:02}"


@cache
def areas() -> Sequence[int]:
    """The codes of North America's areas that are in use."""
    codes = range(201, 990)
    return [code for code in codes if phonenumbers.is_valid_number(phonenumbers.parse(f"+1{code}5550100"))]


def event(kind: str, subject: str | None, at: datetime, /, **data: object) -> Raw:
    """An event of the council's case system."""
    named: Raw = {"type": kind, "time": iso_local(at), "data": {name.removesuffix("_"): data[name] for name in data}}
    where = {"specversion": "1.0", "source": f"/{AUTHORITY}/bench", "id": f"{kind}-{subject}-{data.get('person', '')}"}
    return where | named | ({"subject": subject} if subject else {})


def staff(at: datetime) -> Iterator[Raw]:
    """The workers, and the roles that they hold for all plans."""
    for mobile, (name, role) in zip(MOBILES, STAFF.items(), strict=True):
        details = {"authority": AUTHORITY, "name": name, "kind": "worker", "email": f"{name}@example.org"}
        yield event("person.recorded", name, at, **details, mobile=mobile)
        if role is not None:
            yield event("role.assigned", None, at, authority=AUTHORITY, role=role, person=name) | {"id": role}


def plan(number: int, at: datetime) -> Iterator[Raw]:
    """One plan with its social worker."""
    child = {"ref": f"C-{number}", "initials": "ZQ"}
    name = reference(number)
    yield event("plan.opened", name, at, authority=AUTHORITY, child=child, route="child_in_need")
    yield event("role.assigned", name, at, role="social_worker", person="w-sw")


def family(number: int, people: Sequence[int], at: datetime, days: Sequence[str]) -> Iterator[Raw]:
    """The people of a plan who are asked at ten on these days, and may be texted until eleven."""
    window = {"days": list(days), "from": "09:00", "until": "11:00"}
    for person in people:
        details = {"authority": AUTHORITY, "name": "N", "kind": "family", "mobile": number_of(person)}
        yield event("person.recorded", f"f-{person}", at, **details)
        allowed = {"decision": "allow", "decided_by": "w-tm", "window": window}
        yield event("contact.decided", f"f-{person}", at, **allowed)
    check_ins = {"people": [f"f-{person}" for person in people], "days": list(days), "at": "10:00"}
    yield event("check_ins.started", reference(number), at, **check_ins)


def teams(number: int, at: datetime) -> Iterator[Raw]:
    """A social worker and a team manager for every ten of so many plans: nobody has more than one person can read."""
    for plan_number in range(number):
        team = plan_number // PLANS_OF_A_TEAM
        for kind, role in (("sw", "social_worker"), ("tm", "team_manager")):
            name = f"w-{kind}-{team}"
            if plan_number % PLANS_OF_A_TEAM == 0:
                details = {"authority": AUTHORITY, "name": name, "kind": "worker", "email": f"{name}@example.org"}
                yield event("person.recorded", name, at, **details, mobile=mobile_of(kind, team))
            yield event("role.assigned", reference(plan_number), at + timedelta(seconds=1), role=role, person=name)


def mobile_of(kind: str, team: int) -> str:
    """The number of a team's social worker or manager."""
    return f"+4471{'0' if kind == 'sw' else '1'}{team:07}"


async def take(service: Service, events: Sequence[Raw]) -> None:
    """Have the service take all of these, and look at every plan."""
    for chunk in chunks(events):
        received = await service.receive(list(chunk), looks=0)
        if received.rejected:
            raise ValueError(f"rejected: {received.rejected[0]}")
    await look(service)


async def look(service: Service) -> None:
    """Look at whatever is due by now."""
    while await look_at_due(service.sessions, service.book, service.clock.now(), _AT_ONCE):
        pass
