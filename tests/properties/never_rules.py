"""The fifteen never-rules of the domain paper, each asked of a whole run by a reading of its own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property

from notifications.catalogue.render import render
from notifications.catalogue.sms_parts import sms_parts
from notifications.message import Channel, Content, Message
from tests.properties.histories import CANARY, LONDON, MEANING, WORKERS
from tests.properties.known import Known
from tests.properties.reference import is_working, working_days_after
from tests.properties.world import Ran, Seen, book

FALLBACK = ("team_manager", "configuration_owner")
SLOT = timedelta(minutes=30)
# Rule 7: the only texts that family may be sent; a name, and nothing else, varies.
DANGER = r"( If anyone is in danger ring 999\.)?"
FAMILY_TEXTS = (
    r"(Hi, it's \w+\. |Hi\. )All ok today\? Text 1 if so, or 2 and I'll ring you\." + DANGER,
    r"Thanks\. I'll ring you soon\.",
    r"OK\. No more texts from me\.",
)
PERSONAL = re.compile(rf"{CANARY}|Nym|2014|@|\+44|077009", re.IGNORECASE)
Told = Iterator[str]


class Case:
    """A run, with what was known at the moment of each message."""

    def __init__(self, ran: Ran) -> None:
        self.ran = ran
        self._known: dict[datetime, Known] = {}
        self._content: dict[str, Content] = {}

    def known(self, moment: datetime) -> Known:
        """What was known at a moment, read once."""
        if moment not in self._known:
            self._known[moment] = Known(self.ran.events, moment)
        return self._known[moment]

    def content(self, notice: Message) -> Content:
        """What a message says, rendered once."""
        if notice.key not in self._content:
            self._content[notice.key] = render(notice.template, Channel(notice.channel), notice.context)
        return self._content[notice.key]

    @cached_property
    def final(self) -> Known:
        """What was known in the end."""
        return self.known(self.ran.end)


def plans_of(notice: Message) -> list[str]:
    """The plans that a message speaks of."""
    if notice.plan is not None:
        return [notice.plan]
    if notice.purpose == "check_in":
        return sorted({plan for plan, _ in notice.context["check_ins"]})  # type: ignore[attr-defined]
    return sorted({str(about["plan"]) for about in notice.about if "plan" in about})


def contact(case: Case, notice: Message) -> Told:
    """Rules 1, 2, 11 and 13: nothing stands against contact, of the person or the number."""
    for plan in plans_of(notice):
        found = case.known(notice.at).against(plan, notice.person, notice.channel)
        if notice.template == "reply_stop":
            found.discard("opted_out")
        for reason in sorted(found):
            rule = {"flag_undecided": 2, "opted_out": 11, "poses_risk": 13, "victim": 13}.get(reason, 1)
            yield f"rule {rule}: {_name(notice)} though {reason}"


def current(case: Case, one: Seen) -> Told:
    """Rule 4: nothing is sent for what is over."""
    notice = one.what
    assert isinstance(notice, Message)
    over = [plan for plan in plans_of(notice) if case.known(notice.at).ended(plan)]
    routine = notice.purpose in ("reminder", "digest", "overdue", "escalation", "check_in")
    if over and routine:
        yield f"rule 4: {_name(notice)} of an ended plan"
    if not set(notice.obligations or ()) <= one.live:
        yield f"rule 4: {_name(notice)} of what is not live"


def roles(case: Case, notice: Message) -> Told:
    """Rule 6: a bottom line is told to the roles that the policy names, and to no others."""
    if notice.template != "bottom_line":
        return
    line = book().versions(notice.authority)[-1].bottom_line
    allowed = {*line.alert, *(rung.role for rung in line.then), "configuration_owner"}
    if notice.role not in allowed:
        yield f"rule 6: {_name(notice)} as {notice.role}"


def family_text(case: Case, notice: Message) -> Told:
    """Rules 7 and 10: a family text is one of a few, and inside the hours that were agreed."""
    if not case.final.is_family(notice.person):
        return
    text = case.content(notice).text
    if notice.channel != "sms" or not any(re.fullmatch(pattern, text) for pattern in FAMILY_TEXTS):
        yield f"rule 7: {_name(notice)} says something else"
    if notice.purpose not in ("check_in", "reply"):
        yield f"rule 7: {_name(notice)} to family"
    if notice.purpose == "check_in" and not case.known(notice.at).in_window(notice.person):
        yield f"rule 10: {_name(notice)} outside the window"
    if notice.valid_until is not None and not case.known(notice.at).in_window(notice.person, notice.valid_until):
        yield f"rule 10: {_name(notice)} may go until after the window"


def private(case: Case, notice: Message) -> Told:
    """Rule 8: no message carries a person's data; a text is one part."""
    content = case.content(notice)
    everything = f"{content.subject}\n{content.text}\n{content.html}"
    if PERSONAL.search(everything):
        yield f"rule 8: {_name(notice)} carries something personal"
    if "Q.Z." in (content.subject or "") or ("Q.Z." in everything and notice.channel == "sms"):
        yield f"rule 8: {_name(notice)} carries initials where it must not"
    if notice.channel == "sms" and sms_parts(content.text) != 1:
        yield f"rule 8: {_name(notice)} is more than one part"


def responsible(case: Case, notice: Message) -> Told:
    """Rule 9: nothing goes to somebody who is not responsible any more."""
    known = case.known(notice.at)
    if known.is_family(notice.person):
        return
    for plan in plans_of(notice):
        if notice.person not in may_be_told(known, plan, notice):
            yield f"rule 9: {_name(notice)} as {notice.role}"


def may_be_told(known: Known, plan: str, notice: Message) -> set[str]:
    """Who may be told of a plan now in a message's role, in its stead, or because the facts name them."""
    everybody = [*FALLBACK, notice.role]
    if notice.plan is None:
        everybody += ["social_worker", "key_professional", "day_team", "service_manager"]
    if notice.purpose == "escalation":  # it passes over whoever owes the duty, and whoever cannot be told
        everybody.append("head_of_service")
    holders = {holder for role in everybody if (holder := known.holder(plan, role)) is not None}
    found = holders | {known.stand_in(holder) for holder in holders}
    return found | (known.named(plan) if _may_be_named(notice) else set())


def _may_be_named(notice: Message) -> bool:
    # An action's owner is told by name, as a holder of the role that they have on the plan.
    return any(about.get("kind") == "action" for about in notice.about)


def hours(case: Case, notice: Message) -> Told:
    """Rule 5's other side: what is not urgent keeps to working days between eight and six."""
    del case
    here = notice.at.astimezone(LONDON)
    quiet = not is_working(here.date()) or not "08:00" <= f"{here:%H:%M}" <= "18:00"
    if quiet and notice.purpose not in ("alert", "check_in", "reply"):
        yield f"rule 5: {_name(notice)} at a quiet hour"
    if notice.urgent != (notice.purpose == "alert"):
        yield f"rule 5: {_name(notice)} is urgent or not"


def above(case: Case, notice: Message) -> Told:
    """Rule 9: an escalation never goes to the person who owes the duty, nor to whoever covers for that person."""
    if notice.purpose != "escalation":
        return
    known, plan = case.known(notice.at), str(notice.plan)
    for duty in case.ran.obligations:
        if duty.key in (notice.obligations or ()) and duty.plan == plan:
            # Who owes it in the end may hold the role only since.
            named = duty.responsible if duty.responsible in known.named(plan) else None
            holder = known.holder(plan, duty.responsible_role) or named
            if holder is not None and notice.person in {holder, known.stand_in(holder)}:
                yield f"rule 9: {_name(notice)} of {duty.kind}, which that person owes"


def listed(case: Case, notice: Message) -> Told:
    """Rule 15: the weekly list comes at nine on its day, and speaks of what was told in an earlier week alone."""
    if notice.template != "overdue_list":
        return
    here = notice.at.astimezone(LONDON)
    monday = here.date() - timedelta(days=here.weekday())
    first = monday if is_working(monday) else working_days_after(monday, 1)
    if not case.ran.outages and (here.date() != first or f"{here:%H:%M}" != "09:00"):
        yield f"rule 15: {_name(notice)} at another time"
    this_week = datetime.combine(monday, datetime.min.time(), LONDON)
    told = {key for one in case.ran.notices if one.template == "overdue" and this_week <= one.at < notice.at
            for key in one.obligations or ()}  # fmt: skip
    if told & set(notice.obligations or ()):
        yield f"rule 15: {_name(notice)} of what was told in the same week"


# ---------------------------------------------------------------------------------------------------- of the whole run


def bottom_lines(case: Case) -> Told:
    """Rule 5: an alert reaches each holder at once and every half hour, both ways, until it is confirmed or closed."""
    sent = {(str(about["alert"]), one.person, one.channel, one.at) for one in case.ran.notices for about in one.about
            if "alert" in about}  # fmt: skip
    for event in case.ran.events:
        if event["type"] != "bottom_line.breached":
            continue
        start = _known_from(case, event)
        for slot in (start + SLOT * number for number in range(5)):
            if not _asleep(case, start, slot):
                yield from _slot(case, event, slot, sent)


def _slot(case: Case, event: Mapping[str, object], slot: datetime, sent: Collection[object]) -> Told:
    known, plan, name = case.known(slot), str(event["subject"]), str(event["id"])
    line = book().versions(known.council(plan))[-1].bottom_line
    if not any(one["id"] == name for one in known.events) or _taken_hold(known, plan, name):
        return
    acknowledged = _acknowledged(known, name)
    for role in line.alert:
        holder = known.holder(plan, role)
        if holder is None or {holder, *known.covers(holder)} & acknowledged:
            continue
        told = known.stand_in(holder)
        for channel in ("sms", "email"):
            address = known.person(told).get("mobile" if channel == "sms" else "email")
            blocked = known.against(plan, told, channel)
            if address and not blocked and (name, told, channel, slot) not in sent:
                yield f"rule 5: {told} was not alerted of {name} by {channel} at {slot}"


def answered(known: Known, notice: Message) -> bool:
    """Whether an alert to a role need not go any more: taken hold of, closed, withdrawn, or nobody there to tell."""
    plan, name = str(notice.plan), str(notice.about[0]["alert"])
    if not any(event["id"] == name for event in known.events) or _taken_hold(known, plan, name):
        return True
    holder = known.holder(plan, notice.role)
    return holder is None or bool({holder, *known.covers(holder)} & _acknowledged(known, name))


def _known_from(case: Case, event: Mapping[str, object]) -> datetime:
    """When a breach became known: recorded, its plan introduced, and somebody awake."""
    opened = [datetime.fromisoformat(str(one["time"])) for one in case.ran.events
              if one["type"] == "plan.opened" and one["subject"] == event["subject"]]  # fmt: skip
    moment = max(datetime.fromisoformat(str(event["time"])), *opened)
    return next((until for since, until in case.ran.outages if since <= moment < until), moment)


def _asleep(case: Case, start: datetime, slot: datetime) -> bool:
    return slot >= case.ran.end or any(since < slot + SLOT and start < until for since, until in case.ran.outages
                                       if until != start)  # fmt: skip


def _acknowledged(known: Known, name: str) -> set[str]:
    return {str(data["by"]) for _, data in known.all("alert.acknowledged") if data["alert"] == name}


def _taken_hold(known: Known, plan: str, name: str) -> bool:
    if any(data["alert"] == name for _, data in known.all("alert.closed")):
        return True
    # Whether enough people confirmed is asked at each confirmation, by who held what then; what was said of a plan that
    # was not introduced holds from its introduction.
    introduced = min(when for when, _ in known.all("plan.opened", plan))
    for when, data in known.all("alert.acknowledged"):
        if data["alert"] == name and _enough(Known(known.events, max(when, introduced)), plan, name):
            return True
    return _enough(known, plan, name)


def _enough(known: Known, plan: str, name: str) -> bool:
    people = _acknowledged(known, name)
    line = book().versions(known.council(plan))[-1].bottom_line
    named = [holder for role in line.alert if (holder := known.holder(plan, role))]
    later = [holder for rung in line.then if (holder := known.holder(plan, rung.role))]
    took = {holder for holder in (*named, *later) if {holder, *known.covers(holder)} & people}
    return bool(people) and (bool(set(later) & took) or (bool(named) and set(named) <= took))


def only_facts(case: Case) -> Told:
    """Rules 6 and 12: only facts change what is owed; dates end no plan, and silence crosses no bottom line."""
    types = {str(event["id"]): str(event["type"]) for event in case.ran.events}
    for one in case.ran.obligations:
        if types.get(one.met_by or "") in (
            "alert.acknowledged",
            "alert.closed",
            "check_in.replied",
            "check_ins.stopped",
        ):
            yield f"rule 12: {one.kind} was met by {types[str(one.met_by)]}"
        if one.kind == "notify_hub" and types.get(one.met_by or "", "hub.notified") != "hub.notified":
            yield f"rule 6: notify_hub was met by {types[str(one.met_by)]}"
    for plan in case.ran.ended:
        if not case.final.ended(plan):
            yield f"rule 12: {plan} ended without being ended"
    for notice in case.ran.notices:
        if any(types.get(str(about["alert"])) != "bottom_line.breached" for about in notice.about if "alert" in about):
            yield f"rule 12: {_name(notice)} without a breach"


def barred(case: Case) -> Told:
    """Rules 1, 2 and 13: no copy and no signature is owed about whom it is kept from."""
    for one in case.ran.obligations:
        if not one.live or one.kind not in ("share_plan", "sign_plan"):
            continue
        found = case.final.against_person(one.plan, str(one.about)) - {"never_contact", "victim"}
        found -= {"poses_risk"} if one.kind == "share_plan" else set()
        if case.final.is_family(str(one.about)) and case.final.undecided(one.plan, str(one.about)):
            found.add("flag_undecided")
        yield from (f"rule 1: {one.kind} is owed about {one.about} though {reason}" for reason in sorted(found))


def answers(case: Case) -> Told:
    """Rule 11: a stop is answered once at most; so is a call."""
    replies = Counter(one.key for one in case.ran.notices if one.purpose == "reply")
    asked = sum(MEANING.get(str(data["text"])) in ("stop", "call") for _, data in case.final.all("check_in.replied"))
    if any(count > 1 for count in replies.values()) or sum(replies.values()) > asked + _gone(case):
        yield "rule 11: more answers than there were texts to answer"


def _gone(case: Case) -> int:
    return sum(event["type"] == "event.withdrawn" for event in case.ran.events)


def honest(case: Case) -> Told:
    """Rule 14: the basis is the policy's own, act_by is a working day on or before due_on, and status keeps to days."""
    today = case.ran.end.astimezone(LONDON).date()
    for one in case.ran.obligations:
        rule = book().versions(one.rule.split(".")[0])[-1].by_name[one.rule]
        between = [one.act_by + timedelta(days=n) for n in range(1, (one.due_on - one.act_by).days + 1)]
        if one.basis != rule.source.basis or not is_working(one.act_by) or any(map(is_working, between)):
            yield f"rule 14: {one.kind} due {one.due_on}"
        if one.live and (one.status.value == "overdue") != (today > one.due_on):
            yield f"rule 14: {one.kind} due {one.due_on} is {one.status.value}"


def once(case: Case) -> Told:
    """Rule 15: nothing is told twice; a family text draws on one plan; what is late is told to somebody."""
    names = Counter((one.person, one.channel, one.purpose, one.at, one.plan, one.template, repr(one.about),
                     repr(one.context)) for one in case.ran.notices)  # fmt: skip
    # After an outage lines may make two emails of a day here; the service has those that come later wait for the next.
    gathered = ("digest|", "gathered|") if case.ran.outages else ("digest|",)
    keys = Counter(one.what.key for one in case.ran.seen if not one.what.key.startswith(gathered))
    yield from (f"rule 15: twice {name}" for name, count in names.items() if count > 1)
    # After an outage what was missed is caught up at eight, before that morning's own digest.
    mornings = () if case.ran.outages else case.ran.notices
    daily = Counter((one.template, one.authority, one.person, one.at.astimezone(LONDON).date()) for one in mornings
                    if one.template in ("digest", "overdue_list", "takeover"))  # fmt: skip
    yield from (f"rule 15: two of {email}" for email, count in daily.items() if count > 1)
    yield from (f"rule 15: one key twice: {key}" for key, count in keys.items() if count > 1)
    yield from _late_and_untold(case)


def _late_and_untold(case: Case) -> Told:
    told = {
        key
        for one in case.ran.notices
        for key in one.obligations or ()
        if one.purpose in ("overdue", "escalation", "digest")
    }
    gaps = {one.plan for one in case.ran.problems if one.code in ("role_vacant", "no_reachable_contact")}
    gaps |= {one.plan for one in case.ran.withheld if one.purpose in ("overdue", "digest")}
    last = case.ran.end.astimezone(LONDON).date()
    for one in case.ran.obligations:
        morning = working_days_after(one.due_on, 2)
        late = one.status.value == "overdue" and morning < last and _recorded(case, one.from_event) < morning
        if late and one.key not in told and one.plan not in gaps:
            yield f"rule 15: {one.kind} due {one.due_on} is late, and nobody was told"


def _recorded(case: Case, event_id: str) -> date:
    """The day on which an obligation's event was recorded."""
    when = next(str(event["time"]) for event in case.ran.events if event["id"] == event_id)
    return datetime.fromisoformat(when).astimezone(LONDON).date()


def _name(notice: Message) -> str:
    return f"{notice.purpose} {notice.template} to {notice.person} on {notice.plan} at {notice.at:%Y-%m-%d %H:%M}Z"


OF_A_MESSAGE: Sequence[Callable[[Case, Message], Told]] = (
    contact, roles, family_text, private, responsible, hours, above, listed,
)  # fmt: skip
OF_A_RUN: Sequence[Callable[[Case], Told]] = (bottom_lines, only_facts, barred, answers, honest, once)


def broken(ran: Ran) -> list[str]:
    """Every never-rule that a run broke, and how."""
    case = Case(ran)
    found = [fault for rule in OF_A_RUN for fault in rule(case)]
    for one in ran.seen:
        if isinstance(one.what, Message):
            found += [fault for rule in OF_A_MESSAGE for fault in rule(case, one.what)]
            found += current(case, one)
    return found


def outsiders(ran: Ran) -> list[tuple[object, ...]]:
    """Everything that family and partners get: when, by which way, and each letter of it."""
    case = Case(ran)
    some = [one for one in ran.notices if one.person not in WORKERS]
    return [(one.at, one.person, one.channel, one.purpose, case.content(one)) for one in some]
