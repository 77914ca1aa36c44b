"""Fields of forms that more than one face asks for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.money import format_yuan, typed_yuan


class YuanField(forms.CharField):
    """An amount typed in yuan, given as fen."""

    default_error_messages = {"not_yuan": _("请填写金额，最多两位小数，例如 129、129.50 或 3000万")}

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_length=20, **options)

    def prepare_value(self, value: Any) -> Any:
        return format_yuan(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return typed_yuan(text)
        except ValueError as cause:
            raise forms.ValidationError(self.error_messages["not_yuan"], code="not_yuan") from cause
