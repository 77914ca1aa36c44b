"""A reseller's claim of a bank transfer: amount, day, payer, and a picture of the receipt (TRANSFER-2)."""

import hashlib
import threading
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from accounts.services.people import lock_person
from bank_statements.models import MAX_REASON, TransferClaim
from bank_statements.rules import MAX_NAME, ClaimState
from bank_statements.selectors.claims import (
    RECEIPTS,
    NoSuchClaim,
    TransferClaimView,
    get_claim,
    open_claims,
    receipt_key,
)
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from imports.pictures import PICTURE_LIMITS, web_sizes_in_child
from kernel.money import format_yuan
from kernel.period import SHANGHAI
from kernel.refusal import Busy, Conflict, Invalid, TooMany, require_reason
from kernel.text import normalized, visible
from membership.selectors.people import require_reseller
from storage.files import delete_objects, store_bytes
from storage.objects import StoredObject
from treasury.rules.requests import MAX_AMOUNT_FEN, RequestState

MAX_OPEN_CLAIMS, MAX_CLAIMS_PER_DAY = 10, 20
MAX_AGE = timedelta(days=60)
RECEIPT_WIDTH = 1200
KEPT_UNUSED = timedelta(days=1)
"""How long a receipt is kept that no claim names."""
_WAIT_SECONDS = 10.0
_LIMITS = replace(PICTURE_LIMITS, seconds=6.0)
_decoding = threading.BoundedSemaphore(1)
"""One picture is decoded at a time in a web process."""


class Readable(Protocol):
    """A file that was sent."""

    def read(self, size: int, /) -> bytes: ...


class InvalidClaim(Invalid):
    code = "bank_statements.invalid_claim"
    zh = "请填写金额（大于 0）、付款人姓名（最多 {max_length} 个字）；尾号是 3 至 8 位数字，可不填"
    en = "Give an amount above zero and the payer, at most {max_length} characters; the last digits are 3 to 8 digits, or empty"
    max_length: int = MAX_NAME


class InvalidClaimDay(Invalid):
    code = "bank_statements.invalid_claim_day"
    zh = "转账日期不能在今天之后，也不能早于 {days} 天前"
    en = "The day of the transfer is not after today and at most {days} days ago"
    days: int


class ReceiptTooLarge(Invalid):
    code = "bank_statements.receipt_too_large"
    zh = "回单图片超过 {max_mb} MB，请压缩后再传"
    en = "The picture is larger than {max_mb} MB; make it smaller"
    max_mb: int


class NotAReceipt(Invalid):
    code = "bank_statements.not_a_receipt"
    zh = "回单不是能打开的图片（支持 JPEG、PNG、WebP）"
    en = "The receipt is no picture that can be opened (JPEG, PNG, WebP)"


class TooManyDecoding(Busy):
    code = "bank_statements.too_many_decoding"
    zh = "现在传图片的人太多，请稍等几秒再试"
    en = "Too many pictures are being sent at this moment; try again in a few seconds"


class TooManyClaims(TooMany):
    code = "bank_statements.too_many_claims"
    zh = "等待核对的转账登记最多 {max_open} 笔，一天最多登记 {max_per_day} 笔"
    en = "At most {max_open} claims may wait, and {max_per_day} may be made in a day"
    max_open: int
    max_per_day: int


class ClaimNotWaiting(Conflict):
    code = "bank_statements.claim_not_waiting"
    zh = "这笔转账登记已经处理过，请刷新后再看"
    en = "The claim was dealt with before; look again"


class SimilarClaim(Conflict):
    code = "bank_statements.similar_claim"
    zh = "{paid_on} 的同一笔 ¥{amount} 您已经登记过，正等财务核对；确实又转了一笔，请勾选“这是另一笔转账”后再登记"
    en = "You registered ¥{amount} of {paid_on} before, and finance look for it; if it is another transfer, say so and register it again"
    claim_id: int
    amount_fen: int
    paid_on: date


@dataclass(frozen=True, slots=True)
class ClaimFields:
    amount_fen: int
    paid_on: date
    payer: str
    last_digits: str = ""


def make_claim(
    *, actor: Actor, fields: ClaimFields, receipt: Readable | None = None, is_another: bool = False, now: datetime
) -> TransferClaimView:
    """Say that one transferred money. The same claim, while it waits, is made once.

    Refuses one of the same amount, day and payer as another that waits, unless she says that it `is_another` transfer.

    The picture is decoded in a child process and stored anew as JPEG; what was sent is kept nowhere.
    """
    require_roles(actor, Role.RESELLER)
    reseller_id = require_reseller(actor).id
    payer, digits = _validated(fields, now)
    _require_within_limits(reseller_id, now)
    digest = _stored_receipt(receipt, now) if receipt is not None else ""
    with transaction.atomic():
        lock_person(actor.own_id)
        row = TransferClaim(
            reseller_id=reseller_id,
            amount_fen=fields.amount_fen,
            paid_on=fields.paid_on,
            payer=payer,
            last_digits=digits,
            receipt=digest,
            created_at=now,
        )
        names = ("reseller_id", "amount_fen", "paid_on", "payer", "last_digits", "receipt")
        same = open_claims().filter(**{name: getattr(row, name) for name in names}).first()
        if same is not None:
            return get_claim(same.pk)
        of_hers = open_claims().filter(reseller_id=reseller_id, amount_fen=row.amount_fen)
        similar = of_hers.filter(paid_on=row.paid_on, payer=payer).first()
        if similar is not None and not is_another:
            raise SimilarClaim(claim_id=similar.pk, amount_fen=row.amount_fen, paid_on=row.paid_on)
        _require_within_limits(reseller_id, now)
        row.save()
        _record(actor, "bank_statements.claim", row, now)
        return get_claim(row.pk)


@transaction.atomic
def cancel_claim(*, actor: Actor, claim_id: int, now: datetime) -> TransferClaimView:
    """Take one's own claim back while it waits."""
    require_roles(actor, Role.RESELLER)
    row = _lock_waiting(claim_id, reseller_id=require_reseller(actor).id)
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    _record(actor, "bank_statements.cancel_claim", row, now)
    return get_claim(claim_id)


@transaction.atomic
def refuse_claim(*, actor: Actor, claim_id: int, reason: str, now: datetime) -> TransferClaimView:
    """Finance did not find the money; the reseller is told why."""
    require_roles(actor, Role.FINANCE)
    reason = require_reason(reason, max_length=MAX_REASON)
    row = _lock_waiting(claim_id)
    row.ended_at, row.not_found_by_id, row.not_found_reason = now, actor.own_id, reason
    row.save(update_fields=["ended_at", "not_found_by", "not_found_reason"])
    _record(actor, "bank_statements.claim_not_found", row, now, reason=reason)
    data = {"amount": format_yuan(row.amount_fen), "paid_on": f"{row.paid_on}", "reason": reason}
    publish([EventDraft(EventKind.TRANSFER_NOT_FOUND, row.pk, reseller_id=row.reseller_id, data=data)], now=now)
    return get_claim(claim_id)


def erase_receipts(*, now: datetime) -> int:
    """Erase the receipts of claims that were decided, or ended, before KEEP_RECEIPTS, and those whose claim was never stored (TRANSFER-2).

    Returns how many files were deleted. Rows let go of their receipts first and files are deleted afterwards, so that an interrupted run
    leaves no claim with a receipt that is gone. It may be repeated.
    """
    kept_since = now - settings.KEEP_RECEIPTS
    lately = Q(ended_at__gt=kept_since) | Q(links__request__decided_at__gt=kept_since)
    due = TransferClaim.objects.filter(created_at__lte=kept_since).exclude(receipt="")
    due = due.exclude(pk__in=open_claims().values("pk")).exclude(links__request__state=RequestState.WAITING.value)
    due = due.exclude(pk__in=TransferClaim.objects.filter(lately).values("pk"))
    TransferClaim.objects.filter(pk__in=due.values("pk")).update(receipt="")
    return delete_objects(RECEIPTS, lambda page: _unneeded(page, now))


def _unneeded(page: list[StoredObject], now: datetime) -> list[StoredObject]:
    """Receipts that no claim names; what came lately may belong to a claim whose row is being written."""
    hashes = {each.key: each.key.rsplit("/", 1)[-1] for each in page}
    needed = set(TransferClaim.objects.filter(receipt__in=set(hashes.values())).values_list("receipt", flat=True))
    return [each for each in page if hashes[each.key] not in needed and each.stored_at < now - KEPT_UNUSED]


def _lock_waiting(claim_id: int, **owner: int) -> TransferClaim:
    row = TransferClaim.objects.select_for_update().filter(pk=claim_id, **owner).first()
    if row is None:
        raise NoSuchClaim(claim_id=claim_id)
    if get_claim(claim_id).state is not ClaimState.WAITING:
        raise ClaimNotWaiting
    return row


def _validated(fields: ClaimFields, now: datetime) -> tuple[str, str]:
    payer, digits = normalized(visible(fields.payer)), "".join(fields.last_digits.split())
    digits_ok = digits == "" or (digits.isascii() and digits.isdigit() and 3 <= len(digits) <= 8)
    if not (0 < fields.amount_fen <= MAX_AMOUNT_FEN and 0 < len(payer) <= MAX_NAME and digits_ok):
        raise InvalidClaim
    today = now.astimezone(SHANGHAI).date()
    if not today - MAX_AGE <= fields.paid_on <= today:
        raise InvalidClaimDay(days=MAX_AGE.days)
    return payer, digits


def _require_within_limits(reseller_id: int, now: datetime) -> None:
    own = TransferClaim.objects.filter(reseller_id=reseller_id)
    made = own.filter(created_at__gt=now - timedelta(days=1)).count()
    if made >= MAX_CLAIMS_PER_DAY or open_claims().filter(reseller_id=reseller_id).count() >= MAX_OPEN_CLAIMS:
        raise TooManyClaims(retry_after_seconds=3600, max_open=MAX_OPEN_CLAIMS, max_per_day=MAX_CLAIMS_PER_DAY)


def _stored_receipt(receipt: Readable, now: datetime) -> str:
    limit = settings.MAX_PHOTO_BYTES
    content = receipt.read(limit + 1)
    if len(content) > limit:
        raise ReceiptTooLarge(max_mb=limit // (1024 * 1024))
    if not _decoding.acquire(timeout=_WAIT_SECONDS):
        raise TooManyDecoding
    try:
        found = web_sizes_in_child(content, [RECEIPT_WIDTH], limits=_LIMITS)
    finally:
        _decoding.release()
    if not found.versions:
        raise NotAReceipt
    picture = found.versions[RECEIPT_WIDTH]
    digest = hashlib.sha256(picture).hexdigest()
    store_bytes(receipt_key(digest), picture, now=now)
    return digest


def _record(actor: Actor, action: str, row: TransferClaim, now: datetime, *, reason: str = "") -> None:
    details = {"amount": format_yuan(row.amount_fen), "reason": reason}
    record(actor=actor, action=action, kind="transfer_claim", subject_id=row.pk, details=details, now=now)
