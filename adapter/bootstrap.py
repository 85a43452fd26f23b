"""The only place that makes things: settings become a store, a clock and the services on them."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_network
from pathlib import Path

from adapter.clock import Clock, RehearsalClock, SystemClock
from adapter.errors import OperatorError
from adapter.outbound.addresses import Addresses
from adapter.outbound.senders import Senders
from adapter.ports import Store
from adapter.rules.decision import Decision
from adapter.services.activity_log import ActivityLog
from adapter.services.auditing import Auditing
from adapter.services.campaign_book import CampaignBook
from adapter.services.deliver import Deliver
from adapter.services.deliveries import Deliveries
from adapter.services.digesting import Digesting
from adapter.services.directory import Directory
from adapter.services.erasing import Erasing
from adapter.services.explaining import Explaining
from adapter.services.ingest import Ingest, Observer
from adapter.services.intake import Intake
from adapter.services.mapping_book import MappingBook
from adapter.services.overview import Overviews
from adapter.services.payloads import Payloads
from adapter.services.profiles import Profiles
from adapter.services.quarantine import Quarantine
from adapter.services.reading import Reading
from adapter.services.reading_objects import ReadingObjects
from adapter.services.reading_quarantine import ReadingQuarantine
from adapter.services.reading_segments import ReadingSegments
from adapter.services.record_audit import RecordAudit
from adapter.services.rederiving.rederiving import Rederiving
from adapter.services.rederiving.verifying import Verifying
from adapter.services.segment_upkeep import SegmentUpkeep
from adapter.services.sweeping import Sweeping
from adapter.services.tenants import Tenants
from adapter.services.throttle import Throttle
from adapter.services.trying import Trying
from adapter.services.unmerging import Unmerging
from adapter.services.worker import Worker
from adapter.settings import Settings, networks_in
from adapter.store.engine import read_url
from adapter.store.open import open_store
from adapter.store.schema import upgrade
from adapter.telemetry import Metrics

_BREATH_SECONDS = 0.02
"""Between two steps of a sweep: ingest is served meanwhile."""

_PATIENCE_SECONDS = 1.0
"""Most that the event loop waits for tenants and sources to be read anew."""

_PACKAGE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """All that the web and the commands need, wired."""

    settings: Settings
    clock: Clock
    store: Store
    metrics: Metrics
    mappings: MappingBook
    campaigns: CampaignBook
    ingest: Ingest
    intake: Intake
    throttle: Throttle
    directory: Directory
    tenants: Tenants
    activity_log: ActivityLog
    payloads: Payloads
    profiles: Profiles
    reading: Reading
    reading_objects: ReadingObjects
    reading_quarantine: ReadingQuarantine
    reading_segments: ReadingSegments
    explaining: Explaining
    auditing: Auditing
    overviews: Overviews
    trying: Trying
    record_audit: RecordAudit
    sweeping: Sweeping
    digesting: Digesting
    rederiving: Rederiving
    verifying: Verifying
    quarantine: Quarantine
    segment_upkeep: SegmentUpkeep
    unmerging: Unmerging
    erasing: Erasing
    deliveries: Deliveries
    deliver: Deliver
    worker: Worker

    @property
    def delivers(self) -> bool:
        """Tell whether ``serve`` sends deliveries too, or leaves it to workers of their own."""
        wanted = self.settings.deliver
        if wanted == "auto":
            return read_url(self.settings.database_url).get_backend_name() == "sqlite"
        return wanted == "on"

    def is_ready(self) -> bool:
        """Tell whether requests can be served."""
        return self.store.is_ready()

    def missing_mappings(self) -> dict[str, str]:
        """Tell by name which mappings sources use that are not there; their requests wait."""
        missing: dict[str, list[str]] = {}
        for source in self.store.sources():
            if source.mapping not in self.mappings:
                missing.setdefault(source.mapping, []).append(source.slug)
        return {
            name: f"missing: used by source {', '.join(slugs)}" for name, slugs in missing.items()
        }

    def reload(self) -> None:
        """Read the operator's files again."""
        self.mappings.reload()
        self.campaigns.reload()

    def reload_changed(self) -> None:
        """Read those of the operator's files again that have changed."""
        self.mappings.reload_changed()
        self.campaigns.reload_changed()

    def stop(self) -> None:
        """End what is under way, then let go of the store."""
        self.worker.stop()
        self.close()

    def close(self) -> None:
        """Stop committing, and let go of the store."""
        self.ingest.close()
        self.store.close()


def open_services(settings: Settings) -> Services:
    """Open the store that the settings name, created and migrated if need be.

    Raises:
        OperatorError: a setting or a mapping file is wrong, or the database cannot be opened.
    """
    mappings = load_mappings(mappings_dir(settings))
    upgrade(settings.database_url)
    store = open_store(settings.database_url)
    mappings.keep_by(store.keep_mapping)
    return build_services(
        settings=settings,
        store=store,
        clock=clock_of(settings),
        mappings=mappings,
        campaigns_in=mappings_dir(settings),
    )


def open_current_store(settings: Settings) -> Store:
    """Open the store that the settings name, as it is: nothing is made or migrated.

    Raises:
        OperatorError: there is none, it does not answer, or its schema is not current.
    """
    store = open_store(settings.database_url)
    if not _is_there(settings.database_url) or not store.is_ready():
        store.close()
        raise OperatorError(
            "the database is not there, does not answer or is not of this version; check "
            "ADAPTER_DATABASE_URL, and that `adapter db upgrade` was run"
        )
    return store


@contextmanager
def scratch_store() -> Iterator[Store]:
    """Give an empty store in a temporary file, for as long as it is used."""
    with tempfile.TemporaryDirectory(prefix="adapter-") as folder:
        url = f"sqlite:///{folder}/scratch.db"
        upgrade(url)
        with closing(open_store(url)) as store:
            yield store


def build_services(
    *,
    settings: Settings,
    store: Store,
    clock: Clock,
    mappings: MappingBook,
    campaigns_in: Path | None = None,
) -> Services:
    """Wire the services on a store and a clock; without ``campaigns_in`` nothing is started."""
    metrics = Metrics()
    directory = Directory(store, patience=_PATIENCE_SECONDS)
    campaigns = CampaignBook(campaigns_in, directory)
    deliver = Deliver(
        outbox=store.outbox,
        sender=_sender(settings),
        clock=clock,
        metrics=metrics,
        endpoints=campaigns.endpoints,
        seconds=settings.delivery_seconds,
    )
    worker = Worker(deliver, threads=settings.worker_threads, poll_seconds=settings.poll_seconds)
    ingest = Ingest(
        store,
        group_limit=settings.group_limit,
        queue_limit=settings.queue_limit,
        observe=_observer(metrics, worker),
        in_force=campaigns.in_force,
    )
    intake = Intake(ingest, mappings)
    rederiving = Rederiving(store, scratch_store)
    return Services(
        settings=settings,
        clock=clock,
        store=store,
        metrics=metrics,
        mappings=mappings,
        campaigns=campaigns,
        ingest=ingest,
        intake=intake,
        throttle=Throttle(_rates(settings)),
        directory=directory,
        tenants=Tenants(store, clock, mappings, campaigns.in_force),
        activity_log=ActivityLog(store, clock),
        payloads=Payloads(store, mappings),
        profiles=Profiles(store, clock),
        reading=Reading(store, clock),
        reading_objects=ReadingObjects(store),
        reading_quarantine=ReadingQuarantine(store, clock),
        reading_segments=ReadingSegments(store, campaigns.in_force),
        explaining=Explaining(store, clock),
        auditing=Auditing(store, clock),
        overviews=Overviews(store, clock),
        trying=Trying(mappings),
        record_audit=RecordAudit(store, clock),
        digesting=Digesting(store, clock),
        rederiving=rederiving,
        verifying=Verifying(store, clock, rederiving),
        sweeping=Sweeping(store, clock, pause=partial(time.sleep, _BREATH_SECONDS)),
        segment_upkeep=SegmentUpkeep(
            store,
            clock,
            campaigns.in_force,
            observe=partial(_observe_consequences, metrics, worker),
            pause=partial(time.sleep, _BREATH_SECONDS),
        ),
        unmerging=Unmerging(store, clock, campaigns.in_force),
        erasing=Erasing(store, clock, pause=partial(time.sleep, _BREATH_SECONDS)),
        quarantine=Quarantine(store, clock, mappings, campaigns.in_force),
        deliveries=Deliveries(store, clock),
        deliver=deliver,
        worker=worker,
    )


def _rates(settings: Settings) -> dict[str, int]:
    """Tell how many requests a second a sender may send to each door."""
    return {
        "segment_webhook": settings.webhook_rate,
        "segment_api": settings.segment_rate,
        "segment_pixel": settings.segment_rate,
        "gif": settings.segment_rate,
        "track_v1": settings.track_rate,
        "track_v2": settings.track_rate,
    }


def clock_of(settings: Settings) -> Clock:
    """Give the product's only clock (T5).

    Raises:
        OperatorError: the rehearsal clock's file holds no readable instant.
    """
    if settings.rehearsal_clock is None:
        return SystemClock()
    clock = RehearsalClock(settings.rehearsal_clock)
    try:
        clock.now()
    except (OSError, ValueError) as error:
        path = settings.rehearsal_clock
        raise OperatorError(
            f"the rehearsal clock {path} must hold one ISO-8601 instant: {error}"
        ) from error
    return clock


def mappings_dir(settings: Settings) -> Path:
    """Give the operator's mappings directory: as set, else ./mappings, else the shipped one."""
    if settings.mappings_dir is not None:
        return settings.mappings_dir
    here = Path("mappings")
    return here if here.is_dir() else shipped("mappings")


def shipped(name: str) -> Path:
    """Give a directory that comes with the product, installed or in a checkout."""
    installed = _PACKAGE / "shipped" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def load_mappings(directory: Path) -> MappingBook:
    """Compile all mapping files of a directory, by name.

    Raises:
        OperatorError: a file does not check, or there is none.
    """
    return MappingBook(directory)


def _is_there(database_url: str) -> bool:
    """Tell whether a database may be opened without making it: asking SQLite makes the file."""
    url = read_url(database_url)
    return url.get_backend_name() != "sqlite" or Path(str(url.database)).exists()


def _sender(settings: Settings) -> Senders:
    networks = tuple(ip_network(text) for text in networks_in(settings.allowed_networks))
    return Senders(os.environ, Addresses(networks), settings.delivery_seconds)


def _observer(metrics: Metrics, worker: Worker) -> Observer:
    def observe(requests: int, decision: Decision) -> None:
        metrics.group_commit_size.observe(requests)
        if decision.merges:
            metrics.merges.inc(len(decision.merges))
        _observe_consequences(metrics, worker, decision)

    return observe


def _observe_consequences(metrics: Metrics, worker: Worker, decision: Decision) -> None:
    metrics.count_turns(line.type for line in decision.activities)
    if decision.deliveries:
        worker.wake()
