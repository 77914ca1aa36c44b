"""Cases as their reseller, ops, and the brand read them, and what of an order may be asked back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, Sum

from aftersales.models import Case
from aftersales.rules import (
    OPEN_STATES,
    CaseReason,
    CaseState,
    CaseTerms,
    Returnability,
    accepted_reasons,
    can_refund_only,
    returnability,
    window_ends_at,
)
from kernel.refusal import Missing
from orders.rules import ConsignmentState
from orders.selectors.orders import OrderView
from web.pagination import Page, paginate


@dataclass(eq=False)
class NoSuchCase(Missing):
    code = "aftersales.no_such_case"
    zh = "没有这张售后单（{case_id}）"
    en = "There is no case {case_id}"
    case_id: int


@dataclass(frozen=True, slots=True)
class BrandCaseView:
    """A case as the brand of the goods sees it: what comes back and why, not from whom nor at what price."""

    id: int
    style_no: str
    name: str
    picture: str
    colour: str
    size: str
    label_cut: bool
    units: int
    reason: CaseReason
    evidence: str
    state: CaseState
    requested_at: datetime
    due_at: datetime | None
    decision: str
    carrier: str
    tracking_no: str
    sent_back_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseView(BrandCaseView):
    """A case as its reseller and ops see it. `amount_fen` is what its units were paid; `is_late`: the next step is overdue."""

    order_id: int
    line_id: int
    sale_id: int
    reseller_id: int
    reseller_name: str
    brand_id: int
    brand_name: str
    amount_fen: int
    is_late: bool
    can_refund_only: bool
    return_address: str
    decided_at: datetime | None
    received_at: datetime | None
    refund_id: int | None


@dataclass(frozen=True, slots=True)
class ReturnOption:
    """What of an order line may be asked back now. `returnable_until` is None before shipping; `case_ids` are its cases so far."""

    line_id: int
    returnability: Returnability
    returnable_units: int
    returnable_until: datetime | None
    reasons: tuple[CaseReason, ...]
    case_ids: tuple[int, ...]

    @property
    def is_returnable(self) -> bool:
        return self.returnability is Returnability.RETURNABLE


@dataclass(frozen=True, slots=True)
class WaitingCases:
    """How many cases wait for ops, and how many of those are overdue."""

    waiting: int
    late: int


def get_case_terms() -> CaseTerms:
    """What ops set in the environment of the house."""
    return CaseTerms(
        window=settings.AFTER_SALES_WINDOW,
        decide_within=settings.CASE_DECIDE_WITHIN,
        send_back_within=settings.CASE_SEND_BACK_WITHIN,
        receive_within=settings.CASE_RECEIVE_WITHIN,
        max_refund_only_fen=settings.REFUND_ONLY_MAX_FEN,
    )


def get_own_case(reseller_id: int, case_id: int, *, at: datetime) -> CaseView:
    return _get_case(case_id, at, Q(reseller_id=reseller_id))


def get_case(case_id: int, *, at: datetime) -> CaseView:
    return _get_case(case_id, at, Q())


def list_own_cases(reseller_id: int, *, at: datetime, cursor: str = "", limit: int = 20) -> Page[CaseView]:
    """Her cases, the newest first."""
    rows = Case.objects.filter(reseller_id=reseller_id).select_related(*_CASE_RELATIONS)
    return paginate(rows, order=("-id",), cursor=cursor, limit=limit, view=lambda row: case_view(row, at=at))


def list_cases(*, at: datetime, state: str = "", cursor: str = "", limit: int = 50) -> Page[CaseView]:
    """Open cases, the most urgent first; those of one state where it is named, ended ones the newest first."""
    rows = Case.objects.select_related(*_CASE_RELATIONS)
    rows = rows.filter(state=state) if state else rows.filter(ended_at=None)
    order = ("-id",) if state and state not in set(OPEN_STATES) else ("due_at", "id")
    return paginate(rows, order=order, cursor=cursor, limit=limit, view=lambda row: case_view(row, at=at))


def list_brand_cases(brand_id: int, *, state: str = "", cursor: str = "", limit: int = 50) -> Page[BrandCaseView]:
    """The cases about a brand's goods, the newest first; those of one state where it is named."""
    rows = Case.objects.filter(brand_id=brand_id).select_related("line__sku__style")
    if state:
        rows = rows.filter(state=state)
    return paginate(rows, order=("-id",), cursor=cursor, limit=limit, view=_brand_view)


def get_brand_case(brand_id: int, case_id: int) -> BrandCaseView:
    row = Case.objects.select_related("line__sku__style").filter(pk=case_id, brand_id=brand_id).first()
    if row is None:
        raise NoSuchCase(case_id=case_id)
    return _brand_view(row)


def count_returns_in_transit(brand_id: int) -> int:
    """How many parcels are on their way back to a brand, or there and not confirmed."""
    return Case.objects.filter(brand_id=brand_id, state=CaseState.SENT_BACK.value).count()


def get_last_return_address(brand_id: int) -> str:
    """Where goods of a brand were last sent back to; "" where none ever were."""
    known = Case.objects.filter(brand_id=brand_id).exclude(return_address="").order_by("-decided_at", "-pk")
    return known.values_list("return_address", flat=True).first() or ""


def count_waiting_cases(*, at: datetime) -> WaitingCases:
    """Cases in which the next step is the platform's."""
    ours = Case.objects.filter(ended_at=None).exclude(state=CaseState.APPROVED.value)
    return WaitingCases(**ours.aggregate(waiting=Count("id"), late=Count("id", filter=Q(due_at__lt=at))))


def count_open_cases_of_sale(sale_id: int, *, at: datetime) -> int:
    """Cases that may still end in a refund; an agreement whose time ran out may not, whether or not the sweep has run."""
    rows = Case.objects.filter(line__sale_id=sale_id, ended_at=None)
    return rows.exclude(state=CaseState.APPROVED.value, due_at__lte=at).count()


def get_return_options(order: OrderView, *, at: datetime) -> dict[int, ReturnOption]:
    """What of each line of an order may be asked back now, by line (AFTER-3, AFTER-4)."""
    rows = Case.objects.filter(line_id__in=[line.id for line in order.lines]).order_by("pk")
    found: dict[int, list[Case]] = {}
    for row in rows:
        found.setdefault(row.line_id, []).append(row)
    window = get_case_terms().window
    options = {}
    for line in order.lines:
        own = found.get(line.id, [])
        asked = sum(row.units for row in own if row.ended_at is None and not _has_expired(row, at))
        free = line.units - line.refunded_units - asked
        shipped_at = line.shipped_at if line.shipping == ConsignmentState.SHIPPED else None
        until = None
        if order.paid_at and shipped_at:
            until = window_ends_at(paid_at=order.paid_at, shipped_at=shipped_at, window=window)
        options[line.id] = ReturnOption(
            line_id=line.id,
            returnability=returnability(
                paid_at=order.paid_at, shipped_at=shipped_at, returnable_units=free, at=at, window=window
            ),
            returnable_units=free,
            returnable_until=until,
            reasons=accepted_reasons(label_cut=line.label_cut),
            case_ids=tuple(row.pk for row in own),
        )
    return options


def count_units_in_open_cases(line_id: int) -> int:
    units: int = Case.objects.filter(line_id=line_id, ended_at=None).aggregate(n=Sum("units", default=0))["n"]
    return units


def case_view(row: Case, *, at: datetime) -> CaseView:
    line = row.line
    amount_fen = row.units * line.price_fen
    reason = CaseReason(row.reason)
    return CaseView(
        **_common_fields(row),
        order_id=line.order_id,
        line_id=line.pk,
        sale_id=line.sale_id,
        reseller_id=row.reseller_id,
        reseller_name=row.reseller.person.name,
        brand_id=row.brand_id,
        brand_name=row.brand.name,
        amount_fen=amount_fen,
        is_late=row.due_at is not None and row.due_at < at,
        can_refund_only=can_refund_only(reason=reason, amount_fen=amount_fen, terms=get_case_terms()),
        return_address=row.return_address,
        decided_at=row.decided_at,
        received_at=row.received_at,
        refund_id=row.refund_id,
    )


_CASE_RELATIONS = ("line__sku__style", "reseller__person", "brand")


def _get_case(case_id: int, at: datetime, whose: Q) -> CaseView:
    row = Case.objects.select_related(*_CASE_RELATIONS).filter(whose, pk=case_id).first()
    if row is None:
        raise NoSuchCase(case_id=case_id)
    return case_view(row, at=at)


def _brand_view(row: Case) -> BrandCaseView:
    return BrandCaseView(**_common_fields(row))


def _common_fields(row: Case) -> dict[str, Any]:
    sku = row.line.sku
    return {
        "id": row.pk,
        "style_no": sku.style.style_no,
        "name": sku.style.name,
        "picture": sku.style.picture,
        "colour": sku.colour,
        "size": sku.size,
        "label_cut": row.line.labelling == "cut",
        "units": row.units,
        "reason": CaseReason(row.reason),
        "evidence": row.evidence,
        "state": CaseState(row.state),
        "requested_at": row.requested_at,
        "due_at": row.due_at,
        "decision": row.decision,
        "carrier": row.carrier,
        "tracking_no": row.tracking_no,
        "sent_back_at": row.sent_back_at,
        "ended_at": row.ended_at,
    }


def _has_expired(row: Case, at: datetime) -> bool:
    return row.state == CaseState.APPROVED.value and row.due_at is not None and row.due_at <= at
