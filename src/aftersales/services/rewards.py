"""Rewards of invitations wait for the end of the after-sales window and of any open case (GROWTH-15)."""

from collections.abc import Collection
from datetime import datetime

from accounts.rules import Actor
from aftersales.selectors.open_orders import list_returnable_orders
from membership.services import invitations


def grant_due_rewards(*, actor: Actor, now: datetime) -> int:
    """Decide the rewards whose orders can no longer go back; gives how many were granted. Safe at any time, twice, and at once."""

    def open_until(order_ids: Collection[int]) -> dict[int, datetime]:
        return list_returnable_orders(order_ids, at=now)

    return invitations.grant_due_rewards(actor=actor, now=now, open_until=open_until)
