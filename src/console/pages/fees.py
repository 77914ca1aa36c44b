"""The fees of a brand's contract, and waivers of them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Actor
from brands.selectors.brands import get_brand
from console.fields import DayField, PercentField, ReasonField
from console.labels import FEE_BASES, FEE_KINDS
from console.pages.base_views import BOTH, FormAction, audit_log, bind, cursor_of, render_page, submit_form
from settlement.rules.fees import FeeBasis, FeeKind
from settlement.selectors.debts import get_open_debt_fen
from settlement.selectors.fees import list_fees, list_waivers
from settlement.services import fees
from settlement.services.fees import FeeDraft
from web.form_fields import YuanField
from web.query_parameters import accepts_parameters, cursor, number


class FeeForm(forms.Form):
    kind = forms.TypedChoiceField(label=_("为什么扣"), choices=list(FEE_KINDS.items()), coerce=FeeKind)
    basis = forms.TypedChoiceField(label=_("怎么算"), choices=list(FEE_BASES.items()), coerce=FeeBasis)
    amount_fen = YuanField(label=_("金额（元）"), required=False, help_text=_("按行、按件的填"))
    rate = PercentField(label=_("比例（%）"), required=False, help_text=_("按比例的填，例如 5"))
    cap_fen = YuanField(label=_("每行最多（元）"), required=False)
    from_date = DayField(label=_("从哪天的订单起"))
    to_date = DayField(label=_("到哪天（含）"), required=False)


class EndFeeForm(forms.Form):
    fee_id = forms.IntegerField(widget=forms.HiddenInput)


class WaiverForm(forms.Form):
    kind = forms.TypedChoiceField(
        label=_("哪种费用"),
        choices=[("", _("全部费用")), *FEE_KINDS.items()],
        coerce=FeeKind,
        empty_value=None,
        required=False,
    )
    sale_id = forms.IntegerField(label=_("专场号"), required=False, min_value=1)
    line_id = forms.IntegerField(label=_("明细号"), required=False, min_value=1)
    from_date = DayField(label=_("从哪天的订单起"), required=False)
    to_date = DayField(label=_("到哪天（含）"), required=False)
    reason = ReasonField()


class EndWaiverForm(forms.Form):
    waiver_id = forms.IntegerField(widget=forms.HiddenInput)


@role_required(*BOTH)
@accepts_parameters(line=number, cursor=cursor)
def brand_fees(request: ActorRequest, brand_id: int) -> HttpResponse:
    brand = get_brand(brand_id)
    tried = submit_form(request, _form_actions(brand_id, {"line_id": request.GET.get("line", "")}))
    if tried.done:
        return redirect("console:brand_fees", brand_id)
    return render_page(
        request,
        "brand_fees.html",
        brand=brand,
        fees=list_fees(brand_id),
        waivers=list_waivers(brand_id=brand_id, cursor=cursor_of(request), limit=30),
        debt_fen=get_open_debt_fen(brand_id),
        audit_log=audit_log("brand", brand_id),
        refusal=tried.refusal,
        form_actions=tried.forms,
    )


def _form_actions(brand_id: int, waived: Mapping[str, Any]) -> dict[str, FormAction]:
    def enter(
        *,
        actor: Actor,
        now: Any,
        kind: FeeKind,
        basis: FeeBasis,
        amount_fen: int | None,
        rate: Decimal | None,
        cap_fen: int | None,
        from_date: date,
        to_date: date | None,
    ) -> object:
        draft = FeeDraft(kind, basis, amount_fen, rate, cap_fen, from_date, to_date)
        return fees.enter_fee(actor=actor, brand_id=brand_id, fee=draft, now=now)

    return {
        "enter_fee": FormAction(BOTH, enter, _("费用已约定"), FeeForm),
        "end_fee": FormAction(BOTH, bind(fees.end_fee, brand_id=brand_id), _("这项费用到今天为止"), EndFeeForm),
        "enter_waiver": FormAction(
            BOTH, bind(fees.enter_waiver, brand_id=brand_id), _("已免收；定稿时算"), WaiverForm, waived
        ),
        "end_waiver": FormAction(BOTH, bind(fees.end_waiver, brand_id=brand_id), _("免收已收回"), EndWaiverForm),
    }
