"""Settlement 结算: per sale and brand, what was sold, refunded, kept as commission, and is owed; then paid out.

Services: `generate_statement` (may be repeated until the statement is settled), `settle` (after the after-sales window), `pay_out`.
Every figure of a statement is the sum of its lines, and every line is a paid order line (SETTLE-1). Refunds belong to aftersales.
"""
