"""The documents: a link that leads nowhere is worse than none."""

import re
from pathlib import Path

from config.env_file import PREFIX
from config.settings import Settings
from tests.architecture.tree import ROOT, files

LINK = re.compile(r"\]\(([^)\s]+)\)")


def documents() -> list[Path]:
    """All documents of the project."""
    return [*sorted(ROOT.glob("*.md")), *files(["docs"], "*.md")]


def anchors(document: Path) -> set[str]:
    """The places in a document that a link can name, made from its headings as forges do."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def leads_somewhere(document: Path, link: str) -> bool:
    """Whether a link goes out into the world, or to something that is there."""
    if re.match(r"[a-z]+:", link):
        return True
    name, _, anchor = link.partition("#")
    target = document.parent / name if name else document
    return target.exists() and (not anchor or anchor in anchors(target))


def test_every_link_leads_somewhere() -> None:
    links = [(document, link) for document in documents() for link in LINK.findall(document.read_text())]
    dead = [f"{document.relative_to(ROOT)}: {link}" for document, link in links if not leads_somewhere(document, link)]
    assert dead == []


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in files(["docs/decisions"], "*.md")]
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_setting_is_in_the_document_as_the_program_words_it() -> None:
    document = (ROOT / "docs" / "settings.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| .* \| (.+) \|$", document, re.MULTILINE)
    assert rows == [(PREFIX + name.upper(), field.description) for name, field in Settings.model_fields.items()]
