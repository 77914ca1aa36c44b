"""Every list page offers its list as a file: the same rows, with the filters of the page, in the language of the page."""

import csv
import io
import re
from collections.abc import Callable, Iterable
from typing import Any

import openpyxl
import pytest
from django.test import Client

from accounts.models import AuditEntry
from forwarding.models import Wish
from inventory.models import Sku, Style
from inventory.picture_models import StylePicture
from kernel import clock
from orders.models.lines import OrderLine
from orders.models.orders import Order
from tests.pages.markup import Element
from tests.sample_data import SampleData

pytestmark = pytest.mark.django_db

CHINESE = re.compile(r"[\u3400-\u9fff]")
FACES = {"/console/": "ops", "/portal/": "brand", "/shop/": "reseller", "/notices/": "reseller"}
EXPORTS = re.compile(r"/api/v1/[^?]*/export\?format=(xlsx|csv)")


def body(client: Client, address: str) -> bytes:
    answer = client.get(address)
    assert answer.status_code == 200, (address, getattr(answer, "content", b"")[:300])
    content: Iterable[bytes] = answer.streaming_content  # type: ignore[attr-defined]
    return b"".join(content)


def lines_of(data: bytes) -> list[list[object]]:
    sheet = openpyxl.load_workbook(io.BytesIO(data), read_only=True).worksheets[0]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def links(pages: dict[str, Element]) -> dict[str, str]:
    """The addresses of all exports that pages link to, each with the role that opens the page."""
    found = {}
    for address, page in pages.items():
        for link in page.find("a"):
            role = next((who for face, who in FACES.items() if address.startswith(face)), None)
            if role is not None and EXPORTS.match(link.get("href") or ""):
                found[link.get("href")] = role
    return found


def add_pictures(sample: SampleData) -> Style:
    """Give a style of the brand two pictures, of which the second is the cover."""
    style = Style.objects.filter(brand_id=sample.ids["brand_id"], style_no="YS2401")[0]
    for position, digit in enumerate("ab"):
        StylePicture.objects.create(
            style=style, sha256=digit * 64, position=position, source="archive", added_at=clock.now()
        )
    Style.objects.filter(pk=style.pk).update(picture="b" * 64)
    return style


def test_every_export_that_a_page_links_to_has_an_english_heading_and_rows(
    sample: SampleData, english: dict[str, Element], visitor: Callable[..., Client]
) -> None:
    add_pictures(sample)
    found = links(english)
    lists = {address.partition("?")[0] for address in found}
    assert len({re.sub(r"[0-9]+", "n", address) for address in lists}) == 60, sorted(lists)
    empty = []
    for address, role in sorted(found.items()):
        client = visitor(role, "en")
        if "format=csv" in address:
            text = body(client, address).decode("utf-8-sig")
            rows: list[list[object]] = [list(row) for row in csv.reader(io.StringIO(text, newline=""))]
        else:
            rows = lines_of(body(client, address))
        heading = [str(cell) for cell in rows[0]]
        assert not CHINESE.search(" ".join(heading)), (address, heading)
        assert all(heading), address
        if len(rows) == 1 and "&" not in address:
            empty.append(address)
    assert not empty


def test_an_export_has_the_rows_of_the_list_with_its_filters(
    sample: SampleData, visitor: Callable[..., Client]
) -> None:
    client = visitor("brand")
    rows = lines_of(body(client, "/api/v1/stock/export"))
    brand_id = sample.ids["brand_id"]
    assert len(rows) == 1 + Sku.objects.filter(style__brand_id=brand_id).count()
    style_numbers = {row[0] for row in lines_of(body(client, "/api/v1/stock/export?q=YS2401"))[1:]}
    assert style_numbers == {"YS2401"}


# ACCOUNT-8
def test_an_export_of_personal_data_is_in_the_audit_log(sample: SampleData, visitor: Callable[..., Client]) -> None:
    before = AuditEntry.objects.count()
    data = body(visitor("reseller"), "/api/v1/wishes/export?format=csv&state=ordered")
    begun, ended = AuditEntry.objects.order_by("id")[before:]
    wanted = {"export": "wishes", "format": "csv", "filters": {"state": "ordered"}}
    rows = len(list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))) - 1
    own_wishes = Wish.objects.filter(reseller__person=begun.person, state="ordered")
    assert rows == own_wishes.count() > 0
    assert (begun.action, begun.details) == ("accounts.begin_export", wanted)
    assert (ended.action, ended.details) == ("accounts.end_export", wanted | {"rows": rows, "complete": True})


def test_an_export_without_personal_data_is_not_in_the_audit_log(visitor: Callable[..., Client]) -> None:
    before = AuditEntry.objects.count()
    body(visitor("reseller"), "/api/v1/wallet/entries/export")
    assert AuditEntry.objects.count() == before


def test_an_export_refuses_a_filter_that_it_does_not_know(visitor: Callable[..., Client]) -> None:
    before = AuditEntry.objects.count()
    answer = visitor("reseller").get("/api/v1/wishes/export?state=nonsense")
    assert answer.status_code == 422
    answer = visitor("reseller").get("/api/v1/wishes/export?colour=red")
    assert (answer.status_code, answer.json()["code"]) == (422, "request.unknown_parameter")
    assert AuditEntry.objects.count() == before


def column(client: Client, address: str, heading: str) -> list[Any]:
    first, *rows = lines_of(body(client, address))
    at = first.index(heading)
    return [row[at] for row in rows]


def test_an_export_of_orders_shows_recipients_to_their_reseller_and_masks_them_for_ops(
    sample: SampleData, visitor: Callable[..., Client]
) -> None:
    own = column(visitor("reseller"), "/api/v1/orders/export", "电话")
    assert own
    assert all(isinstance(phone, str) and "*" not in phone for phone in own)
    seen = visitor("ops")
    phones = column(seen, "/api/v1/ops/orders/export", "电话")
    assert phones
    assert all("****" in str(phone) for phone in phones)
    assert all(str(name).endswith("*") for name in column(seen, "/api/v1/ops/orders/export", "收货人"))
    assert len(phones) == OrderLine.objects.count()


def test_an_export_of_orders_has_the_lines_of_the_orders_that_the_filters_find(
    sample: SampleData, visitor: Callable[..., Client]
) -> None:
    seen = visitor("ops")
    expected = OrderLine.objects.filter(order__state="cancelled").values_list("pk", flat=True)
    assert sorted(map(int, column(seen, "/api/v1/ops/orders/export?state=cancelled", "明细号"))) == sorted(expected)
    sale_id = sample.ids["sale_id"]
    expected = OrderLine.objects.filter(sale_id=sale_id).values_list("pk", flat=True)
    found = column(seen, f"/api/v1/ops/orders/export?sale={sale_id}", "明细号")
    assert sorted(map(int, found)) == sorted(expected)
    order = Order.objects.filter(lines__isnull=False).latest("id")
    assert set(column(seen, f"/api/v1/ops/orders/export?q={order.pk}", "订单号")) == {order.pk}
    row = lines_of(body(seen, f"/api/v1/ops/orders/export?q={order.pk}"))[1]
    line = OrderLine.objects.filter(order=order).latest("id")
    assert (row[6], row[12], row[13], row[14]) == (
        line.pk,
        line.units,
        line.price_fen / 100,
        line.units * line.price_fen / 100,
    )


def test_an_export_of_consignments_masks_the_recipient_of_what_is_shipped(
    sample: SampleData, visitor: Callable[..., Client]
) -> None:
    clerk = visitor("brand")
    waiting = column(clerk, "/api/v1/brand/consignments/export?state=to_ship", "电话")
    assert waiting
    assert all("*" not in str(phone) for phone in waiting)
    shipped = column(clerk, "/api/v1/brand/consignments/export?state=shipped", "电话")
    assert shipped
    assert all("****" in str(phone) for phone in shipped)
    assert all(
        str(address).endswith("***")
        for address in column(clerk, "/api/v1/brand/consignments/export?state=shipped", "地址")
    )
    assert all(column(clerk, "/api/v1/brand/consignments/export?state=shipped", "快递单号"))


def test_an_export_of_profit_has_what_the_page_adds_up(sample: SampleData, visitor: Callable[..., Client]) -> None:
    client = visitor("reseller")
    asked = "span=order&first_date=2026-01-01&last_date=2026-12-31"
    shown = client.get(f"/api/v1/profit?{asked}").json()["rows"]
    address = f"/api/v1/profit/export?{asked.replace('span', 'by')}"
    assert column(client, address, "订单号") == [each["key"] for each in shown] != []
    assert [f"{value:.2f}" for value in column(client, address, "赚（元）")] == [each["profit"] for each in shown]


def test_an_export_of_pictures_has_those_of_the_styles_that_are_searched(
    sample: SampleData, visitor: Callable[..., Client]
) -> None:
    client = visitor("brand")
    add_pictures(sample)
    rows = lines_of(body(client, "/api/v1/pictures/export?q=YS2401"))[1:]
    assert [(row[0], row[2], row[4], row[5], row[7]) for row in rows] == [
        ("YS2401", 1, "图片包", "是", "b" * 64),
        ("YS2401", 2, "图片包", "否", "a" * 64),
    ]
    assert lines_of(body(client, "/api/v1/pictures/export?q=none"))[1:] == []
