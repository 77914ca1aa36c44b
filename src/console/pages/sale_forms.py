"""Forms of a sale: its window, its own price terms, its purchase limits."""

from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from console.fields import InstantField, PercentField, ReasonField
from console.selectors import all_brands
from flashsales.rules import MAX_UNITS
from flashsales.rules.draw import MAX_ENTRY_MINUTES, MAX_ORDER_MINUTES, MIN_ORDER_MINUTES
from flashsales.rules.filling import MAX_SEARCH, MAX_SEASON, StockFilter
from flashsales.rules.waiting_room import MAX_RATE
from inventory.selectors.stock import admitted_categories
from membership.rules.tiers import TIER_COUNT
from pricing.rules.terms import Ending, MarkdownSchedule, SaleTerms

ENDINGS = [
    (Ending.FEN.value, _("到分，不取整")),
    (Ending.JIAO.value, _("到角")),
    (Ending.YUAN.value, _("到元")),
    (Ending.NINE.value, _("尾数 .90")),
]


class TermsFields(forms.Form):
    """A sale's own price terms; an empty field means the term of the platform."""

    commission = PercentField(label=_("本场佣金率（%）"), most=99, required=False)
    discounts = forms.CharField(
        label=_("本场等级优惠（%）"),
        max_length=200,
        required=False,
        help_text=_("体验、VIP1 至 VIP5 六个数，用空格隔开，例如 0 1 2 3 4 5"),
    )
    margin = PercentField(label=_("平台最低毛利（占供货价 %）"), most=99, required=False)
    ending = forms.ChoiceField(label=_("价格尾数"), required=False, choices=[("", _("按平台条款")), *ENDINGS])
    markdown_last_minutes = forms.IntegerField(label=_("最后多少分钟阶梯降价"), min_value=1, required=False)
    markdown_every_minutes = forms.IntegerField(label=_("每隔多少分钟降一级"), min_value=1, required=False)
    markdown_rate = PercentField(label=_("每级降幅（%）"), least=0, most=99, required=False)

    def clean_discounts(self) -> tuple[Decimal, ...] | None:
        return six_rates(self.cleaned_data["discounts"]) if self.cleaned_data["discounts"].strip() else None

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        schedule = [
            typed.pop(name, None) for name in ("markdown_last_minutes", "markdown_every_minutes", "markdown_rate")
        ]
        if any(each is not None for each in schedule) and any(not each for each in schedule):
            raise forms.ValidationError(_("阶梯降价的三项要一起填写"))
        ending = typed.pop("ending", "")
        typed["terms"] = SaleTerms(
            commission_rate=typed.pop("commission", None),
            discounts=typed.pop("discounts", None),
            margin_rate=typed.pop("margin", None),
            ending=Ending(ending) if ending else None,
            markdown_schedule=MarkdownSchedule(*schedule) if all(schedule) else None,
        )
        return typed


class ScheduleForm(TermsFields):
    brand_id = forms.TypedChoiceField(label=_("品牌"), coerce=int)
    title = forms.CharField(label=_("专场标题"), max_length=80)
    starts_at = InstantField(label=_("开始时间"), help_text=_("上海时间"))
    ends_at = InstantField(label=_("结束时间"), required=False, help_text=_("不填则 48 小时"))
    preview_at = InstantField(label=_("预告时间"), required=False, help_text=_("不填则不预告"))
    limit_units = forms.IntegerField(label=_("每人本场限购件数"), required=False, min_value=1)

    field_order = ("brand_id", "title", "starts_at", "ends_at", "preview_at", "limit_units")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.TypedChoiceField", self.fields["brand_id"])
        field.choices = [(brand.id, brand.name) for brand in all_brands() if brand.status == "admitted"]

    def window(self) -> list[forms.BoundField]:
        return [self[name] for name in self.field_order]

    def own_terms(self) -> list[forms.BoundField]:
        return [self[name] for name in TermsFields.base_fields]


class ExtendForm(forms.Form):
    """`markdown_has_begun`: the markdown steps keep their instants, which a hint says (PRICE-10)."""

    ends_at = InstantField(label=_("新的结束时间"), help_text=_("上海时间"))
    reason = ReasonField()

    def __init__(self, *args: Any, markdown_has_begun: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if markdown_has_begun:
            self.fields["ends_at"].help_text = _(
                "上海时间。阶梯降价已经开始：各级时刻不变，延长的时段按最后一级价格销售，不会涨回去"
            )


class PinForm(forms.Form):
    """The sale stands at the top of the resellers' first page; both times may be left open."""

    starts_at = InstantField(
        label=_("置顶从"), required=False, help_text=_("上海时间。不填则现在起，还没开场的从开场起")
    )
    ends_at = InstantField(
        label=_("置顶到"),
        required=False,
        help_text=_("不填则到专场结束。专场没有图，或卖完了，首页仍按规则自动选"),
    )


class ReasonForm(forms.Form):
    reason = ReasonField()


class LimitForm(forms.Form):
    limit_units = forms.IntegerField(
        label=_("每人本场限购件数"), required=False, min_value=1, help_text=_("不填则不限")
    )


class HeadStartForm(forms.Form):
    """Six whole numbers of minutes; an empty field is no head start."""

    minutes = forms.CharField(
        label=_("提前多少分钟开抢"),
        max_length=60,
        required=False,
        help_text=_(
            "体验、VIP1 至 VIP5 六个数，用空格隔开，例如 0 0 0 5 10 15；不填就是同时开抢。开场时间仍是对全员开抢的时间"
        ),
    )

    def clean_minutes(self) -> list[int]:
        typed = self.cleaned_data["minutes"].replace("，", " ").replace(",", " ").split()
        if not all(each.isascii() and each.isdigit() and len(each) < 6 for each in typed):
            raise forms.ValidationError(_("请填写六个数，用空格隔开"))
        return [int(each) for each in typed] or [0] * TIER_COUNT


class WaitingRoomForm(forms.Form):
    admission_rate = forms.IntegerField(
        label=_("每秒放行几位"),
        required=False,
        min_value=1,
        max_value=MAX_RATE,
        help_text=_("人多时先排队再进专场；不填就没有等候室"),
    )


class DrawForm(forms.Form):
    """Which goods are given out by a draw, and its times; without the first figure there is no draw."""

    entry_minutes = forms.IntegerField(
        label=_("开抢后多少分钟截止报名"),
        required=False,
        min_value=0,
        max_value=MAX_ENTRY_MINUTES,
        help_text=_("从预告起可以报名。填 0 就在开抢时截止；不填就不抽签"),
    )
    order_minutes = forms.IntegerField(
        label=_("中签后多少分钟内下单"), min_value=MIN_ORDER_MINUTES, max_value=MAX_ORDER_MINUTES
    )
    codes = forms.CharField(
        label=_("抽签的款号或条码"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("用空格或换行隔开。写款号是整款，写条码是一个颜色尺码"),
    )

    def clean_codes(self) -> list[str]:
        codes: str = self.cleaned_data["codes"]
        return codes.replace("，", " ").replace(",", " ").split()


class RerunForm(forms.Form):
    starts_at = InstantField(label=_("开始时间"), help_text=_("上海时间"))
    title = forms.CharField(label=_("标题"), max_length=80, required=False, help_text=_("不填则为「原标题 返场」"))


class FreeStockForm(forms.Form):
    """Which of the brand's free stock goes into a draft; all of it where nothing is filled in."""

    search = forms.CharField(label=_("款号开头或品名"), max_length=MAX_SEARCH, required=False)
    category_id = forms.TypedChoiceField(label=_("类目"), coerce=int, empty_value=None, required=False)
    season = forms.CharField(label=_("季节"), max_length=MAX_SEASON, required=False)
    year = forms.IntegerField(label=_("年份"), required=False, min_value=1990, max_value=2100)
    min_units = forms.IntegerField(
        label=_("每个 SKU 至少可用件数"), required=False, min_value=1, max_value=MAX_UNITS, help_text=_("不填则 1 件起")
    )
    max_style_units = forms.IntegerField(
        label=_("每款最多件数"),
        required=False,
        min_value=1,
        max_value=MAX_UNITS,
        help_text=_("不填则全部；试卖批填 500"),
    )
    limit_units = forms.IntegerField(label=_("每人每款每码限购"), required=False, min_value=1, max_value=MAX_UNITS)

    def __init__(self, *args: Any, brand_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.TypedChoiceField", self.fields["category_id"])
        field.choices = [("", _("全部类目")), *((each.id, each.name) for each in admitted_categories(brand_id))]

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        named = {name: typed.pop(name, None) for name in ("search", "category_id", "season", "year", "max_style_units")}
        named |= {"search": named["search"] or "", "season": named["season"] or ""}
        typed["filters"] = StockFilter(**named, min_units=typed.pop("min_units", None) or 1)
        return typed


def six_rates(text: str) -> tuple[Decimal, ...]:
    """Six percentages, separated by spaces or commas, as fractions."""
    parts = text.replace("，", " ").replace(",", " ").replace("/", " ").replace("%", " ").split()
    try:
        rates = tuple(Decimal(part) / 100 for part in parts)
    except ArithmeticError as cause:
        raise forms.ValidationError(_("请填写六个数，用空格隔开")) from cause
    if len(rates) != 6 or not all(rate.is_finite() for rate in rates):
        raise forms.ValidationError(_("请填写六个数，用空格隔开"))
    return rates


def on_the_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
