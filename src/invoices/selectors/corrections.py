"""Reads of corrections of titles (INVOICE-9)."""

from dataclasses import dataclass
from datetime import datetime

from db.rows import view_of
from invoices.models import InvoiceCorrection
from invoices.rules.titles import TitleKind


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """That an invoice has a wrong title, with the right one. `answer`: why it was refused; `new_request_id`: what stands in its place."""

    kind: TitleKind
    name: str
    tax_number: str
    is_special: bool
    reason: str
    asked_at: datetime
    ended_at: datetime | None
    answer: str
    new_request_id: int | None


def list_corrections(request_id: int) -> list[CorrectionView]:
    """The corrections of a request, the latest first."""
    rows = InvoiceCorrection.objects.filter(request_id=request_id).order_by("-pk")
    return [view_of(CorrectionView, row) for row in rows]
