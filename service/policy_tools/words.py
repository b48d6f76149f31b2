"""The words of the policy language as people say them: fields of events and their values, roles and lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from service.domain.telling.wording import role_text

# For the fields in braces in the clauses of event types: "" is said where any value will do.
VALUES: Mapping[str, Mapping[str, str]] = {
    "meeting": {
        "": "a meeting",
        "initial": "an initial meeting",
        "review": "a review meeting",
        "progress_check": "a progress check",
        "network": "a network meeting",
        "child_in_need_review": "a child in need review",
        "core_group": "a core group",
        "child_protection_conference": "a child protection conference",
        "child_in_care_review": "a child in care review",
        "strategy": "a strategy meeting",
        "family_group_conference": "a family group conference",
    },
    "by_role": {"": "somebody"},
    "milestone": {"": "a milestone"},
    "direction": {"": "changes", "up": "rises", "down": "falls"},
    "kind": {
        "": "an incident",
        "missing": "an incident of going missing",
        "self_harm": "an incident of self-harm",
        "domestic_abuse": "an incident of domestic abuse",
        "substance_use": "an incident of substance use",
        "mental_health_crisis": "a mental health crisis",
        "harmful_sexual_behaviour": "an incident of harmful sexual behaviour",
        "other": "an incident of another kind",
    },
    "tool": {
        "": "an assessment tool",
        "exploitation_indicator_tool": "the exploitation indicator tool",
        "dash": "the domestic abuse risk assessment (DASH)",
    },
}

# The words after the clause for conditions that are true or false.
TRUTHS: Mapping[tuple[str, bool], str] = {
    ("child_seen", True): "at which the child was seen",
    ("child_seen", False): "at which the child was not seen",
    ("seen_alone", True): "at which the child was seen alone",
    ("seen_alone", False): "at which the child was not seen alone",
    ("bedroom_seen", True): "at which the bedroom was seen",
    ("bedroom_seen", False): "at which the bedroom was not seen",
    ("plan_reviewed", True): "at which the plan was reviewed",
    ("plan_reviewed", False): "at which the plan was not reviewed",
    ("concern", True): "that left a concern",
    ("concern", False): "that left no concern",
    ("announced", True): "that was announced",
    ("announced", False): "that was unannounced",
    ("practitioner_attended", True): "with the practitioner there",
    ("practitioner_attended", False): "without the practitioner",
}

# The words for fields that a fact gives or leaves out; any other field is read as it is spelt.
FIELDS: Mapping[str, str] = {
    "after": "what called for it",
    "agencies": "the agencies",
    "approved_by": "the manager who approved it",
    "at_least": "the number agreed",
    "by": "who did it",
    "due_on": "a due date",
    "end_on": "an end date",
    "ends_on": "the day on which the support ends",
    "every": "how often",
    "from": "from whom",
    "from_week": "the first week",
    "next_review_on": "the date of the next review",
    "parties": "the parties",
    "people": "the people of the network",
    "practitioner_every": "one in how many",
    "progress_check_every": "how often progress checks are held",
    "progress_check_on": "the date of the next progress check",
    "ref": "its reference",
    "review_chair": "the role chosen to chair later reviews",
    "review_every": "how often reviews are held",
    "review_on": "a review date",
    "to_week": "the last week for it",
    "who": "who does it",
    "with": "with whom",
}

# The words that tie a fact to the duty that it meets, cancels or replaces. {thing} is its subject: action, meeting …
TIES: Mapping[tuple[str, str], str] = {
    ("after", "opening"): "naming this as the reason",
    ("alert", "opening"): "of that same crossing",
    ("by", "about"): "by that person",
    ("from", "about"): "from that person",
    ("id", "opening"): "at that visit or meeting itself",
    ("ref", "about"): "and it is the same {thing}",
    ("version", "version"): "in that version",
    ("visit", "opening"): "and it is that visit",
    ("with", "about"): "with that person or agency",
}


def field_words(name: str) -> str:
    """The words for a field that a fact gives: `review_on` → `a review date`."""
    return FIELDS.get(name, plain(name))


def plain(name: str) -> str:
    """A term of the policy language with spaces: `child_in_need` → `child in need`."""
    return name.replace("_", " ")


def the_role(role: str) -> str:
    """A role with its article: `the team manager`."""
    return f"the {role_text(role)}"


def either(parts: Iterable[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return _joined(list(parts), "or")


def both(parts: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return _joined(list(parts), "and")


def sentence(words: str) -> str:
    """The words with a capital letter at the beginning and a full stop at the end."""
    words = words.strip()
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "?", "!")) else ".")


def _joined(parts: list[str], word: str) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}" if parts else ""
