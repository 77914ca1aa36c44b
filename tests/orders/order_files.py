"""Workbooks of orders for the tests: written, sent and read up to their preview."""

import io
from dataclasses import replace
from datetime import datetime

import xlsxwriter

from imports import order_sheet
from imports.order_sheet import OrderRow
from inventory.models import Sku
from orders.uploads import parse, receive, selectors
from orders.uploads.views import OrderUploadLineView, OrderUploadView
from tests.builders import NOW, Daigou

ROW = OrderRow(None, 0, None, "王芳", "13912345678", "浙江省杭州市西湖区文三路 1 号", None, None, None, None, 1)
SEND_AT_ONCE = 8


def line(sku_id: int, units: int = 1, **fields: object) -> OrderRow:
    """A line for a SKU by style number, colour and size."""
    sku = Sku.objects.select_related("style").get(pk=sku_id)
    row = replace(ROW, style_no=sku.style.style_no, colour=sku.colour, size=sku.size, units=units)
    return replace(row, **fields)  # type: ignore[arg-type]


def workbook(*rows: OrderRow) -> bytes:
    return order_sheet.write(rows)


def table(*rows: list[str]) -> bytes:
    """A workbook with these cells, whatever they say."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("订单")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def send(daigou: Daigou, data: bytes, *, now: datetime = NOW) -> int:
    return receive.receive_upload(actor=daigou.actor, filename="代发订单.xlsx", chunks=[data], now=now).id


def preview(daigou: Daigou, *rows: OrderRow, data: bytes | None = None, now: datetime = NOW) -> OrderUploadView:
    """Send a workbook and read it; the upload as it is then."""
    upload_id = send(daigou, workbook(*rows) if data is None else data, now=now)
    assert parse.read_upload(upload_id=upload_id, clock=lambda: now)
    return selectors.get_order_upload(daigou.actor, upload_id)


def lines_of(daigou: Daigou, upload_id: int, *, now: datetime = NOW) -> list[OrderUploadLineView]:
    return selectors.lines_of_upload(daigou.actor, upload_id, at=now, limit=200).items
