"""Consignments to ship, tracking numbers, and shortages."""

import uuid
from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.services.refunds import report_out_of_stock
from brands.selectors.brands import require_own_brand
from kernel import clock
from kernel.period import SHANGHAI
from kernel.refusal import Refusal
from orders.rules import ConsignmentState
from orders.selectors.consignments import ConsignmentView, get_unshipped_line, list_consignments
from orders.services import order_workbooks
from orders.services import shipping as orders_shipping
from portal.pages.base_views import cursor_of, render_page
from web.file_responses import workbook_answer
from web.query_parameters import accepts_parameters, cursor, one_of, text
from web.uploads import takes_file

CARRIERS = ("顺丰速运", "中通快递", "圆通速递", "申通快递", "韵达快递", "极兔速递", "京东快递", "邮政EMS", "德邦快递")


class ShipForm(forms.Form):
    carrier = forms.ChoiceField(label=gettext_lazy("快递公司"), choices=[(name, name) for name in CARRIERS])
    tracking_no = forms.CharField(label=gettext_lazy("快递单号"), max_length=40)


class ShortageForm(forms.Form):
    units = forms.IntegerField(label=gettext_lazy("缺几件"), min_value=1)
    note = forms.CharField(
        label=gettext_lazy("原因"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("可不填，例如：仓库盘点少一件。"),
    )
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)


@role_required(Role.BRAND)
@takes_file
@accepts_parameters(q=text(64), state=one_of([*ConsignmentState, "late"]), cursor=cursor)
def shipping(request: ActorRequest) -> HttpResponse:
    """The consignments of a brand; a posted workbook ships many at once."""
    faults = _ship_by_workbook(request) if request.method == "POST" else []
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
    return render_page(
        request,
        "shipping.html",
        brand=brand,
        page=page,
        state="late" if late_only else chosen,
        q=query,
        carriers=CARRIERS,
        faults=faults,
    )


@role_required(Role.BRAND)
@require_POST
def ship(request: ActorRequest, consignment_id: int) -> HttpResponse:
    """Ship one consignment with its tracking number."""
    _submit_tracking(request, consignment_id, orders_shipping.ship, _("发货单 %(id)d 已发货。"))
    return redirect("portal:shipping")


@role_required(Role.BRAND)
@require_POST
def correct_tracking(request: ActorRequest, consignment_id: int) -> HttpResponse:
    """Correct the tracking number of a shipped consignment."""
    _submit_tracking(request, consignment_id, orders_shipping.correct_tracking, _("发货单 %(id)d 的单号已改。"))
    return redirect(f"{reverse('portal:shipping')}?state={ConsignmentState.SHIPPED.value}")


def _submit_tracking(
    request: ActorRequest, consignment_id: int, action: Callable[..., ConsignmentView], done: str
) -> None:
    form = ShipForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请选择快递公司并填写快递单号。"), extra_tags=f"tracking-{consignment_id}")
        return
    try:
        action(actor=request.actor, consignment_id=consignment_id, now=clock.now(), **form.cleaned_data)
    except Refusal as refusal:
        messages.error(request, refusal.sentence(request.LANGUAGE_CODE), extra_tags=f"tracking-{consignment_id}")
    else:
        messages.success(request, done % {"id": consignment_id})


@role_required(Role.BRAND)
def shortage(request: ActorRequest, line_id: int) -> HttpResponse:
    """Report units of a line that cannot be shipped. The page names the consequences before; the units are refunded at once (AFTER-2)."""
    brand = require_own_brand(request.actor)
    form = ShortageForm(request.POST or None, initial={"key": uuid.uuid4().hex})
    if request.method == "POST" and form.is_valid():
        try:
            refund = report_out_of_stock(actor=request.actor, line_id=line_id, now=clock.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, forms.ValidationError(refusal.sentence(request.LANGUAGE_CODE)))
        else:
            done = _("已报缺货：%(goods)s ×%(n)d，款已退给代购。") % {"goods": refund.sku_name, "n": refund.units}
            messages.success(request, done)
            return redirect("portal:shipping")
    view = get_unshipped_line(line_id, brand_id=brand.id)
    if view is None:
        messages.error(request, _("这一行已发货、已取消或已退款，不能再报缺货。"))
        return redirect("portal:shipping")
    if request.method != "POST" and view.line.units == 1:
        form.fields["units"].initial = 1
    form.fields["units"].widget.attrs["max"] = view.line.units
    return render_page(request, "shortage.html", brand=brand, view=view, form=form)


@role_required(Role.BRAND)
@require_safe
def shipping_list(request: ActorRequest) -> FileResponse:
    """The consignments to ship as a workbook, to be sent back with tracking numbers."""
    now = clock.now()
    return workbook_answer(
        order_workbooks.write_shipping_list(actor=request.actor, now=now),
        f"发货清单-{now.astimezone(SHANGHAI):%m%d-%H%M}.xlsx",
    )


def _ship_by_workbook(request: ActorRequest) -> list[order_workbooks.TrackingFault]:
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        messages.error(request, _("没有收到文件，请重新选择。"), extra_tags="shipping-file")
        return []
    try:
        done = order_workbooks.ship_by_workbook(
            actor=request.actor, filename=file.name or "", data=file.read(), now=clock.now()
        )
    except Refusal as refusal:
        messages.error(request, refusal.sentence(request.LANGUAGE_CODE), extra_tags="shipping-file")
        return []
    if done.shipped:
        messages.success(request, _("已发货 %(n)d 张发货单。") % {"n": done.shipped})
    if done.unchanged:
        messages.info(request, _("有 %(n)d 张发货单先前已发货，没有变动。") % {"n": done.unchanged})
    if not (done.shipped or done.unchanged or done.faults):
        messages.warning(request, _("表里没有填写快递单号，没有发货。"))
    return done.faults
