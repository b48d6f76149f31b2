"""The codes of all findings: the meaning of each, what to do, and how loud it is."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """The meaning of a kind of finding. `withholds`: no heartbeat while it lasts; `unready`: /readyz answers 503."""

    means: str
    do: str
    withholds: bool = True
    unready: bool = False
    urgent: bool = False  # the configuration owner is told at any hour, not only in working hours
    weekly: bool = False  # the configuration owner is told again each week, not each day


_LOOK_AT_WORKER = "see whether `planwatch run --work` lives, and what its log says"

CODES: Mapping[str, Code] = {
    "urgent_unsent": Code(
        "an urgent message is due for more than a minute and has not gone",
        "run planwatch doctor: the channel, its provider or the working process does not do its work",
        unready=True,
        urgent=True,
    ),
    "urgent_held": Code(
        "an urgent message waits because of a hold",
        "tell its recipient in another way, and end the hold as soon as it can be: planwatch release",
        urgent=True,
    ),
    "routine_unsent": Code(
        "a message is due for more than a quarter of an hour of working time and has not gone",
        "run planwatch doctor: the channel, its provider or the working process does not do its work",
    ),
    "routine_held": Code(
        "messages wait because of a hold or a pause", "end it as soon as it can be: planwatch release", withholds=False
    ),
    "claim_expired": Code(
        "a message was claimed, its lease has ended for more than five minutes, and nobody has taken it up",
        _LOOK_AT_WORKER,
    ),
    "unknown_too_long": Code(
        "for more than ten minutes nobody can tell whether a message has gone",
        "look it up at its provider, and tell its recipient in another way",
    ),
    "digest_unsent": Code("lines for a digest wait, and no digest was made of them", _LOOK_AT_WORKER),
    "text_unread": Code("a text that came in was not understood for more than five minutes", _LOOK_AT_WORKER),
    "alert_without_next_step": Code(
        "a bottom line was crossed, nobody has acknowledged it, and planwatch has nothing more to tell about it",
        "ring those responsible now; then see the problems of the plan on its page",
        urgent=True,
    ),
    "breach_waiting": Code(
        "a bottom line was crossed on a plan that planwatch does not know: the on-call manager and the configuration"
        " owner alone are alerted",
        "have the plan's opening sent, so that those responsible are alerted; if the reference is wrong, have the event"
        " withdrawn and sent again",
        withholds=False,
    ),
    "look_late": Code("plans are due to be looked at, and are not", _LOOK_AT_WORKER),
    "plan_failing": Code(
        "a plan cannot be looked at: nothing new is told of it",
        "report the fault that /readyz shows, and follow this plan by hand until it is mended",
    ),
    "overdue_untold": Code(
        "something is overdue, and nobody who is still there has been told",
        "tell the team manager, and see the problems of the plan on its page",
    ),
    "role_vacant": Code(
        "nobody holds a role that alerts or other messages fall to",
        "have somebody assigned to it (role.assigned)",
        withholds=False,
    ),
    "nobody_responsible": Code(
        "something is owed, and nobody holds the role that owes it",
        "have somebody assigned to it (role.assigned)",
        withholds=False,
    ),
    "person_unreachable": Code(
        "somebody who has to be told things has no address that works",
        "have the person recorded with one that does (person.recorded)",
        withholds=False,
    ),
    "source_quiet": Code(
        "a system that sent events on most working days has sent none since the last one",
        "ask whoever looks after that system",
        withholds=False,
    ),
    "token_ended": Code(
        "a system sends a token that has ended, and its events are refused",
        "give it a new one now: planwatch token create; if nobody should have it, look into who does",
        withholds=False,
        urgent=True,
    ),
    "token_ends_soon": Code(
        "a token by which a system sends events ends within 30 days",
        "make a new one (planwatch token create), have the system use it, then: planwatch token revoke",
        withholds=False,
        weekly=True,
    ),
    "no_worker": Code(
        "no process is at work: nothing is looked at and nothing is sent",
        "start planwatch run (or planwatch run --work)",
        unready=True,
        urgent=True,
    ),
    "pull_failing": Code(
        "a provider cannot be asked for the texts that it got for us",
        "look at the provider's own status page, and at planwatch doctor",
    ),
    "mail_swallowed": Code(
        "what planwatch writes to itself by email does not arrive, so other email may not arrive either",
        "tell by telephone what is urgent; look for email to PLANWATCH_MAIL_FROM in the mail server's log and queue and"
        " among the spam, and whether it still gets to PLANWATCH_BOUNCES",
        urgent=True,
    ),
    "policy_faulty": Code(
        "a policy file was refused as a whole: the policy that was in force goes on",
        "run planwatch doctor on that machine; mend the file, and have it read again: kill -HUP",
        withholds=False,
    ),
    "policy_older": Code(
        "a process has an older file than the policy that is in force, or none: it decides by what is in force",
        "give its machine the files of the others; to go back to the older one: planwatch policy enforce AUTHORITY",
        withholds=False,
    ),
    "interruption_open": Code(
        "a hold or a pause has been open for more than four hours", "end it as soon as it can be: planwatch release"
    ),
}
