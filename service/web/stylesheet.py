"""Style sheet, mark and script, under addresses that hold a hash of their content: a browser may keep them."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

_HERE = Path(__file__).parent
_KEPT = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that pages load, and where it is served."""

    path: str
    media_type: str
    content: bytes
    packed: bytes  # gzip

    @classmethod
    def read(cls, folder: str, name: str, media_type: str) -> Asset:
        """The asset of a file in a folder beside this one."""
        content = (_HERE / folder / name).read_bytes()
        digest = hashlib.sha256(content).hexdigest()[:16]
        return cls(f"/static/{digest}/{name}", media_type, content, gzip.compress(content, mtime=0))


STYLE_SHEET = Asset.read("styles", "pages.css", "text/css; charset=utf-8")
MARK = Asset.read("styles", "mark.svg", "image/svg+xml")
SCRIPT = Asset.read("static", "passkeys.js", "text/javascript; charset=utf-8")
_ASSETS: Mapping[str, Asset] = {asset.path: asset for asset in (STYLE_SHEET, MARK, SCRIPT)}


def assets_router() -> APIRouter:
    """The routes of the assets. An address with an old hash is a 404: no page names it any more."""
    router = APIRouter()

    @router.get("/static/{digest}/{name}")
    async def asset(request: Request, digest: str, name: str) -> Response:
        served = _ASSETS.get(f"/static/{digest}/{name}")
        if served is None:
            raise HTTPException(404, "There is no such file.")
        headers = {"Cache-Control": _KEPT, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(
                served.packed, media_type=served.media_type, headers={**headers, "Content-Encoding": "gzip"}
            )
        return Response(served.content, media_type=served.media_type, headers=headers)

    return router
