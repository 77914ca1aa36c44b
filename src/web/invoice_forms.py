"""The forms in which resellers and brands save an invoice title and ask for an invoice (INVOICE-1, INVOICE-4)."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from web.form_fields import YuanField

KINDS = (("company", _("企业")), ("person", _("个人")))


def _new_key() -> str:
    return uuid.uuid4().hex


class InvoiceTitleForm(forms.Form):
    """A title as it is typed. The field names are those of `invoices.rules.titles.TitleFields`, and whether it becomes the default."""

    kind = forms.ChoiceField(label=_("抬头类型"), choices=KINDS)
    name = forms.CharField(label=_("名称"), max_length=100, help_text=_("企业填营业执照上的全称，个人填姓名"))
    tax_number = forms.CharField(
        label=_("税号"),
        max_length=40,
        required=False,
        help_text=_("企业必填：18 位统一社会信用代码"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    email = forms.EmailField(
        label=_("收票邮箱"), max_length=120, required=False, help_text=_("电子发票发到这里，可不填")
    )
    is_special = forms.BooleanField(
        label=_("要专用发票"), required=False, help_text=_("限企业，须填下面的地址、电话、开户行和账号")
    )
    address = forms.CharField(label=_("注册地址"), max_length=100, required=False)
    phone = forms.CharField(
        label=_("注册电话"), max_length=30, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    bank = forms.CharField(label=_("开户行"), max_length=60, required=False)
    account = forms.CharField(
        label=_("银行账号"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    is_default = forms.BooleanField(label=_("设为默认抬头"), required=False)


class IssuedForm(forms.Form):
    """What whoever issues enters of an invoice."""

    number = forms.CharField(label=_("发票号码"), max_length=40, widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    issued_on = forms.DateField(label=_("开票日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    link = forms.CharField(label=_("下载链接"), max_length=300, required=False)


class RedLetterForm(forms.Form):
    """What whoever issues enters of a red letter."""

    number = forms.CharField(
        label=_("红字发票号码"), max_length=40, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    amount_fen = YuanField(label=_("红冲金额（元）"))


class RefuseForm(forms.Form):
    """Why a request is refused; who asked reads it."""

    reason = forms.CharField(label=_("原因"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class ReverseForm(forms.Form):
    """What whoever issues enters of a red letter over a whole invoice."""

    number = forms.CharField(
        label=_("红字发票号码"), max_length=40, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    amount_fen = YuanField(label=_("整张红冲的金额（元）"))


class AskCorrectionForm(forms.Form):
    """Which saved title is right, and what is wrong with that of the invoice."""

    title_id = forms.IntegerField(min_value=1, label=_("正确的抬头"))
    reason = forms.CharField(
        label=_("哪里开错了"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}), help_text=_("开票方看得到")
    )


class AskForInvoiceForm(forms.Form):
    """To which title, and a key with which a form that is sent twice asks once."""

    title_id = forms.IntegerField(min_value=1)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=_new_key)
