"""The banner: what is going on just now, for somebody who sees this for the first time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from cli.demo import story
from cli.demo.diary import at


@dataclass(frozen=True, slots=True)
class Chapter:
    """A stretch of the story, from a moment on; `links` are (text, address)."""

    since: datetime
    title: str
    text: str
    links: tuple[tuple[str, str], ...] = ()


_MONDAY, _TUESDAY = date(2027, 1, 11), date(2027, 1, 12)
CHAPTERS = (
    Chapter(
        story.START,
        "Monday, 08:25, in five made-up councils",
        "Some eighty children’s safety plans are running, by five councils’ guidance. In five minutes "
        "everybody with something coming up gets one email about all of it: the digest.",
    ),
    Chapter(
        at(_MONDAY, "08:30"),
        "The morning’s digests are out",
        "One email a person, however many plans. What must be done today has an email of its own: Dilwyn Farrowgate is "
        f"to visit on plan {story.UNVISITED} today.",
        (
            ("Dilwyn’s inbox", "/inboxes/sw-10"),
            (f"Plan {story.UNVISITED}", f"/plans/{story.UNVISITED}"),
            ("Bradford’s day team: a plan made on Sunday night", "/inboxes/br-day"),
        ),
    ),
    Chapter(
        at(_MONDAY, "09:00"),
        "Friday’s visit is overdue",
        f"On plan {story.RECORDED_LATE} no visit is recorded, and Friday was the last day. Caius Brackenhall is told, "
        "and so is his team manager.",
        (("Caius’s inbox", "/inboxes/sw-06"), (f"Plan {story.RECORDED_LATE}", f"/plans/{story.RECORDED_LATE}")),
    ),
    Chapter(
        at(_MONDAY, "10:40"),
        "It was made, and is recorded only now",
        f"The visit on plan {story.RECORDED_LATE} was made on Friday. As soon as that is recorded the plan is in "
        "order, and nothing more is sent; what was sent stays on record.",
        ((f"Plan {story.RECORDED_LATE}", f"/plans/{story.RECORDED_LATE}"),),
    ),
    Chapter(
        at(_MONDAY, "15:00"),
        "The day draws on",
        f"Still no visit on plan {story.UNVISITED}. If none is recorded today, the team manager hears of it tomorrow "
        "at 09:00. You can record one yourself.",
        ((f"Record a visit on {story.UNVISITED}", f"/plans/{story.UNVISITED}#record"),),
    ),
    Chapter(
        at(_MONDAY, "18:00"),
        "Families are asked: all ok today?",
        "In South Gloucestershire four people close to families have a text. One asks for a call, and the social "
        "worker knows at once; one does not answer, for the second time. You can answer yourself.",
        (("A grandmother’s phone", "/phones/kin-1"), ("An aunt’s phone", "/phones/kin-2"), ("Phones", "/phones")),
    ),
    Chapter(
        at(_TUESDAY, "08:30"),
        "Tuesday’s digests are out",
        "In Bradford somebody is asked about a visit without a look at the plan, in Darlington a manager about a plan "
        "withheld, and in Wakefield another hears of a review put off. At 09:00 what went overdue goes up.",
        (
            ("Bradford", "/plans/P-3002"),
            ("Darlington", "/plans/P-4002"),
            ("Wakefield", "/plans/P-5001"),
            ("Inboxes", "/inboxes"),
        ),
    ),
    Chapter(
        at(_TUESDAY, "09:00"),
        "What was not done has climbed to the team manager",
        f"Plan {story.UNVISITED} was not visited by yesterday: Dilwyn Farrowgate and the team manager, Ambrose "
        "Kettlewick, have an email about it. On Thursday it would go to the service manager.",
        (("Ambrose’s inbox", "/inboxes/tm-02"), (f"Plan {story.UNVISITED}", f"/plans/{story.UNVISITED}")),
    ),
    Chapter(
        story.ANSWERED_AT,
        "Quiet again",
        "A bottom line does not rest until both of those named, or somebody above them, have taken hold of it. "
        "Cross another, slow the clock down, and watch the phones.",
        (("Phones", "/phones"),),
    ),
    Chapter(
        at(date(2027, 1, 13), "08:30"),
        "A review is put off",
        f"The review on plan {story.REVIEW_MOVED} was moved. That needs no alarm, but the team manager should know: an "
        "email, once.",
        (("Ambrose’s inbox", "/inboxes/tm-02"), (f"Plan {story.REVIEW_MOVED}", f"/plans/{story.REVIEW_MOVED}")),
    ),
    Chapter(
        at(date(2027, 1, 14), "09:00"),
        "Two working days overdue: the service manager is told",
        f"Plan {story.UNVISITED} has still not been visited. The ladder has reached Lorcan Spindlewood; after that the "
        "team manager is told every five working days until it is done.",
        (("Lorcan’s inbox", "/inboxes/sm-01"), (f"Plan {story.UNVISITED}", f"/plans/{story.UNVISITED}")),
    ),
    Chapter(
        at(date(2027, 1, 15), "12:00"),
        "The weeks go by",
        "Workers are away and covers are told, reviews come round, things are late and then done. Record a visit, "
        "cross a bottom line, or look up why a message was sent.",
        (("Plans with something overdue", "/plans?show=late"),),
    ),
    Chapter(
        at(date(2027, 1, 19), "23:40"),
        "A bottom line in the middle of the night",
        f"On plan {story.CROSSED_AT_NIGHT}. Alerts go at any hour. This time both managers answer within three "
        "quarters of an hour, and it falls silent.",
        (("Phones", "/phones"), (f"Plan {story.CROSSED_AT_NIGHT}", f"/plans/{story.CROSSED_AT_NIGHT}")),
    ),
    Chapter(
        at(date(2027, 1, 20), "12:00"),
        "The weeks go by",
        "Nobody has to remember any of this. Every message says which rule it comes from, and every rule which "
        "document.",
        (("Plans with something overdue", "/plans?show=late"),),
    ),
)


def chapter(now: datetime) -> Chapter:
    """The chapter that a moment lies in."""
    return max((one for one in CHAPTERS if one.since <= now), key=lambda one: one.since, default=CHAPTERS[0])
