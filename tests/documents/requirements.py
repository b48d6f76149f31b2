"""What each template must hold and must not: in words for whoever reads the list, in patterns for the tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tests.documents.samples import LONG_PLAN

# A name, an address, a harm, a reproach: nothing that a template could have put there by itself.
NEVER = (
    "child", "mother", "father", "abuse", "violence", "harm", "exploitation", "school", "street", "gang", "drug",
    "blame", "fail", "must have", "you should have", "breach",
)  # fmt: skip
NEVER_TO_A_FAMILY = (
    *NEVER, "council", "service", "worker", "social", "safe", "safety", "plan", "planwatch", "visit", "meeting",
    "check", "kid", "kids", "son", "daughter", "home", "house", "police", "team", "hub", "http", "www",
    "stop", "start", "yes",
)  # fmt: skip


class Reader(StrEnum):
    """Who gets a message."""

    WORKERS = "Workers"
    MANAGERS = "Managers"
    PARTNERS = "Partners"
    FAMILY = "Family and network"


class Part(StrEnum):
    """Where to look."""

    SUBJECT = "subject"
    BODY = "body"
    HTML = "html"
    SMS = "sms"


TEXT = (Part.SMS,)
ALL = (Part.SUBJECT, Part.BODY, Part.SMS)


@dataclass(frozen=True, slots=True)
class Clause:
    """Something to be found, or not, in each of some parts; `given` changes the values that it is looked for with."""

    words: str
    pattern: str
    parts: tuple[Part, ...] = (Part.BODY,)
    given: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Requirement:
    """A template: who gets it, when, which entries of the template list it answers, and what holds for it."""

    template: str
    readers: tuple[Reader, ...]
    when: str
    answers: tuple[str, ...] = ()
    must: tuple[Clause, ...] = ()
    must_not: tuple[Clause, ...] = ()


def _words(words: tuple[str, ...]) -> str:
    return rf"(?i)\b({'|'.join(words)})\b"


REFERENCE = Clause("the plan's reference, and only that, to say which plan it is", LONG_PLAN, ALL)
LINK = Clause("a link that leads to the sign-in page and carries nothing", r"https://plans\.example\.org/sign-in(?!\S)")
OWED = (
    Clause("what is owed", r"(?i)review of the plan", (Part.BODY,)),
    Clause("its date, and the working days since where it is past", r"[Dd]ue Sat 19 Dec 2026"),
    Clause("what counts as done", r"Done when: "),
    Clause("where it comes from: document and section", r"From: My Safety Plan guidance, section 8"),
    Clause("the mark on a time that is ours and not the guidance's", r"our own clock; the guidance gives none"),
)
LISTED = (
    Clause("what is owed, and which of several", r"Review of the plan .*\(Wed 16 Dec 2026\)"),
    Clause("its date", r"due Sat 19 Dec 2026"),
    Clause("which role owes it", r"\[independent reviewing officer\]"),
    Clause("once, at its foot, where it comes from", r"Asked by My Safety Plan guidance \(section 8"),
    Clause("the mark on a time that is ours and not the guidance's", r"\* The time is our own clock"),
)
TO_STAFF = (
    Clause("a name, an address, a school, a harm, or a word of blame", _words(NEVER), ALL),
    Clause("the initials where others may look: in a subject or a text message", r"A\.B\.", (Part.SUBJECT, Part.SMS)),
    Clause("a link in a text message", r"http|www", TEXT),
    Clause("an attachment, a picture, a script", r"<(img|script|link|iframe|object)\b", (Part.HTML,)),
)
TO_FAMILY = (
    Clause("council, service, worker, child, plan, visit, meeting, place, harm, or a link", _words(NEVER_TO_A_FAMILY),
           TEXT),
    Clause("a number other than 1, 2 and 999", r"(?<!\d)(?!(?:1|2|999)(?!\d))\d+", TEXT),
)  # fmt: skip
SIGN_IN = Clause("in a text message nothing but that there is something to sign in for", r"Sign in", TEXT)
SAFE_WAY = Clause("that the safe way which was agreed is the one to use", r"safe way")
NOBODY = Clause("who it is, and what was written", r"(?i)\b(wrote that|said that|name of|called)\b|\+44|07700", ALL)

_MANY = Clause("plans in the subject or the text message: they may be many", LONG_PLAN, (Part.SUBJECT, Part.SMS))
_STAFF = (Reader.WORKERS, Reader.MANAGERS, Reader.PARTNERS)


def _notice(
    template: str, when: str, *must: Clause, answers: tuple[str, ...] = (), readers: tuple[Reader, ...] | None = None,
    must_not: tuple[Clause, ...] = (),
) -> Requirement:  # fmt: skip
    """A duty with what holds for all that goes to staff."""
    return Requirement(
        template, readers or (Reader.WORKERS,), when, answers, (REFERENCE, *must, LINK), (*TO_STAFF, *must_not)
    )


REQUIREMENTS: tuple[Requirement, ...] = (
    Requirement(
        "digest", _STAFF, "08:30 on a working day on which one of its lines falls due; one a person, never two a day",
        ("W01", "W05", "W06", "W07", "W11", "W12", "M08", "M09", "P03", "P04"),
        (
            Clause("how many are late and how many are to come", r"\d+ late, \d+ coming up", (Part.SUBJECT,)),
            Clause("what is late before what is to come", r"days late.*[^s] due.*To start:"),
            Clause("above the lines of a plan its reference", rf"{LONG_PLAN} \(A\.B\.\)\s+(! )?Review"),
            Clause("how many working days late", r"112 working days late"),
            Clause("the last working day for it", r"last working day Fri 18 Dec 2026"),
            *LISTED, LINK,
        ),
        (*TO_STAFF, _MANY),
    ),
    _notice(
        "reminder", "on the last working day, 08:30, and for short clocks at 15:00 again; one a plan",
        Clause("that it is for today", r"for today", (Part.SUBJECT,)),
        Clause("that the reader is to take the chair, where so", r"you are to take the chair"), *OWED,
        answers=("W02", "W04", "W05", "W06", "W12", "M08", "M09", "P03", "P04"), readers=_STAFF,
    ),
    _notice(
        "overdue", "09:00 on the first working day after the date, to each by themselves; once",
        Clause("how many working days over", r"112 working days ago"),
        Clause("that recording it is enough, where it was done", r"please record it: nothing more is needed"), *OWED,
        answers=("W03",), readers=_STAFF,
        must_not=(Clause("anybody else who is told", r"(?i)\b(cc|copied|team manager|service manager)\b", ALL),),
    ),
    _notice(
        "escalation", "two working days after that, 09:00, to the service manager",
        Clause("that those responsible were told before", r"Those responsible have been told"),
        Clause("what the reader is asked for", r"your help is asked for", (Part.SUBJECT,)), *OWED,
        answers=("W03",), readers=(Reader.MANAGERS,),
    ),
    Requirement(
        "overdue_list", _STAFF, "09:00 on the first working day of each week: what has been past its date since an "
        "earlier week, to whoever owes it and to the team manager; one a person",
        ("W03",),
        (
            Clause("how many", r"9 duties", (Part.SUBJECT, Part.SMS)),
            Clause("that it comes once a week while anything is on it", r"once a week"),
            Clause("above the lines of a plan its reference", rf"{LONG_PLAN} \(A\.B\.\)\s+(! )?Review"),
            Clause("how many working days late", r"112 working days late"),
            Clause("that recording it is enough, where it was done", r"please record it: nothing more is needed"),
            *LISTED, SIGN_IN, LINK,
        ),
        (*TO_STAFF, _MANY),
    ),
    Requirement(
        "takeover", _STAFF, "the next working morning after somebody took over a role from another, 08:30: what that "
        "role owes; one for all plans of that morning",
        ("W08",),
        (
            Clause("that a role was taken over", r"taken over", (Part.BODY, Part.SMS)),
            Clause("how much is late and to come", r"3 late, 6 coming up", (Part.SUBJECT, Part.SMS)),
            Clause("what is late before what is to come", r"days late.*[^s] due"),
            Clause("above the lines of a plan its reference", rf"{LONG_PLAN} \(A\.B\.\)\s+(! )?Review"),
            *LISTED, SIGN_IN, LINK,
        ),
        (*TO_STAFF, _MANY),
    ),
    _notice(
        "bottom_line", "at once, at any hour, text message and email, again every 30 minutes until it is acknowledged",
        Clause("when it was crossed", r"26 Dec 23:40", (Part.BODY, Part.SMS)),
        Clause("the code that acknowledges it", r"(?i)reply(ing)? 482913", (Part.BODY, Part.SMS)),
        Clause("for whom it is: the duty to tell the hub's service manager",
               r"(?i)\btell (the )?hub('s)? service manager", (Part.BODY, Part.SMS)),
        Clause("that acknowledging is not doing it", r"Acknowledging this message does not do that"),
        Clause("which time it is told, and how long after the first", r"(?i)alert (number )?95\b"),
        Clause("how long it is since the first alert", r"47 h 59 min", (Part.SUBJECT, Part.BODY, Part.SMS)),
        Clause("for those told later: who has not acknowledged, by role", r"team manager"),
        Clause("which role nobody holds, where it is told instead of one", r"nobody is recorded as head of service"),
        Clause("that the plan is not known, where it is not", r"(?i)planwatch does not know this plan"),
        Clause("one's own link to acknowledge by, where there is an address for it", r"by the link below"),
        Clause("that it is late, where it is", r"(?i)\blate\b", (Part.BODY, Part.SMS)),
        answers=("M01", "M02", "M03", "M04"), readers=(Reader.MANAGERS, Reader.WORKERS),
        must_not=(Clause("what happened, or where", r"(?i)\b(missing|found|left|hurt|arrested)\b", ALL),),
    ),
    _notice(
        "acknowledged", "at once, in answer to a text with a code of an alert, at any hour",
        Clause("that it is recorded", r"(?i)recorded", (Part.SUBJECT, Part.SMS)),
        Clause("who has acknowledged by now, and who has not, by role", r"team manager"),
        answers=("M03",), readers=(Reader.MANAGERS, Reader.WORKERS),
    ),
    _notice(
        "code_refused", "at once, in answer to a text with a wrong code, at any hour",
        Clause("that the alert goes on", r"(?i)alert goes on", (Part.BODY, Part.SMS)),
        Clause("after five of them: the way that is left", r"(?i)link in the email", (Part.BODY, Part.SMS)),
        answers=("M03",), readers=(Reader.MANAGERS, Reader.WORKERS),
    ),
    _notice(
        "codes_closed", "at once, to the next rung, when five texts from one number held wrong codes for an alert",
        Clause("whose number it is, by role", r"hub service manager", (Part.BODY, Part.SMS)),
        Clause("what to do", r"(?i)please ring", (Part.BODY, Part.SMS)),
        answers=("M03",), readers=(Reader.MANAGERS,),
    ),
    _notice(
        "check_in_alert", "at once, text message and email, when somebody asks for a call, writes what must be "
        "read, or leaves two texts in a row unanswered; and when replies have not reached us for an hour too long",
        Clause("which of the three", r"(?i)call", ALL, {"what": "call"}),
        Clause("which of the three", r"(?i)read", ALL, {"what": "read"}),
        Clause("which of the three", r"(?i)unanswered|no answer", ALL, {"what": "missed"}),
        Clause("where we cannot hear, that it is we who cannot", r"(?i)cannot (reach us|receive replies)", ALL,
               {"what": "unheard"}),
        Clause("and that it means nothing about an answer", r"does not mean that there was no answer", (Part.BODY,),
               {"what": "unheard"}),
        Clause("when", r"26 Dec 2026 23:40"), SAFE_WAY,
        answers=("W09",), readers=(Reader.WORKERS, Reader.MANAGERS), must_not=(NOBODY,),
    ),
    _notice(
        "check_in_missed", "the next working morning after one text without an answer in two hours",
        Clause("that one alone is no alarm", r"no cause for alarm"), SAFE_WAY, SIGN_IN,
        answers=("W09",), must_not=(NOBODY,),
    ),
    _notice(
        "check_in_stopped", "the next working morning after somebody asked for no more texts",
        Clause("that it is kept to everywhere", r"Texts to this number have stopped at once, everywhere"),
        Clause("that only a new decision starts them again", r"only after a new decision"), SIGN_IN,
        answers=("W09",), must_not=(NOBODY,),
    ),
    _notice(
        "check_in_withheld", "the next working morning after a text was held back, once for each reason",
        Clause("the reason, in a sentence", r"nobody has decided that this person may be texted"),
        Clause("where its time had passed, that it is we who did not ask", r"we (who )?did not ask", ALL,
               {"reason": "outdated"}),
        Clause("that nobody is counted as not having answered", r"nobody is counted as not having answered"), SIGN_IN,
        must_not=(NOBODY,),
    ),
    _notice(
        "check_ins_may_end", "the next working morning after the clear visits that were agreed; to the social "
        "worker alone",
        Clause("that nothing stops until the worker decides", r"Nothing stops until you record it"),
        Clause("that it is for the reader alone", r"for you alone"), SIGN_IN,
        answers=("W10",),
        must_not=(
            Clause("a visit, its day, or how many there were", r"(?i)\bvisit|\b\d+ (times|clear)\b|Dec 2026", ALL),
        ),
    ),
    _notice(
        "translation_unchecked", "the next working hours after a text went in English for want of a checked "
        "translation; once a person",
        Clause("that nobody has checked a translation", r"no translation into their language has been checked"),
        SAFE_WAY, SIGN_IN, must_not=(NOBODY,),
    ),
    _notice(
        "plan_ended", "the next working morning after the end of a plan",
        Clause("when it ended", r"18 Dec 2026"),
        Clause("how many open items were cancelled with it", r"23 open items were cancelled"), SIGN_IN,
        answers=("W13",),
    ),
    _notice(
        "seen_by_exception", "in the next working hours after somebody without a role on the plan looked at it",
        Clause("when", r"18 Dec 10:42"),
        Clause("that the reason is written down", r"written down"),
        Clause("what to do", r"ask whoever keeps the audit"), SIGN_IN,
        readers=(Reader.MANAGERS,),
        must_not=(NOBODY,),
    ),
    _notice(
        "date_moved", "the next working morning after a set review date was moved later",
        Clause("the date before and the date now", r"from Fri 18 Dec 2026 to Mon 4 Jan 2027"),
        Clause("how often it was moved", r"postponed 12 times"),
        Clause("that a latest date of the guidance still holds, where so", r"still due on Fri 18 Dec 2026"), SIGN_IN,
        answers=("M06",), readers=(Reader.MANAGERS,),
        must_not=(Clause("the reason in the worker's own words", r"(?i)because", ALL),),
    ),
    _notice(
        "copy_given",
        "the next working morning after a copy is recorded for somebody from whom it is withheld, or who is excluded",
        Clause("when it was given", r"given on Fri 18 Dec 2026"),
        Clause("why that person should not have it", r"who is excluded"), SIGN_IN,
        readers=(Reader.MANAGERS,),
        must_not=(NOBODY,),
    ),
    _notice(
        "problem", "at once, at any hour, when an event that would have protected somebody has no effect",
        Clause("which event", r"family_contact\.approved e-1"),
        Clause("what is wrong with it", r"names a person, plan or event that planwatch does not know"), SIGN_IN,
        readers=(Reader.MANAGERS,),
    ),
    Requirement(
        "problems", (Reader.MANAGERS,),
        "the next working morning, to the configuration owner, about events that have no effect or look like a slip",
        (),
        (
            Clause("how many events", r"14 events", (Part.SUBJECT, Part.SMS)),
            Clause("of each event the plan's reference", rf"\({LONG_PLAN}\)"),
            Clause("what to do", r"Check the year"), LINK,
        ),
        TO_STAFF,
    ),
    _notice(
        "attendance_missed", "the next working morning after meetings went by without the practitioner's agreed turn",
        Clause("how many", r"the last 12 meetings"), SIGN_IN,
    ),
    _notice(
        "undeliverable", "at once for an alert, else in working hours, when somebody else could not be reached",
        Clause("whose role it was for, and by which channel", r"text message to the hub service manager"),
        Clause("what to do until it is put right", r"reach that person in another way"), SIGN_IN,
        readers=(Reader.MANAGERS, Reader.WORKERS), must_not=(NOBODY,),
    ),
    _notice(
        "role_vacant", "kept ready; what a vacant role should have been told goes to the next in line instead",
        Clause("which role", r"hub service manager"), SIGN_IN,
        readers=(Reader.MANAGERS,),
    ),
    _notice(
        "fallback", "in place of an urgent message that could not be written",
        Clause("that it is urgent", r"URGENT", (Part.SUBJECT, Part.SMS)),
        Clause("whose fault it is", r"our fault"),
        readers=(Reader.WORKERS, Reader.MANAGERS),
    ),
    Requirement(
        "operations", (Reader.MANAGERS,), "to the configuration owner, once an occasion, when planwatch itself needs "
        "looking after; at once and by both ways where it is urgent, else in working hours",
        (),
        (
            Clause("what happened", r"so nothing was sent until somebody released it"),
            Clause("what to do", r"What to do: Have what was recorded"),
            Clause("figures, where there are any", r"waiting for their turn: 123456"),
            Clause("that it is urgent, where it is", r"^URGENT ", ALL),
            LINK,
        ),
        (*TO_STAFF, Clause("plans or people", rf"{LONG_PLAN}|\+44|07700|@", ALL)),
    ),
    Requirement(
        "address_refused", _STAFF, "once, in working hours and by the other channel, when a report says that the "
        "reader's own address does not exist",
        (),
        (
            Clause("what does not arrive", r"your email address on record does not arrive"),
            Clause("what to do", r"Please have", (Part.BODY, Part.SMS)),
            LINK,
        ),
        (*TO_STAFF, Clause("plans, people or addresses", rf"{LONG_PLAN}|\+44|07700|@", ALL)),
    ),
    Requirement(
        "check_in", (Reader.FAMILY,), "at the agreed hour, inside the person's window, never late",
        ("F01", "F02", "F10", "F12"),
        (
            Clause("an easy answer: 1 or 2", r"\b(..)?1 if so, or (..)?2 ", TEXT),
            Clause("the name that was agreed, where one was", r"it's Zaneta", TEXT, {"sender": "Żaneta"}),
            Clause("no name where none was agreed", r"^Hi\. All ok", TEXT, {"sender": None}),
            Clause("in the plain wording whom to ring in danger", r"999", TEXT, {"plain": True}),
            Clause("two letters before the 1 and the 2, where a phone serves several", r"KX1 .* KX2 ", TEXT,
                   {"reply_code": "KX"}),
        ),
        (*TO_FAMILY, Clause("that anybody is in danger, in the discreet wording", r"999", TEXT, {"plain": False})),
    ),
    Requirement(
        "reply_call", (Reader.FAMILY,), "once, at once, when somebody answers 2", ("F04",),
        (Clause("that somebody will ring", r"I'll ring you", TEXT),),
        (*TO_FAMILY, Clause("who, from where, or why", r"(?i)\b(we|from|about|because)\b", TEXT)),
    ),
    Requirement(
        "reply_stop", (Reader.FAMILY,), "once, at once, when somebody asks for no more texts", ("F05",),
        (Clause("that no more texts come", r"No more texts", TEXT),),
        (*TO_FAMILY, Clause("what was ended", r"(?i)\b(these|those|about|reminder|list)\b", TEXT)),
    ),
)  # fmt: skip
