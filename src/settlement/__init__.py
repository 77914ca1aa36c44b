"""Settlement 结算: per brand and sale, month or day, what was sold, refunded, kept as commission, and is owed; then paid out.

A statement is a draft until it is sent after the after-sales window; then its lines are items, the brand confirms it or disputes lines, and
finance settle it. Every figure is the sum of its lines, and every line is a paid order line (SETTLE-1). Refunds belong to aftersales.
"""
