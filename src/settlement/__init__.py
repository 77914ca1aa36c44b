"""Settlement 结算: per sale and brand, what was sold, refunded, kept as commission, and is owed; then paid out.

Verbs: `draw_up` (a statement from the order lines, again at will until it is settled), `settle` (after the after-sales window), `pay_out`.
Every figure of a statement is the sum of its lines, every line an order line (SETTLE-1). Leaves to others: refunds (aftersales).
"""
