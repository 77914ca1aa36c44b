"""What makes money and refunds count once counts once, and keeps nothing else from counting."""

import pytest

from aftersales.services.refunds import RefundKeyConflict, refund_unshipped
from brands.services import record_deposit
from ledger.rules import PostingKeyConflict
from orders.selectors.orders import get_wallet_balance_fen
from orders.services.payment import InvalidBankReference, top_up
from tests.builders import NOW, Marketplace, approval_by, item_of

pytestmark = pytest.mark.django_db


def test_top_up_tells_long_references_apart_and_refuses_too_long_ones() -> None:
    market = Marketplace()
    daigou = market.reseller()

    def book(reference: str) -> int:
        return top_up(
            actor=market.finance,
            approval=approval_by(market.finance),
            reseller_id=daigou.id,
            amount_fen=3_00,
            reference=reference,
            now=NOW,
        )

    assert book("L" * 79 + "A") == 3_00
    assert book("L" * 79 + "B") == 6_00
    with pytest.raises(InvalidBankReference):
        book("L" * 80 + "A")
    assert get_wallet_balance_fen(daigou.id) == 6_00


def test_record_deposit_with_a_used_reference_is_refused_for_every_brand() -> None:
    market = Marketplace()
    other = market.brand(name="另一家", deposit=False)
    record_deposit(
        actor=market.finance,
        approval=approval_by(market.finance),
        brand_id=other,
        amount_fen=500_00,
        reference="DREP",
        now=NOW,
    )
    with pytest.raises(PostingKeyConflict):
        record_deposit(
            actor=market.finance,
            approval=approval_by(market.finance),
            brand_id=market.brand_id,
            amount_fen=500_00,
            reference="DREP",
            now=NOW,
        )


def test_refund_unshipped_key_belongs_to_its_line() -> None:
    market = Marketplace()
    sku = market.sku(units=9)
    item = item_of(market.sale(sku), sku)
    daigou = market.reseller(wallet_fen=5_000_00)
    first, second = (market.paid_order(daigou, item, units=2).lines[0].id for _ in range(2))

    def refund(line_id: int, units: int) -> int:
        return refund_unshipped(actor=market.ops, line_id=line_id, units=units, note="", key="1", now=NOW).id

    assert refund(first, 1) == refund(first, 1)
    assert refund(second, 2) != refund(first, 1)
    with pytest.raises(RefundKeyConflict):
        refund(second, 1)
