"""Rehearsals of a scheduled sale: what to play, how far it is, and what came of it (REHEARSAL-1)."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from console.pages.base_views import BOTH, FormAction, bind, render_page, submit_form
from console.rehearsal_words import CURVES, FAILURES, REFUSALS, STEPS, WRONG, draw_rehearsal
from flashsales.rules import Phase
from flashsales.selectors.sales import get_sale
from jobs.enqueue import enqueue_on_commit
from kernel import clock
from rehearsals.rules import MAX_BUYERS, MAX_SECONDS, MAX_WEB_PROCESSES, Curve
from rehearsals.selectors import RehearsalView, get_rehearsal, list_rehearsals
from rehearsals.services.requests import cancel_rehearsal, request_rehearsal
from web.query_parameters import accepts_parameters, number, parse_number

OPS = (Role.OPS,)


class RehearsalForm(forms.Form):
    buyers = forms.IntegerField(label=_("模拟买家人数"), min_value=1, max_value=MAX_BUYERS)
    seconds = forms.IntegerField(label=_("在多少秒内到齐"), min_value=1, max_value=MAX_SECONDS)
    curve = forms.TypedChoiceField(label=_("到场方式"), coerce=Curve, choices=list(CURVES.items()))
    web_processes = forms.IntegerField(
        label=_("网页进程数"),
        min_value=1,
        max_value=MAX_WEB_PROCESSES,
        help_text=_("与正式环境一样多，结果才可比"),
    )


@role_required(*BOTH)
@accepts_parameters(rehearsal=number)
def rehearsals(request: ActorRequest, sale_id: int) -> HttpResponse:
    """The rehearsals of a sale, one of them in full: the newest, or the one that `?rehearsal=` names."""
    view = get_sale(sale_id, at=clock.now())
    listed = list_rehearsals(sale_id)
    wanted = parse_number(request.GET.get("rehearsal"))
    shown = next((each for each in listed if each.id == wanted), listed[0] if listed else None)
    form_actions: dict[str, FormAction] = {}
    if view.phase in (Phase.WAITING, Phase.PREVIEW) and not (shown and shown.is_open):
        initial = {"buyers": 500, "seconds": 60, "curve": Curve.RUSH.value, "web_processes": 2}
        act = bind(request_rehearsal, sale_id=sale_id)
        form_actions["rehearse"] = FormAction(OPS, act, _("演练已排队，马上开始"), RehearsalForm, initial)
    if shown and shown.is_open:
        form_actions["cancel"] = FormAction(
            OPS, bind(cancel_rehearsal, rehearsal_id=shown.id), _("演练已取消，几秒内停止")
        )
    tried = submit_form(request, form_actions)
    if tried.done:
        if isinstance(tried.result, RehearsalView) and tried.result.is_open:
            enqueue_on_commit("rehearsals.tasks.run_rehearsal", tried.result.id)
        return redirect("console:rehearsals", sale_id)
    context = {"tab": "rehearsals", "sale": view, "listed": listed, "form_actions": tried.forms}
    return render_page(request, "rehearsals.html", **context, **_shown(shown))


@role_required(*BOTH)
def rehearsal(request: ActorRequest, rehearsal_id: int) -> HttpResponse:
    """One rehearsal, as a fragment that htmx polls. At its end the answer reloads the page."""
    view = get_rehearsal(rehearsal_id)
    response = render_page(request, "parts/rehearsal.html", **_shown(view))
    if not view.is_open:
        response["HX-Refresh"] = "true"
    return response


def _shown(view: RehearsalView | None) -> dict[str, Any]:
    if view is None:
        return {"rehearsal": None}
    result = view.result or {}
    return {
        "rehearsal": view,
        "curve": CURVES[view.curve.value],
        "step": STEPS[view.step],
        "failure": FAILURES.get(view.failure, view.failure),
        "plots": draw_rehearsal(view.progress),
        "wrong": [WRONG.get(each, each) for each in result.get("wrong", [])],
        "refusals": [(REFUSALS.get(code, code), count) for code, count in sorted(result.get("codes", {}).items())],
    }
