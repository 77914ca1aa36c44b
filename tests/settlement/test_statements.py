import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.services.refunds import refund_unshipped
from flashsales.services.ending import close_ended
from ledger.rules import AccountKind, AccountRef
from ledger.selectors.accounts import get_balance_fen
from orders.rules.refunds import PaidLine
from orders.selectors.consignments import list_consignments
from orders.selectors.sold import iterate_paid_lines
from orders.services.grab import expire_unpaid
from orders.services.refund import AlreadyShipped
from orders.services.shipping import ship
from settlement import workbook
from settlement.models import StatementItem
from settlement.rules.statements import StatementState, total_lines
from settlement.selectors import statements as statement_selectors
from settlement.selectors.statements import NoSuchStatement, get_statement
from settlement.services import payouts
from settlement.services import statements as services
from tests.builders import HOUR, NOW, Marketplace, approval_by, item_of
from tests.statements import settle_draft
from tests.violations import all_violations

END = NOW + 48 * HOUR
DAY = timedelta(days=1)


def line(units: int, refunded: int, payable: int, commission: int) -> PaidLine:
    return PaidLine(1, 1, "QH1", "黑", "M", units, refunded, payable + commission, payable, commission)


# SETTLE-1
@given(
    st.lists(
        st.tuples(st.integers(1, 50), st.integers(0, 50), st.integers(0, 10**6), st.integers(0, 10**6)).filter(
            lambda each: each[1] <= each[0]
        )
    )
)
def test_total_lines_adds_up_for_all_sold_and_refunded_units(lines: list[tuple[int, int, int, int]]) -> None:
    sums = total_lines(line(*each) for each in lines)
    assert sums.adds_up
    assert sums.payable_fen == sum((units - refunded) * payable for units, refunded, payable, _ in lines)


@pytest.mark.django_db
class TestStatement:
    def sold(self) -> tuple[Marketplace, int]:
        """A sale in which 5 units were sold, one of them refunded, and which is over."""
        market = Marketplace()
        sku = market.sku(units=10, base_price_fen=100_00)
        sale_id = market.sale(sku)
        order = market.paid_order(market.reseller(wallet_fen=3000_00), item_of(sale_id, sku), 5)
        refund_unshipped(actor=market.ops, line_id=order.lines[0].id, units=1, note="", key="r", now=NOW)
        close_ended(now=END)
        return market, sale_id

    def ship_all(self, market: Marketplace) -> None:
        [parcel] = list_consignments(at=END, brand_id=market.brand_id, state="to_ship").items
        ship(actor=market.clerk, consignment_id=parcel.id, carrier="顺丰", tracking_no="SF12345678", now=END)

    def test_generate_statement_adds_up_what_the_brand_is_owed(self) -> None:
        market, sale_id = self.sold()
        view = services.generate_statement(actor=market.finance, sale_id=sale_id, now=END)
        sums = view.totals
        assert (sums.units, sums.refunded_units, sums.payable_fen) == (5, 1, 320_00)
        assert sums.adds_up
        assert sums.payable_fen == get_balance_fen(AccountRef(AccountKind.BRAND_PAYABLE, market.brand_id))
        assert view.settleable_from == NOW + 7 * DAY
        assert all_violations() == []

    def test_generate_statement_before_the_end_or_with_unpaid_orders_is_refused(self) -> None:
        market = Marketplace()
        sku = market.sku()
        sale_id = market.sale(sku)
        market.reseller().grab(item_of(sale_id, sku), now=END - HOUR / 60)
        with pytest.raises(services.SaleNotOver):
            services.generate_statement(actor=market.finance, sale_id=sale_id, now=END - HOUR)
        close_ended(now=END)
        with pytest.raises(services.SaleNotOver) as refused:
            services.generate_statement(actor=market.finance, sale_id=sale_id, now=END)
        assert refused.value.held_units == 1
        expire_unpaid(now=END + HOUR)
        assert services.generate_statement(actor=market.finance, sale_id=sale_id, now=END + HOUR).totals.sold_fen == 0

    # SETTLE-2, 3
    def test_settle_within_the_after_sales_window_is_refused_and_pay_out_happens_once(self) -> None:
        market, sale_id = self.sold()
        view = services.generate_statement(actor=market.finance, sale_id=sale_id, now=END)
        with pytest.raises(services.AfterSalesWindowOpen):
            services.send(actor=market.finance, statement_id=view.id, now=NOW + 7 * DAY - HOUR)
        with pytest.raises(services.UnshippedUnitsRemain) as refused:
            services.send(actor=market.finance, statement_id=view.id, now=NOW + 7 * DAY)
        assert refused.value.units == 4
        self.ship_all(market)
        with pytest.raises(services.AfterSalesWindowOpen):
            services.send(actor=market.finance, statement_id=view.id, now=END + 7 * DAY - HOUR)
        assert not StatementItem.objects.exists()
        settled = settle_draft(market, view.id, now=END + 7 * DAY)
        assert settled.state is StatementState.SETTLED
        assert get_balance_fen(AccountRef(AccountKind.BRAND_PAYABLE, market.brand_id)) == 0
        assert get_balance_fen(AccountRef(AccountKind.BRAND_SETTLED, market.brand_id)) == 320_00
        market.money.pay_out(view.id, "ICBC-1", now=END + 8 * DAY)
        paid = get_statement(view.id)
        assert (paid.state, paid.payout_reference) == (StatementState.PAID, "ICBC-1")
        with pytest.raises(services.InvalidStatementTransition):
            payouts.pay_out(
                actor=market.finance,
                approval=approval_by(market.finance),
                statement_id=view.id,
                reference="ICBC-2",
                key="payout:0/0",
                now=END + 8 * DAY,
            )
        assert get_balance_fen(AccountRef(AccountKind.BRAND_SETTLED, market.brand_id)) == 0
        assert all_violations() == []

    def test_generate_statement_again_computes_a_draft_and_not_a_settled_one(self) -> None:
        market, sale_id = self.sold()
        first = services.generate_statement(actor=market.finance, sale_id=sale_id, now=END)
        line_id = next(iterate_paid_lines(sale_id)).line_id
        refund_unshipped(actor=market.ops, line_id=line_id, units=1, note="", key="r2", now=END)
        again = services.generate_statement(actor=market.finance, sale_id=sale_id, now=END)
        assert (again.id, again.totals.payable_fen) == (first.id, 240_00)

    def test_refund_unshipped_after_settling_is_refused(self) -> None:
        market, sale_id = self.sold()
        self.ship_all(market)
        view = services.generate_statement(actor=market.finance, sale_id=sale_id, now=END)
        settle_draft(market, view.id, now=END + 7 * DAY)
        line_id = next(iterate_paid_lines(sale_id)).line_id
        with pytest.raises(AlreadyShipped):
            refund_unshipped(actor=market.ops, line_id=line_id, units=1, note="", key="r2", now=END + 8 * DAY)
        assert all_violations() == []

    def test_get_statement_for_a_clerk_of_another_brand_is_missing(self) -> None:
        market, sale_id = self.sold()
        view = services.generate_statement(actor=market.finance, sale_id=sale_id, now=END)
        assert statement_selectors.get_statement_for(market.clerk, view.id).id == view.id
        with pytest.raises(NoSuchStatement):
            statement_selectors.get_statement_for(market.new_clerk(market.brand()), view.id)

    def test_write_statement_workbook_has_a_row_per_order_line(self) -> None:
        market, sale_id = self.sold()
        view = services.generate_statement(actor=market.finance, sale_id=sale_id, now=END)
        data = workbook.write_statement_workbook(view)
        values = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
        formulas = openpyxl.load_workbook(io.BytesIO(data))
        rows = list(values["明细"].iter_rows(min_row=2, values_only=True))
        assert [row[13] for row in rows] == [320.0]
        cells: dict[Any, Any] = {row[0]: row[1] for row in values["结算单"].iter_rows(max_col=2, values_only=True)}
        assert cells["应结货款"] == 320.0
        assert cells["成交额"] == cells["退款额"] + cells["佣金"] + cells["应结货款"]
        assert formulas["明细"]["N2"].value == "=(F2-G2)*I2+P2+R2"
