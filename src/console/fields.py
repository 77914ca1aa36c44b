"""Fields as ops types them: yuan, percent, instants in Shanghai."""

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import BaseValidator, MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _


class PercentField(forms.DecimalField):
    """A share typed in percent, given as a fraction: «15» → 0.15. At most two decimals of a percent."""

    def __init__(self, *, least: int = 0, most: int = 100, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(min_value=least, max_value=most, max_digits=5, decimal_places=2, **options)

    def prepare_value(self, value: Any) -> Any:
        return percent(value) if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Any:
        typed = super().clean(str(value).strip().rstrip("%％") if value else value)
        return typed if typed is None else typed / 100


class InstantField(forms.DateTimeField):
    """An instant typed in Shanghai time, given aware."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "60"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, validators=_within(datetime(2000, 1, 1, tzinfo=UTC)), **options)


class DayField(forms.DateField):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            validators=_within(date(2000, 1, 1)),
            **options,
        )


def _within(first: Any) -> list[BaseValidator]:
    """Two centuries, as the API has them: beyond, time zones and columns have no room."""
    return [MinValueValidator(first), MaxValueValidator(first.replace(year=2199))]


class ReasonField(forms.CharField):
    """Why something is done; it stays in the audit trail for good."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("原因"))
        options.setdefault("max_length", 200)
        super().__init__(widget=forms.Textarea(attrs={"rows": 2}), **options)


class KeyField(forms.CharField):
    """A new key for each page, so that a form that is sent twice is done once."""

    def __init__(self) -> None:
        super().__init__(max_length=40, widget=forms.HiddenInput, initial=lambda: uuid.uuid4().hex)


def percent(rate: Decimal) -> str:
    """A fraction as people read it: 0.155 → «15.5»."""
    shown = f"{rate * 100:.2f}".rstrip("0").rstrip(".")
    return shown or "0"
