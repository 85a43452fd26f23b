"""What an identify that bears an anonymous id does to its assignment (M1, M5-M8, K6, R4)."""

from dataclasses import dataclass

from adapter.model.reasons import Reason
from adapter.rules.facts import AnonymousIdFact
from adapter.rules.identifiers import is_junk_anonymous_id
from adapter.rules.policy import Policy, Reuse

_REFUSALS = frozenset(
    {Reason.ANONYMOUS_ID_ALREADY_ASSIGNED, Reason.ANONYMOUS_ID_USED_UP, Reason.JUNK_ID}
)


@dataclass(frozen=True, slots=True)
class Claim:
    """The verdict on a claim.

    Attributes:
        reason: why.
        assigns: the id is (again) assigned to the person, now.
        pends: the claim is kept until merging is switched on.
    """

    reason: Reason
    assigns: bool = False
    pends: bool = False

    @property
    def refused(self) -> bool:
        """The id is not this person's and will not be."""
        return self.reason in _REFUSALS


def claim(anonymous_id: str, fact: AnonymousIdFact, person_id: str, policy: Policy) -> Claim:
    """Decide a person's claim to an anonymous id: first come, for good.

    While merging is off a pending claim counts like an assignment, so that switching it on gives
    what would have been (M8).
    """
    refusal = _refusal(anonymous_id, fact, person_id, policy)
    if refusal is not None:
        return Claim(refusal)
    again = bool(fact.person_id or fact.pending_person_id)
    if again and fact.person_id and policy.reuse is Reuse.NEVER:
        return Claim(Reason.ANONYMOUS_ID_ALREADY_ASSIGNED_TO_SAME_PERSON)
    if not policy.merging:
        return Claim(Reason.MERGING_OFF, pends=not again or policy.reuse is Reuse.SAME_PERSON)
    if again:
        return Claim(Reason.REASSIGNED_TO_SAME_PERSON, assigns=True)
    return Claim(Reason.ASSIGNED, assigns=True)


def _refusal(
    anonymous_id: str, fact: AnonymousIdFact, person_id: str, policy: Policy
) -> Reason | None:
    if is_junk_anonymous_id(anonymous_id, policy.junk_ids):
        return Reason.JUNK_ID
    if fact.used_up:
        return Reason.ANONYMOUS_ID_USED_UP
    owner = fact.person_id or fact.pending_person_id
    if owner is not None and owner != person_id:
        return Reason.ANONYMOUS_ID_ALREADY_ASSIGNED
    return None
