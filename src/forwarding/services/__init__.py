"""Writes of forwarding: retail prices (`prices`), forwards (`forwards`), wishes of customers (`wishes`)."""

from forwarding.services.forwards import NotOpen, PriceFirst, TooManyForwards, count_view, forward, purge_visits, stop
from forwarding.services.prices import (
    BadRetailPrice,
    BelowCost,
    BelowFloor,
    clear_retail_price,
    require_at_least_cost,
    set_retail_price,
)
from forwarding.services.wishes import (
    AlreadyAnswered,
    BadWish,
    NotOffered,
    PageClosed,
    TooManyWaiting,
    TooManyWishes,
    answer_wish,
    forget_customers,
    leave_wish,
    note_order,
    recipient_of_wish,
)

__all__ = [
    "AlreadyAnswered",
    "BadRetailPrice",
    "BadWish",
    "BelowCost",
    "BelowFloor",
    "NotOffered",
    "NotOpen",
    "PageClosed",
    "PriceFirst",
    "TooManyForwards",
    "TooManyWaiting",
    "TooManyWishes",
    "answer_wish",
    "clear_retail_price",
    "count_view",
    "forget_customers",
    "forward",
    "leave_wish",
    "note_order",
    "purge_visits",
    "recipient_of_wish",
    "require_at_least_cost",
    "set_retail_price",
    "stop",
]
