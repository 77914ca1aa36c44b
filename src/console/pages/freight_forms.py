"""What ops type about the freight of a brand or of one sale (SALE-18)."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.rules import Actor
from flashsales.rules.freight import FreightTerms, ReturnPayer
from flashsales.services.freight import set_brand_freight, set_sale_freight
from web.form_fields import YuanField

_PAYERS = [
    (ReturnPayer.BRAND, _("品牌")),
    (ReturnPayer.PLATFORM, _("平台")),
    (ReturnPayer.RESELLER, _("买家")),
]


class FreightForm(forms.Form):
    """Empty amounts are nothing: the goods ship free."""

    first_fen = YuanField(label=_("首件运费（元）"), required=False, help_text=_("不填就是包邮"))
    further_fen = YuanField(label=_("每加一件（元）"), required=False)
    free_from_units = forms.IntegerField(label=_("满几件包邮"), min_value=2, required=False)
    free_from_fen = YuanField(label=_("满多少元包邮"), required=False, help_text=_("同一收货人在一单里的货款"))
    return_fen = YuanField(label=_("每个退货包裹补运费（元）"), required=False)
    fault_payer = forms.TypedChoiceField(label=_("质量问题退货运费谁承担"), choices=_PAYERS, coerce=ReturnPayer)
    no_reason_payer = forms.TypedChoiceField(label=_("无理由退货运费谁承担"), choices=_PAYERS, coerce=ReturnPayer)


class SaleFreightForm(FreightForm):
    use_brand_terms = forms.BooleanField(label=_("用品牌的运费，不单独设"), required=False)


def freight_initial(terms: FreightTerms) -> dict[str, Any]:
    """The terms as the form shows them; what is nothing stays empty."""
    return {name: value or None for name, value in asdict(terms).items()}


def enter_brand_freight(brand_id: int) -> Callable[..., object]:
    def act(*, actor: Actor, now: datetime, **typed: Any) -> object:
        return set_brand_freight(actor=actor, brand_id=brand_id, terms=_terms(typed), now=now)

    return act


def enter_sale_freight(sale_id: int) -> Callable[..., object]:
    def act(*, actor: Actor, now: datetime, use_brand_terms: bool, **typed: Any) -> object:
        terms = None if use_brand_terms else _terms(typed)
        return set_sale_freight(actor=actor, sale_id=sale_id, terms=terms, now=now)

    return act


def _terms(typed: dict[str, Any]) -> FreightTerms:
    amounts = {name: typed[name] or 0 for name in ("first_fen", "further_fen", "return_fen")}
    return FreightTerms(**{**typed, **amounts})
