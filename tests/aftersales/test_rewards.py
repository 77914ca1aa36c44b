"""Rewards of invitations wait for after-sales (GROWTH-15)."""

from datetime import timedelta

import pytest

from accounts.rules import SYSTEM
from aftersales.rules import CaseReason
from aftersales.selectors.open_orders import list_returnable_orders
from aftersales.services import cases, rewards
from membership.models import GrowthEntry, InvitationReward
from membership.rules.invitations import RewardState
from membership.rules.tiers import GrowthKind
from membership.selectors.people import require_reseller
from orders.models.shipping import Consignment
from orders.rules.lines import UnitsAvailability
from orders.rules.refunds import RefundParts
from orders.services import refund, shipping
from tests.builders import NOW, Daigou, Marketplace, item_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def market() -> Marketplace:
    return Marketplace()


@pytest.fixture
def bought(market: Marketplace) -> tuple[Daigou, Daigou, int]:
    """An inviter, her invitee, and the invitee's paid order of two lines, not shipped."""
    inviter = market.reseller()
    (invitee,) = market.invitees(inviter, 1)
    market.top_up(invitee, 500_00)
    sku_id = market.sku()
    order = market.paid_order(invitee, item_of(market.sale(sku_id), sku_id), 2)
    return inviter, invitee, order.id


def sweep(days: int) -> int:
    return rewards.grant_due_rewards(actor=SYSTEM, now=NOW + days * DAY)


def ship(market: Marketplace, order_id: int, days: int) -> None:
    consignment = Consignment.objects.get(order=order_id)
    shipping.ship(
        actor=market.clerk, consignment_id=consignment.pk, carrier="中通", tracking_no="ZT123456", now=NOW + days * DAY
    )


def growth(of: Daigou) -> int:
    return require_reseller(of.actor).growth


def test_grant_due_rewards_waits_for_shipping_and_the_end_of_the_window(
    market: Marketplace, bought: tuple[Daigou, Daigou, int]
) -> None:
    inviter, _, order_id = bought
    assert sweep(15) == 0
    assert list_returnable_orders([order_id], at=NOW + 15 * DAY) == {order_id: NOW + 16 * DAY}
    ship(market, order_id, 20)
    assert [sweep(days) for days in (20, 21, 26)] == [0, 0, 0]
    assert InvitationReward.objects.get().due_at == NOW + 27 * DAY
    assert (sweep(27), growth(inviter)) == (1, 10)
    assert sweep(28) == 0


def test_grant_due_rewards_waits_for_an_open_case_and_voids_with_its_refund(
    market: Marketplace, bought: tuple[Daigou, Daigou, int]
) -> None:
    inviter, invitee, order_id = bought
    ship(market, order_id, 10)
    line_id = Consignment.objects.get(order=order_id).lines.get().pk
    case = cases.open_case(
        actor=invitee.actor, line_id=line_id, units=2, reason=CaseReason.FAULTY, evidence="脱线", key="c", now=NOW + 16 * DAY
    )  # fmt: skip
    assert [sweep(days) for days in (17, 18, 19)] == [0, 0, 0]
    cases.approve(actor=market.ops, case_id=case.id, return_address="仓库", now=NOW + 19 * DAY)
    cases.send_back(actor=invitee.actor, case_id=case.id, carrier="中通", tracking_no="ZT654321", now=NOW + 20 * DAY)
    assert sweep(25) == 0
    cases.receive_and_refund(actor=market.ops, case_id=case.id, now=NOW + 26 * DAY)
    assert (sweep(40), growth(inviter)) == (0, 0)
    assert InvitationReward.objects.get().state == RewardState.VOID


def test_refund_after_a_granted_reward_takes_it_back(market: Marketplace, bought: tuple[Daigou, Daigou, int]) -> None:
    """Ops may refund as long as the sale is not settled, whatever the window says."""
    inviter, invitee, order_id = bought
    ship(market, order_id, 1)
    assert (sweep(15), growth(inviter)) == (1, 10)
    line = Consignment.objects.get(order=order_id).lines.get()
    refund.refund_units(
        actor=market.ops,
        line_id=line.pk,
        units=2,
        parts=RefundParts(2 * line.payable_fen, 2 * line.commission_fen),
        availability=UnitsAvailability.SHIPPED,
        refund_id=10**6,
        now=NOW + 30 * DAY,
    )
    assert growth(inviter) == growth(invitee) == 0
    entries = GrowthEntry.objects.filter(kind=GrowthKind.INVITATION).order_by("id").values_list("milli", flat=True)
    assert list(entries) == [10_000, -10_000]
