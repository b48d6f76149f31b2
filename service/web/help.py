"""Help: what planwatch is, whom to call, and a page for each kind of reader: `planwatch docs people`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from service.app import Service
from service.domain.telling.wording import sender_words
from service.files.documents import documents_folder
from service.web.access_rules import PUBLIC
from service.web.layout import Layout
from service.web.page_errors import not_there
from service.web.viewer import Viewer

Looking = Annotated[Viewer | None, Depends(PUBLIC)]
_CLASSES: Mapping[str, str] = {
    "paragraph_open": "govuk-body",
    "bullet_list_open": "govuk-list govuk-list--bullet",
    "ordered_list_open": "govuk-list govuk-list--number",
    "heading_open": "govuk-heading-m",
    "link_open": "govuk-link",
}


@dataclass(frozen=True, slots=True)
class HelpPage:
    """A page for one kind of reader: its name in the address, its heading and its words."""

    name: str
    heading: str
    text: Markup


def help_router(service: Service, layout: Layout) -> APIRouter:
    """The page of help, and one page for each kind of reader."""
    router = APIRouter()

    @router.get("/help", response_model=None)
    async def about(request: Request, viewer: Looking) -> Response:
        """What planwatch is, what its emails never ask for, whom to call."""
        call = service.settings.help_line
        if viewer is not None:
            call = str(sender_words(service.book, viewer.authority)["help_line"] or call or "")
        beginning, pages = help_pages()
        values: dict[str, object] = {"call": call, "beginning": beginning, "pages": pages}
        return await layout.page(request, viewer, "help.html", "Help", 200, **values)

    @router.get("/help/{name}", response_model=None)
    async def reader(request: Request, viewer: Looking, name: str) -> Response:
        """What one kind of reader needs to know."""
        _, pages = help_pages()
        page = next((page for page in pages if page.name == name), None)
        if page is None:
            raise not_there()
        return await layout.page(request, viewer, "help_reader.html", page.heading, 200, page=page, pages=pages)

    return router


@cache
def help_pages() -> tuple[Markup, Sequence[HelpPage]]:
    """What is for all readers, and the page of each kind; nothing where this planwatch carries no documents."""
    folder = documents_folder()
    document = (folder / "people.md").read_text(encoding="utf-8") if folder else ""
    beginning, *sections = document.split("\n## ")
    pages = []
    for section in sections:
        heading, _, text = section.partition("\n")
        pages.append(HelpPage(_name_of(heading), heading, _as_html(text)))
    return _as_html(beginning.partition("For all of you:")[2]), tuple(pages)


def _name_of(heading: str) -> str:
    return re.sub(r"^an? ", "", heading.lower()).replace(" ", "-")


def _as_html(text: str) -> Markup:
    """Markdown as a part of a page, without its pictures: whoever reads it sits before the thing itself."""
    markdown = MarkdownIt("js-default", {"typographer": False})
    tokens = [token for token in markdown.parse(text) if not _is_picture(token)]
    for token in tokens:
        if token.type in _CLASSES:
            token.attrSet("class", _CLASSES[token.type])
    return Markup(markdown.renderer.render(tokens, markdown.options, {}))  # noqa: S704 - of our own document


def _is_picture(token: Token) -> bool:
    return any(child.type == "image" for child in token.children or ())
