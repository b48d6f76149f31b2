"""Every message that is drawn can be drawn, and every picture of the documents is one of them."""

import re

from service.web.help import help_pages
from tests.architecture.tree import ROOT
from tests.documents.messages import document
from tests.documents.pictures import DOCUMENTED, PICTURES, emails, html_of


def test_every_message_that_is_drawn_can_be() -> None:
    drawn = {name: html_of(template, words) for name, template, words in emails()}
    assert set(DOCUMENTED) < set(drawn)
    assert all("Dudley Metropolitan Borough Council" in html for html in drawn.values())


def test_the_pictures_are_those_that_the_document_shows() -> None:
    names = {f"message-{name}-{scheme}.png" for name in DOCUMENTED for scheme in ("light", "dark")}
    assert {path.name for path in PICTURES.glob("message-*.png")} == names
    assert all(name in document() for name in names)


def test_a_digest_of_ten_items_names_each_item_and_the_guidance_once() -> None:
    html = next(html_of(template, words) for name, template, words in emails() if name == "digest-10")
    assert (html.count("<li "), html.count("<h2 "), html.count("Asked by")) == (10, 3, 1)


def test_each_kind_of_reader_has_a_page_of_help_and_its_pictures_are_there() -> None:
    text = (ROOT / "docs" / "people.md").read_text(encoding="utf-8")
    pages = help_pages()[1]
    assert [page.name for page in pages] == ["worker", "manager", "hub-manager", "reviewing-officer", "administrator"]
    pictures = re.findall(r"\]\((pictures/[\w-]+\.png)\)", text)
    assert len(pictures) >= 4
    assert [picture for picture in pictures if not (ROOT / "docs" / picture).is_file()] == []
