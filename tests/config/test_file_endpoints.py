"""Every endpoint that takes a file, called with a real file as multipart, by program and from a form."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.models import Person
from accounts.rules import Actor
from accounts.services.tokens import issue_token
from inventory.models import Upload
from kernel import clock
from orders.models.shipping import Parcel
from orders.models.uploads import OrderUpload
from orders.services.shipping_workbook import write_shipping_list
from tests.bank_statements.statements import statement
from tests.builders import Marketplace, item_of
from tests.inventory.stock_workbooks import Line, workbook

pytestmark = pytest.mark.django_db

CONSIGNMENTS = "/api/v1/consignments/workbook"
UPLOADS = "/api/v1/uploads"
PHOTOS = "/api/v1/photos"
ORDER_UPLOADS = "/api/v1/order-uploads"
SHIPPING_UPLOADS = "/api/v1/shipping-uploads"
PICTURE_ARCHIVES = "/api/v1/picture-archives"
SELLER_PICTURE = "/api/v1/storefront/picture"
BANK_STATEMENTS = "/api/v1/ops/bank-statements"
RECONCILIATION_LISTS = "/api/v1/statements/{statement_id}/reconciliation-lists"
SALE_SHEET = "/api/v1/sales/{sale_id}/fill-sheet"
INVOICE_RESULTS = "/api/v1/invoice-files/results"
INVOICE_FILE = "/api/v1/invoices/{invoice_id}/file"


@pytest.fixture
def market() -> Marketplace:
    return Marketplace(now=clock.now())


def program(actor: Actor) -> Client:
    token = issue_token(actor=actor, label="test", now=clock.now())
    return Client(headers={"authorization": f"Bearer {token}", "accept-language": "en"})


def browser(actor: Actor) -> Client:
    made = Client()
    made.force_login(Person.objects.get(pk=actor.own_id))
    return made


def shipping_list(market: Marketplace, tracking_no: str) -> SimpleUploadedFile:
    """The shipping list of one paid order, with its tracking number filled in."""
    sku_id = market.sku()
    market.paid_order(market.reseller(wallet_fen=2000_00), item_of(market.sale(sku_id), sku_id))
    book = openpyxl.load_workbook(io.BytesIO(write_shipping_list(actor=market.clerk, now=market.now)))
    book.worksheets[0].cell(2, 11, "顺丰")
    book.worksheets[0].cell(2, 12, tracking_no)
    packed = io.BytesIO()
    book.save(packed)
    return SimpleUploadedFile("发货清单.xlsx", packed.getvalue())


def tracking_numbers() -> list[str]:
    return list(Parcel.objects.values_list("tracking_no", flat=True))


def test_the_api_takes_a_shipping_list(market: Marketplace) -> None:
    answer = program(market.clerk).post(CONSIGNMENTS, {"file": shipping_list(market, "SF1234567890")})
    told = {"shipped": 1, "parcels": 1, "unchanged": 0, "short": 0, "faults": [], "warnings": [], "left": []}
    assert (answer.status_code, answer.json()) == (200, told)
    assert tracking_numbers() == ["SF1234567890"]


def test_the_portal_takes_a_shipping_list(market: Marketplace) -> None:
    answer = browser(market.clerk).post(
        reverse("portal:shipping_uploads"), {"file": shipping_list(market, "SF1234567890")}
    )
    assert (answer.status_code, tracking_numbers()) == (302, ["SF1234567890"])


def test_the_api_takes_a_shipping_workbook_for_a_worker(market: Marketplace) -> None:
    answer = program(market.clerk).post(SHIPPING_UPLOADS, {"file": shipping_list(market, "SF1234567890")})
    assert (answer.status_code, answer.json()["state"], tracking_numbers()) == (201, "received", [])


def test_the_api_takes_a_stock_workbook(market: Marketplace) -> None:
    answer = program(market.clerk).post(UPLOADS, {"file": SimpleUploadedFile("库存.csv", workbook(Line()))})
    assert (answer.status_code, answer.json()["state"]) == (201, "received")
    assert Upload.objects.get().pk == answer.json()["id"]


def test_the_portal_takes_a_stock_workbook(market: Marketplace) -> None:
    answer = browser(market.clerk).post(
        reverse("portal:uploads"), {"file": SimpleUploadedFile("库存.csv", workbook(Line()))}
    )
    assert (answer.status_code, Upload.objects.count()) == (302, 1)


def test_the_api_takes_an_archive_of_pictures(market: Marketplace) -> None:
    answer = program(market.clerk).post(
        PICTURE_ARCHIVES, {"file": SimpleUploadedFile("图片.zip", b"PK\x05\x06" + bytes(18))}
    )
    assert (answer.status_code, answer.json()["state"]) == (201, "waiting")


def test_the_api_takes_several_photos(market: Marketplace) -> None:
    packed = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(packed, "PNG")
    photos = [SimpleUploadedFile(f"{n}.png", packed.getvalue()) for n in range(2)]
    answer = program(market.reseller().actor).post(PHOTOS, {"photos": photos})
    assert (answer.status_code, [each["width"] for each in answer.json()]) == (201, [40, 40])
    refused = program(market.reseller().actor).post(PHOTOS, {"photos": SimpleUploadedFile("a.png", b"no picture")})
    assert (refused.status_code, refused.json()["code"]) == (422, "aftersales.not_a_photo")


def test_the_api_takes_the_picture_of_a_seller(market: Marketplace) -> None:
    packed = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(packed, "PNG")
    hers = program(market.reseller().actor)
    answer = hers.post(SELLER_PICTURE, {"picture": SimpleUploadedFile("me.png", packed.getvalue())})
    assert (answer.status_code, "/sellers/" in answer.json()["address"]) == (200, True)
    refused = hers.post(SELLER_PICTURE, {"picture": SimpleUploadedFile("me.png", b"no picture")})
    assert (refused.status_code, refused.json()["code"]) == (422, "aftersales.not_a_photo")


def test_the_api_takes_a_bank_statement(market: Marketplace) -> None:
    file = SimpleUploadedFile("CMB.xlsx", statement({"fen": 12_00, "name": "王小美"}))
    answer = program(market.finance).post(BANK_STATEMENTS, {"file": file})
    assert (answer.status_code, answer.json()["filename"]) == (201, "CMB.xlsx")


def test_the_api_and_the_shop_take_a_workbook_of_orders(market: Marketplace) -> None:
    actor, file = market.reseller().actor, SimpleUploadedFile("订单.csv", "收货人,电话\n".encode())
    answer = program(actor).post(ORDER_UPLOADS, {"file": file})
    assert (answer.status_code, answer.json()["state"]) == (201, "received")
    file.seek(0)
    assert browser(actor).post(reverse("shop:order_uploads"), {"file": file}).status_code == 302
    assert OrderUpload.objects.count() == 2


def test_the_api_takes_results_of_invoices_and_their_files(market: Marketplace) -> None:
    finance = program(market.finance)
    answer = finance.post(INVOICE_RESULTS, {"file": SimpleUploadedFile("结果.xlsx", b"no workbook")})
    assert (answer.status_code, answer.json()["code"]) == (422, "invoices.results_unreadable")
    answer = finance.post(INVOICE_FILE.format(invoice_id=1), {"file": SimpleUploadedFile("发票.pdf", b"%PDF-1.7 x")})
    assert (answer.status_code, answer.json()["code"]) == (404, "invoices.no_such_invoice")


def test_the_api_takes_a_workbook_that_fills_a_sale(market: Marketplace) -> None:
    sheet = SimpleUploadedFile("选货.csv", "条码,件数\n6900000000017,2\n".encode())
    answer = program(market.ops).post(SALE_SHEET.format(sale_id=market.draft(market.sku())), {"file": sheet})
    assert (answer.status_code, answer.json()["filename"]) == (202, "选货.csv")


def test_the_api_and_the_portal_take_a_reconciliation_list(market: Marketplace) -> None:
    file = SimpleUploadedFile("对账.csv", "订单号,应结货款\n".encode())
    answer = program(market.clerk).post(RECONCILIATION_LISTS.format(statement_id=1), {"file": file})
    assert (answer.status_code, answer.json()["code"]) == (404, "settlement.no_such_statement")
    file.seek(0)
    assert browser(market.clerk).post(reverse("portal:receive_list", args=[1]), {"file": file}).status_code == 302


def test_every_endpoint_of_the_api_that_takes_a_file_is_called_above() -> None:
    paths = Client().get("/api/v1/openapi.json").json()["paths"]
    taking = {
        path
        for path, operations in paths.items()
        for operation in operations.values()
        if "multipart/form-data" in operation.get("requestBody", {}).get("content", {})
    }
    assert taking == {
        CONSIGNMENTS,
        UPLOADS,
        PHOTOS,
        ORDER_UPLOADS,
        SHIPPING_UPLOADS,
        PICTURE_ARCHIVES,
        SELLER_PICTURE,
        SALE_SHEET,
        BANK_STATEMENTS,
        RECONCILIATION_LISTS,
        INVOICE_RESULTS,
        INVOICE_FILE,
    }
