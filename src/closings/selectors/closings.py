"""Reads of account closings."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from django.db.models import QuerySet

from accounts.rules import Actor, Role
from brands.selectors.brands import require_own_brand
from closings.models import AccountClosing
from closings.rules import ClosingState
from db.rows import view_of
from kernel.refusal import Missing
from ledger.rules import AccountKind, AccountRef
from ledger.selectors.accounts import get_balance_fen
from membership.selectors.people import require_reseller
from web.pagination import Page, paginate
from web.responses import PAGES_ONLY


class NoSuchClosing(Missing):
    code = "closings.no_such_closing"
    zh = "没有这个关闭账户的申请（{closing_id}）"
    en = "There is no closing {closing_id} of an account"
    closing_id: int


@dataclass(frozen=True, slots=True)
class ClosingView:
    """That an account is to be closed, or was. `paid_fen`: what was left then; `request_id`: its payment, None where nothing was left."""

    id: int
    state: ClosingState
    reseller_id: int | None
    brand_id: int | None
    owner_name: str
    reason: str
    requested_by_id: Annotated[int, PAGES_ONLY]
    requested_by: str
    requested_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision_reason: str
    paid_fen: int
    request_id: int | None


def get_closing(closing_id: int) -> ClosingView:
    row = _rows().filter(pk=closing_id).first()
    if row is None:
        raise NoSuchClosing(closing_id=closing_id)
    return closing_view(row)


def list_closings(*, state: str = "", cursor: str = "", limit: int = 50) -> Page[ClosingView]:
    """Closings, the newest first, of one state where it is given."""
    rows = _rows()
    if state:
        rows = rows.filter(state=state)
    return paginate(rows, name="closings.closings", order=("-id",), cursor=cursor, limit=limit, view=closing_view)


def find_closing(*, reseller_id: int | None = None, brand_id: int | None = None) -> ClosingView | None:
    """The latest closing of an account."""
    owner = {"brand_id": brand_id} if brand_id is not None else {"reseller_id": reseller_id}
    row = _rows().filter(**owner).order_by("-pk").first()
    return closing_view(row) if row else None


def find_own_closing(actor: Actor) -> ClosingView | None:
    """The latest closing of the account of this reseller, or of the brand of this clerk."""
    if actor.role is Role.BRAND:
        return find_closing(brand_id=require_own_brand(actor).id)
    return find_closing(reseller_id=require_reseller(actor).id)


def get_rest_fen(*, reseller_id: int | None = None, brand_id: int | None = None) -> int:
    """What an account holds, and what closing it would pay out."""
    if brand_id is not None:
        return get_balance_fen(AccountRef(AccountKind.DEPOSIT, brand_id))
    return get_balance_fen(AccountRef(AccountKind.WALLET, reseller_id or 0))


def closing_view(row: AccountClosing) -> ClosingView:
    return view_of(
        ClosingView,
        row,
        owner_name=row.reseller.person.name if row.reseller else row.brand.name if row.brand else "",
        requested_by=row.requested_by.name,
        decided_by=row.decided_by.name if row.decided_by else "",
    )


def _rows() -> QuerySet[AccountClosing]:
    return AccountClosing.objects.select_related("reseller__person", "brand", "requested_by", "decided_by")
