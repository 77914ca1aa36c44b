"""The forms with which ops decide about cases, alone or many at once, and what is sent to the services for them (AFTER-9 to AFTER-12)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersales.rules import BEARERS, RESEND_BEARERS, CaseAction, Disposition, Party, resend_bearer
from aftersales.selectors.cases import CaseToDecideView
from aftersales.services.decisions import DecisionDraft
from console import labels
from console.fields import ReasonField
from web.form_fields import YuanField


class LiabilityForm(forms.Form):
    """Who was at fault and who bears the refund; the page shows what is usual, and anything else needs a reason."""

    fault = forms.ChoiceField(
        label=_("责任方"), choices=[(each.value, labels.PARTIES[each.value]) for each in Party], required=False
    )
    borne_by = forms.ChoiceField(
        label=_("由谁承担"), choices=[(each.value, labels.PARTIES[each.value]) for each in BEARERS], required=False
    )
    liability_reason = forms.CharField(
        label=_("改动原因"), max_length=300, required=False, help_text=_("与默认不同时必填。")
    )


class ApproveForm(LiabilityForm):
    return_address = forms.CharField(
        label=_("退货寄到"),
        max_length=200,
        help_text=_("收件人、电话、地址；一般是品牌的退货组。"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    reason = forms.CharField(label=_("给代购的话"), max_length=200, required=False)
    field_order = ("return_address", "reason")


class RefundOnlyForm(LiabilityForm):
    amount_fen = YuanField(
        label=_("退多少（元）"), required=False, help_text=_("少于全额就是部分退款，货归顾客，件数不变。")
    )
    field_order = ("amount_fen",)


class RefundForm(RefundOnlyForm):
    amount_fen = YuanField(label=_("退多少（元）"), required=False, help_text=_("退回的货有损耗，可以少退。"))
    disposition = forms.ChoiceField(
        label=_("货物去向"),
        choices=[(each.value, labels.DISPOSITIONS[each.value]) for each in Disposition],
        required=False,
    )


class ResendForm(LiabilityForm):
    borne_by = forms.ChoiceField(
        label=_("由谁承担"),
        choices=[(each.value, labels.PARTIES[each.value]) for each in RESEND_BEARERS],
        required=False,
        help_text=_("由平台承担时，平台按结算价付品牌货款。"),
    )


class RejectForm(forms.Form):
    reason = ReasonField(help_text=_("代购会看到这句话。"))


FORMS: dict[CaseAction, type[forms.Form]] = {
    CaseAction.APPROVE: ApproveForm,
    CaseAction.REFUND: RefundForm,
    CaseAction.REFUND_ONLY: RefundOnlyForm,
    CaseAction.RESEND: ResendForm,
    CaseAction.REJECT: RejectForm,
}


def initial_of(view: CaseToDecideView, action: CaseAction) -> dict[str, Any]:
    """What stands in the forms before anything is typed: the usual liability, the whole amount, the brand's return address.

    Where only a part may be refunded without the goods, the amount is left to ops.
    """
    is_whole = action is not CaseAction.REFUND_ONLY or view.can_refund_only
    return {
        "return_address": view.usual_return_address,
        "fault": view.fault.value,
        "borne_by": (resend_bearer(view.borne_by) if action is CaseAction.RESEND else view.borne_by).value,
        "liability_reason": view.liability_reason,
        "amount_fen": view.amount_fen if is_whole else None,
        "disposition": (view.disposition or Disposition.BRAND).value,
    }


def draft_of(view: CaseToDecideView, action: CaseAction, typed: dict[str, Any]) -> DecisionDraft:
    """The decision that a form of the page of a case means."""
    amount_fen = typed.get("amount_fen")
    disposition = typed.get("disposition")
    return DecisionDraft(
        case_id=view.id,
        action=action,
        reason=typed.get("reason", ""),
        return_address=typed.get("return_address", ""),
        amount_fen=None if amount_fen == view.amount_fen else amount_fen,
        fault=Party(typed["fault"]) if typed.get("fault") else None,
        borne_by=Party(typed["borne_by"]) if typed.get("borne_by") else None,
        liability_reason=typed.get("liability_reason", ""),
        disposition=Disposition(disposition) if disposition and view.disposition is None else None,
    )
