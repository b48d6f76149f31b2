"""Pictures of the pages, from the demonstration itself: `make pictures` makes those of `docs/pictures` anew.

It starts the demonstration, looks as several of its people, and stops it again. CHROMIUM names another browser.
"""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, sync_playwright

from tests.architecture.tree import ROOT
from tests.browser.chromium import chromium
from tests.documents.small_png import small

PICTURES = ROOT / "docs" / "pictures"
WIDTH, HEIGHT = 1100, 720  # pixels
PHONE = 390
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
_PATIENCE = 300.0  # seconds for the demonstration to come up, or to reach an hour


class Visitor:
    """Looks at the demonstration as one person after the other."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._page: Page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        self._address = address

    def enter(self, person: str) -> None:
        """Look as somebody from here on."""
        self._page.goto(f"{self._address}/sign-in?next=/help")
        self._page.locator(f'button[name="person"][value="{person}"]').click()

    def plan(self, reference: str) -> str:
        """The path of a plan's page."""
        self._page.goto(f"{self._address}/plans?ref={reference}")
        return str(self._page.locator("td a, th a", has_text=reference).first.get_attribute("href"))

    def first_message(self, plan: str) -> str:
        """The path of the latest message about a plan."""
        self._page.goto(self._address + plan)
        return str(self._page.locator(f'a[href^="{plan}/messages/"]').first.get_attribute("href"))

    def first_alert(self) -> str:
        """The path of the alert that stands first."""
        self._page.goto(f"{self._address}/alerts")
        return str(self._page.locator('main a[href^="/alerts/"]').first.get_attribute("href"))

    def link_in_alert(self, person: str) -> str:
        """The path to which the button leads in the latest email about an alert to somebody."""
        self._page.goto(f"{self._address}/inboxes/{person}")
        self._page.locator("main a", has_text="bottom line was crossed").first.click()
        letter = self._page.frame_locator("iframe").locator('a[href*="/a/"]').first
        return str(letter.get_attribute("href")).removeprefix(self._address)

    def draw(self, name: str, path: str, height: int = HEIGHT, width: int = WIDTH) -> None:
        """Take a picture of a page, from its top."""
        self._page.set_viewport_size({"width": width, "height": height})
        self._page.goto(self._address + path)
        (PICTURES / f"{name}.png").write_bytes(small(self._page.screenshot()))
        sys.stdout.write(f"{name}.png: {(PICTURES / f'{name}.png').stat().st_size // 1024} KB\n")

    def act(self, path: str, **fields: str) -> None:
        """Send one of the demonstration's own forms."""
        self._page.request.post(f"{self._address}{path}?{urlencode(fields)}", form={**fields}, max_redirects=0)

    def wait_until(self, clock: str) -> None:
        """Let the demonstration's clock go on to an hour of its day."""
        self.act("/demo/clock", do="day")
        began = time.monotonic()
        while self._clock() < clock and time.monotonic() - began < _PATIENCE:
            time.sleep(0.5)
        self.act("/demo/clock", do="pause")

    def _clock(self) -> str:
        self._page.goto(f"{self._address}/demo")
        return str(self._page.locator("#clock strong").inner_text())


@contextmanager
def demonstration() -> Iterator[str]:
    """The demonstration at work, at its address."""
    command = [sys.executable, "-m", "planwatch", "run", "--demo", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        yield next(match[0] for line in process.stdout or () if (match := _ADDRESS.search(line)))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def main() -> None:
    """Draw every picture of a page."""
    with demonstration() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium())
        visitor = Visitor(browser, address)
        visitor.wait_until("09:05")
        visitor.enter("sw-06")
        visitor.draw("people-work", "/")
        plan = visitor.plan("P-2005")
        visitor.draw("people-plan", plan, 1400)
        visitor.draw("why", visitor.first_message(plan), 900)
        visitor.draw("phone-work", "/", 900, PHONE)
        visitor.draw("phone-record", f"{plan}/record/visit.recorded", 1300, PHONE)
        visitor.draw("phone-plan", plan, 1300, PHONE)
        visitor.draw("phone-away", "/people/me", 1300, PHONE)
        visitor.enter("tm-02")
        visitor.draw("people-team", "/team")
        visitor.draw("people-problems", "/mend")
        visitor.draw("people-overview", "/overview", 1400)
        visitor.draw("people-policies", "/policies", 900)
        visitor.draw("people-handover", "/team/handover")
        visitor.wait_until("18:15")
        visitor.draw("demo-phones", "/phones")
        visitor.draw("demo-check-in", "/phones/kin-1")
        visitor.act("/demo/cross", plan="P-2005")
        visitor.wait_until("18:45")
        visitor.draw("demo-overview", "/demo", 900)
        visitor.enter("hsm-01")
        visitor.draw("people-alert", visitor.first_alert(), 900)
        visitor.draw("phone-alert", visitor.first_alert(), 1300, PHONE)
        visitor.draw("phone-acknowledge", visitor.link_in_alert("hsm-01"), 1000, PHONE)
        browser.close()


if __name__ == "__main__":
    main()
