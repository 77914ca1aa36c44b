"""The reward of an invitation while it waits until its order can no longer be refunded (GROWTH-14, GROWTH-15)."""

from datetime import datetime

from django.db.models import Q, Sum

from membership.models import GrowthEntry, InvitationReward, Reseller
from membership.rules.invitations import RewardState
from membership.rules.tiers import GrowthKind
from membership.selectors.people import invitation_terms


def await_reward(reseller: Reseller, *, order_id: int, paid_fen: int, now: datetime) -> None:
    """Let the inviter's reward wait for this order, unless it waits for another or is decided."""
    terms = invitation_terms()
    if reseller.invited_by_id is None or paid_fen < terms.min_order_fen:
        return
    due_at = now + terms.waiting_time
    reward, is_created = InvitationReward.objects.get_or_create(
        invitee=reseller, defaults={"inviter_id": reseller.invited_by_id, "order_id": order_id, "due_at": due_at}
    )
    if not is_created and reward.state == RewardState.VOID:
        reward.order_id, reward.due_at, reward.state, reward.decided_at = order_id, due_at, RewardState.WAITING, None
        reward.save(update_fields=["order_id", "due_at", "state", "decided_at"])


def rewarded_inviter(reseller: Reseller, *, order_id: int) -> int | None:
    """After a refund: the inviter whose reward depends on this order and is no longer justified; None where there is none."""
    row = InvitationReward.objects.filter(
        invitee=reseller, order_id=order_id, state__in=[RewardState.WAITING, RewardState.GRANTED]
    ).first()
    if row is None or unrefunded_fen(reseller.pk, order_id) >= invitation_terms().min_order_fen:
        return None
    return row.inviter_id


def move_reward(reward: InvitationReward) -> None:
    """Let a reward whose order was refunded wait for the invitee's next valid order; without one it is void."""
    terms = invitation_terms()
    reward.state, reward.milli, reward.decided_at = RewardState.VOID, 0, None
    for purchase in GrowthEntry.objects.filter(reseller=reward.invitee_id, kind=GrowthKind.PURCHASE).order_by(
        "at", "id"
    ):
        if (
            purchase.order_id is not None
            and unrefunded_fen(reward.invitee_id, purchase.order_id) >= terms.min_order_fen
        ):
            reward.order_id, reward.due_at = purchase.order_id, purchase.at + terms.waiting_time
            reward.state = RewardState.WAITING
            break
    reward.save(update_fields=["order_id", "due_at", "state", "milli", "decided_at"])


def unrefunded_fen(reseller_id: int, order_id: int) -> int:
    """What was paid for an order and has not been refunded, in fen."""
    sums = GrowthEntry.objects.filter(reseller=reseller_id, order_id=order_id).aggregate(
        paid=Sum("amount_fen", filter=Q(kind=GrowthKind.PURCHASE)),
        refunded=Sum(
            "amount_fen", filter=Q(kind__in=[GrowthKind.REFUND, GrowthKind.CANCELLATION, GrowthKind.SHORTAGE])
        ),
    )
    return (sums["paid"] or 0) - (sums["refunded"] or 0)
