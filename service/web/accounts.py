"""Accounts as administrators keep them: who signs in and how, invitations, new links, and the end of an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from config.database import reading, transaction
from service.app import Service
from service.domain.own_id import OwnId
from service.store import accounts, passkeys, viewer_sessions
from service.store.accounts import UserAccount
from service.use_cases.access.account_life import (
    INVITED_FOR,
    AccountError,
    Invited,
    add_account,
    disable_account,
    reset_account,
)
from service.use_cases.overviews.colleagues import colleagues
from service.use_cases.overviews.names import names_of
from service.web import words
from service.web.access_rules import ADMINISTRATOR, Proved
from service.web.failures import missing
from service.web.flash import done
from service.web.layout import Layout
from service.web.page_errors import PageError
from service.web.viewer import Viewer

_PAGE = 50
Keeping = Annotated[Viewer, Depends(Proved(ADMINISTRATOR))]
KeepingOne = Annotated[Viewer, Depends(Proved(ADMINISTRATOR, parent=True))]
Line = Annotated[str, Form(max_length=200)]
Errors = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account as it is read. `factors`: what its owner shows to sign in; `seen_at`: when they last were here.

    `is_changeable`: whether its state may be changed here: nobody's own, and none of those who look after others.
    """

    account: UserAccount
    owner: str
    state: str
    kind: str
    factors: str
    seen_at: datetime | None
    is_changeable: bool


class Accounts:
    """The routes of an authority's accounts."""

    def __init__(self, service: Service, layout: Layout) -> None:
        self._service, self._layout = service, layout
        self.router = APIRouter()
        self.router.add_api_route("/accounts", self.listed, methods=["GET"], response_model=None)
        self.router.add_api_route("/accounts", self.invite, methods=["POST"], response_model=None)
        self.router.add_api_route("/accounts/{account}", self.show, methods=["GET"], response_model=None)
        self.router.add_api_route("/accounts/{account}/reset", self.reset, methods=["POST"], response_model=None)
        self.router.add_api_route("/accounts/{account}/disable", self.disable, methods=["POST"], response_model=None)

    async def listed(
        self,
        request: Request,
        viewer: Keeping,
        name: Annotated[str, Query(max_length=100)] = "",
        page: Annotated[int, Query(ge=1, le=1000)] = 1,
    ) -> Response:
        """Everybody's account, and the form for a new one; `name`: those with this in a name."""
        return await self._list(request, viewer, name.strip(), page)

    async def invite(self, request: Request, viewer: Keeping, person: Line = "", signs_in_as: Line = "") -> Response:
        """A new account, whose link is shown once."""
        typed = {"person": person, "signs_in_as": signs_in_as}
        if not person:
            return await self._list(request, viewer, "", 1, typed, [("person", "Choose who is invited")])
        try:
            async with transaction(self._service.sessions) as session:
                own_id, now = OwnId(viewer.authority, person), self._service.clock.now()
                name = signs_in_as.strip() or None
                invited = await add_account(session, self._service.book, own_id, name, now, by=viewer.person)
        except AccountError as refusal:
            return await self._list(request, viewer, "", 1, typed, [("signs_in_as", refusal.on_page)])
        return await self._link(request, viewer, invited)

    async def show(self, request: Request, viewer: Keeping, account: str) -> Response:
        """One account, and what can be done with it."""
        kept = await self._found(viewer, account)
        [line] = await self._lines(viewer, [kept])
        return await self._layout.page(request, viewer, "account_kept.html", "An account", line=line)

    async def reset(self, request: Request, viewer: KeepingOne, account: str) -> Response:
        """Begin anew, for who has lost a password or a phone: the new link is shown once."""
        kept = await self._changeable(viewer, account)
        async with transaction(self._service.sessions) as session:
            invited = await reset_account(session, kept.name, self._service.clock.now(), by=viewer.person)
        return await self._link(request, viewer, invited)

    async def disable(self, request: Request, viewer: KeepingOne, account: str) -> Response:
        """Let its owner in no more, and end their sessions at once."""
        kept = await self._changeable(viewer, account)
        async with transaction(self._service.sessions) as session:
            await disable_account(session, kept.name, self._service.clock.now(), by=viewer.person)
        return done(request, f"/accounts/{account}", "account-disabled")

    async def _found(self, viewer: Viewer, account_id: str) -> UserAccount:
        async with reading(self._service.sessions) as session:
            kept = await accounts.find(session, account_id)
        if kept is None or kept.authority != viewer.authority:
            raise missing()
        return kept

    async def _changeable(self, viewer: Viewer, account_id: str) -> UserAccount:
        kept = await self._found(viewer, account_id)
        if not _may_change(viewer, kept):
            raise PageError(403, "Nothing was changed", "Whoever runs planwatch changes this account by a command.")
        return kept

    async def _list(
        self, request: Request, viewer: Viewer, name: str, page: int,
        typed: Mapping[str, str] | None = None, errors: Errors = (),
    ) -> Response:  # fmt: skip
        async with reading(self._service.sessions) as session:
            everybody = await accounts.everything(session, viewer.authority)
            names = await colleagues(session, viewer.authority)
        having = {account.person for account in everybody}
        fitting = [
            account for account in everybody
            if name.casefold() in f"{account.name} {names.get(account.person, account.person)}".casefold()
        ]  # fmt: skip
        start = (page - 1) * _PAGE
        values: dict[str, object] = {
            "lines": await self._lines(viewer, fitting[start : start + _PAGE]),
            "name": name,
            "page": page,
            "has_more": len(fitting) > start + _PAGE,
            "invitable": [(person, known_as) for person, known_as in names.items() if person not in having],
            "typed": {"person": "", "signs_in_as": ""} | dict(typed or {}),
            "errors": list(errors),
        }
        status = 422 if errors else 200
        return await self._layout.page(request, viewer, "accounts.html", "Accounts", status, **values)

    async def _lines(self, viewer: Viewer, shown: Sequence[UserAccount]) -> list[AccountLine]:
        async with reading(self._service.sessions) as session:
            names = await names_of(session, viewer.authority, {account.person for account in shown})
            keys = await passkeys.counts(session, [account.id for account in shown])
            seen = await viewer_sessions.last_seen(session, viewer.authority, [account.person for account in shown])
        return [
            _line(viewer, account, names.get(account.person, account.person), keys.get(account.id, 0), seen)
            for account in shown
        ]

    async def _link(self, request: Request, viewer: Viewer, invited: Invited) -> Response:
        base = self._service.settings.public_url or str(request.base_url).rstrip("/")
        async with reading(self._service.sessions) as session:
            names = await names_of(session, viewer.authority, {invited.account.person})
        return await self._layout.page(
            request, viewer, "account_invited.html", "An invitation",
            address=f"{base}/invitation/{invited.token}", days=INVITED_FOR.days, account=invited.account,
            owner=names.get(invited.account.person, invited.account.person),
        )  # fmt: skip


def _line(
    viewer: Viewer, account: UserAccount, owner: str, key_count: int, seen: Mapping[str, datetime]
) -> AccountLine:
    factors = ["password and app for codes"] if account.totp_confirmed else []
    factors += [words.plural(key_count, "passkey")] if key_count else []
    factors += ["the council’s account"] if account.subject else []
    if account.disabled_at is not None:
        state, kind = f"disabled {words.day_of(account.disabled_at)}", ""
    else:
        state, kind = ("can sign in", "done") if factors else ("invited, not set up", "today")
    may_change = _may_change(viewer, account)
    return AccountLine(
        account, owner, state, kind, ", ".join(factors) or "nothing yet", seen.get(account.person), may_change
    )


def _may_change(viewer: Viewer, account: UserAccount) -> bool:
    """Not one's own; nor an auditor's or an administrator's, whom nobody whom they watch may put out or pose as."""
    return account.person != viewer.person and not account.administrator and not account.auditor
