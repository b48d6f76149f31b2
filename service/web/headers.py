"""The headers that every page has: they keep scripts, frames and caches of others out."""

from __future__ import annotations

from collections.abc import Mapping

_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
}
# A page of ours runs no script and loads nothing but its style sheet and its mark.
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; object-src 'none'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

# Some pages have a script of ours; it asks nobody but the browser itself.
SCRIPTED_POLICY = f"{PAGE_POLICY}; script-src 'self'"


def page_headers(policy: str = PAGE_POLICY, referrer: str = "same-origin") -> dict[str, str]:
    """The headers of a page under a content security policy.

    Where forms are told by their origin, `referrer` may not be `no-referrer`: browsers then send the origin `null`.
    """
    return {"Content-Security-Policy": policy, "Referrer-Policy": referrer, **_HEADERS}


HEADERS: Mapping[str, str] = page_headers()
