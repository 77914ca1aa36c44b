"""Settlement statements: what was sold, refunded, kept and is payable, the lines behind it, and what the brand says of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from brands.selectors.brands import require_own_brand
from db.transactions import one_snapshot
from kernel import clock
from kernel.money import typed_yuan
from kernel.refusal import Invalid, Refusal
from orders.rules.refunds import PaidLine
from orders.selectors.sold import LineFilter
from portal.labels import STATEMENT_KINDS, STATEMENT_STATES
from portal.pages.base_views import cursor_of, render_page
from settlement.rules.statements import StatementState, state_at
from settlement.selectors import statements as statement_selectors
from settlement.selectors.comparisons import list_comparisons
from settlement.selectors.debts import get_open_debt_fen, list_debts_of
from settlement.selectors.disputes import DisputeView, list_disputes
from settlement.selectors.fees import list_deductions, list_fees
from settlement.selectors.statements import StatementView, items_of
from settlement.selectors.summary import summarize
from settlement.selectors.terms import list_terms
from settlement.services import disputes
from settlement.services import statements as services
from settlement.services.disputes import DisputeDraft
from web.posted import posted_from
from web.query_parameters import accepts_parameters, cursor, number, one_of, parse_number

LINES_PER_PAGE = 50
SHOWN_DEDUCTIONS = 100


class FigureRequired(Invalid):
    code = "portal.figure_required"
    zh = "明细 {line_id} 的金额写得不对，请写成 128.00 这样的数"
    en = "The amount of line {line_id} is not a number like 128.00"
    line_id: int


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of the page, its dispute, and the figure that was typed for it."""

    line: PaidLine
    dispute: DisputeView | None
    typed: str | None


@role_required(Role.BRAND)
@require_safe
@accepts_parameters(cursor=cursor)
def statements(request: ActorRequest) -> HttpResponse:
    brand = require_own_brand(request.actor)
    page = statement_selectors.list_statements(brand_id=brand.id, cursor=cursor_of(request), limit=30)
    return render_page(
        request,
        "statements.html",
        brand=brand,
        page=page,
        terms=list_terms(brand.id),
        fees=list_fees(brand.id),
        debt_fen=get_open_debt_fen(brand.id),
        debts=list_debts_of(brand_id=brand.id, statement_id=None),
    )


@role_required(Role.BRAND)
@require_safe
@accepts_parameters(only=one_of(LineFilter), style=number, cursor=cursor)
@one_snapshot()
def statement(request: ActorRequest, statement_id: int) -> HttpResponse:
    view = statement_selectors.get_statement_for(request.actor, statement_id)
    return _render(request, view)


@role_required(Role.BRAND)
@require_safe
@one_snapshot()
def sheet(request: ActorRequest, statement_id: int) -> HttpResponse:
    """The statement to print."""
    view = statement_selectors.get_statement_for(request.actor, statement_id)
    context = {
        "summary": summarize(view, at=clock.now()),
        "state_words": STATEMENT_STATES[view.state.value][0],
        "kind_words": STATEMENT_KINDS[view.kind.value][0],
        "lines_address": reverse("portal:statement", args=[statement_id]),
        "workbook_address": f"/api/v1/statements/{statement_id}/workbook",
    }
    return render(request, "statement_sheet.html", context)


@role_required(Role.BRAND)
@require_POST
def confirm(request: ActorRequest, statement_id: int) -> HttpResponse:
    """Confirm a statement that was sent to the brand."""
    services.confirm(actor=request.actor, statement_id=statement_id, now=clock.now())
    messages.success(request, _("已确认结算单，平台随后结算付款。"))
    return redirect("portal:statement", statement_id)


@role_required(Role.BRAND)
@require_POST
def close(request: ActorRequest, statement_id: int) -> HttpResponse:
    """Say that the money arrived."""
    services.close(actor=request.actor, statement_id=statement_id, now=clock.now())
    messages.success(request, _("已记下：货款已收到，结算单完结。"))
    return redirect("portal:statement", statement_id)


@role_required(Role.BRAND)
@posted_from("portal:statement", argument="statement_id")
def dispute(request: ActorRequest, statement_id: int) -> HttpResponse:
    """Dispute the ticked lines, each with the brand's own figure. What is refused stands on the page with what was typed."""
    view = statement_selectors.get_statement_for(request.actor, statement_id)
    ticked = [found for each in request.POST.getlist("line_ids") if (found := parse_number(each))]
    typed = {line_id: request.POST.get(f"claimed-{line_id}", "")[:20] for line_id in ticked}
    reason = request.POST.get("reason", "")
    try:
        drafts = [DisputeDraft(line_id, _fen(line_id, amount), reason) for line_id, amount in typed.items()]
        drafts += _disputed_deductions(request, reason)
        disputes.dispute(actor=request.actor, statement_id=statement_id, lines=drafts, now=clock.now())
    except Refusal as refusal:
        fault = refusal.sentence(request.LANGUAGE_CODE)
        return _render(request, view, typed=typed, reason=reason, fault=fault)
    messages.success(request, _("已对 %(n)d 条明细提出异议，平台会逐条答复。") % {"n": len(drafts)})
    return redirect("portal:statement", statement_id)


def _disputed_deductions(request: ActorRequest, reason: str) -> list[DisputeDraft]:
    ticked = [found for each in request.POST.getlist("deduction_ids") if (found := parse_number(each))]
    typed = {each: request.POST.get(f"deduction-{each}", "")[:20] for each in ticked}
    return [DisputeDraft(0, _fen(each, amount), reason, deduction_id=each) for each, amount in typed.items()]


def _fen(line_id: int, amount: str) -> int:
    try:
        return typed_yuan(amount)
    except ValueError as cause:
        raise FigureRequired(line_id=line_id) from cause


def _render(
    request: ActorRequest, view: StatementView, *, typed: Mapping[int, str] | None = None, **more: str
) -> HttpResponse:
    """The page of a statement. After a refusal the lines that were ticked are shown, wherever in the list they stand."""
    only, typed = request.GET.get("only", ""), typed or {}
    style_id = parse_number(request.GET.get("style"))
    lines = statement_selectors.list_lines(
        view,
        only=LineFilter(only) if only else None,
        style_id=style_id,
        line_ids=list(typed)[:LINES_PER_PAGE],
        cursor=cursor_of(request),
        limit=LINES_PER_PAGE,
    )
    found = list_disputes(view.id)
    by_line = {each.line_id: each for each in found}
    state = state_at(view.state, view.confirm_by, clock.now())
    return render_page(
        request,
        "statement.html",
        statement=view,
        state=state,
        rows=[LineRow(line, by_line.get(line.line_id), typed.get(line.line_id)) for line in lines.items],
        next_cursor=lines.next_cursor,
        only=only or ("style" if style_id else ""),
        disputes=found,
        comparisons=list_comparisons(view.id).items,
        deductions=list_deductions(view.id, limit=SHOWN_DEDUCTIONS),
        debts=list_debts_of(brand_id=view.brand_id, statement_id=items_of(view)),
        may_dispute=state in (StatementState.SENT, StatementState.DISPUTED),
        reason=more.get("reason", ""),
        fault=more.get("fault", ""),
    )
