"""The text that a reseller sends to customers (FORWARD-3)."""

from forwarding.rules.pages import CustomerView
from kernel.money import display_yuan


def share_text(view: CustomerView, *, address: str, ends: str, english: bool = False) -> str:
    """The text that a reseller sends to customers, made of what they may see only (FORWARD-3). `ends` is the end in words, or ""."""
    lines = [f"【{view.brand}】{view.title}".strip()] if view.brand else []
    for style in sorted(view.styles[:9], key=lambda each: each.number):
        # In a group people order by number, and the list that they write is read by these numbers.
        number = (f"No. {style.number} " if english else f"{style.number} 号 ") if len(view.styles) > 1 else ""
        lines.append(f"{number}{style.name}  {display_yuan(style.price_fen)}")
        if style.sizes:
            sizes, colours = " / ".join(style.sizes), "、".join(style.colours)
            if english:
                lines.append(f"Sizes {sizes}" + (f" ({', '.join(style.colours)})" if colours else ""))
            else:
                lines.append(f"尺码 {sizes}" + (f"（{colours}）" if colours else ""))
        else:
            lines.append("Sold out" if english else "已售罄")
        if style.defects:
            lines.append(f"Please note: {style.defects}" if english else f"瑕疵说明：{style.defects}")
    if len(view.styles) > 9:
        lines.append(f"… {len(view.styles)} styles in all" if english else f"……共 {len(view.styles)} 款")
    if ends:
        lines.append(f"Until {ends}" if english else f"限时到 {ends}")
    see = "See and order here: " if english else "点开看图、留言下单："
    return "\n".join([*lines, f"{see}{address}"])
