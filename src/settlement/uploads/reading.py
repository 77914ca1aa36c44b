"""Reads a reconciliation list in a confined child process, compares it with its statement, and keeps what differs (SETTLE-13).

With pandas: only a worker imports this module.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from events.rules.kinds import EventKind
from events.rules.uploads import ASKED, REFUSED, UploadOutcome
from events.services import EventDraft, publish
from imports import reconciliation_sheet
from imports.reconciliation_sheet import FIGURES, ListLine, ListReading
from imports.report import Fault
from inventory.rules import CATALOGUE_FAULTS
from inventory.uploads.parse import stored_questions
from jobs.leases import LEASE, MAX_ATTEMPTS, Clock
from settlement import sql
from settlement.models import ComparisonDifference, StatementComparisonJob
from settlement.rules.comparison import ComparisonState, DifferenceKind
from settlement.selectors.comparisons import remembered_answers
from settlement.sql import StatedLine
from settlement.uploads.comparing import Comparison, Difference, compare
from settlement.uploads.matching import ComparedLine, OtherLine, number_of
from settlement.uploads.queue import LISTS, QUEUE
from storage.files import content_key, get_store
from storage.objects import ObjectMissing, StorageUnavailable

MAX_KEPT, MAX_VALUE_KEPT = 1000, 200
_COMPARING_LEASE = 10 * LEASE
"""How long the comparison may take: that step does not renew its lease."""
log = logging.getLogger("weicang.uploads")


def claimable_lists(*, now: datetime) -> list[int]:
    """Lists that nobody reads."""
    return QUEUE.claimable(now=now)


def read_list(*, comparison_id: int, clock: Clock) -> bool:
    """Read one list and compare it; False where somebody else has it or it does not wait.

    A worker may be killed at any point: another one begins again once the lease has expired. A failure of the file storage says nothing
    about the file: the attempt does not count.
    """
    job = QUEUE.claim(comparison_id, now=clock())
    if job is None:
        return False
    if job.attempts > MAX_ATTEMPTS:
        _refuse_as(job, "reader_died", clock())
        return True
    if earlier := QUEUE.refused_before(job.upload.sha256):
        _refuse(job, *earlier, clock())
        return True
    try:
        _read(job, clock)
    except StorageUnavailable:
        QUEUE.give_back_attempt(job, now=clock())
        raise
    return True


def _read(job: StatementComparisonJob, clock: Clock) -> None:
    upload = job.upload
    try:
        data = get_store().read(content_key(LISTS, upload.sha256))
    except ObjectMissing:
        log.exception("a list is missing in the store", extra={"comparison": job.pk, "sha256": upload.sha256})
        _refuse_as(job, "file_missing", clock())
        return
    reading = reconciliation_sheet.read_in_child(
        data,
        upload.filename,
        answers=remembered_answers(upload.brand_id),
        progress=QUEUE.heartbeat(job, clock),
    )
    finish_reading(job, reading, clock)


def finish_reading(job: StatementComparisonJob, reading: ListReading, clock: Clock) -> None:
    """Compare a list that was read, or keep what it asks or why it cannot be read."""
    if reading.outcome == "ask_mapping":
        asked = stored_questions(reading.questions)
        _finish(job, [], ASKED, clock(), state=ComparisonState.QUESTION.value, questions=asked)
    elif reading.outcome == "refuse":
        _refuse(job, reading.reason or "corrupt", reading.message_zh, reading.message_en, clock())
    else:
        _compare(job, reading, clock)


def _compare(job: StatementComparisonJob, reading: ListReading, clock: Clock) -> None:
    upload = job.upload
    QUEUE.extend(job, stage="matching", until=clock() + _COMPARING_LEASE)
    lines = [_compared(each) for each in sql.stated_lines(upload.statement_id)]
    others = _others(job, lines, reading)
    result = compare(lines, reading.rows, reading.unread, others, tolerance_fen=upload.tolerance_fen)
    rows = _rows(job, lines, others, reading, result.differences)
    count, now = sum(result.counts.values()), clock()
    _finish(
        job,
        rows,
        _outcome(count, len(reading.faults)),
        now,
        state=ComparisonState.DONE.value,
        questions=[],
        result=_stored(lines, reading, result),
        difference_count=count,
        fault_count=len(reading.faults),
        ended_at=now,
    )


def _outcome(difference_count: int, fault_count: int) -> UploadOutcome:
    """What is said of a list that was compared."""
    if not difference_count and not fault_count:
        return UploadOutcome("已比对，和结算单一致", "was compared, and agrees with the statement")
    return UploadOutcome(
        f"已比对：{difference_count} 处差异，{fault_count} 处读不出",
        f"was compared: {difference_count} differences, {fault_count} faults",
    )


def _compared(line: StatedLine) -> ComparedLine:
    figures = (
        line.units,
        line.refunded_units,
        line.sold_fen,
        line.refunded_fen,
        line.commission_fen,
        line.payable_fen,
    )
    goods = (line.style_no, line.colour, line.size, line.barcode)
    return ComparedLine(line.line_id, line.order_id, *goods, line.tracking_nos, figures)


def _others(job: StatementComparisonJob, lines: Sequence[ComparedLine], reading: ListReading) -> list[OtherLine]:
    """Lines of the brand outside of the statement: of the orders of both sides, and those whose numbers the list has."""
    named = (*reading.rows, *reading.unread)
    order_ids = {line.order_id for line in lines} | _ids(row.order_no for row in named)
    found = sql.lines_elsewhere(
        brand_id=job.upload.brand_id,
        statement_id=job.upload.statement_id,
        order_ids=sorted(order_ids),
        line_ids=sorted(_ids(row.line_no for row in named)),
    )
    return [
        OtherLine(
            each.line_id, each.order_id, each.style_no, each.colour, each.size, each.barcode, each.tracking_nos,
            each.statement_id,
        )
        for each in found
    ]  # fmt: skip


def _ids(numbers: Iterable[str]) -> set[int]:
    return {int(number) for each in numbers if _is_id(number := number_of(each))}


def _rows(
    job: StatementComparisonJob,
    lines: Sequence[ComparedLine],
    others: Sequence[OtherLine],
    reading: ListReading,
    found: Sequence[Difference],
) -> list[ComparisonDifference]:
    of_orders = {each.order_id: each.statement_id for each in reversed(others) if each.statement_id is not None}
    rows = []
    for number, each in enumerate(found, start=1):
        row = _first_row(reading, each)
        members = [lines[at] for at in each.group.lines]
        rows.append(
            ComparisonDifference(
                comparison_id=job.pk,
                number=number,
                kind=each.kind.value,
                # Rows that may be about a line outside of the statement say nothing about this one alone.
                line_id=members[0].line_id if len(members) == 1 and not each.group.others else None,
                line_count=len(members),
                row_count=len(each.group.rows) + len(each.group.unread),
                order_no=str(members[0].order_id) if members else _order_of(row),
                goods=_goods(members[0] if members else row),
                sheet=(row.sheet or "")[:100] if row else "",
                row=row.row if row else None,
                cells={name: row.cells[name] for name in FIGURES if name in row.cells} if row else {},
                listed=each.listed,
                stated=each.stated,
                differing=each.differing,
                elsewhere_id=_elsewhere(each, row, others, of_orders),
            )
        )
    return rows


def _elsewhere(
    found: Difference, row: ListLine | None, others: Sequence[OtherLine], of_orders: Mapping[int, int]
) -> int | None:
    """Another statement with a line that the rows may be about; for a row that only the list has, else one with lines of its order."""
    statement_ids = [others[at].statement_id for at in sorted(found.group.others)]
    known = next((each for each in statement_ids if each is not None), None)
    if known is None and found.kind is DifferenceKind.ONLY_LIST and row is not None:
        return next((of_orders[each] for each in _ids([row.order_no]) if each in of_orders), None)
    return known


def _first_row(reading: ListReading, found: Difference) -> ListLine | None:
    if found.group.rows:
        return reading.rows[found.group.rows[0]]
    return reading.unread[found.group.unread[0]] if found.group.unread else None


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def _order_of(row: ListLine | None) -> str:
    return (row.order_no or row.line_no or row.tracking_no)[:60] if row else ""


def _goods(named: ComparedLine | ListLine | None) -> str:
    if named is None:
        return ""
    parts = (named.style_no, named.colour, named.size)
    return (" ".join(part for part in parts if part) or named.barcode)[:200]


def _stored(lines: Sequence[ComparedLine], reading: ListReading, result: Comparison) -> dict[str, Any]:
    ignored = [each for each in reading.ignored if each.why != "blank"]
    return {
        "row_count": len(reading.rows),
        "line_count": len(lines),
        "same_count": result.same_count,
        "tolerated_count": result.tolerated_count,
        "counts": {kind.value: count for kind, count in result.counts.items()},
        "sums": {name: asdict(each) for name, each in result.sums.items()},
        "faults": [_kept(each) for each in reading.faults[:MAX_KEPT]],
        "warnings": [_kept(each) for each in reading.warnings[:MAX_KEPT]],
        "warning_count": len(reading.warnings),
        "ignored": [
            {"sheet": each.sheet or "", "row": each.row, "to_row": each.to_row, "why": each.why}
            for each in ignored[:MAX_KEPT]
        ],
        "ignored_count": sum(len(each.rows()) for each in ignored),
    }


def _kept(fault: Fault) -> dict[str, Any]:
    return {
        "sheet": fault.sheet or "",
        "row": fault.row,
        "col": fault.col or "",
        "header": fault.header or "",
        "code": fault.code,
        "value": (fault.value or "")[:MAX_VALUE_KEPT],
        "zh": f"{fault.message_zh}{fault.hint_zh}",
        "en": f"{fault.message_en} {fault.hint_en}".strip(),
    }


def _refuse_as(job: StatementComparisonJob, code: str, now: datetime) -> None:
    sentences = CATALOGUE_FAULTS[code]
    _refuse(job, code, sentences.zh, sentences.en, now)


def _refuse(job: StatementComparisonJob, code: str, zh: str, en: str, now: datetime) -> None:
    _finish(
        job,
        [],
        REFUSED,
        now,
        state=ComparisonState.REFUSED.value,
        reason=code,
        reason_zh=zh,
        reason_en=en,
        questions=[],
        ended_at=now,
    )


def _finish(
    job: StatementComparisonJob,
    differences: list[ComparisonDifference],
    outcome: UploadOutcome,
    now: datetime,
    **result: Any,
) -> None:
    """Write the result and tell the brand, unless the lease expired and another worker took the list."""
    with QUEUE.holding(job) as held:
        if held:
            ComparisonDifference.objects.bulk_create(differences, batch_size=1000)
            QUEUE.finish(job, **result)
            publish([_event(job, outcome)], now=now)


def _event(job: StatementComparisonJob, outcome: UploadOutcome) -> EventDraft:
    upload = job.upload
    data: dict[str, str | int | bool | None] = {
        "list_id": upload.pk,
        "statement_id": upload.statement_id,
        "outcome_zh": outcome.zh,
        "outcome_en": outcome.en,
    }
    return EventDraft(EventKind.STATEMENT_LIST_READY, upload.pk, brand_id=upload.brand_id, data=data)
