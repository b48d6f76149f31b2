"""Every message that is drawn can be drawn, and every picture of the documents is one of them."""

import re
import struct
import zlib

from service.web.help import help_pages
from tests.architecture.tree import ROOT
from tests.documents.messages import document
from tests.documents.pictures import DOCUMENTED, PICTURES, emails, html_of
from tests.documents.small_png import small


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


def test_a_small_picture_has_the_colours_of_the_large_one() -> None:
    dots = bytes([255, 0, 0, 0, 0, 255]), bytes([255, 0, 0, 10, 20, 30])
    above = bytes((now - before) & 255 for now, before in zip(dots[1], dots[0], strict=True))
    data = zlib.compress(
        b"\1" + dots[0][:3] + bytes((dots[0][i] - dots[0][i - 3]) & 255 for i in (3, 4, 5)) + b"\2" + above
    )
    header = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    large = b"\x89PNG\r\n\x1a\n"
    for name, content in ((b"IHDR", header), (b"IDAT", data), (b"IEND", b"")):
        large += struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
    picture = small(large)
    palette = picture[picture.index(b"PLTE") + 4 :]
    numbers = zlib.decompress(picture[picture.index(b"IDAT") + 4 : -16])
    colours = [palette[number * 3 : number * 3 + 3] for row in (numbers[1:3], numbers[4:6]) for number in row]
    assert b"".join(colours) == b"".join(dots)
