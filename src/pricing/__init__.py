"""Who pays what, and why: price controls and label cutting, tier discounts, commission, quotes, and frozen price lists.

`rules` holds the price rules as pure functions (docs/rules/pricing.md, PRICE-1 …), `sql.compute_prices` the same rules as statements over
sets of SKUs. When a sale publishes its list is decided by flashsales, retail prices by forwarding.
"""
