"""Statements: generate, settle and pay out, and the workbook with every order line."""

from itertools import islice

from django import forms
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from console.pages.base_views import BOTH, FormAction, audit_log, bind, cursor_of, render_page, submit_form
from kernel import clock
from ledger.rules import CLEARING, COMMISSION
from ledger.selectors.accounts import get_balance_fen
from orders.selectors.sold import iterate_paid_lines
from settlement import services
from settlement.rules import StatementState
from settlement.selectors import statements as statement_selectors
from settlement.selectors.statements import StatementView
from settlement.workbook import write_statement_workbook
from treasury.selectors.bank_accounts import find_account_of_brand
from treasury.selectors.requests import list_waiting_of
from treasury.services.entering import enter_payout
from web.file_responses import workbook_answer
from web.query_parameters import accepts_parameters, cursor, one_of

FINANCE = (Role.FINANCE,)
MAX_LINES_SHOWN = 200


class GenerateStatementForm(forms.Form):
    sale_id = forms.IntegerField(widget=forms.HiddenInput)


class PayOutForm(forms.Form):
    reference = forms.CharField(label=_("银行流水号"), max_length=80)


@role_required(*BOTH)
@accepts_parameters(state=one_of(StatementState), cursor=cursor)
def statements(request: ActorRequest) -> HttpResponse:
    state = request.GET.get("state", "").strip()
    form_actions = {
        "generate_statement": FormAction(
            BOTH, bind(services.generate_statement), _("结算单已生成"), GenerateStatementForm
        )
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
        refused=submission.forms["generate_statement"].non_field_errors() if submission.refusal else [],
        commission_fen=get_balance_fen(COMMISSION),
        clearing_fen=-get_balance_fen(CLEARING),
    )


@role_required(*BOTH)
def statement(request: ActorRequest, statement_id: int) -> HttpResponse:
    view = statement_selectors.get_statement(statement_id)
    form_actions = {}
    if view.state is StatementState.DRAFT:
        form_actions["generate_statement"] = FormAction(
            BOTH, bind(services.generate_statement, sale_id=view.sale_id), _("数字已按最新订单重算")
        )
        form_actions["settle"] = FormAction(
            FINANCE, bind(services.settle, statement_id=statement_id), _("已结算，应付货款已确定")
        )
    if view.state is StatementState.SETTLED:
        pay_out = bind(enter_payout, statement_id=statement_id)
        form_actions["pay_out"] = FormAction(FINANCE, pay_out, _("付款已录入，等另一人复核后入账"), PayOutForm)
    submission = submit_form(request, form_actions)
    if submission.done:
        return redirect("console:statement", statement_id)
    lines = list(islice(iterate_paid_lines(view.sale_id), MAX_LINES_SHOWN + 1))
    return render_page(
        request,
        "statement.html",
        statement=view,
        early=clock.now() < view.settleable_from,
        lines=lines[:MAX_LINES_SHOWN],
        cut_off=len(lines) > MAX_LINES_SHOWN,
        audit_log=audit_log("statement", statement_id),
        waiting_money=list_waiting_of(statement_id=statement_id),
        payee=find_account_of_brand(view.brand_id),
        form_actions=submission.forms,
    )


@role_required(*BOTH)
def workbook(request: ActorRequest, statement_id: int) -> FileResponse:
    view = statement_selectors.get_statement(statement_id)
    return workbook_answer(write_statement_workbook(view), f"statement-{view.id}.xlsx")
