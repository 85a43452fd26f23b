"""``/quarantine``: what could not be applied, why, and running it again (L3)."""

from flask import Blueprint, request

from adapter.bootstrap import Services
from adapter.errors import InvalidJson, NotFound, OperatorError
from adapter.jsonvalue import JSONValue, loads, storable
from adapter.model.reasons import EXPLANATIONS
from adapter.ports import QuarantineRow
from adapter.rules.decision import Fate
from adapter.services.retrying import Retried
from adapter.web.console import access
from adapter.web.console.layout import Page, done, page
from adapter.web.console.paging import paging
from adapter.web.console.plots import Series, spark

MOST_AT_ONCE = 200
_RULES = frozenset({"L3", "K4", "K6"})
"""Whose reasons keep a record in quarantine."""


def add(console: Blueprint, services: Services) -> None:
    """Add the pages, and the forms that run records again."""

    @console.get("/quarantine")
    def quarantine() -> Page:
        workspace = access.workspace()
        reason = storable(request.args.get("reason", "").strip())
        start = storable(request.args.get("start", "").strip())
        rows, following = services.quarantine.page(workspace, reason=reason, start=start)
        month = services.overviews.overview(workspace).month
        counted = [
            Series("quarantined", month.of(Fate.QUARANTINED), "p-warn"),
            Series("refused", month.of(Fate.REFUSED), "p-bad"),
        ]
        sources = {source.id: source.slug for source in services.directory.sources_of(workspace)}
        return page(
            "quarantine.html",
            rows=rows,
            reason=reason,
            reasons=[code for code, told in EXPLANATIONS.items() if told.rule in _RULES],
            counted=counted,
            drawn=spark("Last 30 days", counted),
            sources=sources,
            pages=paging(following),
            most=MOST_AT_ONCE,
        )

    @console.get("/quarantine/<record>")
    def quarantined(record: str) -> Page:
        row = _find(services, record)
        source = services.directory.source(row.source_id)
        return page("quarantined.html", row=row, raw=_raw(row), source=source)

    @console.post("/quarantine/<record>/retry")
    @access.changes
    def retry_record(record: str) -> Page:
        row = _find(services, record)
        retried = services.quarantine.retry(access.workspace(), row.id)
        where = "/quarantine" if retried.released else f"/quarantine/{row.id}"
        return done(where, _told(retried))

    @console.post("/quarantine/retry")
    @access.changes
    def retry_all() -> Page:
        workspace = access.workspace()
        reason = storable(request.form.get("reason", ""))
        rows, _ = services.quarantine.page(workspace, reason=reason, limit=MOST_AT_ONCE)
        tried = [services.quarantine.retry(workspace, row.id) for row in rows]
        out = sum(each.released for each in tried)
        return done("/quarantine", f"{out} of {len(tried)} records have left the quarantine.")


def _find(services: Services, record: str) -> QuarantineRow:
    try:
        return services.quarantine.find([access.workspace()], storable(record))[1]
    except OperatorError:
        raise NotFound("this record is not in quarantine, or has expired") from None


def _raw(row: QuarantineRow) -> JSONValue:
    """Give the record as JSON, or as the text it is."""
    try:
        value: JSONValue = loads(row.raw)
    except InvalidJson:
        return row.raw
    return value


def _told(retried: Retried) -> str:
    if retried.released:
        return f"It has left the quarantine: {retried.fate}, {retried.reason.replace('_', ' ')}."
    return f"It stays in quarantine: {retried.text or retried.reason}"
