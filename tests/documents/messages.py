"""The list of all messages, as a document: `python -m tests.documents.messages > docs/messages.md`."""

import sys
from collections.abc import Iterator, Mapping

from notifications.catalogue.languages import TEMPLATES, checked_by
from notifications.catalogue.render import render
from notifications.message import Channel
from tests.documents.fixed_words import fixed_words
from tests.documents.not_templated import NOT_TEMPLATED
from tests.documents.requirements import REQUIREMENTS, Clause, Reader, Requirement
from tests.documents.samples import EMPTIEST, FAMILY, LINK, LONG_PLAN, LONGEST
from tests.documents.sms_size import sms_size

_HEAD = """# Every message

Made by `python -m tests.documents.messages > docs/messages.md`; a test fails when it is stale, and each line under
"must hold" and "must not hold" is a test. Every message is shown with the longest values and with the emptiest.

For all of them: one recipient each; the link leads to the sign-in page and carries nothing; times are local; nothing is
attached; a text message is one part. Every email names the council that it comes from, and whom to ask about it. The
ids in brackets are those of the list of templates that the domain asks for.

A digest of ten items on three plans takes 1,002 pixels on a phone of 390 by 844, so it is read in one and a quarter
screens: what is late first on each plan, a line an item, the guidance once at its foot. Items that differ by a person
alone, whom no message names, are one line with their number. `make pictures` draws these, light and dark, and with
`ARGS=FOLDER` every message with one, ten and thirty items.

| a digest of ten items | an alert | an escalation |
|---|---|---|
| ![A digest on a phone](pictures/message-digest-10-light.png) | ![An alert](pictures/message-alert-light.png) | \
![An escalation](pictures/message-escalation-1-light.png) |
| ![The digest in the dark](pictures/message-digest-10-dark.png) | ![The alert](pictures/message-alert-dark.png) | \
![The escalation](pictures/message-escalation-1-dark.png) |
"""
_COMMON: Mapping[str, object] = {"plan": LONG_PLAN, "initials": "A.B.", "link": LINK}
_LEAST: Mapping[str, object] = {"plan": "P-1", "initials": None, "link": None}


def document() -> str:
    """The whole document, ending with a line end."""
    return "\n".join([_HEAD, *_contents(), *_groups(), *_not_templated()]) + "\n"


def _contents() -> Iterator[str]:
    yield "| who | templates |\n|---|---|"
    for reader in Reader:
        names = [f"[`{duty.template}`](#{duty.template})" for duty in REQUIREMENTS if reader in duty.readers]
        yield f"| {reader.value} | {', '.join(names)} |"
    yield ""


def _groups() -> Iterator[str]:
    """Each template in the group that it is for in the first place; the table above names all of them."""
    for reader in Reader:
        duties = [duty for duty in REQUIREMENTS if duty.readers[0] is reader]
        yield f"## {reader.value}\n"
        if not duties:
            yield "They get what stands in the table above, without the initials.\n"
        for duty in duties:
            yield from _duty(duty)


def _duty(duty: Requirement) -> Iterator[str]:
    ids = f" ({', '.join(duty.answers)})" if duty.answers else ""
    yield f"### {duty.template}\n\n{duty.when[:1].upper()}{duty.when[1:]}.{ids}\n"
    yield "Must hold:\n\n" + _bullets(duty.must)
    yield "Must not hold:\n\n" + _bullets(duty.must_not)
    yield from (_family(duty.template) if duty.template in FAMILY else _to_staff(duty.template))


def _bullets(clauses: tuple[Clause, ...]) -> str:
    return "".join(f"- {words}\n" for words in dict.fromkeys(clause.words for clause in clauses))


def _to_staff(template: str) -> Iterator[str]:
    for name, values in (("longest", {**_COMMON, **LONGEST[template]}), ("emptiest", {**_LEAST, **EMPTIEST[template]})):
        email = render(template, Channel.EMAIL, values, html=False)
        yield f"<details><summary>Email, {name}: {email.subject}</summary>\n\n```text\n{email.text}```\n\n</details>\n"
        yield _text(f"Text message, {name}", render(template, Channel.SMS, values).text)
    if (TEMPLATES / f"_{template}.txt").is_file():
        yield from _one_of_several(template)


def _one_of_several(template: str) -> Iterator[str]:
    """The words of a template that says one of several things."""
    yield "| code | subject | what happened | what to do |\n|---|---|---|---|"
    for code, words in fixed_words(template).items():
        yield f"| `{code}` | {words['subject']} | {words['what']} | {words['do']} |"
    yield ""


def _family(template: str) -> Iterator[str]:
    for values in FAMILY[template]:
        yield _text(_given(values), render(template, Channel.SMS, values).text)
    for file in sorted(TEMPLATES.glob(f"{template}.*.sms.txt")):
        language = file.name.split(".")[1]
        who = checked_by(file)
        state = f"checked by {who}" if who else "a draft that nobody has checked: it is not sent, English is"
        for values in FAMILY[template]:
            said = render(template, Channel.SMS, values, language, drafts=True).text
            yield _text(f"In `{language}`, {state}. {_given(values)}", said)


def _given(values: Mapping[str, object]) -> str:
    if not values:
        return "Always"
    words = ["a name was agreed" if values["sender"] else "no name was agreed"]
    words += ["plain wording"] if values["plain"] else ["discreet wording"]
    words += ["a phone that serves several"] if values.get("reply_code") else []
    return "; ".join(words).capitalize()


def _text(title: str, said: str) -> str:
    size = sms_size(said)
    parts = "1 part" if size.parts == 1 else f"{size.parts} parts"
    return f"{title} ({size.units} units of {size.encoding}, {parts}):\n\n```text\n{said}\n```\n"


def _not_templated() -> Iterator[str]:
    yield "## Answered otherwise\n\n| id | how |\n|---|---|"
    yield from (f"| {name} | {words} |" for name, words in NOT_TEMPLATED.items())


if __name__ == "__main__":
    sys.stdout.write(document())
