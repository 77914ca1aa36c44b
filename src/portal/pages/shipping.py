"""Consignments to ship, tracking numbers, and shortages."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.selectors.substitutes import SubstituteChoice, list_choices
from aftersales.services.refunds import report_out_of_stock
from brands.selectors.brands import require_own_brand
from kernel import clock
from kernel.period import SHANGHAI
from kernel.refusal import Missing, Refusal
from orders.rules.states import ConsignmentState
from orders.selectors.carriers import list_carriers
from orders.selectors.consignments import ConsignmentView, get_unshipped_line, list_consignments
from orders.selectors.parcel_events import get_timelines
from orders.selectors.shipping_desk import MAX_LATE_HOURS, backlog_values, count_by_urgency, get_backlog
from orders.services import shipping as orders_shipping
from orders.services.parcel_plan import LineUnits
from orders.services.shipping_workbook import write_shipping_list
from portal.pages.base_views import cursor_of, render_page
from web.column_plot import draw_columns
from web.file_responses import workbook_answer
from web.query_parameters import accepts_parameters, cursor, one_of, parse_number, text

_TYPED = "portal.typed_parcel"
_MAX_TYPED = 40


class ShipForm(forms.Form):
    carrier = forms.CharField(label=gettext_lazy("快递公司"), max_length=40)
    tracking_no = forms.CharField(label=gettext_lazy("快递单号"), max_length=40)


class ShortageForm(forms.Form):
    units = forms.IntegerField(label=gettext_lazy("缺几件"), min_value=1)
    substitute_item_id = forms.TypedChoiceField(
        label=gettext_lazy("推荐同款替代"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=gettext_lazy("款照退。代购愿意要，就按不高于原价另下一单；货不预留，先到先得。"),
    )
    note = forms.CharField(
        label=gettext_lazy("原因"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("可不填，例如：仓库盘点少一件。"),
    )
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)


@role_required(Role.BRAND)
@require_safe
@accepts_parameters(q=text(64), state=one_of([*ConsignmentState, "late"]), cursor=cursor)
def shipping(request: ActorRequest) -> HttpResponse:
    """The consignments of a brand."""
    now, brand = clock.now(), require_own_brand(request.actor)
    state = request.GET.get("state", ConsignmentState.TO_SHIP.value)
    late_only = state == "late"
    known = state if state in set(ConsignmentState) else ConsignmentState.TO_SHIP.value
    query = request.GET.get("q", "").strip()
    # A search covers all states unless the address names one.
    chosen = "" if late_only or (query and "state" not in request.GET) else known
    page = list_consignments(
        at=now,
        brand_id=brand.id,
        state=chosen,
        late_only=late_only,
        query=query,
        cursor=cursor_of(request),
        limit=30,
    )
    backlog = get_backlog(at=now, brand_id=brand.id)
    return render_page(
        request,
        "shipping.html",
        brand=brand,
        page=page,
        **_typed_before(request),
        timelines=get_timelines({parcel.id for each in page.items for parcel in each.parcels}),
        state="late" if late_only else chosen,
        q=query,
        carriers=list_carriers(active_only=True),
        clock_counts=count_by_urgency(backlog),
        clock_plot=draw_columns(backlog_values(backlog), first=-MAX_LATE_HOURS, last=23, label_every=6),
    )


@role_required(Role.BRAND)
@require_POST
def ship(request: ActorRequest, consignment_id: int) -> HttpResponse:
    """Ship one parcel of a consignment: the units that the form names, or all that is left."""
    ship_it = partial(orders_shipping.ship, consignment_id=consignment_id, lines=_units_of_form(request.POST))
    place = {"consignment_id": consignment_id}
    _submit_tracking(request, f"tracking-{consignment_id}", place, ship_it, _("发货单 %(id)d 已发货。"))
    return redirect("portal:shipping")


@role_required(Role.BRAND)
@require_POST
def correct_parcel(request: ActorRequest, parcel_id: int) -> HttpResponse:
    """Correct carrier and number of a parcel."""
    correct = partial(orders_shipping.correct_parcel, parcel_id=parcel_id)
    place = {"parcel_id": parcel_id}
    _submit_tracking(request, f"tracking-parcel-{parcel_id}", place, correct, _("发货单 %(id)d 的单号已改。"))
    return redirect(f"{reverse('portal:shipping')}?state={ConsignmentState.SHIPPED.value}")


def _units_of_form(sent: QueryDict) -> list[LineUnits]:
    """The units of each line that the form names. A line with 0 is not in this parcel; a form with 0 for all of them is refused."""
    typed = {name.removeprefix("units-"): sent.get(name, "") for name in sent if name.startswith("units-")}
    named = [
        LineUnits(int(line), parse_number(units.strip() or "0") or 0)
        for line, units in typed.items()
        if line.isdecimal()
    ]
    return [each for each in named if each.units] or named


def _submit_tracking(
    request: ActorRequest, field: str, place: dict[str, int], action: Callable[..., ConsignmentView], done: str
) -> None:
    form = ShipForm(request.POST)
    words = _("请选择快递公司并填写快递单号。")
    if form.is_valid():
        try:
            view = action(actor=request.actor, now=clock.now(), **form.cleaned_data)
        except Refusal as refusal:
            words = refusal.sentence(request.LANGUAGE_CODE)
            if isinstance(refusal, Missing):  # what is not hers is shown in no form
                messages.error(request, words, extra_tags=field)
                return
        else:
            messages.success(request, done % {"id": view.id})
            return
    messages.error(request, words, extra_tags=field)
    # What was typed stands in the form again: with the units of a part lost, the next tap would ship everything.
    units = {
        name.removeprefix("units-"): request.POST[name][:_MAX_TYPED]
        for name in request.POST
        if name.startswith("units-")
    }
    typed = {name: request.POST.get(name, "")[:_MAX_TYPED] for name in ("carrier", "tracking_no")}
    request.session[_TYPED] = {**place, **typed, "units": units, "words": words}


def _typed_before(request: ActorRequest) -> dict[str, dict[int, dict[str, Any]]]:
    """What was typed for a parcel and refused, with the refusal, once, by the id of its consignment or of the parcel to correct."""
    typed = request.session.pop(_TYPED, None) if _TYPED in request.session else None
    if typed is None:
        return {}
    shown = {**typed, "units": {int(line): units for line, units in typed["units"].items() if line.isdecimal()}}
    return {
        f"typed_{kind}s": {typed[f"{kind}_id"]: shown} for kind in ("consignment", "parcel") if f"{kind}_id" in typed
    }


@role_required(Role.BRAND)
def shortage(request: ActorRequest, line_id: int) -> HttpResponse:
    """Report units of a line that cannot be shipped. The page names the consequences before; the units are refunded at once (AFTER-2)."""
    brand = require_own_brand(request.actor)
    form = ShortageForm(request.POST or None, initial={"key": uuid.uuid4().hex})
    view = get_unshipped_line(line_id, brand_id=brand.id)
    is_resend = view is not None and view.line.resending_units > 0
    _offer_choices(form, [] if is_resend else list_choices(line_id, brand_id=brand.id, at=clock.now()))
    if request.method == "POST" and form.is_valid():
        try:
            refund = report_out_of_stock(actor=request.actor, line_id=line_id, now=clock.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, forms.ValidationError(refusal.sentence(request.LANGUAGE_CODE)))
        else:
            done = _("已报缺货：%(goods)s ×%(n)d，款已退给代购。") % {"goods": refund.sku_name, "n": refund.units}
            messages.success(request, done)
            return redirect("portal:shipping")
    if view is None:
        messages.error(request, _("这一行已发货、已取消或已退款，不能再报缺货。"))
        return redirect("portal:shipping")
    if request.method != "POST" and (view.line.unshipped_units == 1 or is_resend):
        form.fields["units"].initial = view.line.unshipped_units
    form.fields["units"].widget.attrs["max"] = view.line.unshipped_units
    return render_page(request, "shortage.html", brand=brand, view=view, form=form)


def _offer_choices(form: ShortageForm, choices: list[SubstituteChoice]) -> None:
    """Let the clerk choose what she offers; without choices she is not asked."""
    if not choices:
        del form.fields["substitute_item_id"]
        return
    field = form.fields["substitute_item_id"]
    named = [
        (
            each.item_id,
            _("%(goods)s（专场还有 %(n)d 件）") % {"goods": f"{each.colour} {each.size}", "n": each.available},
        )
        for each in choices
    ]
    cast("forms.TypedChoiceField", field).choices = [("", _("不推荐，只退款")), *named]


@role_required(Role.BRAND)
@require_safe
def shipping_list(request: ActorRequest) -> FileResponse:
    """The consignments to ship as a workbook, to be sent back with tracking numbers."""
    now = clock.now()
    return workbook_answer(
        write_shipping_list(actor=request.actor, now=now),
        f"发货清单-{now.astimezone(SHANGHAI):%m%d-%H%M}.xlsx",
    )
