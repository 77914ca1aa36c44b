"""What a clerk does with a workbook of tracking numbers: send it, answer its questions, name its carriers, cancel it (ORDER-13)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import itemgetter

from django.conf import settings
from django.db import transaction

from accounts.rules import Actor
from accounts.services.audit import record
from aftersales.models.shipping_uploads import CarrierSpelling, ShippingLayoutAnswer, ShippingUpload, ShippingUploadJob
from aftersales.rules import ShippingUploadState
from aftersales.selectors.shipping_uploads import NoSuchShippingUpload, ShippingUploadView, get_shipping_upload
from aftersales.services.shipping_reading import QUEUE, WORKBOOKS
from brands.selectors.brands import require_own_brand
from inventory.rules import are_valid_answers
from inventory.uploads.receive import lock_uploads_of_brand
from kernel.refusal import Conflict, Invalid, TooMany
from orders.rules.parcels import carrier_key
from orders.selectors.carriers import CarrierView, NoSuchCarrier, UnknownCarrier, list_carriers
from storage.files import TooLong, base_name, store_chunks
from storage.quota import Used, next_day, used_today

MEGABYTE = 1024 * 1024


class ShippingWorkbookTooLarge(Invalid):
    code = "aftersales.shipping_workbook_too_large"
    zh = "文件超过 {limit_mb} MB，请拆成几个文件后再传"
    en = "The file is larger than {limit_mb} MB; split it and send the parts"
    limit_mb: int


class ShippingWorkbookEmpty(Invalid):
    code = "aftersales.shipping_workbook_empty"
    zh = "没有收到文件，请重新选择。"
    en = "No file arrived; choose it again"


class ShippingQuotaReached(TooMany):
    code = "aftersales.shipping_quota_reached"
    zh = "贵品牌今天已传 {files} 个发货文件（每天最多 {max_files} 个、{max_mb} MB），请 {again_at} 后再传"
    en = "Your brand has sent {files} shipping files today (at most {max_files} files and {max_mb} MB a day); send more from {again_at}"
    files: int
    max_files: int
    max_mb: int
    again_at: datetime


class ShippingUploadNotReady(Conflict):
    code = "aftersales.shipping_upload_not_ready"
    zh = "此文件现在的状态不能这样处理，请刷新页面看看"
    en = "The upload is {state}; that cannot be done now"
    state: str


class InvalidShippingAnswers(Invalid):
    code = "aftersales.invalid_shipping_answers"
    zh = "回答与所问的列对不上，请重新选择"
    en = "The answers do not fit what was asked; choose again"


class CarrierNotAsked(Invalid):
    code = "aftersales.carrier_not_asked"
    zh = "文件里没有不认识的快递公司“{word}”"
    en = "The workbook has no unknown carrier “{word}”"
    word: str


def receive_shipping_upload(
    *, actor: Actor, filename: str, chunks: Iterable[bytes], cut_short: bool = False, now: datetime
) -> ShippingUploadView:
    """Store a workbook with tracking numbers; `shipping_reading.read_shipping_upload` reads it and ships its rows.

    Refuses more than MAX_WORKBOOK_BYTES (`cut_short`: the server dropped the rest of it), an empty file, and more files or bytes than a
    brand may send in a day.
    """
    brand = require_own_brand(actor)
    if cut_short:
        raise ShippingWorkbookTooLarge(limit_mb=settings.MAX_WORKBOOK_BYTES // MEGABYTE)
    used = _used_today(brand.id, now)
    left = min(settings.MAX_WORKBOOK_BYTES, used.left_bytes)
    if not left:
        raise _quota_reached(used, now)
    try:
        sha256, size = store_chunks(WORKBOOKS, chunks, limit=left, now=now)
    except TooLong as cause:
        if left < settings.MAX_WORKBOOK_BYTES:
            raise _quota_reached(used, now) from cause
        raise ShippingWorkbookTooLarge(limit_mb=settings.MAX_WORKBOOK_BYTES // MEGABYTE) from cause
    if size == 0:
        raise ShippingWorkbookEmpty
    with transaction.atomic():
        # Counted again under a lock: several files that arrive at once would all find the same rest.
        lock_uploads_of_brand(brand.id)
        used = _used_today(brand.id, now)
        if size > used.left_bytes:
            raise _quota_reached(used, now)
        row = ShippingUpload.objects.create(
            brand_id=brand.id,
            person_id=actor.own_id,
            filename=base_name(filename),
            sha256=sha256,
            size_bytes=size,
            received_at=now,
        )
        ShippingUploadJob.objects.create(upload=row)
        _record(actor, "receive_shipping_upload", row.pk, {"sha256": sha256, "bytes": size}, now)
    return get_shipping_upload(actor, row.pk)


@transaction.atomic
def answer_shipping_upload(
    *, actor: Actor, upload_id: int, answers: Mapping[str, Mapping[str, str]], now: datetime
) -> ShippingUploadView:
    """Say which column means what; remembered for the brand's next workbook of the layout. The workbook then waits to be read again.

    `answers` are `{fingerprint: {column letters: field}}`; `=顺丰速运` instead of letters is a text for all lines.
    """
    row = _lock(actor, upload_id, ShippingUploadState.QUESTION)
    if not are_valid_answers(answers, [question["fingerprint"] for question in row.questions]):
        raise InvalidShippingAnswers
    for fingerprint, columns in answers.items():
        before = ShippingLayoutAnswer.objects.filter(brand_id=row.brand_id, fingerprint=fingerprint).first()
        ShippingLayoutAnswer.objects.update_or_create(
            brand_id=row.brand_id,
            fingerprint=fingerprint,
            defaults={"columns": (before.columns if before else {}) | dict(columns), "answered_at": now},
        )
    QUEUE.make_waiting(row.pk, state=ShippingUploadState.RECEIVED.value)
    return get_shipping_upload(actor, row.pk)


@transaction.atomic
def choose_carriers(*, actor: Actor, upload_id: int, choices: Mapping[str, int], now: datetime) -> ShippingUploadView:
    """Say which carriers words of the workbook mean, `{word: carrier id}`; remembered for the brand.

    The workbook then waits to be read again: rows that were taken stay as they are, the others are shipped now. Refuses words that the
    workbook did not ask about, and carriers that are not active.
    """
    row = _lock(actor, upload_id, ShippingUploadState.DONE)
    asked = {carrier_key(word): word for word in row.unknown_carriers}
    if not choices:
        raise InvalidShippingAnswers
    carriers = {each.id: each for each in list_carriers()}
    chosen: dict[str, CarrierView] = {}
    for word, carrier_id in choices.items():
        if carrier_key(word) not in asked:
            raise CarrierNotAsked(word=word[:40])
        if carrier_id not in carriers:
            raise NoSuchCarrier(carrier_id=carrier_id)
        carrier = carriers[carrier_id]
        if not carrier.is_active:
            raise UnknownCarrier(carrier=carrier.name)
        chosen[carrier_key(word)] = carrier
    CarrierSpelling.objects.bulk_create(
        [
            CarrierSpelling(brand_id=row.brand_id, word=word, carrier_id=carrier.id, chosen_at=now)
            for word, carrier in sorted(chosen.items(), key=itemgetter(0))
        ],
        update_conflicts=True,
        unique_fields=["brand", "word"],
        update_fields=["carrier", "chosen_at"],
    )
    told = "、".join(f"{asked[word]} → {carrier.name}" for word, carrier in chosen.items())
    _record(actor, "choose_carriers", row.pk, {"carrier": told}, now)
    QUEUE.make_waiting(row.pk, state=ShippingUploadState.RECEIVED.value)
    return get_shipping_upload(actor, row.pk)


@transaction.atomic
def cancel_shipping_upload(*, actor: Actor, upload_id: int, now: datetime) -> ShippingUploadView:
    """Cancel a workbook that waits for an answer; nothing else changes."""
    row = _lock(actor, upload_id, ShippingUploadState.QUESTION)
    row.state, row.ended_at = ShippingUploadState.CANCELLED.value, now
    row.save(update_fields=["state", "ended_at"])
    _record(actor, "cancel_shipping_upload", row.pk, {}, now)
    return get_shipping_upload(actor, row.pk)


def _lock(actor: Actor, upload_id: int, expected: ShippingUploadState) -> ShippingUpload:
    """The upload of the clerk's own brand, locked until the transaction ends, if it is in the state and was not erased."""
    brand = require_own_brand(actor)
    row = ShippingUpload.objects.select_for_update().filter(pk=upload_id, brand_id=brand.id).first()
    if row is None:
        raise NoSuchShippingUpload(upload_id=upload_id)
    if row.state != expected.value or row.erased_at is not None:
        raise ShippingUploadNotReady(state=row.state)
    return row


def _record(actor: Actor, action: str, upload_id: int, details: dict[str, object], now: datetime) -> None:
    record(
        actor=actor,
        action=f"aftersales.{action}",
        kind="shipping_upload",
        subject_id=upload_id,
        details=details,
        now=now,
    )


def _used_today(brand_id: int, now: datetime) -> Used:
    return used_today(ShippingUpload.objects.filter(brand_id=brand_id), now)


def _quota_reached(used: Used, now: datetime) -> ShippingQuotaReached:
    again_at = next_day(now)
    return ShippingQuotaReached(
        retry_after_seconds=int((again_at - now).total_seconds()) + 1,
        files=used.files,
        max_files=settings.MAX_UPLOADS_PER_DAY,
        max_mb=settings.MAX_UPLOAD_BYTES_PER_DAY // MEGABYTE,
        again_at=again_at,
    )
