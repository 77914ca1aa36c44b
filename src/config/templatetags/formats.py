"""Filters that every template has: money and times as people write them."""

from datetime import datetime
from typing import Any

from django import template
from django.utils.translation import get_language

from kernel.money import display_yuan
from kernel.period import SHANGHAI
from web import carriers

register = template.Library()


@register.filter
def yuan(fen: int | None) -> str:
    """¥ with two places and thousands apart, or a dash for nothing."""
    return "—" if fen is None else display_yuan(fen)


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
def parcel_words(status: str) -> str:
    """The status of a parcel."""
    return str(carriers.PARCEL_STATUSES[str(status)])


@register.filter
def local(instant: datetime | None) -> str:
    """An instant as people in Shanghai write it."""
    return "—" if instant is None else f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


@register.filter
def iso(instant: datetime) -> str:
    return instant.isoformat()


@register.filter
def growth(milli: int) -> str:
    """Growth of an entry with its sign, exact to the thousandth: 50000 → +50, -500 → −0.5."""
    whole, rest = divmod(abs(milli), 1000)
    sign = "+" if milli > 0 else "−" if milli < 0 else ""
    return f"{sign}{whole}" + (f".{rest:03d}".rstrip("0") if rest else "")
