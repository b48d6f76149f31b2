"""Every message that is drawn can be drawn, and every picture of the documents is one of them."""

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
