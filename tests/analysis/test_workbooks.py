"""Analysis workbooks: asked for by whom they are for, made by a worker that may die, and adding up."""

import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.test import Client

from accounts.models import AuditEntry, Person
from accounts.rules import Actor, NotAllowed
from analysis.models import Workbook
from analysis.rules import Days, Figures, WorkbookState
from analysis.selectors.figures import compare
from analysis.selectors.workbooks import NoSuchWorkbook, list_workbooks
from analysis.services import workbooks
from analysis.services.rollups import refresh
from analysis.services.workbook_requests import (
    KEEP_WORKBOOKS,
    MAX_PER_DAY,
    TooManyWorkbooks,
    WorkbookNotReady,
    delete_old_workbooks,
    open_workbook,
    request_workbook,
)
from analysis.services.workbooks import LEASE, make_workbook, waiting_workbooks, write_workbook
from jobs.leases import MAX_ATTEMPTS
from kernel.clock import set_to
from kernel.period import shanghai_date
from tests.analysis.bought import Bought
from tests.builders import HOUR, NOW, item_of

pytestmark = pytest.mark.django_db
LATER = NOW + 30 * HOUR
DAYS = Days(shanghai_date(NOW), shanghai_date(LATER))
UNITS = {
    "付款件数": "units", "已发件数": "shipped_units", "准时件数": "on_time_units", "超时件数": "late_units", "缺货件数": "short_units",
    "退款件数": "refunded_units", "发货后退款件数": "returned_units",
}  # fmt: skip
AMOUNTS = {
    "成交额（元）": "sold_fen", "退款额（元）": "refunded_fen", "佣金（元）": "commission_fen", "让利（元）": "discount_fen",
    "货款（元）": "brand_fen", "平台留下（元）": "platform_fen",
}  # fmt: skip


@pytest.fixture
def bought() -> Bought:
    made = Bought()
    made.ship(LATER)
    other = made.market.brand(name="=别家")
    sku = made.market.sku(units=6, brand_id=other)
    made.market.paid_order(made.daigou, item_of(made.market.sale(sku, brand_id=other), sku), 3)
    refresh(now=LATER)
    return made


def read(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def sums_of(sheet: Any) -> dict[str, Decimal]:
    """The sums of the columns of a flat sheet, by heading."""
    headings, *rows = sheet.iter_rows(values_only=True)
    return {
        name: sum((Decimal(str(row[place])) for row in rows), Decimal(0))
        for place, name in enumerate(headings)
        if name in UNITS | AMOUNTS
    }


# ANALYSIS-6
@pytest.mark.parametrize("max_lines", [10, 1])
def test_flat_sheet_adds_up_to_the_figures_of_the_pages(
    bought: Bought, max_lines: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "MAX_LINES", max_lines)
    made = write_workbook(DAYS, brand_id=None)
    book, now = read(made.content), compare(DAYS).now
    assert book.sheetnames == ["说明", "按月", "按品牌", "动销率", "2026-11"]
    sums = sums_of(book["2026-11"])
    assert {UNITS[name]: int(value) for name, value in sums.items() if name in UNITS} == {
        field: getattr(now, field) for field in UNITS.values()
    }
    assert {AMOUNTS[name]: int(value * 100) for name, value in sums.items() if name in AMOUNTS} == {
        field: getattr(now, field) for field in AMOUNTS.values()
    }
    assert made.row_count == book["2026-11"].max_row - 1 == 2
    assert (book["2026-11"]["C2"].value is None) == (max_lines == 1)
    assert book["2026-11"].freeze_panes == "A2"


# ANALYSIS-6
def test_sums_are_formulas_over_the_flat_sheets_and_texts_are_none(bought: Bought) -> None:
    book = read(write_workbook(DAYS, brand_id=None).content)
    month, brands = book["按月"], book["按品牌"]
    assert [month.cell(2, 1).value, month.cell(2, 2).value] == ["2026-11", "=SUM('2026-11'!O2:O3)"]
    assert month.cell(3, 2).value == "=SUM(B2:B2)"
    assert brands.cell(2, 2).value == "=SUMPRODUCT(--EXACT('2026-11'!E2:E3,A2),'2026-11'!O2:O3)"
    names = [brands.cell(row, 1) for row in (2, 3)]
    assert {cell.data_type for cell in names} == {"s"}
    assert "=别家" in {cell.value for cell in names}
    (late,) = (cell for cell in brands[1] if cell.value == "准时率")
    assert str(brands.cell(2, late.column).value).startswith('=IF((D2+E2)=0,"",D2/(D2+E2))')


# ANALYSIS-6
def test_workbook_of_a_brand_has_its_own_lines_and_no_price_of_a_reseller(bought: Bought) -> None:
    book = read(write_workbook(DAYS, brand_id=bought.market.brand_id).content)
    sheet = book["2026-11"]
    headings = {cell.value for cell in sheet[1]}
    assert not headings & {
        "成交额（元）",
        "退款额（元）",
        "佣金（元）",
        "让利（元）",
        "平台留下（元）",
        "下单时等级",
        "加入月份",
        "品牌",
    }
    assert sheet.max_row == 2
    assert sums_of(sheet)["货款（元）"] * 100 == compare(DAYS, brand_id=bought.market.brand_id).now.brand_fen
    assert "按专场" in book.sheetnames


# ANALYSIS-6
def test_a_period_without_lines_makes_an_empty_workbook(bought: Bought) -> None:
    made = write_workbook(Days(DAYS.first - timedelta(days=40), DAYS.first - timedelta(days=30)), brand_id=None)
    assert (made.row_count, read(made.content).sheetnames) == (0, ["说明", "按月", "按品牌", "动销率"])


# ANALYSIS-6
def test_request_waits_until_a_worker_made_it_and_is_downloaded_by_its_person_only(bought: Bought) -> None:
    ops, finance = bought.market.ops, bought.market.finance
    asked = request_workbook(actor=ops, days=DAYS, now=LATER)
    assert request_workbook(actor=ops, days=DAYS, now=LATER) == asked
    with pytest.raises(WorkbookNotReady):
        open_workbook(actor=ops, workbook_id=asked.id, now=LATER)
    assert waiting_workbooks(now=LATER) == [asked.id]
    assert make_workbook(workbook_id=asked.id, clock=lambda: LATER)
    assert not make_workbook(workbook_id=asked.id, clock=lambda: LATER)
    (shown,) = list_workbooks(ops).items
    assert (shown.state, shown.row_count) == (WorkbookState.READY, 2)
    file = open_workbook(actor=ops, workbook_id=asked.id, now=LATER)
    assert file.name == f"analysis-{DAYS.first}-{DAYS.last}.xlsx"
    assert "2026-11" in read(file.content.read()).sheetnames
    file.content.close()
    for other in (finance, bought.market.clerk):
        with pytest.raises(NoSuchWorkbook):
            open_workbook(actor=other, workbook_id=asked.id, now=LATER)
        assert list_workbooks(other).items == []
    actions = AuditEntry.objects.filter(subject_kind="workbook").order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["analysis.request_workbook", "analysis.download_workbook"]


# ANALYSIS-6
def test_request_is_refused_to_resellers_and_limited_in_a_day(bought: Bought, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotAllowed):
        request_workbook(actor=bought.daigou.actor, days=DAYS, now=LATER)
    for back in range(MAX_PER_DAY):
        request_workbook(actor=bought.market.clerk, days=Days(DAYS.first - timedelta(days=back), DAYS.last), now=LATER)
    with pytest.raises(TooManyWorkbooks):
        request_workbook(actor=bought.market.clerk, days=Days(DAYS.last, DAYS.last), now=LATER)
    assert Workbook.objects.count() == MAX_PER_DAY
    assert set(Workbook.objects.values_list("brand_id", flat=True)) == {bought.market.brand_id}


# ANALYSIS-6
def test_a_workbook_whose_worker_died_is_made_by_another_and_given_up_in_the_end(bought: Bought) -> None:
    asked = request_workbook(actor=bought.market.ops, days=DAYS, now=LATER)
    Workbook.objects.update(lease_until=LATER + LEASE, attempts=1)
    assert not make_workbook(workbook_id=asked.id, clock=lambda: LATER)
    assert waiting_workbooks(now=LATER) == []
    after = LATER + LEASE
    assert waiting_workbooks(now=after) == [asked.id]
    Workbook.objects.update(attempts=MAX_ATTEMPTS)
    assert make_workbook(workbook_id=asked.id, clock=lambda: after)
    assert Workbook.objects.get().state == WorkbookState.FAILED.value


# ANALYSIS-6
def test_old_files_are_deleted_and_their_rows_stay(bought: Bought) -> None:
    asked = request_workbook(actor=bought.market.ops, days=DAYS, now=LATER)
    make_workbook(workbook_id=asked.id, clock=lambda: LATER)
    assert delete_old_workbooks(now=LATER + KEEP_WORKBOOKS) == 0
    assert Workbook.objects.get().state == WorkbookState.READY.value
    delete_old_workbooks(now=LATER + KEEP_WORKBOOKS + timedelta(seconds=1))
    assert Workbook.objects.get().state == WorkbookState.ERASED.value
    with pytest.raises(WorkbookNotReady):
        open_workbook(actor=bought.market.ops, workbook_id=asked.id, now=LATER)


# ANALYSIS-6
@pytest.mark.parametrize("face", ["console", "portal"])
def test_pages_ask_for_a_workbook_and_send_it(bought: Bought, face: str) -> None:
    actor: Actor = bought.market.clerk if face == "portal" else bought.market.finance
    client = Client()
    client.force_login(Person.objects.get(pk=actor.own_id))
    period = {"first": DAYS.first.isoformat(), "last": DAYS.last.isoformat()}
    with set_to(LATER):
        answer = client.post(f"/{face}/analysis/workbooks/", period)
        assert answer.status_code == 302
        asked = Workbook.objects.get()
        assert "在做" in client.get(f"/{face}/analysis/").content.decode()
        make_workbook(workbook_id=asked.pk, clock=lambda: LATER)
        assert "下载" in client.get(f"/{face}/analysis/").content.decode()
        sent = client.post(f"/{face}/analysis/workbooks/{asked.pk}/")
    content = b"".join(sent)
    assert "2026-11" in read(content).sheetnames
    assert Figures().lines == 0
