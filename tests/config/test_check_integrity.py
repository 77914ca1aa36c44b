"""The integrity check on a marketplace that has lived a little: clean, and then with one row spoiled by hand."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from aftersales.rules import CaseReason
from aftersales.services import cases
from aftersales.services.refunds import refund_unshipped
from flashsales.services.ending import close_ended
from orders.selectors.consignments import list_consignments
from orders.selectors.orders import OrderView
from orders.services.shipping import ship
from settlement.services.statements import generate_statement
from tests.builders import HOUR, NOW, Daigou, Marketplace, item_of
from tests.violations import all_violations

pytestmark = pytest.mark.django_db


def create_history() -> None:
    """A closed sale with paid and refunded orders, its statement, and a live one with an unpaid order and one that is partly returned."""
    market = Marketplace()
    market.brand(name="别家")
    first, second = market.sku(units=20), market.sku(units=20)
    over = market.sale(first)
    daigou = market.reseller(wallet_fen=5000_00)
    order = market.paid_order(daigou, item_of(over, first), 5)
    refund_unshipped(actor=market.ops, line_id=order.lines[0].id, units=1, note="", key="r", now=NOW)
    close_ended(now=NOW + 48 * HOUR)
    generate_statement(actor=market.finance, sale_id=over, now=NOW + 48 * HOUR)
    live = market.sale(second)
    shipped = market.paid_order(daigou, item_of(live, second), 2)
    _return_one_and_ask_for_another(market, daigou, shipped)
    daigou.grab(item_of(live, second), 3)


def _return_one_and_ask_for_another(market: Marketplace, daigou: Daigou, order: OrderView) -> None:
    parcel = list_consignments(at=NOW, state="to_ship").items[-1]
    assert parcel.order_id == order.id
    ship(actor=market.clerk, consignment_id=parcel.id, carrier="顺丰", tracking_no="SF123456", now=NOW)
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
            cases.approve(actor=market.ops, case_id=case.id, return_address="退货组", now=NOW)
            cases.send_back(actor=daigou.actor, case_id=case.id, carrier="中通", tracking_no="ZT123456", now=NOW)
            cases.receive_and_refund(actor=market.ops, case_id=case.id, now=NOW)


def test_check_integrity_of_a_service_in_use_finds_nothing() -> None:
    create_history()
    assert all_violations() == []


# INTEGRITY-6
def test_a_reward_across_two_invitations_is_named_even_if_the_database_let_it_pass() -> None:
    create_history()
    market = Marketplace()
    grandmother, mother, daughter = (market.reseller().id for _ in range(3))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE membership_invitationreward DROP CONSTRAINT reward_of_direct_inviter")
        cursor.execute("ALTER TABLE membership_reseller DISABLE TRIGGER USER")
        cursor.execute("UPDATE membership_reseller SET invited_by_id = %s WHERE id = %s", [grandmother, mother])
        cursor.execute("UPDATE membership_reseller SET invited_by_id = %s WHERE id = %s", [mother, daughter])
        assert {violation.code for violation in all_violations()} == {"membership.inviter"}
        cursor.execute(
            "INSERT INTO membership_invitationreward (invitee_id, inviter_id, order_id, due_at, state, milli)"
            " SELECT %s, %s, min(id), min(placed_at), 0, 0 FROM orders_order",
            [daughter, grandmother],
        )
    found = {
        (violation.invariant, violation.table)
        for violation in all_violations()
        if violation.code != "membership.inviter"
    }
    assert found == {(6, "membership_invitationreward")}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_check_integrity_reports_by_text_and_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    create_history()
    call_command("check_integrity")
    assert capsys.readouterr().out.endswith("the integrity check passed\n")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_account SET balance_fen = balance_fen + 1 WHERE kind = 'commission'")
    with pytest.raises(CommandError) as failed:
        call_command("check_integrity")
    assert failed.value.returncode == 1
    told = capsys.readouterr().out
    assert "3  ledger_account" in told
    assert "invariant 3 BROKEN by 1" in told
