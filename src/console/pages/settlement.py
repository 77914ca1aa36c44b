"""Statements: generate, send, answer disputes, settle and pay out, and the workbook with every order line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from console.fields import KeyField, ReasonField
from console.labels import STATEMENT_KINDS, STATEMENT_STATES
from console.pages.base_views import (
    BOTH,
    FormAction,
    Submission,
    audit_log,
    bind,
    cursor_of,
    render_page,
    sentence,
    submit_form,
)
from db.transactions import one_snapshot
from kernel import clock
from kernel.refusal import Refusal
from ledger.rules import CLEARING, COMMISSION
from ledger.selectors.accounts import get_balance_fen
from orders.selectors.sold import LineFilter
from settlement.rules.periods import StatementKind
from settlement.rules.statements import StatementState, state_at
from settlement.selectors import statements as statement_selectors
from settlement.selectors.comparisons import list_comparisons
from settlement.selectors.debts import list_debts_of
from settlement.selectors.disputes import DisputeView, list_disputes
from settlement.selectors.fees import list_deductions
from settlement.selectors.statements import StatementView, items_of
from settlement.selectors.summary import summarize
from settlement.selectors.terms import list_periods_to_draw
from settlement.services import many
from settlement.services import statements as services
from settlement.services.disputes import AnswerDraft, answer
from settlement.services.many import ActResult
from settlement.workbook import write_statement_workbook
from treasury.selectors.bank_accounts import find_account_of_brand
from treasury.selectors.requests import list_statements_to_pay, list_waiting_of
from treasury.services import entering
from treasury.services.late_refunds import enter_late_refund
from web.file_responses import workbook_answer
from web.form_errors import Fault
from web.form_fields import YuanField
from web.posted import posted_from
from web.query_parameters import accepts_parameters, cursor, number, one_of, parse_number

FINANCE = (Role.FINANCE,)
LINES_PER_PAGE = 50
SHOWN_DEDUCTIONS = 100
SHOWN_REFUSALS = 5


class GenerateStatementForm(forms.Form):
    sale_id = forms.IntegerField(widget=forms.HiddenInput)


class GeneratePeriodForm(forms.Form):
    brand_id = forms.IntegerField(widget=forms.HiddenInput)
    kind = forms.TypedChoiceField(
        choices=[(kind.value, kind.value) for kind in StatementKind], coerce=StatementKind, widget=forms.HiddenInput
    )
    day = forms.DateField(widget=forms.HiddenInput)


class LateRefundForm(forms.Form):
    line_id = forms.IntegerField(label=_("明细号"), min_value=1)
    amount_fen = YuanField(label=_("退给会员的金额（元）"))
    reason = ReasonField(help_text=_("会员和品牌都看得到"))
    key = KeyField()


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """A dispute on the page, and the answer that was typed for it."""

    view: DisputeView
    typed: AnswerDraft | None


@role_required(*BOTH)
@accepts_parameters(state=one_of(StatementState), cursor=cursor)
def statements(request: ActorRequest) -> HttpResponse:
    state = request.GET.get("state", "").strip()
    form_actions = {
        "generate_statement": FormAction(
            BOTH, bind(services.generate_statement), _("结算单已生成"), GenerateStatementForm
        ),
        "generate_period": FormAction(
            BOTH, bind(services.generate_period_statement), _("结算单已生成"), GeneratePeriodForm
        ),
    }
    submission = submit_form(request, form_actions)
    if isinstance(submission.result, StatementView):
        return redirect("console:statement", submission.result.id)
    return render_page(
        request,
        "statements.html",
        page=statement_selectors.list_statements(state=state, cursor=cursor_of(request), limit=30),
        state=state,
        states=list(StatementState),
        unsettled=statement_selectors.list_sales_without_statement(),
        due=statement_selectors.list_due(at=clock.now()),
        to_pay=list_statements_to_pay(),
        may_settle=request.actor.role is Role.FINANCE,
        periods=list_periods_to_draw(at=clock.now()),
        refused=_refused(request, submission),
        commission_fen=get_balance_fen(COMMISSION),
        clearing_fen=-get_balance_fen(CLEARING),
    )


@role_required(*BOTH)
@require_POST
def send_statements(request: ActorRequest) -> HttpResponse:
    """Send the ticked drafts to their brands."""
    return _do_many(request, many.send_many, gettext("已定稿并发给品牌 %(n)d 张"))


@role_required(*BOTH)
@require_POST
def settle_statements(request: ActorRequest) -> HttpResponse:
    """Settle the ticked statements."""
    return _do_many(request, many.settle_many, gettext("已结算 %(n)d 张，货款转为待付"))


@role_required(*BOTH)
@require_POST
def enter_payouts(request: ActorRequest) -> HttpResponse:
    """Enter the payments of the ticked statements, each for the second person to approve."""
    return _do_many(request, entering.enter_payouts, gettext("已录入付款 %(n)d 笔，等另一人复核后进付款批次"))


@role_required(*BOTH)
@accepts_parameters(only=one_of(LineFilter), style=number, cursor=cursor)
def statement(request: ActorRequest, statement_id: int) -> HttpResponse:
    view = statement_selectors.get_statement(statement_id)
    submission = submit_form(request, _form_actions(view))
    if submission.done:
        return redirect("console:statement", statement_id)
    only, style_id = request.GET.get("only", ""), parse_number(request.GET.get("style"))
    with one_snapshot():
        view = statement_selectors.get_statement(statement_id)
        lines = statement_selectors.list_lines(
            view,
            only=LineFilter(only) if only else None,
            style_id=style_id,
            cursor=cursor_of(request),
            limit=LINES_PER_PAGE,
        )
        return _render_statement(
            request, view, forms=submission.forms, lines=lines, only=only or ("style" if style_id else "")
        )


@role_required(*BOTH)
@posted_from("console:statement", argument="statement_id")
def answer_disputes(request: ActorRequest, statement_id: int) -> HttpResponse:
    """Answer those disputes for which something was chosen. What is refused stands on the page with what was typed."""
    view = statement_selectors.get_statement(statement_id)
    disputes = list_disputes(statement_id)
    chosen = [each for each in disputes if request.POST.get(f"choice-{each.id}") in ("accept", "keep")]
    try:
        answer(
            actor=request.actor,
            statement_id=statement_id,
            answers=[_answer_draft(request, each) for each in chosen],
            now=clock.now(),
        )
    except Refusal as refusal:
        typed = {each.id: _answer_draft(request, each) for each in chosen}
        submission = submit_form(request, _form_actions(view))
        lines = statement_selectors.list_lines(view, limit=LINES_PER_PAGE)
        faults = [Fault(sentence(request, refusal))]
        return _render_statement(request, view, forms=submission.forms, lines=lines, typed=typed, faults=faults)
    messages.success(request, gettext("已答复 %(n)d 条异议") % {"n": len(chosen)})
    return redirect("console:statement", statement_id)


@role_required(*BOTH)
@one_snapshot()
def sheet(request: ActorRequest, statement_id: int) -> HttpResponse:
    """The statement to print."""
    view = statement_selectors.get_statement(statement_id)
    context = {
        "summary": summarize(view, at=clock.now()),
        "state_words": STATEMENT_STATES[view.state.value][0],
        "kind_words": STATEMENT_KINDS[view.kind.value][0],
        "lines_address": reverse("console:statement", args=[statement_id]),
        "workbook_address": reverse("console:statement_workbook", args=[statement_id]),
    }
    return render(request, "statement_sheet.html", context)


@role_required(*BOTH)
@one_snapshot()
def workbook(request: ActorRequest, statement_id: int) -> FileResponse:
    view = statement_selectors.get_statement(statement_id)
    return workbook_answer(write_statement_workbook(view), f"statement-{view.id}.xlsx")


def _refused(request: ActorRequest, submission: Submission) -> list[str]:
    """Why nothing was generated: the refusal, or that the forms, whose fields are hidden, came with what their buttons do not send."""
    if submission.refusal:
        return [sentence(request, submission.refusal)]
    typed = submission.forms.get(request.POST.get("form_action", ""))
    if typed is not None and typed.errors:
        return [gettext("没有生成：提交的专场、品牌或日期不对，请刷新页面再点")]
    return []


def _form_actions(view: StatementView) -> dict[str, FormAction]:
    """What may be done with the statement in its state of this instant, and with its lines once it was sent."""
    if view.state is StatementState.DRAFT:
        return _actions_of_state(view)
    done = _("退款已录入，等另一人复核；品牌承担的部分由它的下一张结算单抵扣")
    enter = bind(enter_late_refund, statement_id=view.id)
    return _actions_of_state(view) | {"late_refund": FormAction(FINANCE, enter, done, LateRefundForm)}


def _actions_of_state(view: StatementView) -> dict[str, FormAction]:
    statement_id = view.id
    match state_at(view.state, view.confirm_by, clock.now()):
        case StatementState.DRAFT:
            if view.sale_id:
                generate = bind(services.generate_statement, sale_id=view.sale_id)
            else:
                generate = bind(
                    services.generate_period_statement, brand_id=view.brand_id, kind=view.kind, day=view.first_date
                )
            send = bind(services.send, statement_id=statement_id)
            return {
                "generate_statement": FormAction(BOTH, generate, _("数字已按最新订单重算")),
                "send": FormAction(FINANCE, send, _("已定稿并发给品牌，等品牌确认")),
            }
        case StatementState.CONFIRMED:
            settle = bind(services.settle, statement_id=statement_id)
            return {"settle": FormAction(FINANCE, settle, _("已结算，应付货款已确定"))}
        case StatementState.SETTLED:
            pay_out = bind(entering.enter_payout, statement_id=statement_id)
            return {"pay_out": FormAction(FINANCE, pay_out, _("付款已录入，等另一人复核后进付款批次"))}
        case StatementState.PAID:
            return {"close": FormAction(FINANCE, bind(services.close, statement_id=statement_id), _("结算单已完结"))}
    return {}


def _render_statement(request: ActorRequest, view: StatementView, **context: Any) -> HttpResponse:
    shown = {
        "statement": view,
        "state": state_at(view.state, view.confirm_by, clock.now()),
        "early": clock.now() < view.settleable_from,
        "may_answer": request.actor.role is Role.FINANCE,
        "audit_log": audit_log("statement", view.id),
        "waiting_money": list_waiting_of(statement_id=view.id),
        "deductions": list_deductions(view.id, limit=SHOWN_DEDUCTIONS),
        "debts": list_debts_of(brand_id=view.brand_id, statement_id=items_of(view)),
        "comparisons": list_comparisons(view.id).items,
        "payee": find_account_of_brand(view.brand_id),
        "form_actions": context.pop("forms"),
    }
    typed: Mapping[int, AnswerDraft] = context.pop("typed", {})
    context["disputes"] = [DisputeRow(each, typed.get(each.id)) for each in list_disputes(view.id)]
    return render_page(request, "statement.html", **(shown | context))


def _answer_draft(request: ActorRequest, disputed: DisputeView) -> AnswerDraft:
    is_accepted = request.POST.get(f"choice-{disputed.id}") == "accept"
    return AnswerDraft(disputed.id, is_accepted, request.POST.get(f"answer-{disputed.id}", ""))


def _do_many(request: ActorRequest, act: Callable[..., list[ActResult]], done: str) -> HttpResponse:
    ticked = [found for each in request.POST.getlist("statement_ids") if (found := parse_number(each))]
    try:
        results = act(actor=request.actor, statement_ids=ticked, now=clock.now())
    except Refusal as refusal:
        messages.error(request, sentence(request, refusal))
        return redirect("console:statements")
    refused = [each for each in results if not each.is_done]
    if len(refused) < len(results):
        messages.success(request, done % {"n": len(results) - len(refused)})
    for each in refused[:SHOWN_REFUSALS]:
        why = each.message_zh if request.LANGUAGE_CODE.startswith("zh") else each.message_en
        messages.error(request, f"#{each.statement_id} {why}")
    if len(refused) > SHOWN_REFUSALS:
        messages.error(request, gettext("另有 %(n)d 张没有办成") % {"n": len(refused) - SHOWN_REFUSALS})
    return redirect("console:statements")
