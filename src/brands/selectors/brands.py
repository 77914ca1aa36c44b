"""Reads of brands and their clerks."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import QuerySet

from accounts.rules import Actor, NotAllowed, Role
from brands import sql as brands_sql
from brands.models import AdmissionTermsVersion, Brand, Staff
from brands.rules import DEFAULT_TERMS, AdmissionTerms, BrandStatus, may_sell
from db.rows import view_of
from kernel.refusal import Missing
from ledger.rules import AccountKind, AccountRef
from ledger.selectors.accounts import get_balance_fen
from web.pagination import Page, paginate


class NoSuchBrand(Missing):
    code = "brands.no_such_brand"
    zh = "没有这个品牌（{brand_id}）"
    en = "There is no brand {brand_id}"
    brand_id: int


@dataclass(frozen=True, slots=True)
class BrandView:
    """A brand as ops and its own clerks see it. Amounts in fen."""

    response_properties: ClassVar = ("may_sell",)

    id: int
    name: str
    status: BrandStatus
    annual_sales_fen: int
    offline_shops: int
    deposit_fen: int
    deposit_required_fen: int
    commission_rate: Decimal
    contact: str
    return_address: str
    min_order_fen: int | None
    min_order_units: int | None
    applied_at: datetime
    decided_at: datetime | None
    reason: str

    @property
    def may_sell(self) -> bool:
        return may_sell(status=self.status, deposit_fen=self.deposit_fen, required_fen=self.deposit_required_fen)


class NoSuchClerk(Missing):
    code = "brands.no_such_clerk"
    zh = "您的品牌没有这个账号（{person_id}）"
    en = "Your brand has no clerk {person_id}"
    person_id: int


@dataclass(frozen=True, slots=True)
class ClerkView:
    """Somebody who signs in for a brand. `is_first` marks the longest-serving active clerk, who manages the others."""

    person_id: int
    login: str
    name: str
    is_first: bool
    is_active: bool
    deactivated_at: datetime | None
    deactivation_reason: str
    deactivated_by_platform: bool


def get_admission_terms(at: datetime) -> AdmissionTerms:
    """What admission requires at an instant; the defaults of BRAND-1 until ops has set others."""
    row = AdmissionTermsVersion.objects.filter(from_at__lte=at).order_by("-from_at").first()
    if row is None:
        return DEFAULT_TERMS
    return AdmissionTerms(row.min_annual_sales_fen, row.min_offline_shops, row.deposit_fen)


def get_brand(brand_id: int) -> BrandView:
    row = Brand.objects.filter(pk=brand_id).first()
    if row is None:
        raise NoSuchBrand(brand_id=brand_id)
    return _view(row)


def get_return_address(brand_id: int) -> str:
    """Where goods of a brand are sent back to; "" where it has entered nothing."""
    return Brand.objects.filter(pk=brand_id).values_list("return_address", flat=True).first() or ""


def require_own_brand(actor: Actor) -> BrandView:
    """The brand that a clerk works for; refuses everybody else."""
    if actor.role is not Role.BRAND:
        raise NotAllowed(role=actor.role.value)
    staff = Staff.objects.select_related("brand").get(person_id=actor.own_id)
    return _view(staff.brand)


def require_staff(actor: Actor, brand_id: int, *others: Role) -> None:
    """Refuse everybody but the clerks of this brand, the roles `others` and the system. To other clerks the brand does not exist."""
    if actor.role is Role.SYSTEM or actor.role in others:
        return
    if actor.role is not Role.BRAND:
        raise NotAllowed(role=actor.role.value)
    if not Staff.objects.filter(person_id=actor.own_id, brand_id=brand_id).exists():
        raise NoSuchBrand(brand_id=brand_id)


def list_brands(*, status: str = "", cursor: str = "", limit: int = 50) -> Page[BrandView]:
    """All brands, the newest application first."""
    rows = Brand.objects.all()
    if status:
        rows = rows.filter(status=status)
    return paginate(rows, name="brands.brands", order=("-id",), cursor=cursor, limit=limit, view=_view)


def brand_names(brand_ids: Collection[int]) -> dict[int, str]:
    """The names of brands by id."""
    return dict(Brand.objects.filter(pk__in=brand_ids).values_list("pk", "name"))


def closed_brands(brand_ids: Collection[int]) -> set[int]:
    """Which of these have a closed account, in one statement."""
    closed = Brand.objects.filter(pk__in=brand_ids, status=BrandStatus.CLOSED.value)
    return set(closed.values_list("pk", flat=True))


def brand_ids() -> "QuerySet[Brand, int]":
    """The ids of all brands: a query that names them can use an index that begins with the brand."""
    return Brand.objects.values_list("pk", flat=True)


def brands_without_deposit(*, limit: int = 50) -> list[BrandView]:
    """Admitted brands that may not sell yet because their deposit is not complete (BRAND-2), the longest waiting first."""
    ids = brands_sql.admitted_without_deposit(
        admitted=BrandStatus.ADMITTED.value, deposit_account=AccountKind.DEPOSIT.value, limit=limit
    )
    return [get_brand(brand_id) for brand_id in ids]


def list_clerks(brand_id: int) -> list[ClerkView]:
    """All present and former clerks of a brand, in the order in which they were added."""
    rows = list(Staff.objects.filter(brand_id=brand_id).select_related("person__deactivated_by").order_by("pk"))
    first_id = next((row.person_id for row in rows if row.person.is_active), None)
    return [
        ClerkView(
            person_id=row.person_id,
            login=row.person.login,
            name=row.person.name,
            is_first=row.person_id == first_id,
            is_active=row.person.is_active,
            deactivated_at=row.person.deactivated_at,
            deactivation_reason=row.person.deactivation_reason,
            deactivated_by_platform=not row.person.is_active and not _is_clerk(row.person.deactivated_by),
        )
        for row in rows
    ]


def get_clerk(brand_id: int, person_id: int) -> ClerkView:
    """One clerk of a brand; others do not exist for it."""
    clerk = next((each for each in list_clerks(brand_id) if each.person_id == person_id), None)
    if clerk is None:
        raise NoSuchClerk(person_id=person_id)
    return clerk


def clerk_ids_of_brands(brand_ids: Collection[int]) -> dict[int, list[int]]:
    """Who signs in for these brands, by their ids; people who were deactivated are left out."""
    found: dict[int, list[int]] = {}
    rows = Staff.objects.filter(brand_id__in=brand_ids, person__is_active=True)
    for brand_id, person_id in rows.values_list("brand_id", "person_id"):
        found.setdefault(brand_id, []).append(person_id)
    return found


def get_first_clerk_id(brand_id: int) -> int | None:
    """The longest-serving active clerk of a brand."""
    rows = Staff.objects.filter(brand_id=brand_id, person__is_active=True).order_by("pk")
    return rows.values_list("person_id", flat=True).first()


def _is_clerk(person: Any) -> bool:
    return person is not None and person.role == Role.BRAND.value


def _view(row: Brand) -> BrandView:
    return view_of(BrandView, row, deposit_fen=get_balance_fen(AccountRef(AccountKind.DEPOSIT, row.pk)))
