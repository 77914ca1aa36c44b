"""Reads of forwarding: retail prices (`prices`), forwards and their page (`forwards`), wishes (`wishes`)."""

from forwarding.selectors.forwards import (
    CustomerPage,
    ForwardView,
    NoSuchForward,
    customer_page,
    forwards_of,
    own_forward,
    own_page,
)
from forwarding.selectors.prices import (
    AskedPrice,
    RetailPriceView,
    asked_in_sale,
    floors_in_sale,
    retail_price_fen,
    retail_price_list,
    retail_prices,
)
from forwarding.selectors.wishes import NoSuchWish, WishView, new_wishes, own_wish, wish_view, wishes_of

__all__ = [
    "AskedPrice",
    "CustomerPage",
    "ForwardView",
    "NoSuchForward",
    "NoSuchWish",
    "RetailPriceView",
    "WishView",
    "asked_in_sale",
    "customer_page",
    "floors_in_sale",
    "forwards_of",
    "new_wishes",
    "own_forward",
    "own_page",
    "own_wish",
    "retail_price_fen",
    "retail_price_list",
    "retail_prices",
    "wish_view",
    "wishes_of",
]
