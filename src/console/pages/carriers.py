"""The table of carriers."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Actor, Role
from console.pages.base_views import BOTH, FormAction, audit_log, render_page, submit_form
from orders.selectors.carriers import CarrierDraft, CarrierView, get_carrier, list_carriers
from orders.services.carriers import change_carrier, create_carrier

OPS = (Role.OPS,)


class CarrierForm(forms.Form):
    name = forms.CharField(label=_("中文名"), max_length=30)
    name_en = forms.CharField(label=_("英文名"), max_length=40)
    code = forms.CharField(label=_("编码"), max_length=30)
    aliases = forms.CharField(
        label=_("别名"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("每行一个。"),
    )
    kuaidi100_code = forms.CharField(label=_("快递100 编码"), max_length=40, required=False)
    kdniao_code = forms.CharField(label=_("快递鸟编码"), max_length=20, required=False)
    number_patterns = forms.CharField(
        label=_("单号格式"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("每行一个正则表达式，只用来提示，不会自动选快递公司。"),
    )
    is_active = forms.BooleanField(label=_("可选用"), required=False)


@role_required(*BOTH)
def carriers(request: ActorRequest) -> HttpResponse:
    """All carriers, and the form for a new one."""
    form_actions = {"create": FormAction(OPS, _create, _("快递公司已添加"), CarrierForm, {"is_active": True})}
    tried = submit_form(request, form_actions)
    if tried.done:
        return redirect("console:carriers")
    return render_page(request, "carriers.html", carriers=list_carriers(), form_actions=tried.forms)


@role_required(*BOTH)
def carrier(request: ActorRequest, carrier_id: int) -> HttpResponse:
    """One carrier: what it is called, and the form that changes it."""
    view = get_carrier(carrier_id)

    def change(*, actor: Actor, now: datetime, **typed: Any) -> object:
        return change_carrier(actor=actor, carrier_id=carrier_id, draft=_draft(typed), now=now)

    form_actions = {"change": FormAction(OPS, change, _("快递公司已更新"), CarrierForm, _initial(view))}
    tried = submit_form(request, form_actions)
    if tried.done:
        return redirect("console:carrier", carrier_id)
    return render_page(
        request, "carrier.html", carrier=view, audit_log=audit_log("carrier", carrier_id), form_actions=tried.forms
    )


def _create(*, actor: Actor, now: datetime, **typed: Any) -> object:
    return create_carrier(actor=actor, draft=_draft(typed), now=now)


def _draft(typed: dict[str, Any]) -> CarrierDraft:
    lines = {name: tuple(typed[name].splitlines()) for name in ("aliases", "number_patterns")}
    return CarrierDraft(**typed | lines)


def _initial(view: CarrierView) -> dict[str, Any]:
    return {
        "name": view.name,
        "name_en": view.name_en,
        "code": view.code,
        "aliases": "\n".join(view.aliases),
        "kuaidi100_code": view.kuaidi100_code,
        "kdniao_code": view.kdniao_code,
        "number_patterns": "\n".join(view.number_patterns),
        "is_active": view.is_active,
    }
