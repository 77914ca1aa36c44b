"""Reads of invoice requests."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from django.db.models import BigIntegerField, Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.rules import Actor, Role, require_roles
from db.rows import view_of
from invoices.models import InvoiceCorrection, InvoiceItem, InvoiceRequest, RedLetter
from invoices.rules.states import InvoiceKind, InvoiceState
from invoices.rules.titles import TitleKind
from invoices.selectors.titles import Owner, owner_of
from kernel.refusal import Missing
from settlement.selectors.statements import title_of
from web.pagination import Page, paginate
from web.responses import PAGES_ONLY


class NoSuchInvoice(Missing):
    code = "invoices.no_such_invoice"
    zh = "没有这个开票申请（{request_id}）"
    en = "There is no invoice request {request_id}"
    request_id: int


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """A request with its title as it was then. `issuer_name` is "" where the platform issues.

    `red_letter_fen`: refunded since it was exported, so that a red letter is needed; `reversed_fen`: what red letters took back.
    `replaced_by_id`: the request that stands in its place with a corrected title, `replaces_id` the other way round.
    """

    id: int
    what: InvoiceKind
    state: InvoiceState
    reseller_id: int | None
    brand_id: int | None
    owner_name: str
    issuer_brand_id: int | None
    issuer_name: str
    kind: TitleKind
    name: str
    tax_number: str
    address: str
    phone: str
    bank: str
    account: str
    email: str
    is_special: bool
    amount_fen: int
    tax_rate: Decimal
    requested_at: datetime
    export_id: int | None
    exported_at: datetime | None
    number: str
    issued_on: date | None
    issued_at: datetime | None
    link: str
    file: Annotated[str, PAGES_ONLY]
    file_kind: str
    ended_at: datetime | None
    reason: str
    red_letter_fen: int
    reversed_fen: int
    is_correction_asked: bool
    replaced_by_id: int | None
    replaces_id: int | None

    @property
    def rest_fen(self) -> int:
        """What no red letter took back."""
        return self.amount_fen - self.reversed_fen

    @property
    def remark(self) -> str:
        """What stands in the remark of the invoice, by which it is found again."""
        return remark_of(self.id)


@dataclass(frozen=True, slots=True)
class InvoiceItemView:
    """An order line or a statement of a request. `order_id` and `goods` are of the line, `statement_id` and `title` of the statement."""

    line_id: int | None
    order_id: int | None
    goods: str
    statement_id: int | None
    title: str
    amount_fen: int
    red_letter_fen: int


@dataclass(frozen=True, slots=True)
class WaitingInvoices:
    """What waits for finance: requests in no file, exported ones without a number, and red letters and corrections of issued ones."""

    requested: int
    exported: int
    corrections: int
    red_letters: int
    red_letters_fen: int


def remark_of(request_id: int) -> str:
    return f"尾仓开票申请 {request_id}"


def get_invoice(request_id: int) -> InvoiceView:
    row = _rows().filter(pk=request_id).first()
    if row is None:
        raise NoSuchInvoice(request_id=request_id)
    return invoice_view(row)


def get_invoice_for(actor: Actor, request_id: int) -> InvoiceView:
    """A request, for who asked, for finance and ops, and for who issues from its export on. For anybody else it does not exist."""
    view = get_invoice(request_id)
    if actor.role in (Role.FINANCE, Role.OPS):
        return view
    owner = owner_of(actor)
    if owner == Owner(view.reseller_id, view.brand_id):
        return view
    if owner.brand_id is not None and owner.brand_id == view.issuer_brand_id and view.export_id is not None:
        return view
    raise NoSuchInvoice(request_id=request_id)


def may_open(actor: Actor, request_id: int) -> bool:
    """Whether a request exists for who asks (`get_invoice_for`)."""
    try:
        get_invoice_for(actor, request_id)
    except NoSuchInvoice:
        return False
    return True


def list_own_invoices(actor: Actor, *, cursor: str = "", limit: int = 50) -> Page[InvoiceView]:
    """What a reseller or a brand asked for, the newest first."""
    rows = _rows().filter(_asked_by(owner_of(actor)))
    return paginate(rows, name="invoices.own", order=("-id",), cursor=cursor, limit=limit, view=invoice_view)


def _asked_by(owner: Owner) -> Q:
    return Q(brand_id=owner.brand_id) if owner.brand_id is not None else Q(reseller_id=owner.reseller_id)


def list_invoices(
    *,
    state: str = "",
    what: str = "",
    issuer_brand_id: int | None = None,
    to_correct: bool = False,
    query: str = "",
    cursor: str = "",
    limit: int = 50,
) -> Page[InvoiceView]:
    """Requests, the newest first: of a state, a kind, an issuing brand, or with a title, tax number or invoice number that holds a text.

    `to_correct`: those of which a correction was asked for and not answered.
    """
    rows = _rows()
    if to_correct:
        rows = rows.filter(Exists(InvoiceCorrection.objects.filter(request=OuterRef("pk"), ended_at=None)))
    if state:
        rows = rows.filter(state=state)
    if what:
        rows = rows.filter(what=what)
    if issuer_brand_id is not None:
        rows = rows.filter(issuer_brand_id=issuer_brand_id)
    if query.strip():
        text = query.strip()
        found = Q(name__icontains=text) | Q(tax_number__iexact=text) | Q(number=text)
        rows = rows.filter(found | Q(pk=int(text)) if text.isascii() and text.isdigit() and len(text) < 19 else found)
    return paginate(rows, name="invoices.all", order=("-id",), cursor=cursor, limit=limit, view=invoice_view)


def list_to_issue(actor: Actor, *, cursor: str = "", limit: int = 50) -> Page[InvoiceView]:
    """Requests of resellers that the brand of this clerk issues and that are exported or issued, the newest first."""
    require_roles(actor, Role.BRAND)
    rows = _rows().filter(issuer_brand_id=owner_of(actor).brand_id, export__isnull=False)
    return paginate(rows, name="invoices.to_issue", order=("-id",), cursor=cursor, limit=limit, view=invoice_view)


def invoices_of_key(person_id: int, key: str) -> list[InvoiceView]:
    """What was asked for with a key, in the order in which it was."""
    return [invoice_view(row) for row in _rows().filter(requested_by_id=person_id, key=key).order_by("pk")]


def numbers_taken(numbers: Collection[str]) -> dict[tuple[int | None, str], int]:
    """The requests for which one of these numbers stands, as invoice or red letter, by the brand that issues and the number."""
    invoices = InvoiceRequest.objects.filter(number__in=numbers, issued_at__isnull=False)
    letters = RedLetter.objects.filter(number__in=numbers, done_at__isnull=False)
    found = letters.values_list("request__issuer_brand_id", "number", "request_id")
    rows = (*found, *invoices.values_list("issuer_brand_id", "number", "pk"))
    return {(issuer, number): pk for issuer, number, pk in rows}


def list_items(request_id: int, *, cursor: str = "", limit: int = 50) -> Page[InvoiceItemView]:
    """The order lines or statements of a request."""
    rows = InvoiceItem.objects.filter(request_id=request_id).select_related("line__sku__style", "statement__sale")
    rows = rows.annotate(red_fen=Coalesce(Sum("red_letters__amount_fen", filter=Q(red_letters__done_at=None)), 0))
    return paginate(
        rows, name=f"invoices.items:{request_id}", order=("id",), cursor=cursor, limit=limit, view=_item_view
    )


def list_orders_asked(order_ids: Sequence[int]) -> dict[int, InvoiceState]:
    """Of these orders those whose money is in a live request, with the state of the latest."""
    rows = InvoiceItem.objects.filter(line__order_id__any_of=order_ids, is_live=True).order_by("pk")
    return {order_id: InvoiceState(state) for order_id, state in rows.values_list("line__order_id", "request__state")}


def count_waiting() -> WaitingInvoices:
    """What waits for finance now."""
    states = dict(
        InvoiceRequest.objects.filter(state__in=[InvoiceState.REQUESTED.value, InvoiceState.EXPORTED.value])
        .values_list("state")
        .annotate(Count("pk"))
    )
    letters = RedLetter.objects.filter(done_at=None, request__state=InvoiceState.ISSUED.value)
    red = letters.aggregate(requests=Count("request_id", distinct=True), fen=Sum("amount_fen", default=0))
    return WaitingInvoices(
        requested=states.get(InvoiceState.REQUESTED.value, 0),
        exported=states.get(InvoiceState.EXPORTED.value, 0),
        corrections=InvoiceCorrection.objects.filter(ended_at=None).count(),
        red_letters=red["requests"],
        red_letters_fen=red["fen"],
    )


def count_open_invoices(*, reseller_id: int | None = None, brand_id: int | None = None) -> int:
    """The requests of a reseller, or of a brand and those that it issues, that are not done or of which something is to be corrected."""
    owner = Owner(reseller_id, brand_id)
    is_theirs = _asked_by(owner)
    to_do = Q(is_correction_asked=True)
    if brand_id is not None:
        is_theirs |= Q(issuer_brand_id=brand_id)
        to_do |= Q(issuer_brand_id=brand_id, red_letter_fen__gt=0)
    waits = Q(state__in=[InvoiceState.REQUESTED.value, InvoiceState.EXPORTED.value])
    return _rows().filter(is_theirs, waits | Q(state=InvoiceState.ISSUED.value) & to_do).count()


def invoice_view(row: InvoiceRequest) -> InvoiceView:
    return view_of(
        InvoiceView,
        row,
        owner_name=row.reseller.person.name if row.reseller else row.brand.name if row.brand else "",
        issuer_name=row.issuer_brand.name if row.issuer_brand else "",
    )


def rows_of_invoices() -> QuerySet[InvoiceRequest]:
    """Requests with what `invoice_view` reads, for lists of other modules."""
    return _rows()


def _rows() -> QuerySet[InvoiceRequest]:
    rows = InvoiceRequest.objects.select_related("reseller__person", "brand", "issuer_brand")
    letters = RedLetter.objects.filter(request=OuterRef("pk"))
    corrections = InvoiceCorrection.objects.filter(request=OuterRef("pk"))
    return rows.annotate(
        is_correction_asked=Exists(corrections.filter(ended_at=None)),
        replaced_by_id=Subquery(corrections.filter(new_request__isnull=False).values("new_request")[:1]),
        replaces_id=Subquery(InvoiceCorrection.objects.filter(new_request=OuterRef("pk")).values("request")[:1]),
        red_letter_fen=_sum_of(letters.filter(done_at=None)),
        reversed_fen=_sum_of(letters.filter(done_at__isnull=False)),
    )


def _sum_of(letters: QuerySet[RedLetter]) -> Coalesce:
    sums = letters.order_by().values("request").annotate(fen=Sum("amount_fen")).values("fen")
    return Coalesce(Subquery(sums), 0, output_field=BigIntegerField())


def _item_view(row: InvoiceItem) -> InvoiceItemView:
    red_fen: int = row.red_fen  # type: ignore[attr-defined]
    if row.line is not None:
        sku = row.line.sku
        goods = " ".join(part for part in (sku.style.style_no, sku.colour, sku.size) if part)
        return InvoiceItemView(row.line_id, row.line.order_id, goods, None, "", row.amount_fen, red_fen)
    title = title_of(row.statement) if row.statement else ""
    return InvoiceItemView(None, None, "", row.statement_id, title, row.amount_fen, red_fen)
