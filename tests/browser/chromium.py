"""Where the browser is: the system's Chromium, else Playwright's own. As a program: print it, or say how to get one."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright
from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
NONE_HERE = """Walking through the pages needs Chromium, and found none here.
  Debian:           sudo apt-get install chromium
  Fedora:           sudo dnf install chromium
  anywhere:         .venv/bin/playwright install --with-deps chromium
Is it installed under another name or path?  make browser CHROMIUM=/path/to/chromium"""
# Sandboxes of its own are not to be had in most containers; it loads nothing but our pages here.
_OPTIONS = ("--no-sandbox", "--disable-gpu", "--force-color-profile=srgb", "--disable-dev-shm-usage")


def chromium() -> str | None:
    """The path of the browser; None: there is none."""
    named = os.environ.get("CHROMIUM")
    on_path = (shutil.which(name) for name in ((named,) if named else NAMES))
    return next(filter(None, on_path), None) or (None if named else _of_playwright())


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """The browser, while it runs."""
    path = chromium()
    if path is None:
        raise RuntimeError(NONE_HERE)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(_OPTIONS))
        try:
            yield browser
        finally:
            await browser.close()


def _of_playwright() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if os.access(path, os.X_OK) else None


if __name__ == "__main__":
    if (browser_path := chromium()) is None:
        sys.exit(NONE_HERE)
    sys.stdout.write(f"{browser_path}\n")
