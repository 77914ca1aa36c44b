"""A workbook becomes one order with one payment (WORKBOOK-5), and is kept only as long as needed (WORKBOOK-7, WORKBOOK-8)."""

import io
import os
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import openpyxl
import pytest
from django.conf import settings as django_settings

from flashsales.models import RoomTicket, SaleItem, WaitingRoom
from flashsales.services.waiting_room import take_place
from integrity.selectors.checks import violations_of
from kernel.refusal import Refusal
from ledger.rules import AccountKind, AccountRef
from ledger.selectors.accounts import get_balance_fen
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.recipients import Recipient
from orders.models.uploads import OrderUpload, OrderUploadLine
from orders.rules.lines import Take
from orders.rules.states import OrderState
from orders.rules.uploads import OrderUploadState
from orders.services import payment
from orders.uploads import commit, erase, receive, selectors
from orders.uploads.commit import CommitView, Repeats, commit_upload
from orders.uploads.template import order_template
from storage.files import content_key, get_store
from tests.builders import NOW, Daigou, Marketplace, item_of, units_of
from tests.orders.order_files import line, lines_of, preview, table

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Marketplace:
    return Marketplace()


@pytest.fixture
def daigou(market: Marketplace) -> Daigou:
    return market.reseller(wallet_fen=5000_00)


def ordered(daigou: Daigou, upload_id: int, take: Take = Take.ALL, **options: object) -> CommitView:
    return commit_upload(actor=daigou.actor, upload_id=upload_id, take=take, now=NOW, **options)  # type: ignore[arg-type]


def balance_fen(daigou: Daigou) -> int:
    return get_balance_fen(AccountRef(AccountKind.WALLET, daigou.id))


def stored_at(key: str, at: datetime) -> None:
    """Make a file of the store as old as the test's time has it."""
    os.utime(Path(urlsplit(django_settings.STORAGE_URL).path) / key, (at.timestamp(), at.timestamp()))


def nothing_ordered(daigou: Daigou) -> bool:
    return (Order.objects.count(), Recipient.objects.count(), balance_fen(daigou)) == (0, 1, 5000_00)


def test_commit_places_and_pays_one_order_and_enters_the_recipients(market: Marketplace, daigou: Daigou) -> None:
    skus = [market.sku(units=9) for _ in range(2)]
    sale_id = market.sale(*skus)
    rows = [line(skus[0], 2, remark="送礼"), line(skus[1], recipient="李姐", order_ref="A-1")]
    view = preview(daigou, *rows)
    result = ordered(daigou, view.id, expected_total_fen=view.totals.total_fen)
    assert (result.order.state, result.payment_refusal) == (OrderState.PAID, None)
    assert (result.upload.state, result.upload.order_id) == (OrderUploadState.COMMITTED, result.order.id)
    assert balance_fen(daigou) == 5000_00 - view.totals.total_fen
    assert {(each.recipient.name, each.units, each.remark) for each in result.order.lines} == {
        ("王芳", 2, "送礼"),
        ("李姐", 1, ""),
    }
    assert units_of(item_of(sale_id, skus[0])) == (9, 7, 0, 2)
    assert set(Recipient.objects.values_list("name", flat=True)) == {"王小美", "王芳", "李姐"}
    assert [each.ordered_units for each in lines_of(daigou, view.id)] == [2, 1]
    assert violations_of("orders") == []


def test_commit_again_returns_the_same_order(market: Marketplace, daigou: Daigou) -> None:
    sku = market.sku(units=9)
    market.sale(sku)
    view = preview(daigou, line(sku, 2))
    first = ordered(daigou, view.id)
    paid_fen = balance_fen(daigou)
    again = ordered(daigou, view.id, Take.WHAT_IS_LEFT, expected_total_fen=1)
    assert (again.order.id, Order.objects.count(), balance_fen(daigou)) == (first.order.id, 1, paid_fen)


def test_commit_all_orders_nothing_where_a_line_is_short(market: Marketplace, daigou: Daigou) -> None:
    skus = [market.sku(units=2), market.sku(units=9)]
    market.sale(*skus)
    view = preview(daigou, line(skus[0], 3), line(skus[1], recipient="李姐"))
    with pytest.raises(commit.WorkbookIncomplete) as refused:
        ordered(daigou, view.id)
    assert [(each["row"], each["code"]) for each in refused.value.lines] == [(2, "flashsales.sold_out")]
    assert nothing_ordered(daigou)
    result = ordered(daigou, view.id, Take.WHAT_IS_LEFT, expected_total_fen=view.totals.left_total_fen)
    assert result.order.state is OrderState.PAID
    first, second = lines_of(daigou, view.id)
    assert (first.ordered_units, first.result and first.result.code) == (2, "flashsales.sold_out")
    assert (second.ordered_units, second.result) == (1, None)


def test_commit_all_orders_nothing_where_a_cell_was_not_read_or_goods_are_not_chosen(
    market: Marketplace, daigou: Daigou
) -> None:
    sku, other = market.sku(style_no="A1", colour="红", size="M"), market.sku(style_no="A1", colour="蓝", size="M")
    market.sale(sku, other)
    heading = ["收货人", "电话", "收货地址", "款号", "颜色", "尺码", "数量"]
    good = ["王芳", "13912345678", "浙江省杭州市西湖区文三路 1 号", "A1", "红", "M", "1"]
    faulty = preview(daigou, data=table(heading, good, ["李姐", "1", *good[2:]]))
    with pytest.raises(commit.WorkbookIncomplete):
        ordered(daigou, faulty.id)
    unsure = preview(daigou, data=table(heading, good, ["李姐", *good[1:4], "", *good[5:]]))
    with pytest.raises(commit.WorkbookIncomplete) as refused:
        ordered(daigou, unsure.id)
    assert [(each["row"], each["code"]) for each in refused.value.lines] == [(3, "ambiguous_goods")]
    assert nothing_ordered(daigou)
    result = ordered(daigou, faulty.id, Take.WHAT_IS_LEFT)
    assert [each.recipient.name for each in result.order.lines] == ["王芳"]


def test_stock_taken_between_preview_and_commit_is_named(market: Marketplace, daigou: Daigou) -> None:
    sku = market.sku(units=3)
    sale_id = market.sale(sku)
    view = preview(daigou, line(sku, 2))
    market.paid_order(market.reseller(wallet_fen=5000_00), item_of(sale_id, sku), 2)
    with pytest.raises(commit.WorkbookIncomplete):
        ordered(daigou, view.id)
    result = ordered(daigou, view.id, Take.WHAT_IS_LEFT)
    assert [each.units for each in result.order.lines] == [1]
    assert units_of(item_of(sale_id, sku)) == (3, 0, 0, 3)


def test_a_price_that_changed_is_named_and_the_preview_made_anew(market: Marketplace, daigou: Daigou) -> None:
    sku = market.sku(units=9)
    market.sale(sku)
    view = preview(daigou, line(sku, 2))
    OrderUploadLine.objects.update(price_fen=1_00)
    for take in Take:
        OrderUploadLine.objects.update(price_fen=1_00)
        with pytest.raises(commit.PreviewOutdated) as refused:
            ordered(daigou, view.id, take)
        [changed] = refused.value.lines
        assert (changed["row"], changed["expected_fen"], changed["price_fen"]) == (2, 1_00, view.totals.total_fen // 2)
    assert nothing_ordered(daigou)
    assert lines_of(daigou, view.id)[0].price_fen == view.totals.total_fen // 2
    assert ordered(daigou, view.id).order.state is OrderState.PAID


def test_she_never_pays_more_than_she_was_shown(market: Marketplace, daigou: Daigou) -> None:
    sku = market.sku(units=9)
    market.sale(sku)
    view = preview(daigou, line(sku, 2))
    shown_fen = view.totals.total_fen
    for take in Take:
        with pytest.raises(commit.UploadTotalChanged):
            ordered(daigou, view.id, take, expected_total_fen=shown_fen - 1)
    assert nothing_ordered(daigou)
    assert ordered(daigou, view.id, Take.WHAT_IS_LEFT, expected_total_fen=shown_fen + 1).order.total_fen == shown_fen


def test_repeats_are_ordered_only_when_she_says_so(market: Marketplace, daigou: Daigou) -> None:
    sku = market.sku(units=30)
    market.sale(sku)
    view = preview(daigou, line(sku, 2), line(sku, 3), line(sku, recipient="李姐"))
    with pytest.raises(commit.RepeatsNotConfirmed) as refused:
        ordered(daigou, view.id)
    assert refused.value.numbers == [2]
    assert nothing_ordered(daigou)
    result = ordered(daigou, view.id, repeats=Repeats.LEAVE_OUT)
    assert [each.units for each in result.order.lines] == [2, 1]
    assert [each.result and each.result.code for each in lines_of(daigou, view.id)] == [
        None,
        "left_out_as_repeat",
        None,
    ]
    # The whole file once more: now every line that was ordered is a repeat, and the second file does not order it again unasked.
    second = preview(daigou, line(sku, 2, remark="甲"), line(sku, 3, remark="乙"))
    assert second.totals.repeated == 2
    result = ordered(daigou, second.id, repeats=Repeats.ORDER)
    assert [(each.units, each.remark) for each in result.order.lines] == [(5, "甲；乙")]


def test_what_became_a_repeat_after_the_preview_stops_the_commit(market: Marketplace, daigou: Daigou) -> None:
    """WORKBOOK-4: the same file was sent twice before the first was ordered."""
    sku = market.sku(units=30)
    market.sale(sku)
    first, second = preview(daigou, line(sku, 2)), preview(daigou, line(sku, 2))
    ordered(daigou, first.id)
    for repeats in (None, Repeats.ORDER):
        if repeats:
            OrderUploadLine.objects.filter(upload_id=second.id).update(repeats=[])
        with pytest.raises(commit.RepeatsNotConfirmed):
            ordered(daigou, second.id, repeats=repeats)
    assert Order.objects.count() == 1
    assert selectors.get_order_upload(daigou.actor, second.id).totals.repeated == 1


def test_an_order_number_that_was_ordered_before_is_a_repeat(market: Marketplace, daigou: Daigou) -> None:
    skus = [market.sku(units=9) for _ in range(2)]
    market.sale(*skus)
    first = preview(daigou, line(skus[0], order_ref="TB-1"), line(skus[1], order_ref="TB-1"))
    assert first.totals.repeated == 0
    order_id = ordered(daigou, first.id).order.id
    second = preview(daigou, line(skus[0], recipient="李姐", order_ref="TB-1"))
    [repeat] = lines_of(daigou, second.id)[0].repeats
    assert (repeat.code, f"订单 {order_id}" in repeat.zh) == ("reference_used", True)


def test_left_out_lines_are_not_ordered_and_their_recipients_not_entered(market: Marketplace, daigou: Daigou) -> None:
    sku = market.sku(units=9)
    market.sale(sku)
    view = preview(daigou, line(sku), line(sku, recipient="李姐"))
    receive.leave_out(actor=daigou.actor, upload_id=view.id, numbers=[2], now=NOW)
    result = ordered(daigou, view.id)
    assert [each.recipient.name for each in result.order.lines] == ["王芳"]
    assert not Recipient.objects.filter(name="李姐").exists()


def test_a_wallet_with_too_little_orders_nothing_unless_she_pays_later(market: Marketplace) -> None:
    daigou = market.reseller(wallet_fen=1_00)
    sku = market.sku(units=9)
    sale_id = market.sale(sku)
    view = preview(daigou, line(sku, 2))
    with pytest.raises(commit.WalletTooLowForUpload) as refused:
        ordered(daigou, view.id)
    assert (refused.value.balance_fen, refused.value.total_fen) == (1_00, view.totals.total_fen)
    assert units_of(item_of(sale_id, sku)) == (9, 9, 0, 0)
    result = ordered(daigou, view.id, pay_now=False)
    assert (result.order.state, balance_fen(daigou)) == (OrderState.UNPAID, 1_00)
    # Once the money is there, the same call pays the order.
    market.top_up(daigou, 5000_00)
    assert ordered(daigou, view.id).order.state is OrderState.PAID


def test_a_commit_whose_payment_fails_keeps_the_order_unpaid_and_says_why(market: Marketplace, daigou: Daigou) -> None:
    sku = market.sku(units=9)
    market.sale(sku)
    view = preview(daigou, line(sku, 2))
    order_id = ordered(daigou, view.id, pay_now=False).order.id
    late = NOW + django_settings.UNPAID_ORDER_LIFE
    result = commit_upload(actor=daigou.actor, upload_id=view.id, take=Take.ALL, now=late)
    assert (result.order.id, result.order.state) == (order_id, OrderState.UNPAID)
    assert result.payment_refusal is not None
    assert result.payment_refusal.code == payment.PaymentTooLate.code


def test_nothing_is_committed_before_the_preview_or_where_nothing_can_be_ordered(
    market: Marketplace, daigou: Daigou
) -> None:
    sku, unsold = market.sku(units=9), market.sku()
    market.sale(sku)
    waiting = receive.receive_upload(actor=daigou.actor, filename="a.xlsx", chunks=[b"x"], now=NOW)
    view = preview(daigou, line(unsold))
    for upload_id, refusal in ((waiting.id, receive.OrderUploadNotReady), (view.id, commit.NothingToOrder)):
        with pytest.raises(refusal):
            ordered(daigou, upload_id, Take.WHAT_IS_LEFT)
    assert nothing_ordered(daigou)


def test_the_unpaid_limit_counts(market: Marketplace) -> None:
    daigou = market.reseller()
    sku = market.sku(units=400)
    market.sale(sku)
    view = preview(daigou, line(sku, 300))
    with pytest.raises(commit.WorkbookIncomplete) as refused:
        ordered(daigou, view.id, pay_now=False)
    assert refused.value.lines[0]["code"] == "orders.unpaid_limit_exceeded"
    result = ordered(daigou, view.id, Take.WHAT_IS_LEFT, pay_now=False)
    assert 0 < result.order.total_fen <= 2000_00


def test_the_template_has_the_goods_that_she_may_buy(market: Marketplace, daigou: Daigou) -> None:
    """WORKBOOK-6."""
    skus = [market.sku(style_no="T1", size=size, units=9) for size in ("L", "M")]
    hidden = market.sku(style_no="T0")
    sale_id = market.sale(*skus, item_limit=4)
    market.sale(hidden, starts_at=NOW + timedelta(hours=1))
    sold_out = market.sku(style_no="T2", units=1)
    other_sale = market.sale(sold_out)
    market.paid_order(market.reseller(wallet_fen=5000_00), item_of(other_sale, sold_out))
    data, name = order_template(actor=daigou.actor, now=NOW)
    assert name.endswith(".xlsx")
    book = openpyxl.load_workbook(io.BytesIO(data))
    _, *rows = list(book.worksheets[1].values)
    assert [(row[0], row[3], row[6]) for row in rows] == [("T1", "M", 4), ("T1", "L", 4)]
    assert {str(row[5]) for row in rows} == {"120.00"}
    only = openpyxl.load_workbook(io.BytesIO(order_template(actor=daigou.actor, sale_id=sale_id, now=NOW)[0]))
    assert len(list(only.worksheets[1].values)) == 3


def test_old_workbooks_and_their_recipients_are_erased(market: Marketplace, daigou: Daigou) -> None:
    sku = market.sku(units=9)
    market.sale(sku)
    committed = preview(daigou, line(sku, order_ref="A-1", remark="送到门口"))
    ordered(daigou, committed.id)
    abandoned = preview(daigou, line(sku, recipient="李姐"))
    keys = [content_key(selectors.WORKBOOKS, each.sha256) for each in (committed, abandoned)]
    for key in keys:
        stored_at(key, NOW)
    assert erase.erase_expired(now=NOW + timedelta(days=2)) == 0
    assert erase.erase_expired(now=NOW + timedelta(days=4)) == 1
    assert [get_store().head(key) is not None for key in keys] == [True, False]
    assert erase.erase_expired(now=NOW + timedelta(days=31)) == 1
    assert get_store().head(keys[0]) is None
    assert erase.erase_expired(now=NOW + timedelta(days=60)) == 0
    contacts = OrderUploadLine.objects.values_list("name", "phone", "address", "remark")
    assert set(contacts) == {("", "", "", "")}
    assert set(OrderUpload.objects.values_list("state", flat=True)) == {"committed", "cancelled"}
    row = OrderUploadLine.objects.get(upload_id=committed.id)
    assert (row.order_ref, row.ordered_units, OrderLine.objects.count()) == ("A-1", 1, 1)
    with pytest.raises(selectors.WorkbookErased):
        selectors.open_workbook(daigou.actor, committed.id)


def test_a_reseller_whose_order_would_break_a_limit_of_the_sale_gets_what_is_left(
    market: Marketplace, daigou: Daigou
) -> None:
    skus = [market.sku(units=9) for _ in range(2)]
    sale_id = market.sale(*skus, limit_units=3)
    view = preview(daigou, line(skus[0], 2), line(skus[1], 2, recipient="李姐"))
    assert [each.left_units for each in lines_of(daigou, view.id)] == [2, 1]
    result = ordered(daigou, view.id, Take.WHAT_IS_LEFT)
    assert sum(each.units for each in result.order.lines) == 3
    assert SaleItem.objects.filter(sale_id=sale_id, sold__gt=0).count() == 2


def test_refusals_have_both_languages() -> None:
    for refusal in (commit.NothingToOrder(), receive.OrderWorkbookEmpty(), commit.RepeatsNotConfirmed(1, [2])):
        assert isinstance(refusal, Refusal)
        assert refusal.sentence("zh") != refusal.sentence("en")


def test_commit_in_a_sale_with_a_waiting_room_draws_a_ticket_that_a_refusal_leaves(
    market: Marketplace, daigou: Daigou
) -> None:
    """SALE-24."""
    sku = market.sku(units=9)
    sale_id = market.sale(sku)
    WaitingRoom.objects.create(sale_id=sale_id, rate=1)
    view = preview(daigou, line(sku))
    take_place(actor=market.reseller().actor, sale_id=sale_id, now=NOW)
    with pytest.raises(Refusal):
        ordered(daigou, view.id)
    assert Order.objects.count() == 0
    admitted_from = RoomTicket.objects.get(reseller=daigou.id).admitted_from
    assert admitted_from == NOW + timedelta(seconds=1)
    result = commit_upload(actor=daigou.actor, upload_id=view.id, take=Take.ALL, now=admitted_from)
    assert result.order.units == 1
