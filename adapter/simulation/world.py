"""The product under simulation: real services on a real store, a virtual clock, real doors."""

import math
from dataclasses import replace

from adapter.bootstrap import Services, build_services
from adapter.clock import BEGINNING, ManualClock
from adapter.errors import NotFound, TransientError
from adapter.jsonvalue import JSONObject, loads
from adapter.model.deliveries import Endpoint, EndpointKey
from adapter.model.workspaces import ReceivedAt, Source, Workspace
from adapter.services.deliver import Deliver
from adapter.services.directory import Directory
from adapter.services.erasing import Erasing, read_named
from adapter.services.ingest import Ingest
from adapter.services.intake import Intake
from adapter.services.mapping_book import MappingBook
from adapter.services.replay import in_process
from adapter.services.segment_upkeep import SegmentUpkeep
from adapter.services.sweeping import Sweeping
from adapter.services.tenants import Tenants
from adapter.services.unmerging import Unmerging
from adapter.settings import Settings
from adapter.simulation.campaigns import Receiver, in_force
from adapter.simulation.doors import Keys, sent_by
from adapter.simulation.faulty_store import FaultyStore
from adapter.simulation.generate import START
from adapter.simulation.plan import SOURCES, Change, Delivery, Erase, Reception, Unmerge
from adapter.simulation.segment_calls import body_of
from adapter.simulation.stores import Home
from adapter.web.door import Sent, answer_waiting
from adapter.web.doors.table import ROUTING

_SECRET = "simulated"  # noqa: S105 - it guards nothing
_ALL = 1_000_000
_OK, _UNAVAILABLE = 200, 503


def _at_once() -> None:
    """Pause for nobody: there is no other work."""


class World:
    """Some tenants, and all that works for them.

    Args:
        home: where the store is; tenants of earlier worlds in it are left alone.
        mappings: compiled mapping files.
        workspaces: how many tenants.

    Attributes:
        clock: moved by whoever drives the world.
        tenants: the workspaces, by number.
        receiver: what deliveries are sent to.
    """

    def __init__(self, home: Home, mappings: MappingBook, workspaces: int) -> None:
        self.clock = ManualClock(START)
        self._home = home
        self._mappings = mappings
        self.receiver = Receiver()
        self._seconds = 0.0
        self._open()
        taken = len(self.services.tenants.workspaces())
        self.tenants: list[Workspace] = []
        self._sources: dict[tuple[int, str], Source] = {}
        self.source_names: dict[int, str] = {}
        for number in range(workspaces):
            self._add_tenant(number, f"sim-{taken + number}")
        self.look_after()

    def send(self, delivery: Delivery) -> JSONObject:
        """Send a request to a door; give its status and answer."""
        source = self._sources[delivery.workspace, delivery.source]
        self.store.arm(delivery.fault)
        if not delivery.triggers:
            return self._replay(source, body_of(delivery.said, single=delivery.single))
        tenant = self.tenants[delivery.workspace].name
        keys = Keys(source.slug, _SECRET, source.write_key, tenant, f"{_SECRET} {tenant}")
        return self._send(sent_by(delivery, keys))

    def change(self, change: Change) -> None:
        """Change a setting, as an operator does."""
        self.tenants[change.workspace] = self.services.tenants.change_settings(
            self.tenants[change.workspace], {change.setting: change.typed}
        )
        self._let_a_second_pass()

    def unmerge(self, unmerge: Unmerge) -> bool:
        """Take a merge back, as an operator does; tell whether there was one."""
        workspace = self.tenants[unmerge.workspace]
        try:
            self.services.unmerging.unmerge(workspace, unmerge.anonymous_id)
        except NotFound:
            return False
        return True

    def quarantined(self, workspace: int) -> set[tuple[str, int]]:
        """Give reason and time of all that is still in quarantine, expired or not."""
        tenant = self.tenants[workspace]
        rows = self.services.store.quarantine(tenant.id, after=BEGINNING, limit=_ALL)
        return {(str(row.reason), row.received_at) for row in rows}

    def erase(self, erase: Erase) -> tuple[bool, JSONObject]:
        """Erase somebody; tell whether anything was found, and where any of it is left."""
        erasing, workspace = self.services.erasing, self.tenants[erase.workspace]
        whom = erase.whom
        named = read_named(
            workspace,
            people=whom.people,
            emails=whom.emails,
            anonymous_ids=whom.anonymous_ids,
        )
        erased = erasing.erase(workspace, named)
        return any(erased.counts.values()), dict(erasing.prove(erased.traces).hits)

    def work(self, fares: Reception) -> None:
        """Let the worker send whatever is due."""
        self.receiver.fares = fares
        self._deliver.expire()
        self._deliver.run_once()

    def sweep(self) -> int:
        """Purge what has expired; give by how much the oldest row left is late, in microseconds."""
        return max(self.services.sweeping.sweep().lag.values())

    def restart(self) -> None:
        """Close everything and open it again."""
        self.close()
        self._open()
        self.look_after()

    def look_after(self) -> None:
        """Let the worker see to segments: what time alone has changed (C6)."""
        self.services.segment_upkeep.run()

    def close(self) -> None:
        """Let go of the store."""
        self.services.close()

    def _open(self) -> None:
        self.store = FaultyStore(self._home.open(), rolls_back=self._home.rolls_back)
        store = self.store.as_store()
        services = build_services(
            settings=Settings(),
            store=store,
            clock=self.clock,
            mappings=self._mappings,
        )
        # How busy this machine is must be no part of what is simulated.
        ingest = Ingest(store, in_force=in_force, patience=math.inf)
        self.services: Services = replace(
            services,
            ingest=ingest,
            intake=Intake(ingest, self._mappings),
            tenants=Tenants(store, self.clock, self._mappings, in_force),
            unmerging=Unmerging(store, self.clock, in_force),
            directory=Directory(store, monotonic=lambda: self._seconds),
            sweeping=Sweeping(store, self.clock, pause=_at_once),
            erasing=Erasing(store, self.clock, pause=_at_once),
            segment_upkeep=SegmentUpkeep(
                store, self.clock, in_force, observe=lambda _: None, pause=_at_once
            ),
        )
        self._deliver = Deliver(
            outbox=store.outbox,
            sender=self.receiver,
            clock=self.clock,
            metrics=services.metrics,
            endpoints=self._endpoints,
            seconds=services.settings.delivery_seconds,
            draw=lambda: 0.5,
            monotonic=lambda: 0.0,
        )

    def _endpoints(self) -> dict[EndpointKey, Endpoint]:
        return {
            (tenant.id, each.endpoint.name): each.endpoint
            for tenant in self.tenants
            for _, each in in_force().campaigns
        }

    def _add_tenant(self, number: int, name: str) -> None:
        tenants = self.services.tenants
        given = {"site_id": name, "api_key": f"{_SECRET} {name}", "shared_secret": _SECRET}
        created = tenants.create(name, given)
        self.tenants.append(created.workspace)
        for source_name, clock in SOURCES.items():
            made = created.source
            if self.source_names.get(made.id) is not None:
                slug = f"{name}-{source_name}"
                made = tenants.create_source(created.workspace, slug, shared_secret=_SECRET)
            source = replace(made, received_at=ReceivedAt(clock))
            tenants.update_source(source)
            self._sources[number, source_name] = source
            self.source_names[source.id] = source_name
        self._let_a_second_pass()

    def _send(self, sent: Sent) -> JSONObject:
        entry = ROUTING.find(sent.method, sent.path)
        if entry is None:
            raise LookupError(f"no door answers {sent.method} {sent.path}")
        reply = answer_waiting(self.services, entry, sent)
        return {"status": reply.status, **loads(reply.content())}

    def _replay(self, source: Source, body: bytes) -> JSONObject:
        services = self.services
        send = in_process(
            services.intake, source, clock=services.clock, retention=0, triggers=False
        )
        try:
            answer = send(body, None)
        except TransientError as error:
            return {"status": _UNAVAILABLE, "code": error.code}
        rejected = [{"index": item.index, "code": str(item.code)} for item in answer["rejected"]]
        return {"status": _OK, **answer, "rejected": rejected}

    def _let_a_second_pass(self) -> None:
        """Have the directory read anew, as it does a second after a change."""
        self._seconds += 2
