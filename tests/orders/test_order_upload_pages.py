"""Ordering by workbook on the reseller's phone and by API: the same services, the same figures."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Person
from accounts.services.tokens import issue_token
from kernel.clock import set_to
from orders.models.orders import Order
from orders.models.uploads import OrderUpload
from orders.rules.states import OrderState
from orders.rules.uploads import OrderUploadState
from orders.uploads import parse, receive
from tests.builders import NOW, Daigou, Marketplace, item_of
from tests.orders.order_files import line, preview, table, workbook

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Marketplace:
    return Marketplace()


@pytest.fixture
def daigou(market: Marketplace) -> Daigou:
    return market.reseller(wallet_fen=5000_00)


@pytest.fixture
def phone(daigou: Daigou) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=daigou.actor.own_id))
    return client


def page(client: Client, address: str) -> str:
    with set_to(NOW):
        answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def post(client: Client, name: str, upload_id: int, **fields: object) -> str:
    """Send a form of the page of an upload; the page that is shown next."""
    with set_to(NOW):
        answer = client.post(reverse(f"shop:{name}", args=[upload_id]), fields, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_workbook_is_sent_previewed_and_ordered_on_the_page(
    market: Marketplace, daigou: Daigou, phone: Client
) -> None:
    sku = market.sku(units=9, style_no="NV-9")
    market.sale(sku)
    with set_to(NOW):
        file = SimpleUploadedFile("今晚.xlsx", workbook(line(sku, 2), line(sku, recipient="李姐")))
        answer = phone.post(reverse("shop:order_uploads"), {"file": file}, follow=True)
    upload = OrderUpload.objects.get()
    assert "正在排队" in answer.content.decode()
    assert parse.read_upload(upload_id=upload.pk, clock=lambda: NOW)
    progress = phone.get(reverse("shop:order_upload_progress", args=[upload.pk]))
    assert progress.headers["HX-Redirect"] == reverse("shop:order_upload", args=[upload.pk])
    shown = page(phone, reverse("shop:order_upload", args=[upload.pk]))
    assert ("NV-9 黑 M" in shown, "2 位，下单时存入地址簿" in shown, "全部下单并付款" in shown) == (True, True, True)
    total_fen = shown.split('name="expected" value="')[1].split('"')[0]
    done = post(phone, "order_upload_commit", upload.pk, take="all", expected=total_fen, pay="now")
    assert ("已下单并付款" in done, "每一行都下单了" in done) == (True, True)
    assert Order.objects.get().state == OrderState.PAID.value
    assert "今晚.xlsx" in page(phone, reverse("shop:order_uploads"))


def test_goods_are_chosen_lines_left_out_and_repeats_asked_for(
    market: Marketplace, daigou: Daigou, phone: Client
) -> None:
    skus = [market.sku(style_no="C1", colour=colour) for colour in ("红", "蓝")]
    sale_id = market.sale(*skus)
    upload_id = preview(daigou, line(skus[0], colour=None), line(skus[1]), line(skus[1])).id
    address = reverse("shop:order_upload", args=[upload_id])
    assert "请选商品" in page(phone, address)
    assert f'value="{item_of(sale_id, skus[0])}"' in page(phone, f"{address}?show=choose")
    assert "请先选择商品" in post(phone, "order_upload_goods", upload_id)
    chosen = post(phone, "order_upload_goods", upload_id, **{"goods-1": item_of(sale_id, skus[0])})
    assert ("请选商品" in chosen, "1 行疑似重复，请选择" in chosen) == (False, True)
    refused = post(phone, "order_upload_commit", upload_id, take="all", expected="99999999", pay="now")
    assert "疑似重复，没有下单" in refused
    without = post(phone, "order_upload_leave_out", upload_id, number="3", left_out="1", show="")
    assert ("还是要下" in without, "行疑似重复，请选择" in without) == (True, False)
    assert not Order.objects.exists()


def test_a_wallet_with_too_little_is_offered_to_pay_later(market: Marketplace) -> None:
    daigou, sku = market.reseller(), market.sku()
    market.sale(sku)
    client = Client()
    client.force_login(Person.objects.get(pk=daigou.actor.own_id))
    upload_id = preview(daigou, line(sku)).id
    shown = page(client, reverse("shop:order_upload", args=[upload_id]))
    assert ("稍后付款" in shown, "并付款" in shown) == (True, False)
    done = post(client, "order_upload_commit", upload_id, take="all", expected="12000", pay="later")
    assert "去付款" in done
    assert Order.objects.get().state == OrderState.UNPAID.value


def test_questions_faults_and_refusals_are_shown(market: Marketplace, daigou: Daigou, phone: Client) -> None:
    sku = market.sku(style_no="F1", colour="红", size="M")
    market.sale(sku)
    row = ["王芳", "13912345678", "浙江省杭州市西湖区文三路 1 号", "F1", "红", "M", "1"]
    asking = preview(daigou, data=table(["收货人", "电话", "收货地址", "货号A", "颜色", "尺码", "数量"], row))
    assert "就按这样读" in page(phone, reverse("shop:order_upload", args=[asking.id]))
    question = asking.questions[0]
    post(phone, "order_upload_answers", asking.id, **{f"{question.fingerprint}:{question.field}": "D"})
    assert OrderUpload.objects.get(pk=asking.id).state == OrderUploadState.RECEIVED.value
    heading = ["收货人", "电话", "收货地址", "款号", "颜色", "尺码", "数量"]
    faulty = preview(daigou, data=table(heading, row, ["李姐", "12", *row[2:]]))
    shown = page(phone, reverse("shop:order_upload", args=[faulty.id]) + "?show=faults")
    assert ("B3" in shown, "只下能下的并付款" in shown) == (True, True)
    unreadable = preview(daigou, data=b"\x89PNG\r\n\x1a\n" + bytes(100))
    assert "换一个文件" in page(phone, reverse("shop:order_upload", args=[unreadable.id]))
    assert "没有下单" in post(phone, "order_upload_cancel", faulty.id)


def test_a_worse_file_is_named_on_the_page_of_uploads(phone: Client) -> None:
    with set_to(NOW):
        answer = phone.post(reverse("shop:order_uploads"), {}, follow=True)
    assert "没有收到文件内容" in answer.content.decode()
    assert not OrderUpload.objects.exists()


def test_the_copy_marks_every_line_with_what_became_of_it(market: Marketplace, daigou: Daigou, phone: Client) -> None:
    """WORKBOOK-6."""
    skus = [market.sku(units=9), market.sku(units=1), market.sku()]
    market.sale(*skus[:2])
    upload_id = preview(
        daigou, line(skus[0], 2), line(skus[1], 3, recipient="李姐"), line(skus[2], recipient="丙三")
    ).id
    post(phone, "order_upload_commit", upload_id, take="what_is_left", expected="99999999", pay="now")
    with set_to(NOW):
        answer = phone.get(reverse("shop:order_upload_annotated", args=[upload_id]))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    order_id = Order.objects.get().pk
    front, sheet = book.worksheets[0], book["代发订单"]
    assert str(order_id) in str(front["A1"].value)
    marked = [next(cell for cell in row if cell.comment) for row in sheet.iter_rows(min_row=2, max_row=4)]
    assert [cell.fill.fgColor.rgb for cell in marked] == ["FFC6EFCE", "FFFFEB9C", "FFFFC7CE"]
    texts = [cell.comment.text if cell.comment else "" for cell in marked]
    assert f"已下单 2 件（订单 {order_id}）" in texts[0]
    assert "下单 1/3 件" in texts[1]
    assert "没有下单" in texts[2]
    assert sheet["B2"].value == "王芳"


def test_the_copy_of_a_text_file_has_every_line(market: Marketplace, daigou: Daigou, phone: Client) -> None:
    sku = market.sku(units=9, style_no="F1", colour="红", size="M")
    market.sale(sku)
    text = "收货人,电话,收货地址,款号,颜色,尺码,数量\n王芳,13912345678,浙江省杭州市西湖区文三路 1 号,F1,红,M,1\n"
    upload = receive.receive_upload(actor=daigou.actor, filename="单.csv", chunks=[text.encode()], now=NOW)
    assert parse.read_upload(upload_id=upload.id, clock=lambda: NOW)
    post(phone, "order_upload_commit", upload.id, take="all", expected="99999999", pay="now")
    with set_to(NOW):
        answer = phone.get(reverse("shop:order_upload_annotated", args=[upload.id]))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    [marked] = [cell for row in book.worksheets[1].iter_rows() for cell in row if cell.comment]
    assert (marked.value, marked.fill.fgColor.rgb) == ("王芳", "FFC6EFCE")


def test_programs_send_preview_and_commit(market: Marketplace, daigou: Daigou) -> None:
    skus = [market.sku(units=9), market.sku(units=1)]
    market.sale(*skus)
    token = issue_token(actor=daigou.actor, label="erp", now=NOW)
    api = Client(headers={"authorization": f"Bearer {token}"})
    with set_to(NOW):
        file = SimpleUploadedFile("单.xlsx", workbook(line(skus[0], 2), line(skus[1], 2, recipient="李姐")))
        sent = api.post("/api/v1/order-uploads", {"file": file})
        assert sent.status_code == 201
        upload = f"/api/v1/order-uploads/{sent.json()['id']}"
        assert parse.read_upload(upload_id=sent.json()["id"], clock=lambda: NOW)
        shown = api.get(upload).json()
        assert (shown["state"], shown["totals"]["total"], shown["totals"]["left_total"]) == (
            "preview",
            "480.00",
            "360.00",
        )
        short = api.get(f"{upload}/lines?only=short").json()["items"]
        assert [(each["number"], each["price"], each["left_units"], each["reason"]["code"]) for each in short] == [
            (2, "120.00", 1, "flashsales.sold_out")
        ]
        assert api.get(f"{upload}/lines?only=nonsense").status_code == 422
        body = {"take": "all", "expected_total": "480.00"}
        refused = api.post(f"{upload}/commit", body, content_type="application/json")
        assert (refused.status_code, refused.json()["code"]) == (409, "orders.workbook_incomplete")
        body = {"take": "what_is_left", "expected_total": "360.00"}
        answers = [api.post(f"{upload}/commit", body, content_type="application/json").json() for _ in range(2)]
        assert [answer["order"]["total"] for answer in answers] == ["360.00", "360.00"]
        assert {answer["order"]["id"] for answer in answers} == {Order.objects.get().pk}
        assert [each["result"]["code"] for each in api.get(f"{upload}/lines?only=not_ordered").json()["items"]] == [
            "flashsales.sold_out"
        ]
        for path in ("file", "annotated"):
            assert b"".join(api.get(f"{upload}/{path}").streaming_content).startswith(b"PK")  # type: ignore[attr-defined]
        template = api.get("/api/v1/order-uploads/template")
        assert b"".join(template.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]
        assert api.get(f"{upload}/faults").json() == []
