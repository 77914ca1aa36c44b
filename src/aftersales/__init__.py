"""After-sales 售后: units that are paid for and come back before they were shipped, refunded to the fen with growth and stock.

Verbs: `refund_unshipped` (by ops at a reseller's wish), `report_out_of_stock` (by the brand that cannot ship).
Leaves to others: the money, stock and growth of a refund (orders), what a statement makes of it (settlement).
Returns after shipping and complaints about quality will come to live here.
"""
