"""Reads of the fees of a contract, their waivers, and what statements deduct (SETTLE-10, SETTLE-11)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import QuerySet

from db.rows import view_of
from settlement.models import ContractFee, FeeWaiver, StatementDeduction
from settlement.rules.fees import FeeBasis, FeeKind
from web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class FeeView:
    """A fee of a brand's contract. `to_date` null: until another fee of the kind begins."""

    id: int
    kind: FeeKind
    basis: FeeBasis
    amount_fen: int | None
    rate: Decimal | None
    cap_fen: int | None
    from_date: date
    to_date: date | None
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class WaiverView:
    """Fees that are not asked. `kind` null: of every kind; a sale, line or days that are null do not narrow it."""

    id: int
    kind: FeeKind | None
    sale_id: int | None
    sale_title: str
    line_id: int | None
    from_date: date | None
    to_date: date | None
    reason: str
    entered_by: str
    entered_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class FeeFigure:
    """How much a fee is: `amount_fen` per line or unit, or a share; `cap_fen` at most for one line."""

    basis: FeeBasis
    amount_fen: int | None
    rate: Decimal | None
    cap_fen: int | None


@dataclass(frozen=True, slots=True)
class DeductionView:
    """A fee of a statement for units of a line. `waived_because` is the reason of its waiver: then nothing is deducted."""

    id: int
    line_id: int
    order_id: int
    goods: str
    kind: FeeKind
    fee: FeeFigure
    units: int
    amount_fen: int
    waived_because: str
    waived_by: str
    is_disputed: bool


def list_fees(brand_id: int) -> list[FeeView]:
    """The fees of a brand's contract, by kind, the earliest first."""
    rows = ContractFee.objects.filter(brand_id=brand_id).select_related("entered_by")
    return [view_of(FeeView, row, entered_by=row.entered_by.name) for row in rows.order_by("kind", "from_date")]


def list_waivers(*, brand_id: int, cursor: str = "", limit: int = 50) -> Page[WaiverView]:
    """The waivers of a brand, the latest first."""
    rows = FeeWaiver.objects.filter(brand_id=brand_id).select_related("sale", "entered_by")
    return paginate(
        rows, name=f"settlement.waivers:{brand_id}", order=("-id",), cursor=cursor, limit=limit, view=_waiver
    )


def list_deductions(statement_id: int, *, cursor: str = "", limit: int = 50) -> Page[DeductionView]:
    """What a statement deducts, and what is waived, in the order of its lines."""
    return paginate(
        _deductions(statement_id),
        name=f"settlement.deductions:{statement_id}",
        order=("id",),
        cursor=cursor,
        limit=limit,
        view=_deduction,
    )


def all_deductions(statement_id: int) -> list[DeductionView]:
    return [_deduction(row) for row in _deductions(statement_id).order_by("pk")]


def _deductions(statement_id: int) -> QuerySet[StatementDeduction]:
    rows = StatementDeduction.objects.filter(statement=statement_id)
    return rows.select_related("line__sku__style", "fee", "waiver__entered_by").prefetch_related("disputes")


def _deduction(row: StatementDeduction) -> DeductionView:
    sku = row.line.sku
    return view_of(
        DeductionView,
        row,
        order_id=row.line.order_id,
        goods=f"{sku.style.style_no} {sku.colour} {sku.size}",
        fee=view_of(FeeFigure, row.fee),
        waived_because=row.waiver.reason if row.waiver else "",
        waived_by=row.waiver.entered_by.name if row.waiver else "",
        is_disputed=bool(row.disputes.all()),
    )


def _waiver(row: FeeWaiver) -> WaiverView:
    return view_of(
        WaiverView,
        row,
        kind=FeeKind(row.kind) if row.kind else None,
        sale_title=row.sale.title if row.sale else "",
        entered_by=row.entered_by.name,
    )
