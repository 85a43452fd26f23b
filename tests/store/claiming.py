"""How the tests of the outbox put deliveries in, claim and settle them."""

from adapter.clock import SECOND
from adapter.model.deliveries import Attempt, Delivered
from adapter.model.reasons import Reason
from adapter.outbox import Settled, Wanted
from adapter.rules.decision import Decision
from adapter.rules.retry import settlement
from tests.build import T0, at

KEY = (1, "campaigns/onboarding")
UNTIL = at(minutes=1)
DELIVERED = Delivered()


def put(store, *deliveries):
    store.write(lambda tx: tx.commit(Decision(deliveries=list(deliveries)), ()))


def wanted(limit=10, *, key=KEY, ordered=False, until=UNTIL):
    return Wanted(key=key, limit=limit, ordered=ordered, until=until)


def claim(store, *asked, now=T0):
    return store.outbox.exchange((), asked or (wanted(),), now)


def settled(claimed, outcome=DELIVERED, now=T0):
    attempt = Attempt(
        delivery_id=claimed.id,
        workspace_id=claimed.workspace_id,
        endpoint=claimed.endpoint,
        number=claimed.attempt,
        at=now,
        duration=SECOND,
        status=500,
        outcome="try_again",
        reason=Reason.FAILED_STATUS,
        excerpt="no",
    )
    result = settlement(outcome, claimed, now=now, draw=0.5)
    return Settled(delivery=claimed, settlement=result, attempt=attempt)
