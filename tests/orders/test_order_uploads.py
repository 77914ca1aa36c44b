"""Workbooks of orders up to their preview (WORKBOOK-1 to WORKBOOK-4): read, matched with what is on sale, nothing ordered yet."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from inventory.models import Sku
from orders.models.orders import Order
from orders.models.recipients import Recipient
from orders.models.uploads import GoodsAlias, OrderUpload, OrderUploadLine
from orders.rules.lines import MAX_LINES
from orders.rules.uploads import OrderUploadLineState, OrderUploadState
from orders.services import recipients
from orders.uploads import parse, receive, selectors
from orders.uploads.selectors import LineFilter, NoSuchOrderUpload
from tests.builders import NOW, Daigou, Marketplace, item_of
from tests.orders.order_files import ROW, line, lines_of, preview, send, table, workbook

pytestmark = pytest.mark.django_db

READY, CHOOSE, REFUSED = OrderUploadLineState.READY, OrderUploadLineState.CHOOSE, OrderUploadLineState.REFUSED


@pytest.fixture
def market() -> Marketplace:
    return Marketplace()


@pytest.fixture
def daigou(market: Marketplace) -> Daigou:
    return market.reseller(wallet_fen=5000_00)


def test_a_preview_names_goods_price_and_what_is_left_and_orders_nothing(market: Marketplace, daigou: Daigou) -> None:
    skus = [market.sku(style_no="NV-101", size=size, units=3) for size in ("M", "L")]
    sale_id = market.sale(*skus)
    view = preview(daigou, line(skus[0], 2), line(skus[1], 5, recipient="李姐"))
    assert (view.state, view.faults, view.totals.lines, view.totals.ready, view.totals.short) == (
        OrderUploadState.PREVIEW,
        0,
        2,
        2,
        1,
    )
    first, second = lines_of(daigou, view.id)
    price_fen = first.price_fen
    assert price_fen is not None
    assert price_fen > 0
    assert (first.item_id, first.description, first.units, first.left_units) == (
        item_of(sale_id, skus[0]),
        "NV-101 黑 M",
        2,
        2,
    )
    assert (second.units, second.left_units, second.reason and second.reason.code) == (5, 3, "flashsales.sold_out")
    assert (view.totals.total_fen, view.totals.left_total_fen) == (7 * price_fen, 5 * price_fen)
    assert (Order.objects.count(), Recipient.objects.count(), view.totals.new_recipients) == (0, 1, 2)


def test_what_is_left_is_shared_in_the_order_of_the_file(market: Marketplace, daigou: Daigou) -> None:
    """WORKBOOK-3."""
    sku = market.sku(units=4)
    market.sale(sku, item_limit=3)
    rows = [line(sku, 2, recipient=name) for name in ("甲一", "乙二", "丙三")]
    view = preview(daigou, *rows)
    assert [each.left_units for each in lines_of(daigou, view.id)] == [2, 1, 0]
    receive.leave_out(actor=daigou.actor, upload_id=view.id, numbers=[1], now=NOW)
    assert [each.left_units for each in lines_of(daigou, view.id)] == [0, 2, 1]


def test_a_barcode_tells_the_goods(market: Marketplace, daigou: Daigou) -> None:
    """WORKBOOK-2."""
    skus = [market.sku(style_no="B1", size=size) for size in ("S", "M")]
    Sku.objects.filter(pk=skus[1]).update(barcode="6901234567892")
    sale_id = market.sale(*skus)
    view = preview(
        daigou,
        line(skus[0], barcode="6901234567892", style_no=None, colour=None, size=None),
        line(skus[0], barcode="6901234567892"),
    )
    by_code, conflicting = lines_of(daigou, view.id)
    assert (by_code.state, by_code.item_id) == (READY, item_of(sale_id, skus[1]))
    assert (conflicting.state, conflicting.reason and conflicting.reason.code) == (CHOOSE, "conflicting_goods")
    assert {each.item_id for each in conflicting.choices} == {item_of(sale_id, sku) for sku in skus}


def test_ambiguous_goods_are_asked_and_the_answer_is_remembered(market: Marketplace, daigou: Daigou) -> None:
    skus = [market.sku(style_no="C1", colour=colour) for colour in ("红", "藏青")]
    sale_id = market.sale(*skus)
    rows = [line(skus[0], colour=None), line(skus[0], colour="蓝", recipient="李姐")]
    view = preview(daigou, *rows)
    unsure, unknown = lines_of(daigou, view.id)
    assert (unsure.state, unsure.reason and unsure.reason.code, len(unsure.choices)) == (CHOOSE, "ambiguous_goods", 2)
    assert (unknown.state, unknown.reason and unknown.reason.code) == (CHOOSE, "variant_not_on_sale")
    item_ids = {1: item_of(sale_id, skus[0]), 2: item_of(sale_id, skus[1])}
    view = receive.choose_goods(actor=daigou.actor, upload_id=view.id, choices=item_ids, now=NOW)
    assert (view.totals.ready, view.totals.choose) == (2, 0)
    again = preview(daigou, *rows)
    assert [(each.state, each.item_id) for each in lines_of(daigou, again.id)] == [
        (READY, item_ids[1]),
        (READY, item_ids[2]),
    ]
    # Another reseller may mean something else by the same words.
    other = market.reseller()
    assert preview(other, *rows).totals.choose == 2


def test_only_goods_that_were_proposed_can_be_chosen(market: Marketplace, daigou: Daigou) -> None:
    skus = [market.sku(style_no="D1", colour=colour) for colour in ("红", "蓝")]
    other = market.sku()
    sale_id = market.sale(*skus, other)
    view = preview(daigou, line(skus[0], colour=None), line(other))
    with pytest.raises(receive.GoodsNotOffered):
        receive.choose_goods(actor=daigou.actor, upload_id=view.id, choices={1: item_of(sale_id, other)}, now=NOW)
    with pytest.raises(receive.NoSuchUploadLine):
        receive.choose_goods(actor=daigou.actor, upload_id=view.id, choices={9: item_of(sale_id, other)}, now=NOW)
    assert GoodsAlias.objects.count() == 0


def test_goods_that_are_not_on_sale_are_refused_line_by_line(market: Marketplace, daigou: Daigou) -> None:
    sku, unsold = market.sku(), market.sku(style_no="NOT-ON-SALE")
    market.sale(sku)
    view = preview(daigou, line(sku), line(unsold))
    assert [(each.state, each.reason and each.reason.code) for each in lines_of(daigou, view.id)] == [
        (READY, None),
        (REFUSED, "goods_not_on_sale"),
    ]
    assert [
        each.number for each in selectors.lines_of_upload(daigou.actor, view.id, at=NOW, only=LineFilter.REFUSED).items
    ] == [2]


def test_a_recipient_that_cannot_be_used_is_a_refused_line(market: Marketplace, daigou: Daigou) -> None:
    sku = market.sku()
    market.sale(sku)
    view = preview(daigou, line(sku, recipient="尾仓客服"), line(sku, units=1000, recipient="李姐"))
    assert [(each.state, each.reason and each.reason.code) for each in lines_of(daigou, view.id)] == [
        (REFUSED, "accounts.reserved_name"),
        (REFUSED, "too_many_units"),
    ]


def test_recipients_of_her_book_are_known(market: Marketplace, daigou: Daigou) -> None:
    sku = market.sku()
    market.sale(sku)
    recipients.add_recipient(actor=daigou.actor, name=ROW.recipient, phone=ROW.phone, address=ROW.address, now=NOW)
    view = preview(daigou, line(sku), line(sku, recipient="李姐"))
    assert [each.is_known_recipient for each in lines_of(daigou, view.id)] == [True, False]
    assert view.totals.new_recipients == 1


def test_repeats_are_told_within_the_file_and_against_recent_orders(market: Marketplace, daigou: Daigou) -> None:
    sku = market.sku(units=30)
    sale_id = market.sale(sku)
    daigou.grab(item_of(sale_id, sku), 2)
    known = Recipient.objects.get(pk=daigou.recipient_id)
    view = preview(
        daigou,
        line(sku),
        line(sku, address="浙江省杭州市西湖区文三路 2 号"),
        line(sku, recipient=known.name, phone=known.phone, address="上海市静安区南京西路 2 号"),
    )
    codes = [[repeat.code for repeat in each.repeats] for each in lines_of(daigou, view.id)]
    assert codes == [[], ["repeated_in_file"], ["ordered_recently"]]
    assert view.totals.repeated == 2
    later = preview(daigou, line(sku, recipient=known.name, phone=known.phone), now=NOW + timedelta(hours=47))
    assert later.totals.repeated == 1


def test_faults_of_cells_are_told_and_the_other_lines_are_ready(market: Marketplace, daigou: Daigou) -> None:
    sku = market.sku(style_no="E1", colour="红", size="M")
    market.sale(sku)
    data = table(
        ["收货人", "电话", "收货地址", "款号", "颜色", "尺码", "数量"],
        ["王芳", "13912345678", "浙江省杭州市西湖区文三路 1 号", "E1", "红", "M", "1"],
        ["李姐", "123", "浙江省杭州市西湖区文三路 1 号", "E1", "红", "M", "一箱"],
    )
    view = preview(daigou, data=data)
    assert (view.state, view.faults, view.totals.ready, view.is_complete) == (OrderUploadState.PREVIEW, 2, 1, False)
    faults = selectors.faults_of_upload(daigou.actor, view.id)
    assert {(each.row, each.col, each.header) for each in faults} == {(3, "B", "电话"), (3, "G", "数量")}
    assert all(each.message_zh and each.hint_zh for each in faults)


def test_questions_about_columns_are_answered_once(market: Marketplace, daigou: Daigou) -> None:
    sku = market.sku(style_no="F1", colour="红", size="M")
    market.sale(sku)
    heading = ["收货人", "电话", "收货地址", "货号A", "颜色", "尺码", "数量"]
    data = table(heading, ["王芳", "13912345678", "浙江省杭州市西湖区文三路 1 号", "F1", "红", "M", "1"])
    view = preview(daigou, data=data)
    assert view.state is OrderUploadState.QUESTION
    answers: dict[str, dict[str, str]] = {}
    for question in view.questions:
        assert question.field == "style_no"
        answers.setdefault(question.fingerprint, {})["D"] = question.field
    with pytest.raises(receive.InvalidLayoutAnswers):
        receive.answer_upload(actor=daigou.actor, upload_id=view.id, answers={"x": {"D": "style_no"}}, now=NOW)
    receive.answer_upload(actor=daigou.actor, upload_id=view.id, answers=answers, now=NOW)
    assert parse.read_upload(upload_id=view.id, clock=lambda: NOW)
    assert selectors.get_order_upload(daigou.actor, view.id).totals.ready == 1
    assert preview(daigou, data=data).state is OrderUploadState.PREVIEW


def test_a_file_that_is_no_workbook_or_has_too_many_lines_is_refused(market: Marketplace, daigou: Daigou) -> None:
    assert preview(daigou, data=b"\x89PNG\r\n\x1a\n" + bytes(100)).state is OrderUploadState.REFUSED
    sku = market.sku()
    market.sale(sku)
    view = preview(daigou, *[line(sku)] * (MAX_LINES + 1))
    assert (view.state, view.reason) == (OrderUploadState.REFUSED, "too_many_order_lines")
    assert OrderUploadLine.objects.count() == 0


def test_empty_large_and_too_many_files_are_refused(daigou: Daigou, settings: Settings) -> None:
    with pytest.raises(receive.OrderWorkbookEmpty):
        send(daigou, b"")
    settings.MAX_WORKBOOK_BYTES = 10
    with pytest.raises(receive.OrderWorkbookTooLarge):
        send(daigou, b"0" * 11)
    settings.MAX_UPLOADS_PER_DAY = 1
    send(daigou, b"0" * 10)
    with pytest.raises(receive.OrderUploadQuotaReached) as refused:
        send(daigou, b"0" * 10)
    assert (refused.value.files, refused.value.max_files) == (1, 1)
    assert OrderUpload.objects.count() == 1
    send(daigou, b"0" * 10, now=NOW + timedelta(days=1))


def test_workbooks_of_others_do_not_exist(market: Marketplace, daigou: Daigou) -> None:
    sku = market.sku()
    market.sale(sku)
    view, other = preview(daigou, line(sku)), market.reseller()
    for act in (
        lambda: selectors.get_order_upload(other.actor, view.id),
        lambda: selectors.lines_of_upload(other.actor, view.id, at=NOW),
        lambda: selectors.open_workbook(other.actor, view.id),
        lambda: receive.cancel_upload(actor=other.actor, upload_id=view.id, now=NOW),
        lambda: receive.refresh_preview(actor=other.actor, upload_id=view.id, now=NOW),
    ):
        with pytest.raises(NoSuchOrderUpload):
            act()
    assert selectors.list_order_uploads(other.actor).items == []


def test_a_cancelled_upload_is_not_read_and_not_changed(market: Marketplace, daigou: Daigou) -> None:
    sku = market.sku()
    market.sale(sku)
    upload_id = send(daigou, workbook(line(sku)))
    receive.cancel_upload(actor=daigou.actor, upload_id=upload_id, now=NOW)
    assert parse.read_upload(upload_id=upload_id, clock=lambda: NOW) is False
    with pytest.raises(receive.OrderUploadNotReady):
        receive.refresh_preview(actor=daigou.actor, upload_id=upload_id, now=NOW)
    assert parse.claimable_uploads(now=NOW) == []
