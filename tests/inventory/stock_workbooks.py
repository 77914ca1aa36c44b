"""Workbooks and catalogues for the tests of stock: a brand with a clerk, files that it sends, and what is then in its catalogue."""

import csv
import io
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.rules import SYSTEM, Actor, Role
from accounts.services.people import add_person
from brands import services as brands
from imports import stock_sheet
from integrity.selectors.checks import violations_of
from inventory.models import Sku, StockLedger, Upload
from inventory.uploads import apply, receive
from inventory.uploads.parse import read_upload
from inventory.uploads.preview import build_preview
from inventory.uploads.selectors import get_upload
from inventory.uploads.views import UploadView
from kernel.integrity import Violation
from kernel.money import format_yuan

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
HEADER = ("款号", "品名", "类目", "颜色", "尺码", "条码", "吊牌价", "供货价", "库存")


@dataclass(frozen=True)
class Line:
    """A line of a stock workbook as a clerk types it."""

    style_no: str = "A100"
    name: str = "圆领针织衫"
    category: str = "毛衣"
    colour: str = "黑色"
    size: str = "M"
    barcode: str = ""
    tag_fen: int = 39900
    base_fen: int = 9900
    quantity: int = 10

    def cells(self) -> list[str]:
        return [
            self.style_no, self.name, self.category, self.colour, self.size, self.barcode,
            format_yuan(self.tag_fen), format_yuan(self.base_fen), str(self.quantity),
        ]  # fmt: skip


def sizes(line: Line, *names: str) -> list[Line]:
    return [replace(line, size=name) for name in names]


def workbook(*lines: Line) -> bytes:
    """A CSV file as Excel saves it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows(line.cells() for line in lines)
    return text.getvalue().encode("utf-8-sig")


def new_brand(name: str = "云杉", *, now: datetime = NOW) -> int:
    ops = add_person(actor=SYSTEM, login=f"ops-{name}", name="运营", role=Role.OPS, password="wei-cang-77", now=now)
    brand = brands.create_application(
        actor=ops,
        name=name,
        annual_sales_fen=30_000_000_00,
        offline_shops=80,
        commission_rate=Decimal("0.15"),
        now=now,
    )
    return brands.admit_brand(actor=ops, brand_id=brand.id, now=now).id


def new_clerk(brand_id: int, login: str = "clerk", *, now: datetime = NOW) -> Actor:
    return brands.add_clerk(
        actor=SYSTEM, brand_id=brand_id, login=login, name="小店员", password="wei-cang-77", now=now
    )


def send(clerk: Actor, data: bytes, filename: str = "库存.csv", *, now: datetime = NOW) -> int:
    return receive.receive_upload(actor=clerk, filename=filename, chunks=[data], now=now).id


def preview(clerk: Actor, data: bytes, filename: str = "库存.csv", *, now: datetime = NOW) -> UploadView:
    """Send a file and have it read, as a worker does."""
    upload_id = send(clerk, data, filename, now=now)
    assert read_upload(upload_id=upload_id, clock=lambda: now)
    return get_upload(upload_id)


def upload_and_apply(clerk: Actor, data: bytes, *, confirm_prices: bool = False, now: datetime = NOW) -> UploadView:
    view = preview(clerk, data, now=now)
    return apply.apply_upload(actor=clerk, upload_id=view.id, confirm_prices=confirm_prices, now=now)


def upload_and_apply_in_process(clerk: Actor, data: bytes, minute: int) -> int:
    """As `land`, reading in this process: a child for each of hundreds of files would be most of the time."""
    upload_id = send(clerk, data, now=later(minute))
    row = Upload.objects.get(pk=upload_id)
    counts = build_preview(row, stock_sheet.read(data, "a.csv"))
    Upload.objects.filter(pk=row.pk).update(state="preview", **counts)
    receive.zero_missing(actor=clerk, upload_id=row.pk, sku_ids=None, zero=minute % 2 == 0, now=later(minute))
    apply.apply_upload(actor=clerk, upload_id=row.pk, confirm_prices=True, now=later(minute))
    return row.pk


def later(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def stock(brand_id: int) -> list[dict[str, Any]]:
    """Everything of a brand's stock that its clerk can see, in a fixed order."""
    fields = (
        "style__style_no", "style__name", "style__category__code", "style__season", "style__year", "style__gender",
        "style__picture", "colour", "size", "barcode", "tag_price_fen", "base_price_fen", "on_hand", "allotted",
    )  # fmt: skip
    rows = Sku.objects.filter(brand_id=brand_id, listed=True)
    return list(rows.order_by("style__style_no", "colour", "size").values(*fields))


def units(brand_id: int) -> dict[str, int]:
    """Units on hand by `style colour size`."""
    return {f"{each['style__style_no']} {each['colour']} {each['size']}": each["on_hand"] for each in stock(brand_id)}


def traces() -> tuple[int, int]:
    """How many movements and SKUs there are: what a refused service must leave alone."""
    return StockLedger.objects.count(), Sku.objects.count()


def state_of(upload_id: int) -> str:
    return Upload.objects.values_list("state", flat=True).get(pk=upload_id)


def units_that_differ() -> list[Violation]:
    """The SKUs whose quantities differ from their movements: for tests that write movements which no record explains."""
    return [violation for violation in violations_of("inventory") if violation.code == "inventory.units"]
