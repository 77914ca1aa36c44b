"""The prices that a customer saw before she sends a wish (FORWARD-5)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from forwarding.rules.pages import CustomerView


@dataclass(frozen=True, slots=True)
class ChangedPrice:
    """A style that has another price than the one that the customer saw; `name` as her page shows it."""

    style_id: int
    name: str
    seen_fen: int
    price_fen: int


def changed_prices(view: CustomerView, seen: Mapping[int, int], style_ids: Collection[int]) -> list[ChangedPrice]:
    """Those of these styles whose price is another one than `seen` says, in the order of the page.

    A style that `seen` does not name, or that the page does not show, has not changed.
    """
    return [
        ChangedPrice(each.style_id, each.name, seen[each.style_id], each.price_fen)
        for each in view.styles
        if each.style_id in style_ids and seen.get(each.style_id, each.price_fen) != each.price_fen
    ]
