"""The environment of the pages' templates: our own, and those of GOV.UK Frontend."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChainableUndefined,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
)

from service.web import words
from service.web.stylesheet import MARK, SCRIPT, STYLE_SHEET

_HERE = Path(__file__).parent
_GOVUK = "govuk_frontend_jinja"


class Gap(ChainableUndefined):
    """What a template names and was not given: an error, but for a component's parameters, which may be left out."""

    def _complain(self) -> None:
        if self._undefined_name != "caller" and not isinstance(self._undefined_obj, dict):
            self._fail_with_undefined_error()

    def __str__(self) -> str:
        self._complain()
        return ""

    def __bool__(self) -> bool:
        self._complain()
        return False

    def __iter__(self) -> Iterator[Any]:
        self._complain()
        return iter(())

    def __len__(self) -> int:
        self._complain()
        return 0


@cache
def page_templates(more: tuple[Path, ...] = ()) -> Environment:
    """The templates of the pages, and those in further folders: each compiled once in a process."""
    folders: list[BaseLoader] = [FileSystemLoader(folder) for folder in (_HERE / "templates", *more)]
    components = PrefixLoader({_GOVUK: PackageLoader(_GOVUK, "templates")})
    environment = Environment(
        loader=ChoiceLoader([*folders, components]),
        undefined=Gap,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals |= {"words": words, "style_sheet": STYLE_SHEET.path, "mark": MARK.path, "script": SCRIPT.path}
    return environment
