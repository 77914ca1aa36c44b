"""After-sales 售后: units that are paid for and come back, refunded to the fen with growth and the brand's payable.

Services: before shipping `refund_unshipped` (by ops at a reseller's wish), `report_out_of_stock` (by the brand that cannot ship); after
it a case 售后单: `open_case`, `agree`, `refuse`, `send_back`, `receive`, `receive_and_refund`, `refund_only`, `withdraw`, and the sweep
`expire_overdue`. Leaves to others: the money, stock and growth of a refund (orders), what a statement makes of it (settlement).
"""
