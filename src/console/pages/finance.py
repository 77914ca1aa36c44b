"""The first page of finance, and the daily close."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from console.finance import get_finance_home
from console.pages.base_views import BOTH, FormAction, bind, cursor_of, render_page, submit_form
from kernel import clock
from ledger.selectors.days import get_closed_day_by_id, list_closed_days, list_kind_days
from treasury.rules.closes import MAX_EXPLANATION, ComparisonState, DifferenceState
from treasury.selectors.closes import DayComparisonView, list_comparisons, list_differences
from treasury.services.closes import compare_by_hand, explain_difference
from web.query_parameters import accepts_parameters, cursor, one_of


class ExplanationForm(forms.Form):
    difference_id = forms.IntegerField(widget=forms.HiddenInput)
    explanation = forms.CharField(label=_("为什么对不上"), max_length=MAX_EXPLANATION)


@role_required(*BOTH)
def finance(request: ActorRequest) -> HttpResponse:
    """All money as one equation, what is due, and what waits for approval."""
    return render_page(
        request,
        "finance.html",
        home=get_finance_home(clock.now()),
        may_settle=request.actor.role is Role.FINANCE,
    )


@role_required(*BOTH)
@accepts_parameters(cursor=cursor)
def closes(request: ActorRequest) -> HttpResponse:
    """The closed days, the latest first, each with what it was compared with."""
    page = list_closed_days(cursor=cursor_of(request), limit=31)
    found = list_comparisons([each.day for each in page.items])
    by_day = {each.day: [row for row in found if row.day == each.day] for each in page.items}
    return render_page(
        request,
        "closes.html",
        page=page,
        days=[(each, by_day[each.day], _agree(by_day[each.day])) for each in page.items],
        open_differences=list_differences(state=DifferenceState.OPEN.value, limit=50),
    )


def _agree(comparisons: list[DayComparisonView]) -> bool:
    return all(each.state is ComparisonState.AGREES for each in comparisons)


@role_required(*BOTH)
@accepts_parameters(state=one_of(DifferenceState), cursor=cursor)
def close(request: ActorRequest, closed_day_id: int) -> HttpResponse:
    """One closed day: each kind of account, the comparisons, and the differences, which finance explain."""
    view = get_closed_day_by_id(closed_day_id)
    form_actions = {
        "compare": FormAction((Role.FINANCE,), bind(compare_by_hand, day=view.day), _("已重新核对")),
        "explain": FormAction((Role.FINANCE,), bind(explain_difference), _("说明已保存"), ExplanationForm),
    }
    submission = submit_form(request, form_actions)
    if submission.done:
        return redirect("console:close", closed_day_id)
    state = request.GET.get("state", "").strip()
    return render_page(
        request,
        "close.html",
        each=view,
        form_actions=submission.forms,
        kinds=list_kind_days([view.day]),
        comparisons=list_comparisons([view.day]),
        state=state,
        states=list(DifferenceState),
        page=list_differences(day=view.day, state=state, cursor=cursor_of(request), limit=50),
    )
