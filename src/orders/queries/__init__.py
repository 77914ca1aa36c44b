"""Reads of orders: for resellers (`orders`), for brands and ops (`consignments`), and the checks of the books (`books`)."""

from orders.queries.consignments import (
    ConsignmentLineView,
    ConsignmentView,
    NoSuchConsignment,
    WaitingView,
    consignment,
    consignment_view,
    consignments,
    waiting_of_brand,
)
from orders.queries.desk import DeskOrderView, OrderRow, SharesView, order, orders
from orders.queries.orders import (
    LineView,
    NoSuchOrder,
    NoSuchRecipient,
    OrderView,
    RecipientView,
    order_view,
    orders_of,
    own_order,
    recipient_view,
    recipients_of,
    wallet_balance_fen,
    wallet_entries,
)
from orders.queries.sold import PaidLine, Turnover, last_handed_over_at, paid_lines, turnover
from orders.queries.why import why_of_line

__all__ = [
    "ConsignmentLineView",
    "ConsignmentView",
    "DeskOrderView",
    "LineView",
    "NoSuchConsignment",
    "NoSuchOrder",
    "NoSuchRecipient",
    "OrderRow",
    "OrderView",
    "PaidLine",
    "RecipientView",
    "SharesView",
    "Turnover",
    "WaitingView",
    "consignment",
    "consignment_view",
    "consignments",
    "last_handed_over_at",
    "order",
    "order_view",
    "orders",
    "orders_of",
    "own_order",
    "paid_lines",
    "recipient_view",
    "recipients_of",
    "turnover",
    "waiting_of_brand",
    "wallet_balance_fen",
    "wallet_entries",
    "why_of_line",
]
