"""The console's own style sheet, its little script, and htmx as its makers publish it."""

from functools import lru_cache

from flask import Blueprint, Response

from adapter.bootstrap import Services
from adapter.errors import NotFound
from adapter.web.assets import STATIC, Asset, read_asset, served

_FILES = {
    "console.css": "console.css",
    "console.js": "console.js",
    "htmx.js": "vendor/htmx-2.0.11.min.js",
}
_HEADERS = {
    # For ever: a page names a file together with a tag of its bytes.
    "Cache-Control": "public, max-age=31536000, immutable",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}


@lru_cache
def _files() -> dict[str, Asset]:
    return {name: read_asset(STATIC / file) for name, file in _FILES.items()}


def asset_path(name: str) -> str:
    """Tell where a file is to be had."""
    return f"/console/{_files()[name].tag}/{name}"


def add(console: Blueprint, _services: Services) -> None:
    """Add the files; they want no login."""

    @console.get("/console/<tag>/<name>")
    def asset(tag: str, name: str) -> Response:
        found = _files().get(name)
        if found is None:
            raise NotFound
        kept = {} if tag == found.tag else {"Cache-Control": "no-cache"}
        return served(found, _HEADERS | kept)
