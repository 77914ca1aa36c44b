"""Missing, wrong and broken units that the brand sends again instead of a refund (AFTER-18)."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.test import Client

from accounts.models import Person
from accounts.rules import NotAllowed
from aftersales.models.cases import Case, Resend
from aftersales.models.refunds import Refund
from aftersales.rules import CaseAction, CaseReason, CaseState, Party, RefundReason, ResendState
from aftersales.selectors.cases import get_brand_case, get_case, get_own_case
from aftersales.selectors.refunds import list_short_units
from aftersales.services import cases
from aftersales.services.case_refunds import Liability
from aftersales.services.case_steps import InvalidCaseTransition
from aftersales.services.cases import NotReturnable
from aftersales.services.decisions import DecisionDraft, decide
from aftersales.services.refunds import report_out_of_stock, report_short_total
from aftersales.services.resending import (
    InvalidResendBearer,
    NothingToResend,
    NotResendable,
    ResendShortInFull,
    resend,
)
from aftersales.services.shipping_workbooks import ship_by_workbook
from aftersales.services.substitutes import NotASubstitute
from events.models import Event
from flashsales.services.ending import close_ended
from inventory.models import Movement, Sku
from inventory.services.stock import adjust
from kernel.clock import set_to
from ledger.models import Posting
from membership.models import GrowthEntry
from orders.models.lines import OrderLine, ParcelLine
from orders.models.shipping import Consignment
from orders.selectors.consignments import get_consignment
from orders.selectors.orders import get_own_order, get_wallet_balance_fen
from orders.services import shipping
from orders.services.parcel_plan import LineUnits, Shipment, ShipmentState
from orders.services.shipping_lists import make_picking_list
from orders.services.shipping_workbook import write_shipping_list
from settlement.services import statements as settlement
from tests.aftersales.purchases import DAY, SHIPPED, Purchase
from tests.builders import HOUR, NOW, item_of, units_of
from tests.statements import settle_draft
from tests.violations import all_violations

pytestmark = pytest.mark.django_db
LATER = SHIPPED + HOUR
"""When ops decide; in the tests the brand has 7 of 10 units then, all of them in the live sale."""


def resent(purchase: Purchase, reason: CaseReason = CaseReason.MISSING, *, units: int = 1, key: str = "ask") -> int:
    """The id of a case whose units are to be sent again."""
    case_id = purchase.open_case(reason, units=units, evidence="少一件", key=key)
    resend(actor=purchase.market.ops, case_id=case_id, now=LATER)
    return case_id


def ship_again(purchase: Purchase, number: str = "SF222222", *, units: int | None = None) -> None:
    lines = [LineUnits(purchase.line_id, units)] if units else []
    shipping.ship(
        actor=purchase.market.clerk,
        consignment_id=Consignment.objects.get().pk,
        carrier="顺丰",
        tracking_no=number,
        lines=lines,
        now=LATER + HOUR,
    )


def line_of(purchase: Purchase) -> OrderLine:
    return OrderLine.objects.get(pk=purchase.line_id)


class TestDecision:
    def test_a_missing_unit_is_sent_again_within_a_day_and_nothing_is_refunded(self) -> None:
        purchase = Purchase()
        wallet, payable = get_wallet_balance_fen(purchase.daigou.id), purchase.payable_fen()
        case_id = resent(purchase)
        view = get_own_case(purchase.daigou.id, case_id, at=LATER)
        assert (view.state, view.ended_at, view.refunded_fen) == (CaseState.RESENT, LATER, None)
        assert view.resend is not None
        assert (view.resend.state, view.resend.units, view.resend.left_units) == (ResendState.TO_SHIP, 1, 1)
        assert view.resend.ship_by == LATER + DAY
        row = Consignment.objects.get()
        assert (row.state, row.ship_by, row.shipped_at) == ("partly_shipped", LATER + DAY, None)
        line = line_of(purchase)
        assert (line.shipped_units, line.resending_units, line.refunded_units) == (3, 1, 0)
        assert (get_wallet_balance_fen(purchase.daigou.id), purchase.payable_fen()) == (wallet, payable)
        assert not Refund.objects.exists()
        assert all_violations() == []

    def test_the_brand_sees_the_contact_only_while_it_has_units_to_send_again(self) -> None:
        purchase = Purchase()
        consignment_id = Consignment.objects.get().pk
        seen = [get_consignment(consignment_id, at=LATER, is_for_brand=True).address]
        resent(purchase)
        view = get_consignment(consignment_id, at=LATER, is_for_brand=True)
        [line] = view.lines
        assert (line.units, line.shipped_units, line.unshipped_units, line.resending_units) == (3, 3, 1, 1)
        seen.append(view.address)
        ship_again(purchase)
        seen.append(get_consignment(consignment_id, at=LATER, is_for_brand=True).address)
        whole = Consignment.objects.get().address
        assert [address == whole for address in seen] == [False, True, False]

    def test_the_unit_leaves_the_sale_where_the_brand_has_no_other(self) -> None:
        purchase = Purchase()
        item_id = item_of(purchase.sale_id, purchase.sku)
        before, sku = units_of(item_id), Sku.objects.get(pk=purchase.sku)
        assert (sku.on_hand, sku.allotted, before[1]) == (7, 7, 7)
        resent(purchase, units=2)
        sku.refresh_from_db()
        assert (sku.on_hand, sku.allotted, units_of(item_id)[1]) == (5, 5, 5)
        movement = Movement.objects.get(kind="resent")
        assert (movement.cause, movement.on_hand_delta, movement.allotted_delta) == (
            f"resend:{Resend.objects.get().pk}", -2, -2,
        )  # fmt: skip
        assert all_violations() == []

    def test_free_units_are_taken_before_those_of_a_sale(self) -> None:
        purchase = Purchase()
        adjust(actor=purchase.market.ops, sku_id=purchase.sku, units=1, reason="找到", key="found", now=LATER)
        resent(purchase, units=2)
        made = Resend.objects.get()
        assert (made.units, made.taken_units, made.item_id) == (2, 1, item_of(purchase.sale_id, purchase.sku))
        assert (Sku.objects.get(pk=purchase.sku).on_hand, units_of(made.item_id or 0)[1]) == (6, 6)
        assert all_violations() == []

    def test_a_brand_that_has_none_sends_none_and_the_case_stays_open(self) -> None:
        purchase = Purchase(units=10)
        case_id = purchase.open_case(CaseReason.MISSING)
        with pytest.raises(NothingToResend) as refused:
            resend(actor=purchase.market.ops, case_id=case_id, now=LATER)
        assert refused.value.sentence("zh").startswith("品牌没有 1 件 QH9")
        assert Case.objects.get().state == CaseState.REQUESTED.value
        assert not Resend.objects.exists()
        assert not Movement.objects.filter(kind="resent").exists()
        assert line_of(purchase).resending_units == 0
        cases.refund_only(actor=purchase.market.ops, case_id=case_id, now=LATER)
        assert all_violations() == []

    def test_the_platform_pays_the_brand_for_what_a_carrier_broke(self) -> None:
        purchase = Purchase()
        line = line_of(purchase)
        payable = purchase.payable_fen()
        case_id = resent(purchase, CaseReason.DAMAGED)
        view = get_case(case_id, at=LATER)
        assert (view.fault, view.borne_by) == (Party.CARRIER, Party.PLATFORM)
        assert purchase.payable_fen() == payable + line.payable_fen
        assert line_of(purchase).payable_adjustment_fen == line.payable_fen
        assert Posting.objects.get(kind="resend").key == f"resend:{Resend.objects.get().pk}"
        assert all_violations() == []

    def test_a_carrier_bears_no_resend(self) -> None:
        purchase = Purchase()
        case_id = purchase.open_case(CaseReason.MISSING)
        with pytest.raises(InvalidResendBearer):
            resend(
                actor=purchase.market.ops, case_id=case_id, now=LATER,
                liability=Liability(Party.CARRIER, Party.CARRIER, "压坏"),
            )  # fmt: skip
        assert not Resend.objects.exists()

    def test_only_ops_decide(self) -> None:
        purchase = Purchase()
        case_id = purchase.open_case(CaseReason.MISSING)
        for actor in (purchase.market.clerk, purchase.market.finance, purchase.daigou.actor):
            with pytest.raises(NotAllowed):
                resend(actor=actor, case_id=case_id, now=LATER)
        assert not Resend.objects.exists()

    def test_a_second_call_sends_nothing_twice(self) -> None:
        purchase = Purchase()
        case_id = resent(purchase)
        resend(actor=purchase.market.ops, case_id=case_id, now=LATER + HOUR)
        assert (Resend.objects.count(), line_of(purchase).resending_units) == (1, 1)

    def test_what_is_sent_again_is_not_refunded_by_its_case(self) -> None:
        purchase = Purchase()
        case_id = resent(purchase)
        with pytest.raises(InvalidCaseTransition):
            cases.refund_only(actor=purchase.market.ops, case_id=case_id, now=LATER)
        assert not Refund.objects.exists()

    def test_units_on_their_way_again_are_in_no_other_case(self) -> None:
        purchase = Purchase(units=1)
        resent(purchase)
        with pytest.raises(NotReturnable):
            purchase.open_case(CaseReason.MISSING, key="again", now=LATER)
        ship_again(purchase)
        purchase.open_case(CaseReason.MISSING, key="again", now=LATER + HOUR)
        assert Case.objects.count() == 2

    @pytest.mark.parametrize(
        ("reason", "why"), [(CaseReason.NO_LONGER_WANTED, "wrong_reason"), (CaseReason.FAULTY, "goods_first")]
    )
    def test_what_is_not_sent_again_is_refused_with_the_reason(self, reason: CaseReason, why: str) -> None:
        purchase = Purchase()
        case_id = purchase.open_case(reason, units=3)
        with pytest.raises(NotResendable) as refused:
            resend(actor=purchase.market.ops, case_id=case_id, now=LATER)
        assert refused.value.why == why
        assert Case.objects.get().state == CaseState.REQUESTED.value
        assert line_of(purchase).resending_units == 0

    def test_what_was_given_without_goods_counts_for_a_resend_too(self) -> None:
        purchase = Purchase()
        resent(purchase, CaseReason.FAULTY)
        ship_again(purchase)
        second = purchase.open_case(CaseReason.FAULTY, key="second", now=LATER + HOUR)
        with pytest.raises(NotResendable) as refused:
            resend(actor=purchase.market.ops, case_id=second, now=LATER + HOUR)
        assert (refused.value.why, line_of(purchase).resending_units) == ("goods_first", 0)

    def test_costly_goods_are_sent_again_once_they_came_back(self) -> None:
        purchase = Purchase()
        case_id = purchase.sent_back_case(units=3)
        cases.receive(actor=purchase.market.clerk, case_id=case_id, now=SHIPPED + 2 * DAY)
        resend(actor=purchase.market.ops, case_id=case_id, now=SHIPPED + 2 * DAY)
        assert (Case.objects.get().state, line_of(purchase).resending_units) == (CaseState.RESENT.value, 3)
        assert all_violations() == []

    def test_a_line_has_one_resend_at_a_time(self) -> None:
        purchase = Purchase()
        resent(purchase)
        second = purchase.open_case(CaseReason.MISSING, key="second", now=LATER)
        with pytest.raises(NotResendable) as refused:
            resend(actor=purchase.market.ops, case_id=second, now=LATER)
        assert refused.value.why == "line_busy"
        ship_again(purchase)
        resend(actor=purchase.market.ops, case_id=second, now=LATER + 2 * HOUR)
        resends = [get_brand_case(purchase.market.brand_id, each.pk).resend for each in Case.objects.order_by("pk")]
        assert [each and each.state for each in resends] == [ResendState.SHIPPED, ResendState.TO_SHIP]
        assert (line_of(purchase).resent_units, line_of(purchase).resending_units) == (1, 1)
        assert all_violations() == []

    def test_many_are_decided_at_once_each_by_itself(self) -> None:
        purchase = Purchase()
        first, second = (purchase.open_case(CaseReason.MISSING, key=key) for key in "ab")
        drafts = [DecisionDraft(case_id, CaseAction.RESEND) for case_id in (first, second)]
        results = decide(actor=purchase.market.ops, decisions=drafts, key="bulk", now=LATER)
        assert [(each.is_done, each.code) for each in results] == [(True, ""), (False, "aftersales.not_resendable")]
        again = decide(actor=purchase.market.ops, decisions=drafts[:1], key="bulk", now=LATER)
        assert [each.is_done for each in again] == [True]
        assert Resend.objects.count() == 1
        assert all_violations() == []

    def test_reseller_and_brand_are_told(self) -> None:
        purchase = Purchase()
        case_id = resent(purchase)
        shop, portal = Event.objects.get(kind="case_decided"), Event.objects.get(kind="resend_to_ship")
        assert (shop.subject_id, shop.reseller_id) == (case_id, purchase.daigou.id)
        assert "补发 1 件" in str(shop.data)
        assert (portal.subject_id, portal.brand_id) == (Consignment.objects.get().pk, purchase.market.brand_id)
        assert portal.data["units"] == 1


class TestShipping:
    def test_the_parcel_counts_no_growth_and_no_purchase_a_second_time(self) -> None:
        purchase = Purchase()
        resent(purchase)
        growth = GrowthEntry.objects.count()
        ship_again(purchase)
        line = line_of(purchase)
        assert (line.shipped_units, line.resending_units, line.resent_units) == (3, 0, 1)
        assert [each.units for each in ParcelLine.objects.order_by("pk")] == [3, 1]
        assert (Consignment.objects.get().state, GrowthEntry.objects.count()) == ("shipped", growth)
        assert units_of(item_of(purchase.sale_id, purchase.sku))[3] == 3
        view = get_own_case(purchase.daigou.id, Case.objects.get().pk, at=LATER + HOUR)
        assert view.resend is not None
        assert (view.resend.state, view.resend.left_units) == (ResendState.SHIPPED, 0)
        assert [each.tracking_no for each in get_own_order(purchase.daigou.id, purchase.order.id).lines[0].parcels] == [
            "SF123456",
            "SF222222",
        ]
        assert all_violations() == []

    def test_a_list_that_comes_back_a_second_time_sends_nothing_again(self) -> None:
        purchase = Purchase()
        resent(purchase)
        for lines in ((), (LineUnits(purchase.line_id),), (LineUnits(purchase.line_id, 3),)):
            shipment = Shipment(Consignment.objects.get().pk, "顺丰", "SF123456", lines)
            [outcome] = shipping.ship_many(actor=purchase.market.clerk, shipments=[shipment], now=LATER)
            assert outcome.state is ShipmentState.UNCHANGED
        assert (line_of(purchase).resending_units, ParcelLine.objects.get().units) == (1, 3)
        assert all_violations() == []

    def test_two_units_go_in_two_parcels(self) -> None:
        purchase = Purchase()
        resent(purchase, units=2)
        ship_again(purchase, "SF222222", units=1)
        assert (line_of(purchase).resending_units, Consignment.objects.get().state) == (1, "partly_shipped")
        ship_again(purchase, "SF333333", units=1)
        assert (line_of(purchase).resent_units, Consignment.objects.get().state) == (2, "shipped")
        assert all_violations() == []

    def test_the_shipping_list_and_the_picking_list_hold_it_and_the_list_ships_it(self) -> None:
        purchase = Purchase()
        resent(purchase)
        clerk = purchase.market.clerk
        [picked] = make_picking_list(actor=clerk, now=LATER)
        assert (picked.style_no, picked.units) == ("QH9", 1)
        book = openpyxl.load_workbook(io.BytesIO(write_shipping_list(actor=clerk, now=LATER)))
        sheet = book.worksheets[0]
        column = {cell.value: cell.column or 0 for cell in sheet[1]}
        assert (sheet.max_row, sheet.cell(2, column["备注"]).value) == (2, "【补发 1 件】")
        sheet.cell(2, column["快递公司"], "顺丰")
        sheet.cell(2, column["快递单号"], "SF555555")
        stream = io.BytesIO()
        book.save(stream)
        filled = stream.getvalue()
        result = ship_by_workbook(actor=clerk, filename="list.xlsx", data=filled, now=LATER + HOUR)
        assert result.shipped == 1
        assert line_of(purchase).resent_units == 1
        assert all_violations() == []


class TestShort:
    def test_a_brand_that_does_not_have_it_after_all_refunds_it(self) -> None:
        purchase = Purchase()
        case_id = resent(purchase)
        wallet, payable, growth = get_wallet_balance_fen(purchase.daigou.id), purchase.payable_fen(), line_of(purchase)
        refund = report_out_of_stock(
            actor=purchase.market.clerk, line_id=purchase.line_id, units=1, note="", key="short", now=LATER + HOUR
        )
        assert (refund.reason, refund.amount_fen, refund.borne_by) == (
            RefundReason.RESEND_SHORT, purchase.price_fen, Party.BRAND,
        )  # fmt: skip
        assert get_wallet_balance_fen(purchase.daigou.id) == wallet + purchase.price_fen
        assert purchase.payable_fen() == payable - growth.payable_fen
        line = line_of(purchase)
        assert (line.resending_units, line.refunded_units, line.cancelled_units, line.short_units) == (0, 1, 0, 0)
        assert Consignment.objects.get().state == "shipped"
        view = get_own_case(purchase.daigou.id, case_id, at=LATER + HOUR)
        assert view.resend is not None
        assert (view.resend.state, view.refunded_fen) == (ResendState.SHORT, purchase.price_fen)
        assert [each.units for each in list_short_units(since=NOW)] == [1]
        again = report_out_of_stock(
            actor=purchase.market.clerk, line_id=purchase.line_id, units=1, note="", key="short", now=LATER + HOUR
        )
        assert again.id == refund.id
        assert all_violations() == []

    def test_the_platform_takes_back_what_it_paid(self) -> None:
        purchase = Purchase()
        payable = purchase.payable_fen()
        resent(purchase, CaseReason.DAMAGED)
        report_out_of_stock(
            actor=purchase.market.clerk, line_id=purchase.line_id, units=1, note="", key="short", now=LATER + HOUR
        )
        assert purchase.payable_fen() == payable
        assert Posting.objects.filter(kind="resend").count() == 2
        assert Refund.objects.get().borne_by == Party.PLATFORM.value
        assert all_violations() == []

    def test_the_list_of_shortages_counts_it_once(self) -> None:
        purchase = Purchase()
        resent(purchase)
        for now in (LATER, LATER + HOUR):
            report_short_total(actor=purchase.market.clerk, line_id=purchase.line_id, units=1, now=now)
        assert Refund.objects.get().units == 1
        assert all_violations() == []

    def test_a_part_of_it_cannot_be_reported(self) -> None:
        purchase = Purchase()
        resent(purchase, units=2)
        with pytest.raises(ResendShortInFull):
            report_out_of_stock(
                actor=purchase.market.clerk, line_id=purchase.line_id, units=1, note="", key="short", now=LATER
            )
        assert (line_of(purchase).resending_units, Refund.objects.exists()) == (2, False)
        ship_again(purchase, units=1)
        report_out_of_stock(
            actor=purchase.market.clerk, line_id=purchase.line_id, units=1, note="", key="rest", now=LATER + 2 * HOUR
        )
        line = line_of(purchase)
        assert (line.resent_units, line.resending_units, line.refunded_units) == (1, 0, 1)
        assert all_violations() == []

    def test_nothing_is_offered_for_it(self) -> None:
        purchase = Purchase()
        resent(purchase)
        with pytest.raises(NotASubstitute):
            report_out_of_stock(
                actor=purchase.market.clerk, line_id=purchase.line_id, units=1, note="", key="short",
                substitute_item_id=item_of(purchase.sale_id, purchase.sku), now=LATER,
            )  # fmt: skip
        assert line_of(purchase).resending_units == 1


def test_a_sale_is_not_settled_while_something_is_to_be_sent_again() -> None:
    purchase = Purchase()
    after = NOW + timedelta(days=20)
    close_ended(now=NOW + 49 * HOUR)
    case_id = purchase.open_case(CaseReason.MISSING)
    adjust(actor=purchase.market.ops, sku_id=purchase.sku, units=1, reason="找到", key="found", now=LATER)
    resend(actor=purchase.market.ops, case_id=case_id, now=LATER)
    statement = settlement.generate_statement(actor=purchase.market.finance, sale_id=purchase.sale_id, now=after)
    with pytest.raises(settlement.UnshippedUnitsRemain):
        settle_draft(purchase.market, statement.id, now=after)
    ship_again(purchase)
    statement = settlement.generate_statement(actor=purchase.market.finance, sale_id=purchase.sale_id, now=after)
    settle_draft(purchase.market, statement.id, now=after)
    assert all_violations() == []


def test_the_api_resends_a_case(client: Client) -> None:
    purchase = Purchase()
    case_id = purchase.open_case(CaseReason.MISSING)
    client.force_login(Person.objects.get(pk=purchase.market.ops.own_id))
    with set_to(LATER):
        answer = client.post(f"/api/v1/cases/{case_id}/resend", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["resend"]["state"]) == (200, "to_ship")


def page(client: Client, person_id: int, address: str) -> str:
    client.force_login(Person.objects.get(pk=person_id))
    with set_to(LATER):
        return client.get(address).content.decode()


def test_pages_offer_the_resend_and_show_it_to_everybody(client: Client) -> None:
    purchase = Purchase()
    case_id = purchase.open_case(CaseReason.MISSING)
    ops, clerk = purchase.market.ops.own_id, purchase.market.clerk.own_id
    assert f'value="resend:{case_id}"' in page(client, ops, "/console/cases/")
    assert "补发，不退款" in page(client, ops, f"/console/cases/{case_id}/")
    with set_to(LATER):
        client.post("/console/cases/", {"one": f"resend:{case_id}", "key": "tap"})
    assert Case.objects.get().state == CaseState.RESENT.value
    shipping_page = page(client, clerk, "/portal/shipping/")
    assert "补发 1 件" in shipping_page
    assert Consignment.objects.get().address in shipping_page
    shortage = page(client, clerk, f"/portal/shipping/lines/{purchase.line_id}/shortage/")
    assert "只能一起报" in shortage
    assert "推荐" not in shortage
    returns = page(client, clerk, "/portal/returns/?state=resent")
    assert f"发货单 {Consignment.objects.get().pk} 补发" in returns
    assert Consignment.objects.get().phone not in returns
    assert "1 件，品牌须在" in page(client, purchase.daigou.actor.own_id, f"/shop/cases/{case_id}/")
    assert "待补发 1 件" in page(client, purchase.daigou.actor.own_id, f"/shop/orders/{purchase.order.id}/")


def test_the_form_of_a_case_lets_the_platform_bear_it(client: Client) -> None:
    purchase = Purchase()
    case_id = purchase.open_case(CaseReason.DAMAGED)
    client.force_login(Person.objects.get(pk=purchase.market.ops.own_id))
    with set_to(LATER):
        client.post(
            f"/console/cases/{case_id}/",
            {"form_action": "resend", "resend-fault": "carrier", "resend-borne_by": "platform"},
        )
    assert Resend.objects.get().borne_by == Party.PLATFORM.value
