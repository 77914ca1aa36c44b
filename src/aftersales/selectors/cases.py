"""Cases as resellers, ops and brands see them, and which lines of an order can be returned."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Prefetch, Q, QuerySet, Sum

from aftersales.models.cases import Case
from aftersales.rules import (
    OPEN_STATES,
    CaseAction,
    CaseReason,
    CaseState,
    CaseTerms,
    Disposition,
    Party,
    Resendability,
    ResendState,
    Returnability,
    accepted_reasons,
    can_refund_only,
    default_bearer,
    default_fault,
    full_amount_fen,
    is_return,
    max_refund_only_fen,
    next_state,
    resendability,
    returnability,
    window_ends_at,
)
from aftersales.selectors.photos import PhotoView, photo_views
from aftersales.selectors.without_goods import given_fen
from kernel.refusal import Missing
from orders.selectors.orders import OrderLineView, OrderView
from web.pagination import Page, paginate


class NoSuchCase(Missing):
    code = "aftersales.no_such_case"
    zh = "没有这张售后单（{case_id}）"
    en = "There is no case {case_id}"
    case_id: int


@dataclass(frozen=True, slots=True)
class ResendView:
    """Units of a case that the brand sends again (AFTER-18), of which `left_units` are to be shipped by `ship_by`.

    Where the brand did not have what was left, that was refunded, and nothing is left.
    """

    state: ResendState
    units: int
    left_units: int
    consignment_id: int
    ship_by: datetime


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
    photos: tuple[PhotoView, ...]
    state: CaseState
    requested_at: datetime
    due_at: datetime | None
    decision: str
    carrier: str
    tracking_no: str
    sent_back_at: datetime | None
    received_at: datetime | None
    disposition: Disposition | None
    resend: ResendView | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseView(BrandCaseView):
    """A case as its reseller sees it. `amount_fen`: what is refunded for the units unless ops choose less; `is_late`: the next step is
    overdue; `refunded_fen`: what was refunded, None where nothing was."""

    order_id: int
    line_id: int
    sale_id: int
    reseller_id: int
    reseller_name: str
    brand_id: int
    brand_name: str
    amount_fen: int
    refunded_fen: int | None
    is_late: bool
    can_refund_only: bool
    return_address: str
    decided_at: datetime | None
    refund_id: int | None


@dataclass(frozen=True, slots=True)
class CaseToDecideView(CaseView):
    """A case as ops and finance see it: also who is at fault and bears the refund (before the decision, what is usual), and why not.

    `allowance_fen` was refunded of the line before without goods, `max_refund_only_fen` may be refunded now without them.
    `can_resend`: the brand may send the units again, if it has them. `usual_return_address` is that of the brand, or the last one that was
    used for it.
    """

    fault: Party
    borne_by: Party
    liability_reason: str
    allowance_fen: int
    max_refund_only_fen: int
    can_resend: bool
    usual_return_address: str

    @property
    def is_return(self) -> bool:
        return is_return(self.reason)


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
    return case_view(_find_case(case_id, Q(reseller_id=reseller_id)), at=at)


def get_case(case_id: int, *, at: datetime) -> CaseToDecideView:
    """A case for ops and finance."""
    return case_to_decide_view(_find_case(case_id, Q()), at=at)


def list_own_cases(reseller_id: int, *, at: datetime, cursor: str = "", limit: int = 20) -> Page[CaseView]:
    """Cases of a reseller, the newest first."""
    rows = _cases().filter(reseller_id=reseller_id)
    return paginate(
        rows,
        name=f"aftersales.own_cases:{reseller_id}",
        order=("-id",),
        cursor=cursor,
        limit=limit,
        view=lambda row: case_view(row, at=at),
    )


def list_cases(
    *, at: datetime, state: str = "", waiting_only: bool = False, cursor: str = "", limit: int = 50
) -> Page[CaseToDecideView]:
    """Open cases, the most urgent first. `state` selects those of one state; ended ones come newest first.

    `waiting_only` leaves out those that wait for the reseller.
    """
    rows = _cases()
    if waiting_only:
        rows = rows.exclude(state=CaseState.APPROVED.value)
    rows = rows.filter(state=state) if state else rows.filter(ended_at=None)
    order = ("-id",) if state and state not in set(OPEN_STATES) else ("due_at", "id")
    return paginate(
        rows,
        name="aftersales.cases",
        order=order,
        cursor=cursor,
        limit=limit,
        view=lambda row: case_to_decide_view(row, at=at),
    )


def list_brand_cases(brand_id: int, *, state: str = "", cursor: str = "", limit: int = 50) -> Page[BrandCaseView]:
    """Cases about a brand's goods, the newest first. `state` selects those of one state."""
    rows = _cases().filter(brand_id=brand_id)
    if state:
        rows = rows.filter(state=state)
    return paginate(
        rows, name=f"aftersales.brand_cases:{brand_id}", order=("-id",), cursor=cursor, limit=limit, view=_brand_view
    )


def get_brand_case(brand_id: int, case_id: int) -> BrandCaseView:
    row = _cases().filter(pk=case_id, brand_id=brand_id).first()
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


def count_open_cases_of_sales(sale_ids: Collection[int], *, at: datetime) -> dict[int, int]:
    """As `count_open_cases_of_sale`, by sale; without sales that have none."""
    rows = Case.objects.filter(line__sale_id__in=sale_ids, ended_at=None)
    open_cases = rows.exclude(state=CaseState.APPROVED.value, due_at__lte=at)
    return dict(open_cases.values_list("line__sale_id").annotate(cases=Count("pk")))


def count_open_cases_of_brand(brand_id: int, *, at: datetime) -> int:
    """As `count_open_cases_of_sale`, of all sales of a brand."""
    rows = Case.objects.filter(brand_id=brand_id, ended_at=None)
    return rows.exclude(state=CaseState.APPROVED.value, due_at__lte=at).count()


def count_open_cases_of_reseller(reseller_id: int, *, at: datetime) -> int:
    """As `count_open_cases_of_sale`, of all orders of a reseller."""
    rows = Case.objects.filter(reseller_id=reseller_id, ended_at=None)
    return rows.exclude(state=CaseState.APPROVED.value, due_at__lte=at).count()


def list_lines_in_open_cases(brand_id: int, *, at: datetime) -> list[int]:
    """The lines of a brand's goods with a case that may still end in a refund."""
    rows = Case.objects.filter(line__brand_id=brand_id, ended_at=None)
    open_cases = rows.exclude(state=CaseState.APPROVED.value, due_at__lte=at)
    return list(open_cases.order_by("line_id").values_list("line_id", flat=True).distinct())


LINES_IN_OPEN_CASES = """(
    SELECT c.line_id FROM aftersales_case c
    WHERE c.ended_at IS NULL AND (c.state <> 'approved' OR c.due_at IS NULL OR c.due_at > %(at)s::timestamptz)
)"""
"""The lines with a case that may still end in a refund at an instant, as `_has_expired` says of one. To stand after IN or FROM."""


def get_return_options(order: OrderView, *, at: datetime) -> dict[int, ReturnOption]:
    """Whether the lines of an order can be returned now, by the id of the line (AFTER-3, AFTER-4)."""
    return get_line_return_options([(line, order.paid_at) for line in order.lines], at=at)


def get_line_return_options(
    lines: Sequence[tuple[OrderLineView, datetime | None]], *, at: datetime
) -> dict[int, ReturnOption]:
    """Whether lines, each with the instant of its payment, can be returned now, by the id of the line; one statement."""
    rows = Case.objects.filter(line_id__in=[line.id for line, _ in lines]).order_by("pk")
    cases_of: dict[int, list[Case]] = {}
    for row in rows:
        cases_of.setdefault(row.line_id, []).append(row)
    window = get_case_terms().window
    options = {}
    for line, paid_at in lines:
        line_cases = cases_of.get(line.id, [])
        units_in_cases = sum(row.units for row in line_cases if row.ended_at is None and not _has_expired(row, at))
        returnable_units = line.returnable_units - units_in_cases
        shipped_at = line.shipped_at
        until = None
        if paid_at and shipped_at:
            until = window_ends_at(paid_at=paid_at, shipped_at=shipped_at, window=window)
        options[line.id] = ReturnOption(
            line_id=line.id,
            returnability=returnability(
                paid_at=paid_at, shipped_at=shipped_at, returnable_units=returnable_units, at=at, window=window
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
    return CaseView(**_fields_of_case(row, at))


def case_to_decide_view(row: Case, *, at: datetime) -> CaseToDecideView:
    reason, values = CaseReason(row.reason), _fields_of_case(row, at)
    fault = Party(row.fault) if row.fault else default_fault(reason)
    amount_fen = values["amount_fen"]
    return CaseToDecideView(
        **values,
        fault=fault,
        borne_by=Party(row.borne_by) if row.borne_by else default_bearer(fault),
        liability_reason=row.liability_reason,
        allowance_fen=max(0, row.line.refund_adjustment_fen),
        max_refund_only_fen=max_refund_only_fen(
            reason=reason, amount_fen=amount_fen, terms=get_case_terms(), given_fen=given_fen(row.line.cases.all())
        ),
        can_resend=_can_resend(row, reason),
        usual_return_address=row.brand.return_address or get_last_return_address(row.brand_id),
    )


def _can_resend(row: Case, reason: CaseReason) -> bool:
    line, state = row.line, CaseState(row.state)
    left_units = line.units - line.shipped_units - line.cancelled_units + line.resending_units
    answer = resendability(
        reason=reason,
        state=state,
        amount_fen=row.units * line.price_fen,
        left_units=left_units,
        terms=get_case_terms(),
        given_fen=given_fen(line.cases.all()),
    )
    return next_state(state, CaseAction.RESEND) is not None and answer is Resendability.RESENDABLE


def _fields_of_case(row: Case, at: datetime) -> dict[str, Any]:
    line = row.line
    resend = getattr(row, "resend", None)
    refund = row.refund or (resend.refund if resend else None)
    refunded_fen = refund.amount_fen if refund else None
    returnable_units = line.shipped_units - (line.refunded_units - line.cancelled_units) - line.resending_units
    left_fen = returnable_units * line.price_fen - line.refund_adjustment_fen
    amount_fen = full_amount_fen(units=row.units, price_fen=line.price_fen, refundable_fen=left_fen)
    amount_fen = amount_fen if refunded_fen is None else refunded_fen
    reason = CaseReason(row.reason)
    brand_view = _brand_view(row)
    return {each.name: getattr(brand_view, each.name) for each in fields(brand_view)} | {
        "order_id": line.order_id,
        "line_id": line.pk,
        "sale_id": line.sale_id,
        "reseller_id": row.reseller_id,
        "reseller_name": row.reseller.person.name,
        "brand_id": row.brand_id,
        "brand_name": row.brand.name,
        "amount_fen": amount_fen,
        "refunded_fen": refunded_fen,
        "is_late": row.due_at is not None and row.due_at < at,
        "can_refund_only": can_refund_only(
            reason=reason,
            amount_fen=amount_fen,
            terms=get_case_terms(),
            given_fen=given_fen(each for each in line.cases.all() if each.pk != row.pk),
        ),
        "return_address": row.return_address,
        "decided_at": row.decided_at,
        "refund_id": refund.pk if refund else None,
    }


_CASES_OF_LINE = Prefetch("line__cases", Case.objects.select_related("refund", "resend", "line"))


def _cases() -> QuerySet[Case]:
    """Cases with all that their views show, in four statements for any number of them."""
    rows = Case.objects.select_related(
        "line__sku__style", "line__consignment", "reseller__person", "brand", "refund", "resend__refund"
    )
    return rows.prefetch_related("case_photos__photo", "line__resends", _CASES_OF_LINE)


def _find_case(case_id: int, condition: Q) -> Case:
    row = _cases().filter(condition, pk=case_id).first()
    if row is None:
        raise NoSuchCase(case_id=case_id)
    return row


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
        photos=photo_views(each.photo for each in row.case_photos.all()),
        state=CaseState(row.state),
        requested_at=row.requested_at,
        due_at=row.due_at,
        decision=row.decision,
        carrier=row.carrier,
        tracking_no=row.tracking_no,
        sent_back_at=row.sent_back_at,
        received_at=row.received_at,
        disposition=Disposition(row.disposition) if row.disposition else None,
        resend=_resend_view(row),
        ended_at=row.ended_at,
    )


def _resend_view(row: Case) -> ResendView | None:
    made, consignment = getattr(row, "resend", None), row.line.consignment
    if made is None or consignment is None:
        return None
    is_last = made.pk == max(each.pk for each in row.line.resends.all())
    left_units = row.line.resending_units if is_last else 0
    state = ResendState.SHORT if made.refund_id else ResendState.TO_SHIP if left_units else ResendState.SHIPPED
    return ResendView(state, made.units, left_units, consignment.pk, consignment.ship_by)


def _has_expired(row: Case, at: datetime) -> bool:
    return row.state == CaseState.APPROVED.value and row.due_at is not None and row.due_at <= at
