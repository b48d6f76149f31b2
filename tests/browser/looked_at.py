"""What is wrong with a page as a browser shows it: by axe, by its width, by what shows the focus, and by its weight."""

from __future__ import annotations

import gzip
from collections.abc import Sequence

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.async_api import Page

from tests.browser.hands import DESK, Hand

MOST_BYTES = 100_000  # gzipped, without style sheet
NARROWEST = 320  # pixels, at which nobody has to scroll sideways (WCAG 1.4.10)
_AXE_ITSELF = AXE_FILE_PATH.read_text(encoding="utf-8")
# `region` is a habit and no rule of WCAG: GOV.UK's way back stands between header and main.
_ALL = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
_OF_LOOKS = {"type": "rule", "values": ["color-contrast", "target-size", "link-in-text-block"]}
# Axe does not look at what is folded away.
_UNFOLD = "document.querySelectorAll('details').forEach(part => { part.open = true; })"
_AXE = """rules => axe.run({
  runOnly: rules, rules: {region: {enabled: false}}, resultTypes: ["violations"],
}).then(results => results.violations.map(found => `${found.id}: ${found.help}: ` + found.nodes.slice(0, 3).map(node =>
    `${node.html.slice(0, 160)} (${[...node.any, ...node.all].map(check => check.message).join("; ")})`).join(" | "))
)"""
_TOO_WIDE = """() => {
  const edge = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= edge) return [];
  const beyond = [...document.querySelectorAll("body *")].filter(part => part.getBoundingClientRect().right > edge + 1);
  return [`wider than ${edge} px: ` + beyond.slice(0, 4).map(part => `${part.tagName}.${part.className}`).join(", ")];
}"""
# What can have the focus looks otherwise with it than without: itself, or the label that stands for it.
_FOCUS = """() => {
  const parts = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")];
  const look = part => {
    const label = part.labels && part.labels[0];
    return [getComputedStyle(part), label && getComputedStyle(label, "::before")].map(style => style &&
      [style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow, style.backgroundColor].join());
  };
  const before = parts.map(look);
  return parts.filter((part, number) => {
    if (part.disabled || !part.checkVisibility()) return false;
    part.focus({focusVisible: true, preventScroll: true});
    return document.activeElement !== part || look(part).join() === before[number].join();
  }).slice(0, 4).map(part => `nothing shows the focus: ${part.outerHTML.slice(0, 120)}`);
}"""


async def faults_before(hand: Hand) -> Sequence[str]:
    """What is wrong with the page that somebody has before them. Axe is a script, and the phone runs none: nothing."""
    return [] if hand.way == "phone" else await faults_of(hand.page)


async def faults_of(page: Page) -> Sequence[str]:
    """What is wrong with a loaded page, in a light window on a desk and on a phone in the dark."""
    await page.set_viewport_size(DESK)
    await page.emulate_media(color_scheme="light")
    await page.evaluate(_UNFOLD)
    await page.evaluate(_AXE_ITSELF)
    faults = [*await page.evaluate(_AXE, _ALL), *await page.evaluate(_FOCUS)]
    await page.set_viewport_size({"width": NARROWEST, "height": 640})
    await page.emulate_media(color_scheme="dark")
    faults += [*await page.evaluate(_TOO_WIDE), *await page.evaluate(_AXE, _OF_LOOKS)]
    weight = len(gzip.compress((await page.content()).encode()))
    return faults if weight < MOST_BYTES else [*faults, f"{weight} bytes, gzipped"]
