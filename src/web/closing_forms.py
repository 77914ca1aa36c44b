"""The form in which a reseller, a clerk of a brand or finance ask that an account is closed."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _


def _new_key() -> str:
    return uuid.uuid4().hex


class ClosingForm(forms.Form):
    """Why, and a key with which a form that is sent twice asks once."""

    reason = forms.CharField(label=_("原因"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))
    key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=_new_key)
