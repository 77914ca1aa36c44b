"""Reports of faults: a customer makes one without an account; her reseller opens a case from it, or answers it (AFTER-19)."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.rules import Actor
from accounts.services.audit import record
from aftersales.models.fault_reports import FaultReport, FaultReportPhoto
from aftersales.models.photos import Photo
from aftersales.rules import (
    FAULT_REASONS,
    MAX_OPEN_REPORTS,
    MAX_REPORT_ANSWER,
    MAX_REPORT_TEXT,
    MAX_REPORTS_PER_PAGE_AND_HOUR,
    MAX_REPORTS_PER_RESELLER_AND_HOUR,
    CaseReason,
    FaultReportState,
    Returnability,
)
from aftersales.selectors.cases import CaseView, ReturnOption
from aftersales.selectors.fault_reports import FaultReportView, NoSuchFaultReport, get_own_fault_report
from aftersales.services.cases import open_case
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from kernel.refusal import Conflict, Invalid, TooMany, require_key
from kernel.text import visible
from membership.selectors.people import require_reseller

HOUR = timedelta(hours=1)
MAX_KEY = 64
_WHY_NOT_ZH = {
    Returnability.NOT_PAID: "还没发货",
    Returnability.NOT_SHIPPED: "还没发货",
    Returnability.TOO_LATE: "售后期已过，请直接联系卖家",
    Returnability.NOTHING_LEFT: "已经在处理售后，或已处理完",
}
_WHY_NOT_EN = {
    Returnability.NOT_PAID: "it is not shipped yet",
    Returnability.NOT_SHIPPED: "it is not shipped yet",
    Returnability.TOO_LATE: "the after-sales window is over; ask the seller directly",
    Returnability.NOTHING_LEFT: "it is in after-sales already, or was settled there",
}


class InvalidFault(Invalid):
    code = "aftersales.invalid_fault"
    zh = "请选择哪里有问题和件数（1 至 {units} 件），并写明情况（最多 {max_length} 个字）或传照片"
    en = "Choose what is wrong and how many pieces (1 to {units}), and describe it in at most {max_length} characters or send photos"
    units: int
    max_length: int


class FaultNotReportable(Conflict):
    code = "aftersales.fault_not_reportable"
    zh = "这件现在不能反馈问题：{why_zh}"
    en = "No fault of it can be reported now: {why_en}"
    why: str
    why_zh: str
    why_en: str


class FaultAlreadyReported(Conflict):
    code = "aftersales.fault_already_reported"
    zh = "这件已经反馈过，在等卖家处理；要改的话，先撤回再重新反馈"
    en = "A fault of it was reported and waits for the seller; to change the report, withdraw it first"


class TooManyFaultReports(TooMany):
    code = "aftersales.too_many_fault_reports"
    zh = "一小时内的反馈太多了，请在 {again_at} 以后再试，或直接联系卖家"
    en = "Too many reports within an hour; try again after {again_at}, or ask the seller directly"
    again_at: datetime


class TooManyOpenFaultReports(TooMany):
    code = "aftersales.too_many_open_fault_reports"
    zh = "卖家还有 {waiting} 条反馈没处理，请一小时以后再试，或直接联系卖家"
    en = "{waiting} reports still wait for the seller; try again in an hour, or ask the seller directly"
    waiting: int


class FormReportEnded(Conflict):
    code = "aftersales.form_report_ended"
    zh = "之前提交的那条反馈已撤回或已处理；还有问题的话，请再提交一次"
    en = "What was sent before was withdrawn or settled; if something is still wrong, send it once more"


class FaultReportEnded(Conflict):
    code = "aftersales.fault_report_ended"
    zh = "这条反馈已经处理过，或顾客已撤回，请刷新页面看看"
    en = "This report was answered or withdrawn before ({state})"
    state: str


class InvalidFaultAnswer(Invalid):
    code = "aftersales.invalid_fault_answer"
    zh = "请写一句话告诉顾客（最多 {max_length} 个字）"
    en = "Write a sentence for the customer, in at most {max_length} characters"
    max_length: int


@dataclass(frozen=True, slots=True)
class FaultFields:
    """What a customer reports. `may_reuse`: she ticked that her photos may be shown to others."""

    units: int
    reason: str
    text: str = ""
    may_reuse: bool = False


@dataclass(frozen=True, slots=True)
class ReportedLine:
    """The line that a report is about: whose it is, what it is called in the event, and what can be returned of it now.

    `max_units`: so many of its units the customer may report.
    """

    reseller_id: int
    order_id: int
    goods: str
    option: ReturnOption
    max_units: int


def find_report(source: str, key: str, fields: FaultFields, *, photo_count: int) -> int | None:
    """The open report that a form has made before.

    Refuses the form where that report has ended or says something else: what is sent now would be lost. So it does where the consent
    to show the photos or their number differs.
    """
    row = FaultReport.objects.filter(source=source, key=key).first()
    if row is None:
        return None
    if row.state != FaultReportState.OPEN.value:
        raise FormReportEnded
    said = (row.units, row.reason, row.text, row.may_reuse, row.report_photos.count())
    consent = _stored_consent(fields, photo_count)
    if said != (fields.units, fields.reason, _stored_text(fields), consent, photo_count):
        raise FaultAlreadyReported
    return row.pk


def find_lent_report(source: str, key: str) -> int | None:
    """The report that a form has made before, where its photos may be shown to others (AFTER-20)."""
    return FaultReport.objects.filter(source=source, key=key, may_reuse=True).values_list("pk", flat=True).first()


def _stored_text(fields: FaultFields) -> str:
    return visible(fields.text).strip()


def _stored_consent(fields: FaultFields, photo_count: int) -> bool:
    return fields.may_reuse and photo_count > 0


def require_reportable(
    line: ReportedLine, *, source: str, fields: FaultFields, photo_count: int, network: str, now: datetime
) -> FaultFields:
    """The fields as they are stored. Refuses what cannot be reported, a line with an open report, and more reports than the limits.

    Asked before photos are decoded, and again in the transaction that stores the report.
    """
    if not line.option.is_returnable:
        why = line.option.returnability
        raise FaultNotReportable(why=why.value, why_zh=_WHY_NOT_ZH[why], why_en=_WHY_NOT_EN[why])
    if FaultReport.objects.filter(
        line_id=line.option.line_id, source=source, state=FaultReportState.OPEN.value
    ).exists():
        raise FaultAlreadyReported
    text = _stored_text(fields)
    is_valid = fields.reason in set(FAULT_REASONS) and 0 < fields.units <= line.max_units
    if not is_valid or len(text) > MAX_REPORT_TEXT or not (text or photo_count):
        raise InvalidFault(units=line.max_units, max_length=MAX_REPORT_TEXT)
    _enforce_limits(line.reseller_id, source, network, now)
    return FaultFields(fields.units, fields.reason, text, may_reuse=_stored_consent(fields, photo_count))


def create_report(
    line: ReportedLine,
    *,
    source: str,
    fields: FaultFields,
    photos: Sequence[Photo],
    network: str,
    key: str,
    now: datetime,
) -> int:
    """Store a report with its photos and tell the reseller; returns its id. The caller's transaction has locked what `source` names.

    The same key makes one report. Refuses what `find_report` and `require_reportable` refuse.
    """
    require_key(key, max_length=MAX_KEY)
    earlier = find_report(source, key, fields, photo_count=len(photos))
    if earlier is not None:
        return earlier
    valid = require_reportable(line, source=source, fields=fields, photo_count=len(photos), network=network, now=now)
    row = FaultReport.objects.create(
        reseller_id=line.reseller_id,
        line_id=line.option.line_id,
        source=source,
        key=key,
        units=valid.units,
        reason=valid.reason,
        text=valid.text,
        may_reuse=valid.may_reuse,
        network=network[:32],
        reported_at=now,
    )
    stored = Photo.objects.bulk_create(photos)
    FaultReportPhoto.objects.bulk_create(FaultReportPhoto(report=row, photo=photo) for photo in stored)
    data: dict[str, str | int | bool | None] = {"order_id": line.order_id, "goods": line.goods, "units": valid.units}
    publish([EventDraft(EventKind.FAULT_REPORTED, row.pk, reseller_id=line.reseller_id, data=data)], now=now)
    return row.pk


def withdraw_report(*, source: str, report_id: int, now: datetime) -> None:
    """The customer takes an open report back; its photos are erased. A repetition changes nothing; refuses one that was answered."""
    row = _lock_report_of_page(source, report_id)
    if row.state == FaultReportState.WITHDRAWN.value:
        return
    _end(row, FaultReportState.WITHDRAWN, now, may_reuse=False)
    sent = Photo.objects.filter(report_photos__report=row, case_photos__isnull=True, message_photos__isnull=True)
    Photo.objects.filter(pk__in=list(sent.values_list("pk", flat=True))).update(erased_at=now)
    FaultReportPhoto.objects.filter(report=row).delete()


def set_consent(*, source: str, report_id: int, may_reuse: bool) -> None:
    """The customer allows that the photos of her report are shown to others, or takes that back; both hold at once (AFTER-20)."""
    row = _lock_report_of_page(source, report_id)
    if may_reuse and (row.state == FaultReportState.WITHDRAWN.value or not row.report_photos.exists()):
        raise FaultReportEnded(state=row.state)
    row.may_reuse = may_reuse
    row.save(update_fields=["may_reuse"])
    if not may_reuse:
        # Lent again it is shown only where her reseller chooses it again.
        row.report_photos.update(is_shown=False)


@atomic_with_retry
def open_case_from_report(*, actor: Actor, report_id: int, now: datetime) -> CaseView:
    """The reseller opens a case from a report, with its words and photos. A repetition opens no other one.

    Refuses what `open_case` refuses, for instance after the window of the line; the report stays open then.
    """
    row = _lock_own_report(actor, report_id)
    if row.state not in (FaultReportState.OPEN.value, FaultReportState.CASE.value):
        raise FaultReportEnded(state=row.state)
    case = open_case(
        actor=actor,
        line_id=row.line_id,
        units=row.units,
        reason=CaseReason(row.reason),
        evidence=row.text,
        photo_ids=list(row.report_photos.values_list("photo_id", flat=True)),
        key=f"fault-report:{row.pk}",
        now=now,
    )
    if row.state == FaultReportState.OPEN.value:
        _end(row, FaultReportState.CASE, now, case_id=case.id)
    return case


@transaction.atomic
def answer_report(*, actor: Actor, report_id: int, answer: str, now: datetime) -> FaultReportView:
    """The reseller answers a report and opens no case; the customer reads it on her page. The same answer again changes nothing."""
    row = _lock_own_report(actor, report_id)
    answer = visible(answer).strip()
    if not 0 < len(answer) <= MAX_REPORT_ANSWER:
        raise InvalidFaultAnswer(max_length=MAX_REPORT_ANSWER)
    if (row.state, row.answer) != (FaultReportState.ANSWERED.value, answer):
        _end(row, FaultReportState.ANSWERED, now, answer=answer)
        record(
            actor=actor,
            action="aftersales.answer_fault_report",
            kind="fault_report",
            subject_id=row.pk,
            details={},
            now=now,
        )
    return get_own_fault_report(row.reseller_id, report_id)


def erase_reports(rows: Q, *, now: datetime) -> None:
    """Erase words, answers, consent and hashes of reports, in the caller's transaction; open ones end as expired.

    Their photos are erased with the next run of `photos.erase_photos`, unless a case has them.
    """
    due = FaultReport.objects.filter(rows, erased_at=None)
    due.filter(state=FaultReportState.OPEN.value).update(state=FaultReportState.EXPIRED.value, ended_at=now)
    FaultReportPhoto.objects.filter(report__in=due, is_shown=True).update(is_shown=False)
    due.update(text="", answer="", network="", may_reuse=False, erased_at=now)


def erase_reports_of_pages(sources: Collection[str], *, now: datetime) -> None:
    """Erase what was reported from pages that have ended."""
    erase_reports(Q(source__in=sources), now=now)


def _end(row: FaultReport, state: FaultReportState, now: datetime, **changes: object) -> None:
    """Move an open report to its last state, with the other changes."""
    if row.state != FaultReportState.OPEN.value:
        raise FaultReportEnded(state=row.state)
    changes |= {"state": state.value, "ended_at": now}
    for column, value in changes.items():
        setattr(row, column, value)
    row.save(update_fields=["case" if column == "case_id" else column for column in changes])


def _lock_own_report(actor: Actor, report_id: int) -> FaultReport:
    reseller = require_reseller(actor)
    row = FaultReport.objects.select_for_update().filter(pk=report_id, reseller_id=reseller.id).first()
    if row is None:
        raise NoSuchFaultReport(report_id=report_id)
    return row


def _lock_report_of_page(source: str, report_id: int) -> FaultReport:
    row = FaultReport.objects.select_for_update().filter(pk=report_id, source=source, erased_at=None).first()
    if row is None:
        raise NoSuchFaultReport(report_id=report_id)
    return row


def _enforce_limits(reseller_id: int, source: str, network: str, now: datetime) -> None:
    """Limits per page, per network and per reseller. The page is locked where a report is stored, so its limit is exact."""
    limits = [
        (Q(source=source), MAX_REPORTS_PER_PAGE_AND_HOUR),
        (Q(reseller_id=reseller_id), MAX_REPORTS_PER_RESELLER_AND_HOUR),
    ]
    if network:
        limits.append((Q(network=network), settings.MAX_FAULT_REPORTS_PER_NETWORK_AND_HOUR))
    for which, limit in limits:
        recent = FaultReport.objects.filter(which, reported_at__gt=now - HOUR).order_by("-reported_at")
        oldest = recent.values_list("reported_at", flat=True)[limit - 1 : limit].first()
        if oldest is not None:
            seconds = math.ceil((oldest + HOUR - now).total_seconds())
            raise TooManyFaultReports(retry_after_seconds=seconds, again_at=oldest + HOUR)
    waiting = FaultReport.objects.filter(reseller_id=reseller_id, state=FaultReportState.OPEN.value).count()
    if waiting >= MAX_OPEN_REPORTS:
        raise TooManyOpenFaultReports(retry_after_seconds=int(HOUR.total_seconds()), waiting=waiting)
