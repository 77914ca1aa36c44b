"""A marketplace that has lived: every state that a check looks at occurs once, made by the services of the service."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import transaction

from accounts.rules import SYSTEM
from aftersales.models.photos import Photo
from aftersales.models.refunds import Substitute
from aftersales.rules import BEARERS, CaseAction, CaseReason, Disposition, Party
from aftersales.selectors.carrier_claims import list_claims
from aftersales.selectors.cases import get_return_options
from aftersales.services import cases, enquiries, exchanges, refunds, rewards, substitutes
from aftersales.services.carrier_claims import record_claim_payment
from aftersales.services.case_refunds import Liability
from aftersales.services.decisions import DecisionDraft, decide
from aftersales.services.fault_reports import (
    FaultFields,
    ReportedLine,
    answer_report,
    create_report,
    erase_reports_of_pages,
    open_case_from_report,
    withdraw_report,
)
from analysis.services import rollups
from bank_statements.rules import CodeOwner, Owner, transfer_code
from bank_statements.services import claims, uploads
from bank_statements.services.claims import ClaimFields
from brands.services import suspend_brand
from closings.services import closing
from events.models import Event
from flashsales.rules.filling import StockFilter
from flashsales.selectors.sales import get_sale
from flashsales.services import ending, planning, publishing
from flashsales.services.draws import enter, hold_draws, set_draw, withdraw_entry
from flashsales.services.sale_jobs import request_fill, request_publication, run_job
from flashsales.services.waiting_list import WaitingLine, ask_for
from flashsales.services.waiting_room import set_waiting_room, take_place
from forwarding.rules.channels import ShareKind
from forwarding.rules.pages import SelectedStyle
from forwarding.rules.wishes import PickedUnits
from forwarding.services import channels, forwards, prices, storefronts, wishes
from imports import reconciliation_sheet
from inventory.models import Sku
from kernel.period import shanghai_date
from membership.selectors.people import require_reseller
from membership.services import invitations
from notices.models import Address, Notice
from notices.rules import Channel, Outcome, OutcomeKind, Topic
from notices.services.choices import Chosen, choose
from notices.services.sending import claim_next, record_outcome
from orders.models.shipping import Consignment
from orders.rules.lines import Take
from orders.selectors.orders import OrderView, get_own_order
from orders.services import grab, payment, recipients, shipping
from orders.uploads import commit, receive
from payments.models import ProviderRefund
from payments.rules.refunds import RefundReport, ReportedRefundState
from payments.services.port import ProvenRefund
from payments.services.refunding import take_refund_report
from settlement.models import StatementItem
from settlement.rules.fees import FeeBasis, FeeKind
from settlement.selectors.disputes import list_disputes
from settlement.services import disputes, fees
from settlement.services import statements as settlement
from settlement.uploads import reading
from settlement.uploads import receive as receive_list
from settlement.uploads.queue import QUEUE
from tests.bank_statements.statements import statement
from tests.builders import HOUR, NOW, PASSWORD, Daigou, Marketplace, item_of
from tests.integrity.invoices import add_invoices
from tests.one_time_codes import one_time_code
from tests.orders import order_files
from tests.payments.made import make_bills, make_differing_payment, make_order_payment, make_payments, make_refunds
from tests.statements import settle_draft
from tests.two_people import ACCOUNT
from treasury.models import MoneyRequest
from treasury.selectors.requests import MoneyRequestView, get_request
from treasury.services import bank_returns, deciding, deposits, entering, provider_money
from treasury.services.adjustments import enter_adjustment, enter_deduction
from treasury.services.late_refunds import enter_late_refund
from treasury.services.withdrawals import request_withdrawal

END = NOW + 48 * HOUR
SETTLED = END + timedelta(days=9)


@dataclass
class World:
    """One brand with sales that were paid out, settled, drawn up, cancelled and are live; a second brand; four resellers."""

    market: Marketplace = field(init=False)
    buyer: Daigou = field(init=False)
    other: Daigou = field(init=False)
    invitee: Daigou = field(init=False)
    other_live: int = field(init=False)

    def __post_init__(self) -> None:
        self.market = Marketplace()
        self.market.brand(name="别家")
        self.buyer, self.other = self.market.reseller(wallet_fen=90_000_00), self.market.reseller(wallet_fen=5000_00)
        self._exchange()
        self._late_payment()
        self._reversed_top_up()
        self._money_out()
        self._bank_statement()
        self._substitute()
        self._cancelled_sale()
        self._fees()
        paid_out, settled, disputed, drawn = (self._ended_sale() for _ in range(4))
        self._end(paid_out, settled, disputed, drawn)
        add_invoices(self.market, self.market.reseller(wallet_fen=900_00), now=NOW, settled_at=SETTLED)
        self.other_live = self.market.sale(self.market.sku(units=6))
        self._resends()
        self._waiting()
        self._waiting_room()
        self._draw()
        self._fault_reports()
        self.live = self.market.sale(self.market.sku(units=60), item_limit=50, limit_units=50)
        self._cases(self.live)
        self._wish(self.live)
        self.buyer.grab(self._item(self.live), 3, key="unpaid")
        # Six units of goods that keep their label are for sale again.
        rerun = planning.rerun(actor=self.market.ops, sale_id=paid_out, starts_at=SETTLED, now=SETTLED)
        self._sale_jobs(rerun.id)
        self._invite()
        self._later(self.live)
        self._notices()
        self._workbook()
        make_payments(self.buyer.id, now=NOW)
        online = self.buyer.grab(self._item(self.other_live), 5, key="online")
        make_order_payment(self.buyer.id, order_id=online.id, total_fen=online.total_fen, now=NOW)
        make_bills(now=NOW)
        self._pay_out_of_provider()
        self._closed_accounts()
        make_refunds(self.market.ops, line_id=online.lines[0].id, now=NOW)
        self._left_open_by_provider(online.lines[0].id)
        rollups.refresh(now=SETTLED)

    def _item(self, sale_id: int) -> int:
        return item_of(sale_id, Sku.objects.get(sale_items__sale=sale_id).pk)

    def _cancelled_sale(self) -> None:
        sale_id = self.market.sale(self.market.sku(units=5))
        ending.cancel(actor=self.market.ops, sale_id=sale_id, reason="品牌要求", now=NOW)

    def _ended_sale(self) -> int:
        """Refunds before shipping for both reasons, an order given up, one that expires after the end, and the rest shipped."""
        sale_id = self.market.sale(self.market.sku(units=20), item_limit=9, limit_units=9)
        order = self.market.paid_order(self.buyer, self._item(sale_id), 5)
        (line,) = order.lines
        refunds.refund_unshipped(actor=self.market.ops, line_id=line.id, units=1, note="", key="mind", now=NOW)
        refunds.report_out_of_stock(actor=self.market.clerk, line_id=line.id, units=1, note="", key="none", now=NOW)
        given_up = self.other.grab(self._item(sale_id), 1)
        grab.cancel_unpaid(actor=self.other.actor, order_id=given_up.id, now=NOW)
        self.other.grab(self._item(sale_id), 2, now=END - HOUR / 60)
        return sale_id

    def _end(self, paid_out: int, settled: int, disputed: int, drawn: int) -> None:
        ending.close_ended(now=END)
        grab.expire_unpaid(now=END + HOUR)
        late = Consignment.objects.filter(lines__sale=paid_out).get()
        (line,) = late.lines.all()
        refunds.refund_unshipped(actor=self.market.ops, line_id=line.pk, units=1, note="", key="late", now=END + HOUR)
        for parcel in Consignment.objects.filter(lines__sale__in=[paid_out, settled, disputed]):
            self._ship(parcel.pk, END + HOUR)
        for sale_id in (paid_out, settled, disputed, drawn):
            assert get_sale(sale_id, at=END + HOUR).closed_at
            view = settlement.generate_statement(actor=self.market.finance, sale_id=sale_id, now=END + HOUR)
            if sale_id == paid_out:
                settle_draft(self.market, view.id, now=SETTLED)
                self.market.money.pay_out(view.id, "ICBC-1", now=SETTLED)
            if sale_id in (settled, disputed):
                self._dispute(view.id)
            if sale_id == disputed:
                self._compare(view.id)
            if sale_id == settled:
                self._settle_after_answer(view.id)
        self._refund_late(paid_out)

    def _fees(self) -> None:
        """Shortage costs ¥3 a unit; nothing is asked for late shipment, but for a day."""
        for kind, amount_fen in ((FeeKind.SHORTAGE, 3_00), (FeeKind.LATE_SHIPMENT, 1_00)):
            fee = fees.FeeDraft(kind, FeeBasis.UNIT, amount_fen, None, None, shanghai_date(NOW))
            fees.enter_fee(actor=self.market.ops, brand_id=self.market.brand_id, fee=fee, now=NOW - timedelta(days=2))
        fees.enter_waiver(
            actor=self.market.ops,
            brand_id=self.market.brand_id,
            kind=FeeKind.LATE_SHIPMENT,
            reason="台风",
            now=NOW,
        )

    def _dispute(self, statement_id: int) -> None:
        """A statement that was sent and of which the brand disputes the line."""
        settlement.send(actor=self.market.finance, statement_id=statement_id, now=SETTLED)
        (item,) = StatementItem.objects.filter(statement=statement_id)
        lines = [disputes.DisputeDraft(item.line_id, item.payable_fen + 7, "少算七分")]
        disputes.dispute(actor=self.market.clerk, statement_id=statement_id, lines=lines, now=SETTLED)

    def _refund_late(self, sale_id: int) -> None:
        """Money back for a line of a statement that was paid; the brand owes its part."""
        item = StatementItem.objects.filter(statement__sale=sale_id, payable_fen__gt=0).order_by("line_id")[0]
        request = enter_late_refund(
            actor=self.market.money.first,
            line_id=item.line_id,
            amount_fen=1_00,
            reason="洗后开线",
            key="late",
            now=SETTLED,
        )
        self.market.money.approve(request, now=SETTLED)

    def _compare(self, statement_id: int) -> None:
        """A list of the brand with another figure for the line of a statement, and a line that the statement does not have."""
        (item,) = StatementItem.objects.filter(statement=statement_id)
        data = f"明细号,应结货款\n{item.line_id},{item.payable_fen / 100 + 1:.2f}\n999999,5.00\n".encode()
        view = receive_list.receive_list(
            actor=self.market.clerk, statement_id=statement_id, filename="list.csv", chunks=[data], now=SETTLED
        )
        job = QUEUE.claim(view.id, now=SETTLED)
        assert job is not None
        reading.finish_reading(job, reconciliation_sheet.read(data, "list.csv"), lambda: SETTLED)

    def _settle_after_answer(self, statement_id: int) -> None:
        (found,) = list_disputes(statement_id)
        answers = [disputes.AnswerDraft(found.id, True, "按品牌数字")]
        disputes.answer(actor=self.market.finance, statement_id=statement_id, answers=answers, now=SETTLED)
        settlement.confirm(actor=self.market.clerk, statement_id=statement_id, now=SETTLED)
        settlement.settle(actor=self.market.finance, statement_id=statement_id, now=SETTLED)

    def _ship(self, consignment_id: int, now: datetime, tracking_no: str = "SF123456") -> None:
        shipping.ship(
            actor=self.market.clerk, consignment_id=consignment_id, carrier="顺丰", tracking_no=tracking_no, now=now
        )

    def _cases(self, sale_id: int) -> None:
        """One case in each state, on a shipped line of nine units; and an order of one that is to be shipped."""
        order = self.market.paid_order(self.buyer, self._item(sale_id), 9)
        self._ship(Consignment.objects.get(order=order.id).pk, NOW)
        ops, buyer = self.market.ops, self.buyer.actor
        lapsed = self._case(order, "lapsed")
        cases.approve(actor=ops, case_id=lapsed, return_address="退货组", now=NOW)
        cases.expire_overdue(now=NOW + timedelta(days=8))
        states = ("returned", "only", "refused", "withdrawn", "agreed", "sent", "received", "asked")
        case = {state: self._case(order, state) for state in states}
        for agreed in ("returned", "agreed", "sent", "received"):
            cases.approve(actor=ops, case_id=case[agreed], return_address="退货组", now=NOW + HOUR)
        for sent in ("returned", "sent", "received"):
            cases.send_back(actor=buyer, case_id=case[sent], carrier="中通", tracking_no="ZT123456", now=NOW + HOUR)
        cases.receive(actor=self.market.clerk, case_id=case["received"], disposition=Disposition.STOCK, now=NOW + HOUR)
        cases.receive_and_refund(actor=ops, case_id=case["returned"], now=NOW + 2 * HOUR)
        cases.reject(actor=ops, case_id=case["refused"], reason="穿过", now=NOW + HOUR)
        cases.withdraw(actor=buyer, case_id=case["withdrawn"], now=NOW + HOUR)
        self._allowances(order)
        self.market.paid_order(self.buyer, self._item(sale_id), 1)

    def _waiting(self) -> None:
        """Two units that came back: one was ordered by her who waited, one is reserved for the other, who waits for two."""
        sku = self.market.sku(units=2)
        item = item_of(self.market.sale(sku), sku)
        holder = self.market.reseller()
        held = [holder.grab(item, 1) for _ in range(2)]
        for daigou, units in ((self.buyer, 1), (self.other, 2)):
            ask_for(actor=daigou.actor, lines=[WaitingLine(item, units)], now=NOW)
        for order in held:
            grab.cancel_unpaid(actor=holder.actor, order_id=order.id, now=NOW)
        self.market.paid_order(self.buyer, item, 1)

    def _waiting_room(self) -> None:
        """A sale that admits one reseller per second, and two who came at its opening."""
        draft = self.market.draft(self.market.sku(units=3))
        set_waiting_room(actor=self.market.ops, sale_id=draft, admission_rate=1, now=NOW)
        publishing.publish(actor=self.market.ops, sale_id=draft, now=NOW)
        for daigou in (self.buyer, self.other):
            take_place(actor=daigou.actor, sale_id=draft, now=NOW)

    def _draw(self) -> None:
        """A draw of three units, for which two entered with two each after one had withdrawn; the second in the order got one."""
        sku = self.market.sku(units=3, style_no="DRAWN")
        draft = self.market.draft(sku)
        set_draw(actor=self.market.ops, sale_id=draft, entry_minutes=10, codes=["DRAWN"], now=NOW)
        publishing.publish(actor=self.market.ops, sale_id=draft, now=NOW)
        item = item_of(draft, sku)
        enter(actor=self.buyer.actor, item_id=item, units=2, now=NOW)
        number = enter(actor=self.other.actor, item_id=item, units=1, now=NOW)
        withdraw_entry(actor=self.other.actor, number=number, now=NOW)
        enter(actor=self.other.actor, item_id=item, units=2, now=NOW)
        hold_draws(now=NOW + HOUR / 6)

    def _resends(self) -> None:
        """A line of which one unit was sent again, one could not be, both paid by the platform, and one is to be sent again."""
        sku = self.market.sku(units=9)
        order = self.market.paid_order(self.buyer, item_of(self.market.sale(sku), sku), 5)
        consignment = Consignment.objects.get(order=order.id)
        self._ship(consignment.pk, NOW, "SF900001")
        paid = Liability(Party.PLATFORM, Party.PLATFORM, "打包漏放")
        self._resend(order, "again", paid)
        self._ship(consignment.pk, NOW + 3 * HOUR, "SF900002")
        self._resend(order, "none left", paid)
        (line,) = order.lines
        clerk = self.market.clerk
        refunds.report_out_of_stock(actor=clerk, line_id=line.id, units=1, note="", key="no", now=NOW + 3 * HOUR)
        self._resend(order, "waiting", Liability())

    def _resend(self, order: OrderView, key: str, liability: Liability) -> None:
        case_id = self._case(order, f"resend {key}", reason=CaseReason.MISSING)
        [result] = decide(
            actor=self.market.ops,
            decisions=[
                DecisionDraft(
                    case_id,
                    CaseAction.RESEND,
                    fault=liability.fault,
                    borne_by=liability.borne_by,
                    liability_reason=liability.reason,
                )
            ],
            key=f"resend {key}",
            now=NOW + 3 * HOUR,
        )
        assert result.is_done, result

    def _exchange(self) -> None:
        sizes = [self.market.sku(units=4, style_no="K1", size=size) for size in ("M", "L")]
        sale_id = self.market.sale(*sizes)
        (line,) = self.market.paid_order(self.buyer, item_of(sale_id, sizes[0]), 2).lines
        exchanges.exchange(
            actor=self.buyer.actor, line_id=line.id, item_id=item_of(sale_id, sizes[1]), units=1, key="x", now=NOW
        )

    def _substitute(self) -> None:
        sizes = [self.market.sku(units=4, style_no="K2", size=size) for size in ("M", "L")]
        sale_id = self.market.sale(*sizes)
        items = [item_of(sale_id, sku) for sku in sizes]
        (line,) = self.market.paid_order(self.other, items[0], 2).lines
        refunds.report_out_of_stock(
            actor=self.market.clerk,
            line_id=line.id,
            units=1,
            note="",
            key="short",
            substitute_item_id=items[1],
            now=NOW,
        )
        substitutes.accept_substitute(
            actor=self.other.actor,
            substitute_id=Substitute.objects.get().pk,
            expected_price_fen=line.price_fen,
            now=NOW,
        )

    def _reversed_top_up(self) -> None:
        """A top-up that was typed wrong and taken back, its reference booked again, and one that waits."""
        money = self.market.money
        wrong = money.top_up(self.other.id, 70_00, "CCB-1", now=NOW)
        entered = entering.enter_reversal(actor=money.first, request_id=wrong.id, reason="金额录错", now=NOW)
        money.approve(entered, now=NOW)
        money.top_up(self.other.id, 7_00, "CCB-1", now=NOW)
        entering.enter_top_up(actor=money.first, reseller_id=self.other.id, amount_fen=1, reference="CCB-2", now=NOW)

    def _money_out(self) -> None:
        """Withdrawals in every state, a deposit that goes back, and one that came back."""
        money, her = self.market.money, self.buyer
        money.account_of_reseller(her.id, now=NOW)
        money.bank_account(brand_id=self.market.brand_id, now=NOW)
        asked = [
            request_withdrawal(actor=her.actor, amount_fen=20_00 + number, key=f"out-{number}", now=NOW)
            for number in range(6)
        ]
        deciding.cancel(actor=her.actor, request_id=asked[0].id, now=NOW)
        for each in asked[2:]:
            money.approve(each, now=NOW)
        money.deposit(self.market.brand_id, 30_00, "CCB-8", now=NOW)
        first, back = (self._deposit_back(amount_fen) for amount_fen in (10_00, 20_00))
        assert first.id < back.id
        money.transfer([asked[2].id, back.id], "OUT-1", now=NOW)
        money.return_from_bank(back.id, now=NOW)
        money.batch([asked[3].id], now=NOW)
        stopped = bank_returns.enter_bank_return(actor=money.first, request_id=asked[4].id, reason="本人要求", now=NOW)
        money.approve(stopped, now=NOW)
        for is_credit in (True, False):
            entered = enter_adjustment(
                actor=money.first,
                reseller_id=her.id,
                amount_fen=3_00,
                is_credit=is_credit,
                reason="补偿",
                key=f"adjust-{is_credit}",
                now=NOW,
            )
            money.approve(entered, now=NOW)
        for beneficiary_id in (None, her.id):
            entered = enter_deduction(
                actor=money.first,
                brand_id=self.market.brand_id,
                amount_fen=2_00,
                reason="超时发货",
                evidence="发货单 1",
                beneficiary_id=beneficiary_id,
                key=f"deduct-{beneficiary_id}",
                now=NOW,
            )
            money.approve(entered, now=NOW)
        # The deposit is whole again.
        money.deposit(self.market.brand_id, 4_00, "CCB-9", now=NOW)
        # The account of the brand did not take the money; statements are paid to another.
        fields = replace(ACCOUNT, number="3310010120010000999")
        money.bank_account(brand_id=self.market.brand_id, fields=fields, now=SETTLED)

    def _deposit_back(self, amount_fen: int) -> MoneyRequestView:
        money, brand_id = self.market.money, self.market.brand_id
        entered = deposits.enter_deposit_return(
            actor=money.first,
            brand_id=brand_id,
            amount_fen=amount_fen,
            reason="多交",
            key=f"back-{amount_fen}",
            now=NOW,
        )
        return money.approve(entered, now=NOW)

    def _left_open_by_provider(self, line_id: int) -> None:
        """A refund that the provider cannot pay out, which stays in her wallet, and money of another amount that arrived."""
        refunds.refund_unshipped(actor=self.market.ops, line_id=line_id, units=1, note="", key="online4", now=NOW)
        row = ProviderRefund.objects.latest("pk")
        report = RefundReport(row.number, ReportedRefundState.ABNORMAL, row.payment.number, "509", row.amount_fen)
        take_refund_report(refund_id=row.pk, proven=ProvenRefund(report, "{}"), now=NOW)
        money = self.market.money
        entered = provider_money.enter_abnormal_refund(
            actor=money.first, refund_id=row.pk, to_bank=False, reason="卡已注销", now=NOW
        )
        money.approve(entered, now=NOW)
        payment_id = make_differing_payment(self.buyer.id, amount_fen=90_00, arrived_fen=80_00, now=NOW)
        entered = provider_money.enter_differing_payment(
            actor=money.first, payment_id=payment_id, to_source=False, reason="少付", now=NOW
        )
        money.approve(entered, now=NOW)

    def _closed_accounts(self) -> None:
        """A reseller and a brand whose accounts were closed, the reseller with money."""
        money = self.market.money
        leaving, brand_id = self.market.reseller(wallet_fen=12_00), self.market.brand(commission_rate="0.1")
        self.market.new_clerk(brand_id)
        money.account_of_reseller(leaving.id, now=NOW)
        money.bank_account(brand_id=brand_id, now=NOW)
        suspend_brand(actor=self.market.ops, brand_id=brand_id, reason="到期", now=NOW)
        asked = [
            closing.request_own_closing(actor=leaving.actor, reason="不做了", key="leave", now=NOW),
            closing.request_closing_of_brand(actor=money.first, brand_id=brand_id, reason="到期", key="end", now=NOW),
        ]
        for number, each in enumerate(asked):
            at = NOW + timedelta(minutes=number + 5)
            code = one_time_code(money.second, now=at)
            closing.approve_closing(actor=money.second, closing_id=each.id, code=code, now=at)

    def _pay_out_of_provider(self) -> None:
        """The line of a pay-out that the bill has booked."""
        data = statement({"fen": 50_00, "name": "财付通支付科技有限公司", "ref": "P1"})
        view = uploads.upload_statement(actor=self.market.finance, filename="b.xlsx", chunks=[data], now=NOW)
        uploads.commit_upload(actor=self.market.finance, upload_id=view.id, ticked={}, now=NOW)

    def _bank_statement(self) -> None:
        """Two transfers that a bank statement shows, one of which she registered: booked."""
        claim = ClaimFields(30_00, NOW.date(), "王小美", "")
        claims.make_claim(actor=self.other.actor, fields=claim, now=NOW)
        whose = CodeOwner(Owner.RESELLER, self.other.id)
        remark = transfer_code(whose)
        data = statement({"fen": 30_00, "remark": remark}, {"fen": 40_00, "remark": remark})
        view = uploads.upload_statement(actor=self.market.finance, filename="a.xlsx", chunks=[data], now=NOW)
        ticked = {0: whose, 1: whose}
        uploads.commit_upload(actor=self.market.finance, upload_id=view.id, ticked=ticked, now=NOW)
        for request in MoneyRequest.objects.filter(reference__in=("C1", "C2")):
            self.market.money.approve(get_request(request.pk), now=NOW)

    def _late_payment(self) -> None:
        sku = self.market.sku(units=4)
        order = self.other.grab(item_of(self.market.sale(sku), sku), key="late")
        later = NOW + HOUR
        grab.expire_unpaid(now=later)
        self.market.money.top_up(self.other.id, 100_00, "ICBC-0", order_id=order.id, now=later)

    def _case(self, order: OrderView, key: str, now: datetime = NOW, *, reason: CaseReason = CaseReason.FAULTY) -> int:
        return cases.open_case(
            actor=self.buyer.actor, line_id=order.lines[0].id, units=1, reason=reason, evidence="脱线", key=key, now=now
        ).id  # fmt: skip

    def _allowances(self, order: OrderView) -> None:
        """A part of the price at the cost of each who can bear it; decided with one request for each, as one line has one unit left."""
        for party in BEARERS:
            draft = DecisionDraft(
                self._case(order, f"allowed {party}", NOW + HOUR),
                CaseAction.REFUND_ONLY,
                amount_fen=7_77,
                borne_by=party,
                liability_reason="协商",
            )
            decide(actor=self.market.ops, decisions=[draft], key="bulk", now=NOW + HOUR)
        [claim] = list_claims().items
        record_claim_payment(
            actor=self.market.finance, claim_id=claim.id, amount_fen=7_00, reference="赔付", now=NOW + HOUR
        )

    def _fault_reports(self) -> None:
        """A report of a fault that waits with a photo, one that became a case, and one in each other state."""
        sku = self.market.sku(units=8)
        order = self.market.paid_order(self.buyer, item_of(self.market.sale(sku), sku), 6)
        self._ship(Consignment.objects.get(order=order.id).pk, NOW, "SF900003")
        (line,), later = order.lines, NOW + 2 * HOUR
        for state in ("case", "answered", "withdrawn", "expired", "open"):
            option = get_return_options(get_own_order(self.buyer.id, order.id), at=later)[line.id]
            reported = ReportedLine(self.buyer.id, order.id, "K3", option, max_units=2)
            photo = Photo(
                person_id=self.buyer.actor.own_id, sha256=state.ljust(64, "0"), width=1, height=1, size_bytes=1,
                is_from_customer=True, stored_at=later,
            )  # fmt: skip
            with transaction.atomic():
                report_id = create_report(
                    reported, source=f"wish:{state}", fields=FaultFields(1, "faulty", "脱线", may_reuse=True), photos=[photo],
                    network="", key="k", now=later,
                )  # fmt: skip
                if state == "withdrawn":
                    withdraw_report(source="wish:withdrawn", report_id=report_id, now=later)
                if state == "expired":
                    erase_reports_of_pages(["wish:expired"], now=later)
            if state == "case":
                open_case_from_report(actor=self.buyer.actor, report_id=report_id, now=later)
            if state == "answered":
                answer_report(actor=self.buyer.actor, report_id=report_id, answer="好", now=later)

    def _wish(self, sale_id: int) -> None:
        style_id = Sku.objects.get(sale_items__sale=sale_id).style_id
        storefronts.open_storefront(actor=self.buyer.actor, now=NOW)
        prices.set_retail_price(actor=self.buyer.actor, sale_id=sale_id, style_id=style_id, price_fen=300_00, now=NOW)
        page = forwards.create_forward(actor=self.buyer.actor, sale_id=sale_id, style_id=style_id, now=NOW)
        forwards.count_view(forward_id=page.id, visitor="v", channel="g", now=NOW)
        channels.record_share(actor=self.buyer.actor, forward_id=page.id, kind=ShareKind.TEXT, channel="g", now=NOW)
        token = page.token
        wish = wishes.create_wish(
            token=token, lines=[PickedUnits(self._item(sale_id), 1)], fields=wishes.WishFields("王小姐"), visitor="v", network="",
            key="k", now=NOW,
        )  # fmt: skip
        order = self.buyer.grab(self._item(sale_id), 1, key="wish")
        wishes.link_order(actor=self.buyer.actor, wish_id=wish.id, order_id=order.id, now=NOW)
        self._selection(sale_id, style_id)

    def _notices(self) -> None:
        """One notice that was sent; she takes one a day, outside quiet hours, and has wanted them for two hours."""
        chosen = Chosen(
            [(Topic.WISH, Channel.MAIL)], 22 * 60, 8 * 60, urgent_passes=False, max_per_day=1, language="zh"
        )
        choose(actor=self.buyer.actor, chosen=chosen, now=NOW - 2 * HOUR)
        person_id = self.buyer.actor.own_id
        Address.objects.create(
            person_id=person_id, channel="mail", value="amy@example.com", added_at=NOW - HOUR, verified_at=NOW - HOUR
        )
        event = Event.objects.get(kind="wish_created")
        Notice.objects.create(
            event_id=event.pk, person_id=person_id, channel="mail", topic="wish", subject_kind=event.subject_kind,
            subject_id=event.subject_id, occurred_at=event.occurred_at, created_at=NOW, due_at=NOW, next_attempt_at=NOW,
        )  # fmt: skip
        claim = claim_next(channels=[Channel.MAIL], is_on=[Channel.MAIL], now=NOW)
        assert claim is not None
        record_outcome(claim=claim, outcome=Outcome(OutcomeKind.SENT, "250"), now=NOW)

    def _selection(self, sale_id: int, style_id: int) -> None:
        """A forward of a style of this sale and a style of another one."""
        other_id = self.other_live
        other = SelectedStyle(other_id, Sku.objects.get(sale_items__sale=other_id).style_id)
        prices.set_retail_price(
            actor=self.buyer.actor, sale_id=other_id, style_id=other.style_id, price_fen=300_00, now=NOW
        )
        chosen = [SelectedStyle(sale_id, style_id), other]
        forwards.create_selection_forward(actor=self.buyer.actor, styles=chosen, now=NOW)

    def _invite(self) -> None:
        code = invitations.issue_code(actor=self.buyer.actor, uses=2, now=NOW)
        actor = invitations.join(login="invitee", name="被邀请人", password=PASSWORD, code=code.code, now=NOW)
        recipient = recipients.add_recipient(
            actor=actor, name="李小美", phone="13800138001", address="浙江省杭州市西湖区文三路 2 号", now=NOW
        )
        self.invitee = Daigou(actor, require_reseller(actor).id, recipient.id)
        self.market.top_up(self.invitee, 2000_00)
        order = self.market.paid_order(self.invitee, self._item(self.live), 2)
        self._ship(Consignment.objects.get(order=order.id).pk, NOW, "SF7654321")
        rewards.grant_due_rewards(actor=SYSTEM, now=NOW + timedelta(days=40))

    def _later(self, sale_id: int) -> None:
        """Two hours after the first event: an order of four, one short, three shipped; a case that is refunded and one that is rejected."""
        now, ops, buyer = NOW + 2 * HOUR, self.market.ops, self.buyer.actor
        order = self.buyer.grab(self._item(sale_id), 4, key="later", now=now)
        (line,) = payment.pay(actor=buyer, order_id=order.id, now=now).lines
        refunds.report_out_of_stock(actor=self.market.clerk, line_id=line.id, units=1, note="", key="later", now=now)
        self._ship(Consignment.objects.get(order=order.id).pk, now, "SF5550001")
        refunded, rejected = (self._case(order, f"later {number}", now) for number in range(2))
        approval = DecisionDraft(refunded, CaseAction.APPROVE, return_address="退货组")
        decide(actor=ops, decisions=[approval], key="approve", now=now)
        cases.send_back(actor=buyer, case_id=refunded, carrier="中通", tracking_no="ZT555001", now=now)
        drafts = [DecisionDraft(refunded, CaseAction.REFUND), DecisionDraft(rejected, CaseAction.REJECT, reason="穿过")]
        decide(actor=ops, decisions=drafts, key="end", now=now + HOUR)
        enquiries.open_enquiry(actor=buyer, text="什么时候发货", order_id=order.id, key="asked", now=now)

    def _sale_jobs(self, sale_id: int) -> None:
        """A filling that found nothing, and a publication that waits."""
        nothing = request_fill(
            actor=self.market.ops, sale_id=sale_id, filters=StockFilter(search="nothing"), now=SETTLED
        )
        run_job(job_id=nothing.id, clock=lambda: SETTLED)
        request_publication(actor=self.market.ops, sale_id=sale_id, now=SETTLED)

    def _workbook(self) -> None:
        """A workbook of orders with one line that is left out, committed; and one that waits in its preview."""
        sku_id = Sku.objects.get(sale_items__sale=self.live).pk
        rows = [order_files.line(sku_id, 2, recipient=f"顾客{name}") for name in "甲乙丙"]
        upload = order_files.preview(self.invitee, *rows, now=NOW)
        receive.leave_out(actor=self.invitee.actor, upload_id=upload.id, numbers=[3], now=NOW)
        commit.commit_upload(actor=self.invitee.actor, upload_id=upload.id, take=Take.ALL, now=NOW)
        order_files.preview(self.invitee, order_files.line(sku_id, recipient="顾客丁"), now=NOW)
