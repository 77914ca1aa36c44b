"""Invoices to a wrong title: asked to be corrected, taken back as a whole, and asked for again (INVOICE-9)."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from accounts.rules import Actor
from accounts.services.audit import record
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from invoices import sql
from invoices.models import InvoiceCorrection, InvoiceItem, InvoiceRequest, RedLetter
from invoices.rules.states import (
    MAX_LINK,
    MAX_REASON,
    InvoiceAct,
    InvoiceState,
    invoice_number,
    is_invoice_number,
)
from invoices.rules.titles import TITLE_FIELDS
from invoices.selectors.invoices import InvoiceView, NoSuchInvoice, get_invoice
from invoices.selectors.red_letters import list_red_letters
from invoices.selectors.titles import get_title, owner_of
from invoices.services.issuing import InvalidInvoiceNumber, require_free
from invoices.services.owners import lock_open_owner
from invoices.services.steps import lock_for_issuer, require_act
from kernel.money import format_yuan
from kernel.refusal import Conflict, require_reason


class SameTitle(Conflict):
    code = "invoices.same_title"
    zh = "发票 {number} 开的就是这个抬头，请先把抬头改对，再选改好的那个"
    en = "Invoice {number} has this title already; save the right one first, then choose it"
    number: str


class NoCorrectionAsked(Conflict):
    code = "invoices.no_correction_asked"
    zh = "开票申请 {request_id} 没有等着答复的抬头更正"
    en = "No correction of the title of request {request_id} waits for an answer"
    request_id: int


class WholeAmountChanged(Conflict):
    code = "invoices.whole_amount_changed"
    zh = "开票申请 {request_id} 的发票还剩 ¥{rest} 没有红冲，整张红冲要按这个金额开红字发票"
    en = "¥{rest} of the invoice for request {request_id} are not taken back; a red letter of the whole invoice has this amount"
    request_id: int
    rest_fen: int


class NothingLeftToReissue(Conflict):
    code = "invoices.nothing_left_to_reissue"
    zh = "开票申请 {request_id} 的款项已全部退回，不用重开：按待红冲的金额登记红字发票即可"
    en = "All of request {request_id} was refunded, so nothing is to be issued again: enter the red letter of what was refunded"
    request_id: int


@atomic_with_retry
def ask_correction(*, actor: Actor, request_id: int, title_id: int, reason: str, now: datetime) -> InvoiceView:
    """Who asked for an issued invoice says that its title is wrong, with another one of her titles; whoever issues is told.

    Asked again before it is answered, the later title and reason count. Refuses the title that the invoice has.
    """
    reason = require_reason(reason, max_length=MAX_REASON)
    owner = owner_of(actor)
    lock_open_owner(owner)
    row = InvoiceRequest.objects.select_for_update().filter(pk=request_id).first()
    if row is None or (row.reseller_id, row.brand_id) != (owner.reseller_id, owner.brand_id):
        raise NoSuchInvoice(request_id=request_id)
    require_act(row, InvoiceAct.REVERSE)
    title = get_title(owner, title_id)
    fields = {name: getattr(title, name) for name in TITLE_FIELDS}
    if all(getattr(row, name) == value for name, value in fields.items()):
        raise SameTitle(number=row.number)
    asked = {**fields, "reason": reason, "asked_by_id": actor.own_id, "asked_at": now}
    InvoiceCorrection.objects.update_or_create(request=row, ended_at=None, defaults=asked)
    details = {"invoice_title": title.name, "reason": reason}
    record(actor=actor, action="invoices.ask_correction", kind="invoice", subject_id=row.pk, details=details, now=now)
    publish([_asked_event(row, title.name, reason)], now=now)
    return get_invoice(row.pk)


@atomic_with_retry
def refuse_correction(*, actor: Actor, request_id: int, reason: str, now: datetime) -> InvoiceView:
    """Whoever issues leaves the invoice as it is; who asked reads the reason."""
    reason = require_reason(reason, max_length=MAX_REASON)
    row = lock_for_issuer(actor, request_id)
    asked = _open_correction(row)
    if asked is None:
        raise NoCorrectionAsked(request_id=row.pk)
    asked.ended_at, asked.answer, asked.decided_by_id = now, reason, actor.own_id
    asked.save(update_fields=["ended_at", "answer", "decided_by"])
    details = {"reason": reason}
    record(
        actor=actor, action="invoices.refuse_correction", kind="invoice", subject_id=row.pk, details=details, now=now
    )
    kind = EventKind.INVOICE_NOT_CORRECTED if row.reseller_id else EventKind.BRAND_INVOICE_NOT_CORRECTED
    publish([_to_owner(kind, row, {"number": row.number, "reason": reason})], now=now)
    return get_invoice(row.pk)


@atomic_with_retry
def reverse_invoice(*, actor: Actor, request_id: int, number: str, amount_fen: int, now: datetime) -> InvoiceView:
    """Enter the number of a red letter over all that is left of an issued invoice, and ask for it again with the right title.

    The title is that of the correction that was asked for; without one it stays, for a mistake of whoever issues. The new request is over
    what is still kept of the same lines or statements. The same number and amount again change nothing. Refuses another amount, and where
    all was refunded. Returns the reversed request.
    """
    row = lock_for_issuer(actor, request_id)
    number = invoice_number(number)
    if not is_invoice_number(number):
        raise InvalidInvoiceNumber(number=number[:MAX_LINK])
    if row.state == InvoiceState.REVERSED.value and any(
        (each.number, each.amount_fen) == (number, amount_fen) for each in list_red_letters(row.pk)
    ):
        return get_invoice(row.pk)
    state = require_act(row, InvoiceAct.REVERSE)
    require_free(row, number)
    items = list(row.items.order_by("pk"))
    rests = _rests(items)
    rest_fen = sum(rests.values())
    if rest_fen != amount_fen:
        raise WholeAmountChanged(request_id=row.pk, rest_fen=rest_fen)
    kept = _kept(items, rests)
    if not kept:
        raise NothingLeftToReissue(request_id=row.pk)
    _take_back(row, state, rests, number, actor, now)
    again = _ask_again(row, kept, actor, now)
    details = {"invoice_number": number, "amount": format_yuan(rest_fen), "new_request": again.pk}
    record(actor=actor, action="invoices.reverse", kind="invoice", subject_id=row.pk, details=details, now=now)
    kind = EventKind.INVOICE_REOPENED if row.reseller_id else EventKind.BRAND_INVOICE_REOPENED
    data: dict[str, str | int | bool | None] = {
        "number": row.number,
        "title": again.name,
        "amount": format_yuan(again.amount_fen),
        "request_id": again.pk,
    }
    publish([_to_owner(kind, row, data)], now=now)
    return get_invoice(row.pk)


def _open_correction(row: InvoiceRequest) -> InvoiceCorrection | None:
    return InvoiceCorrection.objects.filter(request=row, ended_at=None).first()


def _rests(items: Sequence[InvoiceItem]) -> dict[int, int]:
    """What red letters have not taken back of each item, in fen."""
    rests = {each.pk: each.amount_fen for each in items}
    done = RedLetter.objects.filter(item_id__any_of=list(rests), done_at__isnull=False)
    for item_id, fen in done.values_list("item_id", "amount_fen"):
        rests[item_id] -= fen
    return rests


def _kept(items: Sequence[InvoiceItem], rests: Mapping[int, int]) -> list[tuple[InvoiceItem, int]]:
    """Each item of which something can be invoiced again, with what is kept of its line or statement now, at most its rest."""
    of_lines = sql.kept_of_lines([each.line_id for each in items if each.line_id is not None])
    of_statements = sql.kept_of_statements([each.statement_id for each in items if each.statement_id is not None])
    kept = []
    for each in items:
        now_fen = of_lines[each.line_id] if each.line_id is not None else of_statements[each.statement_id or 0]
        if (fen := min(now_fen, rests[each.pk])) > 0:
            kept.append((each, fen))
    return kept


def _take_back(
    row: InvoiceRequest, state: InvoiceState, rests: Mapping[int, int], number: str, actor: Actor, now: datetime
) -> None:
    """Write one red letter over all rests, and end the request; what was noted of refunds is in it."""
    row.red_letters.filter(done_at=None).delete()
    RedLetter.objects.bulk_create(
        RedLetter(
            request=row,
            item_id=item_id,
            amount_fen=fen,
            found_at=now,
            number=number,
            done_at=now,
            done_by_id=actor.own_id,
        )
        for item_id, fen in rests.items()
        if fen
    )
    row.state, row.ended_at, row.acted_by_id = state.value, now, actor.own_id
    row.save(update_fields=["state", "ended_at", "acted_by"])
    row.items.filter(is_live=True).update(is_live=False)


def _ask_again(
    row: InvoiceRequest, kept: Sequence[tuple[InvoiceItem, int]], actor: Actor, now: datetime
) -> InvoiceRequest:
    """The request that takes the place of a reversed one: of the same issuer, with the corrected title."""
    asked = _open_correction(row)
    title = asked or row
    again = InvoiceRequest.objects.create(
        what=row.what,
        reseller_id=row.reseller_id,
        brand_id=row.brand_id,
        issuer_brand_id=row.issuer_brand_id,
        state=InvoiceState.REQUESTED.value,
        amount_fen=sum(fen for _, fen in kept),
        tax_rate=row.tax_rate,
        key=hashlib.sha256(f"invoices.again:{row.pk}".encode()).hexdigest(),
        requested_by_id=asked.asked_by_id if asked else row.requested_by_id,
        requested_at=now,
        **{name: getattr(title, name) for name in TITLE_FIELDS},
    )
    InvoiceItem.objects.bulk_create(
        (
            InvoiceItem(
                request=again, line_id=each.line_id, statement_id=each.statement_id, amount_fen=fen, is_live=True
            )
            for each, fen in kept
        ),
        batch_size=1000,
    )
    if asked is None:
        fields = {name: getattr(row, name) for name in TITLE_FIELDS}
        asked = InvoiceCorrection(request=row, asked_by_id=actor.own_id, asked_at=now, **fields)
    asked.ended_at, asked.decided_by_id, asked.new_request = now, actor.own_id, again
    asked.save()
    return again


def _asked_event(row: InvoiceRequest, title: str, reason: str) -> EventDraft:
    """To whoever issues, and to finance."""
    kind = EventKind.INVOICE_CORRECTION_ASKED if row.issuer_brand_id else EventKind.PLATFORM_INVOICE_CORRECTION_ASKED
    data: dict[str, str | int | bool | None] = {
        "request_id": row.pk, "number": row.number, "title": title, "reason": reason,
    }  # fmt: skip
    return EventDraft(kind, row.pk, brand_id=row.issuer_brand_id, data=data)


def _to_owner(kind: EventKind, row: InvoiceRequest, data: Mapping[str, str | int | bool | None]) -> EventDraft:
    return EventDraft(kind, row.pk, reseller_id=row.reseller_id, brand_id=row.brand_id, data=data)
