"""What the squashed migration records of a ledger that is older than requests with two people."""

import importlib

import pytest
from django.db import connection

from flashsales.services.ending import close_ended
from orders.selectors.consignments import list_consignments
from orders.services.shipping import ship
from settlement.services.statements import generate_statement
from tests.builders import HOUR, NOW, Marketplace, item_of
from tests.statements import settle_draft
from treasury.models import MoneyRequest

pytestmark = pytest.mark.django_db
MIGRATION = importlib.import_module("treasury.migrations.0001_squashed_0011_money_of_providers_once")
END = NOW + 48 * HOUR
SETTLED_AT = END + 24 * 7 * HOUR
RECORDED = (
    "kind", "state", "reseller_id", "brand_id", "statement_id", "amount_fen", "reference", "booked_as", "decided_by_id", "paid_at",
    "before_rule",
)  # fmt: skip


def paid_statement(market: Marketplace) -> int:
    """A statement over one unit that was sold, shipped, settled and paid."""
    sku = market.sku(base_price_fen=100_00)
    sale_id = market.sale(sku)
    market.paid_order(market.reseller(wallet_fen=300_00), item_of(sale_id, sku), 1)
    close_ended(now=END)
    [parcel] = list_consignments(at=END, brand_id=market.brand_id, state="to_ship").items
    ship(actor=market.clerk, consignment_id=parcel.id, carrier="顺丰", tracking_no="SF12345678", now=END)
    statement = generate_statement(actor=market.finance, sale_id=sale_id, now=END)
    settle_draft(market, statement.id, now=SETTLED_AT)
    market.money.pay_out(statement.id, "ICBC-1", now=SETTLED_AT + HOUR)
    return statement.id


def test_what_one_person_booked_is_approved_and_a_payout_is_paid() -> None:
    market = Marketplace()
    statement_id = paid_statement(market)
    booked = list(MoneyRequest.objects.order_by("pk").values(*RECORDED))
    assert [each["kind"] for each in booked] == ["deposit", "top_up", "payout"]
    key = f"payout:{statement_id}"
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM treasury_moneyrequest")
        # As a payout was booked then; a trigger refuses to change a posting.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE ledger_posting SET key = %s WHERE kind = 'payout'", [key])
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute(MIGRATION.EARLIER_BOOKINGS)
    booked[-1] |= {"booked_as": key, "decided_by_id": market.finance.own_id}  # who booked it
    assert list(MoneyRequest.objects.order_by("pk").values(*RECORDED)) == [
        each | {"before_rule": True} for each in booked
    ]
