"""What ops type about the freight of a brand or of one sale (SALE-18)."""

import re
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.rules import Actor
from flashsales.rules.freight import FreightTerms, ProvinceSurcharge, ReturnPayer
from flashsales.rules.provinces import english_names, find_provinces, nearest_province, short_names
from flashsales.services.freight import set_brand_freight, set_sale_freight
from kernel.money import display_yuan, format_yuan, typed_yuan
from web.form_fields import YuanField

_SEPARATOR = re.compile(r"[、,，;；/／|\n]")
_PRICED = re.compile(
    r"\s*(?P<names>[^\d¥￥:：]+?)\s*[:：+＋]?\s*[¥￥]?\s*(?P<yuan>\d[\d.]*)\s*(?:元|yuan)?"
    r"(?=[\s、,，;；/／|]|\Z)[\s、,，;；/／|]*"
)
"""Provinces and an amount, as they are typed: 新疆 20, 新疆20元, 新疆：20."""
_PAYERS = [
    (ReturnPayer.BRAND, _("品牌")),
    (ReturnPayer.PLATFORM, _("平台")),
    (ReturnPayer.RESELLER, _("买家")),
]


MAX_PLACES = 600
USUAL_FREIGHT_FEN = 100_00
"""More for a piece, a parcel or a province is asked about."""


class SurchargesField(forms.CharField):
    """Provinces and what they cost more, as 新疆 20、西藏 20."""

    def clean(self, value: Any) -> tuple[ProvinceSurcharge, ...]:
        text, at = super().clean(value).strip(), 0
        found: list[ProvinceSurcharge] = []
        while at < len(text):
            part = _PRICED.match(text, at)
            try:
                fen = typed_yuan(part["yuan"] if part else "")
            except ValueError as cause:
                raise forms.ValidationError(_("“%(part)s”写得不对，请写成 新疆 20") % {"part": text[at:]}) from cause
            if part:
                found += [ProvinceSurcharge(each, fen) for each in _provinces(part["names"])]
                at = part.end()
        return tuple(found)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str) or not value:
            return value
        names = (_in_language([each["province"]]) for each in value)
        return (", " if get_language() == "en" else "、").join(
            f"{name} {format_yuan(each['amount_fen'])}" for name, each in zip(names, value, strict=True)
        )


class ProvincesField(forms.CharField):
    """Provinces, as 香港、澳门、台湾."""

    def clean(self, value: Any) -> tuple[str, ...]:
        return _provinces(super().clean(value))

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or not value else _in_language(value)


def _in_language(provinces: Iterable[str]) -> str:
    return english_names(provinces) if get_language() == "en" else short_names(provinces)


def _provinces(text: str) -> tuple[str, ...]:
    """The provinces that a text names, with any separator between them; in English a blank stands inside of a name too."""
    found: list[str] = []
    for part in filter(None, (part.strip() for part in _SEPARATOR.split(text))):
        whole = find_provinces(part)
        for word in [part] if whole else part.split():
            provinces = whole or find_provinces(word)
            if not provinces:
                raise forms.ValidationError(_unknown(word if len(part.split()) > 1 else part))
            found += provinces
    return tuple(dict.fromkeys(found))


def _unknown(name: str) -> str:
    nearest = nearest_province(name)
    if nearest:
        named = {"name": name, "nearest": _in_language([nearest])}
        return _("没有“%(name)s”这个省，是不是“%(nearest)s”？") % named
    return _("没有“%(name)s”这个省，请写成 新疆、西藏 这样的名称") % {"name": name}


class FreightForm(forms.Form):
    """Empty amounts are nothing: the goods ship free."""

    first_fen = YuanField(label=_("首件运费（元）"), required=False, help_text=_("不填就是包邮"))
    further_fen = YuanField(label=_("每加一件（元）"), required=False)
    free_from_units = forms.IntegerField(
        label=_("满几件包邮"),
        min_value=2,
        required=False,
        error_messages={"min_value": _("满几件包邮至少写 2，1 件就包邮请不填运费")},
    )
    free_from_fen = YuanField(label=_("满多少元包邮"), required=False, help_text=_("同一收货人在一单里的货款"))
    surcharges = SurchargesField(
        label=_("哪些省另加运费（元）"),
        required=False,
        max_length=MAX_PLACES,
        help_text=_("例如：新疆 20、西藏 20。包邮的也加，同一收货人在一单里加一次"),
    )
    no_delivery = ProvincesField(
        label=_("哪些省不发货"), required=False, max_length=MAX_PLACES, help_text=_("例如：香港、澳门、台湾")
    )
    return_fen = YuanField(label=_("每个退货包裹补运费（元）"), required=False)
    fault_payer = forms.TypedChoiceField(label=_("质量问题退货运费谁承担"), choices=_PAYERS, coerce=ReturnPayer)
    no_reason_payer = forms.TypedChoiceField(label=_("无理由退货运费谁承担"), choices=_PAYERS, coerce=ReturnPayer)
    is_meant = forms.BooleanField(label=_("运费没有写错"), required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Ask once about an amount that is far above what carriers take: a decimal point is easily lost."""
        typed: dict[str, Any] = super().clean() or {}
        amounts = [typed.get(name) or 0 for name in ("first_fen", "further_fen", "return_fen")]
        highest = max([*amounts, *(each.amount_fen for each in typed.get("surcharges", ()))])
        if highest > USUAL_FREIGHT_FEN:
            self.fields["is_meant"].widget = forms.CheckboxInput()
            if not typed.get("is_meant"):
                self.add_error(
                    "is_meant", _("%(amount)s 的运费很高；没有写错就勾选这一项") % {"amount": display_yuan(highest)}
                )
        return typed


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
    typed = {name: value for name, value in typed.items() if name != "is_meant"}
    amounts = {name: typed[name] or 0 for name in ("first_fen", "further_fen", "return_fen")}
    return FreightTerms(**{**typed, **amounts})
