"""In which language a message goes: the recipient's, where somebody has checked the translation; else English."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from notifications.channels.spec import Channel, Form

TEMPLATES = Path(__file__).parent / "templates"
BODY = {Form.LETTER: "txt", Form.SHORT_TEXT: "sms.txt"}  # the file that holds what a person reads
# The first line of a translation that somebody has checked.
_CHECKED = re.compile(r"\{# checked by: (?P<who>\S.*), on: (?P<on>\d{4}-\d{2}-\d{2}) #\}")
_LANGUAGE = re.compile(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,4}")


class Why(StrEnum):
    """Why a message is sent in its language."""

    WANTED = "wanted"  # it is the recipient's language
    NONE = "none"  # English: there is no translation
    UNCHECKED = "unchecked"  # English: nobody has checked the translation


@dataclass(frozen=True, slots=True)
class Wording:
    """The language of a message, the file of its template, and why it is in this language."""

    language: str
    file: str
    why: Why


def wording(template: str, channel: Channel, language: str, folder: Path = TEMPLATES) -> Wording:
    """The wording that a recipient gets. A translation is sent only if its first line says who checked it."""
    return file_wording(template, BODY[channel.spec.form], language.lower(), folder)


@cache
def file_wording(template: str, kind: str, language: str, folder: Path, *, drafts: bool = False) -> Wording:
    """The wording of one kind of file; with `drafts`, a translation that nobody has checked, too."""
    english = f"{template}.{kind}"
    primary = language.partition("-")[0]
    if primary == "en":
        return Wording("en", english, Why.WANTED)
    tags = dict.fromkeys((language, primary)) if _LANGUAGE.fullmatch(language) else ()
    existing = [tag for tag in tags if (folder / f"{template}.{tag}.{kind}").is_file()]
    for tag in existing:
        if drafts or checked_by(folder / f"{template}.{tag}.{kind}"):
            return Wording(tag, f"{template}.{tag}.{kind}", Why.WANTED)
    return Wording("en", english, Why.UNCHECKED if existing else Why.NONE)


def checked_by(translation: Path) -> str | None:
    """Who checked a translation, and when, from its first line. None: nobody has."""
    first_line, _, _ = translation.read_text(encoding="utf-8").partition("\n")
    match = _CHECKED.fullmatch(first_line.strip())
    return f"{match['who']}, on {match['on']}" if match else None
