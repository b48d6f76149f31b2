"""The safeguards that hold under every policy, each with a name and a sentence: contact rules and never rules."""

from __future__ import annotations

from collections.abc import Mapping

from service.domain.telling.contact import Reason

# Checked in this order just before a message is handed over; the first rule that applies gives the reason.
CONTACT_RULES: Mapping[Reason, str] = {
    Reason.NEVER_CONTACT: "Somebody of whom it was decided that they are never to be contacted is not.",
    Reason.EXCLUDED: "Somebody whom the child is kept apart from gets no message about that child.",
    Reason.WITHHELD_PERSON: "Somebody from whom the plan is withheld gets no message about it, from that moment on.",
    Reason.POSES_RISK: "Somebody who poses the risk is not written to; a worker speaks to them.",
    Reason.VICTIM: "A victim is not written to, asked or chased about the plan.",
    Reason.FLAG_UNDECIDED: (
        "Once forced marriage, honour-based abuse, coercive control or domestic abuse is flagged, the whole family is "
        "silent until a manager has decided person by person; a new incident of the kind undoes the decisions."
    ),
    Reason.OPTED_OUT: "A number from which STOP came gets no more texts, about any plan.",
    Reason.NO_CONTACT_DECISION: "No family member or child is written to unless a worker has decided that it is safe.",
    Reason.NO_ADDRESS: "Where no address for the channel is known, nothing is sent.",
    Reason.OUTSIDE_WINDOW: (
        "Family is written to between 09:00 and 20:00 and within the hours agreed with each person, or not at all."
    ),
    Reason.UNANNOUNCED: "Nothing about an unannounced visit reaches anybody but the workers and managers responsible.",
    Reason.OUTDATED: "What no longer holds at the moment of sending is not sent.",
    Reason.TOO_MANY: (
        "One number is sent at most three check-in texts an hour and eight a day, and five answers a day, whatever a "
        "fault somewhere calls for."
    ),
    Reason.NOT_LISTED: "In a system to try things out with (PLANWATCH_ONLY_TO) nobody is written to who is not listed.",
    Reason.NO_CHANNEL: (
        "Where email alone is set up no text is sent. Alerts go by email, with a link to acknowledge by."
    ),
}

NEVER_RULES: Mapping[str, str] = {
    "bottom_line_ladder": (
        "A crossed bottom line is told at once, at any hour, by text and email, and again until somebody has taken "
        "hold; nothing delays it, gathers it or drops it."
    ),
    "check_ins": (
        "Check-ins go as they were agreed with each person, missed ones are told to the worker and make no breach, "
        "and only a worker ends them, from the next Monday."
    ),
    "document_review": (
        "`planwatch policy check` warns when a document is past its own review date. The rules stay in force."
    ),
    "ended_plan_is_silent": "With the end of a plan all that was still to be sent about it is cancelled.",
    "facts_alone_close_duties": (
        "Only a recorded fact meets a duty or ends a plan: no message, no reply, no confirmation, no date that passes."
    ),
    "family_owes_nothing": (
        "What a family member or a child is named for is owed by the social worker, who alone is reminded of it."
    ),
    "neutral_family_texts": (
        "A text to family comes from a fixed list and names no council, service, child, plan, place or harm."
    ),
    "no_personal_details": (
        "Messages name a plan by its reference, and in the body of a worker's email the child's initials; nothing more."
    ),
    "nothing_of_unannounced_visits": (
        "Family and partners get the same texts at the same times whether or not an unannounced visit was made."
    ),
    "one_plan_at_a_time": (
        "Each child's plan has its own duties. A message is about one plan; only a worker's digest lists several, each "
        "by its reference alone."
    ),
    "plain_words": (
        "Every text that can be sent is written beforehand, in plain words that blame nobody, and tested for it."
    ),
    "present_holders_only": (
        "Whoever holds the role at the moment of sending is told; a former worker is told nothing more."
    ),
    "vacant_role_is_told": (
        "Where nobody holds the role that owes something, the team manager is told instead, and it shows as a problem."
    ),
}

SAFEGUARDS: Mapping[str, str] = {**{reason.value: words for reason, words in CONTACT_RULES.items()}, **NEVER_RULES}
