"""What pages of others load: the snippet, and the plugin for Segment's library (contracts 5.1)."""

import gzip
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from flask import Blueprint, Response, request

from adapter.errors import NotFound
from adapter.web.replies import CORS

STATIC = Path(__file__).parent / "static"

_FILES = {
    "track.js": "track.js",
    "track-eu.js": "track.js",  # the name that the vendor's tag has in the EU
    "segment-plugin.js": "segment-plugin.js",
}
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_HEADERS = {
    **CORS,
    "Cache-Control": "public, max-age=3600",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}


class Asset(NamedTuple):
    """A file as browsers get it.

    Attributes:
        content_type: for the header.
        plain: its bytes.
        compressed: the same by gzip.
        tag: changes when the bytes do.
    """

    content_type: str
    plain: bytes
    compressed: bytes
    tag: str


def asset_routes() -> Blueprint:
    """Make the routes; they want no credential, and any page may load them."""
    routes = Blueprint("assets", __name__)
    assets = {name: read_asset(STATIC / file, without_comments) for name, file in _FILES.items()}

    @routes.get("/assets/<name>")
    def asset(name: str) -> Response:
        if name not in assets:
            raise NotFound(f"there is no asset {name!r}; there are: {', '.join(assets)}")
        return served(assets[name])

    return routes


def read_asset(path: Path, shorten: Callable[[str], str] = str) -> Asset:
    """Read a script or a style sheet.

    Args:
        path: of the file; its suffix tells what it is.
        shorten: leaves out what browsers need not get.

    Raises:
        OSError: it cannot be read.
    """
    plain = shorten(path.read_text(encoding="utf-8")).encode()
    # Without a time, so that every server gives the same bytes.
    compressed = gzip.compress(plain, mtime=0)
    return Asset(_TYPES[path.suffix], plain, compressed, sha256(plain).hexdigest()[:16])


def without_comments(script: str) -> str:
    """Leave out indents, and lines that are only comments; ours have no text of several lines."""
    lines = (line.strip() for line in script.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def served(asset: Asset, headers: Mapping[str, str] = _HEADERS) -> Response:
    """Answer with an asset: by gzip where that is understood, 304 where it is known already."""
    zipped = request.accept_encodings["gzip"] > 0
    response = Response(
        asset.compressed if zipped else asset.plain,
        headers=dict(headers),
        content_type=asset.content_type,
    )
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    # Weak: the same text stands behind both encodings.
    response.set_etag(asset.tag, weak=True)
    response.make_conditional(request)
    return response
