"""Settlement 结算: per sale and brand, what was sold, refunded, kept as commission, and is owed; confirmed by the brand, then paid out.

A statement is a draft until it is sent after the after-sales window; then its lines are items, the brand confirms it or disputes lines, and
finance settle it. Every figure is the sum of its lines, and every line is a paid order line (SETTLE-1). Refunds belong to aftersales.
"""
