"""Cases as resellers, ops and brands see them, and which lines of an order can be returned."""

from dataclasses import asdict, dataclass
from datetime import datetime

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


class NoSuchCase(Missing):
    code = "aftersales.no_such_case"
    zh = "没有这张售后单（{case_id}）"
    en = "There is no case {case_id}"
    case_id: int


@dataclass(frozen=True, slots=True)
class BrandCaseView:
    """A case as the brand sees it: which units are returned and why, without the reseller and the price."""

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
    """A case as its reseller and ops see it. `amount_fen`: what was paid for the units; `is_late`: the next step is overdue."""

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
    """Whether a line can be returned now, how many units, until when (None before shipping) and why; with its cases so far."""

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
    """How many cases wait for ops, and how many of them are overdue."""

    waiting: int
    late: int


def get_case_terms() -> CaseTerms:
    """The settings of after-sales."""
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
    """Cases of a reseller, the newest first."""
    rows = Case.objects.filter(reseller_id=reseller_id).select_related(*_CASE_RELATIONS)
    return paginate(
        rows,
        name=f"aftersales.own_cases:{reseller_id}",
        order=("-id",),
        cursor=cursor,
        limit=limit,
        view=lambda row: case_view(row, at=at),
    )


def list_cases(*, at: datetime, state: str = "", cursor: str = "", limit: int = 50) -> Page[CaseView]:
    """Open cases, the most urgent first. `state` selects those of one state; ended ones come newest first."""
    rows = Case.objects.select_related(*_CASE_RELATIONS)
    rows = rows.filter(state=state) if state else rows.filter(ended_at=None)
    order = ("-id",) if state and state not in set(OPEN_STATES) else ("due_at", "id")
    return paginate(
        rows, name="aftersales.cases", order=order, cursor=cursor, limit=limit, view=lambda row: case_view(row, at=at)
    )


def list_brand_cases(brand_id: int, *, state: str = "", cursor: str = "", limit: int = 50) -> Page[BrandCaseView]:
    """Cases about a brand's goods, the newest first. `state` selects those of one state."""
    rows = Case.objects.filter(brand_id=brand_id).select_related("line__sku__style")
    if state:
        rows = rows.filter(state=state)
    return paginate(
        rows, name=f"aftersales.brand_cases:{brand_id}", order=("-id",), cursor=cursor, limit=limit, view=_brand_view
    )


def get_brand_case(brand_id: int, case_id: int) -> BrandCaseView:
    row = Case.objects.select_related("line__sku__style").filter(pk=case_id, brand_id=brand_id).first()
    if row is None:
        raise NoSuchCase(case_id=case_id)
    return _brand_view(row)


def count_returns_in_transit(brand_id: int) -> int:
    """How many returns were sent to a brand and not confirmed by it."""
    return Case.objects.filter(brand_id=brand_id, state=CaseState.SENT_BACK.value).count()


def get_last_return_address(brand_id: int) -> str:
    """The address to which goods of a brand were last returned; "" where none were."""
    rows = Case.objects.filter(brand_id=brand_id).exclude(return_address="").order_by("-decided_at", "-pk")
    return rows.values_list("return_address", flat=True).first() or ""


def count_waiting_cases(*, at: datetime) -> WaitingCases:
    """Cases in which the next step is up to the platform."""
    waiting = Case.objects.filter(ended_at=None).exclude(state=CaseState.APPROVED.value)
    return WaitingCases(**waiting.aggregate(waiting=Count("id"), late=Count("id", filter=Q(due_at__lt=at))))


def count_open_cases_of_sale(sale_id: int, *, at: datetime) -> int:
    """Cases that may still end in a refund. An approved case after its deadline may not, even before `expire_overdue` has run."""
    rows = Case.objects.filter(line__sale_id=sale_id, ended_at=None)
    return rows.exclude(state=CaseState.APPROVED.value, due_at__lte=at).count()


def get_return_options(order: OrderView, *, at: datetime) -> dict[int, ReturnOption]:
    """Whether the lines of an order can be returned now, by the id of the line (AFTER-3, AFTER-4)."""
    rows = Case.objects.filter(line_id__in=[line.id for line in order.lines]).order_by("pk")
    cases_of: dict[int, list[Case]] = {}
    for row in rows:
        cases_of.setdefault(row.line_id, []).append(row)
    window = get_case_terms().window
    options = {}
    for line in order.lines:
        line_cases = cases_of.get(line.id, [])
        units_in_cases = sum(row.units for row in line_cases if row.ended_at is None and not _has_expired(row, at))
        returnable_units = line.units - line.refunded_units - units_in_cases
        shipped_at = line.shipped_at if line.shipping == ConsignmentState.SHIPPED else None
        until = None
        if order.paid_at and shipped_at:
            until = window_ends_at(paid_at=order.paid_at, shipped_at=shipped_at, window=window)
        options[line.id] = ReturnOption(
            line_id=line.id,
            returnability=returnability(
                paid_at=order.paid_at, shipped_at=shipped_at, returnable_units=returnable_units, at=at, window=window
            ),
            returnable_units=returnable_units,
            returnable_until=until,
            reasons=accepted_reasons(label_cut=line.label_cut),
            case_ids=tuple(row.pk for row in line_cases),
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
        **asdict(_brand_view(row)),
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


def _get_case(case_id: int, at: datetime, condition: Q) -> CaseView:
    row = Case.objects.select_related(*_CASE_RELATIONS).filter(condition, pk=case_id).first()
    if row is None:
        raise NoSuchCase(case_id=case_id)
    return case_view(row, at=at)


def _brand_view(row: Case) -> BrandCaseView:
    sku = row.line.sku
    return BrandCaseView(
        id=row.pk,
        style_no=sku.style.style_no,
        name=sku.style.name,
        picture=sku.style.picture,
        colour=sku.colour,
        size=sku.size,
        label_cut=row.line.labelling == "cut",
        units=row.units,
        reason=CaseReason(row.reason),
        evidence=row.evidence,
        state=CaseState(row.state),
        requested_at=row.requested_at,
        due_at=row.due_at,
        decision=row.decision,
        carrier=row.carrier,
        tracking_no=row.tracking_no,
        sent_back_at=row.sent_back_at,
        ended_at=row.ended_at,
    )


def _has_expired(row: Case, at: datetime) -> bool:
    return row.state == CaseState.APPROVED.value and row.due_at is not None and row.due_at <= at
