"""Invitation rewards, granted after the after-sales window and the cases of the invited reseller's orders have ended (GROWTH-15)."""

from collections.abc import Collection
from datetime import datetime

from accounts.rules import Actor
from aftersales.selectors.open_orders import list_returnable_orders
from membership.services import invitations


def grant_due_rewards(*, actor: Actor, now: datetime) -> int:
    """Decide the rewards whose orders can no longer be returned; returns how many were granted. It may run repeatedly and concurrently."""

    def open_until(order_ids: Collection[int]) -> dict[int, datetime]:
        return list_returnable_orders(order_ids, at=now)

    return invitations.grant_due_rewards(actor=actor, now=now, open_until=open_until)
