"""Asking for invoices, and taking a request back (INVOICE-2, INVOICE-4)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record, record_all
from brands.selectors.brands import require_own_brand
from db.errors import constraint_of
from db.transactions import atomic_with_retry
from invoices.models import InvoiceItem, InvoiceRequest
from invoices.rules.states import MAX_KEY, InvoiceAct, InvoiceKind, InvoiceState
from invoices.rules.titles import TITLE_FIELDS
from invoices.selectors.askable import MAX_LINES, Choice, by_issuer, list_askable_statements, list_lines, whole_orders
from invoices.selectors.invoices import InvoiceView, NoSuchInvoice, get_invoice, invoices_of_key
from invoices.selectors.titles import Owner, TitleView, get_title, owner_of
from invoices.services.owners import lock_open_owner
from invoices.services.steps import end_request, require_act
from kernel.money import format_yuan
from kernel.refusal import Conflict, Invalid, require_key
from membership.selectors.people import require_reseller


class NothingToInvoice(Conflict):
    code = "invoices.nothing_to_invoice"
    zh = "没有可以开票的金额：已申请过、已全部退款、没发完货或有售后没结束的都不能开"
    en = "Nothing can be invoiced: it was asked for before, refunded, not shipped as a whole, or a case about it is not over"


class NothingPaidByPlatform(Conflict):
    code = "invoices.no_fees_to_invoice"
    zh = "没有可以开票的佣金和费用：结算单付清后才能开，申请过的不能再开"
    en = "No commission or fees can be invoiced: a statement is paid first, and is invoiced once"


class StatementsNotAskable(Conflict):
    """Those of the chosen statements that cannot be invoiced."""

    code = "invoices.statements_not_askable"
    zh = "结算单 {numbers} 不能申请开票：没付清、申请过，或没有平台留下的金额；去掉后再申请"
    en = "Statements {numbers} cannot be invoiced: not paid, asked for before, or the platform kept nothing; ask without them"
    statement_ids: list[int]

    def sentence(self, language: str = "zh") -> str:
        is_chinese = language.startswith("zh")
        numbers = ("、" if is_chinese else ", ").join(f"{each}" for each in self.statement_ids)
        return (self.zh if is_chinese else self.en).format(numbers=numbers)


class TooManyLines(Invalid):
    code = "invoices.too_many_lines"
    zh = "一次最多 {max_lines} 行订单明细，请按月份申请或少选几张订单"
    en = "At most {max_lines} order lines at once; ask by month, or for fewer orders"
    max_lines: int


class KeyUsed(Conflict):
    code = "invoices.key_used"
    zh = "这个请求先前已申请过开票（{request_id}），内容不同，没有再申请；请刷新页面再试"
    en = "The key was used for invoice request {request_id}, which is something else; nothing was asked, reload the page and try again"
    request_id: int


class AskedMeanwhile(Conflict):
    code = "invoices.asked_meanwhile"
    zh = "其中有的金额刚刚已申请开票，没有重复申请；请刷新后再看"
    en = "A part of it was asked for at this moment; nothing was asked twice, look again"


@dataclass(frozen=True, slots=True)
class _Part:
    """What one issuer invoices: amounts by the id of the line or statement."""

    what: InvoiceKind
    issuer_brand_id: int | None
    amounts_fen: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The key of what is asked, and the digest of its title and choice."""

    key: str
    digest: str


@atomic_with_retry
def request_goods(*, actor: Actor, title_id: int, choice: Choice, key: str, now: datetime) -> list[InvoiceView]:
    """A reseller asks for what she paid and did not get back, in the orders or the month that she chose: one request for each issuer.

    Of a month with more than MAX_LINES lines it takes the oldest orders; she asks again for the others, as the page says.

    The same `key` asks once. Refuses a key with which something else was asked, and where nothing can be invoiced.
    """
    require_roles(actor, Role.RESELLER)
    owner = Owner(reseller_id=require_reseller(actor).id)
    key = _lock(owner, key)
    chosen_orders = None if choice.order_ids is None else sorted(set(choice.order_ids))
    asked_for = _digest(title_id, chosen_orders, choice.month and f"{choice.month:%Y-%m}")
    if earlier := _asked_before(actor, key, asked_for):
        return earlier
    title = get_title(owner, title_id)
    lines = list_lines(owner.reseller_id or 0, choice, at=now)
    if not lines:
        raise NothingToInvoice
    if len(lines) > MAX_LINES:
        if choice.order_ids is not None or not whole_orders(lines):
            raise TooManyLines(max_lines=MAX_LINES)
        lines = whole_orders(lines)
    parts = [
        _Part(InvoiceKind.GOODS, issuer, {each.line_id: each.amount_fen for each in of_issuer})
        for issuer, of_issuer in by_issuer(lines).items()
    ]
    return _request(owner, title, parts, _Asked(key, asked_for), actor, now)


@atomic_with_retry
def request_fees(
    *, actor: Actor, title_id: int, statement_ids: Sequence[int] | None = None, key: str, now: datetime
) -> list[InvoiceView]:
    """A clerk asks for what the platform kept of paid statements: of those that are named, or of all that were not asked for.

    The same `key` asks once. Refuses a key with which something else was asked, and where nothing can be invoiced.
    """
    owner = Owner(brand_id=require_own_brand(actor).id)
    key = _lock(owner, key)
    asked_for = _digest(title_id, None if statement_ids is None else sorted(set(statement_ids)))
    if earlier := _asked_before(actor, key, asked_for):
        return earlier
    title = get_title(owner, title_id)
    chosen = list_askable_statements(owner.brand_id or 0, statement_ids=statement_ids)
    if missing := sorted(set(statement_ids or ()) - {each.statement_id for each in chosen}):
        raise StatementsNotAskable(statement_ids=missing)
    if not chosen:
        raise NothingPaidByPlatform
    part = _Part(InvoiceKind.FEES, None, {each.statement_id: each.amount_fen for each in chosen})
    return _request(owner, title, [part], _Asked(key, asked_for), actor, now)


@atomic_with_retry
def withdraw_request(*, actor: Actor, request_id: int, now: datetime) -> InvoiceView:
    """Take back what one asked for, before it is exported; its money can be asked for again."""
    owner = owner_of(actor)
    row = InvoiceRequest.objects.select_for_update().filter(pk=request_id).first()
    if row is None or (row.reseller_id, row.brand_id) != (owner.reseller_id, owner.brand_id):
        raise NoSuchInvoice(request_id=request_id)
    state = require_act(row, InvoiceAct.WITHDRAW)
    end_request(row, state, reason="", actor=actor, now=now)
    record(actor=actor, action="invoices.withdraw", kind="invoice", subject_id=row.pk, details={}, now=now)
    return get_invoice(row.pk)


def tax_rate_of(what: InvoiceKind) -> Decimal:
    """The rate that stands in the file for whoever issues; they may know better for single goods."""
    return settings.INVOICE_FEES_TAX_RATE if what is InvoiceKind.FEES else settings.INVOICE_GOODS_TAX_RATE


def _lock(owner: Owner, key: str) -> str:
    key = require_key(key, max_length=MAX_KEY)
    lock_open_owner(owner)
    return key


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _asked_before(actor: Actor, key: str, asked_for: str) -> list[InvoiceView]:
    """What this person asked with the key. Refuses one with which she asked for something else; of earlier rows that is not known."""
    others = InvoiceRequest.objects.filter(requested_by_id=actor.own_id, key=key).exclude(asked_for__in=("", asked_for))
    if other := others.order_by("pk").first():
        raise KeyUsed(request_id=other.pk)
    return invoices_of_key(actor.own_id, key)


def _request(
    owner: Owner, title: TitleView, parts: Sequence[_Part], asked: _Asked, actor: Actor, now: datetime
) -> list[InvoiceView]:
    copied = {name: getattr(title, name) for name in TITLE_FIELDS}
    rows = [
        InvoiceRequest(
            what=part.what.value,
            reseller_id=owner.reseller_id,
            brand_id=owner.brand_id,
            issuer_brand_id=part.issuer_brand_id,
            state=InvoiceState.REQUESTED.value,
            amount_fen=sum(part.amounts_fen.values()),
            tax_rate=tax_rate_of(part.what),
            key=asked.key,
            asked_for=asked.digest,
            requested_by_id=actor.own_id,
            requested_at=now,
            **copied,
        )
        for part in parts
    ]
    InvoiceRequest.objects.bulk_create(rows)
    cause = "line_id" if owner.reseller_id is not None else "statement_id"
    items = [
        InvoiceItem(request_id=row.pk, amount_fen=fen, is_live=True, **{cause: cause_id})
        for row, part in zip(rows, parts, strict=True)
        for cause_id, fen in part.amounts_fen.items()
    ]
    try:
        with transaction.atomic():
            InvoiceItem.objects.bulk_create(items, batch_size=1000)
    except IntegrityError as error:
        if constraint_of(error) not in ("invoice_item_line_once", "invoice_item_statement_once"):
            raise
        raise AskedMeanwhile from error
    details: dict[int, dict[str, object]] = {
        row.pk: {
            "amount": format_yuan(row.amount_fen),
            "invoice_title": row.name,
            "invoice_items": len(part.amounts_fen),
        }
        for row, part in zip(rows, parts, strict=True)
    }
    record_all(actor=actor, action="invoices.request", kind="invoice", details=details, now=now)
    return invoices_of_key(actor.own_id, asked.key)
