"""What both Track APIs share over HTTP: their success, and who is told what is wrong."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from adapter.doors.bodies import inflate
from adapter.doors.items import Item, Rejected
from adapter.errors import Problem, RequestError, Unauthorized
from adapter.model.reasons import Reason
from adapter.web.door import Request
from adapter.web.replies import Failure, Reply
from adapter.web.take_in import Taken

NO_STORE = {"Cache-Control": "no-store"}

OK = Reply(200, b"{}\n", NO_STORE)
"""What was accepted is answered so, byte for byte (contracts 3.1)."""


def message_of(failure: Failure) -> str:
    """Give the one text of a failure; of a credential no more is told than that it will not do."""
    return "Unauthorized request" if failure.code == Unauthorized.code else failure.message


class Refusal(NamedTuple):
    """One thing wrong with one record, as its sender is told.

    Attributes:
        record: its place in the request, from 0.
    """

    record: int
    problem: Problem


def inflated(request: Request, limit: int) -> bytes:
    """Give the body of a request without its Content-Encoding (see ``inflate``)."""
    return inflate(request.body, request.headers.get("Content-Encoding"), limit)


def refusals_in(items: Iterable[Item]) -> Iterator[Refusal]:
    """Tell all that is wrong with what was read."""
    for item in items:
        if isinstance(item, Rejected):
            for problem in item.problems:
                yield Refusal(item.index, problem)


def refusals_of(taken: Taken) -> list[Refusal]:
    """Tell all that is wrong with each record that was refused, in their order.

    A junk id is no refusal: the record waits in quarantine (K7).
    """
    refused = list(refusals_in(taken.batch.items))
    known = {refusal.record for refusal in refused}
    refused += [
        Refusal(told.index, Problem(told.code, told.message, told.pointer))
        for told in taken.report.rejected
        if told.index not in known and told.code != Reason.JUNK_ID
    ]
    return sorted(refused, key=lambda refusal: refusal.record)


def refuse(refusals: Iterable[Refusal]) -> None:
    """Refuse a request for what is wrong with its record, if anything is.

    Raises:
        RequestError: with all problems.
    """
    problems = [refusal.problem for refusal in refusals]
    if problems:
        raise RequestError("; ".join(problem.message for problem in problems), problems=problems)
