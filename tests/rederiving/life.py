"""A workspace's life: something through every door, and every act of an operator's."""

import shutil
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from adapter.bootstrap import build_services, load_mappings
from adapter.clock import DAY, MINUTE, SECOND, ManualClock, iso
from adapter.doors.signatures import sign
from adapter.jsonvalue import dumps
from adapter.model.workspaces import ReceivedAt
from adapter.services.credentials import hash_of
from adapter.services.digesting import digest_json
from adapter.services.rederiving.rederiving import Rederiving
from adapter.services.replay import in_process
from adapter.settings import Settings
from adapter.store.memory.store import MemoryStore
from adapter.web.door import Sent, answer_waiting
from adapter.web.doors.table import ROUTING
from tests.build import T0, source, workspace
from tests.web.sending import API_KEY, APP_KEY, CREDENTIAL, SECRET, SITE_ID

MAPPINGS = Path(__file__).parents[2] / "mappings"
KEY = "Basic d3JpdGUtZGVmYXVsdDo="
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ME = "me@example.com"
_NAME = '{"@path": "$.event"}'
_NAME_OR_ELSE = f'{{"@if": {{exists: {_NAME}, then: {_NAME}, else: Nameless}}}}'


class Life:
    """The product on a store, a clock, and senders to its doors.

    Args:
        store: without any workspace.
        folder: where its mapping files are put, to be changed.
    """

    def __init__(self, store, folder):
        self.clock = ManualClock(T0)
        self.store = store
        self._mappings = folder / "mappings"
        shutil.copytree(MAPPINGS, self._mappings)
        tenant = replace(
            workspace(),
            site_id=SITE_ID,
            api_key_hash=hash_of(API_KEY),
            app_key_hash=hash_of(APP_KEY),
        )
        made, _ = store.create_workspace(tenant, source())
        store.create_source(
            replace(source("segment"), workspace_id=made.id, received_at=ReceivedAt.SEGMENT)
        )
        book = load_mappings(self._mappings)
        book.keep_by(store.keep_mapping)
        self.services = build_services(
            settings=Settings(), store=store, clock=self.clock, mappings=book
        )

    @property
    def workspace(self):
        return self.store.workspaces()[0]

    def webhook(self, *payloads, slug="default", first_only=False, body=None, **more):
        if body is None:
            items = [dumps(payload).encode() for payload in payloads]
            body = b"[" + b",".join(items) + b"]" if first_only or len(items) > 1 else items[0]
            signed = items[0] if first_only else body
        else:
            signed = body
        headers = {"X-Signature": sign(signed, SECRET), **more}
        return self.ask("POST", f"/webhooks/segment/{slug}", body, headers)

    def api(self, path, payload, **headers):
        given = {"Authorization": KEY, **headers}
        return self.ask("POST", path, dumps(payload).encode(), given)

    def track(self, method, path, payload=None):
        body = b"" if payload is None else dumps(payload).encode()
        return self.ask(method, path, body, {"Authorization": CREDENTIAL})

    def get(self, path, query):
        return self.ask("GET", path, b"", {}, query)

    def ask(self, method, path, body, headers, query=""):
        self.clock.advance(SECOND)
        entry = ROUTING.find(method, path)
        return answer_waiting(self.services, entry, Sent(method, path, query, headers, body))

    def set(self, **texts):
        self.clock.advance(SECOND)
        self.services.tenants.change_settings(self.workspace, texts, by="ops")

    def replay(self, payload):
        (sender, *_) = self.store.sources()
        send = in_process(
            self.services.intake, sender, clock=self.clock, retention=DAY, triggers=False
        )
        send(dumps(payload).encode(), self.clock.now() - MINUTE)

    def mend_mapping(self):
        """From now on the mapping gives a name to every track call."""
        path = self._mappings / "segment.yaml"
        text = path.read_text()
        assert _NAME in text
        path.write_text(text.replace(_NAME, _NAME_OR_ELSE))
        self.services.mappings.reload()

    def seen(self):
        """Digest what the store holds."""
        return digest_json(self.workspace, self.services.digesting.digest(self.workspace))

    def derived(self, as_of):
        """Digest what follows from what was accepted, in memory."""
        rederiving = Rederiving(self.store, lambda: nullcontext(MemoryStore()))
        return digest_json(self.workspace, rederiving.digest(self.workspace, as_of))


def live(life):
    """Let everything happen, for an hour or so; give the instant and the state after each part."""
    for part in (_strangers, _segment_api, _track_api, _operators, _people):
        part(life)
        yield life.clock.now(), life.seen()


def page(number, anonymous_id):
    given = {"messageId": f"m{number}", "anonymousId": anonymous_id, "properties": {"url": "/"}}
    return {"type": "page", **given}


def identify(number, anonymous_id, user_id):
    return {**page(number, anonymous_id), "type": "identify", "userId": user_id}


def _call(kind, number, **fields):
    return {"type": kind, "messageId": f"m-{number}", **fields}


def _track(number, anonymous_id, **fields):
    given = {"event": "Viewed", "anonymousId": anonymous_id, "properties": {"n": number}, **fields}
    return _call("track", number, **given)


def _strangers(life):
    """The webhook: merges, the window, repeats, conflicts, what cannot be mapped or read."""
    life.webhook(_track(1, "a"), _track(2, "b"), _track(2, "b"), "no object", {"type": "odd"})
    life.webhook(_call("identify", 3, anonymousId="a", userId="u1", traits={"plan": "pro"}))
    life.webhook(_track(4, "a"))
    life.webhook(_call("identify", 5, anonymousId="a", userId="u2"))
    life.webhook(_track(1, "a", event="Another"), _call("group", 6, userId="u1", groupId="g1"))
    life.clock.advance(6 * MINUTE)
    life.webhook(_track(7, "a"), _track(8, "guest"), first_only=True)
    life.webhook(body=b"[1,")
    for body in (b"type=odd&anonymousId=a&messageId=m-60", b"type=page&anonymousId=b&name=x"):
        life.webhook(body=body, **FORM)
    life.webhook({"type": "odd", "messageId": "m-9"})
    early, future = iso(life.clock.now() - DAY), iso(life.clock.now() + DAY)
    life.webhook(
        _track(10, "c", receivedAt=early, timestamp=early),
        _track(11, "c", receivedAt=future),
        _track(12, "c", originalTimestamp=early, sentAt=early, receivedAt=early),
        _track(13, "c", timestamp="no time", receivedAt=early),
        slug="segment",
    )
    life.replay(_track(14, "b"))


def _segment_api(life):
    """The HTTP API, with clocks that are off, and images."""
    sent = iso(life.clock.now() - 2 * DAY)
    life.api("/v1/track", {"event": "x", "anonymousId": "d", "timestamp": sent, "sentAt": sent})
    life.api("/v1/track", {"event": "x", "anonymousId": "d", "timestamp": sent, "sentAt": "odd"})
    off = {"integrations": {"Anonymous Events Adapter": False}}
    batch = [
        _track(20, "d"),
        _track(21, "d", **off),
        7,
        _track(22, "d", properties={"long": "x" * 40_000}),
        _call("track", 23, anonymousId="d"),
    ]
    life.api("/v1/batch", {"batch": batch, "context": {"ip": "127.0.0.1"}})
    life.api("/v1/batch", {"batch": batch[2:]}, **{"X-Strict-Mode": "1"})
    life.api("/v1/batch", {"batch": "odd"})
    public = {"batch": [_track(24, "d"), _call("alias", 25, userId="u1", previousId="u2")]}
    life.api("/v1/batch", {**public, "writeKey": SITE_ID}, Authorization="")
    life.get("/v1/pixel/track", "writeKey=write-default&event=x&anonymousId=e&messageId=m-26")
    life.get("/events/page.gif", f"site_id={SITE_ID}&name=x&anonymous_id=e&timestamp=1772359200")


def _track_api(life):
    """Both Track APIs, objects and relationships among them, and what they refuse."""
    related = {
        "action": "add_relationships",
        "relationships": [{"identifiers": {"object_type_id": "1", "object_id": "o1"}}],
    }
    life.track("PUT", "/api/v1/customers/u3", {"anonymous_id": "e", "cio_relationships": related})
    life.track("PUT", "/api/v1/customers/u3", {"email": "not mail", "_timestamp": "odd"})
    life.track("POST", "/api/v1/customers/u3/events", {"name": "Ordered", "id": "m-30"})
    life.track("POST", "/api/v1/events", {"name": "Viewed", "anonymous_id": "f", "id": "m-31"})
    life.track("POST", "/api/v1/events", {"name": "Hi", "data": {"recipient": "x@example.com"}})
    life.track("POST", "/api/v1/events", {"name": "", "anonymous_id": "f"})
    life.track("PUT", "/api/v1/customers/null", {"plan": "x"})
    device = {"device": {"id": "t1", "platform": "ios", "last_used": 1_772_359_200}}
    life.track("PUT", "/api/v1/customers/u3/devices", device)
    life.track("DELETE", "/api/v1/customers/u3/devices/t1")
    life.track("POST", "/api/v1/segments/7/add_customers", {"ids": ["u1", "u3", "nobody"]})
    life.track("POST", "/api/v1/forms/f1/submit", {"data": {"email": "u3@example.com"}})
    life.track("POST", "/api/v1/metrics", {"delivery_id": "x", "metric": "opened", "timestamp": 1})
    life.track("POST", "/unsubscribe/x", {"unsubscribe": True})
    stranger = {"type": "person", "identifiers": {"anonymous_id": "f"}}
    batch = [
        {**stranger, "action": "page", "name": "/", "attributes": {"a": 1.5}, "id": "m-32"},
        {**stranger, "action": "identify", "attributes": {}},
        {"type": "person", "action": "odd"},
        {
            "type": "object",
            "action": "identify",
            "identifiers": {"object_type_id": "1", "object_id": "o2"},
            "attributes": {"name": "O2"},
            "cio_relationships": [{"identifiers": {"anonymous_id": "f"}}],
        },
        "odd",
    ]
    life.track("POST", "/api/v2/batch", {"batch": batch})
    life.track("POST", "/api/v2/entity", {"type": "person"})
    life.track("POST", "/api/v2/entity", [1])


def _operators(life):
    """Settings, unmerge, and retries from quarantine."""
    life.set(reuse="same_person", merge_window_seconds="60")
    life.webhook(_call("identify", 40, anonymousId="a", userId="u1"), _track(41, "a"))
    life.set(merging="off")
    life.webhook(_call("identify", 42, anonymousId="f", userId="u4"), _track(43, "f"))
    life.webhook(_call("identify", 44, anonymousId="g", userId="u4"), _track(45, "g"))
    life.set(junk_ids="guest, f2")
    life.set(merging="on")
    life.webhook(_track(46, "f2"))
    life.clock.advance(SECOND)
    life.services.unmerging.unmerge(life.workspace, "f")
    life.webhook(_track(47, "f"))
    life.mend_mapping()
    for row in list(life.services.quarantine.records(life.workspace)):
        life.clock.advance(SECOND)
        life.services.quarantine.retry(life.workspace, row.id)
    (source, *_) = life.services.tenants.sources()
    life.services.tenants.change_source(source, {"batch_signature": "accept"}, by="ops")
    life.set(retention_seconds="2400")
    life.set(retention_seconds="86400")


def _people(life):
    """Joining people, deleting and suppressing them."""
    life.webhook(_call("alias", 50, userId="u1", previousId="u4"), _track(51, "g"))
    life.track("DELETE", "/api/v1/customers/u3")
    life.webhook(_track(52, "e"), _call("track", 53, event="x", userId="u3"))
    life.track("POST", "/api/v1/customers/u2/suppress")
    life.webhook(_call("identify", 54, userId="u2", traits={"plan": "x"}))
    life.track("POST", "/api/v1/customers/u2/unsuppress")
    life.webhook(_call("identify", 55, userId="u2", anonymousId="h"), _track(56, "h"))
