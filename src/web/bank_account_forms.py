"""The form of a payee's bank account, for resellers, brands and finance."""

from django import forms
from django.utils.translation import gettext_lazy as _


class BankAccountForm(forms.Form):
    """A bank account as it is typed. The field names are those of `treasury.services.bank_accounts.AccountFields`."""

    holder = forms.CharField(label=_("户名"), max_length=60, help_text=_("与银行预留的一致"))
    number = forms.CharField(
        label=_("账号或卡号"),
        max_length=60,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    bank = forms.CharField(label=_("开户银行"), max_length=60)
    branch = forms.CharField(label=_("开户支行"), max_length=60, required=False)
    cnaps = forms.CharField(
        label=_("联行号"),
        max_length=20,
        required=False,
        help_text=_("12 位数字，可以不填"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
