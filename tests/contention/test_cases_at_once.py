"""Acts upon one case or line that meet: refund, decision, receipt, another case, shortage (AFTER-6, 9, 12). None happens twice."""

from datetime import timedelta
from functools import partial

import pytest
from pytest_django import Settings

from aftersales.models.cases import Case, Decision, Resend
from aftersales.models.refunds import Refund
from aftersales.rules import CaseAction, CaseReason, Disposition, Party
from aftersales.services import cases, refunds
from aftersales.services.case_refunds import Liability
from aftersales.services.decisions import DecisionDraft, decide
from aftersales.services.resending import resend
from flashsales.rules.freight import FreightTerms, ReturnPayer
from inventory.models import Movement
from kernel.refusal import Refusal
from orders.models.lines import OrderLine
from orders.models.shipping import Consignment
from orders.selectors.orders import get_own_order, get_wallet_balance_fen
from orders.services import shipping
from orders.services.payment import pay
from tests.aftersales.purchases import DAY, HOME, SHIPPED, Purchase
from tests.builders import NOW, item_of
from tests.contention.concurrency import THREADS, run_concurrently, while_uncommitted
from tests.orders.test_freight import FreightSale
from tests.violations import all_violations

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]


def done(answers: list[object]) -> int:
    return sum(not isinstance(answer, Refusal) for answer in answers)


def test_one_case_refunded_whole_and_in_parts_at_once_is_refunded_once() -> None:
    purchase = Purchase()
    case_id, before = purchase.sent_back_case(units=3), get_wallet_balance_fen(purchase.daigou.id)
    ops, now = purchase.market.ops, SHIPPED + 2 * DAY
    amounts = [None, 50_00, 100_00, None] * 3
    run_concurrently(
        [
            lambda amount=amount: cases.receive_and_refund(  # type: ignore[misc]
                actor=ops, case_id=case_id, amount_fen=amount, now=now
            )
            for amount in amounts
        ]
    )
    refund = Refund.objects.get()
    assert get_wallet_balance_fen(purchase.daigou.id) == before + refund.amount_fen
    assert all_violations() == []


def test_allowances_of_many_cases_on_one_line_never_exceed_what_was_paid(settings: Settings) -> None:
    settings.REFUND_ONLY_MAX_FEN = 1000_00
    purchase = Purchase(units=4)
    ids = [purchase.open_case(key=str(n)) for n in range(4)]
    ops = purchase.market.ops
    bearers = [Party.BRAND, Party.PLATFORM, Party.CARRIER, Party.BRAND]
    answers = run_concurrently(
        [
            lambda case_id=case_id, bearer=bearer: cases.refund_only(  # type: ignore[misc]
                actor=ops, case_id=case_id, amount_fen=99_99, liability=Liability(borne_by=bearer, reason="协商"), now=SHIPPED
            )
            for case_id, bearer in zip(ids, bearers, strict=True)
        ]
    )  # fmt: skip
    assert done(answers) == 4
    assert get_own_order(purchase.daigou.id, purchase.order.id).refunded_fen == 4 * 99_99
    assert all_violations() == []


def test_small_refunds_of_many_cases_on_one_line_at_once_keep_its_limit() -> None:
    purchase = Purchase(units=4)
    ids = [purchase.open_case(key=str(n)) for n in range(4)]
    ops = purchase.market.ops
    answers = run_concurrently(
        [
            lambda case_id=case_id: cases.refund_only(actor=ops, case_id=case_id, amount_fen=40_00, now=SHIPPED)  # type: ignore[misc]
            for case_id in ids
        ]
    )
    assert done(answers) == 2
    assert get_own_order(purchase.daigou.id, purchase.order.id).refunded_fen == 80_00
    assert all_violations() == []


def test_a_case_is_sent_again_or_refunded_and_never_both() -> None:
    purchase = Purchase(units=4)
    market, consignment = purchase.market, Consignment.objects.get()
    for turn in range(4):
        case_id = purchase.open_case(CaseReason.MISSING, key=str(turn))
        answers = run_concurrently(
            [
                lambda: resend(actor=market.ops, case_id=case_id, now=SHIPPED),  # noqa: B023
                lambda: cases.refund_only(actor=market.ops, case_id=case_id, now=SHIPPED),  # noqa: B023
                lambda: cases.reject(actor=market.ops, case_id=case_id, reason="不符", now=SHIPPED),  # noqa: B023
                lambda: cases.withdraw(actor=purchase.daigou.actor, case_id=case_id, now=SHIPPED),  # noqa: B023
            ]
        )
        assert done(answers) == 1
        assert Case.objects.get(pk=case_id).ended_at is not None
        if OrderLine.objects.get().resending_units:
            number = f"SF77777{turn}"
            shipping.ship(
                actor=market.clerk, consignment_id=consignment.pk, carrier="顺丰", tracking_no=number, now=SHIPPED
            )
    assert all_violations() == []


def test_the_last_unit_is_sent_again_or_grabbed_and_two_cases_of_a_line_are_not_both_sent() -> None:
    purchase = Purchase(units=9)
    item_id, stranger = item_of(purchase.sale_id, purchase.sku), purchase.market.reseller(wallet_fen=500_00)
    first, second = (purchase.open_case(CaseReason.MISSING, key=key) for key in "ab")
    ops = purchase.market.ops
    answers = run_concurrently(
        [
            lambda: resend(actor=ops, case_id=first, now=SHIPPED),
            lambda: resend(actor=ops, case_id=second, now=SHIPPED),
            lambda: stranger.grab(item_id, 1, key="last", now=SHIPPED),
        ]
    )
    assert done(answers) == 1
    assert Resend.objects.count() <= 1
    assert all_violations() == []


def test_a_resend_is_shipped_or_short_and_never_both() -> None:
    purchase = Purchase()
    case_id, market = purchase.open_case(CaseReason.MISSING), purchase.market
    resend(actor=market.ops, case_id=case_id, now=SHIPPED)
    consignment = Consignment.objects.get()
    answers = run_concurrently(
        [
            lambda: shipping.ship(
                actor=market.clerk, consignment_id=consignment.pk, carrier="顺丰", tracking_no="SF777777", now=SHIPPED
            ),
            lambda: refunds.report_out_of_stock(
                actor=market.clerk, line_id=purchase.line_id, units=1, note="", key="short", now=SHIPPED
            ),
        ]
    )
    line = OrderLine.objects.get()
    assert done(answers) == 1
    assert (line.resending_units, line.resent_units + line.refunded_units) == (0, 1)
    assert all_violations() == []


def test_the_same_request_at_once_decides_each_case_once() -> None:
    purchase = Purchase(units=4)
    drafts = [
        DecisionDraft(purchase.open_case(key="a"), CaseAction.APPROVE, return_address=HOME),
        DecisionDraft(purchase.open_case(key="b"), CaseAction.REFUND_ONLY, amount_fen=20_00),
        DecisionDraft(purchase.open_case(key="c"), CaseAction.REJECT, reason="不符"),
    ]
    before, ops = get_wallet_balance_fen(purchase.daigou.id), purchase.market.ops
    answers = run_concurrently(
        [lambda: decide(actor=ops, decisions=drafts, key="bulk", now=SHIPPED) for _ in range(THREADS)]
    )
    results = [each for answer in answers if isinstance(answer, list) for each in answer]
    assert len(results) == 3 * THREADS
    assert all(each.is_done for each in results), results
    assert (Decision.objects.count(), Refund.objects.count()) == (3, 1)
    assert get_wallet_balance_fen(purchase.daigou.id) == before + 20_00
    assert all_violations() == []


def test_approve_reject_refund_and_withdraw_at_once_leave_one_outcome() -> None:
    purchase = Purchase(units=4)
    for turn in range(4):
        case_id, ops = purchase.open_case(key=str(turn)), purchase.market.ops
        answers = run_concurrently(
            [
                lambda: cases.approve(actor=ops, case_id=case_id, return_address=HOME, now=SHIPPED),  # noqa: B023
                lambda: cases.reject(actor=ops, case_id=case_id, reason="不符", now=SHIPPED),  # noqa: B023
                lambda: cases.refund_only(actor=ops, case_id=case_id, amount_fen=10_00, now=SHIPPED),  # noqa: B023
                lambda: cases.withdraw(actor=purchase.daigou.actor, case_id=case_id, now=SHIPPED),  # noqa: B023
            ]
        )
        state = Case.objects.get(pk=case_id).state
        # A request that was approved can still be withdrawn.
        assert done(answers) == 1 or (done(answers) == 2 and state == "withdrawn")
    assert all_violations() == []


def test_receipts_and_refunds_at_once_count_the_goods_as_stock_once() -> None:
    purchase = Purchase()
    case_id = purchase.sent_back_case(units=2)
    market, now = purchase.market, SHIPPED + 2 * DAY
    run_concurrently(
        [
            lambda: cases.receive(actor=market.clerk, case_id=case_id, disposition=Disposition.STOCK, now=now),
            lambda: cases.receive(actor=market.ops, case_id=case_id, disposition=Disposition.STOCK, now=now),
            lambda: cases.receive_and_refund(actor=market.ops, case_id=case_id, disposition=Disposition.STOCK, now=now),
            lambda: cases.receive_and_refund(actor=market.ops, case_id=case_id, now=now),
        ]
    )
    case = Case.objects.get()
    moved = sum(Movement.objects.filter(kind="returned").values_list("on_hand_delta", flat=True))
    assert moved == (2 if case.disposition == "stock" else 0)
    assert Refund.objects.count() == 1
    assert all_violations() == []


def test_a_shipment_a_shortage_and_a_refund_before_shipping_share_the_units_of_a_line() -> None:
    purchase = Purchase(units=3, ship=False)
    market, consignment = purchase.market, Consignment.objects.get()
    answers = run_concurrently(
        [
            lambda: shipping.ship(
                actor=market.clerk, consignment_id=consignment.pk, carrier="顺丰", tracking_no="SF123456", now=SHIPPED
            ),
            lambda: refunds.report_out_of_stock(
                actor=market.clerk, line_id=purchase.line_id, units=2, note="", key="short", now=SHIPPED
            ),
            lambda: refunds.refund_unshipped(
                actor=market.ops, line_id=purchase.line_id, units=2, note="", key="mind", now=SHIPPED
            ),
            lambda: purchase.open_case(units=2),
        ]
    )
    assert done(answers) >= 1
    line = get_own_order(purchase.daigou.id, purchase.order.id).lines[0]
    assert line.refunded_units <= line.units
    assert all_violations() == []


def test_two_cases_for_the_same_units_at_once_open_one() -> None:
    purchase = Purchase()
    answers = run_concurrently([lambda n=n: purchase.open_case(units=3, key=f"k{n}") for n in range(THREADS)])  # type: ignore[misc]
    assert (done(answers), Case.objects.count()) == (1, 1)
    assert all_violations() == []


# AFTER-22
def test_the_freight_of_one_parcel_is_paid_once_for_two_cases_refunded_at_once() -> None:
    shop = FreightSale(FreightTerms(return_fen=10_00, fault_payer=ReturnPayer.PLATFORM))
    ids = []
    for key in ("a", "b"):
        order = pay(actor=shop.daigou.actor, order_id=shop.place(1, key=key).id, now=NOW)
        parcel = Consignment.objects.get(order_id=order.id)
        shipping.ship(
            actor=shop.market.clerk, consignment_id=parcel.pk, carrier="顺丰速运", tracking_no=f"SF90000{key}1", now=NOW
        )
        case = cases.open_case(
            actor=shop.daigou.actor,
            line_id=order.lines[0].id,
            units=1,
            reason=CaseReason.FAULTY,
            evidence="开线",
            key=key,
            now=NOW,
        )
        cases.approve(actor=shop.market.ops, case_id=case.id, return_address="杭州市 1 号", now=NOW)
        cases.send_back(
            actor=shop.daigou.actor, case_id=case.id, carrier="顺丰速运", tracking_no="SF1234567890999", now=NOW
        )
        ids.append(case.id)
    first, second = (
        partial(cases.receive_and_refund, actor=shop.market.ops, case_id=case_id, now=NOW + timedelta(hours=3))
        for case_id in ids
    )
    answer = while_uncommitted(first, second)
    assert not isinstance(answer, Refusal)
    assert sorted(Refund.objects.values_list("return_freight_fen", flat=True)) == [0, 10_00]
    assert all_violations() == []
