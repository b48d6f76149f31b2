"""An administrator: invites somebody, helps after a lost phone, and ends the account of somebody who leaves."""

from __future__ import annotations

import re

from tests.browser.hands import Hand
from tests.browser.looked_at import faults_before
from tests.browser.town import Town


async def link_on(hand: Hand) -> str:
    text = await hand.page.locator("main").inner_text()
    return str(re.findall(r"/invitation/[\w-]{43}", text)[0])


async def test_an_account_is_invited_gets_a_new_link_and_is_disabled(council: Town) -> None:
    await council.invite("w-config", administrator=True)
    async with council.hand("w-config") as administrator, council.hand() as owner:
        await administrator.open("/")
        await administrator.follow("Accounts")
        assert await faults_before(administrator) == []
        await administrator.press("Make the account")
        await administrator.sees("There is a problem", "Choose who is invited")
        assert await faults_before(administrator) == []
        name = await administrator.page.locator("option[value='w-sw2']").inner_text()
        await administrator.choose("Who", name)
        await administrator.press("Make the account")
        await administrator.sees("It is shown this once", "w-sw2@example.org")
        assert await faults_before(administrator) == []
        await owner.open(await link_on(administrator))
        await owner.sees("Choose a password")
        await administrator.follow("Accounts")
        await administrator.follow(name, "main table")
        await administrator.sees("invited, not set up")
        assert await faults_before(administrator) == []
        await administrator.press("Make a new link")
        await owner.open(await link_on(administrator))
        await administrator.follow("Back to the accounts")
        await administrator.follow(name, "main table")
        await administrator.press("Disable the account")
        await administrator.sees("The account is disabled. Its owner is signed out everywhere.", "Let them in again")
        assert await faults_before(administrator) == []
        council.world.clock.advance(minutes=1)
        await owner.page.reload()
        await owner.sees_not("Choose a password")
