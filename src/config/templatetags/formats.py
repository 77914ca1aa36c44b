"""Filters that every template has: money and times as people write them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, gettext_lazy

from kernel.money import display_yuan
from kernel.period import SHANGHAI
from web import carriers

register = template.Library()

_STAGES: dict[str, str | Promise] = {
    "": gettext_lazy("正在排队，马上开始"),
    "opening": gettext_lazy("正在打开文件"),
    "reading": gettext_lazy("正在读取"),
    "checking": gettext_lazy("正在逐行核对"),
    "staging": gettext_lazy("正在与现有库存比对"),
    "matching": gettext_lazy("正在与在售商品比对"),
}
_FIGURES: dict[str, str | Promise] = {
    "units": gettext_lazy("售出件数"),
    "refunded_units": gettext_lazy("退款件数"),
    "sold": gettext_lazy("成交额"),
    "refunded": gettext_lazy("退款额"),
    "commission": gettext_lazy("佣金"),
    "payable": gettext_lazy("应结货款"),
}
_COUNTS = ("units", "refunded_units")
_DIFFERENCES: dict[str, str | Promise] = {
    "differs": gettext_lazy("数字不同"),
    "only_list": gettext_lazy("只在对账表"),
    "only_statement": gettext_lazy("只在结算单"),
    "unread": gettext_lazy("没有读出"),
}


@register.filter
def yuan(fen: int | None) -> str:
    """¥ with two places and thousands apart, or a dash for nothing."""
    return "—" if fen is None else display_yuan(fen)


@register.filter
def rate_percent(rate: Decimal) -> str:
    """A share in percent: 0.055 → «5.5%»."""
    return f"{rate * 100:.2f}".rstrip("0").rstrip(".") + "%"


@register.filter
def minus_yuan(fen: int) -> str:
    """An amount that is taken off: 500 → −¥5.00, and -500 → ¥5.00, never with two signs."""
    return display_yuan(-fen)


@register.filter
def in_language(thing: Any, name: str = "") -> str:
    """A text kept in both languages: `fault|in_language:"message"` is `message_zh` or `message_en`; without a name `zh` or `en`."""
    language = "en" if get_language() == "en" else "zh"
    return str(getattr(thing, f"{name}_{language}" if name else language))


@register.filter
def carrier_words(name: str) -> str:
    """A carrier in the language of the page; one that somebody typed stays as it was typed."""
    return carriers.in_words(name)


@register.filter
def figure_words(name: str) -> str:
    """A figure of a statement's line that a reconciliation list is compared by."""
    return str(_FIGURES[name])


@register.filter
def figure_value(value: int | None, name: str) -> str:
    """A figure: units as a count, the others as yuan; a dash for what is not said."""
    if value is None:
        return "—"
    return str(value) if name in _COUNTS else display_yuan(value)


@register.filter
def difference_words(kind: str) -> str:
    """What kind of difference between a reconciliation list and its statement."""
    return str(_DIFFERENCES[str(kind)])


@register.filter
def of_id(values: Mapping[int, Any] | str, key: int) -> Any:
    """What a mapping has for an id; None where it has nothing, or the page gave no mapping."""
    return values.get(key) if isinstance(values, Mapping) else None


@register.filter
def parcel_words(status: str) -> str:
    """The status of a parcel."""
    return str(carriers.PARCEL_STATUSES[str(status)])


@register.filter
def local(instant: datetime | None) -> str:
    """An instant as people in Shanghai write it."""
    return "—" if instant is None else f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


@register.filter
def unlocalized(number: float) -> str:
    """A number for an SVG attribute: a point, no grouping."""
    return f"{number:g}"


@register.filter
def iso(instant: datetime) -> str:
    return instant.isoformat()


@register.filter
def growth(milli: int) -> str:
    """Growth of an entry with its sign, exact to the thousandth: 50000 → +50, -500 → −0.5."""
    whole, rest = divmod(abs(milli), 1000)
    sign = "+" if milli > 0 else "−" if milli < 0 else ""
    return f"{sign}{whole}" + (f".{rest:03d}".rstrip("0") if rest else "")


@register.filter
def stage_words(stage: str) -> str:
    """How far the reader of a workbook is."""
    return str(_STAGES.get(stage, _STAGES["reading"]))


@register.filter
def cell_name(place: Any) -> str:
    """Where in a sheet a fault is: "H110", the row alone, or "—". `place` has `col` (letters or a heading) and `row`."""
    if place.col:
        # A column named by its position, and not by letters, already tells its cell.
        return f"{place.col}{'' if place.col[-1].isdigit() else place.row or ''}"
    return gettext("第 %(n)s 行") % {"n": place.row} if place.row else "—"


@register.filter
def megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(1, round(size / 1024))} KB"
