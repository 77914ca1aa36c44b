"""Forms of the shop."""

from decimal import Decimal

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.rules import MAX_PASSWORD
from forwarding.rules.pricing import (
    MAX_ADDED_FEN,
    MAX_FACTOR,
    MIN_FACTOR,
    PriceEnding,
    RoundingDirection,
    RuleFields,
)
from forwarding.rules.storefront import MAX_STOREFRONT_NAME, MAX_STOREFRONT_NOTICE
from forwarding.rules.wishes import MAX_ADDRESS
from orders.rules.recipients import MAX_CUSTOMER_NOTE
from web.form_fields import YuanField


class JoinForm(forms.Form):
    code = forms.CharField(
        label=_("邀请码"),
        max_length=60,
        help_text=_("向邀请您的会员或平台运营索取；一码可能只能用一次。"),
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off"}),
    )
    name = forms.CharField(
        label=_("怎么称呼您"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "nickname"})
    )
    login = forms.CharField(
        label=_("手机号或登录名"), max_length=64, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=MAX_PASSWORD,
        strip=False,
        help_text=_("至少 8 位，不要太常见。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class PasteForm(forms.Form):
    pasted = forms.CharField(
        label=_("粘贴地址"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": _("把顾客发来的姓名、电话、地址整段粘贴到这里")}),
    )


class PasteListForm(forms.Form):
    pasted = forms.CharField(
        label=_("粘贴多位收货人"),
        max_length=20_000,
        help_text=_("一行一位，或用空行隔开；顺序不限。只识别，核对后才保存。"),
        widget=forms.Textarea(
            attrs={"rows": 8, "placeholder": _("王芳 13912345678 浙江省杭州市西湖区文三路 1 号，下一行写下一位")}
        ),
    )


class RecipientForm(forms.Form):
    name = forms.CharField(label=_("收货人姓名"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    phone = forms.CharField(
        label=_("电话"), max_length=20, widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"})
    )
    address = forms.CharField(label=_("详细地址"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class CustomerForm(RecipientForm):
    note = forms.CharField(
        label=_("备注"),
        max_length=MAX_CUSTOMER_NOTE,
        required=False,
        help_text=_("只有您自己看得到。"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    tags = forms.CharField(
        label=_("标签"),
        max_length=500,
        required=False,
        help_text=_("用顿号或逗号隔开，例如：老客户、宝妈群。"),
    )
    sizes = forms.CharField(
        label=_("尺码"),
        max_length=500,
        required=False,
        help_text=_("先写用途再写尺码，例如：上装 M、鞋 37。下单时会提示，不会替您选。"),
    )


class RetailPriceForm(forms.Form):
    retail_price = YuanField(label=_("我的零售价（元）"))


class StorefrontForm(forms.Form):
    """Her storefront; the rows of the categories add their places and which of them are shown."""

    name = forms.CharField(label=_("店名"), max_length=MAX_STOREFRONT_NAME)
    notice = forms.CharField(
        label=_("公告"),
        max_length=MAX_STOREFRONT_NOTICE,
        required=False,
        help_text=_("写在店铺最上面，如发货时间、怎么付款。"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    shows_previews = forms.BooleanField(label=_("预告中的货也摆出来"), required=False)
    shows_sold_out = forms.BooleanField(label=_("卖完的款也摆着（标为售罄）"), required=False)


class WishForm(forms.Form):
    """A wish on the page of a forward; the rows of the sizes add units."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("怎么称呼您"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "nickname", "placeholder": _("例如微信昵称")}),
    )
    phone = forms.CharField(
        label=_("电话"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    address = forms.CharField(
        label=_("收货地址"),
        max_length=MAX_ADDRESS,
        required=False,
        help_text=_("可以整段粘贴姓名、电话和地址；也可以以后再告诉卖家。"),
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "street-address"}),
    )
    note = forms.CharField(label=_("留言"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}))


class GroupListForm(forms.Form):
    text = forms.CharField(
        label=_("接龙文字"),
        max_length=20_000,
        widget=forms.Textarea(
            attrs={"rows": 6, "placeholder": _("把群里的接龙整段粘贴到这里，例如 1. 3号 L 2件 王芳 电话 地址")}
        ),
    )


class SendBackForm(forms.Form):
    """The parcel with which returned units are sent."""

    carrier = forms.CharField(
        label=_("快递公司"), max_length=30, widget=forms.TextInput(attrs={"placeholder": _("例如 中通快递")})
    )
    tracking_no = forms.CharField(
        label=_("快递单号"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


PRESETS: dict[str, dict[str, str]] = {
    "add-5": {"factor": "1", "add": "5"},
    "add-10": {"factor": "1", "add": "10"},
    "times-1.3": {"factor": "1.3", "add": "0"},
    "times-1.5": {"factor": "1.5", "add": "0"},
    "times-2": {"factor": "2", "add": "0"},
}
"""Rules to apply with one tap; ending and direction stay as they are chosen."""

FIRST_RULE = RuleFields(Decimal("1.3"), 0, PriceEnding.POINT_NINE, RoundingDirection.PAR)
"""What the form proposes to a reseller who keeps no rule."""


class PriceRuleForm(forms.Form):
    """How retail prices follow from cost (FORWARD-13). A preset that was tapped takes the place of factor and amount."""

    factor = forms.DecimalField(
        label=_("拿货价 ×"),
        min_value=MIN_FACTOR,
        max_value=MAX_FACTOR,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    add = YuanField(label=_("再加（元）"), required=False)
    ending = forms.ChoiceField(
        label=_("尾数"),
        choices=[
            (PriceEnding.POINT_NINE.value, _("角位 .9")),
            (PriceEnding.POINT_EIGHT.value, _("角位 .8")),
            (PriceEnding.WHOLE.value, _("整元")),
            (PriceEnding.NINE.value, _("元位 9")),
            (PriceEnding.EIGHT.value, _("元位 8")),
            (PriceEnding.NONE.value, _("不凑尾数")),
        ],
    )
    direction = forms.ChoiceField(
        label=_("取整"),
        choices=[
            (RoundingDirection.PAR.value, _("就近")),
            (RoundingDirection.UP.value, _("往上")),
            (RoundingDirection.DOWN.value, _("往下")),
        ],
    )

    category = forms.IntegerField(required=False, min_value=1, max_value=2**31, widget=forms.HiddenInput)
    """The category to which it applies, with those below it; all of them where it is empty."""

    @classmethod
    def of(cls, posted: QueryDict) -> "PriceRuleForm":
        preset = PRESETS.get(posted.get("preset", ""))
        return cls({**posted.dict(), **preset} if preset else posted)

    @classmethod
    def showing(cls, rule: RuleFields) -> "PriceRuleForm":
        return cls(
            initial={
                "factor": f"{rule.factor.normalize():f}",
                "add": rule.add_fen,
                "ending": rule.ending.value,
                "direction": rule.direction.value,
            }
        )

    def clean_add(self) -> int:
        fen: int = self.cleaned_data["add"] or 0
        if not 0 <= fen <= MAX_ADDED_FEN:
            raise forms.ValidationError(_("加价从 0 到 100000 元"))
        return fen

    @property
    def category_id(self) -> int | None:
        """Of a valid form."""
        found: int | None = self.cleaned_data["category"]
        return found

    @property
    def rule(self) -> RuleFields:
        """The rule of a valid form."""
        cleaned = self.cleaned_data
        return RuleFields(
            cleaned["factor"], cleaned["add"], PriceEnding(cleaned["ending"]), RoundingDirection(cleaned["direction"])
        )


class TopUpForm(forms.Form):
    """How much she tops up her wallet with; the key lets a form that is sent twice begin one payment."""

    amount = YuanField(label=_("充值金额（元）"))
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)


class WithdrawalForm(forms.Form):
    """How much she takes out of her wallet, nothing where she takes all; the key lets a form that is sent twice ask once."""

    amount = YuanField(label=_("提现金额（元）"), required=False)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
