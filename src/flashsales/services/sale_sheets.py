"""Filling a draft from a workbook: sent, read by a worker, matched with the brand's goods, all lines or none (SALE-22)."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings

from accounts.rules import Actor, Role, require_roles
from flashsales.job_models import SaleJob
from flashsales.rules import MAX_UNITS
from flashsales.rules.sale_jobs import SaleJobState, SaleJobStep
from flashsales.services.locking import lock_draft, record_change
from flashsales.sql import filling as statements
from flashsales.sql.filling import MatchedLine
from imports import reasons, sale_sheet
from imports.report import Fault
from imports.sale_sheet import SaleLine
from kernel.refusal import Invalid
from storage.files import TooLong, base_name, content_key, delete_objects, get_store, store_chunks
from storage.objects import StoredObject

SHEETS: Final = "sale-sheets"
KEEP_SHEETS: Final = timedelta(days=7)
MAX_FAULTS_KEPT: Final = 200
MEGABYTE: Final = 1024 * 1024


class SheetTooLarge(Invalid):
    code = "flashsales.sheet_too_large"
    zh = "文件超过 {limit_mb} MB，请拆成几个文件"
    en = "The file is larger than {limit_mb} MB; split it"
    limit_mb: int


class SheetEmpty(Invalid):
    code = "flashsales.sheet_empty"
    zh = "没有收到文件，请重新选择"
    en = "No file arrived; choose it again"


class SheetUnreadable(Invalid):
    code = "flashsales.sheet_unreadable"
    zh = "文件读不了：{reason_zh}"
    en = "The file cannot be read: {reason_en}"
    reason_zh: str
    reason_en: str


class SheetHasFaults(Invalid):
    code = "flashsales.sheet_has_faults"
    zh = "{count} 行有问题，一行也没有放入；请改好后再传"
    en = "{count} lines are wrong, and none was put into the sale; mend them and send the file again"
    count: int
    faults: list[dict[str, Any]]


def store_sheet(*, filename: str, chunks: Iterable[bytes], cut_short: bool, now: datetime) -> tuple[str, str]:
    """Store a workbook; returns its SHA-256 and the name that is kept.

    Refuses one that is too large (`cut_short`: the server dropped its rest) or empty.
    """
    limit = min(settings.MAX_WORKBOOK_BYTES, sale_sheet.SALE_SHEET_LIMITS.file_bytes)
    if cut_short:
        raise SheetTooLarge(limit_mb=limit // MEGABYTE)
    try:
        sha256, size = store_chunks(SHEETS, chunks, limit=limit, now=now)
    except TooLong as cause:
        raise SheetTooLarge(limit_mb=limit // MEGABYTE) from cause
    if size == 0:
        raise SheetEmpty
    return sha256, base_name(filename)


def fill_from_sheet(*, actor: Actor, job: SaleJob, on_step: Callable[[SaleJobStep], None], now: datetime) -> int:
    """Put what the workbook of a job says into its draft; returns the number of SKUs. Refuses the file, or its faulty lines, whole."""
    require_roles(actor, Role.OPS)
    on_step(SaleJobStep.READING)
    reading = sale_sheet.read_in_child(get_store().read(content_key(SHEETS, job.sha256)), job.filename)
    if reading.outcome == "refuse":
        code = reading.reason or "corrupt"
        zh, en = (reasons.file_message(code, language, reading.details) for language in ("zh", "en"))
        raise SheetUnreadable(reason_zh=zh, reason_en=en)
    sale = lock_draft(job.sale_id, job_id=job.pk)
    on_step(SaleJobStep.MATCHING)
    matched = _match(sale.brand_id, reading.lines)
    faults = [_of_reading(each) for each in reading.faults] + _faults(reading.lines, matched)
    if faults:
        faults.sort(key=lambda each: (each["sheet"], each["row"]))
        raise SheetHasFaults(count=len(faults), faults=faults[:MAX_FAULTS_KEPT])
    on_step(SaleJobStep.WRITING)
    written = statements.write_items(
        sale_id=sale.pk,
        brand_id=sale.brand_id,
        sku_ids=[each.sku_id for each in matched],
        units=[line.units for line in reading.lines],
        limits=[line.limit_units for line in reading.lines],
    )
    record_change(actor, "add_items", sale.pk, {"skus": len(written), "file": job.filename}, now)
    return len(written)


def delete_old_sheets(*, now: datetime) -> int:
    """Delete the workbooks that no open job needs, some days after they came; returns how many."""
    return delete_objects(SHEETS, lambda page: _not_needed(page, now))


def _not_needed(page: Collection[StoredObject], now: datetime) -> list[StoredObject]:
    by_hash = {each.key.rsplit("/", 1)[-1]: each for each in page if each.stored_at < now - KEEP_SHEETS}
    needed = SaleJob.objects.filter(sha256__in=list(by_hash), state=SaleJobState.WAITING.value)
    kept = set(needed.values_list("sha256", flat=True))
    return [each for sha256, each in by_hash.items() if sha256 not in kept]


def _match(brand_id: int, lines: Sequence[SaleLine]) -> list[MatchedLine]:
    """For each line the SKUs of the brand that it may mean, in the order of the lines."""
    return statements.match_lines(
        brand_id=brand_id,
        barcodes=[line.barcode for line in lines],
        style_nos=[line.style_no for line in lines],
        colours=[line.colour for line in lines],
        sizes=[line.size for line in lines],
    )


def _faults(lines: Sequence[SaleLine], matched: Sequence[MatchedLine]) -> list[dict[str, Any]]:
    """The lines whose goods are not the brand's, are not clear, or stand in an earlier line; and more units than a sale takes."""
    faults = []
    first_row: dict[int, SaleLine] = {}
    for line, found in zip(lines, matched, strict=True):
        if found.count == 0:
            faults.append(_fault(line, f"品牌没有商品“{line.name}”", f"The brand has no goods {line.name}"))
        elif found.count > 1:
            zh, en = (
                f"“{line.name}”有 {found.count} 个颜色，请填颜色",
                f"{line.name} has {found.count} colours; give the colour",
            )
            faults.append(_fault(line, zh, en))
        elif found.sku_id in first_row:
            row = first_row[found.sku_id].row
            zh, en = (
                f"“{line.name}”在第 {row} 行已有，请只留一行",
                f"{line.name} is on row {row} already; keep one of them",
            )
            faults.append(_fault(line, zh, en))
        elif max(line.units, line.limit_units or 1) > MAX_UNITS:
            zh, en = f"件数和限购最多 {MAX_UNITS}", f"Units and limits are at most {MAX_UNITS}"
            faults.append(_fault(line, zh, en))
        else:
            first_row[found.sku_id] = line
    return faults


def _fault(line: SaleLine, zh: str, en: str) -> dict[str, Any]:
    return {
        "sheet": line.sheet or "",
        "row": line.row,
        "cell": f"{line.column}{line.row}",
        "value": line.name,
        "zh": zh,
        "en": en,
    }


def _of_reading(fault: Fault) -> dict[str, Any]:
    return {
        "sheet": fault.sheet or "",
        "row": fault.row,
        "cell": f"{fault.col or ''}{fault.row}",
        "value": (fault.value or "")[:100],
        "zh": f"{fault.message_zh.rstrip('。')}。{fault.hint_zh}",
        "en": f"{fault.message_en.rstrip('.')}. {fault.hint_en}".strip(),
    }
