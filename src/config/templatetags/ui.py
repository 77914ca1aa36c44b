"""Small parts of every page as tags. Larger ones are includes in `templates/parts/`; frontend/README.md shows them all."""

import math
import zlib
from datetime import datetime
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.http import QueryDict
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from inventory.rules import PICTURE_WIDTHS
from kernel.money import display_yuan
from membership.rules.tiers import Tier
from web import client
from web.form_errors import Fault, collected

register = template.Library()

TONES = frozenset({"plain", "good", "busy", "wait", "bad", "hot"})
SOON_SECONDS = 3600
TINTS = 5


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """A line icon of `static/img/icons.svg`; decoration only, so say in words what it stands for."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>', classes, static("img/icons.svg"), name
    )


@register.simple_tag
def price(fen: int | None, classes: str = "") -> SafeString:
    """The price itself, large, its sign and fen small. Classes: `small`, `large`, `quiet` (ink, not red), `was` (struck)."""
    if fen is None:
        return format_html('<span class="price {}">—</span>', classes)
    sign, _, amount = display_yuan(fen).partition("¥")
    whole, rest = amount.split(".")
    return format_html(
        '<span class="price {}"><span class="sign">{}¥</span>{}<span class="fen">.{}</span></span>',
        classes,
        sign,
        whole,
        rest,
    )


IMAGE_SIZES = {
    "card": "(min-width: 64rem) 18rem, (min-width: 40rem) 33vw, 50vw",
    "hero": "(min-width: 40rem) 33vw, 62vw",
    "rail": "10rem",
    "tile": "6rem",
    "thumb": "4rem",
    "page": "(min-width: 42rem) 42rem, 100vw",
    "customer-page": "(min-width: 60rem) 28rem, (min-width: 56rem) 48vw, 100vw",
    "customer-card": "(min-width: 60rem) 14rem, (min-width: 56rem) 24vw, (min-width: 40rem) 32vw, 48vw",
    "customer-thumb": "(min-width: 56rem) 9rem, 32vw",
}
"""How wide a picture is shown, for the browser that chooses among its web sizes."""
LARGE = ("page", "customer-page")
"""Pictures of the whole page: a browser that chooses no size gets the middle one."""


@register.inclusion_tag("parts/picture.html")
def picture(
    sha256: str, name: str, style_no: str, shown: str = "", classes: str = "", *, is_first: bool = False
) -> dict[str, Any]:
    """The picture of a style in a square, or a tile with its number in one of a few quiet colours, always the same for a style.

    `shown` (IMAGE_SIZES): how wide it stands, "" for a thumbnail, which the smallest size serves. `is_first`: the first picture of the
    page, which the browser fetches at once; others wait until they are scrolled to.
    """
    return {
        "sha256": sha256,
        "name": name,
        "style_no": style_no,
        "width": PICTURE_WIDTHS[1] if shown in LARGE else PICTURE_WIDTHS[0],
        "sizes": IMAGE_SIZES.get(shown, ""),
        "srcset": _srcset(sha256) if sha256 and shown else "",
        "classes": classes,
        "is_first": is_first,
        "tint": zlib.crc32(style_no.encode()) % TINTS,
    }


@register.simple_tag
def goods_image(sha256: str, name: str, shown: str = "card", *, eager: bool = False) -> SafeString:
    """A picture of goods in a frame of 3:4, uncropped. The first ones of a page are loaded at once, the others when they come into view."""
    return format_html(
        '<img src="{}" srcset="{}" sizes="{}" width="480" height="640" alt="{}" decoding="async" {}>',
        reverse("picture", args=[sha256, PICTURE_WIDTHS[0]]),
        _srcset(sha256),
        IMAGE_SIZES[shown],
        name,
        SafeString('fetchpriority="high"' if eager else 'loading="lazy"'),
    )


def _srcset(sha256: str) -> str:
    return ", ".join(f"{reverse('picture', args=[sha256, width])} {width}w" for width in PICTURE_WIDTHS)


@register.simple_tag
def tier_name(tier: int) -> str:
    return Tier(tier).label(get_language())


@register.simple_tag
def tier_badge(tier: int) -> SafeString:
    return format_html('<span class="tier tier-{}">{}{}</span>', int(tier), icon("vip"), tier_name(tier))


@register.simple_tag
def tag(words: str, tone: str = "plain") -> SafeString:
    """A state in a word. Tones: plain, good (done), busy (under way), wait (somebody must act), bad, hot."""
    assert tone in TONES, tone
    return format_html('<span class="tag {}">{}</span>', tone, words)


@register.simple_tag
def cut_tag() -> SafeString:
    """The sign of goods whose label is cut."""
    return format_html('<span class="cut-tag">{}{}</span>', icon("scissors"), _("剪标"))


@register.simple_tag(takes_context=True)
def countdown(context: dict[str, Any], until: datetime, then: str = "") -> SafeString:
    """Time left until an instant, by the server's clock; js/countdown.js keeps it running.

    At zero the element sends `timeup` (for `hx-trigger="timeup"` on it or around it); `then="reload"` loads the page anew.
    """
    now: datetime = context["server_now"]
    seconds = max(0, math.ceil((until - now).total_seconds()))
    return format_html(
        '<time class="clock{}" role="timer" datetime="{}" data-until="{}" data-server-now="{}" data-days="{}"{}>{}</time>',
        " soon" if seconds < SOON_SECONDS else "",
        until.isoformat(),
        round(until.timestamp() * 1000),
        round(now.timestamp() * 1000),
        _("天"),
        format_html(' data-then="{}"', then) if then else "",
        _clock_face(seconds),
    )


def _clock_face(seconds: int) -> SafeString:
    days, rest = divmod(seconds, 86400)
    parts = [f"{rest // 3600:02d}", f"{rest // 60 % 60:02d}", f"{rest % 60:02d}"]
    face = format_html_join(SafeString("<i>:</i>"), "<b>{}</b>", ((part,) for part in parts))
    return format_html("<b>{}</b><i>{}</i>{}", days, _("天"), face) if days else face


@register.simple_tag
def bar(value: int, of: int, classes: str = "") -> SafeString:
    """A bar of `value` out of `of`. Classes: `thin`, `good`, `gold`, `quiet`."""
    top = max(of, 1)
    return format_html(
        '<progress class="bar {}" value="{}" max="{}">{}/{}</progress>',
        classes,
        min(max(value, 0), top),
        top,
        value,
        of,
    )


@register.simple_tag(takes_context=True)
def return_url(context: dict[str, Any]) -> str:
    """The page of ours that led here; else the start page."""
    return client.return_url(context["request"])


@register.inclusion_tag("parts/stock_bar.html")
def stock_bar(left: int, of: int) -> dict[str, Any]:
    """What is left of an allotment, in words and as a bar."""
    return {"left": left, "of": of, "sold_share": round(100 * (of - left) / of) if of else 100, "few": left * 5 <= of}


@register.inclusion_tag("parts/faults.html")
def faults(*sources: object) -> dict[str, Any]:
    """The summary above a refused form: of forms, of lists of `web.form_errors.Fault`, of sentences. It takes the focus (js/faults.js)."""
    return {"faults": collected(sources)}


@register.inclusion_tag("parts/faults.html")
def message_fault(message: Message) -> dict[str, Any]:
    """The same for a refusal that is shown on the next page; its extra tags name the field that it is about."""
    return {"faults": [Fault(str(message), message.extra_tags or "")]}


@register.simple_tag
def wrong(target: str, number: object, faults: list[Fault]) -> str:
    """The attributes of a hand-laid field `target` + `number`, where one of the faults is about it."""
    name = f"{target}{number}"
    if all(fault.target != name for fault in faults or ()):
        return ""
    return format_html(' aria-invalid="true" aria-describedby="fault-{}"', name)


@register.inclusion_tag("parts/next_page.html", takes_context=True)
def next_page(context: dict[str, Any], cursor: str | None) -> dict[str, Any]:
    """The link to the next keyset page, keeping the filters; `cursor` is `page.next`."""
    return {"request": context["request"], "cursor": cursor, "is_first": not context["request"].GET.get("cursor")}


@register.inclusion_tag("parts/export.html", takes_context=True)
def export_list(
    context: dict[str, Any], operation: str, *arguments: object, filters: bool = True, **chosen: str
) -> dict[str, Any]:
    """Links that download the list on this page as .xlsx and .csv; `operation` exports it in the API.

    The filters of the page go with them, unless they are those of another list on it, and so does what the page has `chosen` by itself.
    """
    kept = QueryDict(mutable=True)
    sent = context["request"].GET.dict() if filters else {}
    for name, value in (chosen | sent).items():
        if value and not name.endswith("cursor"):
            kept[name] = value
    address = reverse(f"api-1:{operation}", args=arguments)
    query = f"&{kept.urlencode()}" if kept else ""
    return {"xlsx": f"{address}?format=xlsx{query}", "csv": f"{address}?format=csv{query}"}


@register.inclusion_tag("parts/nav_item.html", takes_context=True)
def nav_item(
    context: dict[str, Any], name: str, words: str, icon_name: str, under: str = "", count: int = 0
) -> dict[str, Any]:
    """An entry of a navigation, with a count of what waits there.

    Current on its own page and on all below it; a face's `home` only on itself, and below the path prefixes named in `under`.
    """
    address, path = reverse(name), context["request"].path
    prefixes = tuple(under.split()) if name.endswith(":home") else (address, *under.split())
    current = path == address or path.startswith(prefixes)
    return {"address": address, "words": words, "icon_name": icon_name, "current": current, "count": count}


@register.inclusion_tag("parts/empty.html")
def nothing(words: str, hint: str = "", icon_name: str = "box") -> dict[str, Any]:
    """What a list says when nothing is in it: why, and what to do next."""
    return {"words": words, "hint": hint, "icon_name": icon_name}


@register.inclusion_tag("parts/figure.html")
def figure(label: str, value: Any, hint: str = "") -> dict[str, Any]:
    """One figure with its name; several stand in a grid."""
    return {"label": label, "value": value, "hint": hint}


@register.inclusion_tag("parts/stepper.html")
def stepper(name: str, value: int = 1, least: int = 1, most: int = 99, step: int = 1) -> dict[str, Any]:
    """A number with − and + (js/forms.js), bounded; each tap changes it by `step`."""
    return {"name": name, "value": value, "least": least, "most": most, "step": step}
