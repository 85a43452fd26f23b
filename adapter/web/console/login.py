"""Logging in with an app key, and out."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from adapter.bootstrap import Services
from adapter.errors import RateLimited
from adapter.web.console import access
from adapter.web.console.attempts import Attempts
from adapter.web.console.layout import Page, page

_WRONG = "No workspace has this app key."


def add(console: Blueprint, services: Services) -> None:
    """Add ``/login`` and ``/logout``."""
    attempts = Attempts()

    @console.get("/login")
    def login() -> Page:
        return page("login.html", next=_within(request.args.get("next", "")))

    @console.post("/login")
    def log_in() -> Page:
        address = request.remote_addr or ""
        target = _within(request.form.get("next", ""))
        try:
            attempts.check(address, services.clock.now())
        except RateLimited as error:
            headers = {"Retry-After": str(error.retry_after)}
            return page("login.html", 429, headers, next=target, problem=error.message)
        granted = services.directory.access_by_app_key(request.form.get("app_key", "").strip())
        if granted is None:
            attempts.failed(address)
            return page("login.html", 401, next=target, problem=_WRONG)
        response = redirect(target, 303)
        access.begin_session(response, granted)
        return response

    @console.post("/logout")
    def log_out() -> Response:
        response = redirect("/login", 303)
        access.end_session(response)
        return response


def _within(target: str) -> str:
    """Give a path of this console to go on to; never another site, which ``//host`` would be."""
    local = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if local and target.isprintable() else "/"
