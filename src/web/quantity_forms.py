"""What brand and ops type about the quantities in which styles are ordered, and the order minimum of a brand."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from web.form_fields import YuanField

MAX_PACK_SIZES = 40
_SEPARATORS = re.compile(r"[\s,，、;；]+")
_WITH_SIGN = re.compile(r"(.+?)[×xX*:：=](\d{1,4})\Z")
_LETTERS_THEN_UNITS = re.compile(r"(.*[A-Za-z\u3400-\u9fff])(\d{1,4})\Z")


class PackField(forms.CharField):
    """The units of each size of a pack as people write them: «S1 M2 L2 XL1», «36:1 37:2», «S×1 M×2». Gives a dict in their order."""

    default_error_messages = {
        "not_pack": _("请写成 S1 M2 L2 XL1；数字尺码写成 36:1 37:2"),
        "size_twice": _("同一尺码写了两次"),
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=400, required=False, **options)

    def clean(self, value: Any) -> dict[str, int]:
        tokens = [each for each in _SEPARATORS.split(super().clean(value)) if each]
        pack: dict[str, int] = {}
        for token in tokens:
            found = _WITH_SIGN.match(token) or _LETTERS_THEN_UNITS.match(token)
            if found is None or len(tokens) > MAX_PACK_SIZES:
                raise forms.ValidationError(self.error_messages["not_pack"], code="not_pack")
            if found[1] in pack:
                raise forms.ValidationError(self.error_messages["size_twice"], code="size_twice")
            pack[found[1]] = int(found[2])
        return pack


class QuantityTermsForm(forms.Form):
    """The quantity terms of the ticked styles; an empty figure is 1."""

    min_units = forms.IntegerField(label=_("起批件数"), min_value=1, required=False)
    multiple_of = forms.IntegerField(label=_("倍数（件）"), min_value=1, required=False)
    scope = forms.ChoiceField(
        label=_("怎么算"),
        required=False,
        choices=[("style", _("混批合计")), ("sku", _("每码分别"))],
    )
    pack = PackField(label=_("整手"), help_text=_("例如 S1 M2 L2 XL1；不按手卖就不填"))

    @property
    def figures(self) -> dict[str, Any]:
        """The fields of the terms, once the form is valid."""
        typed = self.cleaned_data
        return {
            "min_units": typed["min_units"] or 1,
            "multiple_of": typed["multiple_of"] or 1,
            "per_sku": typed["scope"] == "sku",
            "pack": typed["pack"],
        }


class OrderMinimumForm(forms.Form):
    """The order minimum of a brand; an empty field asks nothing."""

    min_fen = YuanField(label=_("起订金额（元）"), required=False)
    min_units = forms.IntegerField(label=_("起订件数"), min_value=1, required=False, help_text=_("不填就没有要求"))
