"""Reads of files with requests for whoever issues."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from accounts.rules import Actor, Role, require_roles
from brands.rules import BrandStatus
from brands.selectors.brands import require_own_brand
from db.rows import view_of
from invoices.models import InvoiceExport
from invoices.rules.states import InvoiceState
from kernel.refusal import Missing
from web.pagination import Page, paginate


class NoSuchExport(Missing):
    code = "invoices.no_such_export"
    zh = "没有这份开票文件（{export_id}）"
    en = "There is no invoice file {export_id}"
    export_id: int


@dataclass(frozen=True, slots=True)
class InvoiceExportView:
    """A file for one issuer; `issuer_name` is "" for the platform. `open_count`: requests of it without an invoice number.

    Nobody signs in for an issuer whose account was closed: the platform sends it the file.
    """

    id: int
    issuer_brand_id: int | None
    issuer_name: str
    is_issuer_closed: bool
    sha256: str
    request_count: int
    open_count: int
    amount_fen: int
    created_by: str
    created_at: datetime


def get_export(export_id: int) -> InvoiceExportView:
    row = _rows().filter(pk=export_id).first()
    if row is None:
        raise NoSuchExport(export_id=export_id)
    return _view(row)


def get_export_for(actor: Actor, export_id: int) -> InvoiceExportView:
    """A file, for finance and for clerks of the brand that issues. For other clerks it does not exist."""
    require_roles(actor, Role.FINANCE, Role.BRAND)
    view = get_export(export_id)
    if actor.role is Role.BRAND and view.issuer_brand_id != require_own_brand(actor).id:
        raise NoSuchExport(export_id=export_id)
    return view


def list_exports(*, issuer_brand_id: int | None = None, cursor: str = "", limit: int = 50) -> Page[InvoiceExportView]:
    """Files, the newest first: all, or those of a brand that issues."""
    rows = _rows()
    if issuer_brand_id is not None:
        rows = rows.filter(issuer_brand_id=issuer_brand_id)
    return paginate(rows, name="invoices.exports", order=("-id",), cursor=cursor, limit=limit, view=_view)


def _rows() -> QuerySet[InvoiceExport]:
    still_open = Count("requests", filter=Q(requests__state=InvoiceState.EXPORTED.value))
    rows = InvoiceExport.objects.select_related("issuer_brand", "created_by").defer("content")
    return rows.annotate(open_count=still_open)


def _view(row: InvoiceExport) -> InvoiceExportView:
    return view_of(
        InvoiceExportView,
        row,
        issuer_name=row.issuer_brand.name if row.issuer_brand else "",
        is_issuer_closed=row.issuer_brand is not None and row.issuer_brand.status == BrandStatus.CLOSED.value,
        created_by=row.created_by.name,
    )
