"""What WeChat shows of a page for customers that is passed on: made of what they may see only (FORWARD-3)."""

from dataclasses import dataclass

from forwarding.rules.pages import CustomerStyle, CustomerView
from kernel.money import display_yuan


@dataclass(frozen=True, slots=True)
class ShareCard:
    """Title, description and picture of a card; `picture` is the hash of a file, or "" for the sign of the platform."""

    title: str
    description: str
    picture: str


def share_card(view: CustomerView, style: CustomerStyle | None, *, english: bool = False) -> ShareCard:
    """The card of a page: of the style that is open, or of all of its styles, with the lowest price."""
    if style is not None:
        return ShareCard(f"{style.name} {display_yuan(style.price_fen)}", _sizes_left(style, english), style.picture)
    if not view.styles:
        return ShareCard(_whose(view, english), "", "")
    lowest = display_yuan(min(each.price_fen for each in view.styles))
    names = ("; " if english else "、").join(each.name for each in view.styles[:3])
    count = len(view.styles)
    title = f"{count} styles from {lowest}" if english else f"{count} 款 {lowest} 起"
    picture = next((each.picture for each in view.styles if each.picture), "")
    return ShareCard(f"{_whose(view, english)} · {title}", names, picture)


def storefront_card(view: CustomerView, *, english: bool = False) -> ShareCard:
    """The card of a storefront: its name, and her notice or else the goods that come first."""
    named = view.reseller_name or ("Storefront" if english else "店铺")
    goods = ("; " if english else "、").join(each.name for each in view.styles[:3])
    picture = next((each.picture for each in view.styles if each.picture), "")
    return ShareCard(named, view.remark or goods, picture)


def _whose(view: CustomerView, english: bool) -> str:
    if not view.reseller_name:
        return "Picked for you" if english else "为您推荐"
    return f"Picks of {view.reseller_name}" if english else f"{view.reseller_name}的推荐"


def _sizes_left(style: CustomerStyle, english: bool) -> str:
    if not style.sizes:
        return style.why_none(english=english)
    return f"{'Sizes' if english else '尺码'} {' / '.join(style.sizes)}"
