"""Pictures of the messages, as a phone shows them, and how long each is.

`make pictures` makes those of `docs/pictures` anew. `make pictures ARGS=FOLDER` draws every message here into a folder,
at two widths, light and dark, and prints how many screens of a phone each takes. CHROMIUM names another browser.
"""

import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from notifications.catalogue.render import render
from notifications.message import Channel
from service.domain.telling.wording import day_text, sender_words
from service.files.policy_files import load_policies
from tests.architecture.tree import ROOT
from tests.browser.chromium import chromium
from tests.documents.samples import LINK

PHONE, DESK, HEIGHT = 390, 800, 844  # pixels
PICTURES = ROOT / "docs" / "pictures"
DOCUMENTED = ("digest-10", "alert", "escalation-1")
_BOOK = load_policies()
_POLICY = _BOOK.versions("dudley")[-1]
_RULES = {rule.rule: rule for rule in _POLICY.rules}
_DAY = "%a %d %b %Y"
_INITIALS = {"P-1001": "J.H.", "P-1002": "A.B.", "P-2040": "K.M."}
Item = Mapping[str, object]


def _item(plan: str, rule: str, due: str, late: int = 0, **changed: object) -> Item:
    """A line of the policy's as an email has it; `late` is in working days, 0 for what is to come."""
    asked = _RULES[rule]
    return {
        "plan": plan, "initials": _INITIALS[plan], "due": due, "act_by": due, "days_over": late, "which": None,
        "owed_by": "social worker", "label": asked.label, "asks": asked.asks, "done_when": asked.done_when,
        "basis": asked.source.basis, "source": f"{_POLICY.document.title}, section {asked.source.section}",
    } | changed  # fmt: skip


LATE = (
    _item("P-1001", "four-weekly-visit", "Tue 22 Dec 2026", 3),
    _item("P-1002", "action", "Fri 18 Dec 2026", 5, which="act-17"),
    _item("P-1002", "upload-meeting", "Wed 23 Dec 2026", 2, which="Mon 21 Dec 2026"),
)
DUE = (
    _item("P-1001", "first-review", "Mon 4 Jan 2027"),
    _item("P-1001", "progress-check", "Sat 2 Jan 2027", act_by="Thu 31 Dec 2026"),
    _item("P-1002", "four-weekly-visit", "Wed 6 Jan 2027"),
    _item("P-1002", "key-professional-visit", "Thu 7 Jan 2027", owed_by="key professional"),
    _item("P-2040", "initial-meeting-other-service", "Fri 8 Jan 2027"),
    _item("P-2040", "consult-hub", "Tue 29 Dec 2026"),
)
STARTS = (_item("P-2040", "action", "Fri 15 Jan 2027", which="act-18"),)


def _of(items: tuple[Item, ...], count: int) -> list[Item]:
    """As many of these, in turn; those that come round again are a week further from today."""
    return [_further(items[number % len(items)], number // len(items)) for number in range(count)]


def _further(item: Item, weeks: int) -> Item:
    late = int(str(item["days_over"]))
    away = timedelta(weeks=-weeks if late else weeks)
    moved = {
        name: day_text(datetime.strptime(str(item[name]), _DAY).replace(tzinfo=UTC) + away)
        for name in ("due", "act_by")
    }
    return {**item, **moved, "days_over": late + 5 * weeks if late else 0}


def _alert(**changed: object) -> Mapping[str, object]:
    return {
        "plan": "P-1002", "initials": "A.B.", "link": f"{LINK}/a/one-of-your-own", "crossed_at": "29 Dec 23:40",
        "duty": True, "code": "482913", "minutes": 0, "times": 1, "by_text": True, "awaited": False, "vacant": [],
        "rung": "named", "late": False, "waiting_for": [],
    } | changed  # fmt: skip


def _slip(code: str, event: str, **changed: object) -> Mapping[str, object]:
    said = f"{event}, recorded 28 Dec 16:20"
    return {"plan": "P-1002", "code": code, "field": "data.person", "event": said} | changed


SLIPS = (
    _slip("refers_to_nothing", "person.excluded e-341"),
    _slip("date_unlikely", "action.agreed e-352", field="data.due_on"),
    _slip("opened_twice", "plan.opened e-360", plan="P-2040"),
)


def _lists(count: int) -> Iterator[tuple[str, str, Mapping[str, object]]]:
    """The emails that gather lines of many plans, with as many lines."""
    late, due, starts = (_of(LATE, count * 3 // 10), _of(DUE, count * 6 // 10), _of(STARTS, count // 10))
    parts: Mapping[str, object] = {"overdue": late or LATE[:1], "due": due, "date": "Tue 29 Dec 2026"}
    yield f"digest-{count}", "digest", {**parts, "starts": starts}
    yield f"takeover-{count}", "takeover", {**parts, "overdue": _of(LATE, count - len(due))}
    yield f"weekly-{count}", "overdue_list", {"overdue": _of(LATE, count), "due": [], "date": "Mon 4 Jan 2027"}
    yield f"slips-{count}", "problems", {"items": list(islice(cycle(SLIPS), count)), "date": "Tue 29 Dec 2026"}


def _of_a_plan(count: int) -> Iterator[tuple[str, str, Mapping[str, object]]]:
    """The emails about one plan, with as many things that it owes."""
    late = [{**entry, "plan": "P-1002", "initials": "A.B."} for entry in _of((*LATE[1:], LATE[0]), count)]
    words = {"plan": "P-1002", "initials": "A.B.", "items": late, "chair": False}
    yield f"overdue-{count}", "overdue", words
    yield f"escalation-{count}", "escalation", words
    yield f"reminder-{count}", "reminder", {**words, "items": _of((DUE[2], *DUE[3:]), count)}


def emails() -> Iterator[tuple[str, str, Mapping[str, object]]]:
    """The name of each picture, its template, and its words."""
    for count in (1, 10, 30):
        yield from _lists(count)
        yield from _of_a_plan(count)
    yield "alert", "bottom_line", _alert()
    named = ["team manager", "hub service manager"]
    yield "alert-on-call", "bottom_line", _alert(duty=False, minutes=30, rung="on_call_manager", waiting_for=named)
    yield "alert-again", "bottom_line", _alert(minutes=150, times=6)
    yield "alert-email-alone", "bottom_line", _alert(by_text=False)
    yield "protection", "problem", {"plan": "P-1002", "initials": "A.B.", "item": SLIPS[0]}


def main(folder: Path | None) -> None:
    """Draw, and print the size of each picture."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium())
        for name, template, words in emails():
            if folder is not None:
                for width in (PHONE, DESK):
                    _draw(browser, html_of(template, words), width, folder / f"{name}-{width}")
            elif name in DOCUMENTED:
                _draw(browser, html_of(template, words), PHONE, PICTURES / f"message-{name}")
        browser.close()


def html_of(template: str, words: Mapping[str, object]) -> str:
    """An email as Dudley's people get it."""
    return str(render(template, Channel.EMAIL, {"link": LINK, **sender_words(_BOOK, "dudley"), **words}).html)


def _draw(browser: Browser, html: str, width: int, path: Path) -> None:
    for scheme in ("light", "dark"):
        page = browser.new_page(viewport={"width": width, "height": 100}, color_scheme=scheme)
        page.set_content(html)
        page.screenshot(path=f"{path}-{scheme}.png", full_page=True)
        size = page.evaluate("document.documentElement.scrollHeight")
        page.close()
    sys.stdout.write(f"{path.name}: {size} px, {size / HEIGHT:.1f} screens\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else None)
