"""``GET /demo``: a page that tries the snippet and the plugin for Segment's library on this server.

It shows the site id and the write key, which every page with the tag shows, and nothing else.
"""

from pathlib import Path

from flask import Blueprint, Response, render_template, request

from adapter.bootstrap import Services
from adapter.errors import NotFound, OperatorError
from adapter.web.assets import STATIC, Asset, read_asset, served

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def demo_routes(services: Services) -> Blueprint:
    """Make the page's routes; they want no credential.

    Args:
        services: the use cases; the page speaks for the first source.

    Raises:
        OperatorError: Segment's library is not where the settings say.
    """
    routes = Blueprint("demo", __name__, template_folder="templates")
    assets = {name: read_asset(STATIC / name) for name in ("demo.css", "demo.js")}
    analytics = services.settings.demo_analytics_js
    if analytics is not None:
        assets["analytics.js"] = _read_library(analytics)

    @routes.get("/demo")
    def demo() -> Response:
        source = services.tenants.default_source()
        page = render_template(
            "demo.html",
            site_id=services.directory.workspace(source.workspace_id).site_id,
            write_key=source.write_key,
            origin=request.host_url.rstrip("/"),
            analytics=analytics is not None,
        )
        return Response(page, headers=_HEADERS)

    @routes.get("/demo/<name>")
    def demo_asset(name: str) -> Response:
        if name not in assets:
            raise NotFound
        return served(assets[name])

    return routes


def _read_library(path: Path) -> Asset:
    try:
        return read_asset(path)
    except (OSError, KeyError) as error:
        raise OperatorError(
            f"ADAPTER_DEMO_ANALYTICS_JS is {path}, which is no script that can be read: give "
            "dist/umd/index.js of the npm package @segment/analytics-next"
        ) from error
