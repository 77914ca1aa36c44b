"""The check of the books on a house that has lived a little: clean, and then with one row spoiled by hand."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from aftersales import verbs as cases
from aftersales.rules import CaseReason
from aftersales.verbs import refund_unshipped
from books.queries import all_breaches
from flashsales.verbs import close_ended
from orders.queries import OrderView, consignments
from orders.verbs import ship
from settlement.verbs import draw_up
from tests.builders import HOUR, NOW, Daigou, House, item_of

pytestmark = pytest.mark.django_db


def lived_in() -> None:
    """A closed sale with paid and refunded orders, its statement, and a live one with an unpaid order and one that is partly returned."""
    house = House()
    house.brand(name="别家")
    first, second = house.sku(units=20), house.sku(units=20)
    over = house.sale(first)
    daigou = house.reseller(wallet_fen=5000_00)
    order = house.paid_order(daigou, item_of(over, first), 5)
    refund_unshipped(actor=house.ops, line_id=order.lines[0].id, units=1, note="", key="r", now=NOW)
    close_ended(now=NOW + 48 * HOUR)
    draw_up(actor=house.finance, sale_id=over, now=NOW + 48 * HOUR)
    live = house.sale(second)
    shipped = house.paid_order(daigou, item_of(live, second), 2)
    _return_one_and_ask_for_another(house, daigou, shipped)
    daigou.grab(item_of(live, second), 3)


def _return_one_and_ask_for_another(house: House, daigou: Daigou, order: OrderView) -> None:
    parcel = consignments(at=NOW, state="to_ship").items[-1]
    assert parcel.order_id == order.id
    ship(actor=house.clerk, consignment_id=parcel.id, carrier="顺丰", tracking_no="SF123456", now=NOW)
    for key in ("back", "asked"):
        case = cases.open_case(
            actor=daigou.actor,
            line_id=order.lines[0].id,
            units=1,
            reason=CaseReason.FAULTY,
            evidence="脱线",
            key=key,
            now=NOW,
        )
        if key == "back":
            cases.agree(actor=house.ops, case_id=case.id, return_to="退货组", now=NOW)
            cases.send_back(actor=daigou.actor, case_id=case.id, carrier="中通", tracking_no="ZT123456", now=NOW)
            cases.receive_and_refund(actor=house.ops, case_id=case.id, now=NOW)


GHOST = """
INSERT INTO orders_order (reseller_id, key, state, tier, total_fen, placed_at, pay_before)
SELECT reseller_id, 'ghost', 'unpaid', 0, 1, placed_at, pay_before FROM orders_order LIMIT 1
"""
INFLATED = "UPDATE settlement_statement SET state = 'settled', sold_fen = sold_fen + 1, payable_fen = payable_fen + 1"
SETTLED_TOO_SOON = """
UPDATE settlement_statement SET state = 'settled', settled_at = drawn_at, sale_id = (SELECT max(sale_id) FROM orders_orderline)
"""
SPOILS = [
    (1, "flashsales_saleitem", "UPDATE flashsales_saleitem SET held = held + 1, allotted = allotted + 1 WHERE sold = 2"),
    (1, "inventory_sku", "UPDATE inventory_sku SET on_hand = on_hand + 1 WHERE id = (SELECT min(id) FROM inventory_sku)"),
    (1, "inventory_sku", "UPDATE inventory_sku SET allotted = allotted - 1 WHERE allotted > 0"),
    (1, "flashsales_itemtally", "UPDATE flashsales_itemtally SET units = units + 9"),
    (2, "orders_order", GHOST),
    (2, "orders_orderline", "UPDATE orders_orderline SET consignment_id = NULL"),
    (3, "orders_order", "UPDATE orders_order SET total_fen = total_fen + 1 WHERE state = 'paid'"),
    (3, "orders_orderline", "UPDATE orders_orderline SET price_fen = price_fen + 1, commission_fen = commission_fen + 1"),
    (7, "orders_order", "UPDATE orders_order SET state = 'paid', paid_at = placed_at WHERE state = 'unpaid'"),
    (3, "orders_orderline", "UPDATE orders_orderline SET refunded_units = refunded_units + 1 WHERE refunded_units > 0"),
    (3, "ledger_account", "UPDATE ledger_account SET balance_fen = balance_fen + 1 WHERE kind = 'wallet'"),
    (3, "aftersales_refund", "UPDATE aftersales_refund SET amount_fen = amount_fen + 1"),
    (3, "aftersales_refund", "UPDATE aftersales_refund SET reason = 'returned' WHERE reason = 'changed_mind'"),
    (3, "aftersales_refund", "UPDATE aftersales_refund SET reason = 'changed_mind' WHERE reason = 'returned'"),
    (3, "aftersales_case", "UPDATE aftersales_case SET units = units + 1 WHERE state = 'refunded'"),
    (3, "aftersales_case", "UPDATE aftersales_case SET brand_id = (SELECT id FROM brands_brand WHERE name = '别家')"),
    (3, "orders_orderline", "UPDATE aftersales_case SET units = units + 1 WHERE state = 'asked'"),
    (3, "aftersales_case", SETTLED_TOO_SOON),
    (3, "settlement_statement", INFLATED),
    (4, "membership_reseller", "UPDATE membership_reseller SET growth_milli = growth_milli + 1"),
    (4, "membership_reseller", "UPDATE membership_reseller SET tier = 5"),
    (5, "flashsales_saleitem", "UPDATE flashsales_saleitem SET on_sale = NULL WHERE sold = 2"),
    (7, "ledger_account", "UPDATE ledger_account SET owner_id = owner_id + 1000000 WHERE kind = 'wallet'"),
    (7, "orders_orderline", "UPDATE orders_orderline SET sku_id = (SELECT min(id) FROM inventory_sku) WHERE units = 2"),
]  # fmt: skip


def test_the_books_of_a_house_at_work_check() -> None:
    lived_in()
    assert all_breaches() == []


# BOOKS-1, 2, 3, 4, 5, 7
@pytest.mark.parametrize(("invariant", "table", "spoil"), SPOILS)
def test_a_row_spoiled_by_hand_is_named_with_the_invariant_that_it_breaks(
    invariant: int, table: str, spoil: str
) -> None:
    lived_in()
    with connection.cursor() as cursor:
        cursor.execute(spoil)
        assert cursor.rowcount
    assert (invariant, table) in {(breach.invariant, breach.table) for breach in all_breaches()}


# BOOKS-5
def test_a_sku_in_two_sales_is_named_even_if_the_database_let_it_pass() -> None:
    lived_in()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE flashsales_saleitem DROP CONSTRAINT sale_item_one_sale_at_a_time")
        cursor.execute(
            "UPDATE flashsales_saleitem a SET sku_id = b.sku_id, on_sale = b.on_sale"
            " FROM flashsales_saleitem b WHERE b.id > a.id"
        )
    assert any(breach.invariant == 5 and "also on sale" in breach.what for breach in all_breaches())


# BOOKS-6
def test_a_reward_across_two_invitations_is_named_even_if_the_database_let_it_pass() -> None:
    lived_in()
    house = House()
    grandmother, mother, daughter = (house.reseller().id for _ in range(3))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE membership_invitationreward DROP CONSTRAINT reward_of_direct_inviter")
        cursor.execute("ALTER TABLE membership_reseller DISABLE TRIGGER USER")
        cursor.execute("UPDATE membership_reseller SET invited_by_id = %s WHERE id = %s", [grandmother, mother])
        cursor.execute("UPDATE membership_reseller SET invited_by_id = %s WHERE id = %s", [mother, daughter])
        assert all_breaches() == []
        cursor.execute(
            "INSERT INTO membership_invitationreward (invitee_id, inviter_id, order_id, due_at, state, milli)"
            " SELECT %s, %s, min(id), min(placed_at), 0, 0 FROM orders_order",
            [daughter, grandmother],
        )
    assert {(breach.invariant, breach.table) for breach in all_breaches()} == {(6, "membership_invitationreward")}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_command_says_so_by_words_and_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    lived_in()
    call_command("check_books")
    assert capsys.readouterr().out.endswith("the books check\n")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_account SET balance_fen = balance_fen + 1 WHERE kind = 'commission'")
    with pytest.raises(CommandError) as failed:
        call_command("check_books")
    assert failed.value.returncode == 1
    told = capsys.readouterr().out
    assert "3  ledger_account" in told
    assert "invariant 3 BROKEN by 1" in told
