"""Rendering: a template and a context make what a person will read. Anything missing is an error.

Letters that differ by no more than a plan's reference, initials and link are rendered once, with marks in their places.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import assert_never

from jinja2 import TemplateError, TemplateNotFound
from markupsafe import escape

from notifications.catalogue.compiled import compiled
from notifications.catalogue.languages import BODY, TEMPLATES, file_wording
from notifications.catalogue.sms_parts import sms_parts
from notifications.catalogue.wrapping import wrapped
from notifications.channels.spec import Channel, Form
from notifications.message import Content

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_DEFAULTS: Mapping[str, object] = {
    "may_repeat_of": None,
    "reply_code": None,
    "council": None,
    "help_line": None,
}
# What sets letters apart whose other words are the same, and the mark in its place. Of these, the templates of letters
# show no more than all or nothing, and compare them only among themselves: a test renders each of them both ways.
_APART: Mapping[str, str] = {"plan": "\ue000", "initials": "\ue001", "link": "\ue002"}
_MARKS = re.compile(f"[{''.join(_APART.values())}]")


class TemplateFault(Exception):  # noqa: N818 - it is the template that is at fault
    """A template cannot be rendered. `detail` names the missing file or variable, or says that a text is too long."""

    def __init__(self, template: str, detail: str) -> None:
        super().__init__(f"template {template}: {detail}")
        self.template = template
        self.detail = detail


def render(
    template: str,
    channel: Channel,
    context: Mapping[str, object],
    language: str = "en",
    *,
    html: bool = True,
    folder: Path = TEMPLATES,
    drafts: bool = False,
) -> Content:
    """The content of a message, in the language that `wording` gives. `html=False` leaves the HTML part out.

    `drafts` allows translations that nobody has checked, for the person who is to check them. They are never sent.

    Raises `TemplateFault` for a missing file or variable, and for a text message of more than one part.
    """
    files = _Files(template, language.lower(), folder, drafts)
    match channel.spec.form:
        case Form.SHORT_TEXT:
            return Content(None, _one_part(template, _fill(files, BODY[Form.SHORT_TEXT], _values(context))), None)
        case Form.LETTER:
            letter = _letter(files, context, html=html)
            return replace(letter, subject=_one_line(letter.subject or ""), text=_readable(letter.text))
        case form:
            assert_never(form)


@dataclass(frozen=True, slots=True)
class _Files:
    template: str
    language: str
    folder: Path
    drafts: bool


def _letter(files: _Files, context: Mapping[str, object], *, html: bool) -> Content:
    """A letter as its templates give it: one that was rendered before with other values in place of the marks."""
    if not context.get("plan"):  # it gathers lines of many plans: hardly two of them say the same
        return _rendered(files, context, html=html)
    apart = {name: value for name in _APART if isinstance(value := context.get(name), str) and value}
    try:
        words = json.dumps(context, ensure_ascii=False)
    except TypeError:  # a value that JSON cannot hold
        return _rendered(files, context, html=html)
    if _MARKS.search(words):  # somebody wrote one
        return _rendered(files, context, html=html)
    for name, value in apart.items():  # in its items as well
        words = words.replace(_pair(name, value), _pair(name, _APART[name]))
    letter = _with_marks(files, words, html=html)
    subject, text, marked_up = letter.subject or "", letter.text, letter.html
    for name, value in apart.items():
        mark, clean = _APART[name], str(_clean(value))
        subject, text = subject.replace(mark, clean), text.replace(mark, clean)
        marked_up = marked_up and marked_up.replace(mark, escape(clean))
    return Content(subject, text, marked_up)


def _pair(name: str, value: str) -> str:
    return f'"{name}": {json.dumps(value, ensure_ascii=False)}'


@lru_cache(maxsize=256)
def _with_marks(files: _Files, words: str, *, html: bool) -> Content:
    return _rendered(files, json.loads(words), html=html)


def _rendered(files: _Files, context: Mapping[str, object], *, html: bool) -> Content:
    values = _values(context)
    return Content(
        subject=_fill(files, "subject.txt", values),
        text=_fill(files, BODY[Form.LETTER], values),
        html=_fill(files, "html", values).strip() + "\n" if html else None,
    )


def _values(context: Mapping[str, object]) -> Mapping[str, object]:
    return {**_DEFAULTS, **{name: _clean(value) for name, value in context.items()}}


def _fill(files: _Files, kind: str, values: Mapping[str, object]) -> str:
    name = f"{files.template}.{kind}"
    try:
        wording = file_wording(files.template, kind, files.language, files.folder, drafts=files.drafts)
        return compiled(wording.file, files.folder).render(values)
    except TemplateNotFound as error:
        raise TemplateFault(name, f"there is no file {error.name} in {files.folder.name}/") from error
    except TemplateError as error:
        raise TemplateFault(name, error.message or type(error).__name__) from error
    except (
        LookupError,
        TypeError,
        ValueError,
    ) as error:  # the type of the error says enough
        raise TemplateFault(name, f"a value in the context has the wrong shape ({type(error).__name__})") from error


def _clean(value: object) -> object:
    """The value with spaces for all control characters in its texts, so that no context can add a line or a header."""
    if isinstance(value, str):
        return value if value.isprintable() else _CONTROLS.sub(" ", value)
    if value is None or isinstance(value, int | float):  # to ask whether it is some kind of mapping takes longer
        return value
    if isinstance(value, dict | Mapping):
        return {name: _clean(inner) for name, inner in value.items()}
    if isinstance(value, list | Sequence):
        return [_clean(inner) for inner in value]
    return value


def _one_part(template: str, text: str) -> str:
    text = _one_line(text)
    parts = sms_parts(text)
    if parts != 1:
        raise TemplateFault(f"{template}.sms.txt", f"a text message is one part, and this would be {parts}")
    return text


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _readable(text: str) -> str:
    """The text wrapped with its indents, without double empty lines, and with one line end at its end."""
    lines = [part for line in text.splitlines() for part in wrapped(line.rstrip())]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"
