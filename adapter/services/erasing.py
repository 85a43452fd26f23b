"""Erasing somebody from all that is kept, and the proof that nothing is left (P6, R4).

First what others' rows and raw bodies say of them is taken out, step by step, beside ingest: as
long as they are known, so are their names. Then they go themselves, with everything that is theirs,
in one transaction that holds their rows; and then what came in while the steps were under way.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass

from adapter.clock import BEGINNING, MINUTE, Clock, Instant
from adapter.eraser import Cleaned, Cursor, Search, Span, Telling
from adapter.errors import Problem, RequestError
from adapter.ids import derived_id, new_id
from adapter.jsonvalue import JSONObject, loads
from adapter.model.people import PersonRef
from adapter.model.workspaces import Workspace
from adapter.ports import ActivityQuery, Store, Transaction
from adapter.rules.erasure import erase
from adapter.rules.facts import Needs
from adapter.rules.identifiers import (
    email_ref,
    is_junk_anonymous_id,
    is_junk_person_id,
    looks_like_email,
    read_identifier,
)
from adapter.rules.mentions import Mentions, Named, Traces
from adapter.rules.policy import policy_of

_STEP = 1_000
_OVERLAP = MINUTE
"""Requests are named when they come, and written a little later."""

_IN_FILE = "file "


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did.

    Attributes:
        traces: all that they were known by; for the proof, and not to be kept.
        counts: by name, for people to read.
    """

    traces: Traces
    counts: JSONObject


class Erasing:
    """Erases people and strangers.

    Args:
        store: where from.
        clock: tells when.
        pause: called after a step that changed something, so that ingest waits for one at most.
    """

    def __init__(self, store: Store, clock: Clock, pause: Callable[[], object]) -> None:
        self._store = store
        self._clock = clock
        self._pause = pause

    def erase(self, workspace: Workspace, named: Named) -> Erased:
        """Erase whoever is named, whether known or not; again does no harm.

        What is sent of them afterwards is kept like anybody's.

        Raises:
            TransientError: it is not finished; do it again.
        """
        cleaned, late = Cleaned(), Cleaned()
        with self._store.eraser.overwriting():
            traces = self._store.write(lambda transaction: transaction.traces(workspace.id, named))
            while True:
                began = self._clock.now()
                self._clean(traces, Span(since=BEGINNING, until=began), cleaned)
                known, counts = self._remove(workspace, traces, cleaned)
                traces = traces.grown(known)
                if counts is not None:
                    break
            span = Span(since=Instant(began - _OVERLAP), until=self._clock.now())
            self._clean(traces, span, late)
        return Erased(traces, _added(counts, late))

    def prove(self, traces: Traces) -> Search:
        """Search everything that is kept for somebody who was erased.

        Where the file still holds what lay in it before rows were overwritten, it is written anew.
        """
        mentions = Mentions(traces)
        found = self._store.eraser.search(mentions)
        if any(place.startswith(_IN_FILE) for place in found.hits):
            self._store.eraser.rewrite()
            found = self._store.eraser.search(mentions)
        return found

    def _clean(self, traces: Traces, span: Span, cleaned: Cleaned) -> None:
        mentions = Mentions(traces)
        for table in Telling:
            beyond: Cursor | None = ()
            while beyond is not None:
                step = self._store.eraser.clean(table, mentions, span, beyond, _STEP)
                beyond = step.beyond
                cleaned.add(step.cleaned)
                if step.cleaned != Cleaned():
                    self._pause()

    def _remove(
        self, workspace: Workspace, traces: Traces, cleaned: Cleaned
    ) -> tuple[Traces, JSONObject | None]:
        """Let them go, unless they are known by more than was looked for.

        Returns:
            All that they are known by; and the counts, or None if nothing was done.
        """
        now = self._clock.now()
        activity_id = derived_id(new_id(now), 1)
        names = traces.named

        def work(transaction: Transaction) -> Traces:
            facts = transaction.facts(
                Needs(
                    workspaces=frozenset({workspace.id}),
                    keys=frozenset(),
                    anonymous_ids={
                        (workspace.id, name): (now, now) for name in names.anonymous_ids
                    },
                    refs=frozenset((workspace.id, ref) for ref in names.refs),
                )
            )
            found = transaction.traces(workspace.id, names)
            if found.named == names:
                decision = erase(
                    found, facts, now=now, activity_id=activity_id, counted=asdict(cleaned)
                )
                transaction.commit(decision, [])
            return found

        found = self._store.write(work)
        if found.named != names:
            return found, None
        return found, self._counted(workspace, activity_id, now)

    def _counted(self, workspace: Workspace, activity_id: str, now: Instant) -> JSONObject:
        """Tell what the line of the log says; nothing where nothing was found."""
        alive_after = policy_of(workspace.settings).alive_after(now)
        query = ActivityQuery(
            workspace_id=workspace.id, alive_after=alive_after, message=activity_id
        )
        told = {"people": 0, "events": 0, "lines": 0, **asdict(Cleaned())}
        for line in self._store.activities(query):
            told |= loads(line.data)
        return told


def read_named(
    workspace: Workspace,
    *,
    people: Collection[str] = (),
    emails: Collection[str] = (),
    anonymous_ids: Collection[str] = (),
) -> Named:
    """Read who is to be erased: all of them together, as one.

    Args:
        workspace: whose settings say which anonymous ids are junk.
        people: bare identifiers (P2).
        emails: e-mail addresses.
        anonymous_ids: of strangers, or of people who have them.

    Raises:
        RequestError: nobody is named, or something names nobody; all that is wrong.
    """
    problems = list(_problems(workspace, people, emails, anonymous_ids))
    if problems:
        raise RequestError("; ".join(each.message for each in problems), problems=problems)
    refs: set[PersonRef] = {read_identifier(text) for text in people}
    refs |= {email_ref(text) for text in emails}
    return Named(refs=frozenset(refs), anonymous_ids=frozenset(anonymous_ids))


def search_json(found: Search) -> JSONObject:
    """Show what a search found, and where it looked."""
    return {
        "hits": sum(found.hits.values()),
        "places": found.hits,
        "tables": found.tables,
        "rows": found.rows,
        "bodies": found.bodies,
        "bytes": found.bytes,
        "too_short": found.too_short,
    }


def _problems(
    workspace: Workspace,
    people: Collection[str],
    emails: Collection[str],
    anonymous_ids: Collection[str],
) -> Iterator[Problem]:
    if not (people or emails or anonymous_ids):
        yield Problem("missing_field", "say who: a person, an email or an anonymous_id")
    for text in people:
        if not text.strip() or is_junk_person_id(text):
            yield Problem("junk_id", f"person {text!r} names nobody", "/person")
    for text in emails:
        if not looks_like_email(text):
            yield Problem("invalid_field", f"email {text!r} is no e-mail address", "/email")
    junk_ids = policy_of(workspace.settings).junk_ids
    for text in anonymous_ids:
        if not text.strip() or is_junk_anonymous_id(text, junk_ids):
            message = f"anonymous_id {text!r} is a placeholder that many share, and names nobody"
            yield Problem("junk_id", message, "/anonymous_id")


def _added(counts: JSONObject, late: Cleaned) -> JSONObject:
    return counts | {name: counts[name] + count for name, count in asdict(late).items()}
