"""Checks a file: everything wrong with it, and everything in it that will surprise."""

from collections.abc import Iterable
from pathlib import Path

from adapter.jsonvalue import JSONObject
from adapter.mapping.check.directives import traps_of
from adapter.mapping.check.subscriptions import fql_traps
from adapter.mapping.check.whole import (
    check_duplicates,
    check_examples,
    check_filled,
    check_identities,
    check_shadowed,
    example_calls,
)
from adapter.mapping.files import compile_document, directives_of, entries_of
from adapter.mapping.findings import Finding, Severity
from adapter.mapping.positions import Document, read_document


def check_file(path: Path, calls: Iterable[JSONObject] = ()) -> list[Finding]:
    """Check a mapping file.

    Args:
        path: of the file.
        calls: Segment calls to try it on, besides its own examples; fields that none of them fills
            are among the findings. Without any, that is not looked for.

    Returns:
        What was found, in the order of the file.
    """
    return check_document(read_document(path), calls)


def check_document(document: Document, calls: Iterable[JSONObject] = ()) -> list[Finding]:
    """Check a document that has been read; see :func:`check_file`."""
    mapping = compile_document(document)
    _check_traps(document)
    check_duplicates(document)
    check_shadowed(document)
    check_identities(document)
    tried = list(calls)
    if tried:
        check_filled(document, mapping, [*tried, *example_calls(document)])
    if not any(finding.severity is Severity.ERROR for finding in document.findings):
        check_examples(document, mapping)
    return sorted(set(document.findings), key=lambda finding: (finding.line, finding.column))


def _check_traps(document: Document) -> None:
    warning = Severity.WARNING
    for path, entry in entries_of(document):
        text = entry.get("subscribe")
        for at, code, message, cure in fql_traps(text) if isinstance(text, str) else ():
            where = (*path, "subscribe")
            document.report(where, code, message, cure=cure, severity=warning, offset=at)
        for _name, where, directive in directives_of(path, entry):
            for inner, code, message, cure in traps_of(directive):
                document.report((*where, *inner), code, message, cure=cure, severity=warning)
