"""Reads of red letters."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from invoices.models import RedLetter
from invoices.rules.states import InvoiceState
from invoices.selectors.invoices import InvoiceView, invoice_view, rows_of_invoices
from web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class RedLetterView:
    """A red letter of a request, as it was entered: one number for all items, with their sum."""

    number: str
    amount_fen: int
    done_at: datetime


def list_needing_red_letter(*, cursor: str = "", limit: int = 50) -> Page[InvoiceView]:
    """Issued requests of which something was refunded after their amount was final, the newest first."""
    letters = RedLetter.objects.filter(request=OuterRef("pk"), done_at=None)
    rows = rows_of_invoices().filter(Exists(letters), state=InvoiceState.ISSUED.value)
    return paginate(rows, name="invoices.red_letters", order=("-id",), cursor=cursor, limit=limit, view=invoice_view)


def list_red_letters(request_id: int) -> list[RedLetterView]:
    """The red letters of a request that were entered, the first one first."""
    found: dict[str, RedLetterView] = {}
    for each in RedLetter.objects.filter(request_id=request_id, done_at__isnull=False).order_by("pk"):
        before = found.get(each.number)
        sum_fen = each.amount_fen + (before.amount_fen if before else 0)
        if each.done_at is not None:
            found[each.number] = RedLetterView(each.number, sum_fen, each.done_at)
    return list(found.values())
