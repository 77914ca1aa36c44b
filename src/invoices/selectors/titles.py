"""Reads of saved titles."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts.rules import Actor, Role
from brands.selectors.brands import require_own_brand
from db.rows import view_of
from invoices.models import InvoiceTitle
from invoices.rules.titles import TitleKind
from kernel.refusal import Missing
from membership.selectors.people import require_reseller


class NoSuchTitle(Missing):
    code = "invoices.no_such_title"
    zh = "没有这个发票抬头（{title_id}），可能已删除"
    en = "There is no invoice title {title_id}; it may have been removed"
    title_id: int


@dataclass(frozen=True, slots=True)
class TitleView:
    """A saved title. `is_special`: special invoices 专票 are asked for with it."""

    id: int
    kind: TitleKind
    name: str
    tax_number: str
    address: str
    phone: str
    bank: str
    account: str
    email: str
    is_special: bool
    is_default: bool
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose titles and requests they are: a reseller's or a brand's."""

    reseller_id: int | None = None
    brand_id: int | None = None


def owner_of(actor: Actor) -> Owner:
    """The reseller, or the brand of the clerk; refuses everybody else."""
    if actor.role is Role.BRAND:
        return Owner(brand_id=require_own_brand(actor).id)
    return Owner(reseller_id=require_reseller(actor).id)


def list_titles(owner: Owner) -> list[TitleView]:
    """The saved titles: the default first, then the latest."""
    return [title_view(row) for row in titles_of(owner).order_by("-is_default", "-pk")]


def get_title(owner: Owner, title_id: int) -> TitleView:
    row = titles_of(owner).filter(pk=title_id).first()
    if row is None:
        raise NoSuchTitle(title_id=title_id)
    return title_view(row)


def titles_of(owner: Owner) -> QuerySet[InvoiceTitle]:
    rows = InvoiceTitle.objects.filter(removed_at=None)
    if owner.brand_id is not None:
        return rows.filter(brand_id=owner.brand_id)
    return rows.filter(reseller_id=owner.reseller_id or 0)


def title_view(row: InvoiceTitle) -> TitleView:
    return view_of(TitleView, row)
