"""A draft is filled from a workbook, all lines or none; what is wrong is named with its cell (SALE-22)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, Person
from accounts.rules import NotAllowed
from flashsales.job_models import SaleJob
from flashsales.models import SaleItem
from flashsales.selectors.sale_jobs import SaleJobView, get_sale_job
from flashsales.services.locking import SaleHasOpenJob
from flashsales.services.sale_jobs import request_sheet_fill, run_job
from flashsales.services.sale_sheets import KEEP_SHEETS, SHEETS, SheetEmpty, SheetTooLarge, delete_old_sheets
from flashsales.tasks import run_sale_job
from imports import sale_sheet
from inventory.models import Sku
from kernel.clock import set_to
from storage.files import content_key, get_store
from tests.builders import NOW, Marketplace
from tests.violations import all_violations

EAN = "6901234567892"


def ask(market: Marketplace, sale_id: int, text: str, *, name: str = "专场.csv", now: datetime = NOW) -> SaleJobView:
    return request_sheet_fill(actor=market.ops, sale_id=sale_id, filename=name, chunks=[text.encode()], now=now)


def filled(market: Marketplace, sale_id: int, text: str) -> SaleJobView:
    asked = ask(market, sale_id, text)
    assert run_job(job_id=asked.id, clock=lambda: NOW)
    return get_sale_job(asked.id)


@pytest.mark.django_db
def test_a_workbook_names_skus_by_barcode_or_by_style_colour_and_size() -> None:
    market = Marketplace()
    coded = market.sku(style_no="AB-1", size="M")
    Sku.objects.filter(pk=coded).update(barcode=EAN)
    named, coloured = market.sku(style_no="AB-2", size="L"), market.sku(style_no="AB-3", colour="红")
    market.sku(style_no="AB-3", colour="黑")
    market.sku(style_no="AB-2", size="L", brand_id=market.brand())
    sale_id = market.draft(named, units=1)
    text = f"十二月专场,,,,\n条码,款号,颜色,尺码,计划件数,每人限购\n{EAN},,,,12件,2\n,ab-2,,l,3,\n,AB-3,红,M,4,1\n"
    done = filled(market, sale_id, text)
    assert (done.state, done.skus, done.filename, done.faults) == ("done", 3, "专场.csv", [])
    rows = list(SaleItem.objects.order_by("sku_id").values_list("sku_id", "planned", "limit_units"))
    assert rows == [(coded, 12, 2), (named, 3, None), (coloured, 4, 1)]
    entry = AuditEntry.objects.filter(action="flashsales.add_items").latest("pk")
    assert (entry.person_id, entry.details) == (market.ops.person_id, {"skus": 3, "file": "专场.csv"})
    assert all_violations() == []


@pytest.mark.django_db
def test_faulty_lines_are_named_with_their_cells_and_no_line_is_put_in() -> None:
    market = Marketplace()
    market.sku(style_no="AB-1")
    for colour in ("红", "黑"):
        market.sku(style_no="AB-2", colour=colour)
    market.sku(style_no="ZZ-9", brand_id=market.brand())
    sale_id = market.draft()
    lines = (
        "AB-1,黑,M,5,",
        "AB-1,,M,6,",
        "AB-2,,M,1,",
        "ZZ-9,,M,1,",
        "AB-1,黑,L,1,",
        ",,M,1,",
        "AB-2,红,M,0,",
        "AB-2,黑,M,多,x",
    )
    text = "\n".join(("款号,颜色,尺码,件数,限购", *lines))
    ended = filled(market, sale_id, text)
    assert (ended.state, ended.reason, ended.skus) == ("refused", "flashsales.sheet_has_faults", 0)
    assert ended.reason_zh == "7 行有问题，一行也没有放入；请改好后再传"
    assert [(each["row"], each["cell"], each["zh"]) for each in ended.faults] == [
        (3, "A3", "“AB-1 M”在第 2 行已有，请只留一行"),
        (4, "A4", "“AB-2 M”有 2 个颜色，请填颜色"),
        (5, "A5", "品牌没有商品“ZZ-9 M”"),
        (6, "A6", "品牌没有商品“AB-1 黑 L”"),
        (7, "A7", "没有条码，也没有款号和尺码。请填条码，或填款号、颜色和尺码"),
        (8, "D8", "件数须至少为 1。不放入的商品请删除这一行"),
        (9, "D9", "“多”不是数字。请只填数字，例如 59.90。"),
    ]
    assert ended.faults[0]["en"] == "AB-1 M is on row 2 already; keep one of them"
    assert not SaleItem.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["a,b\n1,2\n", "款号,尺码,件数\n", "\x00\x01\x02"])
def test_a_file_that_cannot_be_read_ends_the_job_as_refused(text: str) -> None:
    market = Marketplace()
    ended = filled(market, market.draft(), text)
    assert (ended.state, ended.reason) == ("refused", "flashsales.sheet_unreadable")
    assert not SaleItem.objects.exists()


@pytest.mark.django_db
def test_what_is_no_file_for_a_draft_is_refused_at_once() -> None:
    market = Marketplace()
    sale_id = market.draft()
    fixed: dict[str, Any] = {"sale_id": sale_id, "filename": "a.csv", "now": NOW}
    with pytest.raises(SheetEmpty):
        request_sheet_fill(actor=market.ops, chunks=[], **fixed)
    with pytest.raises(SheetTooLarge):
        request_sheet_fill(actor=market.ops, chunks=[b"x"], cut_short=True, **fixed)
    with pytest.raises(NotAllowed):
        request_sheet_fill(actor=market.clerk, chunks=[b"x"], **fixed)
    assert not SaleJob.objects.exists()
    ask(market, sale_id, "x")
    with pytest.raises(SaleHasOpenJob):
        ask(market, sale_id, "x")


@pytest.mark.django_db
def test_old_workbooks_are_deleted_and_those_of_open_jobs_stay() -> None:
    market = Marketplace()
    ask(market, market.draft(), "waiting")
    ended = ask(market, market.draft(), "ended")
    run_job(job_id=ended.id, clock=lambda: NOW)
    needed, other = (content_key(SHEETS, row.sha256) for row in SaleJob.objects.order_by("pk"))
    stored = get_store().head(other)
    assert stored is not None
    delete_old_sheets(now=stored.stored_at + KEEP_SHEETS - timedelta(hours=1))
    assert get_store().head(other) is not None
    delete_old_sheets(now=stored.stored_at + KEEP_SHEETS + timedelta(hours=1))
    assert get_store().head(other) is None
    assert get_store().head(needed) is not None


@pytest.mark.django_db
def test_ops_send_a_workbook_on_the_page_of_items_and_see_what_is_wrong() -> None:
    market = Marketplace()
    sku = market.sku(style_no="AB-1")
    sale_id = market.draft()
    ops = Client()
    ops.force_login(Person.objects.get(pk=market.ops.own_id), backend="django.contrib.auth.backends.ModelBackend")
    page = reverse("console:sale_items", args=[sale_id])
    for text in ("款号,尺码,件数\nAB-1,XXL,5\n", "款号,尺码,件数\nAB-1,M,5\n"):
        with set_to(NOW):
            ops.post(
                reverse("console:sale_sheet", args=[sale_id]), {"file": SimpleUploadedFile("a.csv", text.encode())}
            )
            run_sale_job(SaleJob.objects.latest("pk").pk)
            shown = ops.get(page).content.decode()
        assert ("A2" in shown and "品牌没有商品“AB-1 XXL”" in shown) is ("XXL" in text)
    assert list(SaleItem.objects.values_list("sku_id", "planned")) == [(sku, 5)]


def test_a_child_reads_what_this_process_reads() -> None:
    data = f"条码,件数,限购\n{EAN},12,2\n{EAN[:-1]}1,1,\n".encode()
    reading = sale_sheet.read(data, "a.csv")
    assert [(line.barcode, line.units, line.limit_units) for line in reading.lines] == [(EAN, 12, 2)]
    assert [(fault.row, fault.col, fault.code) for fault in reading.faults] == [(3, "A", "barcode_checksum")]
    assert sale_sheet.read_in_child(data, "a.csv") == reading
