"""The text that a reseller sends to customers (FORWARD-3, FORWARD-15)."""

import enum

from forwarding.rules.packs import cheapest_first
from forwarding.rules.pages import CustomerStyle, CustomerView
from kernel.money import display_yuan

MAX_TEXT_STYLES = 9


class Tone(enum.StrEnum):
    """How much the text says of each style. Defects are said in every tone."""

    SHORT = "short"
    """Name and price."""
    POINT = "point"
    """And what speaks for it."""
    SIZES = "sizes"
    """And its sizes and colours: the sizes of each colour where these differ in what is left."""


def share_text(view: CustomerView, *, address: str, ends: str, tone: Tone = Tone.SIZES, english: bool = False) -> str:
    """The text that a reseller sends to customers, made of what they may see only (FORWARD-3). `ends` is the end in words, or "".

    Of several styles the cheapest comes first, each with its number: in a group people order by number, and the list that they write is
    read by these numbers.
    """
    lines = [view.remark] if view.remark else []
    lines += [f"【{view.brand}】{view.title}".strip()] if view.brand else []
    for style in cheapest_first(view.styles)[:MAX_TEXT_STYLES]:
        number = (f"No. {style.number} " if english else f"{style.number} 号 ") if len(view.styles) > 1 else ""
        lines.append(f"{number}{style.name}  {display_yuan(style.price_fen)}")
        lines += _details(style, tone, english)
    if len(view.styles) > MAX_TEXT_STYLES:
        lines.append(f"… {len(view.styles)} styles in all" if english else f"……共 {len(view.styles)} 款")
    if ends:
        lines.append(f"Until {ends}" if english else f"限时到 {ends}")
    see = "See and order here: " if english else "点开看图、留言下单："
    return "\n".join([*lines, f"{see}{address}"])


def storefront_text(view: CustomerView, *, address: str, english: bool = False) -> str:
    """The text with which a reseller passes on her storefront: its name, her notice, what is there, and the address."""
    name = view.reseller_name
    lines = [name if english else f"【{name}】"] if name else []
    lines += [view.remark] if view.remark else []
    lines += [f"{each.name}  {display_yuan(each.price_fen)}" for each in view.styles[:3]]
    see = "All I have now, with sizes: " if english else "现在有的货都在这里，点开看尺码、留言下单："
    return "\n".join([*lines, f"{see}{address}"])


def _details(style: CustomerStyle, tone: Tone, english: bool) -> list[str]:
    lines = []
    if tone is Tone.POINT:
        fabric = f"Fabric {style.fabric}" if english else f"面料 {style.fabric}"
        lines += [style.selling_point] if style.selling_point else [fabric] if style.fabric else []
    if not style.sizes:
        lines.append(style.why_none(english=english))
    elif tone is Tone.SIZES:
        lines.append(f"{'Sizes' if english else '尺码'} {_sizes(style, english)}")
    if style.defects:
        lines.append(f"Please note: {style.defects}" if english else f"瑕疵说明：{style.defects}")
    return lines


def _sizes(style: CustomerStyle, english: bool) -> str:
    by_colour = style.sizes_by_colour
    if len({frozenset(sizes) for sizes in by_colour.values()}) > 1:
        each = [f"{colour} {' / '.join(sizes)}".strip() for colour, sizes in by_colour.items()]
        return ("; " if english else "，").join(each)
    sizes, colours = " / ".join(style.sizes), style.colours
    if not colours:
        return sizes
    return f"{sizes} ({', '.join(colours)})" if english else f"{sizes}（{'、'.join(colours)}）"
