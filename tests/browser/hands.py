"""How somebody uses a page: with the keyboard alone, or with a finger on a phone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from playwright.async_api import Locator, Page, ViewportSize, expect

Way = Literal["keyboard", "phone"]
WAYS: tuple[Way, ...] = ("keyboard", "phone")
PHONE, DESK = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=900)  # pixels
_MOST_TABS = 400
_IS_FOCUSED = "element => document.activeElement === element"
# What has the focus differs from what has not: by an outline or a shadow, on itself or on what stands for it.
_SHOWS_FOCUS = """element => {
  const drawn = style => (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0)
    || style.boxShadow !== "none";
  const label = element.labels && element.labels[0];
  const styles = [getComputedStyle(element)];
  if (label) styles.push(getComputedStyle(label, "::before"));
  return styles.some(drawn);
}"""
_IN_VIEW = """element => {
  const box = (element.labels && element.labels[0] || element).getBoundingClientRect();
  return box.bottom > 0 && box.top < innerHeight && box.width > 0;
}"""
_WIDER_THAN_SCREEN = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass(frozen=True)
class Hand:
    """Somebody at a page, who finds things by what is read there."""

    page: Page
    way: Way

    async def open(self, path: str) -> None:
        """Load a page by its address."""
        await self.page.goto(path)
        await self._look()

    async def follow(self, name: str, within: str = "body") -> None:
        """Follow the first link with these words."""
        await self._leave_by(self.page.locator(within).get_by_role("link", name=_as_read(name)).first)

    async def press(self, name: str, within: str = "body") -> None:
        """Press the first button with these words."""
        await self._leave_by(self.page.locator(within).get_by_role("button", name=_as_read(name)).first)

    async def unfold(self, name: str) -> None:
        """Open what is folded under these words."""
        await self._use(self.page.locator("summary", has_text=name).first)

    async def write(self, label: str, text: str) -> None:
        """Write into the field with a label, in place of what stands there."""
        field = self.page.get_by_label(label).first
        if self.way != "keyboard":
            await field.fill(text)
            return
        await self._reach(field)
        await self.page.keyboard.press("Control+A")
        await self.page.keyboard.type(text)

    async def choose(self, label: str, option: str) -> None:
        """Choose from a list."""
        field = self.page.get_by_label(label).first
        if self.way != "keyboard":
            await field.select_option(label=option)
            return
        await self._reach(field)
        options = await field.locator("option").all_inner_texts()
        wanted = next(number for number, text in enumerate(options) if text.strip() == option)
        await self.page.keyboard.press("Home")
        for _ in range(wanted):
            await self.page.keyboard.press("ArrowDown")
        assert (await field.evaluate("field => field.selectedOptions[0].textContent")).strip() == option

    async def mark(self, label: str, within: str = "body") -> None:
        """Mark a box, or one of several circles."""
        box = self.page.locator(within).get_by_label(label, exact=True).first
        if self.way != "keyboard":
            await box.check()
            return
        if await box.get_attribute("type") == "radio":
            await self._reach_circle(box)
        else:
            await self._reach(box)
            await self.page.keyboard.press("Space")
        assert await box.is_checked()

    async def sees(self, *texts: str) -> None:
        """Words that stand on the page, where they can be read."""
        for text in texts:
            await expect(self.page.locator("body")).to_contain_text(text, use_inner_text=True)

    async def sees_not(self, text: str) -> None:
        """Words that do not stand there."""
        await expect(self.page.locator("body")).not_to_contain_text(text)

    async def _leave_by(self, element: Locator) -> None:
        """Use what leads to another page."""
        async with self.page.expect_navigation():
            await self._use(element)
        await self._look()

    async def _use(self, element: Locator) -> None:
        if self.way == "keyboard":
            await self._reach(element)
            await self.page.keyboard.press("Enter")
        else:
            await element.click()

    async def _look(self) -> None:
        """Nothing stands beside the screen, so that nobody must scroll sideways."""
        width = await self.page.evaluate(_WIDER_THAN_SCREEN)
        assert width <= 0, f"{self.page.url} is {width} px wider than the screen"

    async def _reach(self, element: Locator) -> None:
        """Tab to an element, which must then show that it has the focus."""
        wanted = await element.element_handle()
        for _ in range(_MOST_TABS):
            if await self.page.evaluate(_IS_FOCUSED, wanted):
                break
            await self.page.keyboard.press("Tab")
        else:
            raise AssertionError(f"no key leads to {element} on {self.page.url}")
        assert await self.page.evaluate(_SHOWS_FOCUS, wanted), f"nothing shows the focus on {element}"
        assert await self.page.evaluate(_IN_VIEW, wanted), f"what has the focus is out of view: {element}"

    async def _reach_circle(self, circle: Locator) -> None:
        """Tab to the circles of a question, and go on by arrows to one of them."""
        name = await circle.get_attribute("name")
        for _ in range(_MOST_TABS):
            if await self.page.evaluate("name => document.activeElement.name === name", name):
                break
            await self.page.keyboard.press("Tab")
        else:
            raise AssertionError(f"no key leads to the circles of {name} on {self.page.url}")
        focused = self.page.locator(":focus")
        assert await focused.evaluate(_SHOWS_FOCUS), f"nothing shows the focus on {name}"
        await self.page.keyboard.press("Space")
        while not await circle.is_checked():
            await self.page.keyboard.press("ArrowDown")


def _as_read(name: str) -> re.Pattern[str]:
    """A name in which a part is read aloud alone, which may bring a space with it."""
    return re.compile(re.escape(name).replace(":", r"\s*:"))
