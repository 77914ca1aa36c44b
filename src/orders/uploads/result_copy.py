"""A reseller's own workbook back, with what became of each line marked in it (WORKBOOK-6)."""

import threading
from collections.abc import Sequence

from accounts.rules import Actor
from imports.annotated_copy.in_child import annotate_in_child
from imports.report import FaultWithText, Tone
from kernel.refusal import Busy, Conflict
from orders.models.uploads import OrderUpload, OrderUploadLine
from orders.rules.uploads import OrderUploadLineState, OrderUploadState
from orders.uploads.parse import remembered_answers
from orders.uploads.selectors import open_workbook, own_upload

_WAIT_SECONDS = 10.0
_one_at_a_time = threading.Lock()
"""In a process: the copy is made while its reader waits, and each takes a child with a processor of its own."""
_SEEN = (OrderUploadState.PREVIEW, OrderUploadState.COMMITTED)


class NoResultYet(Conflict):
    code = "orders.no_result_copy"
    zh = "这个文件还没有读完，没有可下载的标注副本"
    en = "The workbook has not been read, so there is no annotated copy"


class ResultCopyBusy(Busy):
    code = "orders.result_copy_busy"
    zh = "正在生成别的标注副本，请稍后再下载"
    en = "Other annotated copies are being made; try again in a moment"


class ResultCopyImpossible(Conflict):
    code = "orders.result_copy_impossible"
    zh = "这个文件无法生成标注副本，请看页面上每一行的结果"
    en = "No annotated copy can be made of this file; see the result of each line on the page"


def result_copy(*, actor: Actor, upload_id: int) -> tuple[bytes, str]:
    """The bytes and the file name of the annotated copy of an upload: before the commit of what stands in the way, after it of what was
    ordered. It is made when it is asked for and kept nowhere, since it holds what a workbook holds of people."""
    upload = own_upload(actor, upload_id)
    if OrderUploadState(upload.state) not in _SEEN:
        raise NoResultYet
    with open_workbook(actor, upload_id).content as file:
        workbook = file.read()
    lines = list(OrderUploadLine.objects.filter(upload=upload).order_by("number"))
    if not _one_at_a_time.acquire(timeout=_WAIT_SECONDS):
        raise ResultCopyBusy
    try:
        copy = annotate_in_child(
            workbook,
            upload.filename,
            kind="orders",
            answers=remembered_answers(upload.reseller_id),
            faults=_marks(upload, lines),
            taken=sum(line.ordered_units > 0 for line in lines),
            opening=_opening(upload, lines),
        )
    finally:
        _one_at_a_time.release()
    if copy.reason:
        raise ResultCopyImpossible
    return copy.data, copy.name


def _marks(upload: OrderUpload, lines: Sequence[OrderUploadLine]) -> list[FaultWithText]:
    is_committed = upload.state == OrderUploadState.COMMITTED.value
    marks = [_outcome(upload, line) if is_committed else _preview_mark(line) for line in lines]
    return [mark for mark in marks if mark is not None]


def _outcome(upload: OrderUpload, line: OrderUploadLine) -> FaultWithText:
    """What was ordered of a line."""
    why = line.result or {"code": "not_ordered", "zh": "", "en": ""}
    if line.ordered_units == line.units:
        words = (
            f"已下单 {line.units} 件（订单 {upload.order_id}）。",
            f"Ordered {line.units} units (order {upload.order_id}).",
        )
        return _mark(line, "ordered", "done", *words)
    if line.ordered_units:
        zh = f"下单 {line.ordered_units}/{line.units} 件（订单 {upload.order_id}）：{why['zh']}"
        en = f"Ordered {line.ordered_units} of {line.units} units (order {upload.order_id}): {why['en']}"
        return _mark(line, why["code"], "partly", zh, en)
    return _mark(line, why["code"], "wrong", f"没有下单：{why['zh']}", f"Not ordered: {why['en']}")


def _preview_mark(line: OrderUploadLine) -> FaultWithText | None:
    """What stands in the way of a line, or should be looked at; None where nothing does."""
    if line.reason:
        tone: Tone = "partly" if line.state == OrderUploadLineState.READY.value and line.left_units else "wrong"
        return _mark(line, line.reason["code"], tone, line.reason["zh"], line.reason["en"])
    if line.repeats:
        first = line.repeats[0]
        return _mark(line, first["code"], "partly", first["zh"], first["en"])
    return None


def _mark(line: OrderUploadLine, code: str, tone: Tone, zh: str, en: str) -> FaultWithText:
    return FaultWithText(line.sheet or None, line.row, None, None, code, None, (), (zh, en, "", ""), tone)


def _opening(upload: OrderUpload, lines: Sequence[OrderUploadLine]) -> list[str]:
    """The first lines of the sheet in front."""
    if upload.state != OrderUploadState.COMMITTED.value:
        return [
            "尾仓 · 订单文件检查结果 Order workbook check",
            "标红的行不能下单，标黄的行请核对。改好后请重新上传。",
            "Lines marked red cannot be ordered, lines marked amber should be checked. Mend them and upload the file again.",
        ]
    full = sum(line.ordered_units == line.units for line in lines)
    part = sum(0 < line.ordered_units < line.units for line in lines)
    rest = len(lines) - full - part
    return [
        f"尾仓 · 下单结果 Order result · 订单 order {upload.order_id}",
        f"下单 {full} 行（绿），部分下单 {part} 行（黄），没有下单 {rest} 行（红）。",
        f"{full} lines ordered (green), {part} ordered in part (amber), {rest} not ordered (red).",
        "已下单的行请不要再上传。 Do not upload the lines again that were ordered.",
    ]
