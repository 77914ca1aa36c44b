"""The reward of an invitation while it waits for its order to stand (GROWTH-14, GROWTH-15)."""

from datetime import datetime

from django.conf import settings
from django.db.models import Q, Sum

from membership.models import GrowthEntry, InvitationReward, Reseller
from membership.rules import InvitationTerms, Kind, RewardState


def invitation_terms() -> InvitationTerms:
    return InvitationTerms.of(getattr(settings, "INVITATION_TERMS", {}))


def await_reward(reseller: Reseller, *, order_id: int, paid_fen: int, now: datetime) -> None:
    """Let the inviter's reward wait for this order, where none is waiting or decided yet."""
    terms = invitation_terms()
    if reseller.invited_by_id is None or paid_fen < terms.least_order_fen:
        return
    due_at = now + terms.survival
    reward, fresh = InvitationReward.objects.get_or_create(
        invitee=reseller, defaults={"inviter_id": reseller.invited_by_id, "order_id": order_id, "due_at": due_at}
    )
    if not fresh and reward.state == RewardState.VOID:
        reward.order_id, reward.due_at, reward.state, reward.decided_at = order_id, due_at, RewardState.WAITING, None
        reward.save(update_fields=["order_id", "due_at", "state", "decided_at"])


def move_reward(reseller: Reseller, *, order_id: int) -> None:
    """After a refund: the reward that waited for this order waits for the next that still stands, or is void."""
    terms = invitation_terms()
    reward = InvitationReward.objects.filter(invitee=reseller, order_id=order_id, state=RewardState.WAITING).first()
    if reward is None or kept_fen(reseller.pk, order_id) >= terms.least_order_fen:
        return
    for purchase in GrowthEntry.objects.filter(reseller=reseller, kind=Kind.PURCHASE).order_by("at", "id"):
        assert purchase.order_id is not None
        if kept_fen(reseller.pk, purchase.order_id) >= terms.least_order_fen:
            reward.order_id, reward.due_at = purchase.order_id, purchase.at + terms.survival
            break
    else:
        reward.state = RewardState.VOID
    reward.save(update_fields=["order_id", "due_at", "state"])


def kept_fen(reseller_id: int, order_id: int) -> int:
    """What was paid for an order and has not been refunded, in fen."""
    sums = GrowthEntry.objects.filter(reseller=reseller_id, order_id=order_id).aggregate(
        paid=Sum("amount_fen", filter=Q(kind=Kind.PURCHASE)), back=Sum("amount_fen", filter=Q(kind=Kind.REFUND))
    )
    return (sums["paid"] or 0) - (sums["back"] or 0)
