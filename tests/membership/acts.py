"""What the tests of the services let members do: join, buy, ship, return and invite."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from accounts.rules import SYSTEM, Actor
from membership.rules.tiers import GrowthKind, Tier
from membership.selectors import people as membership_people
from membership.services import growth, invitations
from membership.services.growth_entries import GrowthView

NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)
DAY = timedelta(days=1)


def platform_code(uses: int = 20) -> str:
    return invitations.issue_code(actor=SYSTEM, uses=uses, expires_at=NOW + 365 * DAY, now=NOW).code


def joined(name: str, code: str, at: datetime = NOW) -> Actor:
    return invitations.join(login=name, name=name, password="wei-cang-2026", code=code, now=at)


def reseller_id(actor: Actor) -> int:
    return membership_people.require_reseller(actor).id


def pay(actor: Actor, order_id: int, yuan: int, at: datetime = NOW) -> GrowthView:
    """An order is paid; its goods wait to be shipped."""
    return growth.credit_purchase(reseller_id=reseller_id(actor), order_id=order_id, amount_fen=yuan * 100, now=at)


def ship(actor: Actor, order_id: int, yuan: int, at: datetime = NOW, name: str = "") -> GrowthView:
    return growth.settle_shipment(
        reseller_id=reseller_id(actor),
        order_id=order_id,
        shipment=name or f"test/{order_id}",
        amount_fen=yuan * 100,
        now=at,
    )


def buy(actor: Actor, order_id: int, yuan: int, at: datetime = NOW) -> GrowthView:
    """An order is paid, and shipped at once."""
    view = pay(actor, order_id, yuan, at)
    tier = ship(actor, order_id, yuan, at).tier
    return replace(view, tier=tier)


def give_back(
    actor: Actor, order_id: int, refund_id: int, fen: int, at: datetime = NOW, kind: GrowthKind = GrowthKind.REFUND
) -> GrowthView:
    return growth.take_back(
        reseller_id=reseller_id(actor), order_id=order_id, refund_id=refund_id, amount_fen=fen, kind=kind, now=at
    )


def vip(name: str, order_id: int) -> Actor:
    actor = joined(name, platform_code())
    assert buy(actor, order_id, 500).tier is Tier.VIP1
    return actor


def grant(at: datetime) -> int:
    """The sweep, where no order can go back any more; when it may is for after-sales to tell."""
    return invitations.grant_due_rewards(actor=SYSTEM, now=at, open_until=lambda order_ids: {})


def invited(inviter: Actor, name: str) -> Actor:
    code = invitations.issue_code(actor=inviter, uses=1, now=NOW)
    return joined(name, code.code)


def rollover_at(month: int) -> datetime:
    return datetime(2026, month, 1, tzinfo=UTC) - timedelta(hours=8)
